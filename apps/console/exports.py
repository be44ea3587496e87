"""Exports: the books of a period as CSV, written by a job."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.common.periods import Period, month_of
from apps.console.access import ConsoleRequest, console, page
from apps.console.days import DayField
from apps.console.jobs import rows_of
from apps.invoices.exports import run
from apps.outbox import jobs
from apps.outbox.models import Job

LONGEST = 10 * 366
RECENT = 10
SAYS = {
    "invoices": "One row for each issued invoice, with its totals and what is due.",
    "lines": "One row for each line of them, with outcome, quantity and amount.",
    "payments": "Payments and refunds, and what went to the balance.",
    "credit-notes": "One row for each credit note.",
    "journal": "Debits and credits: receivables, revenue, tax payable, bank, customer balance.",
}


class ExportForm(forms.Form):
    """Which files, and the days from first to last, both included."""

    tables = forms.MultipleChoiceField(
        label="What",
        choices=[(name, table.title) for name, table in run.FILES.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one file."},
    )
    first = DayField(label="From")
    last = DayField(label="To, included")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day must not be before the first.")
        elif first and last and (last - first).days > LONGEST:
            self.add_error("last", "Ten years at most: make several exports.")
        return data

    def period(self) -> Period:
        return Period(self.cleaned_data["first"], self.cleaned_data["last"] + timedelta(days=1))


@console(change="bill")
def exports(request: ConsoleRequest) -> HttpResponse:
    """The form, with the last month filled in, and the newest exports."""
    form = ExportForm(request.POST or None, initial=_last_month(request))
    if request.method == "POST" and form.is_valid():
        job = run.start(form.cleaned_data["tables"], form.period(), by=request.user.email, at=request.at)
        return redirect("console:job", job.pk)
    chosen = form["tables"].value() or []
    files = [{"name": name, "title": run.FILES[name].title, "says": SAYS[name], "on": name in chosen} for name in SAYS]
    newest = jobs.with_progress(Job.objects.filter(kind=run.KIND)).order_by("-pk")[:RECENT]
    context = {"form": form, "files": files, "rows": rows_of(newest), "section": "invoices"}
    return page(request, "console/exports.html", context, status=422 if form.errors else 200)


def _last_month(request: ConsoleRequest) -> dict[str, Any]:
    last = month_of(request.at.date()) - timedelta(days=1)
    return {"first": month_of(last), "last": last, "tables": ["invoices"]}
