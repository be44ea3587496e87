"""What holds for one customer instead of the plan's terms.

As JSON: any of `prices` (each replaces the plan's price of its outcome, or is added behind them), `base_fee`,
`minimum`, `maximum` and `one_off`. A field that is there and null takes the plan's away; one that is not there
leaves it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.common.reading import Fields, Json
from apps.plans.one_offs import read_one_offs
from apps.plans.prices import Price
from apps.plans.terms import Terms, read_base_fee, read_prices


def read_overrides(data: object, terms: Terms) -> Json:
    """The overrides in their canonical form, as a subscription stores them.

    Raises InvalidInput with every problem found, by its path. Whether an outcome exists is for the caller to say.
    """
    fields = Fields(data)
    own = _read(fields, terms)
    merged = _merged(terms, own)
    if merged.minimum is not None and merged.maximum is not None and merged.maximum < merged.minimum:
        name = "maximum" if "maximum" in own else "minimum"
        fields.fail(name, "below_minimum", "must leave the maximum no lower than the minimum, the plan's included")
    fields.raise_if_any()
    written = replace(terms, **own).to_json()
    return {name: written.get(name) for name in fields.names()}


def apply(terms: Terms, overrides: Mapping[str, Any]) -> Terms:
    """The terms with the overrides in them. Raises InvalidInput where they can't be read."""
    if not overrides:
        return terms
    fields = Fields(dict(overrides))
    own = _read(fields, terms)
    fields.raise_if_any()
    return _merged(terms, own)


def _read(fields: Fields, terms: Terms) -> dict[str, Any]:
    """The fields of Terms that are overridden, with their own values; `prices` are the overriding ones alone."""
    fields.currency = terms.currency
    own: dict[str, Any] = {}
    given = set(fields.names())
    if "base_fee" in given:
        own["base_fee"] = read_base_fee(fields)
    for bound in given & {"minimum", "maximum"}:
        own[bound] = fields.money_or_none(bound)
    if "prices" in given:
        own["prices"] = read_prices(fields)
    if "one_off" in given:
        own["one_offs"] = read_one_offs(fields, "one_off")
    return own


def _merged(terms: Terms, own: Mapping[str, Any]) -> Terms:
    by_outcome = {price.outcome: price for price in (*terms.prices, *own.get("prices", ()))}
    prices: tuple[Price, ...] = tuple(by_outcome.values())
    return replace(terms, **{**own, "prices": prices})
