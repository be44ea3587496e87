"""What this process counted, for Prometheus. Figures of tenants are no metrics: they stand behind their scope."""

from prometheus_client import Counter, Gauge

REQUESTS = Counter("counterfoil_api_requests", "Requests to the API answered by this process.", ["method", "status"])
EVENTS = Counter("counterfoil_events", "Events answered by this process, by status.", ["status"])
READY = Gauge("counterfoil_ready", "Whether a part that the service needs answered just now.", ["part"])
SILENCES = Gauge("counterfoil_silences", "Types of events, of all tenants, that usually arrive and have stopped.")
