"""The routes of the API, version 1."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, register_converter

from apps.api import (
    charges,
    coupons,
    credit_notes,
    customers,
    definitions,
    events,
    foreseen,
    invoices,
    outcomes,
    payments,
    plan_changes,
    plans,
    quarantine,
    reconcile,
    reference,
    subscriptions,
    tax_rates,
    trial,
)
from apps.api.problems import HttpProblem, document
from apps.common.text import CODE


class CodeConverter:
    """An external id or a code."""

    regex = CODE.pattern

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class AnythingConverter(CodeConverter):
    """Whatever is left of a path, lines included; nothing too."""

    regex = "(?s:.*)"


def nowhere(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Any other path of the API."""
    return document(HttpProblem(404, f"There is no {request.path} in this API."))


nowhere.csrf_exempt = True  # type: ignore[attr-defined]
register_converter(CodeConverter, "code")
register_converter(AnythingConverter, "anything")

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("events", events.Events.as_view(), name="events"),
    path("events/reconcile", reconcile.Reconcile.as_view(), name="reconcile_events"),
    path("events/<path:id>", events.OneEvent.as_view(), name="event"),
    path("quarantine", quarantine.QuarantineList.as_view(), name="quarantine"),
    path("quarantine/replay", quarantine.Replay.as_view(), name="replay_quarantine"),
    path("outcomes", outcomes.Outcomes.as_view(), name="outcomes"),
    path("outcomes/<uuid:id>", outcomes.OneOutcome.as_view(), name="outcome"),
    path("outcomes/<uuid:id>/void", outcomes.VoidOutcome.as_view(), name="void_outcome"),
    path("outcomes/<uuid:id>/confirm", outcomes.ConfirmOutcome.as_view(), name="confirm_outcome"),
    path("customers", customers.Customers.as_view(), name="customers"),
    path("customers/<code:external_id>", customers.OneCustomer.as_view(), name="customer"),
    path("customers/<code:external_id>/usage", customers.CustomerUsage.as_view(), name="usage"),
    path("customers/<code:external_id>/unbilled", foreseen.CustomerUnbilled.as_view(), name="unbilled"),
    path("customers/<code:external_id>/invoice-preview", customers.InvoicePreview.as_view(), name="invoice_preview"),
    path("customers/<code:external_id>/portal-links", customers.PortalLinks.as_view(), name="portal_links"),
    path("outcome-definitions", definitions.Definitions.as_view(), name="definitions"),
    path("outcome-definitions/<code:code>", definitions.OneDefinition.as_view(), name="definition"),
    path("outcome-definitions/<code:code>/versions", definitions.Versions.as_view(), name="definition_versions"),
    path("outcome-definitions/<code:code>/try", trial.TryVersion.as_view(), name="try_definition"),
    path("plans", plans.Plans.as_view(), name="plans"),
    path("plans/<code:code>", plans.OnePlan.as_view(), name="plan"),
    path("plans/<code:code>/versions", plans.Versions.as_view(), name="plan_versions"),
    path("plans/<code:code>/preview", plans.PlanPreview.as_view(), name="plan_preview"),
    path("subscriptions", subscriptions.Subscriptions.as_view(), name="subscriptions"),
    path("subscriptions/<uuid:id>", subscriptions.OneSubscription.as_view(), name="subscription"),
    path("subscriptions/<uuid:id>/cancel", plan_changes.CancelSubscription.as_view(), name="cancel_subscription"),
    path("subscriptions/<uuid:id>/change-plan", plan_changes.ChangePlan.as_view(), name="change_plan"),
    path("subscriptions/<uuid:id>/discounts", coupons.Discounts.as_view(), name="give_coupon"),
    path("subscriptions/<uuid:id>/charges", charges.Charges.as_view(), name="charges"),
    path("subscriptions/<uuid:id>/charges/<uuid:charge>/remove", charges.RemoveCharge.as_view(), name="remove_charge"),
    path("coupons", coupons.Coupons.as_view(), name="coupons"),
    path("coupons/<code:code>", coupons.OneCoupon.as_view(), name="coupon"),
    path("coupons/<code:code>/archive", coupons.ArchiveCoupon.as_view(), name="archive_coupon"),
    path("invoices", invoices.Invoices.as_view(), name="invoices"),
    path("invoices/<uuid:id>", invoices.OneInvoice.as_view(), name="invoice"),
    path("invoices/<uuid:id>/issue", invoices.IssueInvoice.as_view(), name="issue_invoice"),
    path("invoices/<uuid:id>/pdf", invoices.InvoicePdfFile.as_view(), name="invoice_pdf"),
    path("invoices/<uuid:id>/outcomes", invoices.InvoiceOutcomes.as_view(), name="invoice_outcomes"),
    path("invoices/<uuid:id>/void", invoices.VoidInvoice.as_view(), name="void_invoice"),
    path("invoices/<uuid:id>/payments", payments.Payments.as_view(), name="payments"),
    path("payments/<uuid:id>/refunds", payments.Refunds.as_view(), name="refunds"),
    path("tax-rates", tax_rates.TaxRates.as_view(), name="tax_rates"),
    path("tax-rates/<uuid:id>/end", tax_rates.EndTaxRate.as_view(), name="end_tax_rate"),
    path("credit-notes", credit_notes.CreditNotes.as_view(), name="credit_notes"),
    path("credit-notes/<uuid:id>", credit_notes.OneCreditNote.as_view(), name="credit_note"),
    path("credit-notes/<uuid:id>/pdf", credit_notes.CreditNotePdfFile.as_view(), name="credit_note_pdf"),
    path("schema", reference.schema, name="schema"),
    path("docs", reference.docs, name="docs"),
    path("<anything:rest>", nowhere),
]
