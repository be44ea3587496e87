"""The live page: what counted, what it costs so far, and the newest outcomes as they arrive."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.invoices.freshness import unchanged
from apps.invoices.panel import panel
from apps.invoices.unsigned import unsigned
from apps.portal.access import PortalRequest, page, portal


@require_safe
@portal
def live(request: PortalRequest) -> HttpResponse:
    """The page."""
    waiting = unsigned(request.customer, request.customer.today(request.at))
    return page(request, "portal/live.html", shown(request) | {"unsigned": waiting})


@require_safe
@portal
def figures(request: PortalRequest) -> HttpResponse:
    """What of the page moves: 204 while it would look as `?seen=` says it does."""
    if unchanged(request.GET.get("seen", ""), request.customer, at=request.at):
        return HttpResponse(status=204)
    return render(request, "components/live_figures.html", shown(request))


def shown(request: PortalRequest) -> dict[str, Any]:
    """What components/live_figures.html asks for."""
    outcomes = reverse("portal:outcomes")
    return {
        "panel": panel(request.customer, at=request.at),
        "poll_url": reverse("portal:live_figures"),
        "event_route": "portal:outcome",
        "all_url": outcomes,
        "behind_url": outcomes,
    }
