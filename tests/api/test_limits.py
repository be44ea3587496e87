"""Limits of a key: what it may ask in a second, what it is told, and what is left undone beyond that."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.api import limits
from apps.api.limits import SECOND, WINDOW, Meter, Quota
from apps.api.problems import HttpProblem
from apps.events.models import Event
from apps.tenants.models import ApiKey, Scope
from apps.tenants.scope import scope
from tests.api.client import Api
from tests.cast import Vendor, ticket
from tests.statements import asked


def limited(vendor: Vendor, **limits: int | None) -> Api:
    """The API with a key of all scopes and these limits."""
    with scope(vendor.tenant.pk):
        _, key = ApiKey.issue(vendor.tenant, name="limited", scopes=Scope.values, **limits)
    return Api(key, vendor)


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The clock of the quotas, in nanoseconds; it goes on only when it is told."""
    hand = [7 * SECOND]
    for module in ("gate", "intake", "limits", "sent"):
        monkeypatch.setattr(f"apps.api.{module}.ticks", lambda: hand[0])
    return hand


# The quota


def test_a_quota_holds_two_seconds_worth_and_fills_by_the_second() -> None:
    quota = Quota("requests", 5)
    quota.take(10, at=0)
    assert (quota.left(at=0), quota.wait(at=0), quota.reset(at=0)) == (0, 1, 2)
    assert quota.left(at=SECOND // 5) == 1
    assert quota.left(at=SECOND) == 5
    assert quota.left(at=9 * SECOND) == 10


def test_a_batch_beyond_the_quota_is_waited_for_the_longer() -> None:
    quota = Quota("events", 100)
    quota.take(1_000, at=0)
    assert quota.wait(at=0) == 9
    assert (quota.left(at=8 * SECOND), quota.left(at=9 * SECOND)) == (0, 100)


def test_a_clock_that_two_threads_read_crosswise_takes_nothing_back() -> None:
    quota = Quota("requests", 1)
    quota.take(1, at=2 * SECOND)
    quota.take(1, at=SECOND)
    assert quota.left(at=2 * SECOND) == 0


@given(per_second=st.integers(1, 7), sent=st.lists(st.integers(0, 20 * SECOND), max_size=150))
def test_who_keeps_to_his_limit_in_every_second_is_never_refused(per_second: int, sent: list[int]) -> None:
    quota, by_second = Quota("requests", per_second), dict.fromkeys(range(21), 0)
    for at in sorted(sent):
        if by_second[at // SECOND] < per_second:
            by_second[at // SECOND] += 1
            assert quota.wait(at=at) == 0
            quota.take(1, at=at)


@given(per_second=st.integers(1, 7), sent=st.lists(st.integers(0, 20 * SECOND), max_size=150))
def test_nobody_gets_more_than_his_limit_and_one_window(per_second: int, sent: list[int]) -> None:
    quota, taken = Quota("requests", per_second), 0
    for at in sorted(sent):
        if not quota.wait(at=at):
            quota.take(1, at=at)
            taken += 1
            assert taken * SECOND <= per_second * (WINDOW * SECOND + at)


@given(st.integers(1, 1_000), st.integers(1, 5_000))
def test_who_waits_as_told_is_let_in_and_not_a_second_earlier(per_second: int, count: int) -> None:
    quota = Quota("events", per_second)
    quota.take(count, at=0)
    wait = quota.wait(at=0)
    assert quota.wait(at=wait * SECOND) == 0
    assert wait == 0 or quota.wait(at=(wait - 1) * SECOND) == 1


# The key


def test_beyond_its_limit_a_key_gets_a_429_that_says_when_to_come_again(northwind: Vendor, stopped: list[int]) -> None:
    api = limited(northwind, requests_per_second=2)
    assert [api.get("/customers").status_code for _ in range(6)] == [200] * 4 + [429] * 2
    refused = api.get("/customers")
    assert refused["Retry-After"] == "1"
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["status"] == 429
    stopped[0] += SECOND
    assert [api.get("/customers").status_code for _ in range(3)] == [200, 200, 429]


def test_every_answer_says_what_is_left(northwind: Vendor, stopped: list[int]) -> None:
    api = limited(northwind, requests_per_second=2, events_per_second=10)
    first = api.get("/customers")
    assert (first["RateLimit-Policy"], first["RateLimit"]) == ('"requests";q=4;w=2', '"requests";r=3;t=1')
    sent = api.events([ticket("1"), ticket("2"), {}])
    assert sent["RateLimit-Policy"] == '"requests";q=4;w=2, "events";q=20;qu="events";w=2'
    assert sent["RateLimit"] == '"requests";r=2;t=1, "events";r=17;t=1'
    assert api.get("/nothing/here").status_code == 404
    assert api.get("/customers/nobody")["RateLimit"] == '"requests";r=1;t=2'


def test_when_it_is_refused_both_headers_name_the_same_instant(northwind: Vendor, stopped: list[int]) -> None:
    api = limited(northwind, events_per_second=1)
    api.events([ticket(str(number)) for number in range(10)])
    refused = api.events(ticket("11"))
    assert refused.status_code == 429
    assert refused["Retry-After"] == "9"
    assert re.search(r'"events";r=0;t=9$', refused["RateLimit"])


def test_events_beyond_the_limit_are_not_stored_and_may_be_sent_again(northwind: Vendor, stopped: list[int]) -> None:
    api = limited(northwind, events_per_second=10)
    batch = [ticket(str(number)) for number in range(20)]
    assert api.events(batch).status_code == 200
    assert api.events([ticket("late")]).status_code == 429
    with scope(northwind.tenant.pk):
        assert Event.objects.count() == 20
    stopped[0] += SECOND
    assert api.events([ticket("late")]).json()["quarantined"] == 1


def test_a_quota_of_events_that_is_used_up_lets_everything_else_in(northwind: Vendor, stopped: list[int]) -> None:
    api = limited(northwind, events_per_second=1)
    api.events([ticket("1"), ticket("2")])
    assert api.events(ticket("3")).status_code == 429
    assert api.get("/events").status_code == 200


def test_a_refusal_costs_no_query_and_reads_no_body(northwind: Vendor, stopped: list[int]) -> None:
    api = limited(northwind, requests_per_second=1)
    api.get("/customers")
    api.get("/customers")
    with asked() as statements:
        assert api.events(b"this is never read").status_code == 429
    assert statements == []


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
def test_a_key_that_is_written_otherwise_is_the_same_key(northwind: Vendor, stopped: list[int], scheme: str) -> None:
    from django.test import Client

    api = limited(northwind, requests_per_second=1)
    api.get("/customers")
    api.get("/customers")
    answer = Client().get("/api/v1/customers", headers={"Authorization": f"{scheme} {api.key}"})
    assert answer.status_code == 429


def test_the_limits_of_one_key_are_not_those_of_another(northwind: Vendor, stopped: list[int]) -> None:
    first, second = limited(northwind, requests_per_second=1), limited(northwind, requests_per_second=1)
    assert [first.get("/customers").status_code for _ in range(3)] == [200, 200, 429]
    assert second.get("/customers").status_code == 200


def test_other_limits_hold_from_the_next_request(northwind: Vendor, stopped: list[int]) -> None:
    api = limited(northwind, requests_per_second=5)
    api.get("/customers")
    with scope(northwind.tenant.pk):
        ApiKey.objects.get(name="limited").limit(requests_per_second=1, events_per_second=None)
    assert [api.get("/customers").status_code for _ in range(2)] == [200, 429]


def test_without_limits_of_its_own_a_key_has_the_operators(northwind: Vendor, settings: object) -> None:
    settings.RATE_LIMITS = {"requests": 3, "events": 0}  # type: ignore[attr-defined]
    answer = limited(northwind).events([ticket("1")])
    assert answer["RateLimit-Policy"] == '"requests";q=6;w=2'


def test_the_operators_own_are_at_least_what_the_api_promises() -> None:
    from django.conf import settings

    assert settings.RATE_LIMITS["requests"] >= 100
    assert settings.RATE_LIMITS["events"] >= 100_000


def test_who_is_not_let_in_is_told_no_quota(northwind: Vendor) -> None:
    assert "RateLimit" not in Api("cf_northwind_guessed").get("/customers").headers


def test_no_more_keys_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST", 3)
    monkeypatch.setattr(limits, "_allowances", {})
    for number in range(5):
        Meter(str(number), False, None).admit(ApiKey(secret_hash=str(number), requests_per_second=1), at=0)
    assert set(limits._allowances) == {"2", "3", "4"}


def test_a_used_up_quota_counts_no_refused_request() -> None:
    meter = Meter("one", False, None)
    meter.admit(ApiKey(requests_per_second=1), at=0)
    meter.check(at=0)
    for _ in range(3):
        with pytest.raises(HttpProblem):
            meter.check(at=0)
    meter.check(at=SECOND)
