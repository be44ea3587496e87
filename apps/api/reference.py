"""The API's reference: its OpenAPI document, and a page made from the same document."""

import json
from functools import cache
from http import HTTPMethod
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from apps.api.problems import TITLES

METHODS = [method.lower() for method in HTTPMethod]
MEANINGS = {
    400: "The body is no JSON, or is nested too deep.",
    401: "Send a key that is known and not revoked, as a bearer token.",
    403: "The key is good, but lacks the scope that the detail names.",
    404: "Nothing of this name is in the key's account.",
    405: "The header Allow names the methods that are.",
    409: "What you ask for conflicts with what is there; the detail says with what.",
    413: "A body has at most 2 MiB, a batch at most 1,000 events.",
    415: "Send JSON, or for events one of the media types listed there.",
    422: "The JSON is readable and wrong: errors names each field.",
    429: "The key's quota is used up; the headers RateLimit and Retry-After say when there is some again.",
    500: "Our fault, and logged. What you sent was not stored; it may be sent again.",
    503: "Wait as the header Retry-After says, and send the same again: nothing is counted twice.",
}


@cache
def openapi() -> Any:
    """The OpenAPI document of every route of the API."""
    return SchemaGenerator().get_schema(request=None, public=True)


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, for tools."""
    return JsonResponse(openapi())


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The same for people."""
    statuses = [(status, TITLES[status], meaning) for status, meaning in MEANINGS.items()]
    return render(request, "api/reference.html", {"resources": resources(), "statuses": statuses})


@cache
def resources() -> dict[str, list[dict[str, Any]]]:
    """The operations by resource, as the page shows them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in openapi()["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                found.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return found


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    status, response = next(iter(operation["responses"].items()))
    body = operation.get("requestBody", {}).get("content", {})
    parameters = [one for one in operation.get("parameters", []) if one["in"] != "path"]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "scope": operation["x-scope"],
        "parameters": parameters,
        "previews": any(one["name"] == "preview" for one in parameters),
        "media": list(body),
        "bodies": _examples(body),
        "status": status,
        "answers": _examples(response["content"]),
        "answer_media": next(iter(response["content"])),
    }


def _examples(content: dict[str, Any]) -> list[str]:
    """An example of each shape that the first body in JSON may have, written out; none for what is no JSON."""
    schemas = (one["schema"] for one in content.values())
    shapes = ([one] if "example" in one else one.get("oneOf") or one.get("anyOf", []) for one in schemas)
    found = next((some for some in shapes if some), [])
    return [json.dumps(one["example"], indent=2, ensure_ascii=False) for one in found]
