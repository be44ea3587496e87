"""When a worker last ran a task that beat queued, kept in Valkey."""

from datetime import UTC, datetime

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

KEY = "counterfoil:beat-seen"


def client() -> "redis.Redis":
    """A connection to Valkey that gives up within a second."""
    once = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=once)


def beat(*, at: datetime) -> None:
    client().set(KEY, at.timestamp())


def last_beat() -> datetime | None:
    """None when it was never seen. Raises redis.RedisError when Valkey is away."""
    seen = client().get(KEY)
    return datetime.fromtimestamp(float(seen), UTC) if seen else None
