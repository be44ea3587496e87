"""What the database knows of cycles that are to be rated, read for all of them at once."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from apps.common.arrays import array
from apps.common.reads import Rows
from apps.common.statements import ask
from apps.events import usage
from apps.events.usage import Sums
from apps.invoices.models import Charge, Cycle
from apps.plans.models import Coupon, Discount
from apps.tenants.scope import current_tenant_id


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
    extras = ask_extras(cycles, lock=lock)
    if not usages:
        return extras()
    counted = usage.ask_totals_of({cycle.pk: (cycle.customer_id, cycle.period) for cycle in cycles})
    sums = counted()
    return {key: replace(facts, sums=tuple(sums[key])) for key, facts in extras().items()}


DISCOUNT, COUPON, CHARGE = Rows(Discount, "discount"), Rows(Coupon, "coupon"), Rows(Charge, "charge")
DISCOUNTS = f"""
SELECT {DISCOUNT.columns}, {COUPON.columns} FROM plans_discount discount
JOIN plans_coupon coupon ON coupon.tenant_id = discount.tenant_id AND coupon.id = discount.coupon_id
WHERE discount.tenant_id = %b AND discount.subscription_id = ANY(%b::uuid[]) ORDER BY discount.id
"""  # noqa: S608  # names of columns
CHARGES = f"""
SELECT {CHARGE.columns} FROM invoices_charge charge
WHERE charge.tenant_id = %b AND charge.subscription_id = ANY(%b::uuid[]) AND charge.invoice_id IS NULL
ORDER BY charge.id
"""  # noqa: S608


def ask_extras(cycles: Sequence[Cycle], *, lock: bool = False) -> Callable[[], dict[UUID, Facts]]:
    """Ask for the facts without sums."""
    about = [current_tenant_id(), array("uuid", list({cycle.subscription_id for cycle in cycles}))]
    given = ask(DISCOUNTS, about)
    waiting = ask(f"{CHARGES} FOR UPDATE SKIP LOCKED" if lock else CHARGES, about)
    return lambda: _extras(cycles, given(), waiting())


def _extras(cycles: Sequence[Cycle], given: Iterable[Any], waiting: Sequence[Any]) -> dict[UUID, Facts]:
    discounts: dict[UUID, list[Discount]] = defaultdict(list)
    for row in given:
        values = iter(row)
        one = DISCOUNT.take(values)
        one.coupon = COUPON.take(values)
        discounts[one.subscription_id].append(one)
    charges: dict[UUID, list[Charge]] = defaultdict(list)
    for charge in CHARGE.all(waiting):
        charges[charge.subscription_id].append(charge)
    return {
        cycle.pk: Facts(
            discounts=tuple(discounts[cycle.subscription_id]), charges=tuple(charges.pop(cycle.subscription_id, ()))
        )
        for cycle in cycles
    }
