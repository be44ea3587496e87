"""Which rates hold: by country and region of the customer, tax category and day."""

import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

from apps.common.categories import STANDARD
from apps.common.reads import Rows
from apps.common.statements import ask
from apps.taxes.models import TaxRate
from apps.taxes.tax import Rate
from apps.tenants.scope import current_tenant_id


class Rates:
    """A tenant's rates, read once and asked for many lines."""

    def __init__(self, rows: Iterable[TaxRate]) -> None:
        self._by_country: dict[str, list[TaxRate]] = {}
        self._known: dict[tuple[str, str, str, date], tuple[Rate, ...]] = {}
        for row in sorted(rows, key=lambda row: (row.region != "", row.name, row.percent)):
            self._by_country.setdefault(row.country, []).append(row)

    def on(self, day: date, *, country: str, region: str | None, category: str) -> tuple[Rate, ...]:
        """The rates that hold on the day: those of the whole country first, then those of the region, by name.

        A category without a rate of its own is taxed as the standard one: nothing goes untaxed because a rate was
        forgotten. What is not taxed gets a rate of 0, or the customer is exempt.
        """
        if country not in self._by_country:
            return ()
        key = (country, plain_region(region), category, day)
        if key not in self._known:
            self._known[key] = self._of(*key) or self._of(country, plain_region(region), STANDARD, day)
        return self._known[key]

    def _of(self, country: str, region: str, category: str, day: date) -> tuple[Rate, ...]:
        return tuple(
            Rate(row.name, row.percent)
            for row in self._by_country[country]
            if row.category == category and holds(row, day) and plain_region(row.region) in ("", region)
        )


RATE = Rows(TaxRate, "rate")
RATES = f"SELECT {RATE.columns} FROM taxes_taxrate rate WHERE tenant_id = %b"  # noqa: S608  # names of columns


def ask_rates() -> Callable[[], Rates]:
    """Ask for the rates of the tenant in scope."""
    rows = ask(RATES, [current_tenant_id()])
    return lambda: Rates(RATE.all(rows()))


def holds(rate: TaxRate, day: date) -> bool:
    """Whether a rate holds on a day."""
    return rate.valid_from <= day and (rate.valid_until is None or day < rate.valid_until)


def plain_region(region: str | None) -> str:
    """A region without case, accents and outer spaces: "Québec" and "QUEBEC" are one."""
    letters = unicodedata.normalize("NFKD", (region or "").strip())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()
