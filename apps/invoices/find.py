"""Outcomes beside their invoices: on which day each is booked in the end, which invoice bills it, and so its state.

An outcome and the invoice of a cycle know each other by customer, booked day and the subscription whose plan prices the
definition; no row links them, so that closing writes no entry. What an invoice by hand bills is linked by rows
(BilledByHand). Each answer is one statement, whatever the number of outcomes.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, UUIDField, Value, When
from django.db.models.functions import Coalesce

from apps.events.models import Outcome, Resolution
from apps.events.state import State
from apps.invoices.models import BilledByHand, Invoice

Kind = Resolution.Kind
type Json = Mapping[str, Any]


def with_state(outcomes: QuerySet[Outcome], *, at: datetime) -> QuerySet[Any]:
    """The outcomes annotated with `state` at this instant, and as by `with_invoice`."""
    rows: QuerySet[Any] = with_invoice(outcomes).annotate(state=_state(at))
    return rows


def with_all(outcomes: QuerySet[Outcome], *, at: datetime) -> QuerySet[Any]:
    """The outcomes as by `with_state`, with version, definition and event.

    Events are fetched by their ids. Who looks for a state, a day or an invoice joins none: of a tenant that came after
    the last ANALYZE the planner expects one row, and judged all his outcomes once for each of his events.
    """
    return with_state(outcomes.select_related("version__definition").prefetch_related("event"), at=at)


def in_state(outcomes: QuerySet[Any], state: str, *, at: datetime) -> QuerySet[Any]:
    """Those of `with_state` that are in this state.

    To tell a state takes several looks for each outcome, and there may be millions: so only those are looked at that
    have what the state needs at least, which is told at a glance.
    """
    rows: QuerySet[Any] = outcomes.filter(_needs(at)[State(state)], state=state)
    return rows


def booked_on(outcomes: QuerySet[Any], day: date) -> QuerySet[Any]:
    """Those with a `final_day` that are booked on this day in the end; most are told by their own day, by an index."""
    by_then = Q(booked_day=day) | Q(booked_day=None) | Q(befell(Kind.RELEASE))
    rows: QuerySet[Any] = outcomes.filter(by_then, final_day=day)
    return rows


def with_invoice(outcomes: QuerySet[Outcome], *, drafts: bool = False) -> QuerySet[Any]:
    """The outcomes annotated with `final_day` and `invoice_id`, each None where there is none.

    What was voided or held before its day was closed is on no invoice of a cycle; what was voided later stays on its
    own. What an invoice by hand bills is on that one, whatever befell it since, until that one is void. An invoice that
    is still a draft counts only with `drafts`.
    """
    booked = with_final_day(outcomes)
    absent = Q(befell(Kind.VOID, after_fence=False)) | Q(befell(Kind.HOLD, after_fence=False), ~befell(Kind.RELEASE))
    billing = Subquery(_billing(drafts=drafts).values("pk")[:1])
    of_cycle = Case(When(absent, then=None), default=billing, output_field=UUIDField())
    by_hand = Subquery(_by_hand(drafts=drafts).values("invoice")[:1], output_field=UUIDField())
    rows: QuerySet[Any] = booked.annotate(invoice_id=Coalesce(by_hand, of_cycle))
    return rows


def with_final_day(outcomes: QuerySet[Outcome]) -> QuerySet[Any]:
    """The outcomes annotated with `final_day`, on which each is booked in the end."""
    return outcomes.annotate(
        final_day=Coalesce(Subquery(_days(Kind.RELEASE)), Subquery(_days(Kind.CONFIRM)), F("booked_day"))
    )


def invoice_of(outcome_id: UUID) -> Invoice | None:
    """The invoice that bills the outcome, if one was issued."""
    found: UUID | None = with_invoice(Outcome.objects.filter(pk=outcome_id)).values_list("invoice_id", flat=True).get()
    invoice: Invoice | None = Invoice.objects.filter(pk=found).first() if found else None
    return invoice


def counts(line: Json) -> bool:
    """Whether outcomes stand behind a line of a document: behind usage, and behind what is billed by hand."""
    return line["outcome"] is not None and line["kind"] in ("usage", "one_off")


def outcomes_of(invoice: Invoice, line: Json | None = None) -> QuerySet[Outcome]:
    """What one line of the invoice's document counted, or all: their quantities sum to those of the lines.

    Nothing of a line that was billed by hand before rows linked it to outcomes.
    """
    lines = [one for one in ([line] if line else invoice.document["lines"]) if counts(one)]
    if invoice.purpose == Invoice.Purpose.HAND:
        return _outcomes_by_hand(invoice, lines)
    billed = {one["outcome"] for one in lines if one["kind"] == "usage"}
    rows = Outcome.objects.filter(customer=invoice.customer_id, version__definition__code__in=billed)
    of_days: QuerySet[Outcome] = with_invoice(rows, drafts=invoice.status == Invoice.Status.DRAFT).filter(
        final_day__gte=invoice.period_start, final_day__lt=invoice.period_end, invoice_id=invoice.pk
    )
    return of_days


def _outcomes_by_hand(invoice: Invoice, lines: Iterable[Json]) -> QuerySet[Outcome]:
    of_lines = Q(pk__in=[])
    for line in lines:
        of_lines |= Q(start=line["period"]["start"], outcome__version__definition__code=line["outcome"])
    linked = BilledByHand.objects.filter(of_lines, invoice=invoice)
    found: QuerySet[Outcome] = Outcome.objects.filter(pk__in=linked.values("outcome"))
    return found


def _days(kind: str) -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = Resolution.objects.filter(outcome=OuterRef("pk"), kind=kind).values("booked_day")
    return rows


def befell(kind: str, **how: bool) -> Exists:
    """Whether it befell the outcome."""
    return Exists(Resolution.objects.filter(outcome=OuterRef("pk"), kind=kind, **how))


def _billing(*, drafts: bool) -> QuerySet[Invoice]:
    """The invoice of the cycle that holds an outcome's final day, of a subscription that prices its definition.

    One that was voided after its issue is still the one; a draft that was thrown away is none.
    """
    rows: QuerySet[Invoice] = Invoice.objects.filter(
        customer=OuterRef("customer"),
        purpose=Invoice.Purpose.CYCLE,
        period_start__lte=OuterRef("final_day"),
        period_end__gt=OuterRef("final_day"),
        subscription__plan_version__prices__definition=OuterRef("version__definition"),
    )
    return rows.exclude(number=None, status=Invoice.Status.VOID) if drafts else rows.exclude(number=None)


def _by_hand(*, drafts: bool) -> QuerySet[BilledByHand]:
    """The row of the invoice by hand that bills an outcome now; at most one does."""
    rows: QuerySet[BilledByHand] = BilledByHand.objects.filter(outcome=OuterRef("pk")).exclude(
        invoice__status=Invoice.Status.VOID
    )
    return rows if drafts else rows.exclude(invoice__number=None)


def _needs(at: datetime) -> dict[State, Q]:
    """What an outcome in this state has in any case."""
    closed = Q(booked_day=None) | Q(booked_day__lt=F("customer__closed_through"))
    by_hand = Q(Exists(BilledByHand.objects.filter(outcome=OuterRef("pk"))))
    issued = Invoice.objects.exclude(number=None)
    billed = Q(customer__in=issued.values("customer"))
    taken_back = Q(customer__in=issued.filter(status=Invoice.Status.VOID).values("customer"))
    waits = Q(awaits_confirmation=True)
    return {
        State.VOIDED: Q(befell(Kind.VOID)),
        State.CREDITED: billed & (Q(befell(Kind.VOID)) | taken_back),
        State.HELD: Q(befell(Kind.HOLD)),
        State.INVOICED: billed & (closed | by_hand | Q(befell(Kind.RELEASE))),
        State.AWAITING_CONFIRMATION: waits,
        State.EXPIRED: waits,
        State.PENDING: Q(settles_at__gt=at),
        State.SETTLED: Q(settles_at__lte=at) | waits,
    }


def _state(at: datetime) -> Case:
    """`state_of` (apps/events/state.py) as SQL, its cases in the same order; a void invoice is credited as a whole."""
    invoiced, waits = Q(invoice_id__isnull=False), Q(awaits_confirmation=True)
    taken_back = Exists(Invoice.objects.filter(pk=OuterRef("invoice_id"), status=Invoice.Status.VOID))
    unconfirmed = waits & ~befell(Kind.CONFIRM)
    return Case(
        When(Q(befell(Kind.VOID)) & invoiced, then=Value(State.CREDITED.value)),
        When(befell(Kind.VOID), then=Value(State.VOIDED.value)),
        When(taken_back, then=Value(State.CREDITED.value)),
        When(Q(befell(Kind.HOLD), ~befell(Kind.RELEASE)), then=Value(State.HELD.value)),
        When(invoiced, then=Value(State.INVOICED.value)),
        When(unconfirmed & Q(settles_at__gte=at), then=Value(State.AWAITING_CONFIRMATION.value)),
        When(unconfirmed, then=Value(State.EXPIRED.value)),
        When(~waits & Q(settles_at__gt=at), then=Value(State.PENDING.value)),
        default=Value(State.SETTLED.value),
        output_field=CharField(),
    )
