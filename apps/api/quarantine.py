"""What could not be judged and waits for its cause to be mended, and its replay."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import described, query
from apps.api.events import shape, told
from apps.api.paging import Query, page
from apps.api.views import ApiView, answer
from apps.common.reading import Fields
from apps.events import replay_all
from apps.events.ingest import MAX_BATCH
from apps.events.models import Event, Quarantine
from apps.events.replay import Replayed, replay


class QuarantineList(ApiView):
    """`/quarantine`"""

    @described(
        "list_quarantine",
        "List events that wait in quarantine",
        answer=examples.waiting.page(),
        parameters=query(customer="External id, as sent", type="Type of the event", reason="Code of the reason"),
    )
    def get(self, request: Any) -> HttpResponse:
        asked = Query(request)
        rows = Quarantine.objects.all()
        if customer := asked.text_or_none("customer", 128):
            rows = rows.filter(event__customer=customer)
        if kind := asked.text_or_none("type", 128, verbatim=True):
            rows = rows.filter(event__type=kind)
        if reason := asked.text_or_none("reason", 40):
            rows = rows.filter(reason=reason)
        body = page(asked, rows, lambda row: row)
        events = {one.pk: one for one in told(Event.objects.filter(pk__in=[row.event_id for row in body["data"]]))}
        return answer(body | {"data": [_waiting(row, events[row.event_id]) for row in body["data"]]})


class Replay(ApiView):
    """`/quarantine/replay`: judge anew what waits, by its ids or by the reason it waits for."""

    @described(
        "replay_quarantine",
        "Judge quarantined events anew: up to 1,000 by their ids, or all of one reason",
        body=examples.replay,
        answer=examples.replayed,
    )
    def post(self, request: Any) -> HttpResponse:
        asked = Asked(self.body())
        ids, reason = asked.ids(), asked.text_or_none("reason", 40)
        if asked.given("ids") == asked.given("reason"):
            asked.fail("ids", "required", "or reason must be given, and not both")
        asked.raise_if_any()
        if reason is None:
            return answer(_told(replay(_known(ids), at=self.call.at)))
        return answer(self._all_of(reason))

    def _all_of(self, reason: str) -> dict[str, int]:
        """Replay what one transaction takes, and leave the rest to the background."""
        rows = Quarantine.objects.filter(reason=reason).order_by("pk").values_list("pk", "event_id")
        first = list(rows[: MAX_BATCH + 1])
        batch, more = first[:MAX_BATCH], len(first) > MAX_BATCH
        remaining = 0
        if more:
            run = replay_all.begin(reason, after=batch[-1][0], at=self.call.at)
            remaining = replay_all.progress(run).total
        return _told(replay([event_id for _, event_id in batch], at=self.call.at), remaining)


class Asked(Fields):
    """The body of a replay."""

    def ids(self) -> list[str]:
        """The client's event ids, at most 1,000; none where not given."""
        found = self._data["ids"] if self.given("ids") else []
        if not isinstance(found, list) or not all(isinstance(one, str) and one.isprintable() for one in found):
            self.fail("ids", "wrong_type", "must be a list of event ids")
        elif len(found) > MAX_BATCH:
            self.fail("ids", "out_of_range", f"may be at most {MAX_BATCH}")
        else:
            return found
        return []


def _told(result: Replayed, remaining: int = 0) -> dict[str, int]:
    return {"replayed": result.done, "waiting": result.waiting, "remaining": remaining}


def _known(ids: list[str]) -> list[UUID]:
    return list(Event.objects.filter(external_id__in=ids).values_list("pk", flat=True))


def _waiting(row: Quarantine, event: Any) -> dict[str, Any]:
    return {
        "reason": row.reason,
        "field": row.field,
        "detail": row.detail,
        "since": row.since,
        "event": shape(event),
    }
