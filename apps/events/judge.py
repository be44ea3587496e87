"""From event to outcome: a pure judgement over the event, its customer and the definitions in force."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.common.numbers import decimal_from, plain
from apps.common.periods import local_day
from apps.events.message import Message
from apps.outcomes.catalog import Catalog
from apps.outcomes.conditions import ConditionError, dotted, holds, variables
from apps.outcomes.models import DefinitionVersion, Mode


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer as ingestion needs him."""

    id: UUID
    zone: ZoneInfo
    closed_through: date


@dataclass(frozen=True, slots=True)
class Entry:
    """What an outcome adds to the ledger, but for its id."""

    buyer: Buyer
    version: DefinitionVersion
    dimension: str
    occurred_at: datetime
    settles_at: datetime
    booked_day: date | None
    late: bool
    quantity: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Judged:
    """Quarantined with a reason; or accepted, with an entry where it is billable and a reason where it is not."""

    quarantined: bool
    reason: str | None = None
    field: str | None = None
    detail: str = ""
    version: DefinitionVersion | None = None
    entry: Entry | None = None


class _Unjudged(Exception):
    def __init__(self, reason: str, field: str | None, detail: str) -> None:
        self.reason, self.field, self.detail = reason, field, detail


def judge(message: Message, buyer: Buyer | None, catalog: Catalog, *, received_at: datetime) -> Judged:
    """Judge an event by the version in force at its time."""
    if buyer is None:
        return Judged(True, "unknown_customer", "customer", f"There is no customer {message.customer}.")
    definition = catalog.by_trigger.get(message.type)
    if definition is None:
        return Judged(True, "unknown_type", "type", f"No outcome is triggered by {message.type}.")
    occurred_at = message.time or received_at
    version = definition.version_at(occurred_at)
    try:
        reason = _why_not(version, message, occurred_at)
        if reason:
            return Judged(False, reason, version=version)
        entry = _entry(version, message, buyer, occurred_at, received_at)
    except _Unjudged as error:
        return Judged(True, error.reason, error.field, error.detail, version)
    return Judged(False, version=version, entry=entry)


def _why_not(version: DefinitionVersion, message: Message, occurred_at: datetime) -> str | None:
    """The reason why a judgeable event is not billable, if there is one."""
    if version.condition != "true":
        event = variables(
            type=message.type,
            subject=message.subject,
            quantity=message.quantity,
            value=message.value,
            time=occurred_at,
            properties=message.properties,
            evidence=message.evidence,
        )
        try:
            if not holds(version.condition, event):
                return "condition_false"
        except ConditionError as error:
            raise _Unjudged("condition_error", error.path, str(error)) from None
    if version.evidence_required and message.evidence is None:
        return "no_evidence"
    return None


def _entry(
    version: DefinitionVersion, message: Message, buyer: Buyer, occurred_at: datetime, received_at: datetime
) -> Entry:
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
        version,
        _dimension(version, message),
        occurred_at,
        settles_at,
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
        raise _Unjudged(f"{what}_missing", path, f"The event has no {path}.")
    try:
        number = decimal_from(plain(found) if isinstance(found, Decimal) else found)
    except ValueError as error:
        raise _Unjudged(f"{what}_invalid", path, f"{path} {error}.") from None
    if number < 0 or (what == "quantity" and not number):
        raise _Unjudged(
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
