"""The outcomes behind every figure: the list, and one outcome's slip."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from apps.common.templatetags.counterfoil import STATES
from apps.events.models import Outcome, Usage
from apps.events.state import State
from apps.invoices.find import booked_on, in_state, with_all
from apps.invoices.models import Invoice
from apps.invoices.worth import worth
from apps.outcomes.models import DefinitionVersion
from apps.portal.access import PortalRequest, page, portal
from apps.portal.paging import paged

NOT_COUNTING = {State.VOIDED, State.HELD, State.EXPIRED, State.CREDITED, State.AWAITING_CONFIRMATION}


class Filters(forms.Form):
    """What a list of outcomes is narrowed to. `day` is the local day that an outcome is booked on."""

    definition = forms.CharField(required=False)
    state = forms.ChoiceField(required=False, choices=[(one.value, STATES[one.value][1]) for one in State])
    day = forms.DateField(required=False)

    def narrow(self, rows: QuerySet[Any], *, at: datetime) -> QuerySet[Any]:
        """The rows that pass at this instant; a filter that can't be read lets none pass."""
        if not self.is_valid():
            return rows.none()
        wanted = self.cleaned_data
        if wanted["definition"]:
            rows = rows.filter(version__definition__code=wanted["definition"])
        if wanted["state"]:
            rows = in_state(rows, wanted["state"], at=at)
        if wanted["day"]:
            rows = booked_on(rows, wanted["day"])
        return rows


@require_safe
@portal
def outcomes(request: PortalRequest) -> HttpResponse:
    """The customer's outcomes, newest first, by definition, state and the day they are booked on."""
    filters = Filters(request.GET)
    chosen = {name: request.GET.get(name, "") for name in Filters.base_fields}
    filtered = any(chosen.values())
    context = {
        "outcomes": paged(request, filters.narrow(own(request), at=request.at) if filtered else newest(request)),
        "chosen": chosen,
        "filtered": filtered,
        "definitions": definitions_of(request),
        "section": "live",
        "states": Filters.base_fields["state"].choices,  # type: ignore[attr-defined]
    }
    return page(request, "portal/outcomes.html", context)


@require_safe
@portal
def outcome(request: PortalRequest, id: UUID) -> HttpResponse:
    """One outcome's slip: what was said, how it was judged and by which version, and what it costs."""
    found = own(request).prefetch_related("resolutions__signal").get(pk=id)
    day: date | None = found.final_day
    context = {
        "outcome": found,
        "version": found.version,
        "worth": worth(found, day, counts=found.state not in NOT_COUNTING) if day else None,
        "invoice": Invoice.objects.filter(pk=found.invoice_id).first(),
        "resolutions": sorted(found.resolutions.all(), key=lambda one: one.pk),
        "settled_by_clock": found.settles_at <= request.at,
    }
    return page(request, "portal/outcome.html", context | {"section": "live"})


def own(request: PortalRequest) -> QuerySet[Any]:
    """The customer's outcomes with state, final day and invoice."""
    return with_all(Outcome.objects.filter(customer=request.customer), at=request.at)


def newest(request: PortalRequest) -> QuerySet[Any]:
    """The same, for a page of all of them: with anything to look for, see `with_all`."""
    return with_all(Outcome.objects.of_customer(request.customer.external_id), at=request.at)


def definitions_of(request: PortalRequest) -> list[tuple[str, str]]:
    """(code, newest name) of the definitions that ever counted something for the customer."""
    used = Usage.objects.filter(customer=request.customer).values("version")
    rows = DefinitionVersion.objects.filter(pk__in=used).order_by("number").values_list("definition__code", "name")
    return sorted(dict(rows).items())
