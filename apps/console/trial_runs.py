"""Trials over the past that a worker runs while a page watches: kept in Valkey for an hour, under the tenant's key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec

from apps.events.past import Span
from apps.events.trial import Listed, Trial, try_past
from apps.invoices.trial_money import Change, changes
from apps.outbox.heartbeat import client
from apps.outcomes.models import OutcomeDefinition
from apps.tenants.scope import scope

KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is to try: a version's content, as `read_content` gives it, over the definition's events of a span."""

    code: str
    content: dict[str, Any]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer's quantities and what they cost, before and after; amounts are None where nothing prices them."""

    name: str
    external_id: str
    currency: str
    before: Decimal
    after: Decimal
    amount_before: Decimal | None
    amount_after: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found, as its page shows it."""

    events: int
    before: int
    after: int
    reasons: dict[str, int]
    not_counting: Listed
    now_counts: Listed
    no_longer: Listed
    customers: list[CustomerRow]


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands: `state` is waiting, running, finished, failed or cancelled."""

    id: UUID
    code: str
    state: str
    done: int
    total: int
    result: Result | None

    @property
    def ended(self) -> bool:
        return self.state in ("finished", "failed", "cancelled")


class Cancelled(Exception):
    """Somebody who watched the run has ended it."""


def _key(tenant_id: UUID, run: UUID) -> str:
    return f"counterfoil:trial:{tenant_id}:{run}"


def ask(tenant_id: UUID, asked: Asked) -> UUID:
    """Keep what is to be tried, for a worker to find. Raises redis.RedisError without Valkey."""
    run = uuid4()
    key = _key(tenant_id, run)
    fields: dict[Any, Any] = {
        "asked": msgspec.json.encode(asked),
        "code": asked.code,
        "state": "waiting",
        "done": 0,
        "total": 0,
    }
    with client().pipeline() as pipeline:
        pipeline.hset(key, mapping=fields)
        pipeline.expire(key, KEPT)
        pipeline.execute()
    return run


def find(tenant_id: UUID, run: UUID) -> Run | None:
    """How the run stands; None for one that is not, or no longer, kept."""
    kept: dict[Any, Any] = client().hgetall(_key(tenant_id, run))
    if b"state" not in kept:
        return None
    result = msgspec.json.decode(kept[b"result"], type=Result) if b"result" in kept else None
    state, code = kept[b"state"].decode(), kept[b"code"].decode()
    return Run(run, code, state, int(kept[b"done"]), int(kept[b"total"]), result)


def cancel(tenant_id: UUID, run: UUID) -> None:
    """End the run; its worker notices with the next events it has read."""
    found = find(tenant_id, run)
    if found and not found.ended:
        client().hset(_key(tenant_id, run), "state", "cancelled")


def perform(tenant_id: UUID, run: UUID, *, at: datetime) -> None:
    """Do what a run asks for, telling how far it is; nothing where it is gone or was cancelled."""
    valkey, key = client(), _key(tenant_id, run)
    raw = valkey.hget(key, "asked")
    if raw is None or valkey.hget(key, "state") == b"cancelled":
        return
    asked = msgspec.json.decode(raw, type=Asked)

    def tell(done: int, total: int) -> None:
        if valkey.hget(key, "state") == b"cancelled":
            raise Cancelled
        valkey.hset(key, mapping={"done": done, "total": total})

    valkey.hset(key, "state", "running")
    try:
        result = _try(tenant_id, asked, tell, at)
    except Cancelled:
        return
    except Exception:
        valkey.hset(key, "state", "failed")
        raise
    valkey.hset(key, mapping={"state": "finished", "result": msgspec.json.encode(result)})


def _try(tenant_id: UUID, asked: Asked, tell: Any, at: datetime) -> Result:
    with scope(tenant_id):
        definition = OutcomeDefinition.objects.get(code=asked.code)
        trial = try_past(definition, asked.content, Span(asked.start, asked.end), at=at, progress=tell)
        return _result(trial, changes(trial, asked.code, at=at))


def _result(trial: Trial, money: list[Change]) -> Result:
    return Result(
        trial.events,
        trial.before,
        trial.after,
        dict(trial.reasons.most_common()),
        trial.not_counting,
        trial.now_counts,
        trial.no_longer,
        [
            CustomerRow(
                one.customer.name,
                one.customer.external_id,
                one.customer.currency,
                one.before.quantity,
                one.after.quantity,
                one.amount_before,
                one.amount_after,
                one.difference,
            )
            for one in money
        ],
    )
