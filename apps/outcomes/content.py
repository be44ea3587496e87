"""The content of a definition version: read strictly, and hashed in its canonical form."""

import hashlib
from typing import Any

import rfc8785

from apps.common.reading import Fields
from apps.outcomes.conditions import MAX_LENGTH, PATH, ConditionError, compile_condition
from apps.outcomes.models import Mode, OncePerSubject

MAX_WINDOW = 180 * 24 * 3600


def read_content(fields: Fields) -> dict[str, Any]:
    """The fields of a version, as DefinitionVersion takes them; what is wrong is noted in `fields`."""
    content = {
        "name": fields.text("name", 200),
        "unit": fields.text("unit", 60, "outcome"),
        "description": fields.text("description", 4000, ""),
        "condition": _condition(fields, "condition"),
        "quantity_from": _path(fields, "quantity_from"),
        "value_from": _path(fields, "value_from"),
        "dimension": _path(fields, "dimension"),
        "once_per_subject": _choice(fields, "once_per_subject", OncePerSubject.values, OncePerSubject.UNLIMITED),
        "void_after_billing_days": fields.whole("void_after_billing_days", 30, most=365),
        "requires_agreement": fields.flag("requires_agreement", False),
        "evidence_required": fields.flag("evidence_required", False),
        **_settlement(fields),
    }
    _refuse_contradictions(fields, content)
    return content


def _condition(fields: Fields, name: str) -> str:
    source = fields.text(name, MAX_LENGTH, "true")
    try:
        if source:
            compile_condition(source)
    except ConditionError as error:
        fields.fail(name, "invalid_condition", str(error))
    return source


def _path(fields: Fields, name: str) -> str | None:
    path = fields.text_or_none(name, 255)
    if path and not PATH.fullmatch(path):
        fields.fail(name, "invalid_path", "must be a dotted path into the event such as properties.count")
    return path


def _choice(fields: Fields, name: str, options: list[str], default: str) -> str:
    return (fields.choice(name, options) or default) if fields.given(name) else default


def _settlement(fields: Fields) -> dict[str, Any]:
    settlement = fields.object("settlement") if fields.given("settlement") else Fields({}, "settlement", fields)
    read = {
        "window_seconds": settlement.whole("window_seconds", 0, most=MAX_WINDOW),
        "mode": _choice(settlement, "mode", Mode.values, Mode.AUTO),
        "void_on": _signals(settlement, "void_on"),
        "confirm_on": _signals(settlement, "confirm_on"),
    }
    settlement.finish()
    return read


def _signals(settlement: Fields, name: str) -> list[dict[str, str]]:
    signals = []
    for row in settlement.objects(name):
        signals.append({"type": row.event_type("type"), "condition": _condition(row, "condition")})
        row.finish()
    return signals


def _refuse_contradictions(fields: Fields, content: dict[str, Any]) -> None:
    """Settlement fields that could never take effect together, each refused with the reason."""
    settlement, window = "settlement", content["window_seconds"]
    if content["mode"] == Mode.AUTO:
        if content["confirm_on"]:
            reason = "confirms nothing in mode auto, where an outcome counts unless it is voided"
            fields.fail(f"{settlement}.confirm_on", "contradiction", reason)
        if content["void_on"] and not window:
            reason = "needs a window: with 0 seconds an outcome is settled before any signal can void it"
            fields.fail(f"{settlement}.void_on", "contradiction", reason)
        return
    if content["void_on"]:
        reason = "voids nothing in mode on_confirmation, where nothing counts until it is confirmed, and that is final"
        fields.fail(f"{settlement}.void_on", "contradiction", reason)
    if not window:
        reason = "must be more than 0 in mode on_confirmation, or every outcome expires at once"
        fields.fail(f"{settlement}.window_seconds", "contradiction", reason)


def hash_of(content: dict[str, Any]) -> str:
    """SHA-256, in hex, of the content's RFC 8785 form: whoever holds the text can check the hash."""
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()
