"""How much a key may ask of this process in a second: one quota of requests, one of events.

They are counted in the memory of each web process, so that they cost microseconds, need no server, and can't fail:
Valkey may be away, and a shared count would cost every single event a round trip. So a key gets at least its limit
from each process, and at most that many times as there are processes (docs/decisions/0009-limits.md).

A quota holds two seconds' worth: whoever keeps to his limit in every second, by whatever clock, never meets it. It is
looked at before anything is read of the body or of the database, and lets a request in while anything is left of it.
How many events came is known only later, so that a batch may overdraw its quota, and is waited for the longer.
"""

from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from django.http.response import HttpResponseBase

from apps.api.problems import HttpProblem
from apps.common.clock import ticks
from apps.common.words import unit_for
from apps.tenants.models import ApiKey, Scope, fingerprint

WINDOW = 2
"""Seconds of its limit that a key may use at once."""
SECOND = 1_000_000_000
MOST = 10_000
"""Keys that are remembered; beyond them the one that was met first is forgotten, and finds its quotas untouched."""


@dataclass(slots=True)
class Quota:
    """So many units a second. `used` is in billionths of a unit, so that nothing is ever rounded, at `seen`."""

    name: str
    per_second: int
    used: int = 0
    seen: int = 0

    @property
    def size(self) -> int:
        return self.per_second * WINDOW

    def _used(self, at: int) -> int:
        return max(0, self.used - self.per_second * max(0, at - self.seen))

    def take(self, count: int, *, at: int) -> None:
        """Use so many units, whether they are there or not; `at` is in nanoseconds."""
        self.used, self.seen = self._used(at) + count * SECOND, max(at, self.seen)

    def left(self, *, at: int) -> int:
        return max(0, self.size - -(-self._used(at) // SECOND))

    def wait(self, *, at: int) -> int:
        """Whole seconds until a unit is left; 0 where one is."""
        missing = self._used(at) - (self.size - 1) * SECOND
        return max(0, -(-missing // (self.per_second * SECOND)))

    def reset(self, *, at: int) -> int:
        """Whole seconds until all of it is there again."""
        return -(-self._used(at) // (self.per_second * SECOND))

    def policy(self) -> str:
        unit = f';qu="{self.name}"' if self.name != "requests" else ""
        return f'"{self.name}";q={self.size}{unit};w={WINDOW}'

    def state(self, *, at: int) -> str:
        """What is left, and in how many seconds all of it is there again; where nothing is left, the first of it."""
        return f'"{self.name}";r={self.left(at=at)};t={self.wait(at=at) or self.reset(at=at)}'


@dataclass(slots=True)
class Allowance:
    """The quotas of one key of a tenant, without those that have no limit, and the lock under which they are used."""

    tenant_id: UUID | None
    limits: dict[str, int] = field(default_factory=dict)
    quotas: dict[str, Quota] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def set(self, limits: dict[str, int]) -> None:
        """Give the quotas their limits, by name, which may have changed since; 0 is none."""
        if limits != self.limits:
            used = {name: (quota.used, quota.seen) for name, quota in self.quotas.items()}
            self.quotas = {name: Quota(name, most, *used.get(name, (0, 0))) for name, most in limits.items() if most}
            self.limits = limits

    def take(self, name: str, count: int, *, at: int) -> None:
        if quota := self.quotas.get(name):
            quota.take(count, at=at)


_allowances: dict[str, Allowance] = {}
_making = Lock()


@dataclass(slots=True)
class Meter:
    """One request on its way: whose it is, as far as that is known, and whether it brings events."""

    hashed: str
    brings_events: bool
    allowance: Allowance | None

    def check(self, *, at: int) -> None:
        """Count the request of a key that is known here. Raises a 429 where its quota is used up; then none counts."""
        if self.allowance is None:
            return
        with self.allowance.lock:
            for quota in self._quotas(self.allowance):
                if seconds := quota.wait(at=at):
                    raise _too_many(quota, seconds)
            self.allowance.take("requests", 1, at=at)

    def admit(self, key: ApiKey, *, at: int) -> None:
        """Note the limits of a key that was just read, and count the request if it is new here."""
        known, self.allowance = self.allowance, meet(key)
        if known is None:
            with self.allowance.lock:
                self.allowance.take("requests", 1, at=at)

    def count_events(self, count: int) -> None:
        """Count the events of the request."""
        if self.allowance:
            with self.allowance.lock:
                self.allowance.take("events", count, at=ticks())

    def label(self, response: HttpResponseBase, *, at: int) -> None:
        """Tell the client its quotas, as draft-ietf-httpapi-ratelimit-headers-11 has it."""
        if self.allowance is None:
            return
        with self.allowance.lock:
            quotas = self._quotas(self.allowance)
            policies, states = [one.policy() for one in quotas], [one.state(at=at) for one in quotas]
        if quotas:
            response["RateLimit-Policy"], response["RateLimit"] = ", ".join(policies), ", ".join(states)

    def _quotas(self, allowance: Allowance) -> list[Quota]:
        """Those that the request needs."""
        return [one for one in allowance.quotas.values() if self.brings_events or one.name != "events"]


def meter(secret: str, needs: str) -> Meter:
    """The meter of a request with this secret; a key is known here once it was looked up."""
    hashed = fingerprint(secret)
    return Meter(hashed, needs == Scope.EVENTS_WRITE, _allowances.get(hashed))


def meet(key: ApiKey) -> Allowance:
    """The allowance of a key that was just read, with its limits; it is known here from now on."""
    with _making:
        allowance = _allowances.setdefault(key.secret_hash, Allowance(key.tenant_id))
        if len(_allowances) > MOST:
            del _allowances[next(iter(_allowances))]
    with allowance.lock:
        allowance.set(key.limits())
    return allowance


def knows(hashed: str, tenant_id: UUID) -> bool:
    """Whether the key of this tenant whose secret has this hash is known here."""
    allowance = _allowances.get(hashed)
    return allowance is not None and allowance.tenant_id == tenant_id


def forget(hashed: str, tenant_id: UUID) -> None:
    """The tenant has no such key, or none that lives. Another's that names him keeps its quotas."""
    with _making:
        if knows(hashed, tenant_id):
            del _allowances[hashed]


def _too_many(quota: Quota, seconds: int) -> HttpProblem:
    what = f"{quota.per_second:,} {unit_for(quota.name.removesuffix('s'), quota.per_second)}"
    text = f"This key may send {what} a second. Nothing was stored; send this again"
    return HttpProblem(429, f"{text} in {seconds} s.", headers={"Retry-After": str(seconds)})
