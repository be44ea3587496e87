"""Random histories in random order of arrival: the whole state is that of the reference model, and the law holds."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.periods import Period
from apps.events import usage
from apps.events.models import Outcome, Resolution
from apps.events.state import state_of
from apps.invoices.law import classes
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_vendor
from tests.events.reference import Rules, Said, state

START = instant("2026-11-03 00:00")
ARRIVAL = "2026-11-10 00:00"
DAYS = Period(date(2026, 11, 1), date(2026, 12, 1))
WINDOW = timedelta(hours=6)
KINDS = {
    "auto": Rules(WINDOW, confirmed=False, void_type="ticket.reopened", confirm_type=None),
    "on_confirmation": Rules(WINDOW, confirmed=True, void_type=None, confirm_type="ticket.approved"),
}

events = st.builds(
    lambda kind, subject, hours: (kind, subject, hours),
    st.sampled_from(["ticket.resolved", "ticket.reopened", "ticket.approved"]),
    st.sampled_from(["A", "B"]),
    st.integers(0, 20),
)


def shop(mode: str) -> Vendor:
    vendor = new_vendor()
    vendor.customer(time_zone="UTC")
    rules = KINDS[mode]
    settlement: dict[str, Any] = {"mode": mode, "window_seconds": int(rules.window.total_seconds())}
    if rules.void_type:
        settlement["void_on"] = [{"type": rules.void_type, "condition": "true"}]
    if rules.confirm_type:
        settlement["confirm_on"] = [{"type": rules.confirm_type, "condition": "true"}]
    vendor.definition(settlement=settlement)
    # The other mode's signal must be known too, or its events would wait in quarantine.
    other = "ticket.approved" if mode == "auto" else "ticket.reopened"
    vendor.definition("other", trigger=other)
    return vendor


def play(vendor: Vendor, history: list[Said], batches: list[int]) -> None:
    """Send the events in this order, cut into batches of these sizes in turn."""
    rest, turn = list(history), 0
    while rest:
        size = batches[turn % len(batches)]
        sent = [
            {"id": one.id, "type": one.type, "customer": "halden", "subject": one.subject, "time": one.time.isoformat()}
            for one in rest[:size]
        ]
        assert {result.status for result in vendor.send(*sent, at=ARRIVAL)} == {"accepted"}
        rest, turn = rest[size:], turn + 1


@settings(max_examples=60)
@given(
    mode=st.sampled_from(sorted(KINDS)),
    history=st.lists(events, min_size=1, max_size=12),
    order=st.randoms(use_true_random=False),
    batches=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    now=st.integers(0, 30),
)
def test_state_is_a_function_of_the_events_and_their_times(
    mode: str, history: list[tuple[str, str, int]], order: Any, batches: list[int], now: int
) -> None:
    vendor = shop(mode)
    said = [Said(f"e{n}", kind, subject, START + timedelta(hours=h)) for n, (kind, subject, h) in enumerate(history)]
    order.shuffle(said)
    play(vendor, said, batches)
    at = START + timedelta(hours=now)
    triggers = [one for one in said if one.type == "ticket.resolved"]
    expected = {one.id: state(KINDS[mode], one, set(said), at) for one in triggers}
    with scope(vendor.tenant.pk):
        found = {}
        for outcome in Outcome.objects.filter(version__definition__code="resolved_ticket").select_related("event"):
            resolutions = {row.kind: row for row in Resolution.objects.filter(outcome=outcome)}
            found[outcome.event.external_id] = str(state_of(outcome, resolutions, invoiced=(), at=at))
        customer = Outcome.objects.values_list("customer", flat=True).first()
        counted = (
            [one for one in usage.totals(customer, DAYS) if one.definition == "resolved_ticket"] if customer else []
        )
        law = classes(vendor.tenant.pk, at=at)
        accepted = Outcome.objects.count()
    assert found == expected
    final = [one.id for one in triggers if state(KINDS[mode], one, set(said), instant("2027-01-01 00:00")) == "settled"]
    assert sum((one.quantity for one in counted), Decimal(0)) == len(final)
    assert sum(law.values()) == accepted
