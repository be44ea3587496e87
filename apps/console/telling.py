"""One event's whole story in order of time: for its slip."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from apps.console.stories import reason_words
from apps.events.models import Event, Judgement, Outcome, Resolution
from apps.events.state import State
from apps.invoices.find import with_state
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.story import acts_of, line_of
from apps.invoices.worth import Worth, worth

COUNTS = (State.PENDING, State.SETTLED, State.INVOICED)
Kind = Resolution.Kind
BEFELL: dict[str, str] = {Kind.CONFIRM: "Confirmed", Kind.VOID: "Voided", Kind.HOLD: "Held", Kind.RELEASE: "Released"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, or (`ahead`) that will: the words go on with the link, where there is one."""

    at: datetime
    words: str
    detail: str = ""
    url: str = ""
    label: str = ""
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What an event gave rise to: the outcome, its state, where it is billed and what it costs."""

    outcome: Any
    state: State
    day: date | None
    invoice: Invoice | None
    line: InvoiceLine | None
    resolutions: list[Resolution]
    worth: Worth | None

    @property
    def may_void(self) -> bool:
        return self.state not in (State.VOIDED, State.CREDITED, State.EXPIRED)

    @property
    def may_confirm(self) -> bool:
        return self.state == State.AWAITING_CONFIRMATION


def counted(event_id: UUID, *, at: datetime) -> Counted | None:
    """The outcome that the event gave rise to, if any, with all that its slip shows."""
    rows: Any = with_state(Outcome.objects.filter(pk=event_id), at=at)
    one = rows.select_related("customer", "version__definition").first()
    if one is None:
        return None
    state = State(one.state)
    invoice = Invoice.objects.filter(pk=one.invoice_id).first() if one.invoice_id else None
    return Counted(
        outcome=one,
        state=state,
        day=one.final_day,
        invoice=invoice,
        line=line_of(one, invoice) if invoice else None,
        resolutions=list(Resolution.objects.filter(outcome=one.pk).select_related("signal").order_by("at", "pk")),
        worth=worth(one, one.final_day, counts=state in COUNTS) if one.final_day else None,
    )


def steps(event: Event, result: Counted | None, *, at: datetime) -> list[Step]:
    """All that happened to the event and its outcome, first things first; what is yet to come stands last."""
    judgements = event.judgements.select_related("version__definition").order_by("pk")
    told = [Step(event.received_at, "Received"), _judged(event, event.received_at)]
    told += [_judged_again(one) for one in judgements]
    told += [_acted(one) for one in acts_of(event)]
    if result:
        told += [_befell(one) for one in result.resolutions]
        told += _settled(result, at)
        told += _billed(result)
    # A signal may be older than what it met, yet nothing befell an outcome before it was received.
    return sorted(told, key=lambda step: (step.ahead, max(step.at, event.received_at)))


def _judged(one: Any, at: datetime) -> Step:
    """A judgement, of the event or of a Judgement: in which way it ended, and by which version."""
    why = reason_words(one.reason or "")
    detail = f"{why} ({one.field})" if one.field else why
    if one.status == Event.Status.QUARANTINED:
        return Step(at, "Quarantined: it could not be judged", detail)
    words = "Judged" if one.reason else "Judged: it meets the definition"
    if one.version is None:
        return Step(at, words, detail)
    url = reverse("console:outcome", args=[one.version.definition.code])
    return Step(at, f"{words}, by", detail, url, f"version {one.version.number} of {one.version.name}")


def _judged_again(one: Judgement) -> Step:
    step = _judged(one, one.at)
    if not one.replay:
        return Step(one.at, "Claim lost: it does not count", step.detail)
    words = step.words.replace("Judged", "Replayed from quarantine and judged", 1)
    return Step(one.at, words, step.detail, step.url, step.label)


def _acted(one: Resolution) -> Step:
    """What the event itself did as a signal."""
    subject, url = one.outcome.subject or "an outcome", reverse("console:event", args=[one.outcome_id])
    return Step(one.recorded_at, f"{BEFELL[one.kind]}, as a signal,", "", url, f"{one.outcome.version.name} {subject}")


def _befell(one: Resolution) -> Step:
    """What befell the outcome, and by whom."""
    if one.signal:
        url = reverse("console:event", args=[one.signal.pk])
        return Step(one.at, f"{BEFELL[one.kind]} by signal", one.signal.type, url, one.signal.external_id)
    return Step(one.at, f"{BEFELL[one.kind]} by {one.by}", one.reason)


def _settled(result: Counted, at: datetime) -> Iterator[Step]:
    """When the clock made, or will make, the outcome final; nothing where a confirmation or a void came first."""
    outcome = result.outcome
    befell = {one.kind: one for one in result.resolutions}
    void = befell.get(Kind.VOID)
    if Kind.CONFIRM in befell or (void and void.at <= outcome.settles_at):
        return
    ahead = at < outcome.settles_at
    if outcome.awaits_confirmation:
        words = "Expires, unless it is confirmed" if ahead else "Expired: nobody confirmed it"
    else:
        words = "Settles, unless it is voided" if ahead else "Settled"
    yield Step(outcome.settles_at, words, ahead=ahead)


def _billed(result: Counted) -> Iterator[Step]:
    if result.invoice and result.invoice.issued_at:
        url = reverse("console:invoice", args=[result.invoice.pk])
        detail = f"line {result.line.position + 1}: {result.line.description}" if result.line else ""
        yield Step(result.invoice.issued_at, "On invoice", detail, url, str(result.invoice))
