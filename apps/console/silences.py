"""Silences: which types of events have stopped arriving, what to do, and which are watched."""

from typing import Any

from django.contrib import messages
from django.db.models import Max, Min, Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.console.access import ConsoleRequest, console, page
from apps.events import silence
from apps.events.usual import FEWEST, NEEDED, WEEK
from apps.events.watched import Arrivals, Silence
from apps.tenants.models import Member

PAST = 10
ENDS = {"arrived": "It arrives again", "muted": "Muted", "unwatched": "No outcome listens to it any more"}


@console(change="develop")
def silences(request: ConsoleRequest) -> HttpResponse:
    """What is silent, what was, and what is watched; a POST mutes a type, or turns the reader's own mails on or off."""
    if request.method == "POST":
        _change(request)
        return redirect("console:silences")
    past = Silence.objects.exclude(ended_at=None).order_by("-ended_at")[:PAST]
    context = {
        "silences": silence.silences(),
        "past": [{"silence": one, "end": ENDS[one.end]} for one in past],
        "rows": _watched(request),
        "mails": Member.objects.filter(user=request.user, alerts=True).exists(),
        "section": "events",
    }
    return page(request, "console/silences.html", context)


def _change(request: ConsoleRequest) -> None:
    do, type = request.POST.get("do", ""), request.POST.get("type", "")
    if do == "mute" and type in silence.watched_types():
        silence.mute(type, by=request.user.email, at=request.at)
        messages.success(request, f"{type} is muted: you hear nothing of its silence.")
    elif do == "unmute":
        silence.unmute(type)
        messages.success(request, f"{type} is watched again.")
    elif do in ("mails", "no-mails"):
        Member.objects.filter(user=request.user).update(alerts=do == "mails")
        told = "You get a mail" if do == "mails" else "You get no mail any more"
        messages.success(request, f"{told} when a type stops arriving.")


def _watched(request: ConsoleRequest) -> list[dict[str, Any]]:
    """Every type that an outcome listens to: its last event, how many came within a week, and how it is watched."""
    lately = Q(hour__gte=request.at - WEEK)
    seen = Arrivals.objects.values("type").annotate(
        last=Max("last_at"), first=Min("hour"), week=Sum("count", filter=lately, default=0)
    )
    by_type = {row["type"]: row for row in seen}
    silent, muted = set(silence.silences().values_list("type", flat=True)), silence.muted_types()
    rows = []
    for type in sorted(silence.watched_types() | muted):
        row = by_type.get(type, {})
        state = "muted" if type in muted else "silent" if type in silent else _state(request, row)
        rows.append({"type": type, "last": row.get("last"), "week": row.get("week", 0), "state": state})
    return rows


def _state(request: ConsoleRequest, row: dict[str, Any]) -> str:
    if not row:
        return "none_yet"
    if request.at - row["first"] < NEEDED * WEEK:
        return "too_new"
    return "too_few" if row["week"] < FEWEST else "watched"
