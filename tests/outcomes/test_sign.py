"""Signatures: once for each customer and version, only of the newest that asks, and in force at once."""

import pytest

from apps.outcomes.models import Agreement
from apps.outcomes.publish import publish_version
from apps.outcomes.sign import NotAsked, sign
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

NOON = instant("2026-11-02 12:00")
LATER = instant("2026-11-03 12:00")


def test_an_event_counts_from_the_signature_on(northwind: Vendor) -> None:
    version, customer = northwind.definition(requires_agreement=True), northwind.customer()
    [before] = northwind.send(ticket("1"), at="2026-11-02 11:00")
    with scope(northwind.tenant.pk):
        sign(customer, version, by="ines@halden.example", at=NOON)
    [after] = northwind.send(ticket("2"), at="2026-11-02 13:00")
    assert (before.reason, after.billable) == ("no_agreement", True)


def test_the_first_signature_stays(northwind: Vendor) -> None:
    version, customer = northwind.definition(requires_agreement=True), northwind.customer()
    with scope(northwind.tenant.pk):
        first = sign(customer, version, by="ines@halden.example", at=NOON)
        config = Profile.objects.get().config_version
        again = sign(customer, version, by="otto@halden.example", at=LATER)
        assert Profile.objects.get().config_version == config
        assert Agreement.objects.count() == 1
    assert (again.pk, again.signed_by, again.signed_at) == (first.pk, "ines@halden.example", NOON)


def test_what_asks_for_no_signature_gets_none(northwind: Vendor) -> None:
    version, customer = northwind.definition(), northwind.customer()
    with scope(northwind.tenant.pk), pytest.raises(NotAsked):
        sign(customer, version, by="ines@halden.example", at=NOON)


def test_an_older_version_can_no_longer_be_signed(northwind: Vendor) -> None:
    version, customer = northwind.definition(requires_agreement=True), northwind.customer()
    with scope(northwind.tenant.pk):
        publish_version(version.definition, {"name": "Resolved ticket", "requires_agreement": True}, at=NOON)
        with pytest.raises(NotAsked):
            sign(customer, version, by="ines@halden.example", at=LATER)
