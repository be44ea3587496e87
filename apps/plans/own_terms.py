"""What a subscription may override of its plan version: checked once, when it is made."""

from dataclasses import replace

from apps.common.reading import InvalidInput, Json, Problem
from apps.plans.models import PlanVersion
from apps.plans.overrides import apply, read_overrides
from apps.plans.published import terms_of

FIELD = "overrides"


def overrides_for(version: PlanVersion, data: object) -> Json:
    """The overrides in the form in which they are stored; none for None.

    An override changes a price of the plan and adds none: which outcomes a subscription prices is told by its plan
    version alone, and so without reading any terms. Raises InvalidInput, its paths below the field `overrides`.
    """
    if data is None:
        return {}
    terms = terms_of(version)
    try:
        own = read_overrides(data, terms)
    except InvalidInput as error:
        raise InvalidInput(Problem(_path(one.path), one.code, one.message) for one in error.problems) from None
    priced = {price.outcome for price in terms.prices}
    added = [
        Problem(f"{FIELD}.prices[{position}].outcome", "not_priced", "has no price in this plan, so none to override")
        for position, price in enumerate(apply(replace(terms, prices=()), own).prices)
        if price.outcome not in priced
    ]
    if added:
        raise InvalidInput(added)
    return own


def _path(path: str) -> str:
    return f"{FIELD}.{path}" if path else FIELD
