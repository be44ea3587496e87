"""The tenant as his documents need him, read once for as many as are made in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.common.reads import Rows
from apps.common.statements import ask
from apps.invoices.draft import Draft
from apps.outcomes.catalog import ask_newest_versions
from apps.outcomes.models import DefinitionVersion
from apps.taxes.rates import Rates, ask_rates
from apps.tenants.logo import ask_current_logo
from apps.tenants.models import Profile
from apps.tenants.scope import current_tenant_id


@dataclass(frozen=True, slots=True)
class Issuer:
    """`names`: the newest version of each outcome's definition, by code. `logo`: the SHA-256 of the picture in use."""

    profile: Profile
    names: dict[str, DefinitionVersion]
    rates: Rates
    logo: str | None

    def skips(self, draft: Draft) -> bool:
        """Whether no invoice is made of the draft: it has nothing to bill, and the tenant wants none of 0.00."""
        return self.profile.skip_empty_invoices and draft.empty


PROFILE = Rows(Profile, "profile")
PROFILES = f"SELECT {PROFILE.columns} FROM tenants_profile profile WHERE tenant_id = %b"  # noqa: S608  # of columns


def read_issuer() -> Issuer:
    """The tenant in scope, as of now."""
    return ask_issuer()()


def ask_issuer() -> Callable[[], Issuer]:
    """Ask for the tenant in scope."""
    profiles = ask(PROFILES, [current_tenant_id()])
    names, rates, logo = ask_newest_versions(), ask_rates(), ask_current_logo()
    return lambda: Issuer(PROFILE.all(profiles())[0], names(), rates(), logo())
