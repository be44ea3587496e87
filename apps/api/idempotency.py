"""POSTs that create, made safe to repeat: the first answer to an `Idempotency-Key` is kept and given again.

The answer is stored in the transaction that did the work, so there is never one without the other. Answers of failure
are not stored: the work was undone, and the same key may try again.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.db import connection
from django.http import HttpResponse

from apps.api.gate import RETRY_AFTER
from apps.api.problems import HttpProblem, error, invalid
from apps.api.views import ApiView
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
        _take(view, key)
        wanted = _hash(view, request)
        known = IdempotencyKey.objects.filter(key=key).first()
        if known:
            return _again(known, wanted)
        response = handler(view, request, **kwargs)
        if response.status_code < 400:
            # As text, not as JSON: jsonb would put its fields in another order.
            body = response.content.decode()
            at = view.call.at
            IdempotencyKey.objects.create(
                key=key, request_hash=wanted, status=response.status_code, body=body, created_at=at
            )
        return response

    return wrapper


def _take(view: ApiView, key: str) -> None:
    """Hold the key until this transaction ends; what is stored under it is read in a later statement."""
    with connection.cursor() as cursor:
        name = f"idempotency {view.call.tenant_id} {key}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            detail = "The first request with this key is still in progress; ask again in a moment."
            raise HttpProblem(409, detail, [error(HEADER, "in_progress", detail)], RETRY_AFTER)


def _hash(view: ApiView, request: Any) -> str:
    """What was asked: method, path and body, whose spacing and order of fields don't matter."""
    body = msgspec.json.encode(view.body(optional=True), order="deterministic")
    return hashlib.sha256(b"\n".join([request.method.encode(), request.path.encode(), body])).hexdigest()


def _again(known: IdempotencyKey, wanted: str) -> HttpResponse:
    if known.request_hash != wanted:
        detail = "This key was used for another request; choose a new one for each."
        raise HttpProblem(409, detail, [error(HEADER, "key_reused", detail)])
    return HttpResponse(
        known.body, status=known.status, content_type="application/json", headers={"Idempotent-Replayed": "true"}
    )
