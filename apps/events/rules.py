"""The rules that a batch is judged by: read under the tenant's lock, or presumed to be those that were read last.

Nearly every batch finds them as the one before it did. So it may be judged by what this process knows, and its events
go to the server together with the question for the rules: one way less to wait for. The answer decides: where it is
another than was presumed, nothing of what was judged may become durable.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.common.periods import zone
from apps.events import store
from apps.events.judge import Buyer, Rules
from apps.outcomes.catalog import catalog, known_catalog

type Buyers = Mapping[str, Buyer]
"""The known ones of some customers, by external id."""

PRESUMED = 100
"""Customers of a batch whose rules are presumed; for more of them a way is little, and to remember them much."""
MOST_KNOWN = 20_000
_known: dict[tuple[UUID, str], Buyer] = {}
"""Customers as they were read last, by tenant and external id."""


class RulesChanged(RuntimeError):
    """The rules are not those that were presumed: roll back, and judge by what is read."""


def read_rules(tenant_id: UUID, external_ids: Collection[str]) -> tuple[Buyers, Rules]:
    """The known ones of these customers, and what their events are judged by. Needs `lock_for_writing`."""
    version, buyers = _taken(store.ask_config(tenant_id, external_ids)())
    _remember(tenant_id, buyers)
    found = catalog(tenant_id, version)
    signed: dict[UUID, list[tuple[UUID, datetime]]] = {}
    if found.asks_for_signature:
        for customer_id, version_id, signed_at in store.read_signatures(
            tenant_id, [buyer.id for buyer in buyers.values()]
        ):
            signed.setdefault(customer_id, []).append((version_id, signed_at))
    return buyers, Rules(found, signed)


def presume_rules(tenant_id: UUID, external_ids: Collection[str]) -> tuple[Buyers, Rules] | None:
    """As `read_rules`, but what was read last. None where too little is known, or more is to be read than rules."""
    found = known_catalog(tenant_id)
    if found is None or found.asks_for_signature or len(external_ids) > PRESUMED:
        return None
    buyers = {name: buyer for name in external_ids if (buyer := _known.get((tenant_id, name)))}
    return (buyers, Rules(found)) if len(buyers) == len(external_ids) else None


def ask_whether(tenant_id: UUID, buyers: Buyers, rules: Rules) -> Callable[[], None]:
    """Ask whether presumed rules hold, and return what raises RulesChanged if they don't. Needs `lock_for_writing`."""
    rows = store.ask_config(tenant_id, buyers)

    def confirm() -> None:
        version, read = _taken(rows())
        _remember(tenant_id, read)
        if version != rules.catalog.config_version or read != buyers:
            raise RulesChanged

    return confirm


def _taken(rows: Collection[Any]) -> tuple[int, dict[str, Buyer]]:
    """The tenant's `config_version`, and the customers, of what `ask_config` was answered."""
    buyers = {
        external_id: Buyer(id, zone(time_zone), closed_through)
        for _, external_id, id, time_zone, closed_through in rows
        if id is not None
    }
    return next(iter(rows))[0], buyers


def _remember(tenant_id: UUID, buyers: Buyers) -> None:
    if len(buyers) > PRESUMED:
        return
    if len(_known) + len(buyers) > MOST_KNOWN:
        _known.clear()
    _known.update({(tenant_id, name): buyer for name, buyer in buyers.items()})
