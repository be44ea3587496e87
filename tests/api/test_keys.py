"""Which keys a process knows: those that it has looked up, as their own tenant's, until they are found dead."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from apps.api import keys, limits, sent
from apps.api.gate import Knock, knocking
from apps.api.keys import known, meet
from apps.api.problems import HttpProblem
from apps.tenants.models import ApiKey, Scope
from apps.tenants.scope import scope
from tests.api.client import Api, narrow
from tests.cast import Vendor, ticket
from tests.statements import asked

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has met nobody yet."""
    monkeypatch.setattr(keys, "_tenants", {})
    monkeypatch.setattr(limits, "_allowances", {})
    monkeypatch.setattr(sent, "_known", {})


def bearer(vendor: Vendor, secret: str | None = None) -> str:
    return f"Bearer {vendor.api_key if secret is None else f'cf_{vendor.tenant.slug}_{secret}'}"


def secret_of(vendor: Vendor) -> str:
    return vendor.api_key.split("_", 2)[2]


def test_a_key_is_known_once_it_was_looked_up(northwind: Vendor) -> None:
    assert known(bearer(northwind)) is None
    meet([bearer(northwind)])
    assert known(bearer(northwind)) == str(northwind.tenant.pk)


def test_a_key_that_was_let_in_is_known_however_its_header_is_written(northwind: Vendor) -> None:
    assert Api(northwind.api_key).get("/customers").status_code == 200
    for scheme in ("Bearer", "bearer", "BEARER ", "Bearer   "):
        assert known(f"{scheme} {northwind.api_key} ") == str(northwind.tenant.pk)


def test_whether_it_is_known_costs_no_statement(northwind: Vendor) -> None:
    meet([bearer(northwind)])
    with asked() as statements:
        known(bearer(northwind))
        known(bearer(northwind, "guessed"))
    assert statements == []


def test_those_that_come_together_are_looked_up_by_the_tenants_that_they_name(
    northwind: Vendor, globex: Vendor
) -> None:
    guesses = [bearer(northwind, f"guess-{number}") for number in range(50)]
    strangers = [f"Bearer cf_stranger-{number}_secret" for number in range(50)]
    with asked() as statements:
        meet([bearer(northwind), bearer(globex), *guesses, *strangers, "Basic YTpi", "", "Bearer cf_\udcff_x"])
    assert sum("tenants_tenant" in one for one in statements) == 1
    assert sum("tenants_apikey" in one for one in statements) == 2
    assert known(bearer(northwind)) == str(northwind.tenant.pk)
    assert known(bearer(globex)) == str(globex.tenant.pk)
    assert {known(one) for one in (*guesses, *strangers, "Basic YTpi", "")} == {None}


def test_the_key_of_one_tenant_in_the_name_of_another_is_not_known(northwind: Vendor, globex: Vendor) -> None:
    meet([bearer(northwind), bearer(globex), bearer(northwind, secret_of(globex))])
    assert known(bearer(northwind, secret_of(globex))) is None
    assert known(bearer(globex)) == str(globex.tenant.pk)


def test_a_key_that_is_found_dead_is_known_no_more(northwind: Vendor) -> None:
    api = Api(northwind.api_key)
    assert api.get("/customers").status_code == 200
    revoke(northwind)
    assert known(bearer(northwind)) == str(northwind.tenant.pk)
    assert api.get("/customers").status_code == 401
    assert known(bearer(northwind)) is None
    meet([bearer(northwind)])
    assert known(bearer(northwind)) is None


def test_who_shows_another_s_key_in_a_wrong_name_makes_nobody_forget_it_nor_its_quotas(
    northwind: Vendor, globex: Vendor
) -> None:
    with scope(globex.tenant.pk):
        ApiKey.objects.get().limit(requests_per_second=1, events_per_second=None)
    right, wrong = Api(globex.api_key), Api(f"cf_{northwind.tenant.slug}_{secret_of(globex)}")
    assert [one.get("/customers").status_code for one in (right, wrong, right)] == [200, 401, 429]
    assert known(bearer(globex)) == str(globex.tenant.pk)


# Keys that post events are looked up every few seconds (sent.py).


def knock(api: Api, needs: str = Scope.EVENTS_WRITE, at: datetime = NOON) -> Knock:
    return replace(knocking(f"Bearer {api.key}", needs), at=at)


def let_in(vendor: Vendor, knock: Knock) -> int:
    """The status of what is refused, or 200."""
    try:
        sent.let_in(vendor.tenant.pk, knock)
    except HttpProblem as problem:
        return problem.status
    return 200


def revoke(vendor: Vendor) -> None:
    with scope(vendor.tenant.pk):
        ApiKey.objects.get().revoke(at=NOON)


def test_a_key_that_may_post_events_may_not_do_else_by_that(northwind: Vendor) -> None:
    api = narrow(northwind, Scope.EVENTS_WRITE)
    assert let_in(northwind, knock(api, Scope.EVENTS_WRITE)) == 200
    assert let_in(northwind, knock(api, Scope.MANAGE)) == 403


def test_a_known_key_is_looked_up_anew_after_five_seconds_and_where_the_clock_went_back(northwind: Vendor) -> None:
    api = Api(northwind.api_key)
    assert let_in(northwind, knock(api)) == 200
    revoke(northwind)
    for milliseconds, status in ((0, 200), (4_999, 200), (5_000, 401), (-1, 401)):
        at = NOON + timedelta(milliseconds=milliseconds)
        assert (milliseconds, let_in(northwind, knock(api, at=at))) == (milliseconds, status)


def test_a_known_key_has_the_limits_that_were_read_last(northwind: Vendor) -> None:
    """By whatever request they were read: here by one for customers, a moment before the key's next events."""
    api = Api(northwind.api_key)
    assert "q=2000;w=2" in api.events(ticket("1"))["RateLimit-Policy"]
    with scope(northwind.tenant.pk):
        ApiKey.objects.get().limit(requests_per_second=7, events_per_second=None)
    assert "q=14;w=2" in api.get("/customers")["RateLimit-Policy"]
    assert "q=14;w=2" in api.events(ticket("2"))["RateLimit-Policy"]


def test_a_known_key_whose_limits_changed_keeps_to_them_when_it_is_looked_up(northwind: Vendor) -> None:
    api = Api(northwind.api_key)
    let_in(northwind, knock(api))
    with scope(northwind.tenant.pk):
        ApiKey.objects.get().limit(requests_per_second=7, events_per_second=None)
    later = knock(api, at=NOON + timedelta(seconds=5))
    assert let_in(northwind, later) == 200
    assert later.meter.allowance is not None
    assert later.meter.allowance.quotas["requests"].per_second == 7


def test_a_known_key_whose_quotas_were_forgotten_has_them_anew(
    northwind: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where ten thousand others have come since."""
    api = Api(northwind.api_key)
    api.events(ticket("1"))
    monkeypatch.setattr(limits, "_allowances", {})
    assert "q=2000;w=2" in api.events(ticket("2"))["RateLimit-Policy"]
