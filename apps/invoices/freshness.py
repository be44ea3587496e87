"""Whether a customer's live page would look different now: asked every two seconds, so it never touches the ledger.

A mark names all that the page depends on. The entries of the days that are still open are counted in Usage, where
every outcome, late one, void, hold and release adds one; days before `closed_through` never change. What no entry tells
is the clock's part: the customer's day, and the instant at which the next pending outcome settles, which is read from
the ledger once, when the page is made, and afterwards only compared with the clock.
"""

from datetime import UTC, date, datetime

from apps.common.periods import Period
from apps.events import usage
from apps.invoices.live import running_cycles
from apps.tenants.models import Customer, Profile

NEVER = "never"


def open_days(customer: Customer) -> Period:
    """The days on which entries can still fall: from the fence on."""
    return Period(customer.closed_through, date.max)


def mark(customer: Customer, *, at: datetime) -> str:
    """The mark of a page made at `at`, fit for a URL.

    Take it before the figures are read: what commits in between then counts as a change, never as seen.
    """
    settles = usage.next_settlement(customer.pk, at=at)
    return f"{_entries_and_day(customer, at)}.{_micros(settles) if settles else NEVER}"


def unchanged(seen: str, customer: Customer, *, at: datetime) -> bool:
    """Whether a page that carries the mark `seen` would look the same at `at`. An unreadable mark is a change."""
    before, _, settles = seen.rpartition(".")
    if settles != NEVER and not (settles.isdecimal() and _micros(at) < int(settles)):
        return False
    return before == _entries_and_day(customer, at)


def _entries_and_day(customer: Customer, at: datetime) -> str:
    config = Profile.objects.values_list("config_version", flat=True).get()
    cycles = [
        f"{cycle.subscription_id.hex}-{cycle.index}-{cycle.end:%Y%m%d}" for cycle in running_cycles(customer, at=at)
    ]
    entries = usage.entries(customer.pk, open_days(customer))
    parts = [entries, config, f"{customer.today(at):%Y%m%d}", f"{customer.closed_through:%Y%m%d}", *cycles]
    return ".".join(str(part) for part in parts)


def _micros(instant: datetime) -> int:
    """Microseconds since 1970, exactly: PostgreSQL and Python both count in them."""
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
