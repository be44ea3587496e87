"""What joins one event to others: signals that its outcome met, what it did as a signal, the line that bills it."""

from dataclasses import dataclass
from typing import Any

from apps.events.models import Event, Outcome, Resolution, Signal
from apps.invoices.models import BilledByHand, Invoice, InvoiceLine


@dataclass(frozen=True, slots=True)
class Met:
    """A signal inside an outcome's window; `did` is "void" or "confirm", None where it changed nothing."""

    event: Event
    did: str | None


def signals_of(outcome: Outcome) -> list[Met]:
    """Every signal that the outcome met, in order of their times. Needs `version` fetched with it."""
    if not outcome.heeds_signals:
        return []
    acted = dict(Resolution.objects.filter(outcome=outcome.pk).values_list("signal_id", "kind"))
    rows: Any = Signal.objects.filter(
        customer=outcome.customer_id,
        subject=outcome.subject,
        definition=outcome.version.definition_id,
        time__gte=outcome.occurred_at,
        time__lte=outcome.settles_at,
    ).exclude(event=outcome.pk)
    return [Met(row.event, acted.get(row.event_id)) for row in rows.select_related("event").order_by("time", "pk")]


def acts_of(event: Event) -> list[Resolution]:
    """What the event did as a signal, each with its outcome, in order of recording."""
    seen = Signal.objects.filter(event=event).values_list("customer_id", "subject").distinct()
    rows: list[Resolution] = []
    for customer_id, subject in seen:
        of_subject = Outcome.objects.filter(heeds_signals=True, customer=customer_id, subject=subject)
        acted = Resolution.objects.filter(signal=event, outcome__in=of_subject).order_by("pk")
        rows += acted.select_related("outcome__event", "outcome__version__definition")
    return rows


def line_of(outcome: Outcome, invoice: Invoice) -> InvoiceLine | None:
    """The line of the invoice that counts the outcome; needs `version__definition` fetched with it."""
    lines = invoice.lines.filter(outcome=outcome.version.definition.code)
    if invoice.purpose == Invoice.Purpose.HAND:
        start = BilledByHand.objects.filter(invoice=invoice, outcome=outcome).values("start")
        lines = lines.filter(kind="one_off", period_start__in=start)
    else:
        lines = lines.filter(kind="usage")
    line: InvoiceLine | None = lines.first()
    return line
