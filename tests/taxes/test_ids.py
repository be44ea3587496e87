"""Tax ids: written one way where they are right, refused with the reason where they can't be."""

import pytest

from apps.taxes.ids import InvalidTaxId, checked, is_eu_vat_id


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("DE", "de 136 695 976", "DE136695976"),
        ("DE", "136695976", "DE136695976"),
        ("AT", "ATU13585627", "ATU13585627"),
        ("FR", "Fr 40 303 265 045", "FR40303265045"),
        ("ES", "54362315-K", "ES54362315K"),
        ("NL", "NL004495445B01", "NL004495445B01"),
        ("GR", "EL 094259216", "EL094259216"),
        ("GR", "GR094259216", "EL094259216"),
        ("GB", "GB 980 7806 84", "GB980780684"),
        ("GB", "XI 980 7806 84", "XI980780684"),
        ("CH", "CHE-107.787.577 MWST", "CHE-107.787.577 MWST"),
        ("CH", "CHE107787577", "CHE-107.787.577"),
        ("NO", "995525828MVA", "NO 995 525 828 MVA"),
        ("NO", "995525828", "995 525 828"),
        ("US", "841120934", "84-1120934"),
        ("CA", "BN 123026635 RT 0001", "123026635RT0001"),
        ("AU", "ABN 51824753556", "51 824 753 556"),
        ("IN", "27aapfu0939f1zv", "27AAPFU0939F1ZV"),
        ("JP", "T7000012050002", "T7000012050002"),
    ],
)
def test_a_tax_id_is_written_as_its_country_writes_it(country: str, typed: str, kept: str) -> None:
    assert checked(country, typed) == kept
    assert checked(country, kept) == kept


@pytest.mark.parametrize(("country", "typed"), [("KE", "P 051"), ("US", "US-12"), ("", "17"), ("DE", "")])
def test_what_nobody_can_check_is_kept_as_it_is_typed(country: str, typed: str) -> None:
    assert checked(country, typed) == typed


@pytest.mark.parametrize(
    ("country", "typed", "why"),
    [
        ("DE", "DE123456789", "check digit"),
        ("DE", "DE13669597", "too few or too many"),
        ("FR", "DE136695976", "not a tax id of France"),
        ("GB", "GB 980 7806 85", "check digit"),
        ("IN", "27AAPFU0939F1ZW", "check digit"),
        ("JP", "T7000012050003", "check digit"),
        ("AU", "51 824 753 557", "check digit"),
        ("CA", "123026636", "check digit"),
    ],
)
def test_what_is_wrong_is_said(country: str, typed: str, why: str) -> None:
    with pytest.raises(InvalidTaxId, match=why):
        checked(country, typed)


@pytest.mark.parametrize(
    ("country", "typed", "holds"),
    [
        ("FR", "FR40303265045", True),
        ("GR", "EL094259216", True),
        ("FR", "", False),
        ("FR", "DE136695976", False),
        ("GB", "XI980780684", False),
        ("CH", "CHE-107.787.577 MWST", False),
    ],
)
def test_a_vat_number_of_the_union(country: str, typed: str, holds: bool) -> None:
    assert is_eu_vat_id(country, typed) is holds
