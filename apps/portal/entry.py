"""Coming in by a portal link, and going from one customer's portal to another's."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.common import clock
from apps.common.private import private
from apps.portal.access import CHOSEN, all_ways, doors_of, name_behind, remember_link, turned_away
from apps.tenants.access import open_portal_link


@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Swap the link's token for a session entry. Neither the answer nor the next request tells the token to anybody."""
    door = open_portal_link(token, at=clock.now())
    if door is None:
        response = render(request, "portal/link_expired.html", status=410)
    else:
        remember_link(request, door)
        response = redirect("portal:live")
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the portals that a visitor may see."""

    id: str
    customer: str
    tenant: str


@require_http_methods(["GET", "HEAD", "POST"])
@private
def switch(request: HttpRequest) -> HttpResponse:
    """Choose another of the customers that the visitor may see."""
    found = doors_of(all_ways(request, at=clock.now()))
    if not found:
        return turned_away(request)
    ids = {str(door.customer_id) for door in found}
    wanted = request.POST.get("customer")
    if request.method == "POST" and wanted in ids:
        request.session[CHOSEN] = wanted
        return redirect("portal:live")
    choices = [Choice(str(door.customer_id), name_behind(door), door.tenant.name) for door in found]
    return render(request, "portal/switch.html", {"choices": choices}, status=404 if wanted else 200)
