"""What a change would make, and what no subscription prices, as the API writes them."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter

from apps.api import examples
from apps.api.describe import described
from apps.api.invoice_shapes import draft_invoice
from apps.api.shapes import days
from apps.api.views import ApiView, answer, sent_parameters
from apps.common.numbers import plain
from apps.invoices.foresee import Foreseen
from apps.invoices.unbilled import Unbilled, unbilled
from apps.tenants.access import access_customer

PREVIEW = OpenApiParameter(
    "preview", bool, "query", description="true: nothing is written; the answer has the documents that it would make."
)


def wants_preview(request: Any) -> bool:
    """Whether `?preview=true` asks for what it would make instead of making it."""
    asked = sent_parameters(request)
    wanted = asked.choice("preview", ("true", "false")) if asked.given("preview") else "false"
    asked.raise_if_any()
    return wanted == "true"


def shape(found: Foreseen) -> dict[str, Any]:
    """The documents that a change would make, and what nothing would price after it."""
    return {
        "invoices": [draft_invoice(found.customer, one) for one in found.invoices],
        "credit_notes": [_credit_note(found, one) for one in found.credit_notes],
        "unbilled": [_stretch(one) for one in found.unbilled],
    }


class CustomerUnbilled(ApiView):
    """`/customers/{external_id}/unbilled`"""

    @described(
        "list_unbilled",
        "What counted and no subscription prices, less what was billed by hand",
        answer=examples.unbilled,
    )
    def get(self, request: Any, external_id: str) -> HttpResponse:
        return answer({"data": [_stretch(one) for one in unbilled(access_customer(external_id))]})


def _credit_note(found: Foreseen, document: dict[str, Any]) -> dict[str, Any]:
    """A credit note that is not made yet: as `/credit-notes` has them, without id, number and date."""
    drafted = draft_invoice(found.customer, document)
    own = {name: value for name, value in drafted.items() if name not in ("due_at", "paid", "credited", "due")}
    amounts = {name: document[name] for name in ("applied", "to_balance")}
    credited = document["invoice"]
    return (
        own
        | amounts
        | {
            "invoice": credited["id"],
            "invoice_number": credited["number"],
            "reason": document["reason"],
            "note": document["note"],
        }
    )


def _stretch(one: Unbilled) -> dict[str, Any]:
    return {
        "outcome": one.outcome,
        "period": days(one.period.start, one.period.end),
        "quantity": plain(one.quantity),
        "value": plain(one.value),
        "items": one.items,
    }
