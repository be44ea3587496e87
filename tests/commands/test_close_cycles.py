"""`manage.py close_cycles`: all that is due at an instant, and nothing twice."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.invoices.models import Invoice
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, ticket


def close(at: str, *options: str) -> dict:
    out = StringIO()
    call_command("close_cycles", "--at", at, "--json", *options, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def october(northwind: Vendor) -> Vendor:
    """A customer in New York with one ticket in October, on a plan from the first on."""
    customer = northwind.customer()
    northwind.definition()
    northwind.subscribe(customer, northwind.plan(), "2026-10-01")
    northwind.send(ticket("t-1", time="2026-10-05T10:00:00Z"), at="2026-10-05 10:00")
    return northwind


def test_what_is_due_is_closed_and_invoiced(october):
    assert close("2026-11-01T04:00:00Z", "--tenant", october.tenant.slug) == {"closed": 1, "invoices": 1, "failed": 0}
    with scope(october.tenant.pk):
        assert Invoice.objects.get().period_end.isoformat() == "2026-11-01"


def test_what_is_not_due_is_left_alone(october):
    assert close("2026-11-01T03:59:59Z", "--tenant", october.tenant.slug) == {"closed": 0, "invoices": 0, "failed": 0}


def test_run_again_it_does_nothing(october):
    close("2026-11-01T00:00:00-04:00", "--tenant", october.tenant.slug)
    again = close("2026-11-01T00:00:00-04:00", "--tenant", october.tenant.slug)
    assert again == {"closed": 0, "invoices": 0, "failed": 0}


def test_another_tenant_is_left_alone(october, globex):
    assert close("2026-12-01T12:00:00Z", "--tenant", globex.tenant.slug)["closed"] == 0
    with scope(october.tenant.pk):
        assert not Invoice.objects.exists()


@pytest.fixture
def broken(globex: Vendor) -> Iterator[Vendor]:
    """A tenant whose settings are gone, until the test is over."""
    with scope(globex.tenant.pk):
        profile = Profile.objects.get()
        Profile.objects.all().delete()
    yield globex
    with scope(globex.tenant.pk):
        profile.save(force_insert=True)


def test_one_that_fails_is_counted_and_keeps_nobody_waiting(october, broken, caplog):
    out = StringIO()
    with caplog.at_level(logging.CRITICAL), pytest.raises(CommandError, match="next run"):
        call_command("close_cycles", "--at", "2026-11-01T04:00:00Z", "--json", stdout=out)
    assert json.loads(out.getvalue())["failed"] >= 1
    with scope(october.tenant.pk):
        assert Invoice.objects.count() == 1


@pytest.mark.parametrize("at", ["2026-11-01T00:00:00", "2026-11-01", "yesterday", "2026-02-30T00:00:00Z"])
def test_an_instant_without_a_zone_is_none(at):
    with pytest.raises(CommandError, match="not an instant"):
        close(at)


def test_an_unknown_tenant_is_said():
    with pytest.raises(CommandError, match="no tenant nobody"):
        close("2026-11-01T00:00:00Z", "--tenant", "nobody")
