"""Customers, what they used, what their next invoice would hold, and links into their portal."""

from typing import Any

from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.invoice_shapes import draft_invoice
from apps.api.paging import Query, page
from apps.api.problems import invalid
from apps.api.shapes import ADDRESS, address, amount_or_none, days
from apps.api.views import ApiView, answer
from apps.common.locales import known_locale
from apps.common.money import amount_text
from apps.common.numbers import plain
from apps.common.reading import Fields
from apps.invoices.balance import with_balance
from apps.invoices.buyer import add_buyer, change_buyer
from apps.invoices.live import Estimate, Live, OutcomeUsage, live
from apps.invoices.preview import preview
from apps.tenants.access import access_customer
from apps.tenants.customers import portal_link
from apps.tenants.models import Customer, Scope, TaxStatus


class Customers(ApiView):
    """`/customers`"""

    @described("list_customers", "List customers", answer=examples.customer.page(), parameters=query())
    def get(self, request: Any) -> HttpResponse:
        return answer(page(Query(request), with_balance(Customer.objects.all()), shape))

    @described(
        "create_customer",
        "Create a customer",
        body=examples.new_customer,
        answer=examples.customer,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any) -> HttpResponse:
        fields = Fields(self.body())
        external_id = fields.code("external_id")
        values = {name: reader(fields) for name, reader in READERS.items()}
        fields.raise_if_any()
        customer = add_buyer(external_id=external_id, created_at=self.call.at, **values)
        return answer(told(customer), 201)


class OneCustomer(ApiView):
    """`/customers/{external_id}`"""

    @described("get_customer", "Read a customer", answer=examples.customer)
    def get(self, request: Any, external_id: str) -> HttpResponse:
        return answer(told(access_customer(external_id)))

    @described("change_customer", "Change some of its fields", body=examples.customer_change, answer=examples.customer)
    def patch(self, request: Any, external_id: str) -> HttpResponse:
        customer = access_customer(external_id)
        body = self.body()
        fields = Fields(body)
        values = {name: reader(fields) for name, reader in READERS.items() if name in fields.names()}
        if "external_id" in fields.names() and body["external_id"] != external_id:
            raise invalid("external_id", "fixed", "can't be changed")
        fields.given("external_id")
        fields.raise_if_any()
        change_buyer(customer, **values)
        return answer(told(customer))


class CustomerUsage(ApiView):
    """`/customers/{external_id}/usage`"""

    @described("get_usage", "What the running cycle counted and costs so far", answer=examples.usage)
    def get(self, request: Any, external_id: str) -> HttpResponse:
        return answer(usage_shape(live(access_customer(external_id), at=self.call.at)))


class InvoicePreview(ApiView):
    """`/customers/{external_id}/invoice-preview`"""

    needs = {"POST": Scope.READ}

    @described("preview_invoice", "The invoice of the running cycle, were it closed now", answer=examples.invoice)
    def post(self, request: Any, external_id: str) -> HttpResponse:
        Fields(self.body(optional=True)).raise_if_any()
        customer = access_customer(external_id)
        return answer(draft_invoice(customer, preview(customer, at=self.call.at)))


class PortalLinks(ApiView):
    """`/customers/{external_id}/portal-links`"""

    @described(
        "create_portal_link",
        "A link that opens the customer's portal",
        answer=examples.portal_link,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any, external_id: str) -> HttpResponse:
        Fields(self.body(optional=True)).raise_if_any()
        url, expires_at = portal_link(access_customer(external_id), at=self.call.at)
        return answer({"url": url, "expires_at": expires_at}, 201)


def _read_address(fields: Fields) -> dict[str, Any]:
    if not fields.given("address"):
        return {}
    given = fields.object("address")
    read = {name: given.text_or_none(name, 200) for name in ADDRESS}
    given.finish()
    return read


def _read_locale(fields: Fields) -> str:
    text = fields.text("locale", 16, "")
    try:
        return text and known_locale(text)
    except ValueError as error:
        fields.fail("locale", "unknown_locale", str(error))
        return ""


def _read_status(fields: Fields) -> str:
    given = fields.given("tax_status")
    return (fields.choice("tax_status", TaxStatus.values) if given else None) or TaxStatus.STANDARD


READERS = {
    "name": lambda fields: fields.text("name", 200),
    "email": lambda fields: fields.email("email"),
    "currency": lambda fields: fields.read_currency(),
    "time_zone": lambda fields: fields.time_zone("time_zone"),
    "country": lambda fields: fields.country("country"),
    "address": _read_address,
    "tax_id": lambda fields: fields.text("tax_id", 64, ""),
    "tax_status": _read_status,
    "exemption": lambda fields: fields.text("exemption", 200, ""),
    "locale": _read_locale,
}
"""How each field but the external id is read; all of them can be changed later."""


def told(customer: Customer) -> dict[str, Any]:
    """The customer as he is now."""
    return shape(with_balance(Customer.objects.all()).get(pk=customer.pk))


def shape(customer: Any) -> dict[str, Any]:
    """A customer of `with_balance`."""
    return {
        "id": customer.pk,
        "external_id": customer.external_id,
        "name": customer.name,
        "email": customer.email,
        "currency": customer.currency,
        "time_zone": customer.time_zone,
        "country": customer.country,
        "address": address(customer.address),
        "tax_id": customer.tax_id or None,
        "tax_status": customer.tax_status,
        "exemption": customer.exemption or None,
        "locale": customer.locale or None,
        "created_at": customer.created_at,
        "balance": amount_text(customer.balance, customer.currency),
    }


def usage_shape(one: Live) -> dict[str, Any]:
    """The running cycle; without subscription `cycle` and the amounts are null, and the outcomes are the month's."""
    currency = one.customer.currency
    return {
        "cycle": days(one.cycle.start, one.cycle.end) if one.cycle else None,
        "currency": currency,
        "outcomes": [_outcome(outcome, currency) for outcome in one.outcomes],
        "amount": amount_or_none(one.amount, currency),
        "estimate": _estimate(one.estimate, currency) if one.estimate else None,
    }


def _outcome(one: OutcomeUsage, currency: str) -> dict[str, Any]:
    figures = one.figures
    return {
        "outcome": one.code,
        "settled": plain(figures.settled),
        "pending": plain(figures.pending),
        "held": plain(figures.held),
        "voided": plain(figures.voided),
        "late": plain(figures.late),
        "amount": amount_or_none(one.amount, currency),
        "dimensions": [
            {"dimension": name, "settled": plain(each.settled), "pending": plain(each.pending)}
            for name, each in sorted(one.dimensions.items())
        ],
    }


def _estimate(one: Estimate, currency: str) -> dict[str, Any]:
    return {name: amount_or_none(getattr(one, name), currency) for name in ("cycle_end", "low", "high")}
