"""Coupons: made once, given to subscriptions by their code, and archived when they are no longer given."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count

from apps.common.reading import Fields, InvalidInput, Problem
from apps.plans.models import Coupon, Discount, Subscription
from apps.plans.published import CodeTaken

HUNDRED = Decimal(100)
MOST_CYCLES = 1200
MOST_GIVEN = 2**31 - 1


class NotGiven(ValueError):
    """The coupon can't be given any more, or not to this subscription again."""


@dataclass(frozen=True, slots=True)
class CouponTerms:
    """What a new coupon says: either `percent`, or `amount` for each cycle in `currency`."""

    code: str
    name: str
    percent: Decimal | None
    amount: Decimal | None
    currency: str
    cycles: int | None
    redeem_by: date | None
    most: int | None


def read_coupon(data: object) -> CouponTerms:
    """Read the body of `POST /coupons`. Raises InvalidInput with every problem found."""
    fields = Fields(data)
    code, name = fields.code("code"), fields.text("name", 200)
    percent = fields.positive("percent") if fields.given("percent") else None
    if percent is not None and percent > HUNDRED:
        fields.fail("percent", "out_of_range", "must be at most 100")
    amount, currency = _read_amount(fields)
    if fields.given("percent") == fields.given("amount"):
        fields.fail("percent", "required", "or an amount is required, and not both")
    terms = CouponTerms(
        code,
        name,
        percent,
        amount,
        currency,
        _count(fields, "cycles", MOST_CYCLES),
        fields.day("redeem_by") if fields.given("redeem_by") else None,
        _count(fields, "most", MOST_GIVEN),
    )
    fields.raise_if_any()
    return terms


def _read_amount(fields: Fields) -> tuple[Decimal | None, str]:
    """The amount and its currency, which go together."""
    if not fields.given("amount"):
        if fields.given("currency"):
            fields.fail("currency", "not_needed", "belongs to an amount; a percentage has none")
        return None, ""
    noted = len(fields.problems)
    currency, amount = fields.read_currency(), fields.money("amount")
    if not amount and len(fields.problems) == noted:
        fields.fail("amount", "not_positive", "must be more than zero")
    return amount, currency


def _count(fields: Fields, name: str, most: int) -> int | None:
    """A whole number from 1, or None where it is not given."""
    if not fields.given(name):
        return None
    count = fields.whole(name, 1, most=most)
    if not count:
        fields.fail(name, "out_of_range", f"must be 1 to {most}")
    return count


def create_coupon(terms: CouponTerms, *, at: datetime) -> Coupon:
    """A new coupon. Raises CodeTaken."""
    own = {name: getattr(terms, name) for name in CouponTerms.__dataclass_fields__}
    try:
        with transaction.atomic():
            coupon: Coupon = Coupon.objects.create(**own, created_at=at)
    except IntegrityError:
        raise CodeTaken(f"There is a coupon {terms.code} already; choose another code.") from None
    return coupon


def archive(coupon: Coupon, *, at: datetime) -> None:
    """Give it no more; whoever has it keeps it. A second time changes nothing."""
    Coupon.objects.filter(pk=coupon.pk, archived_at=None).update(archived_at=at)
    coupon.refresh_from_db()


def redeem(subscription: Subscription, coupon: Coupon, *, first: int, today: date, at: datetime) -> Discount:
    """Give the coupon to the subscription from cycle `first` on; `today` is the customer's day at `at`.

    The coupon's row is locked, so that of many who take the last one a single one gets it. Raises NotGiven when it is
    archived, its last day is over, it was given as often as it may, or the subscription has it already; InvalidInput
    when it is in another currency.
    """
    held: Coupon = Coupon.objects.select_for_update().get(pk=coupon.pk)
    currency = subscription.plan_version.plan.currency
    if held.currency and held.currency != currency:
        message = f"is in {held.currency}; this subscription is billed in {currency}"
        raise InvalidInput([Problem("coupon", "currency_differs", message)])
    if held.archived_at:
        raise NotGiven(f"The coupon {held.code} is archived.")
    if held.redeem_by and held.redeem_by < today:
        raise NotGiven(f"The coupon {held.code} could be given until {held.redeem_by}.")
    if Discount.objects.filter(subscription=subscription, coupon=held).exists():
        raise NotGiven(f"This subscription has the coupon {held.code} already.")
    if held.most is not None and times_given([held.pk]).get(held.pk, 0) >= held.most:
        raise NotGiven(f"The coupon {held.code} was given {held.most} times, which is as often as it may be.")
    given: Discount = Discount.objects.create(
        subscription=subscription, coupon=held, first=first, cycles=held.cycles, created_at=at
    )
    return given


def times_given(coupons: Iterable[UUID]) -> dict[UUID, int]:
    """How often each was given; what went along with a change of plan was given before."""
    rows = Discount.objects.filter(coupon__in=list(coupons), carried=False)
    return dict(rows.values_list("coupon").annotate(Count("pk")).order_by())
