"""An event that a version can count: what curl lines and sample files begin with."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from apps.outcomes.builder import NUMERIC, Group, Op, Row, Scalar, from_cel
from apps.outcomes.models import DefinitionVersion

EVIDENCE = "https://example.com/T-1"


def fields_for(version: DefinitionVersion) -> dict[str, Any]:
    """The fields that an event needs besides type, customer and subject; of a condition in CEL that the builder can't
    read, nothing is known.
    """
    fields: dict[str, Any] = {"evidence": EVIDENCE} if version.evidence_required else {}
    for row in _rows(from_cel(version.condition) or Group()):
        value = _value(row)
        if value is not None and row.path not in ("type", "subject"):
            _put(fields, row.path, value)
    measured: dict[str | None, Scalar] = {
        version.quantity_from: Decimal(1),
        version.value_from: Decimal("12.5"),
        version.dimension: "any",
    }
    for path, example in measured.items():
        if path:
            _put(fields, path, example)
    return fields


def _rows(group: Group) -> Iterator[Row]:
    """The rows that have to hold: all, and of several of which one is enough the first."""
    for part in group.parts[:1] if group.any else group.parts:
        if isinstance(part, Row):
            yield part
        else:
            yield from _rows(part)


def _value(row: Row) -> Scalar | None:
    """What meets the row; None where nothing need be there."""
    if row.or_missing or row.op is Op.NOT_THERE:
        return None
    if row.op is Op.THERE:
        return EVIDENCE if row.path == "evidence" else "1"
    if row.op is Op.IS_NOT:
        return _another(row.value)
    if isinstance(row.value, tuple):
        return row.value[0]
    if row.op in NUMERIC and isinstance(row.value, Decimal):
        return row.value + {Op.MORE_THAN: 1, Op.LESS_THAN: -1}.get(row.op, 0)
    return row.value


def _another(value: Any) -> Scalar:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, Decimal) else f"not {value}"


def _put(fields: dict[str, Any], path: str, value: Scalar) -> None:
    """Set what stands at "properties.a.b" unless something does."""
    *outer, last = path.split(".")
    for name in outer:
        fields = fields.setdefault(name, {})
        if not isinstance(fields, dict):
            return
    fields.setdefault(last, _plain(value))


def _plain(value: Scalar) -> Any:
    """As JSON has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
