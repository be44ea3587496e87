"""What waits in quarantine: by reason, found again, and replayed: some, or all of a reason."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.common.templatetags.counterfoil import plain
from apps.console.access import ConsoleRequest, console, page, uuid_or_none
from apps.console.lists import listed
from apps.console.stories import reason_words
from apps.events import replay_all
from apps.events.ingest import MAX_BATCH
from apps.events.models import Quarantine
from apps.events.replay import Replayed, replay


@console(change="manage")
def quarantine(request: ConsoleRequest) -> HttpResponse:
    """What could not be judged, by reason; a POST replays what was chosen, or all of the reason."""
    reason, text = (request.GET.get(name, "").strip() for name in ("reason", "q"))
    if request.method == "POST":
        return _replay(request, reason)
    found = listed(request, _search(reason, text).select_related("event"))
    groups = list(Quarantine.objects.values("reason").annotate(count=Count("pk")).order_by("-count", "reason"))
    context = {
        "list": found,
        "rows": [{"quarantine": one, "why": reason_words(one.reason)} for one in found.rows],
        "reason": reason,
        "q": text,
        "groups": [{**group, "short": group["reason"].replace("_", " ").capitalize()} for group in groups],
        "of_reason": next((group["count"] for group in groups if group["reason"] == reason), 0),
        "all": sum(group["count"] for group in groups),
        "section": "events",
    }
    return page(request, "console/quarantine.html", context)


def _search(reason: str, text: str) -> QuerySet[Quarantine]:
    """What waits for the reason and whose id, customer or type is the text; an empty filter lets all pass."""
    rows: QuerySet[Quarantine] = Quarantine.objects.all()
    if reason:
        rows = rows.filter(reason=reason)
    if text:
        rows = rows.filter(Q(event__external_id=text) | Q(event__customer=text) | Q(event__type=text))
    return rows


def _replay(request: ConsoleRequest, reason: str) -> HttpResponse:
    """Replay what was chosen; what is too much for one answer runs in the background, with a page of its own."""
    back = redirect(request.get_full_path())
    chosen = [id for text in request.POST.getlist("event") if (id := uuid_or_none(text))]
    if request.POST.get("do") == "all":
        rows = _search(reason, "").order_by("pk") if reason else Quarantine.objects.none()
        chosen = list(rows.values_list("event_id", flat=True)[: MAX_BATCH + 1])
        if len(chosen) > MAX_BATCH:
            return redirect("console:replay", replay_all.begin(reason, at=request.at))
    if not chosen:
        messages.info(request, "Choose the events to replay first.")
        return back
    tell(request, replay(chosen[:MAX_BATCH], at=request.at))
    return back


def tell(request: ConsoleRequest, result: Replayed) -> None:
    """Say what a replay came to."""
    if result.done:
        messages.success(request, f"{_events(result.done)} replayed.")
    if result.waiting:
        messages.warning(request, f"{_events(result.waiting)} still can't be judged: see why below.")
    if not result.done and not result.waiting:
        messages.info(request, "Nothing of this waits any more: it was replayed already.")


def _events(count: int) -> str:
    return f"{plain(count)} event{'' if count == 1 else 's'}"


@console()
def replay_progress(request: ConsoleRequest, run: UUID) -> HttpResponse:
    """How far a replay in the background has come; `?part=progress` asks for the part that changes."""
    progress = replay_all.progress(run)
    context: dict[str, Any] = {
        "progress": progress,
        "run": run,
        "why": reason_words(progress.reason),
        "section": "events",
    }
    part = request.GET.get("part") == "progress"
    return page(request, "console/_replay.html" if part else "console/replay.html", context)
