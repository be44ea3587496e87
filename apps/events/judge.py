"""From event to outcome: a pure judgement over the event, its customer and the definitions in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from apps.common.numbers import decimal_from, plain
from apps.common.periods import local_day
from apps.events.message import Message
from apps.outcomes.catalog import Catalog, Definition
from apps.outcomes.conditions import ConditionError, dotted, holds, variables
from apps.outcomes.models import DefinitionVersion, Mode, OncePerSubject


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer as ingestion needs him."""

    id: UUID
    zone: ZoneInfo
    closed_through: date


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What an outcome adds to the ledger, but for its id."""

    buyer: Buyer
    definition: Definition
    version: DefinitionVersion
    dimension: str
    occurred_at: datetime
    settles_at: datetime
    heeds_signals: bool
    booked_day: date | None
    late: bool
    quantity: Decimal
    value: Decimal

    def claim_month(self) -> str | None:
        """The month that the outcome claims its subject for ("2026-11" or "ever"); None where it may count again."""
        match self.version.once_per_subject:
            case OncePerSubject.EVER:
                return "ever"
            case OncePerSubject.MONTH:
                return local_day(self.occurred_at, self.buyer.zone).strftime("%Y-%m")
            case _:
                return None


class Judged(msgspec.Struct, frozen=True, gc=False):
    """Quarantined with a reason; or accepted, with an entry where it is billable and a reason where it is not.

    `signals` are the definitions whose outcomes the event may void or confirm.
    """

    quarantined: bool
    reason: str | None = None
    field: str | None = None
    detail: str = ""
    version: DefinitionVersion | None = None
    entry: Entry | None = None
    signals: tuple[Definition, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a batch is judged by: the catalogue, and which versions its customers have signed (customer, signed at)."""

    catalog: Catalog
    signed: Mapping[UUID, Sequence[tuple[UUID, datetime]]] = field(default_factory=dict)


class Unjudged(Exception):
    """The event can't be judged: it is quarantined with a reason, a field and a sentence."""

    def __init__(self, reason: str, field: str | None, detail: str, version: DefinitionVersion | None = None) -> None:
        self.reason, self.field, self.detail, self.version = reason, field, detail, version


def judge(
    message: Message, buyer: Buyer | None, rules: Rules, *, received_at: datetime, in_force_at: datetime | None = None
) -> Judged:
    """Judge an event by the version in force at its time; a replay names the instant whose version judges instead."""
    if buyer is None:
        return Judged(True, "unknown_customer", "customer", f"There is no customer {message.customer}.")
    definition = rules.catalog.by_trigger.get(message.type)
    heeding = rules.catalog.by_signal.get(message.type, ())
    occurred_at = message.time or received_at
    try:
        if heeding:
            _check_signal(message, heeding, occurred_at, alone=definition is None)
        if definition:
            version = _version(definition, buyer, rules, in_force_at or occurred_at)
            judged = _judge_trigger(message, buyer, definition, version, received_at=received_at)
        elif heeding:
            judged = Judged(False, "signal")
        else:
            return Judged(True, "unknown_type", "type", f"No outcome is triggered by {message.type}.")
    except Unjudged as error:
        return Judged(True, error.reason, error.field, error.detail, error.version)
    return replace(judged, signals=heeding) if heeding and message.subject is not None else judged


def _version(definition: Definition, buyer: Buyer, rules: Rules, at: datetime) -> DefinitionVersion | None:
    """The version in force at the instant: where signature is asked for, the newest that the customer had signed."""
    version = definition.version_at(at)
    return _signed_version(definition, rules.signed.get(buyer.id, ()), at) if version.requires_agreement else version


def _judge_trigger(
    message: Message, buyer: Buyer, definition: Definition, version: DefinitionVersion | None, *, received_at: datetime
) -> Judged:
    if version is None:
        return Judged(False, "no_agreement")
    occurred_at = message.time or received_at
    try:
        reason = _why_not(version, message, occurred_at)
        if reason:
            return Judged(False, reason, version=version)
        return Judged(False, version=version, entry=_entry(definition, version, message, buyer, received_at))
    except Unjudged as error:
        raise Unjudged(error.reason, error.field, error.detail, version) from None


def _signed_version(
    definition: Definition, signed: Sequence[tuple[UUID, datetime]], by: datetime
) -> DefinitionVersion | None:
    """The newest version that the customer had signed by then."""
    ids = {version_id for version_id, signed_at in signed if signed_at <= by}
    return next((version for version in reversed(definition.versions) if version.pk in ids), None)


def _check_signal(message: Message, heeding: Sequence[Definition], time: datetime, *, alone: bool) -> None:
    """Make sure that the signal can be judged by every version whose outcomes it may meet, whichever are there yet."""
    if message.subject is None:
        if alone:
            raise Unjudged("subject_missing", "subject", "A signal acts on a subject; this one names none.")
        return
    event = as_variables(message, time)
    for definition in heeding:
        longest = max(version.window for version in definition.versions)
        for version in definition.versions_between(time - longest, time):
            signal_kinds(version, message.type, event)


def signal_kinds(version: DefinitionVersion, type: str, event: Mapping[str, Any]) -> set[str]:
    """What a signal does to outcomes of a version: "void", "confirm" or nothing. Raises Unjudged."""
    try:
        return {
            kind
            for kind in ("void", "confirm")
            for signal in version.signals(kind)
            if signal["type"] == type and holds(signal["condition"], event)
        }
    except ConditionError as error:
        raise Unjudged("condition_error", error.path, str(error), version) from None


def as_variables(message: Message, time: datetime) -> dict[str, Any]:
    """The event as conditions see it."""
    return variables(
        type=message.type,
        subject=message.subject,
        quantity=message.quantity,
        value=message.value,
        time=time,
        properties=message.properties,
        evidence=message.evidence,
    )


def _why_not(version: DefinitionVersion, message: Message, occurred_at: datetime) -> str | None:
    """The reason why a judgeable event is not billable, if there is one."""
    if version.condition != "true":
        try:
            if not holds(version.condition, as_variables(message, occurred_at)):
                return "condition_false"
        except ConditionError as error:
            raise Unjudged("condition_error", error.path, str(error)) from None
    if version.evidence_required and message.evidence is None:
        return "no_evidence"
    return None


def _entry(
    definition: Definition, version: DefinitionVersion, message: Message, buyer: Buyer, received_at: datetime
) -> Entry:
    if version.once_per_subject != OncePerSubject.UNLIMITED and message.subject is None:
        raise Unjudged("subject_missing", "subject", "Each subject counts once, and this event names none.")
    occurred_at = message.time or received_at
    settles_at = occurred_at + version.window
    booked_day, late = None, False
    if version.mode == Mode.AUTO:
        booked_day, late = book(settles_at, buyer, received_at=received_at)
    quantity, value = message.quantity, message.value or Decimal(0)
    if version.quantity_from:
        quantity = _measure(version.quantity_from, "quantity", message.properties)
    if version.value_from:
        value = _measure(version.value_from, "value", message.properties)
    return Entry(
        buyer,
        definition,
        version,
        _dimension(version, message),
        occurred_at,
        settles_at,
        version.heeds_signals and message.subject is not None,
        booked_day,
        late,
        quantity,
        value,
    )


def book(settles_at: datetime, buyer: Buyer, *, received_at: datetime) -> tuple[date, bool]:
    """(booked day, late): the local day of settlement, or the first that is still open, marked late."""
    day = local_day(settles_at, buyer.zone)
    if day >= buyer.closed_through:
        return day, False
    return max(local_day(received_at, buyer.zone), buyer.closed_through), True


def _measure(path: str, what: str, properties: dict[str, Any]) -> Decimal:
    """The exact decimal at a dotted path; it bounds are those of the event's own field."""
    found = dotted(path, properties)
    if found is None:
        raise Unjudged(f"{what}_missing", path, f"The event has no {path}.")
    try:
        number = decimal_from(plain(found) if isinstance(found, Decimal) else found)
    except ValueError as error:
        raise Unjudged(f"{what}_invalid", path, f"{path} {error}.") from None
    if number < 0 or (what == "quantity" and not number):
        raise Unjudged(
            f"{what}_invalid", path, f"{path} must be {'more than' if what == 'quantity' else 'at least'} 0."
        )
    return number


def _dimension(version: DefinitionVersion, message: Message) -> str:
    """The text at the definition's dimension; "" where it has none or the event names nothing there."""
    found = dotted(version.dimension, message.properties) if version.dimension else None
    if found is None or isinstance(found, dict | list):
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    return (plain(Decimal(found)) if isinstance(found, Decimal | int) else str(found))[:255]
