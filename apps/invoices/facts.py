"""What the database knows of cycles that are to be rated, read for all of them at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from apps.events import usage
from apps.events.usage import Sums
from apps.invoices.models import Charge, Cycle
from apps.plans.models import Discount


@dataclass(frozen=True, slots=True)
class Facts:
    """A cycle's sums, the discounts of its subscription, each with its coupon, and the charges that wait for it."""

    sums: tuple[Sums, ...] = ()
    discounts: tuple[Discount, ...] = ()
    charges: tuple[Charge, ...] = ()


def facts_of(cycles: Sequence[Cycle], *, usages: bool = True, lock: bool = False) -> dict[UUID, Facts]:
    """The facts of each cycle by its id, in a statement for each kind; without `usages` no sums.

    A charge goes to the first cycle of its subscription that is given. `lock` keeps the charges until the transaction
    ends; those that another transaction bills or removes just now are left to it.
    """
    found = _extras(cycles, lock=lock)
    if usages:
        spans = {cycle.pk: (cycle.customer_id, cycle.period) for cycle in cycles}
        sums = usage.totals_of(spans)
        found = {key: replace(facts, sums=tuple(sums[key])) for key, facts in found.items()}
    return found


def _extras(cycles: Sequence[Cycle], *, lock: bool) -> dict[UUID, Facts]:
    subscriptions = {cycle.subscription_id for cycle in cycles}
    given: Iterable[Discount] = (
        Discount.objects.filter(subscription__in=subscriptions).select_related("coupon").order_by("pk")
    )
    discounts: dict[UUID, list[Discount]] = defaultdict(list)
    for one in given:
        discounts[one.subscription_id].append(one)
    waiting = Charge.objects.filter(subscription__in=subscriptions, invoice=None).order_by("pk")
    charges: dict[UUID, list[Charge]] = defaultdict(list)
    for charge in waiting.select_for_update(skip_locked=True) if lock else waiting:
        charges[charge.subscription_id].append(charge)
    return {
        cycle.pk: Facts(
            discounts=tuple(discounts[cycle.subscription_id]), charges=tuple(charges.pop(cycle.subscription_id, ()))
        )
        for cycle in cycles
    }
