"""The document of an invoice: all its texts and figures, frozen at issue. Page and PDF show it and compute nothing.

Amounts are plain text in the currency's minor digits; days are YYYY-MM-DD. Both are written out for a reader by the
template.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from apps.common import locales
from apps.common.money import amount_text, exact
from apps.common.numbers import plain
from apps.common.phrases import Phrase, phrase
from apps.invoices.draft import Draft, usage_rows
from apps.invoices.issuer import Issuer
from apps.invoices.taxing import totals, with_rates
from apps.outcomes.models import DefinitionVersion
from apps.plans.models import PlanVersion
from apps.plans.pricers.usage import ZERO
from apps.plans.rating import Line
from apps.taxes.liability import untaxed
from apps.taxes.tax import Rate
from apps.tenants.models import Customer, Paper, Profile

COUNTING = ("usage", "one_off")
"""Kinds whose quantity is one of outcomes, where they name one."""
TITLES = {
    "base_fee": phrase("Base fee"),
    "minimum": phrase("Minimum"),
    "maximum": phrase("Maximum"),
}


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the top of an invoice."""

    number: str
    issued_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Unissued:
    """Stands in for the heading of a draft; `at` is the instant it is taxed as of."""

    at: datetime


def build(
    draft: Draft, heading: Heading | Unissued, *, issuer: Issuer, buyer: Customer, plan: PlanVersion | None
) -> dict[str, Any]:
    """The frozen document, as JSON. It asks the database nothing. An invoice by hand has no plan."""
    locale = locales.resolve(buyer.locale, issuer.profile.locale)
    body = {
        "period": period_of(draft.period.start, draft.period.end),
        "currency": draft.terms.currency,
        "plan": plan and {"code": plan.plan.code, "name": plan.name, "version": plan.number},
        "rated": {**draft.basis.to_json(), "usage": counts_of(draft)},
        "locale": locale,
        "lines": [line_of(draft, line, plan, issuer.names, locale) for line in draft.rating.lines],
    }
    return frozen(body, heading, issuer=issuer, buyer=buyer)


def counts_of(draft: Draft) -> list[dict[str, Any]]:
    """What is priced of the draft's counts, by outcome and dimension: what a rating again starts from."""
    priced = {price.outcome for price in draft.terms.prices}
    sums: dict[tuple[str, str | None], list[Any]] = {}
    with exact():
        for row in usage_rows(draft.sums):
            if row.outcome in priced:
                known = sums.setdefault((row.outcome, row.dimension), [ZERO, ZERO, 0])
                sums[row.outcome, row.dimension] = [
                    known[0] + row.quantity,
                    known[1] + row.value,
                    known[2] + row.items,
                ]
    return [
        {
            "outcome": outcome,
            "dimension": dimension,
            "quantity": plain(quantity),
            "value": plain(value),
            "items": items,
        }
        for (outcome, dimension), (quantity, value, items) in sums.items()
    ]


def frozen(body: Mapping[str, Any], heading: Heading | Unissued, *, issuer: Issuer, buyer: Customer) -> dict[str, Any]:
    """The document of this body, or of a draft, with heading, parties and taxes as of now.

    Its texts stay in the language that they were written in.
    """
    seller, locale = issuer.profile, body["locale"]
    note = untaxed(buyer, seller.country)

    def choose(category: str, day: date) -> tuple[Rate, ...]:
        where = {"country": buyer.country, "region": buyer.address.get("region")}
        return () if note else issuer.rates.on(day, category=category, **where)

    at = heading.at if isinstance(heading, Unissued) else heading.issued_at
    lines = with_rates(body["lines"], choose, buyer.today(at))
    return {
        **body,
        **heading_of(heading, buyer),
        "seller": party_of_seller(seller),
        "buyer": party_of_buyer(buyer),
        "lines": lines,
        **totals(lines, body["currency"]),
        "tax_note": note and note.told(locale),
        "paper": paper_of(seller, buyer),
        "logo": issuer.logo,
        "accent": seller.accent,
        "intro": seller.invoice_intro,
        "footer": seller.invoice_footer,
        "payment_instructions": seller.payment_instructions,
    }


def heading_of(heading: Heading | Unissued, buyer: Customer) -> dict[str, str | None]:
    """Number and dates, in the customer's days; a draft has none."""
    if isinstance(heading, Unissued):
        return {"number": "", "issued_on": None, "due_on": None}
    return {
        "number": heading.number,
        "issued_on": buyer.today(heading.issued_at).isoformat(),
        "due_on": buyer.today(heading.due_at).isoformat(),
    }


def paper_of(seller: Profile, buyer: Customer) -> str:
    """The paper that the tenant chose, else that of the customer's country: "A4" or "Letter"."""
    chosen = {Paper.A4: "A4", Paper.LETTER: "Letter"}
    return chosen.get(Paper(seller.paper)) or locales.paper_of(buyer.country)


def period_of(start: date, end: date) -> dict[str, str]:
    """The half-open period, with the last day that a reader would name."""
    return {"start": start.isoformat(), "end": end.isoformat(), "last": (end - timedelta(days=1)).isoformat()}


def line_of(
    draft: Draft, line: Line, plan: PlanVersion | None, names: Mapping[str, DefinitionVersion], locale: str
) -> dict[str, Any]:
    """A line before tax; what the customer reads of it is in the language of the locale."""
    currency = draft.terms.currency
    period = line.period or draft.period
    named = names.get(line.outcome) if line.outcome else None
    return {
        "kind": line.kind,
        "outcome": line.outcome,
        "description": describe(line, plan, named, locale),
        "unit": named.unit if named and line.kind in COUNTING else None,
        "period": period_of(period.start, period.end),
        "quantity": plain(line.quantity),
        "amount": amount_text(line.amount, currency),
        "amount_exact": plain(line.amount_exact),
        "breakdown": steps_of(line, locale),
        "tax_category": line.tax_category,
        **({"takes_from": list(line.takes_from)} if line.takes_from else {}),
        "definitions": [
            {"version": one.version, "hash": one.hash, "quantity": plain(one.quantity)}
            for one in (draft.judges(line.outcome) if line.kind == "usage" else [])
        ],
    }


def steps_of(line: Line, locale: str = "en") -> list[dict[str, Any]]:
    """The breakdown of a line, unrounded."""
    return [
        {
            "text": step.words.told(locale),
            "quantity": plain(step.quantity),
            "unit_amount": None if step.unit_amount is None else plain(step.unit_amount),
            "amount": plain(step.amount),
        }
        for step in line.breakdown
    ]


def describe(line: Line, plan: PlanVersion | None, named: DefinitionVersion | None, locale: str = "en") -> str:
    """What a line is called."""
    if line.label is not None:
        return line.label
    if line.kind == "usage":
        return named.name if named else str(line.outcome)
    about = named.name if named else plan.name if plan else ""
    return titled(line.kind, about).told(locale)


def titled(kind: str, about: str) -> Phrase:
    """What a base fee, a minimum or a maximum is called: "Base fee, Growth"."""
    return phrase("{title}, {about}", title=TITLES[kind], about=about)


def party_of_seller(seller: Profile) -> dict[str, Any]:
    return {
        "name": seller.legal_name,
        "email": seller.email,
        "address": seller.address,
        "country": seller.country,
        "tax_id": seller.tax_id,
    }


def party_of_buyer(buyer: Customer) -> dict[str, Any]:
    return {
        "name": buyer.name,
        "external_id": buyer.external_id,
        "email": buyer.email,
        "address": buyer.address,
        "country": buyer.country,
        "tax_id": buyer.tax_id,
        "time_zone": buyer.time_zone,
    }
