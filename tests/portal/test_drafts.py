"""What was never issued is not in the portal: neither a draft nor one that was thrown away."""

from datetime import timedelta

from django.urls import reverse

from apps.common.clock import now
from apps.common.money import minor_unit
from apps.invoices.by_hand import draft_by_hand
from apps.invoices.drafts import discard_draft
from apps.plans.one_offs import OneOff
from apps.tenants.scope import scope
from tests.portal.conftest import Portal


def test_neither_a_draft_nor_a_discarded_one_is_seen(halden: Portal) -> None:
    line = OneOff("Training", minor_unit("USD"))
    with scope(halden.vendor.tenant.pk):
        made = [draft_by_hand(halden.customer, [line], at=now() - timedelta(days=day)) for day in (1, 2)]
        discard_draft(made[1].pk)
    assert "Training" not in halden.client.get(reverse("portal:invoices")).content.decode()
    for one in made:
        assert halden.client.get(reverse("portal:invoice", args=[one.pk])).status_code == 404
