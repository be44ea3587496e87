"""Importing a file of events: handed in here, taken in by a job."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.common import csvs
from apps.console.access import ConsoleRequest, console, page
from apps.console.jobs import rows_of
from apps.console.uploads import LARGEST, was_cut
from apps.events.importing import job
from apps.events.importing.lines import Unreadable
from apps.events.importing.portions import format_of
from apps.outbox import jobs
from apps.outbox.models import Job
from apps.outcomes.example import fields_for
from apps.outcomes.models import OutcomeDefinition
from apps.tenants.models import Customer

RECENT = 10
MEGABYTES = LARGEST // 1024**2
TOO_LARGE = (
    f"The file has more than {MEGABYTES} MB. Split it into several, or pack it with gzip; "
    "whoever runs this installation can import any length with manage.py import_events."
)
COLUMNS = ("id", "type", "customer", "subject", "time", "quantity")
FORMATS = {"": "By the file's name", "csv": "CSV", "ndjson": "NDJSON"}


class ImportForm(forms.Form):
    """A file, and what it is where its name does not tell."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        error_messages={"required": "Choose a file."},
        widget=forms.FileInput(attrs={"accept": ".csv,.ndjson,.jsonl,.gz"}),
        help_text=f"CSV or NDJSON in UTF-8, plain or gzip, at most {MEGABYTES} MB.",
    )
    format = forms.ChoiceField(label="Format", choices=list(FORMATS.items()), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        file = data.get("file")
        data["format"] = data.get("format") or (format_of(file.name) if file else None)
        if file and data["format"] is None:
            self.add_error("format", "The file's name does not tell: choose CSV or NDJSON, and the file again.")
        return data


@console(change="develop")
def import_events(request: ConsoleRequest) -> HttpResponse:
    """The form, what a file looks like, and the newest imports; a POST starts one."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and was_cut(request):
        form.errors["file"] = form.error_class([TOO_LARGE])
    elif request.method == "POST" and form.is_valid():
        started = _start(request, form)
        if started:
            return redirect("console:job", started.pk)
    newest = jobs.with_progress(Job.objects.filter(kind=job.KIND)).order_by("-pk")[:RECENT]
    context = {"form": form, "rows": rows_of(newest), "section": "events"}
    return page(request, "console/import.html", context, status=422 if form.errors else 200)


def _start(request: ConsoleRequest, form: ImportForm) -> Job | None:
    """The job; None where the file can't be read, which the form says."""
    file = form.cleaned_data["file"]
    try:
        return job.start(file.file, form.cleaned_data["format"], file.name, by=request.user.email, at=request.at)
    except Unreadable as error:
        form.add_error("file", str(error))
        return None


@console()
def import_sample(request: ConsoleRequest) -> HttpResponse:
    """A file to begin with, of one of the vendor's own customers and event types."""
    headers = {"Content-Disposition": 'attachment; filename="events.csv"'}
    content = b"".join(csvs.encoded(_sample(request)))
    return HttpResponse(content, content_type=csvs.MEDIA_TYPE, headers=headers)


def _sample(request: ConsoleRequest) -> list[list[Any]]:
    """The rows of a small file: a head and two events of yesterday."""
    customer = Customer.objects.order_by("pk").values_list("external_id", flat=True).first() or "acme"
    definition = OutcomeDefinition.objects.order_by("pk").first()
    version = definition and definition.versions.order_by("-number").first()
    type_ = definition.trigger if definition else "ticket.resolved"
    fields = fields_for(version) if version else {}
    quantity, more = fields.pop("quantity", 1), dict(_cells(fields))
    time = (request.at - timedelta(days=1)).replace(microsecond=0)
    events = [[f"sample-{n}", type_, customer, f"T-104{n}", time, quantity, *more.values()] for n in (1, 2)]
    return [[*COLUMNS, *more], *events]


def _cells(fields: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of an event by their columns' names, "properties.rating"."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _cells(value, f"{before}{name}.")
        else:
            yield before + name, json.dumps(value) if isinstance(value, bool) else value
