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
from apps.api.metrics import REQUESTS
from apps.api.problems import HttpProblem, document, problem_of
from apps.common.clock import now, ticks
from apps.tenants.access import find_api_key
from apps.tenants.models import ApiKey, Tenant
from apps.tenants.scope import scope

log = logging.getLogger(__name__)
RETRY_AFTER = {"Retry-After": "1"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in: whose it is, by which key, its bytes, the instant that is "now" for all of it, and
    what counts against the key's quotas.
    """

    tenant_id: UUID
    key: ApiKey
    body: bytes
    at: datetime
    meter: limits.Meter

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

    429 where the key's quota is used up, 401 without a valid key, 403 where it lacks the scope `needs`, 503 without a
    database.
    """
    slug, secret = _bearer(request)
    meter = limits.meter(secret, needs)
    response = _enter(request, (slug, secret), needs, work, meter)
    meter.label(response, at=ticks())
    REQUESTS.labels(request.method, str(response.status_code)).inc()
    return response


def _enter(
    request: HttpRequest,
    bearer: tuple[str, str],
    needs: str,
    work: Callable[[Call], HttpResponseBase],
    meter: limits.Meter,
) -> HttpResponseBase:
    at = now()
    try:
        meter.check(at=ticks())
        tenant_id = _tenant(bearer[0])
        body = read_body(request)
        with scope(tenant_id):
            key = _admit(tenant_id, bearer[1], needs, at)
            meter.admit(key, at=ticks())
            response = work(Call(tenant_id, key, body, at, meter))
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


def _bearer(request: HttpRequest) -> tuple[str, str]:
    """(tenant's slug, secret) of the bearer key; empty where there is none."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return (scheme.lower() == "bearer" and ApiKey.split(text.strip())) or ("", "")


def _tenant(slug: str) -> UUID:
    tenant_id = Tenant.objects.filter(slug=slug).values_list("pk", flat=True).first() if slug else None
    if tenant_id is None:
        raise _unknown_key()
    return tenant_id


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
