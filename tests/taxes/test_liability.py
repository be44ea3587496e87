"""Who owes the tax: every case of seller, buyer and what the buyer is."""

import pytest

from apps.taxes.liability import untaxed
from apps.tenants.models import Customer

FRENCH, GREEK, BRITISH = "FR40303265045", "EL094259216", "XI980780684"
DIRECTIVE = "Articles 44 and 196 of Council Directive 2006/112/EC"


def note(seller: str, country: str, tax_id: str = "", status: str = "standard", exemption: str = "") -> str | None:
    details = {"country": country, "tax_id": tax_id, "tax_status": status, "exemption": exemption}
    found = untaxed(Customer(tenant_id=None, **details), seller)
    return found and found.english()


@pytest.mark.parametrize(("country", "tax_id"), [("FR", FRENCH), ("GR", GREEK)])
def test_a_business_elsewhere_in_the_union_accounts_for_the_tax(country: str, tax_id: str) -> None:
    assert DIRECTIVE in (note("DE", country, tax_id) or "")


@pytest.mark.parametrize(
    ("seller", "country", "tax_id"),
    [
        ("FR", "FR", FRENCH),  # at home
        ("DE", "FR", ""),  # a consumer
        ("DE", "FR", "FR40303265046"),  # kept before it was checked
        ("US", "FR", FRENCH),  # the seller is no member state's
        ("", "FR", FRENCH),  # and this one has not said where he is
        ("DE", "GB", BRITISH),  # Northern Ireland counts for goods alone
        ("DE", "US", "84-1120934"),
    ],
)
def test_all_others_are_taxed_by_the_rates(seller: str, country: str, tax_id: str) -> None:
    assert note(seller, country, tax_id) is None


def test_an_exempt_customer_is_told_why() -> None:
    assert note("DE", "DE", status="exempt", exemption="charity 12/345") == "Exempt from tax: charity 12/345"
    assert note("DE", "DE", status="exempt") == "Exempt from tax"


def test_reverse_charge_can_be_agreed_anywhere_and_names_the_directive_in_the_union_only() -> None:
    assert DIRECTIVE in (note("DE", "FR", FRENCH, "reverse_charge") or "")
    assert note("AU", "NZ", "49-098-576", "reverse_charge") == "Reverse charge: the customer accounts for the tax"
