"""The doors: who may come in, and how code reaches a tenant from a user, a key or a link."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied

from apps.common.reads import Rows
from apps.common.statements import ask, read
from apps.tenants.models import ApiKey, Contact, Customer, Member, PortalLink, Profile, Role, Tenant, User, fingerprint
from apps.tenants.scope import acting, current_tenant_id, scope

MAY: dict[str, frozenset[str]] = {
    "read": frozenset(Role.values),
    "manage": frozenset({Role.OWNER, Role.ADMIN}),
    "bill": frozenset({Role.OWNER, Role.ADMIN, Role.FINANCE}),
    "develop": frozenset({Role.OWNER, Role.ADMIN, Role.DEVELOPER}),
    "own": frozenset({Role.OWNER}),
}
"""What each action needs: reading; customers, outcomes and team; plans and invoices; keys; the organisation itself."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A tenant that a user belongs to, and his role there."""

    tenant: Tenant
    role: str

    def may(self, action: str) -> bool:
        return self.role in MAY[action]


@dataclass(frozen=True, slots=True)
class PortalAccess:
    """A customer whose portal somebody may see: as a contact, or by the link `link_id`."""

    tenant: Tenant
    customer_id: UUID
    link_id: UUID | None = None


def tenants_of(user: User) -> list[Membership]:
    """Every tenant that the user is a member of, by name."""
    with acting(user.pk):
        rows = list(Member._base_manager.filter(user=user).select_related("tenant"))
    return sorted((Membership(row.tenant, row.role) for row in rows), key=lambda one: one.tenant.name)


def contacts_of(user: User) -> list[PortalAccess]:
    """Every customer whose contact the user is, newest first."""
    with acting(user.pk):
        rows = list(Contact._base_manager.filter(user=user).select_related("tenant").order_by("-id"))
    return [PortalAccess(row.tenant, row.customer_id) for row in rows]


CUSTOMER = Rows(Customer, "customer")
CUSTOMER_NAMED = f"""
SELECT {CUSTOMER.columns} FROM tenants_customer customer WHERE customer.tenant_id = %b AND customer.external_id = %b
"""  # noqa: S608  # names of columns


def access_customer(external_id: str) -> Customer:
    """The current tenant's customer. Raises Customer.DoesNotExist."""
    for customer in CUSTOMER.all(read(CUSTOMER_NAMED, [current_tenant_id(), external_id])):
        return customer
    raise Customer.DoesNotExist("There is no such customer.")


def require(membership: Membership, action: str) -> None:
    """Raise PermissionDenied unless the role may do the action."""
    if not membership.may(action):
        raise PermissionDenied(
            f"Your role ({membership.role}) does not allow this. Ask an owner of {membership.tenant}."
        )


KEY = Rows(ApiKey, "key")
LIVE_KEYS = f"""
SELECT {KEY.columns} FROM tenants_apikey key
WHERE key.tenant_id = %b AND key.secret_hash = ANY(%b::text[]) AND key.revoked_at IS NULL
"""  # noqa: S608


def find_api_keys(tenant_id: UUID, hashes: Iterable[str]) -> list[ApiKey]:
    """The live keys whose secrets have these hashes; call it in the tenant's scope."""
    return KEY.all(read(LIVE_KEYS, [tenant_id, list(hashes)]))


def find_api_key(tenant_id: UUID, secret: str) -> ApiKey | None:
    """The live key of this secret; call it in the tenant's scope."""
    return next(iter(find_api_keys(tenant_id, [fingerprint(secret)])), None)


LIVE_HASHES = """
SELECT secret_hash FROM tenants_apikey
WHERE tenant_id = %b AND secret_hash = ANY(%b::text[]) AND revoked_at IS NULL
"""


def ask_live_keys(tenant_id: UUID, hashes: Iterable[str]) -> Callable[[], set[str]]:
    """Ask which of these hashes of secrets belong to a key that lives, and return what waits for the answer.

    Call it in the tenant's scope.
    """
    rows = ask(LIVE_HASHES, [tenant_id, list(hashes)])
    return lambda: {row[0] for row in rows()}


def open_portal_link(token: str, *, at: datetime) -> PortalAccess | None:
    """The customer that a portal link opens, or None when it is unknown or has expired."""
    parts = PortalLink.split(token)
    tenant = Tenant.objects.filter(slug=parts[0]).first() if parts else None
    if tenant is None or parts is None:
        return None
    with scope(tenant.pk):
        link = PortalLink.objects.filter(secret_hash=fingerprint(parts[1]), expires_at__gt=at).first()
        return PortalAccess(tenant, link.customer_id, link.pk) if link else None


LINK, TENANT = Rows(PortalLink, "link"), Rows(Tenant, "tenant")
STANDING_LINK = f"""
SELECT {LINK.columns}, {TENANT.columns} FROM tenants_portallink link
JOIN tenants_tenant tenant ON tenant.id = link.tenant_id
WHERE link.tenant_id = %b AND link.id = %b AND link.expires_at > %b
"""  # noqa: S608


def find_portal_link(tenant_id: UUID, link_id: UUID, *, at: datetime) -> PortalAccess | None:
    """What a link that was opened before still opens; None when it is gone or has expired since."""
    with scope(tenant_id):
        for row in read(STANDING_LINK, [tenant_id, link_id, at]):
            values = iter(row)
            link, tenant = LINK.take(values), TENANT.take(values)
            return PortalAccess(tenant, link.customer_id, link.pk)
    return None


PROFILE = Rows(Profile, "profile")
PORTAL = f"""
SELECT {CUSTOMER.columns}, {PROFILE.columns} FROM tenants_customer customer
JOIN tenants_profile profile ON profile.tenant_id = customer.tenant_id
WHERE customer.tenant_id = %b AND customer.id = %b
"""  # noqa: S608


def customer_and_profile(customer_id: UUID) -> tuple[Customer, Profile]:
    """The current tenant's customer of this id, and the settings of the tenant. Raises Customer.DoesNotExist."""
    for row in read(PORTAL, [current_tenant_id(), customer_id]):
        values = iter(row)
        return CUSTOMER.take(values), PROFILE.take(values)
    raise Customer.DoesNotExist("There is no such customer.")
