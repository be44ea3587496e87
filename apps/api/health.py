"""Is it up, is it ready, what did it count: for load balancers and Prometheus. Nothing of a tenant is told here."""

import logging
from datetime import timedelta

import redis
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from apps.api.metrics import READY
from apps.common.clock import now
from apps.outbox import heartbeat

log = logging.getLogger(__name__)
BEAT_SEEN_WITHIN = timedelta(seconds=60)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; it asks nobody else."""
    return JsonResponse({"status": "up"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, broker and beat are there; 503 naming what is missing."""
    parts = look()
    missing = [name for name, ready in parts.items() if not ready]
    body = {"status": "unready" if missing else "ready", "missing": missing}
    return JsonResponse(body, status=503 if missing else 200)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The counters of the process that answers, what is ready just now, and what the workers noted last."""
    for name, ready in look().items():
        READY.labels(name).set(ready)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def look() -> dict[str, bool]:
    """Which of the parts that the service needs answer at this moment."""
    broker, beat = _broker_and_beat()
    return {"database": _database(), "broker": broker, "beat": beat}


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except Error as error:
        log.warning("No answer from the database: %s", error)
        return False


def _broker_and_beat() -> tuple[bool, bool]:
    """Beat is there when a worker ran a task of it within the last minute."""
    try:
        seen = heartbeat.last_beat()
    except redis.RedisError:
        return False, False
    return True, seen is not None and now() - seen <= BEAT_SEEN_WITHIN
