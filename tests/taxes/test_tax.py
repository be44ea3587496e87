"""What a tax comes to."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.money import is_whole, minor_digits
from apps.taxes.tax import Rate, tax

GST, QST, VAT = Rate("GST", Decimal(5)), Rate("QST", Decimal("9.975")), Rate("VAT", Decimal(19))


def amounts(nets: dict[tuple[Rate, ...], str], currency: str) -> list[tuple[str, str, str]]:
    found = tax({rates: Decimal(net) for rates, net in nets.items()}, currency)
    return [(one.rate.name, str(one.base), str(one.amount)) for one in found]


@pytest.mark.parametrize(
    ("currency", "net", "amount"),
    [("EUR", "0.05", "0.01"), ("EUR", "0.02", "0.00"), ("JPY", "1997", "379"), ("KWD", "10.005", "1.901")],
)
def test_a_tax_is_rounded_once_half_up_to_the_minor_unit(currency: str, net: str, amount: str) -> None:
    assert amounts({(VAT,): net}, currency) == [("VAT", net, amount)]


def test_of_two_taxes_each_is_on_the_net() -> None:
    assert amounts({(GST, QST): "100.00"}, "CAD") == [("GST", "100.00", "5.00"), ("QST", "100.00", "9.98")]


def test_one_rate_sums_what_it_holds_for_before_it_rounds() -> None:
    assert amounts({(GST,): "0.09", (GST, QST): "0.01"}, "CAD")[0] == ("GST", "0.10", "0.01")


def test_a_rate_of_nought_is_listed() -> None:
    assert amounts({(Rate("VAT", Decimal(0)),): "10.00"}, "EUR") == [("VAT", "10.00", "0.00")]


RATES = st.builds(Rate, st.sampled_from(["VAT", "GST", "QST"]), st.decimals(0, 100, places=4))
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "IDR", "CHF"])


@given(CURRENCIES, st.dictionaries(st.tuples(RATES), st.integers(0, 10**24), max_size=5))
def test_bases_add_up_to_what_is_taxed_and_no_tax_is_off_by_more_than_half_a_unit(
    currency: str, units: dict[tuple[Rate], int]
) -> None:
    digits = minor_digits(currency)
    taxes = tax({rates: Decimal(unit).scaleb(-digits) for rates, unit in units.items()}, currency)
    assert sum(one.base for one in taxes) == Decimal(sum(units.values())).scaleb(-digits)
    for one in taxes:
        assert is_whole(one.amount, currency)
        assert abs(one.amount - one.base * one.rate.percent / 100) <= Decimal("0.5").scaleb(-digits)
