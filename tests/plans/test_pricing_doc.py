"""docs/pricing.md explains every model and modifier by examples: each is what the code works out."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.common.numbers import plain
from apps.common.periods import Period
from apps.plans.overrides import apply, read_overrides
from apps.plans.pricers.usage import UsageRow
from apps.plans.rating import DiscountTerm, FeePeriod, Line, Rating, rate
from apps.plans.terms import Terms
from apps.taxes.tax import Rate, tax
from tests.plans.cast import added, told

TEXT = (Path(__file__).parents[2] / "docs" / "pricing.md").read_text()
MODELS = {"unit", "graduated", "volume", "stairstep", "package", "percentage", "matrix"}
MODIFIERS = {"included", "minimum", "maximum", "base_fee", "trial_days", "one_off", "tax_category"}


def examples() -> list[tuple[str, dict[str, Any]]]:
    """Each fenced example with the heading above it."""
    found, heading = [], ""
    for part in re.finditer(r"^#+ (?P<heading>[^\n]+)$|^```json\n(?P<example>.+?)^```$", TEXT, re.M | re.S):
        heading = part["heading"] or heading
        if part["example"]:
            found.append((heading, json.loads(part["example"])))
    return found


EXAMPLES = examples()
IDS = [f"{heading} {number}" for number, (heading, _) in enumerate(EXAMPLES)]
each = pytest.mark.parametrize("example", [one for _, one in EXAMPLES], ids=IDS)


def terms_of(example: dict[str, Any]) -> Terms:
    """The plan's terms, and over them the customer's own."""
    terms = Terms.from_json({"currency": "USD", "interval": "month", **example["terms"]})
    return apply(terms, read_overrides(example.get("overrides", {}), terms))


def days(pair: list[str]) -> Period:
    return Period(*map(date.fromisoformat, pair))


def rated(example: dict[str, Any]) -> Rating:
    terms = terms_of(example)
    usage = [
        UsageRow(
            row["outcome"],
            Decimal(row["quantity"]),
            Decimal(row.get("value", 0)),
            row.get("items", 0),
            row.get("dimension"),
        )
        for row in example["usage"]
    ]
    fees = [FeePeriod(days(fee["period"]), days(fee["full"])) for fee in example.get("fees", [])]
    numbers = ("percent", "amount")
    discounts = [
        DiscountTerm(**{name: Decimal(value) if name in numbers else value for name, value in one.items()})
        for one in example.get("discounts", [])
    ]
    return rate(
        terms,
        usage,
        fees if "fees" in example else [FeePeriod()],
        None,
        trial=example.get("trial", False),
        discounts=discounts,
        charges=terms.one_offs,
    )


def shown(line: Line) -> dict[str, Any]:
    """A line as the page writes it, without what goes without saying."""
    named = {"label": line.label} if line.label else {}
    category = {} if line.tax_category == "standard" else {"tax_category": line.tax_category}
    return {"kind": line.kind, "amount": str(line.amount), "steps": told(line)} | named | category


@each
def test_the_lines(example: dict[str, Any]) -> None:
    assert [shown(line) for line in rated(example).lines] == example["lines"]


@each
def test_the_sums(example: dict[str, Any]) -> None:
    rating = rated(example)
    for name in ("subtotal", "discount", "total"):
        assert str(getattr(rating, name)) == example.get(name, str(getattr(rating, name)))
    assert "total" in example


@pytest.mark.parametrize("example", [one for _, one in EXAMPLES if "taxes" in one])
def test_the_taxes(example: dict[str, Any]) -> None:
    rating = rated(example)
    nets = {
        tuple(Rate(name, Decimal(percent)) for name, percent in rates): added(
            [line.amount for line in rating.lines if line.tax_category == category]
        )
        for category, rates in example["taxes"].items()
    }
    found = [
        [one.rate.name, plain(one.rate.percent), str(one.base), str(one.amount)] for one in tax(nets, rating.currency)
    ]
    assert found == example["taxed"]


def test_what_the_tax_example_says_of_its_end() -> None:
    (example,) = [one for _, one in EXAMPLES if "taxes" in one]
    taxes = [row[3] for row in example["taxed"]]
    end = added([Decimal(example["total"]), *map(Decimal, taxes)])
    assert f"the invoice adds {' and '.join(taxes)} and comes to {end}." in TEXT


def test_every_model_and_modifier_has_its_example() -> None:
    terms = [one["terms"] for _, one in EXAMPLES]
    prices = [price for one in terms for price in one.get("prices", [])]
    assert {price["model"] for price in prices} == MODELS
    assert {name for one in (*terms, *prices) for name in one} >= MODIFIERS
    assert {name for _, one in EXAMPLES for name in one} >= {"discounts", "overrides", "taxes", "trial", "fees"}
