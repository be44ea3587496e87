"""The end customer's pages."""

from django.urls import path

from apps.portal import credit_notes, definitions, entry, invoices, live, outcomes

app_name = "portal"
urlpatterns = [
    path("", live.live, name="live"),
    path("figures", live.figures, name="live_figures"),
    path("outcomes", outcomes.outcomes, name="outcomes"),
    path("outcomes/<uuid:id>", outcomes.outcome, name="outcome"),
    path("definitions", definitions.definitions, name="definitions"),
    path("definitions/<str:code>/<int:version>", definitions.definition, name="definition"),
    path("invoices", invoices.invoices, name="invoices"),
    path("invoices/<uuid:id>", invoices.invoice, name="invoice"),
    path("invoices/<uuid:id>/pdf", invoices.invoice_pdf, name="invoice_pdf"),
    path("invoices/<uuid:id>/outcomes.csv", invoices.invoice_outcomes, name="invoice_outcomes"),
    path("invoices/<uuid:id>/lines/<int:position>", invoices.invoice_line, name="invoice_line"),
    path("invoices/<uuid:id>/lines/<int:position>/outcomes.csv", invoices.line_outcomes, name="line_outcomes"),
    path("credit-notes/<uuid:id>", credit_notes.credit_note, name="credit_note"),
    path("credit-notes/<uuid:id>/pdf", credit_notes.credit_note_pdf, name="credit_note_pdf"),
    path("logos/<str:sha256>", invoices.logo_picture, name="logo_picture"),
    path("link/<str:token>", entry.link, name="link"),
    path("switch", entry.switch, name="switch"),
]
