"""The text of a definition version in plain words, made of its fields alone.

What the builder can write is said in words; any other CEL is quoted as it is.
"""

from collections.abc import Sequence
from decimal import Decimal

from apps.common.numbers import plain
from apps.outcomes.builder import Group, Op, Row, Value, from_cel
from apps.outcomes.models import DefinitionVersion, Mode, OncePerSubject

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
MOST_HOURS = 72
PARTICIPLE = frozenset(["held", "kept", "made", "met", "paid", "seen", "sent", "set", "sold", "won"])
"""Besides what ends in "ed": what can stand after "it is"."""
TESTS = {
    Op.EQUALS: "of {value}",
    Op.IS_NOT: "other than {value}",
    Op.AT_LEAST: "of {value} or more",
    Op.AT_MOST: "of {value} or less",
    Op.MORE_THAN: "of more than {value}",
    Op.LESS_THAN: "of less than {value}",
    Op.CONTAINS: "that contains {value}",
    Op.ONE_OF: "of {value}",
}


def in_words(version: DefinitionVersion) -> str:
    """What counts, when it is final and what takes it back; what it reads, if anything; and who must have signed it.

    What may happen after billing is not part of it: that is about the invoice.
    """
    return " ".join([f"{_what_counts(version)}{_how_often(version)}.", *_what_it_reads(version)])


def window_parts(seconds: int) -> tuple[int, str]:
    """A window in its natural unit, exactly: (72, "hours"), (7, "days")."""
    if seconds % UNITS["days"] == 0 and seconds > MOST_HOURS * UNITS["hours"]:
        return seconds // UNITS["days"], "days"
    unit = next(name for name in ("hours", "minutes", "seconds") if seconds % UNITS[name] == 0)
    return seconds // UNITS[unit], unit


def window_in_words(seconds: int) -> str:
    """ "72 hours", "1 minute"."""
    amount, unit = window_parts(seconds)
    return f"{amount} {unit.removesuffix('s') if amount == 1 else unit}"


def condition_in_words(condition: str) -> str | None:
    """What a condition asks for, as it follows "with"; None for CEL that is not of the builder's form."""
    tree = from_cel(condition)
    return None if tree is None else _tree(tree)


def _what_counts(version: DefinitionVersion) -> str:
    trigger = version.definition.trigger
    happens = _happens(trigger) + _asks(version.condition, " and")
    within = window_in_words(version.window_seconds)
    if version.mode == Mode.ON_CONFIRMATION:
        confirmed = f" by {_either(_signals(version.confirm_on))}" if version.confirm_on else ""
        return (
            f"{_article(version.unit).capitalize()} that {happens} counts once it is confirmed{confirmed} "
            f"within {within}, and otherwise not at all"
        )
    final = ""
    if version.void_on:
        final = f", unless {_either(_voids(version.void_on, trigger))} within {within}"
    elif version.window_seconds:
        final = f", and is final after {within}"
    return f"{_article(version.unit).capitalize()} counts when it {happens}{final}"


def _how_often(version: DefinitionVersion) -> str:
    match version.once_per_subject:
        case OncePerSubject.MONTH:
            return f"; each {version.unit} once a month"
        case OncePerSubject.EVER:
            return f"; each {version.unit} only once"
        case _:
            return ""


def _what_it_reads(version: DefinitionVersion) -> list[str]:
    said = []
    if version.evidence_required:
        said.append("It must name its evidence.")
    if version.quantity_from:
        said.append(f"Its quantity is read from {version.quantity_from}.")
    if version.value_from:
        said.append(f"Its value is read from {version.value_from}.")
    if version.dimension:
        said.append(f"It is counted apart by {version.dimension}.")
    if version.requires_agreement:
        said.append("It counts only for a customer who has signed this.")
    return said


def _happens(type: str) -> str:
    """ "is resolved" of ticket.resolved; of a type that is no participle, that it is reported."""
    word = type.rpartition(".")[2].replace("_", " ")
    return f"is {word}" if word.endswith("ed") or word in PARTICIPLE else f"is reported as {type}"


def _asks(condition: str, joined: str) -> str:
    """The condition as it follows what happens; `joined` leads to quoted CEL. Empty where it asks for nothing."""
    words = condition_in_words(condition)
    if words is None:
        return f"{joined} `{condition}` is true"
    return f" with {words}" if words else ""


def _signals(signals: Sequence[dict[str, str]]) -> list[str]:
    return [f"{one['type']}{_asks(one['condition'], ' where')}" for one in signals]


def _voids(signals: Sequence[dict[str, str]], trigger: str) -> list[str]:
    """ "it is reopened" for a signal about the same thing as the trigger, else that the signal is reported for it."""
    said = []
    for one in signals:
        of_the_same = one["type"].rpartition(".")[0] == trigger.rpartition(".")[0] != ""
        happens = _happens(one["type"])
        text = f"it {happens}" if of_the_same and "reported" not in happens else f"{one['type']} is reported for it"
        said.append(text + _asks(one["condition"], " where"))
    return said


def _tree(group: Group) -> str:
    parts = [text for part in group.parts if (text := _part(part))]
    return _either(parts) if group.any else _both(parts)


def _part(part: Row | Group) -> str:
    """A row, or a group in words that say where it begins: "either a or b", "both a and b"."""
    if isinstance(part, Row):
        return _row(part)
    text = _tree(part)
    if sum(bool(_part(one)) for one in part.parts) < 2:
        return text
    return f"{'either' if part.any else 'both' if len(part.parts) == 2 else 'all of'} {text}"


def _row(row: Row) -> str:
    name = row.path.removeprefix("properties.").replace(".", " ").replace("_", " ")
    if row.op is Op.NOT_THERE:
        return f"no {name}"
    thing = name if name == "evidence" else _article(name)
    if row.op is Op.THERE:
        return thing
    if isinstance(row.value, bool) and row.op in (Op.EQUALS, Op.IS_NOT):
        said = f"{name} {'being' if row.op is Op.EQUALS else 'not being'} {_value(row.value)}"
    else:
        said = f"{thing} {TESTS[row.op].format(value=_value(row.value))}"
    return f"{said} (or no {name})" if row.or_missing else said


def _value(value: Value) -> str:
    if isinstance(value, tuple):
        return _either([_value(one) for one in value])
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else f"“{value}”"


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def _either(items: Sequence[str]) -> str:
    return _list(items, "or")


def _both(items: Sequence[str]) -> str:
    return _list(items, "and")


def _list(items: Sequence[str], last: str) -> str:
    return f" {last} ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
