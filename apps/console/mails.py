"""Mails: what customers and members were sent, what became of it, and sending it again."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.console import invitations
from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import ask, confirmed
from apps.console.lists import listed
from apps.invoices.deliver import ATTACH
from apps.outbox import mail as post
from apps.outbox.models import Mail

STATES = {"waiting": "Waiting", "sent": "Sent", "failed": "Failed"}


def search(text: str, state: str) -> QuerySet[Mail]:
    """Mails whose subject, recipient or customer has the text, in this state; an empty filter lets all pass."""
    rows: QuerySet[Mail] = Mail.objects.select_related("customer")
    if text:
        customer = Q(customer__name__icontains=text) | Q(customer__external_id=text)
        rows = rows.filter(Q(subject__icontains=text) | Q(to__icontains=text) | customer)
    return rows.filter(state=state) if state in STATES else rows


@console()
def mails(request: ConsoleRequest) -> HttpResponse:
    """Every mail, newest first."""
    text, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = listed(request, search(text, state))
    context = {"list": found, "q": text, "state": state, "states": STATES, "section": "invoices"}
    context["failed"] = post.failed().count()
    return page(request, "console/mails.html", context)


@console(change="bill")
def mail(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """One mail as it was written; `?seen=` asks for the page anew once something became of it.

    A POST sends it again, or tries one that waits at once.
    """
    one: Mail = Mail.objects.select_related("customer", "again").get(pk=id)
    waiting = one.state == Mail.State.WAITING
    if request.method == "POST":
        return _try_now(request, one) if waiting else _send_again(request, one)
    seen = f"{one.state}-{one.attempts}"
    if "seen" in request.GET:
        return HttpResponse(status=204) if request.GET["seen"] == seen else HttpResponse(headers={"HX-Refresh": "true"})
    context = {
        "mail": one,
        "seen": seen,
        "next_try": post.next_try(one) if waiting else None,
        "copies": Mail.objects.filter(again=one).order_by("-pk"),
        "section": "invoices",
    }
    return page(request, "console/mail.html", context)


def _try_now(request: ConsoleRequest, one: Mail) -> HttpResponse:
    post.try_now(one, at=request.at)
    messages.info(request, "It is tried now. This page shows what becomes of it.")
    return redirect("console:mail", one.pk)


def _send_again(request: ConsoleRequest, one: Mail) -> HttpResponse:
    if not confirmed(request):
        detail = f"To {', '.join(one.to)}, as it was written then."
        return ask(
            request,
            "Send this mail again?",
            detail=detail,
            label="Send again",
            back=reverse("console:mail", args=[one.pk]),
            mild=True,
        )
    attach = invitations.PREPARE if one.kind == invitations.KIND else ATTACH
    new = post.send_again(one, attach=attach, at=request.at)
    messages.success(request, "It is on its way. This page shows what becomes of it.")
    return redirect("console:mail", new.pk)
