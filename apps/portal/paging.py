"""Lists of the portal: newest first, by id, so that what arrives meanwhile moves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest

SIZE = 50


@dataclass(frozen=True, slots=True)
class Paged:
    """One page of a list; `newer` and `older` are links to its neighbours, empty at the ends."""

    rows: Sequence[Any]
    newer: str
    older: str


def paged(request: HttpRequest, rows: Any, *, size: int = SIZE) -> Paged:
    """One page of a queryset, by `?before=` or `?after=` an id; all other parameters are kept in the links."""
    before, after = (_id(request.GET.get(name, "")) for name in ("before", "after"))
    if after:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        newer, older, found = len(found) > size, True, found[:size][::-1]
    else:
        found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: size + 1])
        newer, older, found = before is not None, len(found) > size, found[:size]
    if not found:
        return Paged(found, "", "")
    return Paged(
        found,
        _link(request, "after", found[0].pk) if newer else "",
        _link(request, "before", found[-1].pk) if older else "",
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _link(request: HttpRequest, name: str, id: UUID) -> str:
    query = request.GET.copy()
    query.pop("before", None)
    query.pop("after", None)
    query[name] = str(id)
    return f"?{query.urlencode()}"
