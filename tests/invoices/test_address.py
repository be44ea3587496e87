"""Addresses on documents: town, region and postal code in the order of the country."""

import pytest

from apps.invoices.templatetags.invoices import address_lines


@pytest.mark.parametrize(
    ("country", "city", "region", "code", "lines"),
    [
        ("US", "Portland", "ME", "04101", ["Portland, ME 04101", "United States"]),
        ("US", "Portland", None, "04101", ["Portland, 04101", "United States"]),
        ("CA", "Toronto", "ON", "M5V 2T6", ["Toronto ON M5V 2T6", "Canada"]),
        ("AU", "Sydney", "NSW", "2000", ["Sydney NSW 2000", "Australia"]),
        ("GB", "London", None, "EC2N 2AT", ["London", "EC2N 2AT", "United Kingdom"]),
        ("DE", "Hamburg", None, "20457", ["20457 Hamburg", "Germany"]),
        ("FR", None, None, None, ["France"]),
    ],
)
def test_a_town_is_written_as_in_its_country(
    country: str, city: str | None, region: str | None, code: str | None, lines: list[str]
) -> None:
    address = {"line1": "1 High Street", "line2": None, "city": city, "region": region, "postal_code": code}
    assert address_lines({"address": address, "country": country}) == ["1 High Street", *lines]
