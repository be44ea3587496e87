"""Where counts meet prices: a cycle's usage, rated under its terms. Live amount and invoice both come from here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from apps.common.money import exact
from apps.common.periods import Period
from apps.events import usage
from apps.events.usage import Sums
from apps.invoices.basis import Basis
from apps.invoices.models import Cycle
from apps.invoices.subscribe import cut
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
    sums: tuple[Sums, ...]

    @property
    def terms(self) -> Terms:
        return self.basis.terms

    @property
    def period(self) -> Period:
        return self.basis.period

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


def is_trial(cycle: Cycle) -> bool:
    """Whether the cycle is its subscription's trial, in which nothing is charged."""
    return cycle.index == 0 and cycle.subscription.trial_end is not None


def basis_of(cycle: Cycle, fees: Sequence[FeePeriod]) -> Basis:
    """The subscription's terms for the cycle, with these base fees."""
    terms = terms_of_subscription(cycle.subscription)
    return Basis(terms, cycle.period, tuple(fees), trial=is_trial(cycle))


def drafted(basis: Basis, sums: Sequence[Sums]) -> Draft:
    """What is billed on this basis for these sums."""
    return Draft(basis, basis.rate(usage_rows(sums)), tuple(sums))


def draft(cycle: Cycle, fees: Sequence[FeePeriod]) -> Draft:
    """The cycle's usage as it stands, with these base fees, under the subscription's terms."""
    return drafted(basis_of(cycle, fees), usage.totals(cycle.customer_id, cycle.period))


def draft_live(cycle: Cycle) -> Draft:
    """What the cycle costs so far: its usage and its own fee, whenever that is billed."""
    return draft(cycle, own_fees(cycle))


def rate_live(cycle: Cycle, rows: Iterable[UsageRow]) -> Rating:
    """What the cycle would cost so far had it counted these rows."""
    return basis_of(cycle, own_fees(cycle)).rate(rows)


def draft_close(cycle: Cycle) -> Draft:
    """What its close bills: its usage, and its own fee in arrears or the next cycle's in advance."""
    fee = terms_of_subscription(cycle.subscription).base_fee
    return draft(cycle, next_fees(cycle) if fee and fee.timing == "advance" else own_fees(cycle))


def draft_start(cycle: Cycle) -> Draft:
    """What the start of a subscription bills: the first cycle's fee in advance, and nothing else."""
    return drafted(replace(basis_of(cycle, own_fees(cycle)), only_fees=True), [])


def own_fees(cycle: Cycle) -> list[FeePeriod]:
    """The cycle's own fee; none in a trial."""
    return [] if is_trial(cycle) else [FeePeriod(cycle.period, cycle.full)]


def next_fees(cycle: Cycle) -> list[FeePeriod]:
    """The next cycle's fee; none when the subscription ends with this one."""
    following = cycle_of(cycle.subscription, cycle.index + 1)
    period = cut(following.period, cycle.subscription.end)
    return [FeePeriod(period, following.full)] if period else []
