"""Lists of the console: newest first, fifty to a page, keyed by id, so that what arrives meanwhile moves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from apps.console.access import uuid_or_none

SIZE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list. `newer` and `older` are links to its neighbours, empty at the ends."""

    rows: Sequence[Any]
    newer: str
    older: str
    filtered: bool

    @property
    def shown(self) -> str:
        """What stands beside the links, where there are any."""
        return f"{len(self.rows)} on this page" if self.newer or self.older else ""


def listed(request: HttpRequest, rows: Any, *, size: int = SIZE) -> Listed:
    """One page of a queryset, by `?before=` or `?after=` an id; every other parameter is a filter and is kept."""
    before, after = (uuid_or_none(request.GET.get(name, "")) for name in ("before", "after"))
    if after:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: size + 1])
        more_newer, more_older = before is not None, len(found) > size
        found = found[:size]
    filters = {name: value for name, value in request.GET.items() if name not in ("before", "after") and value}
    return Listed(
        rows=found,
        newer=_link(request, after=found[0].pk) if found and more_newer else "",
        older=_link(request, before=found[-1].pk) if found and more_older else "",
        filtered=bool(filters),
    )


def _link(request: HttpRequest, **key: Any) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    for name, value in key.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"
