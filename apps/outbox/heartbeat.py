"""When a worker last ran a task that beat queued, kept in Valkey."""

from datetime import UTC, datetime

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

KEY = "counterfoil:beat-seen"
WITHIN = 1.0
"""Seconds for Valkey to answer."""


def client() -> "redis.Redis":
    """A connection to Valkey that does not wait for long."""
    once = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=WITHIN, socket_connect_timeout=WITHIN, retry=once)


def beat(*, at: datetime) -> None:
    client().set(KEY, at.timestamp())


def last_beat() -> datetime | None:
    """None when it was never seen. Raises redis.RedisError when Valkey is away."""
    seen = client().get(KEY)
    return datetime.fromtimestamp(float(seen), UTC) if seen else None
