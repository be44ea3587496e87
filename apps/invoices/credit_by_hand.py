"""Credits that a member writes: net amounts on lines of an invoice or on the whole of it, with the tax of the lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.common.money import amount_text, exact, is_whole, round_money
from apps.common.numbers import plain
from apps.common.phrases import phrase
from apps.common.reading import InvalidInput, Problem
from apps.invoices.balance import TAKES_MONEY, TooMuch, hold
from apps.invoices.credit import given_on, issue_credit
from apps.invoices.credit_document import invoice_lines
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.rerating import ZERO, Credit, keys_of, rates_of, step
from apps.invoices.subscribe import Refused
from apps.taxes.tax import HUNDREDTH

type Json = Mapping[str, Any]
WHOLE = "hand"
"""The key of lines that credit no line in particular."""


@dataclass(frozen=True, slots=True)
class HandLine:
    """`amount` is net, above zero; `line` the id of a line of the invoice, None for the invoice as a whole."""

    description: str
    amount: Decimal
    line: UUID | None = None


def credit_by_hand(invoice: Invoice, lines: Sequence[HandLine], *, reason: str = "", at: datetime) -> CreditNote:
    """Issue a credit note of these lines.

    Raises InvalidInput for amounts and lines that can't be, Refused for more than is left of a line or of the invoice,
    for a draft, for a void invoice and for one of nothing.
    """
    held = hold(invoice.pk)
    if held.status not in TAKES_MONEY:
        raise Refused(f"Invoice {held.number} is void: nothing of it is left to credit.")
    if held.credited == held.total:
        raise Refused(f"Nothing of invoice {held.number} is left to credit.")
    given = given_on(held)
    written = _lines(held, lines, given)
    taxes = _taxes(held, written, given)
    with exact():
        total = sum((Decimal(one["amount"]) for one in [*written, *taxes]), ZERO)
    return issue_credit(held, Credit(written, taxes, total), CreditNote.Reason.HAND, note=reason, at=at)


def left_of_lines(invoice: Invoice, given: Sequence[Json]) -> dict[str, Decimal]:
    """What is left to credit of each line, net, by key."""
    with exact():
        found = {
            key: Decimal(line["amount"])
            for key, line in zip(keys_of(invoice.document), invoice.document["lines"], strict=True)
        }
        for note in given:
            for line in note["lines"]:
                found[line["key"]] = found.get(line["key"], ZERO) - Decimal(line["amount"])
    return found


def _lines(invoice: Invoice, lines: Sequence[HandLine], given: Sequence[Json]) -> list[dict[str, Any]]:
    if not lines:
        raise InvalidInput([Problem("lines", "required", "must be a list of at least one")])
    problems: list[Problem] = []
    keys = {row.pk: (key, row.position) for key, row in invoice_lines(invoice).items()}
    left, written = left_of_lines(invoice, given), []
    for index, one in enumerate(lines):
        problem = _problem(one, invoice, f"lines[{index}]", keys)
        if problem:
            problems.append(problem)
            continue
        key, position = keys[one.line] if one.line else (WHOLE, None)
        about = invoice.document["lines"][position] if position is not None else _whole(invoice)
        if position is not None:
            _take(left, key, one, invoice)
        written.append(_written(one, key, about, invoice))
    if problems:
        raise InvalidInput(problems)
    return written


def _problem(one: HandLine, invoice: Invoice, path: str, keys: Mapping[UUID, Any]) -> Problem | None:
    currency = invoice.currency
    if not one.amount.is_finite() or one.amount <= 0 or not is_whole(one.amount, currency):
        return Problem(f"{path}.amount", "invalid", f"must be above 0, in whole minor units of {currency}")
    if one.line is not None and one.line not in keys:
        return Problem(f"{path}.line", "unknown_line", "must be the id of a line of this invoice")
    if one.line is None and len({str(line["taxes"]) for line in invoice.document["lines"]}) > 1:
        return Problem(
            f"{path}.line", "required", "is required: the lines of this invoice are taxed at different rates"
        )
    return None


def _take(left: dict[str, Decimal], key: str, one: HandLine, invoice: Invoice) -> None:
    if one.amount > left[key]:
        raise TooMuch(left[key], invoice.currency, "of this line is left to credit")
    with exact():
        left[key] -= one.amount


def _whole(invoice: Invoice) -> dict[str, Any]:
    """What a line has that credits no line in particular: the taxes that all lines have."""
    document = invoice.document
    first = document["lines"][0]
    same = {name: first[name] for name in ("tax_category", "taxes")}
    return {"kind": "one_off", "outcome": None, "unit": None, "period": document["period"]} | same


def _written(one: HandLine, key: str, about: Json, invoice: Invoice) -> dict[str, Any]:
    words = phrase("Credited by hand")
    return {
        **{name: about[name] for name in ("kind", "outcome", "period", "tax_category", "taxes")},
        "unit": None,
        "description": one.description,
        "key": key,
        "quantity": "1",
        "amount": amount_text(one.amount, invoice.currency),
        "amount_exact": plain(one.amount),
        "breakdown": [step(words, Decimal(1), one.amount, invoice.document["locale"])],
        "definitions": [],
    }


def _taxes(invoice: Invoice, lines: Sequence[Json], given: Sequence[Json]) -> list[dict[str, Any]]:
    """By rate, the tax on all that was credited and is now, less what was credited: never more than was billed."""
    billed, before = rates_of(invoice.document["taxes"]), _sums(given)
    nets: dict[tuple[str, str], Decimal] = {}
    with exact():
        for line in lines:
            for rate in line["taxes"]:
                key = (rate["name"], rate["rate"])
                nets[key] = nets.get(key, ZERO) + Decimal(line["amount"])
        found = []
        for key, net in nets.items():
            old_base, old_tax = before.get(key, (ZERO, ZERO))
            whole = round_money((old_base + net) * Decimal(key[1]) * HUNDREDTH, invoice.currency)
            amount = max(min(whole, billed.get(key, (ZERO, ZERO))[1]) - old_tax, ZERO)
            found.append((*key, net, amount))
    return [
        {
            "name": name,
            "rate": rate,
            "base": amount_text(net, invoice.currency),
            "amount": amount_text(amount, invoice.currency),
        }
        for name, rate, net, amount in found
    ]


def _sums(given: Sequence[Json]) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """(base, amount) credited so far, by rate."""
    found: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    with exact():
        for note in given:
            for key, (base, amount) in rates_of(note["taxes"]).items():
                old = found.get(key, (ZERO, ZERO))
                found[key] = (old[0] + base, old[1] + amount)
    return found
