"""`POST /events`, the hot path: bytes to messages, one call of `record`, and the answer once it is durable."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.api.body import UTF8_MARK, media_type, read_body, read_json
from apps.api.cloudevents import BATCH, STRUCTURED, attributes_in, read_cloud_event
from apps.api.gate import Knock, tenant_of
from apps.api.metrics import EVENTS
from apps.api.problems import HttpProblem, error, invalid
from apps.api.sent import FAILED, Sent, let_in, record_sent
from apps.api.views import answer
from apps.events.ingest import MAX_BATCH, STATUSES, Result
from apps.events.message import Message, Rejection, read, read_line

JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/jsonl")
FLAGS = {"": False, "false": False, "0": False, "true": True, "1": True}

Item = Message | Rejection


def take_in(request: HttpRequest, knock: Knock) -> HttpResponse:
    """Record what was sent and answer each item, once that is durable.

    200 with counts and results. A lone object answers 422 when it is rejected and 409 when it conflicts. With
    `?atomic=true` a batch of which any item is one or the other answers 422, and nothing of it is stored.
    """
    atomic = FLAGS.get(request.GET.get("atomic", ""))
    tenant_id = tenant_of(knock)
    let_in(tenant_id, knock)
    if atomic is None:
        raise invalid("atomic", "unknown_value", "must be true or false")
    items, lone = unpack(request, read_body(request), at=knock.at)
    knock.meter.count_events(len(items))
    results = record_sent(Sent(tenant_id, knock.meter.hashed, items, knock.at, atomic=atomic and not lone))
    if lone and results[0].status in FAILED:
        raise _lone_failure(results[0])
    counts = Counter[str](one.status for one in results)
    for status, count in counts.items():
        EVENTS.labels(status).inc(count)
    shapes = [_shape(index, one) for index, one in enumerate(results)]
    return answer({status: counts[status] for status in STATUSES} | {"results": shapes})


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


def _shape(index: int, one: Result) -> dict[str, Any]:
    return {
        "index": index,
        "id": one.external_id,
        "status": one.status,
        "billable": one.billable,
        "outcome": one.outcome,
        "settles_at": one.settles_at,
        "reason": one.reason,
        "field": one.field,
    }
