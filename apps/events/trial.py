"""Trying a draft: what it would make of one event, or of a tenant's real past. Nothing is written.

The past is judged as a whole: what becomes of an outcome is a function of the events and their times. Of several that
would claim one subject the earliest has it, until it is voided or has expired; what happened before the span claims
nothing. What people have voided or confirmed by word stays so. A draft that asks for signature is tried as if all had
signed it, and days count as they happened, closed or not.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.common.money import exact
from apps.common.periods import local_day
from apps.events import past
from apps.events.judge import Buyer, Judged, Rules, judge
from apps.events.message import Message
from apps.events.past import PastEvent, Span
from apps.events.settling import Tried, settle
from apps.outcomes.catalog import Catalog, Definition
from apps.outcomes.models import DefinitionVersion, OutcomeDefinition
from apps.tenants.models import Customer

SHOWN = 50
ZERO = Decimal(0)
type Progress = Callable[[int, int], None]
"""Told how many events of how many are done; what it raises ends the trial."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the past in a list: which it was, and why it did not or would not count."""

    id: UUID
    external_id: str
    customer: str
    subject: str | None
    time: datetime
    reason: str


@dataclass(slots=True)
class Listed:
    """How many there are, and the newest 50."""

    total: int = 0
    newest: list[Told] = field(default_factory=list)

    def add(self, event: PastEvent, reason: str | None) -> None:
        self.total += 1
        if len(self.newest) < SHOWN:
            told = Told(event.id, event.external_id, event.customer, event.subject, event.time, reason or "")
            self.newest.append(told)


@dataclass(slots=True)
class Tally:
    """Sums of what counts."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    items: int = 0

    def add(self, quantity: Decimal, value: Decimal) -> None:
        self.quantity += quantity
        self.value += value
        self.items += 1


type Days = dict[tuple[date, str], Tally]
"""By local day of settlement and dimension."""


@dataclass(slots=True)
class OfCustomer:
    """What counted of one customer's events, and what would."""

    before: Days = field(default_factory=dict)
    after: Days = field(default_factory=dict)


@dataclass(slots=True)
class Trial:
    """What a draft makes of the past. `before` and `after` are how many events counted and would count.

    `reasons` counts, and `not_counting` lists, the events that would not count; `now_counts` has why they did not,
    `no_longer` why they would not. `customers` are by id.
    """

    span: Span
    events: int = 0
    before: int = 0
    after: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    not_counting: Listed = field(default_factory=Listed)
    now_counts: Listed = field(default_factory=Listed)
    no_longer: Listed = field(default_factory=Listed)
    customers: dict[UUID, OfCustomer] = field(default_factory=dict)


def try_event(definition: OutcomeDefinition, content: Mapping[str, Any], message: Message, *, at: datetime) -> Judged:
    """Judge one event, as yet unsent, by the draft's content."""
    with past.read_only():
        known = Customer.objects.filter(external_id=message.customer).first()
        return judge(message, _buyer(known) if known else None, _rules(definition, content), received_at=at)


def try_past(
    definition: OutcomeDefinition,
    content: Mapping[str, Any],
    span: Span,
    *,
    at: datetime,
    progress: Progress = lambda done, total: None,
) -> Trial:
    """Judge the newest 100,000 events of the definition's trigger that happened in the span by the draft's content."""
    rules, trial = _rules(definition, content), Trial(span)
    found: list[Tried] = []
    with past.read_only():
        buyers = {one.external_id: _buyer(one) for one in Customer.objects.all()}
        total = past.count(definition.trigger, span)
        for events in past.events(definition.trigger, span):
            found += [_judge(event, buyers.get(event.customer), definition.trigger, rules) for event in events]
            progress(len(found), max(total, len(found)))
        settle(found, rules.catalog.by_trigger[definition.trigger].versions[0], span, at=at)
    with exact():
        for one in found:
            _count(trial, one, at)
    return trial


def _judge(event: PastEvent, buyer: Buyer | None, trigger: str, rules: Rules) -> Tried:
    judged = judge(past.message_of(event, trigger), buyer, rules, received_at=event.time)
    return Tried(event, buyer, judged.entry, judged.reason, judged.entry.settles_at if judged.entry else None)


def _count(trial: Trial, one: Tried, at: datetime) -> None:
    """Add one event, once all that befell it is known."""
    event, why_not = one.event, _why_not(one.event, at)
    trial.events += 1
    if one.entry is None:
        trial.reasons[one.reason or ""] += 1
        trial.not_counting.add(event, one.reason)
        if why_not is None:
            trial.no_longer.add(event, one.reason)
    else:
        trial.after += 1
        if why_not is not None:
            trial.now_counts.add(event, why_not)
    if why_not is None:
        trial.before += 1
    if one.buyer:
        _sum(trial.customers.setdefault(one.buyer.id, OfCustomer()), one, one.buyer, counted=why_not is None)


def _why_not(event: PastEvent, at: datetime) -> str | None:
    """Why the event did not really count; None where it did, or is pending and will."""
    if event.settles_at is None:
        return event.reason or "not_billable"
    if event.void_at is not None:
        return "voided"
    if event.awaits and event.confirm_at is None:
        return "awaiting_confirmation" if at <= event.settles_at else "expired"
    return None


def _sum(sums: OfCustomer, one: Tried, buyer: Buyer, *, counted: bool) -> None:
    event, entry = one.event, one.entry
    if counted and event.settles_at:
        day = local_day(event.confirm_at or event.settles_at, buyer.zone)
        tally = sums.before.setdefault((day, event.dimension or ""), Tally())
        tally.add(event.quantity or ZERO, event.value or ZERO)
    if entry and one.settles_at:
        tally = sums.after.setdefault((local_day(one.settles_at, buyer.zone), entry.dimension), Tally())
        tally.add(entry.quantity, entry.value)


def _rules(definition: OutcomeDefinition, content: Mapping[str, Any]) -> Rules:
    """A catalogue of the draft alone."""
    asked = {**content, "requires_agreement": False}
    version = DefinitionVersion(definition=definition, number=1, published_at=definition.created_at, **asked)
    draft = Definition(definition.pk, definition.code, (version,))
    heeded = {signal["type"] for signal in (*version.void_on, *version.confirm_on)}
    return Rules(Catalog(0, {definition.trigger: draft}, dict.fromkeys(heeded, (draft,)), False))


def _buyer(customer: Customer) -> Buyer:
    return Buyer(customer.pk, customer.zone, date.min)
