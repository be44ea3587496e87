"""What this process counted, for Prometheus. Figures of tenants are no metrics: they stand behind their scope."""

from collections.abc import Iterable
from contextlib import suppress

import redis
from prometheus_client import REGISTRY, Counter, Gauge, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.events import checks
from apps.outbox import figures

REQUESTS = Counter("counterfoil_api_requests", "Requests to the API answered by this process.", ["method", "status"])
EVENTS = Counter("counterfoil_events", "Events answered by this process, by status.", ["status"])
READY = Gauge("counterfoil_ready", "Whether a part that the service needs answered just now.", ["part"])


class Noted(Collector):
    """What the workers noted of all tenants together: asked of Valkey at each look, absent where that is away."""

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        with suppress(redis.RedisError):  # which READY tells
            silent = "Types of events, of all tenants, that usually arrive and have stopped."
            yield GaugeMetricFamily("counterfoil_silences", silent, figures.total("silences"))
            if told := checks.told():
                yield from self._ledger_checks(told)

    def _ledger_checks(self, told: checks.Told) -> Iterable[Metric]:
        """What the newest checks of all tenants' ledgers came to."""
        name = "counterfoil_ledger_check"
        yield GaugeMetricFamily(f"{name}_tenants", "Tenants whose ledger was checked.", told.tenants)
        oldest = "When the tenant whose last check is the oldest was checked."
        yield GaugeMetricFamily(f"{name}_oldest_timestamp_seconds", oldest, told.oldest.timestamp())
        yield GaugeMetricFamily(f"{name}_sums", "Sums of usage that the last checks compared.", told.sums)
        differing = "Sums of usage that were not those of the ledger. Above 0: run rebuild_usage."
        yield GaugeMetricFamily(f"{name}_drift", differing, told.differing)


REGISTRY.register(Noted())
