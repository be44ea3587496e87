"""`POST /events`, the hot path: bytes to messages, one call of `record`, and the answer once it is durable."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.api.body import UTF8_MARK, media_type, read_json
from apps.api.cloudevents import BATCH, STRUCTURED, attributes_in, read_cloud_event
from apps.api.gate import Call
from apps.api.metrics import EVENTS
from apps.api.problems import ErrorItem, HttpProblem, error, invalid
from apps.api.views import answer
from apps.events.ingest import MAX_BATCH, Result, record
from apps.events.message import Message, Rejection, read, read_line

JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/jsonl")
STATUSES = ("accepted", "duplicate", "conflict", "quarantined", "rejected")
FLAGS = {"": False, "false": False, "0": False, "true": True, "1": True}

Item = Message | Rejection


def take_in(request: HttpRequest, call: Call) -> HttpResponse:
    """Record what was sent and answer each item.

    200 with counts and results. A lone object answers 422 when it is rejected and 409 when it conflicts. With
    `?atomic=true` a batch of which any item is one or the other answers 422, and nothing of it is stored.
    """
    atomic = FLAGS.get(request.GET.get("atomic", ""))
    if atomic is None:
        raise invalid("atomic", "unknown_value", "must be true or false")
    items, lone = unpack(request, call.body, at=call.at)
    call.meter.count_events(len(items))
    results = record(items, at=call.at)
    failed = [one for one in results if one.status in ("rejected", "conflict")]
    if failed and lone:
        raise _lone_failure(failed[0])
    if failed and atomic:
        raise HttpProblem(422, f"{len(failed)} of {len(results)} can't be stored, so none was.", _errors(failed))
    counts = Counter[str](one.status for one in results)
    for status, count in counts.items():
        EVENTS.labels(status).inc(count)
    return answer({status: counts[status] for status in STATUSES} | {"results": [_shape(one) for one in results]})


def unpack(request: HttpRequest, body: bytes, *, at: datetime) -> tuple[Sequence[Item], bool]:
    """(the items, whether it is a lone one). 400 for what can't be read, 413 for too many, 415 for other types."""
    media = media_type(request)
    if media in NDJSON:
        return _lines(body, at), False
    if media not in (JSON, STRUCTURED, BATCH):
        raise HttpProblem(415, f"Send {JSON}, {NDJSON[0]}, {STRUCTURED} or {BATCH}, not {media}.")
    if media == JSON and (attributes := attributes_in(request.META)):
        data = read_json(body) if body.strip() else None
        return [read_cloud_event(attributes | {"data": data}, at=at)], True
    sent = read_json(body)
    if media == BATCH and not isinstance(sent, list):
        raise invalid("body", "not_a_list", "must be a list of CloudEvents")
    read_one = read if media == JSON else read_cloud_event
    if isinstance(sent, list) and media != STRUCTURED:
        _refuse_too_many(sent)
        return [read_one(one, at=at) for one in sent], False
    return [read_one(sent, at=at)], True


def _lines(body: bytes, at: datetime) -> list[Item]:
    lines = [line for line in body.removeprefix(UTF8_MARK).split(b"\n") if line.strip()]
    _refuse_too_many(lines)
    return [read_line(line, at=at) for line in lines]


def _refuse_too_many(items: Sequence[Any]) -> None:
    if len(items) > MAX_BATCH:
        raise HttpProblem(413, f"A batch has at most {MAX_BATCH:,} events; this one has {len(items):,}.")


def _lone_failure(one: Result) -> HttpProblem:
    text = one.text or "The event can't be stored."
    return HttpProblem(409 if one.status == "conflict" else 422, text, [error(one.field, one.reason or "", text)])


def _errors(failed: Iterable[Result]) -> list[ErrorItem]:
    return [error(one.field, one.reason or "", one.text or "", one.index) for one in failed]


def _shape(one: Result) -> dict[str, Any]:
    return {
        "index": one.index,
        "id": one.external_id,
        "status": one.status,
        "billable": one.billable,
        "outcome": one.outcome,
        "settles_at": one.settles_at,
        "reason": one.reason,
        "field": one.field,
    }
