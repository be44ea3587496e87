"""The way into the portal: a contact who logged in, or whoever holds a portal link that has not expired.

Both are looked up anew for every request, so a contact who was removed and a link that ran out are out at once.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from apps.common import clock
from apps.common.locales import resolve, speaking
from apps.common.private import private
from apps.tenants.access import PortalAccess, contacts_of, customer_and_profile, find_portal_link
from apps.tenants.models import Customer, Profile, Tenant, User
from apps.tenants.scope import scope

LINKS = "portal_links"
CHOSEN = "portal_customer"
MOST_LINKS = 10

type Page = Callable[..., HttpResponseBase]


class PortalRequest(HttpRequest):
    """A request inside the scope of `tenant`, for `customer`; `at` is now, for all of it, in the customer's zone.

    `doors` are all the customers whose portal this visitor may see; `by_contact` tells whether he may see this one as
    its contact, not only by a link.
    """

    tenant: Tenant
    profile: Profile
    customer: Customer
    doors: list[PortalAccess]
    at: datetime
    by_contact: bool
    user: User


def portal(view: Page) -> Page:
    """Make a view a page of the portal: it runs and is rendered in the scope of one customer's tenant.

    Who comes by neither way is sent to log in; a user who is nobody's contact gets 403. What is another customer's, or
    not there, is 404.
    """

    @private
    @wraps(view)
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = cast(PortalRequest, request)
        found.at = clock.now()
        ways = list(all_ways(request, at=found.at))
        found.doors = doors_of(ways)
        if not found.doors:
            return turned_away(request)
        door = chosen(found.doors, request.session.get(CHOSEN))
        found.tenant = door.tenant
        found.by_contact = any(way.customer_id == door.customer_id and way.link_id is None for way in ways)
        with scope(door.tenant.pk):
            found.customer, found.profile = customer_and_profile(door.customer_id)
            locale = resolve(found.customer.locale, found.profile.locale)
            with timezone.override(found.customer.zone), speaking(locale):
                return _answer(view, found, *args, **kwargs)

    return inside


def _answer(view: Page, request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    try:
        return view(request, *args, **kwargs)
    except DataError:
        raise BadRequest("A value can't be stored, such as one with the character NUL.") from None
    except ObjectDoesNotExist as error:
        raise Http404(str(error)) from None


def all_ways(request: HttpRequest, *, at: datetime) -> Iterator[PortalAccess]:
    """Every way by which the visitor may see a portal now: the links he opened, newest first, then as a contact."""
    for entry in request.session.get(LINKS, []):
        if door := _link_door(entry, at):
            yield door
    if isinstance(request.user, User):
        yield from contacts_of(request.user)


def doors_of(ways: Iterable[PortalAccess]) -> list[PortalAccess]:
    """Every customer once, by the first way that leads to him."""
    unique: dict[UUID, PortalAccess] = {}
    for way in ways:
        unique.setdefault(way.customer_id, way)
    return list(unique.values())


def _link_door(entry: list[str], at: datetime) -> PortalAccess | None:
    """The door that a session's entry opens, if its link still stands."""
    tenant_id, link_id = map(UUID, entry)
    return find_portal_link(tenant_id, link_id, at=at)


def chosen(found: list[PortalAccess], wanted: str | None) -> PortalAccess:
    """The door that the visitor chose last, else the first."""
    return next((door for door in found if str(door.customer_id) == wanted), found[0])


def name_behind(door: PortalAccess) -> str:
    """The customer's name, read in a transaction of its own."""
    with scope(door.tenant.pk):
        return str(Customer.objects.values_list("name", flat=True).get(pk=door.customer_id))


def remember_link(request: HttpRequest, door: PortalAccess) -> None:
    """Let this session see the link's customer from now on. The token itself is kept nowhere."""
    entry = [str(door.tenant.pk), str(door.link_id)]
    others = [one for one in request.session.get(LINKS, []) if one != entry]
    request.session.cycle_key()
    request.session[LINKS] = [entry, *others][:MOST_LINKS]
    request.session[CHOSEN] = str(door.customer_id)


def turned_away(request: HttpRequest) -> HttpResponse:
    """The answer to who may see no portal: a log-in, or that this login is nobody's contact."""
    if request.user.is_authenticated:
        return render(request, "portal/no_contact.html", status=403)
    wanted = request.path if request.method == "GET" and not _polls(request) else reverse("portal:live")
    login = f"{reverse('account_request_login_code')}?{urlencode({'next': wanted})}"
    return HttpResponseClientRedirect(login) if _polls(request) else redirect(login)


def _polls(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page: then the whole page has to move."""
    return bool(getattr(request, "htmx", False))


def page(
    request: PortalRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a page in the portal's shell."""
    shell = {
        "tenant": {"name": request.tenant.name, "accent": request.profile.accent},
        "customer": request.customer,
        "may_switch": len(request.doors) > 1,
        "zone": timezone.get_current_timezone_name(),
        "at": request.at,
    }
    return render(request, template, shell | (context or {}), status=status)
