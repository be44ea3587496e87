"""Setting up a vendor's organisation from outside the site: by the operator's command, and for the demo."""

from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.db import transaction

from apps.tenants.customers import Taken, create_tenant, user_by_email
from apps.tenants.models import ApiKey, Tenant, User
from apps.tenants.scope import scope


def provision(*, slug: str, name: str, owner: str, password: str) -> Tenant:
    """The tenant of this slug; where there is none it is made, with an owner who can log in at once.

    A tenant that is there stays as it is, and so does the password of a user who has one.
    """
    known = Tenant.objects.filter(slug=slug).first()
    if known:
        return known
    user = verified_user(owner, password)
    try:
        return create_tenant(slug=slug, name=name, owner=user)
    except Taken:  # by a run of the same command beside this one
        return Tenant.objects.get(slug=slug)


def verified_user(email: str, password: str) -> User:
    """The user of this address, which counts as confirmed; a password is set where he has none."""
    with transaction.atomic():
        user = user_by_email(email)
        if not user.has_usable_password():
            user.set_password(password)
            user.save(update_fields=["password"])
        confirmed = {"verified": True, "primary": True}
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=confirmed)
    return user


def add_key(tenant: Tenant, *, name: str, scopes: Sequence[str]) -> str:
    """The full text of a new API key of the tenant; it can't be had again."""
    with scope(tenant.pk):
        _, text = ApiKey.issue(tenant, name=name, scopes=list(scopes))
    return text
