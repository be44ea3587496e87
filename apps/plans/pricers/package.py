"""Package: units are sold by the package, and a begun package is charged whole.

Included units come off first: with 100 included and packages of 50, unit 101 begins the first package.
"""

from collections.abc import Sequence

from apps.common.phrases import phrases
from apps.plans.pricers.usage import Step, UsageRow, shown, total, without_included
from apps.plans.prices import PackagePrice


def price(price: PackagePrice, rows: Sequence[UsageRow]) -> list[Step]:
    """The steps of one outcome's usage; their amounts sum to what it costs, unrounded."""
    billable, included = without_included(total(rows).quantity, price.included)
    if not billable:
        return [*included]
    full, rest = divmod(billable, price.package_size)
    packages = full + 1 if rest else full
    words = phrases(
        "{packages} package of {size} at {amount}",
        "{packages} packages of {size} at {amount}",
        int(packages),
        packages=shown(packages),
        size=shown(price.package_size),
        amount=price.package_amount,
    )
    return [*included, Step(words, packages, price.package_amount, packages * price.package_amount)]
