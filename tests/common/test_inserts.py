"""Rows that are inserted over arrays are those that Django would have written."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from apps.common.inserts import Inserts
from apps.outbox.models import OutboxEntry
from apps.outbox.outbox import ENTRIES
from apps.plans.models import Coupon
from apps.tenants.base import new_id
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.statements import asked

NOON = instant("2026-11-18 12:00")


def entry(handler: str, args: list[Any]) -> tuple[Any, ...]:
    return (new_id(), handler, args, NOON, NOON, 0, None, "")


def test_every_column_holds_what_it_was_given(northwind: Vendor) -> None:
    row = entry("mail", ["CF-2026-0001", {"to": "Größe"}])
    with scope(northwind.tenant.pk):
        ENTRIES.write(northwind.tenant.pk, [row])
        [found] = OutboxEntry.objects.all()
    assert tuple(getattr(found, name) for name in ENTRIES.names) == row
    assert found.tenant_id == northwind.tenant.pk


def test_numbers_and_days_are_exact(northwind: Vendor) -> None:
    coupons = Inserts(
        Coupon,
        id="uuid",
        code="text",
        name="text",
        percent="number",
        amount="number",
        currency="code",
        cycles="int",
        redeem_by="day",
        most="int",
        archived_at="instant",
        created_at="instant",
    )
    until, percent = date(2026, 12, 31), Decimal("12.000000000001")
    with scope(northwind.tenant.pk):
        coupons.write(northwind.tenant.pk, [(new_id(), "XMAS", "Xmas", percent, None, "", 3, until, None, None, NOON)])
        [found] = Coupon.objects.all()
    assert (found.percent, found.amount, found.cycles, found.redeem_by) == (percent, None, 3, until)


def test_a_column_that_the_model_gets_later_can_not_be_forgotten() -> None:
    """Nor be called by another name."""
    with pytest.raises(TypeError, match="OutboxEntry: args, argument, attempts"):
        Inserts(OutboxEntry, id="uuid", handler="code", argument="json", done_at="instant", error="text")


def test_many_rows_are_one_statement_and_keep_their_order(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        with asked() as statements:
            ENTRIES.write(northwind.tenant.pk, [entry(f"handler.{number}", []) for number in range(300)])
        assert len(statements) == 1
        handlers = OutboxEntry.objects.order_by("id").values_list("handler", flat=True)
        assert list(handlers) == [f"handler.{number}" for number in range(300)]


def test_no_rows_are_no_statement(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk), asked() as statements:
        ENTRIES.write(northwind.tenant.pk, [])
    assert not statements


def test_a_row_of_another_tenant_is_refused(northwind: Vendor, globex: Vendor) -> None:
    """Row-level security is asked, as for any statement."""
    with pytest.raises(Exception, match="row-level security"), scope(northwind.tenant.pk):
        ENTRIES.write(globex.tenant.pk, [entry("mail", [])])


def test_what_the_database_refuses_shows_at_the_latest_at_the_commit(northwind: Vendor) -> None:
    twice = entry("mail", [])
    with pytest.raises(IntegrityError), scope(northwind.tenant.pk):
        ENTRIES.write(northwind.tenant.pk, [twice, twice])
