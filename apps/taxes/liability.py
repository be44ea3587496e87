"""Who owes the tax: the vendor, who adds it to the invoice, or nobody, or the customer himself (reverse charge)."""

from apps.common.phrases import Phrase, phrase
from apps.taxes.europe import EU
from apps.taxes.ids import is_eu_vat_id
from apps.tenants.models import Customer, TaxStatus


def untaxed(customer: Customer, seller_country: str) -> Phrase | None:
    """Why the customer is billed without tax, in the words that the document must carry; None: he is taxed.

    Within the Union a business in another member state than the seller's accounts for the tax itself (Articles 44 and
    196 of Directive 2006/112/EC). A well-formed VAT number of the customer's country stands for being one.
    """
    if customer.tax_status == TaxStatus.EXEMPT:
        if customer.exemption:
            return phrase("Exempt from tax: {reason}", reason=customer.exemption)
        return phrase("Exempt from tax")
    abroad = seller_country in EU and customer.country in EU and seller_country != customer.country
    if customer.tax_status == TaxStatus.REVERSE_CHARGE:
        return _reverse_charge(within_union=abroad)
    if abroad and is_eu_vat_id(customer.country, customer.tax_id):
        return _reverse_charge(within_union=True)
    return None


def _reverse_charge(*, within_union: bool) -> Phrase:
    if within_union:
        return phrase(
            "Reverse charge: the customer accounts for the VAT (Articles 44 and 196 of Council Directive 2006/112/EC)"
        )
    return phrase("Reverse charge: the customer accounts for the tax")
