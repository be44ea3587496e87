"""Keys: how a request names one, and which of them this process knows.

A key names its tenant in clear, and whoever knows that name can write it. So a key counts as a tenant's once this
process has looked it up, and until it is found dead. Whether it is known says only where its request waits and what it
may hold (web/askers.py): it is let in by the gate, which looks it up itself.
"""

import logging
from collections.abc import Iterable
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections

from apps.api import limits
from apps.tenants.access import find_api_keys
from apps.tenants.models import ApiKey, Tenant, fingerprint
from apps.tenants.scope import scope

log = logging.getLogger(__name__)
_tenants: dict[str, UUID] = {}


def read_key(authorization: str) -> tuple[str, str]:
    """(the slug, the secret) of the key that this header names; empty where it names none."""
    scheme, _, text = authorization.partition(" ")
    return (scheme.lower() == "bearer" and ApiKey.split(text.strip())) or ("", "")


def tenant_named(slug: str) -> UUID | None:
    """The tenant of this slug. It stays its tenant's for ever, so each process asks once."""
    _ask_for_tenants([slug])
    return _tenants.get(slug)


def _ask_for_tenants(slugs: Iterable[str]) -> None:
    if unknown := {slug for slug in slugs if slug and slug not in _tenants}:
        _tenants.update(Tenant.objects.filter(slug__in=unknown).values_list("slug", "pk"))


def known(authorization: str) -> str | None:
    """The tenant of the key that this header names, if this process knows the key; asks nobody."""
    slug, secret = read_key(authorization)
    tenant_id = _tenants.get(slug)
    return str(tenant_id) if tenant_id and limits.knows(fingerprint(secret), tenant_id) else None


def meet(authorizations: Iterable[str]) -> None:
    """Look up the keys that these headers name, and know those that live. Without a database none is known by that."""
    hashes: dict[str, set[str]] = {}
    for slug, secret in map(read_key, authorizations):
        hashes.setdefault(slug, set()).add(fingerprint(secret))
    close_old_connections()
    try:
        _ask_for_tenants(hashes)
        for slug, own in hashes.items():
            if tenant_id := _tenants.get(slug):
                _meet_of(tenant_id, own)
    except (OperationalError, InterfaceError) as error:
        log.warning("No answer from the database about keys: %s", error)
    finally:
        close_old_connections()


def _meet_of(tenant_id: UUID, hashes: set[str]) -> None:
    with scope(tenant_id):
        for key in find_api_keys(tenant_id, hashes):
            limits.meet(key)
