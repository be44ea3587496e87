"""Which outcomes an invoice by hand bills."""

from django.db import models

from apps.tenants.base import TenantModel, belongs_to
from apps.tenants.constraints import TenantFK


class BilledByHand(TenantModel):
    """An outcome on an invoice by hand: on the line of its definition whose days begin with `start`.

    It goes with the draft's line. An invoice that is void keeps its rows, so that it still opens, and bills them no
    more (docs/decisions/0012-billed-by-hand.md).
    """

    invoice = belongs_to("invoices.Invoice")
    outcome = belongs_to("events.Outcome")
    start = models.DateField()

    class Meta(TenantModel.Meta):
        verbose_name = "outcome billed by hand"
        verbose_name_plural = "outcomes billed by hand"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("invoice", name="invoices_billedbyhand_invoice", deferred=True),
            TenantFK("outcome", name="invoices_billedbyhand_outcome"),
            models.UniqueConstraint("tenant", "outcome", "invoice", name="invoices_billedbyhand_once"),
        ]
        indexes = [models.Index("tenant", "invoice", "start", name="invoices_billedbyhand_of_line")]

    def __str__(self) -> str:
        return f"{self.outcome_id} on {self.invoice_id}"
