"""The form of a plan: its own fields, and the rows of the price builder."""

from collections.abc import Mapping
from typing import Any

from django import forms

from apps.common.reading import InvalidInput
from apps.common.text import CODE_VALIDATOR
from apps.console import choices
from apps.console.charge_rows import ChargeRows
from apps.console.formerrors import add_problem
from apps.console.outcome_form import NO_CODE, code_of
from apps.console.price_rows import PriceRow, place, read_rows
from apps.outcomes.models import DefinitionVersion
from apps.plans.terms import LONGEST_TRIAL, Terms

DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}


def amount_field(label: str, help_text: str = "") -> forms.CharField:
    """An amount as text: the domain reads it exactly, and says what is wrong with it."""
    widget = forms.TextInput(attrs=DECIMAL)
    return forms.CharField(label=label, max_length=40, required=False, widget=widget, help_text=help_text)


class PlanForm(forms.Form):
    """What a plan says besides its prices and one-off charges: `rows` and `charges` are those."""

    name = forms.CharField(max_length=200, help_text="As it stands on invoices: Growth.")
    code = forms.CharField(
        max_length=128,
        required=False,
        validators=[CODE_VALIDATOR],
        help_text="For the API. Empty: made of the name.",
        widget=forms.TextInput(attrs={"class": "code", "autocapitalize": "off", "spellcheck": "false"}),
    )
    currency = forms.ChoiceField(choices=choices.currencies, initial="USD")
    interval = forms.ChoiceField(
        label="Billed every", choices=[("month", "month"), ("quarter", "quarter"), ("year", "year")]
    )
    base_fee_amount = amount_field("Base fee", "Whatever is counted. Empty: none.")
    base_fee_timing = forms.ChoiceField(
        label="Base fee is billed",
        choices=[("arrears", "with the cycle's end"), ("advance", "in advance")],
        help_text="A part of a cycle is billed by its days.",
    )
    base_fee_tax_category = forms.CharField(
        label="Base fee's tax category",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"list": "tax-categories", "autocapitalize": "off", "spellcheck": "false"}),
        help_text="Chooses the tax rate. Empty: standard.",
    )
    trial_days = forms.IntegerField(
        label="Free trial",
        min_value=0,
        max_value=LONGEST_TRIAL,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Days at the start that cost nothing.",
    )
    minimum = amount_field("An invoice is at least", "Base fee and usage together.")
    maximum = amount_field("An invoice is at most", "Before discount and tax.")

    def __init__(self, data: Mapping[str, str] | None, versions: list[DefinitionVersion], **options: Any) -> None:
        super().__init__(data, **options)
        typed = data if data is not None else self.initial
        self.rows = read_rows(typed, versions)
        self.charges = ChargeRows(typed)

    @property
    def priced(self) -> list[PriceRow]:
        """The outcomes that have a price in this plan."""
        return [row for row in self.rows if row.model]

    @property
    def refused(self) -> bool:
        """Whether anything is wrong, in a field or in a price."""
        charged = any(one.error for row in self.charges.listed for one in row)
        return bool(self.errors or charged or any(row.wrong for row in self.rows))

    def is_whole(self) -> bool:
        """Whether all of it can be published; what can't is said at its input, all at once."""
        if not self.is_bound:
            return False
        valid, terms = self.is_valid(), self.read_terms()
        return valid and terms is not None

    def clean(self) -> None:
        """A code is made of the name where none is typed, and it can't be of every name."""
        data = self.cleaned_data
        if data.get("name") and "code" in data and not self.plan_code():
            self.add_error("code", NO_CODE)

    def plan_code(self) -> str:
        return self.cleaned_data["code"] or code_of(self.cleaned_data["name"])

    def terms(self) -> dict[str, Any]:
        """The terms as the API takes them."""
        data = self.cleaned_data
        fee = {name: data.get(f"base_fee_{name}") or None for name in ("amount", "timing", "tax_category")}
        return {
            "currency": data.get("currency"),
            "interval": data.get("interval"),
            "base_fee": fee if fee["amount"] else None,
            "minimum": data.get("minimum") or None,
            "maximum": data.get("maximum") or None,
            "prices": [row.body() for row in self.priced],
            "trial_days": data.get("trial_days"),
            "one_off": self.charges.body(),
        }

    def read_terms(self) -> Terms | None:
        """The terms, or None with every problem noted at its input."""
        try:
            return Terms.from_json(self.terms())
        except InvalidInput as error:
            for problem in error.problems:
                placed = place(problem, self.priced) or self.charges.place(problem)
                if not placed and problem.path not in self.errors:
                    add_problem(self, problem.path, problem.message)
            return None


def newest_versions() -> list[DefinitionVersion]:
    """The newest version of each active definition, oldest first: what a plan can price."""
    rows = DefinitionVersion.objects.filter(definition__active=True).select_related("definition")
    newest = {row.definition.code: row for row in rows.order_by("definition_id", "number")}
    return list(newest.values())
