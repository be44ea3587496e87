"""The nightly check: whether Usage is what the ledger says, for the newest days and for some older ones by lot, and
PendingSums.

The lot is drawn by the date, so a check that is run again looks at the same sums.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import Min, OuterRef, Subquery, Sum

from apps.events.compare import Comparison, Difference, compare, compare_pending
from apps.events.models import LedgerCheck, Outcome, Usage
from apps.tenants.models import Customer
from apps.tenants.scope import scope

RECENT = 3
"""Days that every check looks at: today and the two before, by UTC."""
OLDER = 28
"""Days before those, by lot."""
CUSTOMERS = 500
"""Customers that a check looks at, by lot where there are more."""
ENTRIES = 2_000_000
"""Entries, about, that a check sums: older days are left out where they would make it more."""
NAMED = 100
"""Differences that are kept by name; all are counted."""


def check_once(tenant_id: UUID, *, at: datetime) -> LedgerCheck:
    """The check of this day (UTC); it is made unless it is there."""
    with scope(tenant_id):
        known: LedgerCheck | None = LedgerCheck.objects.filter(day=at.date()).first()
    return known or check(tenant_id, at=at)


def check(tenant_id: UUID, *, at: datetime) -> LedgerCheck:
    """Compare, and keep what came of it in place of an earlier check of this day."""
    with scope(tenant_id):
        customers, days = draw(tenant_id, at.date())
        found = compare(customers, days) + compare_pending(customers, at=at)
        row: LedgerCheck
        row, _ = LedgerCheck.objects.update_or_create(day=at.date(), defaults=_result(found, at))
    return row


def _result(found: Comparison, at: datetime) -> dict[str, Any]:
    named = [named_difference(one) for one in found.differences[:NAMED]]
    return {"at": at, "sums": found.sums, "differing": len(found.differences), "differences": named}


def named_difference(one: Difference) -> dict[str, Any]:
    """A difference as it is kept: its key in words, and (expected, found) of each figure that is wrong."""
    return {"key": one.name, "figures": one.wrong}


def draw(tenant_id: UUID, today: date) -> tuple[list[UUID], list[date]]:
    """The customers and days that the check of this day looks at. Needs the tenant's scope."""
    lot = Random(f"{tenant_id} {today}")  # noqa: S311 - a lot that anyone may draw again
    everybody = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    customers = everybody if len(everybody) <= CUSTOMERS else lot.sample(everybody, CUSTOMERS)
    recent = [today - timedelta(days=back) for back in range(RECENT)]
    older = _older(customers, recent[-1], lot)
    return customers, recent + affordable(customers, recent, older)


def _older(customers: Sequence[UUID], before: date, lot: Random) -> list[date]:
    """Days by lot, from the first on which anything of these customers is booked to this one."""
    own = Outcome.objects.filter(customer=OuterRef("pk")).order_by("booked_day").values("booked_day")[:1]
    firsts = [
        Customer.objects.filter(pk__in=customers).annotate(first=Subquery(own)).aggregate(day=Min("first"))["day"],
        Usage.objects.filter(customer__in=customers).aggregate(day=Min("day"))["day"],
    ]
    first: date = min((day for day in firsts if day), default=before)
    days = [before - timedelta(days=back) for back in range(1, (before - first).days + 1)]
    return lot.sample(days, min(OLDER, len(days)))


def affordable(customers: Sequence[UUID], recent: Sequence[date], older: Sequence[date]) -> list[date]:
    """The first of the older days, as many as may be summed besides the recent ones."""
    rows = Usage.objects.filter(customer__in=customers, day__in=[*recent, *older]).values_list("day")
    counts: dict[date, int] = dict(rows.annotate(Sum("entries")).order_by())
    left = ENTRIES - sum(counts.get(day, 0) for day in recent)
    chosen = []
    for day in older:
        left -= counts.get(day, 0)
        if left < 0:
            break
        chosen.append(day)
    return chosen
