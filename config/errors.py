"""What is said where no view is asked, or one gives up: a page to people, a problem document to programs."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from apps.api.problems import HttpProblem, document

MISFORMED = "The request is not well formed, or names a host that this installation does not answer for."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what can't be read, and a value that no row can hold."""
    return document(HttpProblem(400, MISFORMED)) if _of_api(request) else defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: an address that nothing has."""
    if _of_api(request):
        return document(HttpProblem(404, f"There is no {request.path}; the API begins at /api/v1/."))
    return defaults.page_not_found(request, exception)


def _of_api(request: HttpRequest) -> bool:
    return f"{request.path_info}/".startswith("/api/")
