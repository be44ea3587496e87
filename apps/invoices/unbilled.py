"""What was counted and no subscription prices: by outcome and stretch of days, less what an invoice by hand bills.

An outcome is left where it counts and no row of BilledByHand, of an invoice that is not void, names it. The days come
from Usage, the figures from the outcomes: those that are listed are the very ones that `link` puts on an invoice.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Sum, When, Window

from apps.common.money import exact
from apps.common.periods import Period
from apps.events.models import Outcome, Resolution, Usage
from apps.invoices.find import befell, with_final_day
from apps.invoices.models import BilledByHand, Invoice
from apps.outcomes.catalog import newest_versions
from apps.plans.models import Price, Subscription
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id

Kind = Resolution.Kind
LINK = """
INSERT INTO invoices_billedbyhand (id, tenant_id, invoice_id, outcome_id, start)
SELECT gen_random_uuid(), %%s, %%s, chosen.id, %%s FROM (%s) AS chosen (id)
"""
"""Makes the rows where the outcomes are: a million of them never come here."""
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Unbilled:
    """What is left to bill of one outcome on days that nothing prices; `period` is from the first such day to the last.

    Between two stretches of the same outcome there is a subscription that prices it. `within` has all days of the
    stretch, also those of which all is billed; `old` is what lines without rows of BilledByHand bill of it.
    """

    outcome: str
    name: str
    unit: str
    period: Period
    quantity: Decimal
    value: Decimal
    items: int
    within: Period
    old: Decimal = ZERO

    @property
    def key(self) -> str:
        """Its name among those of a customer."""
        return f"{self.outcome}-{self.period.start:%Y%m%d}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an invoice by hand that names an outcome; `old` where no rows say which ones it bills."""

    outcome: str
    period: Period
    quantity: Decimal
    old: bool

    def meets(self, days: Period) -> bool:
        return self.period.start < days.end and self.period.end > days.start


def unbilled(customer: Customer) -> list[Unbilled]:
    """Everything of the customer that is not priced, by outcome and then by days; nothing where all is."""
    lines = [one for one in _lines(customer) if one.old]
    found = (_left(customer, code, within, lines) for code, within in _stretches(customer))
    return [one for one in found if one]


def link(invoice_id: UUID, customer: Customer, one: Unbilled) -> Decimal:
    """Put all that is left of the stretch on this invoice, and return how much it is. Needs the customer locked.

    The quantity is that of the rows, so that the line and the outcomes behind it can't differ.
    """
    rows = _outcomes(customer, one.outcome, one.within, one.old)
    rows = rows.filter(final_day__gte=one.period.start, final_day__lt=one.period.end).values("pk")
    chosen, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(LINK % chosen, [current_tenant_id(), invoice_id, one.period.start, *values])
    linked = BilledByHand.objects.filter(
        invoice=invoice_id, start=one.period.start, outcome__version__definition__code=one.outcome
    )
    return linked.aggregate(sum=Sum("outcome__quantity"))["sum"] or ZERO


def unlink(invoice_id: UUID, outcome: str, start: date) -> None:
    """Take the outcomes of a draft's line off it: they are left to bill again."""
    BilledByHand.objects.filter(invoice=invoice_id, start=start, outcome__version__definition__code=outcome).delete()


def billed_by_hand(
    customer_id: UUID, outcomes: Collection[str], start: date, end: date | None = None
) -> tuple[str, Period] | None:
    """One of the outcomes, and the days, that an invoice by hand bills in [start, end); None where none does."""
    days = Period(start, end or date.max)
    found = ((one.outcome, one.period) for one in _lines(customer_id) if one.outcome in outcomes and one.meets(days))
    return next(found, None)


def _stretches(customer: Customer) -> Iterator[tuple[str, Period]]:
    """The outcomes and days that no subscription prices and on which something was booked.

    They are cut wherever a subscription began to price the outcome.
    """
    pricing = Subscription.objects.filter(
        Q(end=None) | Q(end__gt=OuterRef("day")),
        customer=customer,
        start__lte=OuterRef("day"),
        plan_version__prices__definition=OuterRef("version__definition"),
    )
    booked = Usage.objects.filter(~Exists(pricing), customer=customer).values_list("version__definition__code", "day")
    for code, group in groupby(booked.distinct().order_by("version__definition__code", "day"), key=lambda row: row[0]):
        starts: list[date] = list(
            Price.objects.filter(definition__code=code, plan_version__subscriptions__customer=customer).values_list(
                "plan_version__subscriptions__start", flat=True
            )
        )
        days = [day for _, day in group]
        for _, stretch in groupby(days, key=lambda day: sum(start <= day for start in starts)):
            first, *more = stretch
            yield code, Period(first, (more or [first])[-1] + timedelta(days=1))


def _left(customer: Customer, code: str, within: Period, lines: Collection[Line]) -> Unbilled | None:
    """What is left of the outcome on these days; None where all is billed."""
    with exact():
        old = sum((one.quantity for one in lines if one.outcome == code and one.meets(within)), ZERO)
    by_day = (
        _outcomes(customer, code, within, old)
        .values_list("final_day")
        .annotate(Sum("quantity"), Sum("value"), Sum("items"))
        .order_by("final_day")
    )
    rows = list(by_day)
    if not rows:
        return None
    named, period = newest_versions()[code], Period(rows[0][0], rows[-1][0] + timedelta(days=1))
    with exact():
        quantity, value, items = (sum((row[column] for row in rows), ZERO) for column in (1, 2, 3))
    return Unbilled(code, named.name, named.unit, period, quantity, value, int(items), within, old)


def _outcomes(customer: Customer, code: str, days: Period, old: Decimal) -> QuerySet[Any]:
    """The outcomes of these days that count and that no invoice by hand bills, annotated with `final_day`.

    Of which outcomes lines without rows bill `old` is not known: the first to arrive are taken for theirs, also one
    that they may have billed in part, so that nothing is billed twice.
    """
    held = Q(befell(Kind.HOLD), ~befell(Kind.RELEASE))
    billed = BilledByHand.objects.filter(outcome=OuterRef("pk")).exclude(invoice__status=Invoice.Status.VOID)
    # A case, so that each outcome is looked up by an index: as joins they are planned badly where statistics are old.
    gone = Case(When(Q(befell(Kind.VOID)) | held | Q(Exists(billed)), then=True), default=False)
    booked = Outcome.objects.filter(_booked(customer, days), customer=customer).annotate(gone=gone)
    rows = with_final_day(booked).filter(
        gone=False,
        version__definition__code=code,
        final_day__gte=days.start,
        final_day__lt=days.end,
    )
    if not old:
        return rows
    ordered = rows.annotate(through=Window(Sum("quantity"), order_by=F("pk").asc()))
    return rows.filter(pk__in=ordered.filter(through__gte=old + F("quantity")).values("pk"))


def _booked(customer: Customer, days: Period) -> Q:
    """What may be booked on these days in the end, told by an index: by its own day, a confirmation or a release."""
    released = Resolution.objects.filter(
        kind=Kind.RELEASE, outcome__customer=customer, booked_day__gte=days.start, booked_day__lt=days.end
    )
    own = Q(booked_day__gte=days.start, booked_day__lt=days.end)
    return own | Q(booked_day=None) | Q(pk__in=list(released.values_list("outcome_id", flat=True)))


def _lines(customer: Customer | UUID) -> list[Line]:
    """Every line by hand that names an outcome, drafts included."""
    by_hand = Invoice.objects.filter(customer=customer, purpose=Invoice.Purpose.HAND)
    linked = Exists(BilledByHand.objects.filter(invoice=OuterRef("pk")))
    return [
        Line(line["outcome"], _period(line["period"]), Decimal(line["quantity"]), not has_rows)
        for document, has_rows in by_hand.exclude(status=Invoice.Status.VOID).values_list("document", linked)
        for line in document["lines"]
        if line["outcome"]
    ]


def _period(days: dict[str, str]) -> Period:
    return Period(date.fromisoformat(days["start"]), date.fromisoformat(days["end"]))
