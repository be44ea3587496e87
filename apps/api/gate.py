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

from apps.api.body import read_body
from apps.api.metrics import REQUESTS
from apps.api.problems import HttpProblem, document, problem_of
from apps.common.clock import now
from apps.tenants.access import find_api_key
from apps.tenants.models import ApiKey, Tenant
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


def enter(request: HttpRequest, needs: str, work: Callable[[Call], HttpResponseBase]) -> HttpResponseBase:
    """Answer the request by `work`, in the scope of its key's tenant; the answer is given only once that is durable.

    401 without a valid key, 403 where the key lacks the scope `needs`, 503 without a database.
    """
    response = _enter(request, needs, work)
    REQUESTS.labels(request.method, str(response.status_code)).inc()
    return response


def _enter(request: HttpRequest, needs: str, work: Callable[[Call], HttpResponseBase]) -> HttpResponseBase:
    at = now()
    try:
        tenant_id, secret = _whose(request)
        body = read_body(request)
        with scope(tenant_id):
            response = work(Call(tenant_id, _admit(tenant_id, secret, needs, at), body, at))
            if response.status_code >= 400:
                raise _RolledBack(response)
        return response
    except _RolledBack as failed:
        return failed.response
    except (OperationalError, InterfaceError) as error:
        log.warning("No answer from the database: %s", error)
        return document(HttpProblem(503, "The database does not answer; send this again.", headers=RETRY_AFTER))
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> HttpResponse:
    problem = problem_of(error)
    if problem is None:
        log.exception("A request failed")
        problem = HttpProblem(500, "This is a fault of ours and has been logged; sending it again may help.")
    return document(problem)


def _whose(request: HttpRequest) -> tuple[UUID, str]:
    """(tenant, secret) of the bearer key."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    parts = ApiKey.split(text.strip()) if scheme.lower() == "bearer" else None
    tenant_id = Tenant.objects.filter(slug=parts[0]).values_list("pk", flat=True).first() if parts else None
    if parts is None or tenant_id is None:
        raise _unknown_key()
    return tenant_id, parts[1]


def _admit(tenant_id: UUID, secret: str, needs: str, at: datetime) -> ApiKey:
    key = find_api_key(tenant_id, secret)
    if key is None:
        raise _unknown_key()
    if needs not in key.scopes:
        challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needs}"'}
        raise HttpProblem(403, f"This key lacks the scope {needs}.", headers=challenge)
    key.touch(at=at)
    return key


def _unknown_key() -> HttpProblem:
    detail = "Send `Authorization: Bearer cf_…` with a key that is not revoked."
    return HttpProblem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="Counterfoil"'})
