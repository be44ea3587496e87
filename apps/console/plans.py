"""Plans: the list, the price builder with its preview, and a plan's terms in words."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.common.categories import STANDARD
from apps.common.numbers import decimal_from
from apps.common.reading import InvalidInput
from apps.console.access import ConsoleRequest, console, page
from apps.console.charge_rows import typed_charges
from apps.console.formerrors import refusals
from apps.console.lists import listed
from apps.console.plan_form import PlanForm, newest_versions
from apps.console.preview import preview
from apps.console.price_rows import typed
from apps.console.words import base_fee, clauses, rest
from apps.outcomes.models import DefinitionVersion
from apps.plans.models import Plan, PlanVersion, Subscription
from apps.plans.published import CodeTaken, create_plan, newest_version, publish_plan_version, terms_of
from apps.plans.terms import Terms
from apps.taxes.models import TaxRate

SUBSCRIBERS = 20
PARTS = ("prices", "preview", "fields")
"""What the builder asks for while it is filled in; "fields" is the whole page, for readers without script."""


def outcome_names() -> dict[str, str]:
    """What each outcome is called now, by code."""
    return dict(DefinitionVersion.objects.order_by("number").values_list("definition__code", "name"))


@console()
def plans(request: ConsoleRequest) -> HttpResponse:
    """Every plan with its newest terms in a line and how many are on it today."""
    text = request.GET.get("q", "").strip()
    rows = Plan.objects.filter(Q(name__icontains=text) | Q(code__icontains=text)) if text else Plan.objects.all()
    found = listed(request, rows)
    ids = [one.pk for one in found.rows]
    newest = {one.plan_id: one for one in PlanVersion.objects.filter(plan__in=ids).order_by("number")}
    active = Subscription.objects.active_on(request.at.date()).filter(plan_version__plan__in=ids)
    counts = dict(active.values_list("plan_version__plan").annotate(Count("pk")).order_by())
    names = outcome_names()
    shown = [_in_a_line(one, newest[one.pk], names) | {"subscribers": counts.get(one.pk, 0)} for one in found.rows]
    return page(request, "console/plans.html", {"list": found, "rows": shown, "q": text})


def _in_a_line(plan: Plan, version: PlanVersion, names: dict[str, str]) -> dict[str, Any]:
    terms = terms_of(version)
    priced = ", ".join(names.get(price.outcome, price.outcome) for price in terms.prices)
    return {"plan": plan, "version": version, "base_fee": base_fee(terms), "priced": priced}


@console("bill")
def plan_new(request: ConsoleRequest) -> HttpResponse:
    """Build a plan; `?part=` answers with the preview or the price rows alone, and stores nothing."""
    versions = newest_versions()
    form = PlanForm(request.POST or None, versions, initial={"price-0-model": "unit"})
    part = _part(request, form)
    if part:
        return part
    if request.method == "POST" and form.is_whole():
        with refusals(form, {CodeTaken: "code"}):
            version = create_plan(
                code=form.plan_code(), name=form.cleaned_data["name"], terms=form.terms(), once=True, at=request.at
            )
        if not form.refused:
            messages.success(request, f"{version.name} is published. Put customers on it.")
            return redirect("console:plan", version.plan.code)
    return page(request, "console/plan_form.html", _builder(request, form), status=422 if form.refused else 200)


@console("bill")
def plan_version(request: ConsoleRequest, code: str) -> HttpResponse:
    """Build the plan's next version, starting from the newest; who is on an older one stays on it."""
    plan = Plan.objects.get(code=code)
    current, versions = newest_version(plan), newest_versions()
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None:
        data["currency"] = plan.currency
    form = PlanForm(data, versions, initial=_initial(current, versions))
    form.fields["currency"].disabled = form.fields["code"].disabled = True
    about = {"plan": plan, "current": current}
    part = _part(request, form, about)
    if part:
        return part
    if request.method == "POST" and form.is_whole():
        with refusals(form, {}):
            version = publish_plan_version(
                plan, name=form.cleaned_data["name"], terms=form.terms(), once=True, at=request.at
            )
        if not form.refused:
            _tell(request, version)
            return redirect("console:plan", code)
    return page(request, "console/plan_form.html", _builder(request, form) | about, status=422 if form.refused else 200)


def _tell(request: ConsoleRequest, version: PlanVersion) -> None:
    if version.published_at < request.at:
        messages.info(request, f"Version {version.number} is published and says just that, so no other was made.")
    else:
        messages.success(request, f"Version {version.number} is published: new subscriptions get it.")


def _initial(version: PlanVersion, versions: list[DefinitionVersion]) -> dict[str, Any]:
    """The builder's values for a published version."""
    terms = version.terms
    fee = terms["base_fee"] or {}
    own = {name: terms.get(name) for name in ("currency", "interval", "minimum", "maximum", "trial_days")}
    fees = {f"base_fee_{name}": fee.get(name) for name in ("amount", "timing", "tax_category")}
    known = [price for price in terms["prices"] if price["outcome"] in {one.definition.code for one in versions}]
    about = {"name": version.name, "code": version.plan.code}
    return own | fees | about | typed(known, versions) | typed_charges(terms.get("one_off", ()))


def _part(request: ConsoleRequest, form: PlanForm, shown: dict[str, Any] | None = None) -> HttpResponse | None:
    """The fragment that the builder asks for while it is being filled in."""
    if request.method != "POST" or request.GET.get("part") not in PARTS:
        return None
    form.is_valid()
    if request.GET["part"] == "fields":
        return page(request, "console/plan_form.html", _builder(request, form) | (shown or {}))
    if request.GET["part"] == "prices":
        return page(request, "console/_prices.html", {"form": form, "currency": _currency(form)})
    return page(request, "console/_preview.html", preview_context(request, form))


def _builder(request: ConsoleRequest, form: PlanForm) -> dict[str, Any]:
    shown = {"form": form, "currency": _currency(form), "tax_categories": tax_categories()}
    return shown | (preview_context(request, form) if form.is_bound else {})


def tax_categories() -> list[str]:
    """The categories that the tenant's tax rates know, to choose from while typing."""
    return sorted({STANDARD, *TaxRate.objects.values_list("category", flat=True)})


def _currency(form: PlanForm) -> str:
    return str(form["currency"].value() or "USD")


def preview_context(request: ConsoleRequest, form: PlanForm) -> dict[str, Any]:
    """The preview of what is typed, or the first thing that is missing for one."""
    volume, value = (_sample(request.POST.get(name, ""), usual) for name, usual in (("volume", 1000), ("value", 100)))
    sample = {"volume": volume, "value": value}
    try:
        terms = Terms.from_json(form.terms())
    except InvalidInput as error:
        return sample | {"missing": error.problems[0]}
    if not terms.prices and terms.base_fee is None:
        return sample
    return sample | {"preview": preview(terms, outcome_names(), volume=volume, value=value)}


def _sample(text: str, usual: int) -> Decimal:
    """A number typed for the preview alone; what is none is the usual one."""
    try:
        return max(decimal_from(text.strip()), Decimal(0))
    except ValueError:
        return Decimal(usual)


@console()
def plan(request: ConsoleRequest, code: str) -> HttpResponse:
    """One plan: its newest terms in words, what they cost, its versions, and who is on it."""
    one = Plan.objects.get(code=code)
    versions = list(one.versions.order_by("-number"))
    names = outcome_names()
    terms = terms_of(versions[0])
    subscribers = Subscription.objects.filter(plan_version__plan=one).select_related("customer", "plan_version")
    context = {
        "plan": one,
        "current": versions[0],
        "base_fee": base_fee(terms),
        "clauses": clauses(terms, names),
        "rest": rest(terms),
        "preview": preview(terms, names, volume=Decimal(1000), value=Decimal(100)),
        "older": [
            {
                "version": version,
                "base_fee": base_fee(terms_of(version)),
                "clauses": clauses(terms_of(version), names),
                "rest": rest(terms_of(version)),
            }
            for version in versions[1:]
        ],
        "subscribers": subscribers.order_by("-pk")[:SUBSCRIBERS],
    }
    return page(request, "console/plan.html", context)
