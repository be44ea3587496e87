"""Double entry: what each document posts. Pure: documents in, postings out, and each document's sum to zero.

Receivables hold what customers owe, the customer balance what they have to their credit; revenue is by kind of line,
and usage by outcome; tax payable by rate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.common.money import exact
from apps.common.numbers import plain

RECEIVABLES = "receivables"
BALANCE = "customer_balance"
BANK = "bank"
TAX = "tax"
REVENUE = "revenue"


type Taxes = Iterable[dict[str, Any]]
"""As documents hold them: each with `rate` and `amount`."""


class Unbalanced(Exception):
    """A document's postings don't sum to zero: its lines, taxes and total contradict each other."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What one document moves on one account: positive amounts are debits, negative ones credits."""

    account: str
    amount: Decimal
    rate: str = ""

    @property
    def debit(self) -> Decimal | None:
        return self.amount if self.amount > 0 else None

    @property
    def credit(self) -> Decimal | None:
        return self.amount.copy_negate() if self.amount < 0 else None


def of_invoice(total: Decimal, lines: Iterable[tuple[str, str | None, Decimal]], taxes: Taxes) -> list[Posting]:
    """An invoice of this total, with lines of (kind, outcome, amount): the customer owes it, and it was earned."""
    return _balanced([Posting(RECEIVABLES, total), *_earned(lines, taxes, -1)])


def of_credit_note(
    applied: Decimal, to_balance: Decimal, lines: Iterable[tuple[str, str | None, Decimal]], taxes: Taxes
) -> list[Posting]:
    """A credit note, by what it took off its invoice and what it added to the balance: less was earned."""
    with exact():
        return _balanced([*_earned(lines, taxes, 1), Posting(RECEIVABLES, -applied), Posting(BALANCE, -to_balance)])


def of_payment(amount: Decimal, applied: Decimal, *, refund: bool) -> list[Posting]:
    """Money that came in, or as a refund went back; what its invoice didn't take is the customer's balance."""
    with exact():
        sign = Decimal(-1 if refund else 1)
        moved = [Posting(BANK, sign * amount), Posting(RECEIVABLES, -sign * applied)]
        return _balanced([*moved, Posting(BALANCE, -sign * (amount - applied))])


def of_balance(used: Decimal) -> list[Posting]:
    """The balance pays so much of an invoice."""
    return _balanced([Posting(BALANCE, used), Posting(RECEIVABLES, used.copy_negate())])


def _earned(lines: Iterable[tuple[str, str | None, Decimal]], taxes: Taxes, sign: int) -> list[Posting]:
    found: dict[tuple[str, str], Decimal] = {}
    with exact():
        for kind, outcome, amount in lines:
            account = f"{REVENUE}:{kind}:{outcome}" if outcome else f"{REVENUE}:{kind}"
            found[account, ""] = found.get((account, ""), Decimal(0)) + sign * amount
        for tax in taxes:
            rate = plain(Decimal(tax["rate"]))
            key = (f"{TAX}:{rate}", rate)
            found[key] = found.get(key, Decimal(0)) + sign * Decimal(tax["amount"])
    return [Posting(account, amount, rate) for (account, rate), amount in found.items()]


def _balanced(postings: list[Posting]) -> list[Posting]:
    """The postings that move something. Raises Unbalanced."""
    with exact():
        over = sum((one.amount for one in postings), Decimal(0))
    if over:
        raise Unbalanced(f"The postings sum to {over} and not to zero.")
    return [one for one in postings if one.amount]
