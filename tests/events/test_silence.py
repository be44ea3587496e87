"""Silence as it is kept: arrivals added up from real events, alerts raised and told once, ended, muted."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from apps.events import arrivals, silence
from apps.events.usual import HOUR, WEEK
from apps.events.watched import Arrivals, Silence, Watch
from apps.outbox import figures
from apps.outbox.models import Mail
from apps.outcomes.models import OutcomeDefinition
from apps.tenants.customers import invite_member
from apps.tenants.models import Member, Profile, Role, bump_config
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_user, ticket
from tests.threads import times

MONDAY = instant("2026-03-30")
WEEKS_BEFORE = [MONDAY - number * WEEK for number in (4, 3, 2, 1)]
HOURS = (9, 10, 11)


def watch(vendor: Vendor, at: datetime) -> int:
    return silence.watch(vendor.tenant.pk, at=at)


def watch_until(vendor: Vendor, end: datetime, *, start: datetime = MONDAY) -> None:
    """As beat has it, but every half hour."""
    at = start
    while at <= end:
        watch(vendor, at)
        at += HOUR / 2


def send(vendor: Vendor, at: datetime, count: int = 6, type: str = "ticket.resolved") -> None:
    vendor.send(*[ticket(f"{type} {at:%d.%H:%M} {n}", type=type) for n in range(count)], at=at.isoformat())


def found(vendor: Vendor) -> list[Silence]:
    with scope(vendor.tenant.pk):
        return list(Silence.objects.order_by("pk"))


def mails(vendor: Vendor) -> list[Mail]:
    with scope(vendor.tenant.pk):
        return list(Mail.objects.filter(kind="silence").order_by("pk"))


@pytest.fixture
def desk(northwind: Vendor) -> Vendor:
    """For four Mondays six tickets came at half past nine, ten and eleven; on the fifth only at half past nine."""
    northwind.customer()
    northwind.definition()
    for monday in WEEKS_BEFORE:
        for hour in HOURS:
            send(northwind, monday + timedelta(hours=hour, minutes=30))
    send(northwind, MONDAY + timedelta(hours=9, minutes=30))
    return northwind


NOON = MONDAY + timedelta(hours=12)


def test_what_has_stopped_is_raised_with_when_and_how_many_are_usual(desk: Vendor) -> None:
    watch_until(desk, NOON)
    [one] = found(desk)
    assert (one.type, one.since, one.raised_at) == ("ticket.resolved", MONDAY + timedelta(hours=9, minutes=30), NOON)
    assert (one.usual, one.ended_at) == (12, None)


def test_before_two_usual_hours_have_passed_nothing_is_raised(desk: Vendor) -> None:
    watch_until(desk, NOON - timedelta(minutes=30))
    assert found(desk) == []


def test_it_is_told_once_to_those_who_look_after_the_integration(desk: Vendor) -> None:
    with scope(desk.tenant.pk):
        people = {role: new_user(role) for role in Role.values}
        for role, user in people.items():
            invite_member(user.email, role)
        Member.objects.filter(user=people["admin"]).update(alerts=False)
    watch_until(desk, NOON + 2 * HOUR)
    [mail] = mails(desk)
    assert mail.to == [desk.owner.email, people["owner"].email, people["developer"].email]
    assert mail.subject == "No ticket.resolved since 30 Mar, 09:30 UTC"
    assert "at least 12 came each time" in mail.text
    assert "/events/silences" in mail.text


def test_where_nobody_wants_it_no_mail_is_written(desk: Vendor) -> None:
    with scope(desk.tenant.pk):
        Member.objects.update(alerts=False)
    watch_until(desk, NOON)
    assert (len(found(desk)), mails(desk)) == (1, [])


def test_it_ends_with_the_next_event(desk: Vendor) -> None:
    watch_until(desk, NOON)
    back = NOON + timedelta(minutes=7)
    send(desk, back, 1)
    assert watch(desk, back + timedelta(minutes=1)) == 0
    [one] = found(desk)
    assert (one.ended_at, one.end) == (back, "arrived")


def test_a_type_that_stops_again_is_raised_again(desk: Vendor) -> None:
    watch_until(desk, NOON)
    send(desk, NOON + timedelta(minutes=7), 1)
    send(desk, MONDAY + WEEK + timedelta(hours=9, minutes=30))
    watch_until(desk, NOON + WEEK, start=MONDAY + WEEK)
    assert [one.since for one in found(desk)] == [
        MONDAY + timedelta(hours=9, minutes=30),
        MONDAY + WEEK + timedelta(hours=9, minutes=30),
    ]


def test_a_muted_type_is_not_raised_and_one_that_lasts_ends(desk: Vendor) -> None:
    watch_until(desk, NOON)
    with scope(desk.tenant.pk):
        silence.mute("ticket.resolved", by="ada", at=NOON)
    assert watch(desk, NOON + HOUR / 2) == 0
    assert [one.end for one in found(desk)] == ["muted"]


def test_once_it_is_no_longer_muted_it_is_watched_again(desk: Vendor) -> None:
    with scope(desk.tenant.pk):
        silence.mute("ticket.resolved", by="ada", at=MONDAY)
    watch_until(desk, NOON)
    assert found(desk) == []
    with scope(desk.tenant.pk):
        silence.unmute("ticket.resolved")
    assert watch(desk, NOON + HOUR / 2) == 1


def test_a_type_that_no_definition_listens_to_any_more_is_not_raised_and_one_that_lasts_ends(desk: Vendor) -> None:
    watch_until(desk, NOON)
    with scope(desk.tenant.pk):
        OutcomeDefinition.objects.update(active=False)
        bump_config(desk.tenant.pk)
    assert watch(desk, NOON + HOUR / 2) == 0
    assert watch(desk, NOON + HOUR) == 0
    assert [one.end for one in found(desk)] == ["unwatched"]


def test_a_type_that_nobody_defined_is_not_watched(desk: Vendor) -> None:
    send(desk, MONDAY + timedelta(hours=1), type="ticket.resolvd")
    watch(desk, NOON)
    with scope(desk.tenant.pk):
        assert set(Arrivals.objects.values_list("type", flat=True)) == {"ticket.resolved"}


def test_a_signal_is_watched_like_a_trigger(northwind: Vendor) -> None:
    northwind.definition(settlement={"window_seconds": 3600, "void_on": [{"type": "ticket.reopened"}]})
    with scope(northwind.tenant.pk):
        assert silence.watched_types() == {"ticket.resolved", "ticket.reopened"}


def test_what_arrived_while_nobody_watched_raises_nothing_until_hours_were_watched(desk: Vendor) -> None:
    """The whole installation was off from Monday 8:00 until Monday 13:00: its own pause is nobody's silence."""
    watch_until(desk, MONDAY + timedelta(hours=8))
    watch(desk, NOON + HOUR)
    assert found(desk) == []
    with scope(desk.tenant.pk):
        assert Watch.objects.get().since == NOON + HOUR


def test_hours_are_counted_anew_and_not_added(desk: Vendor) -> None:
    for minutes in (31, 32, 33):
        watch(desk, MONDAY + timedelta(hours=9, minutes=minutes))
    with scope(desk.tenant.pk):
        assert Arrivals.objects.get(hour=MONDAY + 9 * HOUR).count == 6
        assert Arrivals.objects.count() == 13


def test_what_is_committed_minutes_after_its_receipt_is_counted(desk: Vendor) -> None:
    ten = MONDAY + 10 * HOUR
    watch(desk, ten + timedelta(minutes=2))
    send(desk, ten - timedelta(minutes=7), 3)
    watch(desk, ten + timedelta(minutes=3))
    with scope(desk.tenant.pk):
        assert Arrivals.objects.get(hour=MONDAY + 9 * HOUR).count == 9


def test_what_is_older_than_is_looked_at_is_forgotten(desk: Vendor) -> None:
    watch(desk, MONDAY)
    watch(desk, MONDAY + 2 * WEEK)
    with scope(desk.tenant.pk):
        assert Arrivals.objects.order_by("hour").first().hour == WEEKS_BEFORE[1] + 9 * HOUR


def test_another_tenant_hears_nothing(desk: Vendor, globex: Vendor) -> None:
    watch_until(desk, NOON)
    assert watch(globex, NOON) == 0
    assert (found(globex), mails(globex)) == ([], [])


def test_many_watchers_at_once_raise_it_once(desk: Vendor) -> None:
    watch_until(desk, NOON - HOUR / 2)
    assert times(4, lambda _: watch(desk, NOON)) == [1, 1, 1, 1]
    assert (len(found(desk)), len(mails(desk))) == (1, 1)


def test_arrivals_are_read_by_the_ids_since_the_last_time(desk: Vendor) -> None:
    with scope(desk.tenant.pk), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        start = instant("2026-03-30 09:00")
        parameters = [desk.tenant.pk, arrivals.first_id(start), start, ["ticket.resolved"]]
        cursor.execute("EXPLAIN " + arrivals.COUNT, parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "id >=" in plan.partition("Index Cond")[2]


def test_the_first_id_of_an_instant_is_below_all_that_are_made_from_then_on() -> None:
    from apps.tenants.base import new_id

    made = new_id()
    millisecond = made.int >> 80
    then = instant("1970-01-01") + timedelta(milliseconds=millisecond)
    assert arrivals.first_id(then) <= made < arrivals.first_id(then + timedelta(milliseconds=1))


def test_the_gauge_is_the_sum_of_all_tenants_last_figures(northwind: Vendor, globex: Vendor) -> None:
    before = figures.total("tests")
    for figure in (5, 2):
        figures.note("tests", northwind.tenant.pk, figure)
    figures.note("tests", globex.tenant.pk, 1)
    assert figures.total("tests") - before == 3


def test_the_profile_is_not_written_by_watching(desk: Vendor) -> None:
    """Its row is what ingestion reads in each transaction."""
    with scope(desk.tenant.pk):
        before = Profile.objects.values_list("config_version", flat=True).get()
    watch(desk, NOON)
    with scope(desk.tenant.pk):
        assert Profile.objects.values_list("config_version", flat=True).get() == before
