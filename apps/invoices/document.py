"""The document of an invoice: all its texts and figures, frozen at issue. Page and PDF show it and compute nothing.

Amounts are plain text in the currency's minor digits; days are YYYY-MM-DD. Both are written out for a reader by the
template.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.common.money import amount_text
from apps.common.numbers import plain
from apps.invoices.draft import Draft
from apps.outcomes.models import DefinitionVersion
from apps.plans.models import PlanVersion
from apps.plans.rating import Line
from apps.tenants.models import Customer, Profile

TITLES = {
    "base_fee": "Base fee",
    "minimum": "Minimum",
    "maximum": "Maximum",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the top of an invoice."""

    number: str
    issued_at: datetime
    due_at: datetime


def build(
    draft: Draft,
    heading: Heading,
    *,
    seller: Profile,
    buyer: Customer,
    plan: PlanVersion,
    names: dict[str, DefinitionVersion],
) -> dict[str, Any]:
    """The frozen document, as JSON. `names` holds the newest version of each outcome's definition, by code."""
    currency = draft.terms.currency
    lines = [line_of(draft, line, plan, names) for line in draft.rating.lines]
    return {
        "number": heading.number,
        "issued_on": buyer.today(heading.issued_at).isoformat(),
        "due_on": buyer.today(heading.due_at).isoformat(),
        "period": period_of(draft.period.start, draft.period.end),
        "currency": currency,
        "plan": {"code": plan.plan.code, "name": plan.name, "version": plan.number},
        "terms": draft.terms.to_json(),
        "seller": party_of_seller(seller),
        "buyer": party_of_buyer(buyer),
        "lines": lines,
        "subtotal": amount_text(draft.rating.subtotal, currency),
        "discount": amount_text(draft.rating.discount, currency),
        "taxes": [],
        "tax": amount_text(Decimal(0), currency),
        "total": amount_text(draft.rating.total, currency),
        "payment_instructions": seller.payment_instructions,
        "accent": seller.accent,
    }


def period_of(start: date, end: date) -> dict[str, str]:
    """The half-open period, with the last day that a reader would name."""
    return {"start": start.isoformat(), "end": end.isoformat(), "last": (end - timedelta(days=1)).isoformat()}


def line_of(draft: Draft, line: Line, plan: PlanVersion, names: dict[str, DefinitionVersion]) -> dict[str, Any]:
    currency = draft.terms.currency
    period = line.period or draft.period
    named = names.get(line.outcome) if line.outcome else None
    return {
        "kind": line.kind,
        "outcome": line.outcome,
        "description": describe(line, plan, named),
        "unit": named.unit if named and line.kind == "usage" else None,
        "period": period_of(period.start, period.end),
        "quantity": plain(line.quantity),
        "amount": amount_text(line.amount, currency),
        "amount_exact": plain(line.amount_exact),
        "breakdown": steps_of(line),
        "definitions": [
            {"version": one.version, "hash": one.hash, "quantity": plain(one.quantity)}
            for one in (draft.judges(line.outcome) if line.kind == "usage" else [])
        ],
    }


def steps_of(line: Line) -> list[dict[str, Any]]:
    """The breakdown of a line, unrounded."""
    return [
        {
            "text": step.text,
            "quantity": plain(step.quantity),
            "unit_amount": None if step.unit_amount is None else plain(step.unit_amount),
            "amount": plain(step.amount),
        }
        for step in line.breakdown
    ]


def describe(line: Line, plan: PlanVersion, named: DefinitionVersion | None) -> str:
    """What a line is called."""
    if line.label is not None:
        return line.label
    if line.kind == "usage":
        return named.name if named else str(line.outcome)
    about = named.name if named else plan.name
    return f"{TITLES[line.kind]}, {about}"


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
