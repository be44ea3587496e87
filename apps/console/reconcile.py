"""Reconciling by a file: what a member's own database has, beside what arrived."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect

from apps.common import csvs
from apps.common.downloads import csv_file
from apps.common.periods import month_of
from apps.common.text import CODE_VALIDATOR
from apps.console.access import ConsoleRequest, console, page
from apps.console.days import DayField
from apps.console.lists import listed
from apps.console.reconcile_file import ID, LARGEST, Told, read_file
from apps.console.uploads import was_cut
from apps.events import silence
from apps.events.importing.lines import Unreadable
from apps.events.past import Span
from apps.events.reconcile import LONGEST, MOST_LISTED, Asked
from apps.events.reconciled import Reconciliation, reconcile_days, reconcile_ids

SHOWN = 20
"""Ids that the page lists; the files have all."""
TOO_LARGE = "The file has more than 16 MB. Choose fewer days, or leave only the ids in it."


class ReconcileForm(forms.Form):
    """A file, and which events it is about; the days are those of UTC, both included."""

    file = forms.FileField(
        label="Your file",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.ndjson,.jsonl,text/*"}),
        help_text="CSV or NDJSON with a column “id”, or a list of ids, one to a line. "
        "Or two columns, “day” and “count”, to find the days that differ first. At most 16 MB.",
        error_messages={"required": "Choose the file.", "empty": "The file is empty. It needs at least one id."},
    )
    type = forms.CharField(
        label="Type of the events",
        max_length=128,
        widget=forms.TextInput(attrs={"list": "types", "autocomplete": "off"}),
    )
    customer = forms.CharField(
        required=False,
        max_length=128,
        validators=[CODE_VALIDATOR],
        help_text="The external id of one customer. Without it all are meant.",
    )
    first = DayField(label="From")
    last = DayField(label="To, included")
    column = forms.CharField(
        label="Column of the ids",
        required=False,
        max_length=128,
        help_text="Where it has another name than “id”.",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day must not be before the first.")
        elif first and last and last - first >= LONGEST:
            self.add_error("last", f"{LONGEST.days} days at most: compare in several steps.")
        return data

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        return file

    def asked(self) -> Asked:
        """Which events are meant."""
        data = self.cleaned_data
        start, end = (datetime.combine(day, time.min, UTC) for day in (data["first"], data["last"] + timedelta(days=1)))
        return Asked(data["type"], data["customer"] or None, Span(start, end))

    def told(self, asked: Asked) -> Told | None:
        """What the file says; None where it can't be read, which the form then says."""
        try:
            told = read_file(self.cleaned_data["file"].read(), self.cleaned_data["column"].strip() or ID)
        except Unreadable as error:
            self.add_error("file", str(error))
            return None
        outside = next((day for day in told.counts if not asked.covers(day)), None)
        if outside:
            self.add_error("file", f"The file has a count of {outside}, which lies outside of the days below.")
            return None
        return told


@console()
def reconcile(request: ConsoleRequest) -> HttpResponse:
    """The form, filled in from the address where it says so, and the newest comparisons."""
    form = ReconcileForm(request.POST or None, request.FILES or None, initial=_initial(request))
    if request.method == "POST" and was_cut(request):
        form = ReconcileForm(initial=_initial(request))
        form.errors["file"] = form.error_class([TOO_LARGE])
    elif request.method == "POST" and form.is_valid():
        asked = form.asked()
        told = form.told(asked)
        if told:
            return redirect("console:reconciliation", _compare(request, asked, told, form).pk)
    found = listed(request, Reconciliation.objects.defer("days", "missing", "unknown", "elsewhere"))
    context = {"form": form, "types": sorted(silence.watched_types()), "list": found, "section": "events"}
    return page(request, "console/reconcile.html", context, status=422 if form.errors else 200)


def _initial(request: ConsoleRequest) -> dict[str, Any]:
    today = request.at.date()
    named = {name: request.GET[name] for name in ("type", "customer", "first", "last") if request.GET.get(name)}
    return {"first": month_of(today), "last": today} | named


def _compare(request: ConsoleRequest, asked: Asked, told: Told, form: ReconcileForm) -> Reconciliation:
    of = {"file": form.cleaned_data["file"].name, "by": request.user.email, "at": request.at}
    return reconcile_days(asked, told.counts, **of) if told.ids is None else reconcile_ids(asked, told.ids, **of)


@console()
def reconciliation(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """What came of a comparison: the totals, the days that differ, and the ids."""
    one: Reconciliation = Reconciliation.objects.get(pk=id)
    days = [(date.fromisoformat(day), yours, ours) for day, yours, ours in one.days]
    elsewhere = [[*found[:3], datetime.fromisoformat(found[3]), found[4]] for found in one.elsewhere[:SHOWN]]
    context = {
        "one": one,
        "last_day": one.end - timedelta(days=1),
        "ours": sum(ours for _, _, ours in days),
        "differing": [day for day in days if day[1] != day[2]],
        "same": [day for day in days if day[1] == day[2]],
        "missing": one.missing[:SHOWN],
        "unknown": one.unknown[:SHOWN],
        "elsewhere": elsewhere,
        "most": MOST_LISTED,
        "section": "events",
    }
    return page(request, "console/reconciliation.html", context)


HEADS = {"missing": [ID], "unknown": [ID], "elsewhere": [ID, "type", "customer", "time", "differs"]}


@console()
def reconciliation_file(request: ConsoleRequest, id: UUID, part: str) -> StreamingHttpResponse:
    """The ids of one kind as CSV, to be sent again or looked at."""
    one: Reconciliation = Reconciliation.objects.get(pk=id)
    rows = [HEADS[part], *_rows(part, getattr(one, part))]
    return csv_file(csvs.encoded(rows), f"{part}-{one.start:%Y-%m-%d}.csv")


def _rows(part: str, found: Iterable[Any]) -> Iterator[Sequence[str]]:
    for one in found:
        if part == "missing":
            yield [one]
        elif part == "unknown":
            yield [one[0]]
        else:
            yield [*one[:4], " ".join(one[4])]
