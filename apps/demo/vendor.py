"""The demo's vendor: Northwind Support AI, what it counts and what it charges. All of it is made up."""

from typing import Any

SLUG = "northwind"
NAME = "Northwind Support AI"
OWNER = "ada@northwind.example"
PASSWORD = "counterfoil-demo"  # noqa: S105  # the demo's owner logs in with it, as `make run` prints

PROFILE: dict[str, Any] = {
    "legal_name": "Northwind Support AI, Inc.",
    "email": "billing@northwind.example",
    "address": {
        "line1": "88 Wharf Street",
        "line2": "Suite 400",
        "city": "Boston",
        "region": "MA",
        "postal_code": "02110",
    },
    "country": "US",
    "tax_id": "84-3172906",
    "payment_days": 30,
    "payment_instructions": "By bank transfer to Northwind Support AI, Inc., quoting the invoice number.\n"
    "Questions about an invoice: billing@northwind.example",
    "invoice_prefix": "NW",
    "credit_note_prefix": "NW-CN",
    "locale": "en-US",
    "invoice_footer": "Northwind Support AI, Inc., a Delaware corporation.",
}

TAXES: tuple[dict[str, Any], ...] = (
    {"name": "VAT", "country": "GB", "percent": "20"},
    {"name": "GST", "country": "AU", "percent": "10"},
)
"""What it collects where it is registered; its customers in the European Union account for the tax themselves."""

COUPONS: tuple[dict[str, Any], ...] = ({"code": "welcome20", "name": "Welcome, 20% off", "percent": "20", "cycles": 3},)

NOT_ESCALATED = "!has(properties.escalated) || properties.escalated != true"
CONTENT_IF_RATED = "!has(properties.rating) || properties.rating >= 3"

TICKET: dict[str, Any] = {
    "name": "Resolved ticket",
    "unit": "ticket",
    "description": "A customer's question that the assistant answered to its end, without a person taking over. "
    "It counts once it has stayed closed for 48 hours.",
    "condition": NOT_ESCALATED,
    "dimension": "properties.channel",
    "settlement": {"window_seconds": 48 * 3600, "void_on": [{"type": "ticket.reopened", "condition": "true"}]},
}
STRICTER_TICKET = TICKET | {
    "description": TICKET["description"] + " A ticket that its requester rated below 3 does not count.",
    "condition": f"({NOT_ESCALATED}) && ({CONTENT_IF_RATED})",
}
"""The second version: who says that he was not helped does not pay."""

MEETING: dict[str, Any] = {
    "code": "booked_meeting",
    "trigger": "meeting.booked",
    "name": "Booked meeting",
    "unit": "meeting",
    "description": "A meeting with a person of yours that the assistant put into the calendar, invitation accepted.",
}
PAYMENT: dict[str, Any] = {
    "code": "recovered_payment",
    "trigger": "payment.recovered",
    "name": "Recovered payment",
    "unit": "payment",
    "description": "A failed charge that went through after the assistant wrote to the payer. It counts once 72 hours "
    "have passed; its value is the amount that was paid.",
    "value_from": "properties.amount",
    "settlement": {"window_seconds": 72 * 3600},
}


def growth(currency: str, fee: str, ticket: str, meeting: str) -> dict[str, Any]:
    """A fee in advance with 250 tickets included, then so much for each."""
    return {
        "currency": currency,
        "interval": "month",
        "base_fee": {"amount": fee, "timing": "advance"},
        "prices": [
            {"outcome": "resolved_ticket", "model": "unit", "unit_amount": ticket, "included": "250"},
            {"outcome": "booked_meeting", "model": "unit", "unit_amount": meeting},
        ],
    }


def scale(currency: str, fee: str, tickets: tuple[str, str, str], meeting: str) -> dict[str, Any]:
    """A fee in arrears; tickets in tiers of 1,000 and 5,000, and a share of what was recovered."""
    bounds = ("1000", "5000", None)
    tiers = [{"up_to": bound, "unit_amount": amount} for bound, amount in zip(bounds, tickets, strict=True)]
    return {
        "currency": currency,
        "interval": "month",
        "base_fee": {"amount": fee, "timing": "arrears"},
        "prices": [
            {"outcome": "resolved_ticket", "model": "graduated", "tiers": tiers},
            {"outcome": "booked_meeting", "model": "unit", "unit_amount": meeting},
            {"outcome": "recovered_payment", "model": "percentage", "percent": "4"},
        ],
    }


ONBOARDING: dict[str, Any] = {"one_off": [{"name": "Onboarding workshop", "amount": "950.00"}]}
"""Stands on the first invoice."""

PLANS: dict[str, tuple[str, dict[str, Any]]] = {
    "growth-usd": ("Growth", growth("USD", "249.00", "0.99", "12.00")),
    "growth-eur": ("Growth", growth("EUR", "229.00", "0.89", "11.00")),
    "growth-gbp": ("Growth", growth("GBP", "199.00", "0.79", "9.50")),
    "scale-usd": ("Scale", scale("USD", "1500.00", ("0.89", "0.74", "0.62"), "9.00")),
    "scale-gbp": ("Scale", scale("GBP", "1200.00", ("0.72", "0.60", "0.50"), "7.50") | ONBOARDING),
}
"""Each plan's name and terms, by code."""
