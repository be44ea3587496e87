"""One example of each body that the API reads or writes: its reference shows them, and its schema is made from them."""

from apps.api.describe import Shape

ID = "019a7c1e-5a10-7c3e-8f4b-1d2a3b4c5d6e"
THEN = "2026-11-22T09:30:00Z"
HASH = "5f0c…"
CYCLE = {"start": "2026-11-01", "end": "2026-12-01"}

EVENT = {
    "id": "3f0c-1",
    "type": "ticket.resolved",
    "customer": "acme",
    "subject": "T-1042",
    "time": THEN,
    "quantity": "1",
    "value": "120.00",
    "properties": {"rating": 5, "channel": "email"},
    "evidence": "https://desk.example/T-1042",
}
EVENT_OPTIONAL = ("subject", "time", "quantity", "value", "properties", "evidence", "rating", "channel")
CLOUD_EVENT = {
    "specversion": "1.0",
    "source": "/desk",
    "id": "3f0c-1",
    "type": "ticket.resolved",
    "customer": "acme",
    "subject": "T-1042",
    "time": THEN,
    "data": {"rating": 5},
}
event = Shape(EVENT, null=EVENT_OPTIONAL, optional=EVENT_OPTIONAL)
cloud_event = Shape(CLOUD_EVENT, optional=("source", "subject", "time", "data", "rating"))
recorded = Shape(
    {
        "accepted": 1,
        "duplicate": 0,
        "conflict": 0,
        "quarantined": 0,
        "rejected": 0,
        "results": [
            {
                "index": 0,
                "id": "3f0c-1",
                "status": "accepted",
                "billable": True,
                "outcome": ID,
                "settles_at": THEN,
                "reason": None,
                "field": None,
            }
        ],
    },
    null=("id", "outcome", "settles_at"),
)
STORED = EVENT | {"received_at": THEN, "status": "accepted", "billable": True, "reason": None, "field": None}
REFUSED = {"status": "quarantined", "billable": False, "reason": "unknown_customer", "field": "customer"}
STORED_NULL = ("subject", "time", "value", "evidence")
stored_event = Shape(STORED, null=STORED_NULL, optional=("rating", "channel"))
waiting = Shape(
    {
        "reason": "unknown_customer",
        "field": "customer",
        "detail": "There is no customer acme.",
        "since": THEN,
        "event": STORED | REFUSED,
    },
    null=("field", *STORED_NULL),
    optional=("rating", "channel"),
)
replay = Shape({"ids": ["3f0c-1"], "reason": "unknown_customer"}, optional=("ids", "reason"))
replayed = Shape({"replayed": 1, "waiting": 0, "remaining": 0})
MEANT = {"type": "ticket.resolved", "customer": "acme", "from": "2026-11-01", "to": "2026-12-01"}
reconcile_ids = Shape(MEANT | {"ids": ["3f0c-1", "3f0c-2", "3f0c-3"]}, optional=("customer",))
reconcile_days = Shape(MEANT | {"days": [{"day": "2026-11-22", "count": 412}]}, optional=("customer",))
reconciled_ids = Shape(
    {
        "missing": ["3f0c-2"],
        "unknown": ["3f0c-9"],
        "unknown_count": 1,
        "elsewhere": [
            {"id": "3f0c-3", "type": "ticket.resolved", "customer": "acme-eu", "time": THEN, "differs": ["customer"]}
        ],
        "elsewhere_count": 1,
        "days": [{"day": "2026-11-22", "yours": 1, "ours": 2}],
    }
)
reconciled_days = Shape({"days": [{"day": "2026-11-22", "yours": 412, "ours": 411}]})

OUTCOME = {
    "id": ID,
    "event": "3f0c-1",
    "customer": "acme",
    "definition": "resolved_ticket",
    "version": 2,
    "subject": "T-1042",
    "dimension": "email",
    "occurred_at": THEN,
    "settles_at": THEN,
    "booked_day": "2026-11-22",
    "late": False,
    "state": "voided",
    "quantity": "1",
    "value": "120",
    "evidence": "https://desk.example/T-1042",
    "invoice": ID,
    "resolutions": [{"kind": "void", "at": THEN, "by": "API key desk", "reason": "Reopened by phone"}],
}
OUTCOME_NULL = ("subject", "dimension", "booked_day", "evidence", "invoice")
outcome = Shape(OUTCOME, null=OUTCOME_NULL)
void = Shape({"reason": "Reopened by phone"})
nothing = Shape({})

CUSTOMER = {
    "external_id": "acme",
    "name": "Acme Ltd",
    "email": "ap@acme.example",
    "currency": "USD",
    "time_zone": "America/New_York",
    "country": "US",
    "address": {"line1": "1 High St", "line2": None, "city": "Troy", "postal_code": "12180", "region": "NY"},
    "tax_id": None,
    "tax_status": "standard",
    "exemption": None,
    "locale": "en-US",
}
ADDRESS = ("address", "line1", "line2", "city", "postal_code", "region")
CUSTOMER_OPTIONAL = (*ADDRESS, "tax_id", "tax_status", "exemption", "locale")
CUSTOMER_NULL = (*ADDRESS, "locale")
new_customer = Shape(CUSTOMER, null=CUSTOMER_NULL, optional=CUSTOMER_OPTIONAL)
customer_change = Shape(
    {name: value for name, value in CUSTOMER.items() if name != "external_id"},
    null=CUSTOMER_NULL,
    optional=(*CUSTOMER, *ADDRESS),
)
customer = Shape({"id": ID} | CUSTOMER | {"created_at": THEN, "balance": "0.00"}, null=CUSTOMER_NULL)
portal_link = Shape({"url": "https://billing.example/portal/link/cfp_…", "expires_at": THEN})
usage = Shape(
    {
        "cycle": CYCLE,
        "currency": "USD",
        "outcomes": [
            {
                "outcome": "resolved_ticket",
                "settled": "412",
                "pending": "3",
                "held": "0",
                "voided": "2",
                "late": "0",
                "amount": "308.88",
                "dimensions": [{"dimension": "email", "settled": "400", "pending": "3"}],
            }
        ],
        "amount": "407.88",
        "estimate": {"cycle_end": "951.20", "low": "880.00", "high": "1020.00"},
    },
    null=("cycle", "amount", "estimate"),
)
STRETCH = {"outcome": "resolved_ticket", "period": CYCLE, "quantity": "12", "value": "0", "items": 12}
unbilled = Shape({"data": [STRETCH]})

CONTENT = {
    "name": "Resolved ticket",
    "unit": "ticket",
    "description": "A ticket that the assistant resolved, rated 4 or 5 by who asked.",
    "condition": "properties.rating >= 4",
    "quantity_from": None,
    "value_from": None,
    "dimension": "properties.channel",
    "once_per_subject": "unlimited",
    "settlement": {"window_seconds": 0, "mode": "auto", "void_on": [], "confirm_on": []},
    "void_after_billing_days": 30,
    "requires_agreement": False,
    "evidence_required": False,
}
CONTENT_OPTIONAL = [name for name in CONTENT if name != "name"]
SETTLEMENT = ("window_seconds", "mode", "void_on", "confirm_on")
PUBLISHED = {"version": 2, "hash": HASH, "published_at": THEN}
DEFINITION = {
    "id": ID,
    "code": "resolved_ticket",
    "trigger": "ticket.resolved",
    "active": True,
    "created_at": THEN,
    **PUBLISHED,
    **CONTENT,
}
new_definition = Shape(
    {"code": "resolved_ticket", "trigger": "ticket.resolved", **CONTENT}, optional=(*CONTENT_OPTIONAL, *SETTLEMENT)
)
new_definition_version = Shape(CONTENT, optional=(*CONTENT_OPTIONAL, *SETTLEMENT))
definition = Shape(DEFINITION, null=("dimension",))
whole_definition = Shape(DEFINITION | {"versions": [PUBLISHED | CONTENT]}, null=("dimension",))

TOLD = {"id": "3f0c-1", "customer": "acme", "subject": "T-1042", "time": THEN, "reason": "condition_false"}
LISTED = {"total": 1, "newest": [TOLD]}
new_trial = Shape(
    {"version": CONTENT, "event": EVENT, "from": "2026-08-01", "to": "2026-11-01"},
    null=EVENT_OPTIONAL,
    optional=(*CONTENT_OPTIONAL, *SETTLEMENT, *EVENT_OPTIONAL, "event", "from", "to"),
)
trial = Shape(
    {
        "event": {
            "status": "accepted",
            "billable": True,
            "reason": None,
            "field": None,
            "detail": None,
            "quantity": "1",
            "value": "120",
            "dimension": "email",
            "occurred_at": THEN,
            "settles_at": THEN,
        },
        "past": {
            "from": THEN,
            "to": THEN,
            "events": 2,
            "counted": 2,
            "would_count": 1,
            "reasons": {"condition_false": 1},
            "now_counts": {"total": 0, "newest": [TOLD]},
            "no_longer_counts": LISTED,
            "not_counting": LISTED,
            "customers": [
                {
                    "customer": "acme",
                    "currency": "USD",
                    "counted": {"quantity": "2", "value": "240", "items": 2, "amount": "1.98"},
                    "would_count": {"quantity": "1", "value": "120", "items": 1, "amount": "0.99"},
                }
            ],
        },
    },
    null=("event", "past", "quantity", "value", "dimension", "occurred_at", "settles_at", "subject", "amount"),
    optional=("condition_false",),
)

UNIT_PRICE = {
    "outcome": "resolved_ticket",
    "model": "unit",
    "unit_amount": "0.99",
    "included": "100",
    "minimum": None,
    "maximum": None,
    "tax_category": "software",
}
TERMS = {
    "interval": "month",
    "base_fee": {"amount": "99.00", "timing": "advance", "tax_category": "software"},
    "minimum": None,
    "maximum": None,
    "prices": [UNIT_PRICE],
    "trial_days": 14,
    "one_off": [{"name": "Set-up", "amount": "500.00", "tax_category": "software"}],
}
OWN_OF_MODEL = ("unit_amount", "tax_category")
PLAN_VERSION = {"version": 1, "name": "Growth", "published_at": THEN, "currency": "USD", **TERMS}
PLAN = {"id": ID, "code": "growth", "created_at": THEN, **PLAN_VERSION}
PLAN_OPTIONAL = ("base_fee", "minimum", "maximum", "prices", "included", "trial_days", "one_off", *OWN_OF_MODEL)
NEW_PLAN = {"code": "growth", "name": "Growth", "currency": "USD", **TERMS}
new_plan = Shape(NEW_PLAN, null=["base_fee"], optional=PLAN_OPTIONAL)
new_plan_version = Shape({"name": "Growth", **TERMS}, null=["base_fee"], optional=("name", *PLAN_OPTIONAL))
plan = Shape(PLAN, null=["base_fee"], optional=OWN_OF_MODEL)
whole_plan = Shape(PLAN | {"versions": [PLAN_VERSION]}, null=["base_fee"], optional=OWN_OF_MODEL)
hypothesis = Shape(
    {
        "version": 1,
        "usage": [{"outcome": "resolved_ticket", "quantity": "1234", "value": "0", "items": 1234, "dimension": None}],
    },
    null=["version"],
    optional=("version", "value", "items", "dimension"),
)

OVERRIDES = {"prices": [UNIT_PRICE | {"unit_amount": "0.79"}], "base_fee": {"amount": "79.00", "timing": "advance"}}
OVERRIDES_OPTIONAL = ("overrides", *OVERRIDES, "included", *OWN_OF_MODEL)
new_subscription = Shape(
    {
        "customer": "acme",
        "plan": "growth",
        "version": None,
        "start": "2026-11-01",
        "billing": "calendar",
        "overrides": OVERRIDES,
        "coupon": "spring",
    },
    null=("overrides", "base_fee", "coupon"),
    optional=("version", "billing", "coupon", *OVERRIDES_OPTIONAL),
)
subscription = Shape(
    {
        "id": ID,
        "customer": "acme",
        "plan": "growth",
        "version": 1,
        "billing": "calendar",
        "start": "2026-11-01",
        "end": None,
        "status": "active",
        "cycle": CYCLE,
        "trial_end": None,
        "overrides": OVERRIDES,
        "replaces": ID,
        "discounts": [{"coupon": "spring", "first_cycle": 0, "cycles": 3}],
        "created_at": THEN,
    },
    null=["cycle", "replaces", "base_fee", "cycles"],
    optional=[name for name in OVERRIDES_OPTIONAL if name != "overrides"],
)
cancellation = Shape({"when": "cycle_end"})
plan_change = Shape(
    {"plan": "scale", "version": 2, "when": "cycle_end", "overrides": OVERRIDES},
    null=["version", "overrides", "base_fee"],
    optional=["version", *OVERRIDES_OPTIONAL],
)

COUPON = {
    "code": "spring",
    "name": "Spring offer",
    "percent": "20",
    "amount": None,
    "currency": None,
    "cycles": 3,
    "redeem_by": "2026-12-31",
    "most": 100,
}
COUPON_OPTIONAL = [name for name in COUPON if name not in ("code", "name")]
new_coupon = Shape(COUPON, null=COUPON_OPTIONAL, optional=COUPON_OPTIONAL)
coupon = Shape({"id": ID} | COUPON | {"given": 1, "archived_at": None, "created_at": THEN}, null=COUPON_OPTIONAL)
new_discount = Shape({"coupon": "spring"})
CHARGE = {"description": "A day of training", "amount": "800.00", "tax_category": "standard"}
new_charge = Shape(CHARGE, optional=["tax_category"])
charge = Shape({"id": ID} | CHARGE | {"currency": "USD", "invoice": ID, "created_at": THEN}, null=["invoice"])

NEW_PAYMENT = {"amount": "250.00", "at": THEN, "reference": "Wire 4711"}
new_payment = Shape(NEW_PAYMENT, optional=("at", "reference"))
new_refund = Shape({"amount": "50.00", "reference": "Paid twice"}, optional=("reference",))
PAYMENT = {
    "id": ID,
    "kind": "payment",
    "invoice": ID,
    "refund_of": None,
    "currency": "USD",
    "amount": "250.00",
    "applied": "200.00",
    "to_balance": "50.00",
    "at": THEN,
    "reference": "Wire 4711",
    "by": "API key desk",
    "invoice_status": "paid",
    "due": "0.00",
}
payment = Shape(PAYMENT | {"from_balance": "0.00"}, null=("refund_of",), optional=("to_balance", "from_balance"))
refund = Shape(
    {name: value for name, value in PAYMENT.items() if name != "to_balance"}
    | {"kind": "refund", "refund_of": ID, "amount": "50.00", "applied": "0.00", "from_balance": "50.00"}
)

LINE = {
    "id": ID,
    "kind": "usage",
    "outcome": "resolved_ticket",
    "definitions": [{"version": 2, "hash": HASH, "quantity": "412"}],
    "period": CYCLE,
    "description": "Resolved ticket",
    "quantity": "412",
    "amount": "308.88",
    "amount_exact": "308.88",
    "breakdown": [{"text": "312 at 0.99", "quantity": "312", "unit_amount": "0.99", "amount": "308.88"}],
}
SUMS = {"subtotal": "308.88", "discount": "0.00", "taxes": [], "tax": "0.00", "total": "308.88"}
TAX = {"name": "VAT", "rate": "19", "base": "308.88", "amount": "58.69"}
INVOICE = {
    "id": ID,
    "number": "CF-2026-0001",
    "status": "issued",
    "customer": "acme",
    "currency": "USD",
    "period": CYCLE,
    "issued_at": THEN,
    "due_at": THEN,
    "lines": [LINE],
    "subtotal": "308.88",
    "discount": "0.00",
    "taxes": [TAX],
    "tax": "58.69",
    "tax_note": None,
    "total": "367.57",
    "paid": "0.00",
    "credited": "0.00",
    "due": "367.57",
}
UNPAID = ("due_at", "paid", "credited", "due")
"""Fields of an invoice that a credit note has not."""
INVOICE_NULL = ("id", "number", "issued_at", "due_at", "outcome", "unit_amount")
invoice = Shape(INVOICE, null=INVOICE_NULL)
void_invoice = Shape({"reason": "Billed under the wrong plan"}, optional=("reason",))
CREDIT_LINE = {"id": ID, "line": ID} | {name: value for name, value in LINE.items() if name != "id"}
CREDIT_NOTE = {
    "id": ID,
    "number": "CN-2026-0001",
    "status": "issued",
    "customer": "acme",
    "invoice": ID,
    "invoice_number": "CF-2026-0001",
    "reason": "outcomes",
    "note": "",
    "currency": "USD",
    "period": CYCLE,
    "issued_at": THEN,
    "lines": [CREDIT_LINE],
    **SUMS,
    "applied": "300.00",
    "to_balance": "8.88",
}
NOT_YET = {"id": None, "number": None, "status": "draft", "issued_at": None}
FORESEEN_NOTE = {name: value for name, value in (INVOICE | NOT_YET).items() if name not in UNPAID} | {
    name: CREDIT_NOTE[name] for name in ("applied", "to_balance", "invoice", "invoice_number", "reason", "note")
}
foreseen = Shape(
    {
        "invoices": [INVOICE | NOT_YET | {"due_at": None}],
        "credit_notes": [FORESEEN_NOTE],
        "unbilled": [STRETCH],
    },
    null=(*INVOICE_NULL, "quantity", "tax_note"),
)
"""What `?preview=true` answers."""
credit_note = Shape(CREDIT_NOTE, null=("line", "outcome", "unit_amount", "quantity"))
new_credit_note = Shape(
    {
        "invoice": ID,
        "lines": [{"line": ID, "description": "Outage on 12 November", "amount": "25.00"}],
        "reason": "As agreed by phone",
    },
    null=("line",),
    optional=("lines", "line", "reason"),
)
STORY_NULL = ("outcome", "invoice", "invoice_line", "did", "definition", "version", "hash")
story = Shape(
    {
        "event": STORED,
        "judgement": {
            "status": "accepted",
            "billable": True,
            "reason": None,
            "field": None,
            "definition": "resolved_ticket",
            "version": 2,
            "hash": HASH,
            "at": THEN,
            "replay": False,
        },
        "outcome": OUTCOME,
        "signals": [{"event": "3f0c-2", "type": "ticket.reopened", "time": THEN, "did": "void"}],
        "resolutions": OUTCOME["resolutions"],
        "acted_on": [{"outcome": ID, "event": "3f0c-0", "did": "void", "at": THEN}],
        "invoice": INVOICE,
        "invoice_line": ID,
    },
    null=(*STORY_NULL, *STORED_NULL, *OUTCOME_NULL, *INVOICE_NULL),
    optional=("rating", "channel"),
)
UNDATED_LINE = {name: value for name, value in LINE.items() if name not in ("id", "definitions")} | {
    "period": None,
    "tax_category": "standard",
}
rating = Shape(
    {
        "currency": "USD",
        "lines": [UNDATED_LINE],
        **SUMS,
    },
    null=("outcome", "unit_amount"),
)

TAX_RATE = {
    "name": "VAT",
    "percent": "19",
    "country": "DE",
    "region": None,
    "tax_category": "standard",
    "valid_from": "2021-01-01",
    "valid_until": "2026-07-01",
}
TAX_RATE_NULL = ("region", "valid_until")
new_tax_rate = Shape(TAX_RATE, null=TAX_RATE_NULL, optional=(*TAX_RATE_NULL, "tax_category"))
tax_rate = Shape({"id": ID} | TAX_RATE, null=TAX_RATE_NULL)
tax_rate_end = Shape({"on": "2026-07-01"})
