"""Adding and changing a customer as billing allows it: tax details fit together; once billed, the currency stays."""

from typing import Any

from apps.events.models import Outcome
from apps.invoices.models import Invoice
from apps.invoices.subscribe import Refused, lock_customer, move_zone
from apps.plans.models import Subscription
from apps.taxes.customer import checked_tax_id
from apps.tenants.customers import change_customer, create_customer
from apps.tenants.models import Customer, TaxStatus

TAX_DETAILS = ("country", "tax_id", "tax_status")


def add_buyer(**fields: Any) -> Customer:
    """A new customer, his tax id checked. Raises Taken for a used external id, InvalidInput for the tax id."""
    status = fields.get("tax_status", TaxStatus.STANDARD)
    tax_id = checked_tax_id(fields["country"], fields.get("tax_id", ""), status)
    return create_customer(**fields | {"tax_id": tax_id})


def change_buyer(customer: Customer, **fields: Any) -> None:
    """Write the fields. Raises Refused for another currency once he is billed, InvalidInput for the tax id.

    The row is locked as `subscribe` and `draft_by_hand` lock it, so that neither can pass the other by.
    """
    current = lock_customer(customer.pk)
    bound = fields.get("currency", current.currency) != current.currency and billed_in(current)
    if bound:
        raise Refused(f"{current.name} has {bound} in {current.currency}; the currency can't change any more.")
    change_customer(customer, **fields | _tax_id(current, fields))
    if customer.time_zone != current.time_zone:
        move_zone(customer)


def billed_in(customer: Customer) -> str:
    """What binds the customer to his currency, empty where nothing does: a subscription; an invoice, since its money
    may become his balance, but no draft that was thrown away; or an outcome with a value, since that was told in it.
    """
    if Subscription.objects.filter(customer=customer).exists():
        return "a subscription"
    thrown_away = {"number": None, "status": Invoice.Status.VOID}
    if Invoice.objects.filter(customer=customer).exclude(**thrown_away).exists():
        return "an invoice"
    # By his events, which an index tells: he may be one of many thousands.
    valued = Outcome.objects.filter(event__customer=customer.external_id, customer=customer, value__gt=0)
    return "outcomes with a value" if valued.exists() else ""


def _tax_id(current: Customer, fields: dict[str, Any]) -> dict[str, str]:
    """The tax id, checked where something of it changes: one that was kept unchecked is no obstacle to all else."""
    changed = {name: fields.get(name, getattr(current, name)) for name in TAX_DETAILS}
    same = all(changed[name] == getattr(current, name) for name in TAX_DETAILS)
    return {} if same else {"tax_id": checked_tax_id(**changed)}
