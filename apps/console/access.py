"""The way into the console: who is asking, for which organisation, and whether his role may do it."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.common import clock, periods
from apps.common.private import private
from apps.console.once import once
from apps.events.models import Quarantine
from apps.tenants.access import MAY, Membership, contacts_of, tenants_of
from apps.tenants.models import Profile, Tenant, User
from apps.tenants.scope import scope

UTC_ZONE = ZoneInfo("UTC")
SAFE = ("GET", "HEAD")


class ConsoleRequest(HttpRequest):
    """A request inside the scope of `tenant`; `at` is now, for all of it."""

    user: User
    tenant: Tenant
    tenants: list[Tenant]
    membership: Membership
    profile: Profile
    at: datetime


type Page = Callable[..., HttpResponseBase]


def console(action: str = "read", *, change: str | None = None) -> Callable[[Page], Page]:
    """Make a view a page of the console: it runs in the scope of one of the user's tenants, and answers rendered.

    `action` (of access.MAY) is what looking needs, `change` what a POST needs; without it, the same. Nobody is sent to
    log in, a user without tenant to name one, a contact to the portal; a role that may not gets 403 and a page on it.
    """

    def decorate(view: Page) -> Page:
        @require_http_methods([*SAFE, "POST"])
        @private
        @login_required
        @wraps(view)
        def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            found = cast(ConsoleRequest, request)
            memberships = tenants_of(found.user)
            if not memberships:
                return redirect("portal:live" if contacts_of(found.user) else "console:welcome")
            found.tenants = [one.tenant for one in memberships]
            found.membership = chosen(memberships, request.session.get("tenant"))
            found.tenant, found.at = found.membership.tenant, clock.now()
            needed = action if request.method in SAFE else change or action
            with scope(found.tenant.pk), timezone.override(zone_of(request)):
                found.profile = Profile.objects.get()
                if not found.membership.may(needed):
                    return forbidden(found, needed)
                return once(found, lambda: _answer(view, found, *args, **kwargs))

        inside.action, inside.change = action, change or action  # type: ignore[attr-defined]
        return inside

    return decorate


def forbidden(request: ConsoleRequest, needed: str) -> HttpResponse:
    """The page that says that the member's role may not."""
    return page(request, "console/forbidden.html", {"needed": needed}, status=403)


def _answer(view: Page, request: ConsoleRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """The view's answer; what is not there, or another tenant's, is 404, and what no row can hold 400."""
    try:
        return view(request, *args, **kwargs)
    except DataError:
        raise BadRequest("A value can't be stored, such as one with the character NUL.") from None
    except ObjectDoesNotExist as error:
        raise Http404(str(error)) from None


def chosen(memberships: list[Membership], wanted: str | None) -> Membership:
    """The membership of the tenant that the session names, else the first."""
    return next((one for one in memberships if str(one.tenant.pk) == wanted), memberships[0])


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The reader's time zone, by the cookie that the shell's script sets; UTC without it."""
    try:
        return periods.zone(request.COOKIES.get("time_zone", "UTC"))
    except ValueError:
        return UTC_ZONE


def page(request: ConsoleRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page in the console's shell."""
    shell = {
        "tenant": request.tenant,
        "tenants": request.tenants,
        "membership": request.membership,
        "profile": request.profile,
        "may": {name: request.membership.may(name) for name in MAY},
        "quarantined": Quarantine.objects.count(),
        "at": request.at,
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, template, shell | context, status=status)


def uuid_or_none(text: str) -> UUID | None:
    """The UUID that a text is, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
