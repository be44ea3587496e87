"""The tenant as his documents need him, read once for as many as are made in one transaction."""

from dataclasses import dataclass

from apps.outcomes.catalog import newest_versions
from apps.outcomes.models import DefinitionVersion
from apps.taxes.models import TaxRate
from apps.taxes.rates import Rates
from apps.tenants.logo import current_logo
from apps.tenants.models import Profile


@dataclass(frozen=True, slots=True)
class Issuer:
    """`names`: the newest version of each outcome's definition, by code. `logo`: the SHA-256 of the picture in use."""

    profile: Profile
    names: dict[str, DefinitionVersion]
    rates: Rates
    logo: str | None


def read_issuer() -> Issuer:
    """The tenant in scope, as of now: four queries."""
    profile: Profile = Profile.objects.get()
    return Issuer(profile, newest_versions(), Rates(TaxRate.objects.all()), current_logo())
