"""The history: the same for the same seed and day, and such as a vendor would recognise."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.common.periods import midnight, zone
from apps.demo.buyers import BUYERS, Buyer
from apps.demo.history import DAYS, EVENTS, first_day, is_good, tell
from apps.events.message import Message, read
from apps.plans.cycles import cycle

TODAY = date(2026, 11, 22)
YEAR = [date(2027, 1, 1) + timedelta(days=number) for number in range(366)]


@pytest.fixture(scope="module")
def history():
    return tell(1, TODAY)


def of(history, external_id):
    return [one for one in history.deliveries if one.event["customer"] == external_id]


def local_times(history, buyer: Buyer) -> list[datetime]:
    clock = ZoneInfo(buyer.time_zone)
    return [datetime.fromisoformat(one.event["time"]).astimezone(clock) for one in of(history, buyer.external_id)]


def test_the_same_seed_and_day_tell_the_same():
    assert tell(3, TODAY, events=500) == tell(3, TODAY, events=500)


def test_another_seed_tells_another_story():
    ids = [{one.event["id"] for one in tell(seed, TODAY, events=500).deliveries} for seed in (3, 4)]
    assert not ids[0] & ids[1]


def test_there_are_about_fifty_thousand_events(history):
    ids = {one.event["id"] for one in history.deliveries}
    assert len(ids) == pytest.approx(EVENTS, rel=0.01)


def test_every_event_is_one_that_the_api_takes(history):
    for one in history.deliveries[::50]:
        assert isinstance(read(one.event, at=one.at), Message)


def test_nothing_is_sent_before_it_happened(history):
    assert all(datetime.fromisoformat(one.event["time"]) <= one.at for one in history.deliveries)


def test_deliveries_stand_in_order_of_time(history):
    sent = [one.at for one in history.deliveries]
    assert sent == sorted(sent)


def test_eight_customers_in_four_zones_and_three_currencies(history):
    assert len(BUYERS) == 8
    assert len({buyer.time_zone for buyer in BUYERS}) == 4
    assert {buyer.currency for buyer in BUYERS} == {"USD", "EUR", "GBP"}
    assert {buyer.external_id for buyer in BUYERS} <= {one.event["customer"] for one in history.deliveries}


def test_shares_are_of_a_hundred():
    assert sum(buyer.share for buyer in BUYERS) == 100


@pytest.mark.parametrize("buyer", BUYERS, ids=lambda buyer: buyer.external_id)
def test_three_cycles_have_ended_whatever_the_day(buyer):
    billing = "anniversary" if buyer.anniversary else "calendar"
    for today in YEAR:
        start = first_day(buyer, today)
        assert cycle(start, "month", billing, 2).period.end <= today
        assert DAYS <= (today - start).days <= DAYS + 9


def test_the_desks_are_quiet_at_night_and_at_the_weekend(history):
    kestrel = next(buyer for buyer in BUYERS if buyer.external_id == "kestrel")
    times = local_times(history, kestrel)
    hours, days = Counter(one.hour for one in times), Counter(one.weekday() for one in times)
    assert hours[3] * 10 < hours[10]
    assert days[6] * 2 < days[1]


def test_there_are_more_from_month_to_month(history):
    halden = next(buyer for buyer in BUYERS if buyer.external_id == "halden")
    days = [one.date() for one in local_times(history, halden)]
    first, last = (
        sum(start <= day < start + timedelta(28) for day in days) for start in (min(days), date(2026, 10, 25))
    )
    assert last > first * 1.1


def test_some_are_sent_twice(history):
    sent = Counter(one.event["id"] for one in history.deliveries)
    assert 20 < sum(times == 2 for times in sent.values()) < 100


def test_some_do_not_count(history):
    tickets = [one.event["properties"] for one in history.deliveries if one.event["type"] == "ticket.resolved"]
    assert 0.05 < sum(not is_good(properties) for properties in tickets) / len(tickets) < 0.15


def test_what_is_taken_back_was_sent_before_and_is_still_pending(history):
    sent = {one.event["id"]: one for one in reversed(history.deliveries)}
    assert history.take_backs
    for one in history.take_backs:
        delivery = sent[one.event_id]
        assert delivery.at < one.at < datetime.fromisoformat(delivery.event["time"]) + timedelta(hours=48)


def test_a_customer_has_events_from_its_first_day_on(history):
    for buyer in BUYERS:
        start = midnight(first_day(buyer, TODAY), zone(buyer.time_zone))
        first = min(datetime.fromisoformat(one.event["time"]) for one in of(history, buyer.external_id))
        assert start <= first < start + timedelta(days=3)
        assert first.tzinfo == UTC
