"""Requests that share a transaction: each answered for itself, counted once, and let in by its own key."""

from collections import Counter

import pytest

from apps.api import sent
from apps.events.models import Event, Outcome
from apps.tenants.models import ApiKey, fingerprint
from apps.tenants.scope import scope
from tests.api.client import Api, narrow, together
from tests.cast import ticket


def counted(api: Api) -> tuple[int, int]:
    assert api.vendor
    with scope(api.vendor.tenant.pk):
        return Event.objects.count(), Outcome.objects.count()


def test_sixteen_clients_that_send_single_events_share_transactions_and_none_is_lost(
    shop: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    crews: list[int] = []
    work = sent._together._work

    def noted(sendings: object) -> object:
        crews.append(len(sendings))  # type: ignore[arg-type]
        return work(sendings)  # type: ignore[arg-type]

    monkeypatch.setattr(sent._together, "_work", noted)
    answers = together(16, lambda n: [shop.events(ticket(f"{n}-{one}")).json() for one in range(10)])
    results = [answer["results"] for client in answers for answer in client]
    assert [len(one) for one in results] == [1] * 160
    assert {one[0]["index"] for one in results} == {0}
    assert [one[0]["id"] for one in results] == [f"{n}-{one}" for n in range(16) for one in range(10)]
    assert Counter(one[0]["status"] for one in results) == {"accepted": 160}
    assert counted(shop) == (160, 160)
    assert sum(crews) == 160
    assert max(crews) > 1


def test_the_same_event_from_eight_at_once_is_accepted_once_and_seven_times_a_duplicate(shop: Api) -> None:
    answers = together(8, lambda n: shop.events(ticket("same")).json())
    assert Counter(answer["results"][0]["status"] for answer in answers) == {"accepted": 1, "duplicate": 7}
    assert len({answer["results"][0]["outcome"] for answer in answers}) == 1
    assert counted(shop) == (1, 1)


def test_one_that_is_rejected_and_one_that_conflicts_leave_the_others_alone(shop: Api) -> None:
    shop.events(ticket("old"))
    bodies = [ticket("1"), ticket("old", quantity="7"), {"id": "nothing else"}, ticket("2"), ticket("3")]
    answers = together(5, lambda n: shop.events(bodies[n]).status_code)
    assert answers == [200, 409, 422, 200, 200]
    assert counted(shop) == (4, 4)


def test_a_key_that_was_revoked_a_moment_ago_lets_nothing_in_though_others_do(shop: Api) -> None:
    assert shop.vendor
    old = narrow(shop.vendor, "events:write")
    assert old.events(ticket("before")).status_code == 200
    with scope(shop.vendor.tenant.pk):
        assert old.key
        ApiKey.objects.filter(secret_hash=fingerprint(old.key.split("_", 2)[2])).update(revoked_at="2026-11-01T00:00Z")
    answers = together(8, lambda n: (shop if n % 2 else old).events(ticket(f"{n}")).status_code)
    assert answers == [401, 200] * 4
    assert counted(shop) == (5, 5)
