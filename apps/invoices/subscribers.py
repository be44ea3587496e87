"""The subscriptions of cycles, with their customers and plans, read for all of them at once."""

from collections.abc import Callable, Sequence

from apps.common.arrays import array
from apps.common.reads import Rows
from apps.common.statements import ask
from apps.invoices.models import Cycle
from apps.plans.models import Plan, PlanVersion, Subscription
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id

SUBSCRIPTION, CUSTOMER = Rows(Subscription, "subscription"), Rows(Customer, "customer")
SUBSCRIPTIONS = f"""
SELECT {SUBSCRIPTION.columns}, {CUSTOMER.columns}
FROM plans_subscription subscription
JOIN tenants_customer customer
  ON customer.tenant_id = subscription.tenant_id AND customer.id = subscription.customer_id
WHERE subscription.tenant_id = %b AND subscription.id = ANY(%b::uuid[])
"""  # noqa: S608  # names of columns
VERSION, PLAN = Rows(PlanVersion, "version", without=["terms"]), Rows(Plan, "plan")  # published.terms_of keeps terms
PLANS = f"""
SELECT {VERSION.columns}, {PLAN.columns}
FROM plans_planversion version
JOIN plans_plan plan ON plan.tenant_id = version.tenant_id AND plan.id = version.plan_id
WHERE version.tenant_id = %b AND version.id IN (
  SELECT plan_version_id FROM plans_subscription WHERE tenant_id = %b AND id = ANY(%b::uuid[])
)
"""  # noqa: S608


def ask_subscribers(cycles: Sequence[Cycle]) -> Callable[[], None]:
    """Ask for `subscription`, its `plan_version`, and `customer` of the cycles; what is returned waits for them, and
    puts them on the cycles.
    """
    tenant_id, ids = current_tenant_id(), array("uuid", list({cycle.subscription_id for cycle in cycles}))
    subscriptions = ask(SUBSCRIPTIONS, [tenant_id, ids])
    plans = ask(PLANS, [tenant_id, tenant_id, ids])

    def put() -> None:
        versions = {}
        for row in plans():
            values = iter(row)
            version = VERSION.take(values)
            version.plan = PLAN.take(values)
            versions[version.pk] = version
        found = {}
        for row in subscriptions():
            values = iter(row)
            one = SUBSCRIPTION.take(values)
            one.customer, one.plan_version = CUSTOMER.take(values), versions[one.plan_version_id]
            found[one.pk] = one
        for cycle in cycles:
            cycle.subscription = found[cycle.subscription_id]
            cycle.customer = cycle.subscription.customer

    return put
