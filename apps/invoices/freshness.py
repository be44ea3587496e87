"""Whether a customer's live page would look different now: asked every two seconds, so it never touches the ledger.

A mark names all that the page depends on. The entries of the days that are still open are counted in Usage, where
every outcome, late one, void, hold and release adds one; days before `closed_through` never change. What no entry tells
is the clock's part: the customer's day, and the instant at which the next pending outcome settles, which is read from
the ledger once, when the page is made, and afterwards only compared with the clock.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from apps.common.statements import ask
from apps.events import usage
from apps.events.pending import ask_next_settlement
from apps.invoices.live import running_cycles
from apps.invoices.models import Cycle
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id

NEVER = "never"
MOST_DIGITS = 20
"""Of an instant in microseconds, as far as time goes."""


def ask_mark(customer: Customer, cycles: Sequence[Cycle], *, at: datetime) -> Callable[[], str]:
    """Ask for the mark of a page made at `at`, fit for a URL; `cycles` are the running ones.

    Ask before the figures are read: what commits in between then counts as a change, never as seen.
    """
    settles = ask_next_settlement(customer.pk, at=at)
    before = _ask_entries_and_day(customer, cycles, at)

    def mark() -> str:
        instant = settles()
        return f"{before()}.{_micros(instant) if instant else NEVER}"

    return mark


def unchanged(seen: str, customer: Customer, *, at: datetime) -> bool:
    """Whether a page that carries the mark `seen` would look the same at `at`. An unreadable mark is a change."""
    before, _, settles = seen.rpartition(".")
    if settles != NEVER and not (len(settles) <= MOST_DIGITS and settles.isdecimal() and _micros(at) < int(settles)):
        return False
    return before == _ask_entries_and_day(customer, running_cycles(customer, at=at), at)()


TOLD = """
SELECT profile.config_version,
    (SELECT count(*) FROM plans_discount discount JOIN plans_subscription subscription
        ON subscription.tenant_id = discount.tenant_id AND subscription.id = discount.subscription_id
        WHERE subscription.tenant_id = profile.tenant_id AND subscription.customer_id = %b),
    (SELECT coalesce(left(md5(string_agg(charge.id::text, ' ' ORDER BY charge.id)), 8), '') FROM invoices_charge charge
        WHERE charge.tenant_id = profile.tenant_id AND charge.customer_id = %b AND charge.invoice_id IS NULL)
FROM tenants_profile profile WHERE profile.tenant_id = %b
"""
"""What people told of the customer: settings, the coupons given, and the one-off charges that wait."""


def _ask_entries_and_day(customer: Customer, cycles: Sequence[Cycle], at: datetime) -> Callable[[], str]:
    """Entries fall on the days from the fence on."""
    entries = usage.ask_entries(customer.pk, customer.closed_through)
    told = ask(TOLD, [customer.pk, customer.pk, current_tenant_id()])
    running = [f"{cycle.subscription_id.hex}-{cycle.index}-{cycle.end:%Y%m%d}" for cycle in cycles]
    days = [f"{customer.today(at):%Y%m%d}", f"{customer.closed_through:%Y%m%d}"]
    return lambda: ".".join([str(entries()), *map(str, told()[0]), *days, *running])


def _micros(instant: datetime) -> int:
    """Microseconds since 1970, exactly: PostgreSQL and Python both count in them."""
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
