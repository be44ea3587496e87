"""Cycles and the documents and payments that come of them."""

from apps.invoices.models.by_hand import BilledByHand
from apps.invoices.models.credit_note import CreditedVoid, CreditNote, CreditNoteLine, CreditNotePdf
from apps.invoices.models.cycle import Cycle, NumberSeries
from apps.invoices.models.invoice import Invoice, InvoiceLine, InvoicePdf
from apps.invoices.models.payment import BalanceEntry, Charge, Payment

__all__ = [
    "BalanceEntry",
    "BilledByHand",
    "Charge",
    "CreditNote",
    "CreditNoteLine",
    "CreditNotePdf",
    "CreditedVoid",
    "Cycle",
    "Invoice",
    "InvoiceLine",
    "InvoicePdf",
    "NumberSeries",
    "Payment",
]
