"""The base of the API's views: scopes by method, one transaction, answers written while it is open."""

from typing import Any, ClassVar

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.views import APIView

from apps.api.body import media_type, read_json
from apps.api.describe import ApiSchema
from apps.api.gate import Call, enter
from apps.api.problems import HttpProblem
from apps.common.private import PRIVATE
from apps.common.reading import Fields
from apps.tenants.models import Scope


def answer(body: Any, status: int = 200) -> HttpResponse:
    """The body as JSON: UUIDs, days and instants are written as api.md says; decimals must be text already."""
    return HttpResponse(msgspec.json.encode(body), status=status, content_type="application/json")


def sent_parameters(request: HttpRequest) -> Fields:
    """The parameters of a query, to be read as a body is: one that is unknown is refused, an empty one not given."""
    return Fields({name: value for name, value in request.GET.items() if value})


class OneAnswer(BaseContentNegotiation):
    """Each resource has one representation, whatever the client says it prefers."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return None

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """A resource. Reading needs the scope `read`, everything else `manage`, unless `needs` says otherwise."""

    content_negotiation_class = OneAnswer
    schema = ApiSchema()
    needs: ClassVar[dict[str, str]] = {}
    call: Call

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        needs = self.scope_of(request.method or "")
        response = enter(request, needs, lambda call: self._answer(call, request, args, kwargs))
        response.headers.setdefault("Cache-Control", PRIVATE)
        return response

    def scope_of(self, method: str) -> str:
        """The scope that a key needs for this method."""
        reading = method in ("GET", "HEAD", "OPTIONS")
        return self.needs.get(method, Scope.READ if reading else Scope.MANAGE)

    def _answer(
        self, call: Call, request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase:
        self.call = call
        method = getattr(self, (request.method or "").lower(), None)
        if method and not getattr(method, "reads_query", False):
            sent_parameters(request).raise_if_any()
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        allowed = ", ".join(self.allowed_methods)
        raise HttpProblem(405, f"Here you may: {allowed}.", headers={"Allow": allowed})

    def body(self, *, optional: bool = False) -> Any:
        """The JSON that was sent; `{}` where it may be left out and was. 400 and 415 for what is no JSON."""
        if optional and not self.call.body.strip():
            return {}
        sent = media_type(self.request.headers)
        if sent != "application/json":
            raise HttpProblem(415, f"Send application/json, not {sent}.")
        return read_json(self.call.body)
