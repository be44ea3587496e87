"""Creating and changing tenants, members, customers and contacts."""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.tenants.models import (
    Contact,
    Customer,
    Member,
    PortalLink,
    Profile,
    Role,
    Tenant,
    User,
    bump_config,
)
from apps.tenants.scope import current_tenant_id, scope


class Taken(ValueError):
    """A name that must be unique is in use already; `field` says which."""

    def __init__(self, field: str, value: str) -> None:
        self.field = field
        super().__init__(f"{value} is taken already; choose another.")


def create_tenant(*, slug: str, name: str, owner: User) -> Tenant:
    """A new vendor's organisation with its owner. Opens a transaction of its own; raises Taken for a used slug."""
    tenant = Tenant(slug=slug, name=name)
    founded_at = tenant.created_at
    try:
        with scope(tenant.pk):
            tenant.save(force_insert=True)
            Profile.objects.create(legal_name=name, email=owner.email)
            Member.objects.create(user=owner, role=Role.OWNER, created_at=founded_at)
    except IntegrityError:
        raise Taken("slug", slug) from None
    return tenant


def create_customer(**fields: Any) -> Customer:
    """A new customer of the current tenant; raises Taken for a used external id."""
    try:
        with transaction.atomic():
            customer: Customer = Customer.objects.create(**fields)
    except IntegrityError:
        raise Taken("external_id", fields["external_id"]) from None
    bump_config(current_tenant_id())
    return customer


def change_customer(customer: Customer, **fields: Any) -> None:
    """Write the fields; ingestion sees the change with its next transaction."""
    Customer.objects.filter(pk=customer.pk).update(**fields)
    for field, value in fields.items():
        setattr(customer, field, value)
    bump_config(current_tenant_id())


def invite_contact(customer: Customer, email: str) -> Contact:
    """Let the holder of this address see the customer's portal."""
    contact: Contact
    contact, _ = Contact.objects.get_or_create(customer=customer, user=user_by_email(email))
    return contact


def invite_member(email: str, role: str) -> Member:
    """Add the holder of this address to the current tenant, or change his role."""
    member: Member
    member, _ = Member.objects.update_or_create(user=user_by_email(email), defaults={"role": role})
    return member


def user_by_email(email: str) -> User:
    """The user of this address, made without a password if there is none.

    His address is not verified yet; the first link or code that he uses does that too, so that nobody is asked for two.
    A password that was set before that is dropped: it may be that of a stranger who signed up with this address.
    """
    user: User | None = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = User.objects.create_user(email.strip())
        EmailAddress.objects.create(user=user, email=user.email, primary=True)
    elif (
        user.has_usable_password()
        and not user.is_staff
        and not EmailAddress.objects.filter(user=user, verified=True).exists()
    ):
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def portal_link(customer: Customer, *, at: datetime, life: timedelta = PortalLink.LIFE) -> tuple[str, datetime]:
    """(URL, expiry) of a new link that opens this customer's portal."""
    link, token = PortalLink.issue(customer.tenant, customer=customer, expires_at=at + life)
    return f"{settings.SITE_URL}{reverse('portal:link', args=[token])}", link.expires_at
