"""What the diaries ask: a vendor whose tickets cost 1.00 each, so that an invoice's total is its number of tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from apps.events.ingest import Result
from apps.events.models import Outcome
from apps.invoices.close import close_tenant
from apps.invoices.law import classes
from apps.invoices.models import Invoice
from apps.invoices.unbilled import unbilled
from apps.plans.models import PlanVersion
from apps.tenants.access import access_customer
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_vendor, ticket

type Booked = tuple[date | None, bool]
"""(day, late) of an outcome."""


@dataclass(frozen=True)
class Diary:
    """Northwind, told by date."""

    vendor: Vendor
    plan: PlanVersion

    @classmethod
    def begin(cls) -> "Diary":
        vendor = new_vendor()
        vendor.definition()
        prices = [{"outcome": "resolved_ticket", "model": "unit", "unit_amount": "1.00"}]
        return cls(vendor, vendor.plan(base_fee=None, prices=prices))

    def customer(self, external_id: str) -> Customer:
        with scope(self.vendor.tenant.pk):
            return access_customer(external_id)

    def send(self, *events: dict[str, Any], at: str) -> list[Result]:
        return self.vendor.send(*events, at=at)

    def ticket(self, id: str, *, at: str, time: str | None = None, customer: str = "halden", **fields: Any) -> Result:
        """One ticket, received at `at`; what happened at `time`."""
        [result] = self.send(ticket(id, customer, time=time, **fields), at=at)
        return result

    def booked(self, *ids: str) -> list[Booked]:
        with scope(self.vendor.tenant.pk):
            found = Outcome.objects.filter(event__external_id__in=ids)
            rows = {one.event.external_id: (one.booked_day, one.late) for one in found.select_related("event")}
        return [rows[id] for id in ids]

    def close(self, at: str) -> None:
        close_tenant(self.vendor.tenant.pk, at=instant(at))

    def billed(self, customer: str = "halden") -> dict[str, int]:
        """The tickets of each invoice, by the first day of its period, but for those that have none."""
        with scope(self.vendor.tenant.pk):
            documents = Invoice.objects.filter(customer__external_id=customer).values_list("document", flat=True)
            lines = [line for document in documents for line in document["lines"] if line["kind"] == "usage"]
        return {line["period"]["start"]: int(line["quantity"]) for line in lines if line["quantity"] != "0"}

    def unbilled(self, customer: str = "halden") -> Sequence[tuple[date, date, int]]:
        """(first day, last day, tickets) of each stretch that nothing prices."""
        whom = self.customer(customer)
        with scope(self.vendor.tenant.pk):
            found = unbilled(whom)
        return [(one.period.start, one.period.last, int(one.quantity)) for one in found]

    def law(self, at: str) -> dict[str, int]:
        with scope(self.vendor.tenant.pk):
            return {name: n for name, n in classes(self.vendor.tenant.pk, at=instant(at)).items() if n}


def rfc(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
