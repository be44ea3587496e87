"""POSTs that create, made safe to repeat: the first answer to an `Idempotency-Key` is kept and given again.

Answers of failure are not kept: the work was undone, and the same key may try again.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpResponse

from apps.api.gate import RETRY_AFTER
from apps.api.problems import HttpProblem, error, invalid
from apps.api.views import ApiView
from apps.common.sealed import Unreadable
from apps.outbox.answers import first_answer, keep, take
from apps.outbox.models import IdempotencyKey

Handler = Callable[..., HttpResponse]
HEADER = "Idempotency-Key"


def idempotent(handler: Handler) -> Handler:
    """Make a view's method obey the header: 409 while the first request still runs, and for another body."""

    @wraps(handler)
    def wrapper(view: ApiView, request: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, **kwargs)
        if not (1 <= len(key) <= 255 and key.isprintable()):
            raise invalid(HEADER, "length", "must be 1 to 255 printable characters")
        if not take(key):
            detail = "The first request with this key is still in progress; ask again in a moment."
            raise HttpProblem(409, detail, [error(HEADER, "in_progress", detail)], RETRY_AFTER)
        wanted = _hash(view, request)
        known = first_answer(key)
        if known:
            return _again(known, wanted)
        response = handler(view, request, **kwargs)
        if response.status_code < 400:
            text = response.content.decode()
            keep(key, text, status=response.status_code, request_hash=wanted, at=view.call.at)
        return response

    return wrapper


def _hash(view: ApiView, request: Any) -> str:
    """What was asked: method, path and body, whose spacing and order of fields don't matter."""
    body = msgspec.json.encode(view.body(optional=True), order="deterministic")
    return hashlib.sha256(b"\n".join([request.method.encode(), request.path.encode(), body])).hexdigest()


def _again(known: IdempotencyKey, wanted: str) -> HttpResponse:
    if known.request_hash != wanted:
        detail = "This key was used for another request; choose a new one for each."
        raise HttpProblem(409, detail, [error(HEADER, "key_reused", detail)])
    try:
        text = known.text()
    except Unreadable:
        detail = "The first request was done, but its answer can't be read any more: the server has another secret key."
        raise HttpProblem(409, detail, [error(HEADER, "answer_lost", detail)]) from None
    return HttpResponse(
        text, status=known.status, content_type="application/json", headers={"Idempotent-Replayed": "true"}
    )
