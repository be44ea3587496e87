"""Which tenants a command is for."""

from collections.abc import Sequence

from django.core.management.base import CommandError

from apps.tenants.models import Tenant


def tenants_by(slug: str | None) -> Sequence[Tenant]:
    """The tenant of this slug, or without one all of them. CommandError for a slug that nobody has."""
    tenants = Tenant.objects.order_by("slug")
    found = list(tenants if slug is None else tenants.filter(slug=slug))
    if slug is not None and not found:
        raise CommandError(f"There is no tenant {slug}.")
    return found
