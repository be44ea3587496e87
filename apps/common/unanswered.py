"""Pages while the database is away: a plain one that says so, instead of one that looks like a fault of ours."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


class Unanswered:
    """Middleware: 503 with Retry-After where a page needs the database and that does not answer."""

    def __init__(self, get_response: object) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)  # type: ignore[operator]
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        log.warning("No answer from the database: %s", exception)
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "1"})
