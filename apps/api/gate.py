"""The gate: every request of the API comes in here, with a key, and its one transaction ends before the answer leaves.

The key names its tenant in clear, so that the tenant's scope opens before the secret is looked up. Whatever is answered
with 400 or above leaves no trace: the transaction is rolled back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.api import limits
from apps.api.body import read_body
from apps.api.keys import read_key, tenant_named
from apps.api.metrics import REQUESTS
from apps.api.problems import HttpProblem, document, problem_of
from apps.common.clock import now, ticks
from apps.tenants.access import find_api_key
from apps.tenants.models import ApiKey
from apps.tenants.scope import scope

log = logging.getLogger(__name__)
RETRY_AFTER = {"Retry-After": "1"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in: whose it is, by which key, its bytes, and the instant that is "now" for all of it."""

    tenant_id: UUID
    key: ApiKey
    body: bytes
    at: datetime

    @property
    def by(self) -> str:
        """How the key is named in a record of who did something."""
        return f"API key {self.key.name}"


class _RolledBack(Exception):
    """Carries an answer of failure out of the transaction that it undoes."""

    def __init__(self, response: HttpResponseBase) -> None:
        self.response = response


@dataclass(frozen=True, slots=True)
class Knock:
    """A request before it is let in: what its key says of itself, the scope that it needs, and its quotas."""

    slug: str
    secret: str
    needs: str
    at: datetime
    meter: limits.Meter


def enter(request: HttpRequest, needs: str, work: Callable[[Call], HttpResponseBase]) -> HttpResponseBase:
    """Answer the request by `work`, in the scope of its key's tenant; the answer is given only once that is durable.

    429 where the key's quota is used up, 401 without a valid key, 403 where it lacks the scope `needs`, 503 without a
    database.
    """
    knock = knocking(request.headers.get("Authorization", ""), needs)
    try:
        response = _let_in(request, knock, work)
    except _RolledBack as failed:
        response = failed.response
    except Exception as error:
        response = failure(error)
    return leaving(knock, request.method or "", response)


def _let_in(request: HttpRequest, knock: Knock, work: Callable[[Call], HttpResponseBase]) -> HttpResponseBase:
    knock.meter.check(at=ticks())
    tenant_id = tenant_of(knock)
    body = read_body(request)
    with scope(tenant_id):
        response = work(Call(tenant_id, admit(tenant_id, knock), body, knock.at))
        if response.status_code >= 400:
            raise _RolledBack(response)
    return response


def knocking(authorization: str, needs: str) -> Knock:
    """The request of whoever sent this header, as it arrives now; slug and secret are empty where it names no key."""
    slug, secret = read_key(authorization)
    return Knock(slug, secret, needs, now(), limits.meter(secret, needs))


def leaving[Response: HttpResponseBase](knock: Knock, method: str, response: Response) -> Response:
    """The response with the key's quotas in its headers, counted."""
    knock.meter.label(response, at=ticks())
    REQUESTS.labels(method, str(response.status_code)).inc()
    return response


def failure(error: Exception) -> HttpResponse:
    """The problem document of what went wrong; 503 where the database does not answer, 500 for a fault of ours."""
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("No answer from the database: %s", error)
        return document(HttpProblem(503, "The database does not answer; send this again.", headers=RETRY_AFTER))
    problem = problem_of(error)
    if problem is None:
        log.error("A request failed", exc_info=error)
        problem = HttpProblem(500, "This is a fault of ours and has been logged; sending it again may help.")
    return document(problem)


def tenant_of(knock: Knock) -> UUID:
    """The tenant that the key names. 401 for none."""
    tenant_id = tenant_named(knock.slug)
    if tenant_id is None:
        raise unknown_key()
    return tenant_id


def admit(tenant_id: UUID, knock: Knock) -> ApiKey:
    """The key that knocks, in its tenant's scope. 401 for none that lives, 403 where it lacks the scope it needs."""
    key = find_api_key(tenant_id, knock.secret)
    if key is None:
        limits.forget(knock.meter.hashed, tenant_id)
        raise unknown_key()
    if knock.needs not in key.scopes:
        challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{knock.needs}"'}
        raise HttpProblem(403, f"This key lacks the scope {knock.needs}.", headers=challenge)
    key.touch(at=knock.at)
    knock.meter.admit(key, at=ticks())
    return key


def unknown_key() -> HttpProblem:
    """The 401."""
    detail = "Send `Authorization: Bearer cf_…` with a key that is not revoked."
    return HttpProblem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="Counterfoil"'})
