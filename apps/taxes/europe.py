"""The European Union as its value added tax sees it."""

EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
"""Member states, by ISO 3166.

Northern Ireland is not among them: it belongs to the Union's VAT area for goods alone, and what is billed here is a
service. A British customer with an XI number is taxed as any British one.
"""


def vat_prefix(country: str) -> str:
    """The letters before the VAT numbers of a member state: those of the country, but EL for Greece."""
    return "EL" if country == "GR" else country
