"""The part of a form that says what holds for one customer instead of the plan's terms."""

from collections.abc import Mapping
from typing import Any

from django import forms

from apps.common.reading import InvalidInput, Json, Problem
from apps.console.formerrors import add_problem
from apps.console.plan_form import amount_field, newest_versions
from apps.console.price_rows import PriceRow, place, read_rows, typed
from apps.console.words import base_fee, bounds, lines_of
from apps.plans.models import Plan, PlanVersion
from apps.plans.own_terms import FIELD, overrides_for
from apps.plans.published import newest_version, terms_of

ABSENT = "As in the plan"


class Billed(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own is not generic when it runs
    """A choice of what has a name and a currency; its queryset is set in the tenant's scope."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.currency}"


class OwnTermsForm(forms.Form):
    """A plan, and the customer's own terms on it; `rows` has the outcomes that the chosen plan prices."""

    plan = Billed(None, empty_label="Choose a plan", help_text="In the customer's currency.")
    base_fee_amount = amount_field("Base fee")
    minimum = amount_field("An invoice is at least")
    maximum = amount_field("An invoice is at most")

    def __init__(self, data: Mapping[str, str] | None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        field = self.fields["plan"]
        if isinstance(field, Billed):
            field.queryset = Plan.objects.order_by("name")
        self.version = self._version(data)
        self.rows = self._rows(data if data is not None else initial)
        if self.version:
            self._say_the_plans()

    def _version(self, data: Mapping[str, str] | None) -> PlanVersion | None:
        """The newest version of the plan that is chosen so far."""
        try:
            chosen = self.initial.get("plan") if data is None else self.fields["plan"].clean(data.get("plan"))
        except forms.ValidationError:
            return None
        return newest_version(chosen) if chosen else None

    def _rows(self, said: Mapping[str, str]) -> list[PriceRow]:
        if self.version is None:
            return []
        terms, named = terms_of(self.version), {one.definition.code: one for one in newest_versions()}
        prices = [price for price in terms.prices if price.outcome in named]
        rows = read_rows(said, [named[price.outcome] for price in prices])
        for row, price in zip(rows, prices, strict=True):
            row.absent, row.hint = ABSENT, "; ".join(lines_of(price, terms.currency))
        return rows

    def _say_the_plans(self) -> None:
        """Beside each field what it would be without an own one."""
        terms = terms_of(self.version) if self.version else None
        if terms is None:
            return
        self.fields["base_fee_amount"].help_text = f"Empty: as in the plan. {base_fee(terms)}."
        for name in ("minimum", "maximum"):
            own = {name: getattr(terms, name)}
            bound = bounds(own.get("minimum"), own.get("maximum"), terms.currency)
            self.fields[name].help_text = f"Empty: as in the plan{f', {bound}' if bound else ''}."

    @property
    def priced(self) -> list[PriceRow]:
        """The outcomes with a price of the customer's own."""
        return [row for row in self.rows if row.model]

    @property
    def opened(self) -> bool:
        """Whether anything of it is the customer's own, or is wrong."""
        said = any(self[name].value() for name in ("base_fee_amount", "minimum", "maximum"))
        return bool(said or self.priced or self.errors)

    @property
    def refused(self) -> bool:
        """Whether anything is wrong, in a field or in a price."""
        return bool(self.errors or any(row.wrong for row in self.rows))

    def said(self) -> Json | None:
        """The overrides as the API takes them; None where nothing is the customer's own."""
        own: Json = {name: self.cleaned_data[name] for name in ("minimum", "maximum") if self.cleaned_data.get(name)}
        if self.priced:
            own["prices"] = [row.body() for row in self.priced]
        fee = terms_of(self.version).base_fee if self.version else None
        if amount := self.cleaned_data.get("base_fee_amount"):
            kept = {"timing": fee.timing, "tax_category": fee.tax_category} if fee else {"timing": "arrears"}
            own["base_fee"] = {"amount": amount, **kept}
        return own or None

    def read_overrides(self) -> Json | None:
        """The overrides in their stored form, {} for none; None with every problem noted at its input."""
        if self.version is None:
            return None
        try:
            return overrides_for(self.version, self.said())
        except InvalidInput as error:
            for one in error.problems:
                problem = Problem(one.path.removeprefix(f"{FIELD}."), one.code, one.message)
                if not place(problem, self.priced):
                    add_problem(self, problem.path, problem.message)
            return None


def own_initial(overrides: Mapping[str, Any], version: PlanVersion) -> dict[str, Any]:
    """The values of the form that would give these overrides of this version."""
    named = {one.definition.code: one for one in newest_versions()}
    versions = [named[price.outcome] for price in terms_of(version).prices if price.outcome in named]
    known = {one.definition.code for one in versions}
    prices = [price for price in overrides.get("prices") or [] if price["outcome"] in known]
    fee = overrides.get("base_fee") or {}
    own = {name: overrides.get(name) for name in ("minimum", "maximum")}
    return own | {"base_fee_amount": fee.get("amount")} | typed(prices, versions)
