"""The terms that a subscription is billed by: its plan version's, with its own over them."""

from typing import Any

import pytest

from apps.plans.models import PlanVersion, Subscription
from apps.plans.published import terms_of, terms_of_subscription
from apps.tenants.scope import scope
from tests.cast import Vendor


@pytest.fixture
def version(northwind: Vendor) -> PlanVersion:
    northwind.definition()
    return northwind.plan()


def on(version: PlanVersion, **overrides: Any) -> Subscription:
    """A subscription as it would be read; nothing of it is stored."""
    return Subscription(plan_version=version, overrides=overrides)


def test_without_overrides_they_are_the_plans(northwind: Vendor, version: PlanVersion) -> None:
    with scope(northwind.tenant.pk):
        assert terms_of_subscription(on(version)) is terms_of(version)


def test_each_subscription_has_its_own_however_often_it_is_asked(northwind: Vendor, version: PlanVersion) -> None:
    with scope(northwind.tenant.pk):
        plain = terms_of(version)
        for _ in range(2):
            found = [terms_of_subscription(on(version, minimum=text)).minimum for text in ("50.00", "60.00", None)]
            assert list(map(str, found)) == ["50.00", "60.00", "None"]
        assert terms_of(version) == plain


def test_the_same_overrides_are_read_once(northwind: Vendor, version: PlanVersion) -> None:
    with scope(northwind.tenant.pk):
        first, second = (terms_of_subscription(on(version, base_fee=None, minimum="5.00")) for _ in range(2))
        other_order = terms_of_subscription(on(version, minimum="5.00", base_fee=None))
    assert first is second is other_order
    assert first.base_fee is None
