"""What waits in quarantine is replayed once its cause is mended, and then counts once, as if it had just been sent."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from apps.common.periods import Period
from apps.events import fence, replay_all, usage
from apps.events.models import Claim, Event, Judgement, Outcome, Quarantine, Resolution
from apps.events.replay import Replayed, replay
from apps.outbox import outbox
from apps.outcomes.models import Agreement, DefinitionVersion, OutcomeDefinition
from apps.outcomes.publish import publish_version
from apps.tenants.access import access_customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.threads import times

AT = "2026-11-05 10:00"
LATER = "2026-11-20 10:00"
DAYS = Period(date(2026, 11, 1), date(2027, 1, 1))
RATED: dict[str, Any] = {"condition": "properties.rating >= 4"}
LENIENT: dict[str, Any] = {"condition": "has(properties.rating) && properties.rating >= 4"}
REOPENED: dict[str, Any] = {"window_seconds": 72 * 3600, "void_on": [{"type": "ticket.reopened", "condition": "true"}]}


def waiting(vendor: Vendor) -> list[str]:
    with scope(vendor.tenant.pk):
        return list(Quarantine.objects.order_by("pk").values_list("event__external_id", flat=True))


def replayed(vendor: Vendor, *ids: str, at: str = LATER) -> Replayed:
    """Replay these events; all that wait where none is named."""
    with scope(vendor.tenant.pk):
        events = Event.objects.filter(external_id__in=ids) if ids else Event.objects.filter(status="quarantined")
        return replay(list(events.values_list("pk", flat=True)), at=instant(at))


def counted(vendor: Vendor) -> Decimal:
    with scope(vendor.tenant.pk):
        rows = usage.totals(access_customer("halden").pk, DAYS)
        return sum((one.quantity for one in rows), Decimal(0))


def outcome(vendor: Vendor, external_id: str = "1") -> Any:
    with scope(vendor.tenant.pk):
        return Outcome.objects.select_related("version").get(event__external_id=external_id)


def publish(vendor: Vendor, at: str, **content: Any) -> None:
    with scope(vendor.tenant.pk):
        publish_version(OutcomeDefinition.objects.get(), {"name": "Resolved ticket"} | content, at=instant(at))


@pytest.fixture
def early(northwind: Vendor) -> Vendor:
    """Northwind, whose first ticket came before its customer did."""
    northwind.definition()
    northwind.send(ticket("1"), at=AT)
    return northwind


# --- replayed once


def test_an_event_counts_once_its_customer_is_there(early: Vendor) -> None:
    early.customer()
    assert replayed(early) == Replayed(done=1, waiting=0)
    assert counted(early) == 1
    assert not waiting(early)


def test_a_second_replay_changes_nothing(early: Vendor) -> None:
    early.customer()
    replayed(early)
    assert replayed(early) == Replayed(done=0, waiting=0)
    assert counted(early) == 1


def test_many_replays_at_once_count_once(early: Vendor) -> None:
    early.send(*[ticket(str(n)) for n in range(2, 51)], at=AT)
    early.customer()
    answers = times(6, lambda n: replayed(early))
    assert sum(answer.done for answer in answers) == 50
    assert counted(early) == 50


def test_what_still_can_not_be_judged_waits_for_its_new_reason(northwind: Vendor) -> None:
    northwind.definition(**RATED)
    northwind.send(ticket("1"), at=AT)
    northwind.customer()
    assert replayed(northwind) == Replayed(done=0, waiting=1)
    with scope(northwind.tenant.pk):
        row = Quarantine.objects.get()
        assert (row.reason, row.field) == ("condition_error", "properties.rating")
        assert "rating" in row.detail
        assert not Judgement.objects.exists()


def test_what_was_never_quarantined_is_left_alone(northwind: Vendor) -> None:
    northwind.definition()
    northwind.customer()
    northwind.send(ticket("1"), at=AT)
    assert replayed(northwind, "1") == Replayed(done=0, waiting=0)
    assert counted(northwind) == 1


def test_at_most_a_thousand_at_a_time(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk), pytest.raises(ValueError, match="1000"):
        replay([uuid4() for _ in range(1001)], at=instant(AT))


def test_another_tenants_events_are_not_replayed(early: Vendor, globex: Vendor) -> None:
    early.customer()
    with scope(early.tenant.pk):
        ids = list(Event.objects.values_list("pk", flat=True))
    with scope(globex.tenant.pk):
        assert replay(ids, at=instant(LATER)) == Replayed(done=0, waiting=0)
    assert waiting(early) == ["1"]


# --- what is answered to the same id


def test_the_id_answers_quarantined_before_and_duplicate_with_the_outcome_after(early: Vendor) -> None:
    early.customer()
    [before] = early.send(ticket("1"), at=AT)
    replayed(early)
    [after] = early.send(ticket("1"), at=LATER)
    assert (before.status, before.reason) == ("quarantined", "unknown_customer")
    assert (after.status, after.billable, after.outcome, after.reason) == (
        "duplicate",
        True,
        outcome(early).pk,
        None,
    )


# --- how it is judged


def test_the_version_in_force_at_the_replay_judges(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(**RATED)
    northwind.send(ticket("1"), ticket("2"), at=AT)
    publish(northwind, "2026-11-10 00:00", condition="true")
    assert replayed(northwind) == Replayed(done=2, waiting=0)
    assert outcome(northwind).version.number == 2
    with scope(northwind.tenant.pk):
        judgement = Judgement.objects.earliest("pk")
        assert (judgement.replay, judgement.version.number, judgement.at) == (True, 2, instant(LATER))


def test_where_signature_is_asked_for_the_version_signed_by_the_replay_judges(northwind: Vendor) -> None:
    halden = northwind.customer()
    first = northwind.definition(**RATED, requires_agreement=True)
    with scope(northwind.tenant.pk):
        Agreement.objects.create(customer=halden, version=first, signed_at=instant("2026-11-01 00:00"), signed_by="jo")
    northwind.send(ticket("1"), ticket("2"), at=AT)
    publish(northwind, "2026-11-10 00:00", condition="true", requires_agreement=True)
    assert replayed(northwind, "1") == Replayed(done=0, waiting=1), "version 1 is still the one that was signed"
    with scope(northwind.tenant.pk):
        second = DefinitionVersion.objects.get(number=2)
        Agreement.objects.create(customer=halden, version=second, signed_at=instant("2026-11-12 00:00"), signed_by="jo")
    assert replayed(northwind) == Replayed(done=2, waiting=0)
    assert outcome(northwind).version.number == 2


def test_a_replayed_event_may_turn_out_not_billable(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(**RATED)
    northwind.send(ticket("1"), at=AT)
    publish(northwind, "2026-11-10 00:00", **LENIENT)
    assert replayed(northwind) == Replayed(done=1, waiting=0)
    [again] = northwind.send(ticket("1"), at=LATER)
    assert (again.status, again.billable, again.reason) == ("duplicate", False, "condition_false")


def test_every_digit_is_judged(northwind: Vendor) -> None:
    """As a double the share would be 0.1 and a little."""
    northwind.definition(quantity_from="properties.share")
    northwind.send(ticket("1", properties={"share": Decimal("0.100000000001")}), at=AT)
    northwind.customer()
    replayed(northwind)
    assert outcome(northwind).quantity == Decimal("0.100000000001")


def test_without_a_time_it_happened_when_it_was_received(early: Vendor) -> None:
    early.customer()
    replayed(early)
    assert outcome(early).occurred_at == instant(AT)


# --- when it is booked


def test_on_an_open_day_it_is_booked_where_it_belongs(early: Vendor) -> None:
    early.customer(time_zone="UTC")
    replayed(early)
    assert (outcome(early).booked_day, outcome(early).late) == (date(2026, 11, 5), False)


def test_on_a_closed_day_it_is_booked_late_on_the_first_that_is_open(early: Vendor) -> None:
    customer = early.customer(time_zone="UTC")
    with scope(early.tenant.pk):
        fence.lock_for_closing(early.tenant.pk)
        fence.move({customer.pk: date(2026, 12, 1)})
    replayed(early, at="2026-12-10 10:00")
    assert (outcome(early).booked_day, outcome(early).late) == (date(2026, 12, 1), True)


# --- claims and signals


def test_of_two_of_a_subject_the_first_received_counts(northwind: Vendor) -> None:
    northwind.definition(once_per_subject="ever")
    northwind.send(ticket("1", subject="A"), at=AT)
    northwind.send(ticket("2", subject="A"), at=AT)
    northwind.customer()
    assert replayed(northwind, "2", "1") == Replayed(done=2, waiting=0)
    [again] = northwind.send(ticket("2", subject="A"), at=LATER)
    assert (again.status, again.billable, again.reason) == ("duplicate", False, "already_counted")
    with scope(northwind.tenant.pk):
        assert Claim.objects.get().outcome.event.external_id == "1"


def test_a_subject_that_was_counted_meanwhile_is_lost_to_the_replayed(northwind: Vendor) -> None:
    northwind.definition(once_per_subject="ever")
    northwind.send(ticket("1", subject="A"), at=AT)
    northwind.customer()
    northwind.send(ticket("2", subject="A"), at=AT)
    replayed(northwind)
    assert counted(northwind) == 1
    [again] = northwind.send(ticket("1", subject="A"), at=LATER)
    assert again.reason == "already_counted"


def test_a_signal_that_waited_voids_after_its_replay(northwind: Vendor) -> None:
    northwind.definition(settlement=REOPENED)
    northwind.send(ticket("signal", type="ticket.reopened", subject="A"), at="2026-11-06 10:00")
    northwind.customer()
    northwind.send(ticket("1", subject="A"), at=AT)
    assert counted(northwind) == 1
    replayed(northwind)
    assert counted(northwind) == 0
    with scope(northwind.tenant.pk):
        void = Resolution.objects.get()
        assert (void.kind, void.at) == ("void", instant("2026-11-06 10:00"))


def test_a_trigger_that_waited_meets_the_signal_that_did_not(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(**RATED, settlement=REOPENED)
    northwind.send(ticket("1", subject="A"), at=AT)
    northwind.send(ticket("signal", type="ticket.reopened", subject="A"), at="2026-11-06 10:00")
    publish(northwind, "2026-11-10 00:00", settlement=REOPENED)
    replayed(northwind)
    with scope(northwind.tenant.pk):
        assert Resolution.objects.get().outcome_id == outcome(northwind).pk
    assert counted(northwind) == 0


# --- all of a reason


def test_a_run_replays_all_of_a_reason_batch_by_batch(northwind: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_all, "MAX_BATCH", 2)
    northwind.definition()
    northwind.send(*[ticket(str(n)) for n in range(3)], ticket("other", customer="nobody"), at=AT)
    northwind.send(ticket("typo", type="ticket.resolvd"), ticket("late", customer="kestrel"), at=AT)
    northwind.customer()
    with scope(northwind.tenant.pk):
        run = replay_all.begin("unknown_customer", at=instant(LATER))
        begun = replay_all.progress(run)
    outbox.drain(northwind.tenant.pk, at=datetime.now(UTC))
    with scope(northwind.tenant.pk):
        ended = replay_all.progress(run)
    assert (begun.total, begun.tried, begun.finished) == (6, 0, False)
    assert (ended.done, ended.waiting, ended.finished) == (3, 3, True)
    assert counted(northwind) == 3


def test_what_arrives_during_a_run_is_not_a_part_of_it(northwind: Vendor) -> None:
    northwind.send(ticket("1"), at=AT)
    with scope(northwind.tenant.pk):
        run = replay_all.begin("unknown_customer", at=instant(LATER))
    northwind.send(ticket("2"), at=LATER)
    outbox.drain(northwind.tenant.pk, at=datetime.now(UTC))
    with scope(northwind.tenant.pk):
        assert replay_all.progress(run).tried == 1
