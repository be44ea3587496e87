"""Where counts meet prices: a cycle's usage, rated under its terms. Live amount and invoice both come from here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from apps.common.money import exact
from apps.common.periods import Period
from apps.events.usage import Sums
from apps.invoices.basis import Basis
from apps.invoices.facts import Facts, facts_of
from apps.invoices.models import Cycle
from apps.invoices.subscribe import cut
from apps.plans.discounts import DiscountTerm
from apps.plans.models import Discount
from apps.plans.one_offs import OneOff
from apps.plans.pricers.usage import UsageRow
from apps.plans.published import terms_of_subscription
from apps.plans.rating import FeePeriod, Rating
from apps.plans.subscribed import cycle_of
from apps.plans.terms import Terms


@dataclass(frozen=True, slots=True)
class Judges:
    """A definition version and how much of a line's quantity it judged."""

    version: int
    hash: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Draft:
    """A rated cycle: what its invoice holds, what it was rated on, and the sums behind it."""

    basis: Basis
    rating: Rating
    sums: tuple[Sums, ...] = ()

    @property
    def terms(self) -> Terms:
        return self.basis.terms

    @property
    def period(self) -> Period:
        return self.basis.period

    @property
    def empty(self) -> bool:
        """Whether there is nothing to bill and nothing to show: no fee and no charge, and no entry of what is priced.

        What counted and costs nothing, or was voided or held, is shown; and so is a part of a fee that rounds to zero.
        """
        priced = {price.outcome for price in self.terms.prices}
        if any(line.amount_exact or line.kind == "one_off" for line in self.rating.lines):
            return False
        return not any(one.entries for one in self.sums if one.definition in priced)

    def judges(self, outcome: str | None) -> list[Judges]:
        """The versions that judged what an outcome's line counts, oldest first."""
        by_version: dict[tuple[int, str], Decimal] = {}
        with exact():
            for one in self.sums:
                if one.definition == outcome and (one.quantity or one.items):
                    key = (one.version, one.hash)
                    by_version[key] = by_version.get(key, Decimal(0)) + one.quantity
        return [Judges(*key, quantity) for key, quantity in sorted(by_version.items())]


def usage_rows(sums: Iterable[Sums]) -> list[UsageRow]:
    """Sums as the pricers take them."""
    return [UsageRow(one.definition, one.quantity, one.value, one.items, one.dimension or None) for one in sums]


def drafted(basis: Basis, sums: tuple[Sums, ...] = ()) -> Draft:
    """What is billed on this basis for these sums."""
    return Draft(basis, basis.rate(usage_rows(sums)), sums)


type Drafting = Callable[[Cycle, Facts], Draft]


def draft_live(cycle: Cycle, facts: Facts | None = None) -> Draft:
    """What the cycle costs so far: its usage and its own fee, whenever that is billed."""
    known = facts or facts_of([cycle])[cycle.pk]
    return drafted(_of_cycle(cycle, known, own_fees(cycle), fees_of=cycle.index), known.sums)


def draft_close(cycle: Cycle, facts: Facts | None = None) -> Draft:
    """What its close bills: its usage, and its own fee in arrears or the next cycle's in advance."""
    known = facts or facts_of([cycle])[cycle.pk]
    in_advance = pays_in_advance(terms_of_subscription(cycle.subscription))
    fees = next_fees(cycle) if in_advance else own_fees(cycle)
    return drafted(_of_cycle(cycle, known, fees, fees_of=cycle.index + in_advance), known.sums)


def draft_start(cycle: Cycle, facts: Facts | None = None) -> Draft:
    """What the start of a subscription bills: the first cycle's fee in advance, and what is charged once.

    Discounts of an amount wait for the close: they are given once a cycle.
    """
    known = facts or facts_of([cycle], usages=False)[cycle.pk]
    terms = terms_of_subscription(cycle.subscription)
    percents = (one for one in known.discounts if one.coupon.percent is not None)
    return drafted(
        Basis(
            terms,
            cycle.period,
            fees=own_fees(cycle),
            discounts=tuple(_discounts(percents, cycle.index, cycle.index)),
            charges=(*terms.one_offs, *_charges(known)),
            only_fees=True,
        )
    )


def _of_cycle(cycle: Cycle, facts: Facts, fees: tuple[FeePeriod, ...], *, fees_of: int) -> Basis:
    """The basis of a cycle's usage with these fees, which are those of cycle number `fees_of`."""
    terms = terms_of_subscription(cycle.subscription)
    once = () if has_start(cycle) or cycle.index else terms.one_offs
    return Basis(
        terms,
        cycle.period,
        fees=fees,
        trial=is_trial(cycle),
        discounts=tuple(_discounts(facts.discounts, cycle.index, fees_of)),
        charges=(*once, *_charges(facts)),
    )


def _discounts(given: Iterable[Discount], usage_of: int, fees_of: int) -> Iterator[DiscountTerm]:
    """The discounts that hold for the usage of one cycle and the fee of another; an amount goes with the usage."""
    for one in given:
        coupon, usage, fees = one.coupon, one.holds_in(usage_of), one.holds_in(fees_of)
        if coupon.percent is not None and (usage or fees):
            yield DiscountTerm(coupon.name, percent=coupon.percent, usage=usage, fees=fees)
        elif coupon.amount is not None and usage:
            yield DiscountTerm(coupon.name, amount=coupon.amount)


def _charges(facts: Facts) -> Iterator[OneOff]:
    return (OneOff(one.description, one.amount, one.tax_category) for one in facts.charges)


def is_trial(cycle: Cycle) -> bool:
    """Whether the cycle is its subscription's trial, in which nothing is charged."""
    return cycle.index == 0 and cycle.subscription.trial_end is not None


def pays_in_advance(terms: Terms) -> bool:
    """Whether the base fee is billed before the cycle that it is for."""
    return terms.base_fee is not None and terms.base_fee.timing == "advance"


def has_start(cycle: Cycle) -> bool:
    """Whether an invoice of its own bills the subscription's first fee: then it is the first invoice."""
    return pays_in_advance(terms_of_subscription(cycle.subscription)) and cycle.subscription.trial_end is None


def own_fees(cycle: Cycle) -> tuple[FeePeriod, ...]:
    """The cycle's own fee; none in a trial."""
    return () if is_trial(cycle) else (FeePeriod(cycle.period, cycle.full),)


def next_fees(cycle: Cycle) -> tuple[FeePeriod, ...]:
    """The next cycle's fee; none when the subscription ends with this one."""
    following = cycle_of(cycle.subscription, cycle.index + 1)
    period = cut(following.period, cycle.subscription.end)
    return (FeePeriod(period, following.full),) if period else ()
