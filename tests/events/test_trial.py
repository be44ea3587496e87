"""Trying a draft: what it would make of one event and of the past, beside what was really counted."""

from typing import Any

import pytest
from django.db import DatabaseError

from apps.common.reading import Fields
from apps.events import past
from apps.events.judge import Judged
from apps.events.message import Message, read
from apps.events.models import Outcome
from apps.events.past import Span
from apps.events.trial import Trial, try_event, try_past
from apps.invoices.trial_money import Change, changes
from apps.outcomes.content import read_content
from apps.outcomes.models import OutcomeDefinition
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

NOVEMBER = Span(instant("2026-11-01"), instant("2026-12-01"))
NOW = "2026-12-01 12:00"
REOPEN = {"window_seconds": 72 * 3600, "void_on": [{"type": "ticket.reopened", "condition": "true"}]}
CONFIRM = {"window_seconds": 72 * 3600, "mode": "on_confirmation", "confirm_on": [{"type": "ticket.praised"}]}


def content(**changes: Any) -> dict[str, Any]:
    fields = Fields({"name": "Resolved ticket"} | changes)
    read_as = read_content(fields)
    fields.raise_if_any()
    return read_as


@pytest.fixture
def desk(northwind: Vendor) -> Vendor:
    """Northwind counts every ticket of Halden's."""
    northwind.customer()
    northwind.definition()
    return northwind


def at(day: int, hour: int = 15) -> str:
    return f"2026-11-{day:02}T{hour:02}:00:00Z"


def send(vendor: Vendor, *events: dict[str, Any]) -> None:
    vendor.send(*events, at="2026-11-30 12:00")


def tried(vendor: Vendor, **changes: Any) -> Trial:
    with scope(vendor.tenant.pk):
        return try_past(OutcomeDefinition.objects.get(), content(**changes), NOVEMBER, at=instant(NOW))


def judged(vendor: Vendor, event: dict[str, Any], **changes: Any) -> Judged:
    message = read(event, at=instant(NOW))
    assert isinstance(message, Message)
    with scope(vendor.tenant.pk):
        return try_event(OutcomeDefinition.objects.get(), content(**changes), message, at=instant(NOW))


def money(vendor: Vendor, trial: Trial) -> list[Change]:
    with scope(vendor.tenant.pk):
        return changes(trial, "resolved_ticket", at=instant("2026-11-30 12:00"))


# One event


def test_a_pasted_event_is_judged_by_the_draft(desk: Vendor) -> None:
    event = ticket("1", time=at(28), properties={"channel": "email", "count": 3})
    draft = {"quantity_from": "properties.count", "dimension": "properties.channel", "settlement": REOPEN}
    entry = judged(desk, event, **draft).entry
    assert entry
    assert (entry.quantity, entry.dimension, entry.settles_at) == (3, "email", instant("2026-12-01 15:00"))


def test_a_pasted_event_that_the_condition_turns_down_says_so(desk: Vendor) -> None:
    answer = judged(desk, ticket("1", properties={"rating": 3}), condition="properties.rating >= 4")
    assert (answer.entry, answer.reason) == (None, "condition_false")


def test_a_pasted_event_that_can_not_be_judged_names_the_path(desk: Vendor) -> None:
    answer = judged(desk, ticket("1"), condition="properties.rating >= 4")
    assert (answer.quarantined, answer.reason, answer.field) == (True, "condition_error", "properties.rating")


def test_trying_writes_nothing(desk: Vendor) -> None:
    judged(desk, ticket("1"))
    tried(desk)
    with scope(desk.tenant.pk):
        assert not Outcome.objects.exists()


def test_writing_while_trying_is_refused_by_the_database(desk: Vendor) -> None:
    with pytest.raises(DatabaseError, match="read-only"), scope(desk.tenant.pk), past.read_only():
        OutcomeDefinition.objects.update(draft={})


def test_after_trying_the_transaction_may_write_again(desk: Vendor) -> None:
    with scope(desk.tenant.pk):
        with past.read_only():
            pass
        assert OutcomeDefinition.objects.update(draft=None) == 1


# The past


def test_the_present_version_tried_as_a_draft_changes_nothing(desk: Vendor) -> None:
    send(desk, ticket("1", time=at(2)), ticket("2", time=at(3)))
    trial = tried(desk)
    assert (trial.events, trial.before, trial.after) == (2, 2, 2)
    assert trial.now_counts.total == trial.no_longer.total == 0


def test_what_would_no_longer_count_is_listed_with_the_reason(desk: Vendor) -> None:
    send(
        desk, ticket("good", time=at(2), properties={"rating": 5}), ticket("bad", time=at(3), properties={"rating": 2})
    )
    trial = tried(desk, condition="properties.rating >= 4")
    assert [(one.external_id, one.reason) for one in trial.no_longer.newest] == [("bad", "condition_false")]


def test_what_would_count_now_is_listed_with_why_it_did_not(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(condition="properties.rating >= 4")
    send(northwind, ticket("1", time=at(2), properties={"rating": 3}), ticket("2", time=at(3)))
    trial = tried(northwind)
    assert {(one.external_id, one.reason) for one in trial.now_counts.newest} == {
        ("1", "condition_false"),
        ("2", "condition_error"),
    }


def test_events_outside_of_the_span_are_left_out(desk: Vendor) -> None:
    send(desk, ticket("october", time="2026-10-31T23:59:59Z"), ticket("november", time="2026-11-01T00:00:00Z"))
    assert tried(desk).events == 1


def test_a_signal_that_meant_nothing_so_far_voids_under_the_draft(desk: Vendor) -> None:
    reopened = ticket("r", type="ticket.reopened", subject="T-1", time=at(4))
    send(desk, ticket("1", time=at(2)), ticket("2", time=at(2)), reopened)
    trial = tried(desk, settlement=REOPEN)
    assert [(one.external_id, one.reason) for one in trial.no_longer.newest] == [("1", "voided")]


@pytest.mark.parametrize(("hour", "counts"), [(15, 0), (16, 1)])
def test_a_signal_acts_until_the_windows_last_instant(desk: Vendor, hour: int, counts: int) -> None:
    send(desk, ticket("1", time=at(2)), ticket("r", type="ticket.reopened", subject="T-1", time=at(5, hour)))
    assert tried(desk, settlement=REOPEN).after == counts


def test_what_awaits_a_confirmation_counts_only_with_one(desk: Vendor) -> None:
    praised = ticket("p", type="ticket.praised", subject="T-1", time=at(4))
    send(desk, ticket("1", time=at(2)), ticket("2", time=at(2)), ticket("3", time=at(30, 10)), praised)
    trial = tried(desk, settlement=CONFIRM)
    assert (trial.after, dict(trial.reasons)) == (1, {"expired": 1, "awaiting_confirmation": 1})


def test_of_one_subject_the_earliest_of_the_month_counts_whatever_came_first(desk: Vendor) -> None:
    send(desk, ticket("second", subject="T", time=at(9)), ticket("first", subject="T", time=at(2)))
    trial = tried(desk, once_per_subject="month")
    assert [(one.external_id, one.reason) for one in trial.no_longer.newest] == [("second", "already_counted")]


def test_a_void_leaves_the_subject_to_what_comes_after_it(desk: Vendor) -> None:
    tickets = [ticket(str(day), subject="T", time=at(day)) for day in (2, 3, 9)]
    send(desk, *tickets, ticket("r", type="ticket.reopened", subject="T", time=at(4)))
    trial = tried(desk, once_per_subject="ever", settlement=REOPEN)
    assert dict(trial.reasons) == {"voided": 1, "already_counted": 1}
    assert trial.after == 1


def test_a_draft_that_asks_for_signature_is_tried_as_if_all_had_signed(desk: Vendor) -> None:
    send(desk, ticket("1", time=at(2)))
    assert tried(desk, requires_agreement=True).after == 1


def test_the_lists_end_at_fifty_and_the_totals_do_not(desk: Vendor) -> None:
    send(desk, *[ticket(str(n), time=at(2)) for n in range(60)])
    trial = tried(desk, condition="false")
    assert (trial.no_longer.total, len(trial.no_longer.newest)) == (60, 50)


# In money


def test_money_is_what_the_events_cost_at_the_price_that_holds_now(desk: Vendor) -> None:
    subscribe(desk, included="1")
    send(desk, *[ticket(str(n), time=at(2), properties={"rating": n}) for n in range(6)])
    [change] = money(desk, tried(desk, condition="properties.rating >= 4"))
    assert (change.amount_before, change.amount_after, change.difference) == (10, 2, -8)


def test_each_cycle_has_its_own_included_units(desk: Vendor) -> None:
    subscribe(desk, included="1")
    tickets = [ticket(f"{day}-{n}", time=f"2026-{day}T15:00:00Z") for day in ("10-20", "11-20") for n in range(2)]
    send(desk, *tickets)
    with scope(desk.tenant.pk):
        span = Span(instant("2026-10-01"), instant("2026-12-01"))
        trial = try_past(OutcomeDefinition.objects.get(), content(), span, at=instant(NOW))
    assert [one.amount_after for one in money(desk, trial)] == [4]


def test_a_customer_without_subscription_has_quantities_and_no_amounts(desk: Vendor) -> None:
    send(desk, ticket("1", time=at(2)))
    [change] = money(desk, tried(desk))
    assert (change.after.quantity, change.amount_after) == (1, None)


def subscribe(vendor: Vendor, included: str) -> None:
    """Halden pays 2.00 for each ticket beyond those included, from November on."""
    price = {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "2.00", "included": included}
    with scope(vendor.tenant.pk):
        halden = Customer.objects.get()
    vendor.subscribe(halden, vendor.plan(prices=[price]), "2026-11-01")
