"""What is charged: plans, their versions, and what one would cost."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.paging import Query, page
from apps.api.views import ApiView, answer
from apps.common.money import amount_text
from apps.common.numbers import plain
from apps.common.reading import Fields, InvalidInput
from apps.invoices.document import describe, steps_of
from apps.outcomes.catalog import newest_versions
from apps.plans.models import Plan, PlanVersion
from apps.plans.pricers.usage import ZERO, UsageRow
from apps.plans.published import create_plan, publish_plan_version, terms_of
from apps.plans.rating import FeePeriod, Rating, rate
from apps.plans.terms import Terms
from apps.tenants.models import Scope

MOST_ITEMS = 10**15


class Plans(ApiView):
    """`/plans`"""

    @described("list_plans", "List plans", answer=examples.plan.page(), parameters=query())
    def get(self, request: Any) -> HttpResponse:
        return answer(page(Query(request), fetched(Plan.objects.all()), shape))

    @described(
        "create_plan",
        "Create a plan; its first version is published at once",
        body=examples.new_plan,
        answer=examples.whole_plan,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any) -> HttpResponse:
        body = self.body()
        fields = Fields(body)
        code, name = fields.code("code"), fields.text("name", 200)
        terms = {field: body[field] for field in fields.names() if field not in ("code", "name")}
        _raise_with_terms(fields, terms)
        create_plan(code=code, name=name, terms=terms, at=self.call.at)
        return answer(_told(code), 201)


class OnePlan(ApiView):
    """`/plans/{code}`"""

    @described("get_plan", "Read a plan and all its versions", answer=examples.whole_plan)
    def get(self, request: Any, code: str) -> HttpResponse:
        return answer(_told(code))


class Versions(ApiView):
    """`/plans/{code}/versions`"""

    @described(
        "publish_plan_version",
        "Publish the next version",
        body=examples.new_plan_version,
        answer=examples.whole_plan,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any, code: str) -> HttpResponse:
        plan = Plan.objects.get(code=code)
        body = self.body()
        fields = Fields(body)
        name = fields.text("name", 200, plan.name)
        if "currency" in fields.names():
            fields.fail("currency", "unknown_field", "is the plan's own and can't change")
        terms = {field: body[field] for field in fields.names() if field not in ("name", "currency")}
        _raise_with_terms(fields, terms | {"currency": plan.currency})
        publish_plan_version(plan, name=name, terms=terms, at=self.call.at)
        return answer(_told(code), 201)


class PlanPreview(ApiView):
    """`/plans/{code}/preview`"""

    needs = {"POST": Scope.READ}

    @described("preview_plan", "What usage would cost", body=examples.hypothesis, answer=examples.rating)
    def post(self, request: Any, code: str) -> HttpResponse:
        plan = Plan.objects.get(code=code)
        fields = Fields(self.body())
        version = read_version(fields, plan)
        usage = [_read_usage(row) for row in fields.objects("usage")]
        if version:
            _refuse_unpriced(fields, terms_of(version), usage)
        fields.finish()
        if fields.problems or version is None:
            raise InvalidInput(fields.problems)
        terms = terms_of(version)
        return answer(rating_shape(rate(terms, usage, [FeePeriod()], None, charges=terms.one_offs), version))


def _raise_with_terms(fields: Fields, terms: dict[str, Any]) -> None:
    """Say all that is wrong with a plan's own fields and with its terms in one answer."""
    problems = list(fields.problems)
    try:
        Terms.from_json(terms)
    except InvalidInput as error:
        problems += error.problems
    if problems:
        raise InvalidInput(problems)


def read_version(fields: Fields, plan: Plan | None) -> PlanVersion | None:
    """The plan's version that the field `version` names, or its newest; None, with its problem noted, for another."""
    number = fields.whole("version", 0, most=2**31 - 1)
    rows = PlanVersion.objects.filter(plan=plan).select_related("plan").order_by("-number")
    version: PlanVersion | None = (rows.filter(number=number) if fields.given("version") else rows).first()
    if plan and version is None:
        fields.fail("version", "unknown_version", f"{plan.code} has no such version")
    return version


def _read_usage(fields: Fields) -> UsageRow:
    outcome, quantity = fields.code("outcome"), fields.number("quantity")
    row = UsageRow(
        outcome,
        quantity,
        fields.number("value", ZERO),
        fields.whole("items", int(quantity), most=MOST_ITEMS),
        fields.text_or_none("dimension", 255),
    )
    fields.finish()
    return row


def _refuse_unpriced(fields: Fields, terms: Terms, usage: list[UsageRow]) -> None:
    priced = {price.outcome for price in terms.prices}
    for position, row in enumerate(usage):
        if row.outcome not in priced:
            fields.fail(f"usage[{position}].outcome", "not_priced", "has no price in this version of the plan")


def rating_shape(rating: Rating, version: PlanVersion) -> dict[str, Any]:
    """Lines and sums of usage that belongs to no cycle; taxes depend on a customer, so there are none."""
    names, currency = newest_versions(), rating.currency
    return {
        "currency": currency,
        "lines": [
            {
                "kind": line.kind,
                "outcome": line.outcome,
                "description": describe(line, version, names.get(line.outcome or "")),
                "period": None,
                "quantity": plain(line.quantity),
                "amount": amount_text(line.amount, currency),
                "amount_exact": plain(line.amount_exact),
                "breakdown": steps_of(line),
                "tax_category": line.tax_category,
            }
            for line in rating.lines
        ],
        "subtotal": amount_text(rating.subtotal, currency),
        "discount": amount_text(rating.discount, currency),
        "taxes": [],
        "tax": amount_text(ZERO, currency),
        "total": amount_text(rating.total, currency),
    }


def fetched(plans: QuerySet[Plan]) -> QuerySet[Plan]:
    return plans.prefetch_related("versions")


def _told(code: str) -> dict[str, Any]:
    """A plan with every version of it, newest first."""
    plan = fetched(Plan.objects.all()).get(code=code)
    return shape(plan) | {"versions": [_version(one) for one in _newest_first(plan)]}


def shape(plan: Plan) -> dict[str, Any]:
    """A plan by its newest version."""
    return {
        "id": plan.pk,
        "code": plan.code,
        "currency": plan.currency,
        "created_at": plan.created_at,
        **_version(_newest_first(plan)[0]),
    }


def _newest_first(plan: Plan) -> list[PlanVersion]:
    return sorted(plan.versions.all(), key=lambda one: -one.number)


def _version(one: PlanVersion) -> dict[str, Any]:
    terms = {"trial_days": 0, "one_off": [], **terms_of(one).to_json()}
    return {"version": one.number, "name": one.name, "published_at": one.published_at, **terms}
