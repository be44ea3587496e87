"""What an issued invoice would cost with today's counts, and so what is to be credited of it. Pure.

Credit = billed total - the whole invoice rated again under its frozen terms - credits already given. It is worked out
by line, and by tax rate as the difference of the taxes of the whole: so all credits of an invoice together come to the
minor unit to what it would have cost less. A line can be negative: a minimum that fills up what usage lost.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from apps.common.money import amount_text, exact
from apps.common.numbers import plain
from apps.common.phrases import Phrase, phrase
from apps.invoices.basis import Basis
from apps.invoices.taxing import totals
from apps.plans.one_offs import OneOff
from apps.plans.rating import Line, Rating, UsageRow

type Json = Mapping[str, Any]
type Rate = tuple[str, str]
type ByHand = Mapping[tuple[str, date], Decimal]
"""Quantities of lines by hand, by outcome and first day."""
ZERO = Decimal(0)
LABELLED = ("one_off", "discount")


@dataclass(frozen=True, slots=True)
class Credit:
    """What a credit note holds: lines and taxes as documents have them, without those of nothing."""

    lines: list[dict[str, Any]]
    taxes: list[dict[str, Any]]
    total: Decimal


def usage_of(document: Json) -> list[UsageRow]:
    """The counts that the document was rated on."""
    return [
        UsageRow(row["outcome"], Decimal(row["quantity"]), Decimal(row["value"]), row["items"], row["dimension"])
        for row in document["rated"]["usage"]
    ]


def rate_again(
    document: Json,
    usage: Iterable[UsageRow],
    fee_ends: Mapping[date, date] | None = None,
    less_by_hand: ByHand | None = None,
) -> Rating:
    """The whole invoice under its frozen terms with these counts.

    `fee_ends`: by first day, where the period of a base fee ends now that was cut after it was billed. `less_by_hand`:
    how much less lines by hand count.
    """
    basis = Basis.from_json(document["rated"])
    charges = tuple(_less(one, less_by_hand or {}) for one in basis.charges)
    ends = fee_ends or {}
    fees = tuple(
        replace(fee, period=replace(fee.period, end=ends[fee.period.start]))
        if fee.period and fee.period.start in ends
        else fee
        for fee in basis.fees
    )
    return replace(basis, fees=fees, charges=charges).rate(usage)


def _less(charge: OneOff, less: ByHand) -> OneOff:
    """The charge of outcomes with so many less; the amount of its line follows from them."""
    counted = charge.counted
    gone = less.get((counted.outcome, counted.period.start)) if counted else None
    if counted is None or gone is None:
        return charge
    with exact():
        return replace(charge, counted=replace(counted, quantity=counted.quantity - gone))


def credit_of(document: Json, again: Rating | None, given: Sequence[Json]) -> Credit:
    """What is to be credited where the invoice comes to `again` now (None: to nothing), less the documents `given`."""
    currency = document["currency"]
    billed = _keyed(document["lines"], _key_of_line)
    now = _as_lines(billed, again, document) if again else {}
    before = _before(given)
    with exact():
        found = [
            _line(key, billed.get(key), now.get(key), before.get(key), document)
            for key in dict.fromkeys([*billed, *now, *before])
        ]
        lines = [line for line in found if Decimal(line["amount"])]
        taxes = _taxes(document, list(now.values()), given, currency)
        total = sum((Decimal(one["amount"]) for one in [*lines, *taxes]), ZERO)
    return Credit(lines, taxes, total)


def keys_of(document: Json) -> list[str]:
    """The keys of the document's lines, by which credits name them."""
    return list(_keyed(document["lines"], _key_of_line))


def _keyed(lines: Sequence[Any], key_of: Any) -> dict[str, Any]:
    """The lines by what makes them the same line on both sides; of several alike the first by the first."""
    seen: Counter[str] = Counter()
    found = {}
    for line in lines:
        key = key_of(line)
        found[f"{key}|{seen[key]}"] = line
        seen[key] += 1
    return found


def _key_of_line(line: Json) -> str:
    label = line["description"] if line["kind"] in LABELLED else ""
    start = line["period"]["start"]
    return "|".join([line["kind"], line["outcome"] or "", start, line["tax_category"], label])


def _as_lines(billed: Mapping[str, Json], again: Rating, document: Json) -> dict[str, dict[str, Any]]:
    """The lines of a rating as a document has them, with texts and taxes of those that were billed."""
    default = document["rated"]["period"]["start"]

    def key_of(line: Line) -> str:
        start = line.period.start.isoformat() if line.period else default
        return "|".join([line.kind, line.outcome or "", start, line.tax_category, line.label or ""])

    lines = _keyed(list(again.lines), key_of)
    return {key: _as_line(billed.get(key), line, document) for key, line in lines.items()}


def _as_line(known: Json | None, line: Line, document: Json) -> dict[str, Any]:
    amount = amount_text(line.amount, document["currency"])
    basis = known or _new_line(line, document)
    return {**basis, "amount": amount, "quantity": plain(line.quantity)}


def _new_line(line: Line, document: Json) -> dict[str, Any]:
    """A line that the invoice did not have, such as a minimum that usage no longer reaches."""
    named = [one for one in document["lines"] if one["outcome"] == line.outcome and one["kind"] == "usage"]
    about = named[0]["description"] if named else (document["plan"] or {}).get("name", "")
    title = {"minimum": phrase("Minimum"), "maximum": phrase("Maximum")}.get(line.kind)
    words = phrase("{title}, {about}", title=title, about=about).told(document["locale"]) if title else line.label
    days = line.period
    last = days.end - timedelta(days=1) if days else None
    own = {"start": days.start.isoformat(), "end": days.end.isoformat(), "last": str(last)} if days else None
    return {
        "kind": line.kind,
        "outcome": line.outcome,
        "description": words or about,
        "unit": None,
        "period": own or document["period"],
        "tax_category": line.tax_category,
        "taxes": _taxes_like(line, own, document),
        "takes_from": list(line.takes_from),
    }


def _taxes_like(line: Line, period: Json | None, document: Json) -> list[dict[str, Any]]:
    """The rates of the invoice's lines of the same category, those of the same days first."""
    same = [one for one in document["lines"] if one["tax_category"] == line.tax_category]
    same.sort(key=lambda one: one["period"] != period)
    return list(same[0]["taxes"]) if same else []


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier credit notes gave on a line; `line` is the newest of theirs."""

    line: Json
    amount: Decimal = ZERO
    quantity: Decimal = ZERO


def _before(given: Sequence[Json]) -> dict[str, Before]:
    """What earlier credit notes gave, by line. What was given by hand was for no counts."""
    found: dict[str, Before] = {}
    with exact():
        for document in given:
            for line in document["lines"]:
                old = found.get(line["key"], Before(line))
                quantity = ZERO if document["reason"] == "hand" else Decimal(line["quantity"])
                amount = old.amount + Decimal(line["amount"])
                found[line["key"]] = Before(line, amount, old.quantity + quantity)
    return found


def _line(key: str, billed: Json | None, now: Json | None, before: Before | None, document: Json) -> dict[str, Any]:
    """How much less a line comes to. Call within `exact()`."""
    was, still = (Decimal(one["amount"]) if one else ZERO for one in (billed, now))
    counted, counts = (Decimal(one["quantity"]) if one else ZERO for one in (billed, now))
    given, gone = (before.amount, before.quantity) if before else (ZERO, ZERO)
    amount, locale = was - still - given, document["locale"]
    steps = [
        step(phrase("Billed"), counted, was, locale),
        step(phrase("Rated again without what was taken back"), -counts, -still, locale),
        step(phrase("Credited before"), -gone, -given, locale),
    ]
    basis = billed or now or (before.line if before else {})
    return {
        **{name: basis[name] for name in ("kind", "outcome", "description", "unit", "period", "tax_category", "taxes")},
        "key": key,
        "quantity": plain(counted - counts - gone),
        "amount": amount_text(amount, document["currency"]),
        "amount_exact": plain(amount),
        "breakdown": [one for one in steps if Decimal(one["amount"])],
        "definitions": [],
    }


def step(words: Phrase, quantity: Decimal, amount: Decimal, locale: str) -> dict[str, Any]:
    """A step of a credit's breakdown."""
    return {"text": words.told(locale), "quantity": plain(quantity), "unit_amount": None, "amount": plain(amount)}


def _taxes(document: Json, now: Sequence[Json], given: Sequence[Json], currency: str) -> list[dict[str, Any]]:
    """The taxes of the whole less those of now and those credited, by rate. Call within `exact()`."""
    found = dict(rates_of(document["taxes"]))
    for taken in [totals(now, currency)["taxes"], *(one["taxes"] for one in given)]:
        for rate, (base, amount) in rates_of(taken).items():
            old = found.get(rate, (ZERO, ZERO))
            found[rate] = (old[0] - base, old[1] - amount)
    return [
        {
            "name": name,
            "rate": rate,
            "base": amount_text(base, currency),
            "amount": amount_text(amount, currency),
        }
        for (name, rate), (base, amount) in found.items()
        if base or amount
    ]


def rates_of(taxes: Iterable[Json]) -> dict[Rate, tuple[Decimal, Decimal]]:
    """(base, amount) by rate."""
    return {(one["name"], one["rate"]): (Decimal(one["base"]), Decimal(one["amount"])) for one in taxes}
