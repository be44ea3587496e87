"""Lists: query parameters read strictly, and pages from newest to oldest."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.common.instants import day_from, instant_from
from apps.common.reading import Fields

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class TimedFields(Fields):
    """Fields that may name instants."""

    def instant(self, name: str) -> datetime | None:
        """An instant by RFC 3339, or a day, which stands for its midnight in UTC; None where not given."""
        if not self.given(name):
            return None
        # A plus that was not escaped arrives as a space.
        text = str(self._data[name]).replace(" ", "+")
        try:
            if len(text) == 10:
                return datetime.combine(day_from(text), time.min, UTC)
            return instant_from(text)
        except ValueError:
            self.fail(name, "invalid_time", "must be a day, or an instant by RFC 3339, such as 2026-11-22T09:30:00Z")
            return None


class Query(TimedFields):
    """The parameters of a list. One that is empty counts as not given; one that is unknown is refused, as in a body."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__({name: value for name, value in request.GET.items() if value})
        self.limit = self._limit()
        self.before = self._cursor()

    def _limit(self) -> int:
        if not self.given("limit"):
            return DEFAULT_LIMIT
        text = str(self._data["limit"])
        if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MAX_LIMIT:
            return int(text)
        self.fail("limit", "out_of_range", f"must be 1 to {MAX_LIMIT}")
        return DEFAULT_LIMIT

    def _cursor(self) -> UUID | None:
        if not self.given("cursor"):
            return None
        try:
            return UUID(bytes=base64.b64decode(f"{self._data['cursor']}==", altchars=b"-_", validate=True))
        except ValueError:
            self.fail("cursor", "invalid_cursor", "must be the `next` of an earlier answer")
            return None

    def choice_or_none[T: str](self, name: str, options: list[T]) -> T | None:
        """One of the options; None where not given."""
        return self.choice(name, options) if self.given(name) else None


def cursor_of(id: UUID) -> str:
    return base64.urlsafe_b64encode(id.bytes).rstrip(b"=").decode()


def page(query: Query, rows: QuerySet[Any], shape: Callable[[Any], Any]) -> dict[str, Any]:
    """One page of the rows, newest first, as {"data", "next"}. Ends the reading of the query: raises InvalidInput."""
    query.raise_if_any()
    if query.before:
        rows = rows.filter(pk__lt=query.before)
    found = list(rows.order_by("-pk")[: query.limit + 1])
    shown = found[: query.limit]
    more = len(found) > query.limit
    return {"data": [shape(row) for row in shown], "next": cursor_of(shown[-1].pk) if more else None}
