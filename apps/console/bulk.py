"""Doing something with many invoices at once: each starts a job, once the reader was asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.common.templatetags.counterfoil import plain
from apps.console.access import ConsoleRequest, uuid_or_none
from apps.console.confirming import ask, confirmed
from apps.invoices import bulk
from apps.invoices.exports import run
from apps.invoices.models import Invoice
from apps.outbox.models import Job

MOST = 10_000
"""Invoices of one job."""


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done with chosen invoices: its question, how it ends on yes, and what starts it.

    `fits` finds those that it can be done with, and `none` is said where there are none.
    """

    question: str
    detail: str
    label: str
    fits: Callable[[Any, datetime], Any]
    none: str
    start: Callable[..., Job]


def _export(invoices: QuerySet[Invoice], **who: Any) -> Job:
    return run.start_chosen(invoices.values_list("pk", flat=True), **who)


ACTIONS = {
    "issue": Action(
        "Issue {}?",
        "Each gets its number and goes to its customer. An issued invoice never changes.",
        "Issue",
        lambda chosen, at: chosen.filter(status=Invoice.Status.DRAFT),
        "None of these is a draft, so there is nothing to issue.",
        bulk.start_issuing,
    ),
    "remind": Action(
        "Remind of {}?",
        "Each customer gets a mail, at most one a day.",
        "Remind",
        lambda chosen, at: chosen.overdue(at),
        "None of these is overdue, so there is nothing to remind of.",
        bulk.start_reminding,
    ),
    "export": Action(
        "Export {}?",
        "Two files: the invoices and their lines.",
        "Export",
        lambda chosen, at: chosen.exclude(number=None),
        "None of these has been issued, so there is nothing to export.",
        _export,
    ),
}


def act(request: ConsoleRequest, matching: QuerySet[Invoice]) -> HttpResponse:
    """Do what a POST of the list says, with what was chosen or, where it says so, with all that match the filter."""
    do, back = request.POST.get("do", ""), request.get_full_path()
    if do == "close":
        return _close(request, back)
    ids = [id for text in request.POST.getlist("invoice") if (id := uuid_or_none(text))]
    chosen = matching if request.POST.get("all") == "yes" else Invoice.objects.filter(pk__in=ids)
    count = chosen[: MOST + 1].count()
    action = ACTIONS.get(do)
    if action is None or not count:
        messages.info(request, "Choose the invoices first.")
        return redirect(back)
    if count > MOST:
        messages.error(request, f"That is over {plain(MOST)} invoices: narrow the list by its filters first.")
        return redirect(back)
    fitting = action.fits(chosen, request.at)
    fit = fitting.count()
    if not fit:
        messages.info(request, action.none)
        return redirect(back)
    if not confirmed(request):
        question = action.question.format(f"{plain(fit)} invoice{'' if fit == 1 else 's'}")
        left = (
            f" {plain(count - fit)} of the {plain(count)} chosen can't be, and stay as they are." if count > fit else ""
        )
        return ask(request, question, detail=action.detail + left, label=action.label, back=back, mild=True)
    return redirect("console:job", action.start(fitting, by=request.user.email, at=request.at).pk)


def _close(request: ConsoleRequest, back: str) -> HttpResponse:
    count = bulk.due(request.at).count()
    if not count:
        messages.info(request, "Nothing is due. Cycles close by themselves as they end.")
        return redirect(back)
    if not confirmed(request):
        detail = "Their invoices are made now, as they would be within a minute by themselves."
        if request.profile.review_invoices:
            detail = "Drafts are made of them, which you review and issue."
        question = f"Close {plain(count)} cycle{'' if count == 1 else 's'} that {'is' if count == 1 else 'are'} due?"
        return ask(request, question, detail=detail, label="Close", back=back, mild=True)
    return redirect("console:job", bulk.start_closing(by=request.user.email, at=request.at).pk)
