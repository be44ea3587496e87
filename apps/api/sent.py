"""Recording what requests have sent: those that come at the same time share a transaction, so single events are cheap.

A transaction costs as much for one event as for twenty: its ways to and fro, its flush to the disk. So small sendings
of one tenant that meet in a process (web/gather.py) are recorded in one transaction, as if they were one batch; each is
answered when that is durable. An atomic one has a transaction of its own, for it may have to be undone alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID

from django.db import InterfaceError, OperationalError

from apps.api.gate import Knock, admit, unknown_key
from apps.api.problems import HttpProblem, error
from apps.common.clock import ticks
from apps.events.ingest import MAX_BATCH, Result, record
from apps.events.message import Message, Rejection
from apps.events.plain import record_plain
from apps.events.rules import RulesChanged
from apps.tenants.access import ask_live_keys
from apps.tenants.models import ApiKey
from apps.tenants.scope import scope

KNOWN_FOR = timedelta(seconds=5)
MOST_KNOWN = 10_000
FAILED = ("rejected", "conflict")
_known: dict[tuple[UUID, str, str], tuple[ApiKey, datetime]] = {}
"""By tenant, hash of the secret, and scope: the key, and when it was looked up."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The items of one request, the hash of its key's secret, and when they came; `lone` if it is one object."""

    tenant_id: UUID
    hashed: str
    items: Sequence[Message | Rejection]
    at: datetime
    lone: bool = False
    atomic: bool = False


def let_in(tenant_id: UUID, knock: Knock) -> None:
    """Let the key in that knocks. A known one is looked up every few seconds: recording asks again whether it lives.

    401 and 403 as `admit`.
    """
    name = (tenant_id, knock.meter.hashed, knock.needs)
    found = _known.get(name)
    if found and timedelta(0) <= knock.at - found[1] < KNOWN_FOR:
        if knock.meter.allowance is None:
            knock.meter.admit(found[0], at=ticks())
        return
    with scope(tenant_id):
        key = admit(tenant_id, knock)
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[name] = key, knock.at


def record_all(sendings: Sequence[Sent]) -> list[Sequence[Result] | Exception]:
    """What became of the items of each, once that is durable, or why nothing did. In order.

    401 where the key has been revoked meanwhile; 422 for an atomic sending of which anything is rejected or a conflict.
    """
    found: list[Sequence[Result] | Exception] = []
    for crew in _crews(sendings):
        found += _each(crew)
    return found


def _crews(sendings: Sequence[Sent]) -> Iterator[list[Sent]]:
    """Neighbours that can share a transaction: of one tenant, no more items than a batch may have, none atomic."""
    crew: list[Sent] = []
    total = 0
    for one in sendings:
        total += len(one.items)
        if crew and (one.atomic or crew[0].atomic or total > MAX_BATCH or one.tenant_id != crew[0].tenant_id):
            yield crew
            crew, total = [], len(one.items)
        crew.append(one)
    if crew:
        yield crew


def _each(crew: Sequence[Sent]) -> list[Sequence[Result] | Exception]:
    """Record a crew: plain events on one way to the database, and what is left the usual way."""
    try:
        plain = _recorded_plainly(crew)
    except (OperationalError, InterfaceError) as error:
        return [error] * len(crew)
    except Exception:  # and nothing of it is stored: the usual way finds out whose fault it is
        plain = [None] * len(crew)
    left = [one for one, result in zip(crew, plain, strict=True) if result is None]
    others = iter(_left(left) if left else ())
    return [next(others) if result is None else [result] for result in plain]


def _recorded_plainly(sendings: Sequence[Sent]) -> Sequence[Result | None]:
    """What became of single events that are plain, as all of the sendings must be; None for those that are left."""
    if any(len(one.items) != 1 or one.atomic for one in sendings):
        return [None] * len(sendings)
    items = [one.items[0] for one in sendings]
    at = max(one.at for one in sendings)
    return record_plain(sendings[0].tenant_id, items, {one.hashed for one in sendings}, at=at)


def _left(crew: Sequence[Sent]) -> list[Sequence[Result] | Exception]:
    """Record a crew; where the error may be about one of them each is tried alone, so that it spoils nothing else."""
    try:
        return _record(crew)
    except Exception as error:
        if len(crew) > 1 and not isinstance(error, OperationalError | InterfaceError):
            return [answer for one in crew for answer in _left([one])]
        return [error] * len(crew)


def _record(sendings: Sequence[Sent]) -> list[Sequence[Result] | Exception]:
    """Record sendings of one tenant in one transaction, as if they had come one after the other.

    Whether their keys still live is asked on the way; where one does not, all is undone and done again without it. So
    it is where the rules are not those of the last time.
    """
    try:
        try:
            return _recorded(sendings, presume=True)
        except RulesChanged:
            return _recorded(sendings, presume=False)
    except _Revoked as found:
        others = [one for one in sendings if one.hashed not in found.hashes]
        answers = iter(_record(others) if others else ())
        return [unknown_key() if one.hashed in found.hashes else next(answers) for one in sendings]


class _Revoked(Exception):
    """Keys whose secrets have these hashes live no more."""

    def __init__(self, hashes: set[str]) -> None:
        self.hashes = hashes


def _recorded(sendings: Sequence[Sent], *, presume: bool) -> list[Sequence[Result] | Exception]:
    tenant_id, at = sendings[0].tenant_id, max(one.at for one in sendings)
    hashes = {one.hashed for one in sendings}
    with scope(tenant_id):
        live_keys = ask_live_keys(tenant_id, hashes)
        results = record([item for one in sendings for item in one.items], at=at, presume=presume)
        if dead := hashes - live_keys():
            raise _Revoked(dead)
        if sendings[0].atomic:
            _refuse_failed(results)
    ends = accumulate(len(one.items) for one in sendings)
    return [results[end - len(one.items) : end] for one, end in zip(sendings, ends, strict=True)]


def _refuse_failed(results: Sequence[Result]) -> None:
    failed = [one for one in results if one.status in FAILED]
    if failed:
        errors = [error(one.field, one.reason or "", one.text or "", one.index) for one in failed]
        raise HttpProblem(422, f"{len(failed)} of {len(results)} can't be stored, so none was.", errors)
