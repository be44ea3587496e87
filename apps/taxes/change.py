"""Changing which rates a tenant collects. Documents that were issued keep theirs."""

from datetime import date
from decimal import Decimal

from django.db.models import Q

from apps.common.categories import STANDARD
from apps.common.numbers import plain
from apps.taxes.models import TaxRate
from apps.taxes.rates import plain_region
from apps.tenants.models import Profile


class RateOverlaps(ValueError):
    """The same tax would hold twice on a day."""


class EndsBeforeItBegins(ValueError):
    """A rate needs at least one day on which it holds."""


def add_rate(
    *,
    name: str,
    percent: Decimal,
    country: str,
    valid_from: date,
    region: str = "",
    category: str = STANDARD,
    valid_until: date | None = None,
) -> TaxRate:
    """A new rate for the days [valid_from, valid_until). Raises RateOverlaps, EndsBeforeItBegins."""
    rate = TaxRate(
        name=name,
        percent=percent,
        country=country,
        region=region.strip(),
        category=category,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    _refuse(rate)
    rate.save(force_insert=True)
    return rate


def end_rate(rate: TaxRate, *, on: date) -> None:
    """Let the rate hold until the day before `on`; an end that was set moves there. Raises as `add_rate` does."""
    rate.valid_until = on
    _refuse(rate)
    TaxRate.objects.filter(pk=rate.pk).update(valid_until=on)


def remove_rate(rate: TaxRate) -> None:
    """Take back a rate that was added by mistake."""
    TaxRate.objects.filter(pk=rate.pk).delete()


def _refuse(rate: TaxRate) -> None:
    """Raise where the rate can't be. The tenant's profile is locked, so that no other change passes it by."""
    Profile.objects.select_for_update(no_key=True).get()
    if rate.valid_until and rate.valid_until <= rate.valid_from:
        raise EndsBeforeItBegins(f"{rate.name} begins on {rate.valid_from}; it must end on a later day.")
    same = TaxRate.objects.filter(name__iexact=rate.name, country=rate.country, category=rate.category)
    later = same.exclude(pk=rate.pk).filter(Q(valid_until=None) | Q(valid_until__gt=rate.valid_from))
    if rate.valid_until:
        later = later.filter(valid_from__lt=rate.valid_until)
    clash = next((one for one in later if plain_region(one.region) == plain_region(rate.region)), None)
    if clash:
        days = f"from {clash.valid_from}" + (f" until {clash.valid_until}" if clash.valid_until else " on")
        raise RateOverlaps(f"{clash.name} of {plain(clash.percent)}% holds {days} already; end that one first.")
