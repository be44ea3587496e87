"""`POST /events`, the hot path: bytes to messages, one call of `record`, and the answers once that is durable.

Several requests can be taken in at once: what comes at the same time shares a transaction (sent.py).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from django.http import HttpRequest, HttpResponse

from apps.api.body import UTF8_MARK, media_type, read_body, read_json
from apps.api.cloudevents import BATCH, STRUCTURED, attributes_in, read_cloud_event
from apps.api.gate import Knock, failure, knocking, leaving, tenant_of
from apps.api.metrics import EVENTS
from apps.api.problems import HttpProblem, error, invalid
from apps.api.sent import FAILED, Sent, let_in, record_all
from apps.api.views import answer
from apps.common.clock import ticks
from apps.common.reading import Fields
from apps.events.ingest import MAX_BATCH, STATUSES, Result
from apps.events.message import Message, Rejection, read, read_line
from apps.tenants.models import Scope

JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/jsonl")
FLAGS = {"false": False, "0": False, "true": True, "1": True}

Item = Message | Rejection


@dataclass(frozen=True, slots=True)
class Post:
    """A request as it came: headers by their names in small letters, its query, and what reads its body."""

    headers: Mapping[str, str]
    query: str
    body: Callable[[], bytes]

    @classmethod
    def of(cls, request: HttpRequest) -> "Post":
        return cls(request.headers, request.META.get("QUERY_STRING", ""), lambda: read_body(request))


def take_in(posts: Sequence[Post]) -> list[HttpResponse]:
    """Record what was sent and answer each request, once that is durable.

    200 with counts and results of its items. A lone object answers 422 when it is rejected and 409 when it conflicts.
    With `?atomic=true` a batch of which any item is one or the other answers 422, and nothing of it is stored.
    """
    knocks = [knocking(post.headers.get("authorization") or "", Scope.EVENTS_WRITE) for post in posts]
    sendings = [_tried(_sent, post, knock) for post, knock in zip(posts, knocks, strict=True)]
    recorded = iter(record_all([one for one in sendings if isinstance(one, Sent)]))
    return [leaving(knock, "POST", _response(one, recorded)) for knock, one in zip(knocks, sendings, strict=True)]


def _tried(work: Callable[[Post, Knock], Sent], post: Post, knock: Knock) -> Sent | Exception:
    try:
        return work(post, knock)
    except Exception as error:
        return error


def _sent(post: Post, knock: Knock) -> Sent:
    """What a request brings, if its key lets it in."""
    knock.meter.check(at=ticks())
    tenant_id = tenant_of(knock)
    let_in(tenant_id, knock)
    atomic = _atomic(post)
    items, lone = unpack(post.headers, post.body(), at=knock.at)
    knock.meter.count_events(len(items))
    return Sent(tenant_id, knock.meter.hashed, items, knock.at, lone=lone, atomic=atomic and not lone)


def _atomic(post: Post) -> bool:
    if not post.query:
        return False
    asked = Fields({name: values[-1] for name, values in parse_qs(post.query).items()})
    said = asked.choice("atomic", FLAGS) if asked.given("atomic") else None
    asked.raise_if_any()
    return FLAGS[said or "false"]


def _response(sent: Sent | Exception, recorded: Iterator[Sequence[Result] | Exception]) -> HttpResponse:
    """The answer to what was sent: the next of what was recorded, or why it was not."""
    if isinstance(sent, Exception):
        return failure(sent)
    results = next(recorded)
    if isinstance(results, Exception):
        return failure(results)
    if sent.lone and results[0].status in FAILED:
        return failure(_lone_failure(results[0]))
    counts = Counter[str](one.status for one in results)
    for status, count in counts.items():
        EVENTS.labels(status).inc(count)
    shapes = [_shape(index, one) for index, one in enumerate(results)]
    return answer({status: counts[status] for status in STATUSES} | {"results": shapes})


def unpack(headers: Mapping[str, str], body: bytes, *, at: datetime) -> tuple[Sequence[Item], bool]:
    """(the items, whether it is a lone one). 400 for what can't be read, 413 for too many, 415 for other types."""
    media = media_type(headers)
    if media in NDJSON:
        return _lines(body, at), False
    if media not in (JSON, STRUCTURED, BATCH):
        raise HttpProblem(415, f"Send {JSON}, {NDJSON[0]}, {STRUCTURED} or {BATCH}, not {media}.")
    if media == JSON and (attributes := attributes_in(headers)):
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
