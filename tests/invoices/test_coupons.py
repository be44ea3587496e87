"""Coupons: who may give one, how often and until when, and from which cycle it holds."""

from datetime import date
from typing import Any

import pytest

from apps.common.reading import InvalidInput
from apps.invoices.cancel import cancel
from apps.invoices.change_plan import change_plan
from apps.invoices.close import close_tenant
from apps.invoices.give_coupon import give_coupon
from apps.invoices.subscribe import Refused
from apps.plans.coupons import NotGiven, archive, create_coupon, read_coupon, times_given
from apps.plans.models import Coupon, Discount, Subscription
from apps.plans.published import CodeTaken
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.threads import times

NOON = instant("2026-11-18 12:00")
SPRING = {"code": "spring", "name": "Spring offer", "percent": "20", "cycles": 3}


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


@pytest.fixture
def growth(northwind: Vendor, halden: Customer) -> Subscription:
    return northwind.subscribe(halden, northwind.plan(), "2026-11-01")


def coupon(vendor: Vendor, **changes: Any) -> Coupon:
    with scope(vendor.tenant.pk):
        return create_coupon(read_coupon(SPRING | changes), at=NOON)


def give(vendor: Vendor, to: Subscription, one: Coupon, at: Any = NOON) -> Discount:
    with scope(vendor.tenant.pk):
        return give_coupon(to, one, at=at)


def test_it_holds_from_the_running_cycle_on(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-10-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 12:00"))
    given = give(northwind, subscription, coupon(northwind))
    assert (given.first, given.cycles) == (1, 3)
    assert [given.holds_in(index) for index in range(5)] == [False, True, True, True, False]


def test_it_is_given_once_to_a_subscription(northwind: Vendor, growth: Subscription) -> None:
    spring = coupon(northwind)
    give(northwind, growth, spring)
    with pytest.raises(NotGiven, match="has the coupon spring already"):
        give(northwind, growth, spring)


def test_an_archived_one_is_given_no_more_and_kept_by_who_has_it(northwind: Vendor, growth: Subscription) -> None:
    spring, autumn = coupon(northwind), coupon(northwind, code="autumn")
    give(northwind, growth, spring)
    with scope(northwind.tenant.pk):
        for one in (spring, autumn):
            archive(one, at=NOON)
    with pytest.raises(NotGiven, match="autumn is archived"):
        give(northwind, growth, autumn)
    with scope(northwind.tenant.pk):
        assert Discount.objects.get().coupon_id == spring.pk


def test_its_last_day_is_one_of_the_customers_calendar(northwind: Vendor, growth: Subscription) -> None:
    spring = coupon(northwind, redeem_by="2026-11-17")
    give(northwind, growth, spring, at=instant("2026-11-18 04:00"))  # still the 17th in New York
    with pytest.raises(NotGiven, match="until 2026-11-17"):
        give(northwind, growth, coupon(northwind, code="late", redeem_by="2026-11-17"))


def test_an_amount_is_in_the_customers_currency(northwind: Vendor, growth: Subscription) -> None:
    euros = coupon(northwind, percent=None, amount="10.00", currency="EUR")
    with pytest.raises(InvalidInput, match="is in EUR; this subscription is billed in USD"):
        give(northwind, growth, euros)


def test_one_that_has_ended_gets_none(northwind: Vendor, growth: Subscription) -> None:
    with scope(northwind.tenant.pk):
        cancel(growth, when="now", at=NOON)
    with pytest.raises(Refused, match="has ended already"):
        give(northwind, growth, coupon(northwind), at=instant("2026-11-20 12:00"))


def test_of_eight_who_take_the_last_one_at_once_one_gets_it(northwind: Vendor, halden: Customer) -> None:
    plan, spring = northwind.plan(), coupon(northwind, most=1)
    rows = [northwind.subscribe(northwind.customer(f"c{n}"), plan, "2026-11-01") for n in range(8)]

    def attempt(number: int) -> bool:
        try:
            give(northwind, rows[number], spring)
        except NotGiven:
            return False
        return True

    assert sum(times(8, attempt)) == 1


def test_what_goes_along_with_a_change_of_plan_is_not_given_again(northwind: Vendor, growth: Subscription) -> None:
    spring = coupon(northwind, most=1)
    give(northwind, growth, spring)
    scale = northwind.plan("scale")
    with scope(northwind.tenant.pk):
        new = change_plan(growth, scale, when="cycle_end", at=NOON)
        assert times_given([spring.pk]) == {spring.pk: 1}
        carried = Discount.objects.get(subscription=new)
    assert (carried.first, carried.cycles) == (0, 2)


def test_one_given_to_what_was_to_come_goes_along_when_that_gives_way(northwind: Vendor, growth: Subscription) -> None:
    scale, spring = northwind.plan("scale"), coupon(northwind)
    with scope(northwind.tenant.pk):
        coming = change_plan(growth, scale, when="cycle_end", at=NOON)
        give_coupon(coming, spring, at=NOON)
        new = change_plan(growth, scale, when="now", at=NOON)
        assert [one.cycles for one in Discount.objects.filter(subscription=new)] == [3]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"percent": None}, "percent"),
        ({"amount": "5.00", "currency": "USD"}, "percent"),
        ({"percent": "101"}, "percent"),
        ({"percent": "0"}, "percent"),
        ({"currency": "USD"}, "currency"),
        ({"percent": None, "amount": "5.00"}, "currency"),
        ({"percent": None, "amount": "5.005", "currency": "USD"}, "amount"),
        ({"percent": None, "amount": "0", "currency": "USD"}, "amount"),
        ({"cycles": 0}, "cycles"),
        ({"most": 0}, "most"),
        ({"redeem_by": "soon"}, "redeem_by"),
        ({"code": "two words"}, "code"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_coupon_names_the_field(change: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_coupon(SPRING | change)
    assert [problem.path for problem in caught.value.problems] == [field]


def test_a_code_is_used_once(northwind: Vendor) -> None:
    coupon(northwind)
    with pytest.raises(CodeTaken, match="a coupon spring already"):
        coupon(northwind)


def test_a_last_day_is_a_date() -> None:
    assert read_coupon(SPRING | {"redeem_by": "2026-12-31"}).redeem_by == date(2026, 12, 31)
