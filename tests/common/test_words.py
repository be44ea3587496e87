"""Words around numbers."""

from decimal import Decimal

import pytest

from apps.common.words import plural, unit_for


@pytest.mark.parametrize(
    ("one", "many"),
    [("ticket", "tickets"), ("reply", "replies"), ("survey", "surveys"), ("inbox", "inboxes"), ("match", "matches")],
)
def test_units_have_a_regular_plural(one: str, many: str) -> None:
    assert plural(one) == many


@pytest.mark.parametrize(
    ("quantity", "unit"), [("1", "ticket"), ("0", "tickets"), ("1.5", "tickets"), ("2", "tickets")]
)
def test_only_one_is_singular(quantity: str, unit: str) -> None:
    assert unit_for("ticket", Decimal(quantity)) == unit
