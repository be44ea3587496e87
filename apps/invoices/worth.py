"""What one outcome costs: how much lower its cycle's bill would be without it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.common.money import exact
from apps.events.models import Outcome
from apps.invoices.draft import draft_live, usage_rows
from apps.invoices.models import Cycle
from apps.plans.pricers.usage import UsageRow
from apps.plans.rating import Line


@dataclass(frozen=True, slots=True)
class Worth:
    """`adds` is what the outcome adds to the bill of its cycle, before tax; `line` is the line that it is a part of."""

    cycle: Cycle
    currency: str
    adds: Decimal
    line: Line


def worth(outcome: Outcome, day: date, *, counts: bool) -> Worth | None:
    """What an outcome booked on `day` costs; None where no subscription prices it. One that doesn't count adds nothing.

    Included units, tiers and bounds make this depend on all the others: an outcome within the included
    quantity adds nothing.
    """
    cycle = pricing_cycle(outcome, day)
    if cycle is None:
        return None
    draft = draft_live(cycle)
    code = outcome.version.definition.code
    line = next(line for line in draft.rating.lines if line.kind == "usage" and line.outcome == code)
    adds = Decimal(0)
    if counts:
        less = UsageRow(code, -outcome.quantity, -outcome.value, -outcome.items, outcome.dimension or None)
        without = draft.basis.rate([*usage_rows(draft.sums), less])
        with exact():
            adds = draft.rating.total - without.total
    return Worth(cycle, draft.terms.currency, adds, line)


def pricing_cycle(outcome: Outcome, day: date) -> Cycle | None:
    """The cycle whose subscription prices the outcome's definition on this day."""
    priced = Cycle.objects.filter(
        customer=outcome.customer_id,
        start__lte=day,
        end__gt=day,
        subscription__plan_version__prices__definition=outcome.version.definition_id,
    )
    found: Cycle | None = priced.select_related("customer", "subscription__plan_version__plan").first()
    return found
