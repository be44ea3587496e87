"""The rates of tax that a tenant collects."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.paging import Query, page
from apps.api.problems import invalid
from apps.api.views import ApiView, answer
from apps.common.numbers import plain
from apps.common.reading import Fields
from apps.plans.categories import read_category
from apps.taxes.change import EndsBeforeItBegins, add_rate, end_rate
from apps.taxes.models import TaxRate

PERCENT_DECIMALS = 4


class TaxRates(ApiView):
    """`/tax-rates`"""

    @described(
        "list_tax_rates",
        "List tax rates",
        answer=examples.tax_rate.page(),
        parameters=query(country="Two letters of ISO 3166."),
    )
    def get(self, request: Any) -> HttpResponse:
        asked = Query(request)
        rows = TaxRate.objects.all()
        if asked.given("country"):
            rows = rows.filter(country=asked.country("country"))
        return answer(page(asked, rows, shape))

    @described(
        "add_tax_rate",
        "Collect a tax",
        body=examples.new_tax_rate,
        answer=examples.tax_rate,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any) -> HttpResponse:
        fields = Fields(self.body())
        values: dict[str, Any] = {
            "name": fields.text("name", 40),
            "percent": _percent(fields),
            "country": fields.country("country"),
            "region": fields.text("region", 60, ""),
            "category": read_category(fields),
            "valid_from": fields.day("valid_from"),
            "valid_until": fields.day("valid_until") if fields.given("valid_until") else None,
        }
        fields.raise_if_any()
        try:
            return answer(shape(add_rate(**values)), 201)
        except EndsBeforeItBegins as error:
            raise invalid("valid_until", "before_start", str(error)) from None


class EndTaxRate(ApiView):
    """`/tax-rates/{id}/end`"""

    @described("end_tax_rate", "End a tax rate", body=examples.tax_rate_end, answer=examples.tax_rate)
    def post(self, request: Any, id: UUID) -> HttpResponse:
        rate: TaxRate = TaxRate.objects.get(pk=id)
        fields = Fields(self.body())
        on = fields.day("on")
        fields.raise_if_any()
        try:
            end_rate(rate, on=on)
        except EndsBeforeItBegins as error:
            raise invalid("on", "before_start", str(error)) from None
        return answer(shape(rate))


def _percent(fields: Fields) -> Decimal:
    percent = fields.number("percent")
    if percent > 100:
        fields.fail("percent", "out_of_range", "must be 0 to 100")
    elif percent != round(percent, PERCENT_DECIMALS):
        fields.fail("percent", "too_fine", f"must have at most {PERCENT_DECIMALS} decimals")
    return percent


def shape(rate: TaxRate) -> dict[str, Any]:
    return {
        "id": rate.pk,
        "name": rate.name,
        "percent": plain(rate.percent),
        "country": rate.country,
        "region": rate.region or None,
        "tax_category": rate.category,
        "valid_from": rate.valid_from,
        "valid_until": rate.valid_until,
    }
