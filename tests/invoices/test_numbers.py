"""Numbers: gapless and unique for each series, whoever issues, however often they fail or are killed."""

import random
import signal
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from apps.invoices.by_hand import draft_by_hand
from apps.invoices.close import Closed, close_tenant
from apps.invoices.drafts import issue_draft
from apps.invoices.models import Cycle, Invoice, InvoiceLine
from apps.invoices.numbers import take_numbers
from apps.plans.one_offs import OneOff
from apps.taxes.models import TaxRate
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from dev.home import CLONE
from tests.cast import Vendor, instant
from tests.threads import at_once
from tests.worker import named, wait_until_gone

MIDNIGHT = instant("2026-12-01 05:00")
TRAINING = OneOff("A day of training", Decimal("800.00"))


def numbers(vendor: Vendor) -> list[str]:
    with scope(vendor.tenant.pk):
        return sorted(Invoice.objects.exclude(number=None).values_list("number", flat=True))


def series(count: int, year: int = 2026) -> list[str]:
    return [f"CF-{year}-{n:04}" for n in range(1, count + 1)]


def subscribed(vendor: Vendor, count: int, start: str = "2026-11-01") -> None:
    vendor.definition()
    plan = vendor.plan()
    for n in range(count):
        vendor.subscribe(vendor.customer(f"c{n}"), plan, start)


def test_a_block_of_numbers_goes_back_with_its_transaction(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        assert take_numbers("CF", [2026, 2026]) == ["CF-2026-0001", "CF-2026-0002"]
        transaction.set_rollback(True)
    with scope(northwind.tenant.pk):
        assert take_numbers("CF", [2026]) == ["CF-2026-0001"]


def test_each_year_has_its_own_series_in_one_block(northwind: Vendor) -> None:
    """New Year's Eve in Los Angeles is New Year in Berlin."""
    with scope(northwind.tenant.pk):
        assert take_numbers("CF", [2026, 2027, 2026]) == ["CF-2026-0001", "CF-2027-0001", "CF-2026-0002"]
        assert take_numbers("CN", [2027]) == ["CN-2027-0001"]


def test_sixteen_issuers_at_once_leave_no_gap_though_some_of_them_fail(northwind: Vendor) -> None:
    """Half of them close; the others issue drafts by hand, and every third of these fails after it took its number."""
    subscribed(northwind, 60)
    customer = northwind.customer("hand")

    def close() -> Closed:
        return close_tenant(northwind.tenant.pk, at=instant("2027-03-01 05:00"))

    def by_hand(issuer: int) -> Closed:
        made = 0
        for n in range(9):
            try:
                with scope(northwind.tenant.pk):
                    draft = draft_by_hand(customer, [TRAINING], at=instant("2027-03-01 05:00"))
                    issue_draft(draft.pk, at=instant("2027-03-01 05:00"))
                    if (issuer + n) % 3 == 0:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                continue
            made += 1
        return Closed(0, made, 0)

    done = sum(at_once(*[close] * 8, *[lambda n=n: by_hand(n) for n in range(8)]), Closed())
    assert done == Closed(240, 240 + 48, 0)
    assert numbers(northwind) == series(288, 2027)
    with scope(northwind.tenant.pk):
        assert Invoice.objects.values("cycle", "purpose").exclude(cycle=None).distinct().count() == 240


def test_a_refused_row_rolls_its_batch_back_and_leaves_no_gap(northwind: Vendor) -> None:
    """One cycle has a draft that was thrown away: the other nineteen of the batch are issued, without a hole."""
    subscribed(northwind, 20)
    with scope(northwind.tenant.pk):
        Invoice.objects.create(
            customer=Customer.objects.get(external_id="c7"),
            cycle=Cycle.objects.get(customer__external_id="c7"),
            purpose=Invoice.Purpose.CYCLE,
            status=Invoice.Status.VOID,
            currency="USD",
            period_start=date(2026, 11, 1),
            period_end=date(2026, 12, 1),
            document={},
        )
    assert close_tenant(northwind.tenant.pk, at=MIDNIGHT) == Closed(20, 19, 1)
    assert numbers(northwind) == series(19)


ISSUER = """
import django, sys, uuid
django.setup()
from datetime import datetime
from apps.invoices.close import close_tenant
close_tenant(uuid.UUID(sys.argv[1]), at=datetime.fromisoformat(sys.argv[2]))
"""


def test_issuers_killed_at_any_moment_leave_no_gap_and_no_cycle_billed_twice(northwind: Vendor) -> None:
    subscribed(northwind, 130, "2026-07-01")
    command = [sys.executable, "-c", ISSUER, str(northwind.tenant.pk), MIDNIGHT.isoformat()]
    chance, interrupted = random.Random(11), 0
    while not interrupted:
        started = [
            subprocess.Popen(command, cwd=CLONE, env=named("issuer"), stderr=subprocess.DEVNULL) for _ in range(4)
        ]
        while not numbers(northwind) and any(one.poll() is None for one in started):
            time.sleep(0.01)
        for one in started:
            time.sleep(chance.random() * 0.15)
            interrupted += one.poll() is None
            one.send_signal(signal.SIGKILL)
            one.wait()
        wait_until_gone("issuer")
        assert numbers(northwind) == series(len(numbers(northwind)))
    close_tenant(northwind.tenant.pk, at=MIDNIGHT)
    assert numbers(northwind) == series(5 * 130)
    with scope(northwind.tenant.pk):
        assert not Cycle.objects.unbilled().exists()
        assert InvoiceLine.objects.count() == 2 * 5 * 130


def frozen(vendor: Vendor) -> list[tuple[str, str]]:
    """Every byte of the documents and of the lines, as PostgreSQL writes them."""
    with scope(vendor.tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.id::text || i.document::text, l::text FROM invoices_invoice i"
            " JOIN invoices_invoiceline l ON l.tenant_id = i.tenant_id AND l.invoice_id = i.id"
            " WHERE i.period_start = '2026-11-01' ORDER BY 1, 2"
        )
        return cursor.fetchall()


def test_what_is_issued_stays_byte_for_byte_whatever_changes_later(northwind: Vendor) -> None:
    subscribed(northwind, 3)
    close_tenant(northwind.tenant.pk, at=MIDNIGHT)
    before = frozen(northwind)
    with scope(northwind.tenant.pk):
        Customer.objects.update(name="Renamed", address={"line1": "Elsewhere"}, country="DE", locale="de")
        Profile.objects.update(legal_name="Northwind GmbH", payment_days=7, accent="#000000", invoice_prefix="NW")
        TaxRate.objects.create(name="VAT", country="DE", percent=19, valid_from=date(2020, 1, 1))
    northwind.plan("other", base_fee={"amount": "1.00", "timing": "arrears"})
    close_tenant(northwind.tenant.pk, at=instant("2027-01-01 05:00"))
    assert len(before) == 6
    assert frozen(northwind) == before
