"""A customer's signature under a version: from then on it judges his events, where the definition asks for it."""

from datetime import datetime

from apps.outcomes.models import Agreement, DefinitionVersion
from apps.tenants.models import Customer, bump_config
from apps.tenants.scope import current_tenant_id


class NotAsked(ValueError):
    """The version asks for no signature, or a newer one is in force."""


def sign(customer: Customer, version: DefinitionVersion, *, by: str, at: datetime) -> Agreement:
    """Record that `by` accepted the version for the customer; the second time, the first signature stays as it is.

    Raises NotAsked where there is nothing to sign: only the newest version can be, and only if it asks for it.
    """
    newest = DefinitionVersion.objects.filter(definition=version.definition_id).order_by("-number")[0]
    if newest.pk != version.pk or not version.requires_agreement:
        raise NotAsked(f"{version} is not waiting for a signature.")
    agreement, new = Agreement.objects.get_or_create(
        customer=customer, version=version, defaults={"signed_by": by, "signed_at": at}
    )
    if new:
        bump_config(current_tenant_id())
    found: Agreement = agreement
    return found
