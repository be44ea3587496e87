"""The routes of the console."""

from django.urls import path

from apps.console import (
    customers,
    events,
    invoices,
    keys,
    organisation,
    outcomes,
    overview,
    plans,
    quarantine,
    subscriptions,
    team,
    try_out,
    welcome,
)

app_name = "console"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("welcome", welcome.welcome, name="welcome"),
    path("switch", welcome.switch_tenant, name="switch_tenant"),
    path("customers", customers.customers, name="customers"),
    path("new-customer", customers.customer_new, name="customer_new"),
    path("customers/<str:external_id>", customers.customer, name="customer"),
    path("customers/<str:external_id>/edit", customers.customer_edit, name="customer_edit"),
    path("outcomes", outcomes.outcomes, name="outcomes"),
    path("new-outcome", outcomes.outcome_new, name="outcome_new"),
    path("outcomes/<str:code>", outcomes.outcome, name="outcome"),
    path("outcomes/<str:code>/new-version", outcomes.outcome_version, name="outcome_version"),
    path("outcomes/<str:code>/try", try_out.try_out, name="try_out"),
    path("plans", plans.plans, name="plans"),
    path("new-plan", plans.plan_new, name="plan_new"),
    path("plans/<str:code>", plans.plan, name="plan"),
    path("plans/<str:code>/new-version", plans.plan_version, name="plan_version"),
    path("subscriptions", subscriptions.subscriptions, name="subscriptions"),
    path("new-subscription", subscriptions.subscription_new, name="subscription_new"),
    path("subscriptions/<uuid:id>", subscriptions.subscription, name="subscription"),
    path("invoices", invoices.invoices, name="invoices"),
    path("invoices/<uuid:id>", invoices.invoice, name="invoice"),
    path("invoices/<uuid:id>/pdf", invoices.invoice_pdf, name="invoice_pdf"),
    path("events", events.events, name="events"),
    path("events/quarantine", quarantine.quarantine, name="quarantine"),
    path("events/quarantine/replays/<uuid:run>", quarantine.replay_progress, name="replay"),
    path("events/one", events.event, name="event"),
    path("events/<uuid:id>", events.event, name="event"),
    path("team", team.team, name="team"),
    path("api-keys", keys.api_keys, name="api_keys"),
    path("settings", organisation.settings, name="settings"),
]
