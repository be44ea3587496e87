"""Finding what was lost on the way: the client's ids, or its counts by day, beside ours."""

from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.api import examples
from apps.api.describe import any_of, described, either
from apps.api.events import OneEvent
from apps.api.paging import TimedFields
from apps.api.views import ApiView, answer
from apps.common.reading import Fields
from apps.common.text import CODE
from apps.events.past import Span
from apps.events.reconcile import LONGEST, Asked, Compared, Day, Elsewhere, compare_days, compare_ids
from apps.tenants.models import Scope

MOST_IDS = 100_000
MOST_COUNTED = 10**12


class Reconcile(ApiView):
    """`/events/reconcile`"""

    needs = {"POST": Scope.READ}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """An event may have the id "reconcile", and its story is read here."""
        if request.method in ("GET", "HEAD"):
            story: HttpResponseBase = OneEvent.as_view()(request, id="reconcile")
            return story
        return super().dispatch(request, *args, **kwargs)

    @described(
        "reconcile_events",
        "Compare your events with ours, by id or by day",
        body=either(examples.reconcile_ids, examples.reconcile_days),
        answer=any_of(examples.reconciled_ids, examples.reconciled_days),
    )
    def post(self, request: Any) -> HttpResponse:
        fields = ReconcileFields(self.body())
        asked = fields.asked()
        if fields.given("ids") == fields.given("days"):
            fields.fail("ids", "required", "or days must be given, and not both")
        ids, counts = fields.ids(), fields.counts(asked)
        fields.raise_if_any()
        if fields.given("ids"):
            return answer(_by_ids(compare_ids(asked, ids)))
        return answer({"days": [_day(one) for one in compare_days(asked, counts) if one.differs]})


class ReconcileFields(TimedFields):
    """The body: which events are meant, and what the client has of them."""

    def asked(self) -> Asked:
        """Type, customer and span."""
        customer = self.text_or_none("customer", 128)
        if customer and not CODE.fullmatch(customer):
            self.fail("customer", "invalid_code", "must be 1 to 128 letters, digits or any of . _ : @ -")
        return Asked(self.text("type", 128, verbatim=True), customer, self._span())

    def _span(self) -> Span:
        start, end = (self.instant(name) if self._required(name) else None for name in ("from", "to"))
        if start and end and end <= start:
            self.fail("to", "out_of_range", "must be after from")
        elif start and end and end - start > LONGEST:
            self.fail("to", "out_of_range", f"must be at most {LONGEST.days} days after from")
        nowhere = datetime.min.replace(tzinfo=UTC)
        return Span(start or nowhere, end or nowhere)

    def ids(self) -> list[str]:
        """The client's event ids; none where not given."""
        found = self._data["ids"] if self.given("ids") else []
        if not isinstance(found, list):
            self.fail("ids", "not_a_list", "must be a list of event ids")
            return []
        if len(found) > MOST_IDS:
            self.fail("ids", "out_of_range", f"may be at most {MOST_IDS:,}: ask for shorter spans, each with its ids")
            return []
        wrong = next((index for index, id in enumerate(found) if not _is_id(id)), None)
        if wrong is not None:
            self.fail(f"ids[{wrong}]", "invalid", "must be an event's id: a string of 1 to 255 printable characters")
            return []
        return found

    def counts(self, asked: Asked) -> dict[date, int]:
        """How many events the client has, by day in UTC; none where not given."""
        counts: dict[date, int] = {}
        for one in self.objects("days"):
            day, count = one.day("day"), self._count(one)
            if day in counts:
                one.fail("day", "duplicate", "stands in the list twice")
            elif not self.problems and not asked.covers(day):
                one.fail("day", "out_of_range", "lies outside of from and to, in UTC")
            counts[day] = count
            one.finish()
        return counts

    def _count(self, one: Fields) -> int:
        if not one.given("count"):
            one.fail("count", "required", "is required")
        return one.whole("count", 0, most=MOST_COUNTED)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 255 and value.isprintable()


def _by_ids(found: Compared) -> dict[str, Any]:
    return {
        "missing": found.missing,
        "unknown": [one.id for one in found.unknown],
        "unknown_count": found.unknown_count,
        "elsewhere": [_elsewhere(one) for one in found.elsewhere],
        "elsewhere_count": found.elsewhere_count,
        "days": [_day(one) for one in found.days],
    }


def _elsewhere(one: Elsewhere) -> dict[str, Any]:
    return one._asdict()


def _day(one: Day) -> dict[str, Any]:
    return one._asdict()
