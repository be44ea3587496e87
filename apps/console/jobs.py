"""Jobs: what members started over many things at once, how far it is, and the files that it made."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Sum
from django.db.models.functions import Length
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.common.downloads import csv_file
from apps.common.templatetags.counterfoil import plain
from apps.common.words import unit_for
from apps.console.access import ConsoleRequest, console, forbidden, page
from apps.console.confirming import ask, confirmed
from apps.console.lists import listed
from apps.outbox import jobs as running
from apps.outbox.models import Job, JobFile, JobItem
from apps.tenants.scope import scope

TITLES = {
    "close": "Closing what is due",
    "issue": "Issuing invoices",
    "remind": "Reminding of invoices",
    "export": "Export",
    "import": "Import of {name}",
}
UNITS = {"close": "step", "issue": "invoice", "remind": "invoice", "export": "step", "import": "line"}
"""What is counted of a job: its items, or where they stand for several things, their sizes."""
DONE = {"import": "read"}
"""What has become of them, where "done" would say too much: a line that was read may have been refused."""
LAST = 10
"""So many of what is done are shown."""
RETRY = {"import": "develop"}
"""What trying again needs, where it is not "bill"."""
COUNTED = {
    "accepted": "Accepted",
    "duplicate": "Already in",
    "conflict": "Conflict",
    "quarantined": "In quarantine",
    "rejected": "Rejected",
}
"""What the figures of jobs' items are called, in the order in which they are shown."""
REFUSED = ("conflict", "quarantined", "rejected")


@console()
def jobs(request: ConsoleRequest) -> HttpResponse:
    """Every job, newest first; by kind, or by who started it."""
    text, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    rows = Job.objects.filter(started_by__icontains=text) if text else Job.objects.all()
    found = listed(request, running.with_progress(rows.filter(kind=kind) if kind in TITLES else rows))
    kinds = {name: words.format(name="a file") for name, words in TITLES.items()}
    context = {"list": found, "rows": rows_of(found.rows), "q": text, "kind": kind, "kinds": kinds}
    return page(request, "console/jobs.html", context | {"section": "invoices"})


def rows_of(found: Iterable[Any]) -> list[dict[str, Any]]:
    """The rows of a table of jobs, which are annotated with their progress."""
    jobs = list(found)
    figures = running.figures_of(jobs)
    return [
        {"job": one, "title": title(one), "units": units_of(one, one.done), "refused": refused(figures[one.pk])}
        for one in jobs
    ]


def refused(counted: Mapping[str, int]) -> int:
    """How many of the events that a job has read were not accepted, for whatever reason."""
    return sum(counted.get(name, 0) for name in REFUSED)


def title(job: Job) -> str:
    return TITLES.get(job.kind, job.kind.capitalize()).format_map(job.params)


@console()
def job(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """How far a job is; `?part=progress` asks for the part that changes. A POST tries what failed again."""
    one: Job = Job.objects.get(pk=id)
    needed = RETRY.get(one.kind, "bill")
    if request.method == "POST":
        return _retry(request, one) if request.membership.may(needed) else forbidden(request, needed)
    part = request.GET.get("part") == "progress"
    progress = running.progress(one)
    counted = running.figures_of([one])[one.pk]
    done = JobItem.objects.filter(job=one, state=JobItem.State.DONE).order_by("-pk")[: LAST + 1]
    context: dict[str, Any] = {
        "job": one,
        "title": title(one),
        "progress": progress,
        "list": listed(request, JobItem.objects.filter(job=one, state=JobItem.State.FAILED)),
        "done": done[:LAST],
        "more_done": len(done) > LAST,
        "units": units_of(one, progress.total),
        "are_done": DONE.get(one.kind, "done"),
        "files": files_of(one) if one.finished_at else [],
        "figures": _named(counted),
        "refused": refused(counted),
        "quarantined_here": counted["quarantined"],
        "may_retry": request.membership.may(needed),
    }
    section = {"section": "events" if one.kind == "import" else "invoices"}
    return page(request, "console/_job.html" if part else "console/job.html", context | section)


def units_of(job: Job, count: int) -> str:
    """What so many of a job are called, behind their number."""
    return unit_for(UNITS.get(job.kind, "step"), count)


def _named(counted: Mapping[str, int]) -> dict[str, int]:
    """What the job's items counted, under the names that readers know; empty for a job that counts nothing."""
    return {name: counted.get(key, 0) for key, name in COUNTED.items()} if counted else {}


def files_of(job: Job) -> list[dict[str, Any]]:
    """Name and size in bytes of what it made, and not of what it was made from."""
    made = JobFile.objects.filter(job=job).exclude(name=job.params.get("upload", ""))
    sizes = made.values("name").annotate(size=Sum(Length("content")))
    return list(sizes.order_by("name"))


def _retry(request: ConsoleRequest, one: Job) -> HttpResponse:
    back = reverse("console:job", args=[one.pk])
    if not confirmed(request):
        count = running.progress(one).failed
        question = f"Try {plain(count)} {units_of(one, count)} that failed again?"
        return ask(request, question, detail="What is done stays done.", label="Try again", back=back, mild=True)
    if not running.retry_failed(one):
        messages.info(request, "Nothing of this job has failed any more.")
    return redirect(back)


@console()
def job_file(request: ConsoleRequest, id: UUID, name: str) -> StreamingHttpResponse:
    """A file that the job made."""
    if not JobFile.objects.filter(job=id, name=name).exists():
        raise Http404("The job made no such file.")
    return csv_file(_parts(request.tenant.pk, id, name), name)


def _parts(tenant_id: UUID, job: UUID, name: str) -> Iterator[bytes]:
    """The file's parts in order, in a scope of their own."""
    with scope(tenant_id):
        rows = JobFile.objects.filter(job=job, name=name).order_by("part").values_list("content", flat=True)
        for content in rows.iterator(chunk_size=1):
            yield bytes(content)
