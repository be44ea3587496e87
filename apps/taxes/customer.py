"""The tax details of a customer: checked together, since one depends on the other."""

from apps.common.reading import InvalidInput, Problem
from apps.taxes.ids import InvalidTaxId, checked
from apps.tenants.models import TaxStatus


def checked_tax_id(country: str, tax_id: str, tax_status: str) -> str:
    """The tax id as it is kept. Raises InvalidInput, naming `tax_id`: it is none of the country, or it is missing."""
    try:
        known = checked(country, tax_id)
    except InvalidTaxId as error:
        raise InvalidInput([Problem("tax_id", "invalid_tax_id", str(error))]) from None
    if tax_status == TaxStatus.REVERSE_CHARGE and not known:
        message = "is required for reverse charge: the document must name it"
        raise InvalidInput([Problem("tax_id", "required", message)])
    return known
