"""Everything that goes wrong, as the documents of RFC 9457 that the API answers with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError
from django.http import Http404, HttpResponse
from rest_framework.exceptions import APIException

from apps.common.reading import InvalidInput
from apps.events.resolve import NotNow
from apps.invoices.pdf import PdfUnavailable
from apps.invoices.subscribe import CurrencyDiffers, Refused
from apps.outcomes import publish
from apps.plans.coupons import NotGiven
from apps.plans.published import CodeTaken
from apps.taxes.change import RateOverlaps
from apps.tenants import customers

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "The request can't be read",
    401: "A valid API key is needed",
    403: "The key lacks a scope",
    404: "There is nothing here",
    405: "This method is not allowed here",
    409: "This conflicts with what is there",
    413: "The request is too large",
    415: "This media type is not understood",
    422: "The request is not valid",
    429: "Too much in too short a time",
    500: "Something went wrong on our side",
    503: "Not available just now",
}

ErrorItem = dict[str, Any]


class HttpProblem(Exception):
    """A request that ends in a problem document; `errors` are as `error` makes them."""

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Iterable[ErrorItem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.detail, self.errors, self.headers = status, detail, list(errors), headers
        super().__init__(detail)


def error(field: str | None, code: str, message: str, index: int | None = None) -> ErrorItem:
    """One thing that is wrong; `index` is the item's place in a batch."""
    item: ErrorItem = {} if index is None else {"index": index}
    return item | {"field": field, "code": code, "message": message}


def invalid(field: str, code: str, message: str) -> HttpProblem:
    """A 422 about one field or query parameter."""
    return HttpProblem(422, _said(field, message), [error(field, code, message)])


def _said(field: str, message: str) -> str:
    """A problem as a sentence: "name is required."; what is a sentence already stands behind its field."""
    return f"{field}: {message}" if message.endswith(".") else f"{field} {message}."


def document(problem: HttpProblem) -> HttpResponse:
    """The problem as an answer; its `type` leads to the reference, which explains each status."""
    body = {
        "type": f"{settings.SITE_URL}/api/v1/docs#status-{problem.status}",
        "title": TITLES.get(problem.status, "The request failed"),
        "status": problem.status,
        "detail": problem.detail,
        "errors": problem.errors,
    }
    return HttpResponse(
        msgspec.json.encode(body), status=problem.status, content_type=MEDIA_TYPE, headers=dict(problem.headers or {})
    )


def exception_handler(exception: Exception, context: Any = None) -> HttpResponse | None:
    """DRF's hook: the answer to an exception of a view, or None for one that is a fault of ours."""
    problem = problem_of(exception)
    return document(problem) if problem else None


def problem_of(exception: Exception) -> HttpProblem | None:
    """What an exception of the domain, of Django or of DRF means to a client; None for a fault of ours."""
    for kinds, translate in TRANSLATIONS:
        if isinstance(exception, kinds):
            return translate(exception)
    return None


def _invalid_input(exception: InvalidInput) -> HttpProblem:
    errors = [error(one.path or None, one.code, one.message) for one in exception.problems]
    return HttpProblem(422, _sentence(exception), errors)


def _sentence(exception: InvalidInput) -> str:
    first, count = exception.problems[0], len(exception.problems)
    more = f" ({count - 1} more in errors)" if count > 1 else ""
    return f"{_said(first.path or 'The body', first.message).removesuffix('.')}{more}."


def _currency_differs(exception: CurrencyDiffers) -> HttpProblem:
    return HttpProblem(422, str(exception), [error("plan", "currency_differs", str(exception))])


def _conflict(exception: Exception) -> HttpProblem:
    field = getattr(exception, "field", None)
    return HttpProblem(409, str(exception), [error(field, "conflict", str(exception))])


TRANSLATIONS: Sequence[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], HttpProblem]]] = (
    (HttpProblem, lambda exception: exception),
    (InvalidInput, _invalid_input),
    (CurrencyDiffers, _currency_differs),
    ((customers.Taken, publish.Taken, CodeTaken, NotGiven, RateOverlaps, Refused, NotNow), _conflict),
    ((ObjectDoesNotExist, Http404), lambda _: HttpProblem(404, "There is no such thing in this account.")),
    (DataError, lambda _: HttpProblem(422, "A value can't be stored, such as one with the character NUL.")),
    (PdfUnavailable, lambda exception: HttpProblem(503, str(exception))),
    (APIException, lambda exception: HttpProblem(exception.status_code, str(exception.detail))),
)
