"""Roles, keys and links: who may come in."""

from datetime import timedelta
from threading import Event as Moment
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from apps.tenants.access import MAY, Membership, access_customer, find_api_key, open_portal_link, require
from apps.tenants.models import ApiKey, Customer, PortalLink, Scope, Tenant, fingerprint
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.threads import at_once

NOON = instant("2026-11-05 12:00")

# Roles

ROLES = ["owner", "admin", "finance", "developer", "viewer"]
TABLE = """
    read     owner admin finance developer viewer
    manage   owner admin
    bill     owner admin finance
    develop  owner admin developer
    own      owner
"""
ALLOWED = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()}


def test_the_actions_are_these() -> None:
    assert set(MAY) == set(ALLOWED)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ALLOWED)
def test_a_role_may_what_the_table_says(role: str, action: str) -> None:
    assert Membership(Tenant(slug="northwind", name="Northwind"), role).may(action) is (role in ALLOWED[action])


def test_who_may_not_is_told_his_role_and_whom_to_ask(northwind: Vendor) -> None:
    with pytest.raises(PermissionDenied, match=r"Your role \(viewer\).*owner of Northwind"):
        require(Membership(northwind.tenant, "viewer"), "bill")


def test_who_may_passes(northwind: Vendor) -> None:
    require(Membership(northwind.tenant, "finance"), "bill")


def test_a_customer_is_reached_in_its_own_tenant_only(northwind: Vendor, globex: Vendor) -> None:
    ours = northwind.customer("halden")
    globex.customer("kestrel")
    with scope(northwind.tenant.pk):
        assert access_customer("halden") == ours
        with pytest.raises(Customer.DoesNotExist):
            access_customer("kestrel")


# API keys


@pytest.fixture
def key(northwind: Vendor) -> ApiKey:
    with scope(northwind.tenant.pk):
        row: ApiKey = ApiKey.objects.get()
        return row


def secret_of(vendor: Vendor) -> str:
    return vendor.api_key.split("_", 2)[2]


def test_a_key_names_its_tenant_in_clear(northwind: Vendor) -> None:
    assert ApiKey.split(northwind.api_key) == (northwind.tenant.slug, secret_of(northwind))


def test_of_a_secret_only_the_hash_is_stored(northwind: Vendor, key: ApiKey) -> None:
    assert key.secret_hash == fingerprint(secret_of(northwind))
    assert secret_of(northwind) not in str(vars(key))


def test_two_keys_never_share_a_secret(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        _, other = ApiKey.issue(northwind.tenant, name="second", scopes=[Scope.READ])
    assert other != northwind.api_key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cf",
        "cf_",
        "cf__",
        "cf_northwind",
        "cf_northwind_",
        "cf__secret",
        "cfp_northwind_secret",
        "CF_a_b",
        " cf_a_b",
        "northwind_secret",
    ],
)
def test_a_malformed_key_is_none(text: str) -> None:
    assert ApiKey.split(text) is None


@pytest.mark.parametrize("secret", ["a_b_c", "-_-", "_x"])
def test_a_secret_may_hold_what_separates_the_parts(secret: str) -> None:
    assert ApiKey.split(f"cf_north-wind_{secret}") == ("north-wind", secret)


def test_a_key_is_found_by_its_secret(northwind: Vendor, key: ApiKey) -> None:
    with scope(northwind.tenant.pk):
        assert find_api_key(northwind.tenant.pk, secret_of(northwind)) == key


@pytest.mark.parametrize("wrong", ["", "x", "0" * 43])
def test_another_secret_finds_nothing(northwind: Vendor, wrong: str) -> None:
    with scope(northwind.tenant.pk):
        assert find_api_key(northwind.tenant.pk, wrong) is None


def test_the_stored_hash_is_no_key(northwind: Vendor, key: ApiKey) -> None:
    with scope(northwind.tenant.pk):
        assert find_api_key(northwind.tenant.pk, key.secret_hash) is None


def test_a_secret_opens_no_other_tenant(northwind: Vendor, globex: Vendor) -> None:
    with scope(globex.tenant.pk):
        assert find_api_key(globex.tenant.pk, secret_of(northwind)) is None


def test_a_revoked_key_is_found_no_more(northwind: Vendor, key: ApiKey) -> None:
    with scope(northwind.tenant.pk):
        key.revoke(at=NOON)
        assert find_api_key(northwind.tenant.pk, secret_of(northwind)) is None


def test_revoking_twice_keeps_the_first_time(northwind: Vendor, key: ApiKey) -> None:
    with scope(northwind.tenant.pk):
        assert key.revoke(at=NOON) is True
        assert key.revoke(at=NOON + timedelta(days=1)) is False
        assert ApiKey.objects.get().revoked_at == NOON


def test_the_first_use_is_noted(northwind: Vendor, key: ApiKey) -> None:
    with scope(northwind.tenant.pk):
        key.touch(at=NOON)
        assert ApiKey.objects.get().last_used_at == NOON


@pytest.mark.parametrize(("seconds", "noted"), [(1, 0), (59, 0), (60, 60), (3600, 3600)])
def test_a_use_is_noted_at_most_once_a_minute(northwind: Vendor, key: ApiKey, seconds: int, noted: int) -> None:
    with scope(northwind.tenant.pk):
        key.touch(at=NOON)
        ApiKey.objects.get().touch(at=NOON + timedelta(seconds=seconds))
        assert ApiKey.objects.get().last_used_at == NOON + timedelta(seconds=noted)


def test_while_a_long_request_has_noted_its_use_no_other_of_the_key_waits(northwind: Vendor, key: ApiKey) -> None:
    noted, answered = Moment(), Moment()

    def long() -> None:
        with scope(northwind.tenant.pk):
            key.touch(at=NOON)
            noted.set()
            answered.wait(60)

    def short() -> None:
        noted.wait(60)
        try:
            with scope(northwind.tenant.pk), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
                ApiKey.objects.get().touch(at=NOON + timedelta(seconds=1))
        finally:
            answered.set()

    at_once(long, short)
    with scope(northwind.tenant.pk):
        assert ApiKey.objects.get().last_used_at == NOON


# Portal links


def link(vendor: Vendor, customer: Customer) -> str:
    with scope(vendor.tenant.pk):
        return PortalLink.issue(vendor.tenant, customer=customer, expires_at=NOON + PortalLink.LIFE)[1]


def opened(token: str, after: timedelta = timedelta(0)) -> UUID | None:
    access = open_portal_link(token, at=NOON + after)
    return access.customer_id if access else None


def test_a_link_opens_its_customer(northwind: Vendor) -> None:
    halden, kestrel = northwind.customer("halden"), northwind.customer("kestrel")
    assert opened(link(northwind, halden)) == halden.pk
    assert opened(link(northwind, kestrel)) == kestrel.pk


def test_a_link_names_its_tenant(northwind: Vendor) -> None:
    access = open_portal_link(link(northwind, northwind.customer()), at=NOON)
    assert access is not None
    assert access.tenant == northwind.tenant


def test_a_link_opens_until_the_instant_it_expires(northwind: Vendor) -> None:
    halden = northwind.customer()
    token = link(northwind, halden)
    assert opened(token, PortalLink.LIFE - timedelta(seconds=1)) == halden.pk
    assert opened(token, PortalLink.LIFE) is None


def test_a_link_with_another_tenants_name_opens_nothing(northwind: Vendor, globex: Vendor) -> None:
    globex.customer()
    token = link(northwind, northwind.customer())
    assert opened(token.replace(northwind.tenant.slug, globex.tenant.slug)) is None


@pytest.mark.parametrize("token", ["", "cfp", "cfp__", "cfp_nobody_secret", "x" * 500, "cfp_north\0wind_x"])
def test_what_is_no_link_opens_nothing(token: str) -> None:
    assert opened(token) is None


def test_a_key_is_no_link_and_a_link_no_key(northwind: Vendor) -> None:
    token = link(northwind, northwind.customer())
    assert opened(northwind.api_key) is None
    assert ApiKey.split(token) is None
