"""How views are described in the OpenAPI document: by examples, from which the schemas are made."""

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema

from apps.api.paging import DEFAULT_LIMIT, MAX_LIMIT

JSON = "application/json"
PROBLEM = {
    "type": "https://billing.example/api/v1/docs#status-422",
    "title": "The request is not valid",
    "status": 422,
    "detail": "currency is required.",
    "errors": [{"field": "currency", "code": "required", "message": "is required"}],
}
FORMATS = {
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
}
DECIMALS = re.compile(
    "quantity|value|balance|settled|pending|held|voided|late|amount|cycle_end|low|high|unit_amount|included|minimum|"
    "maximum|percent|applied|to_balance|from_balance|due|amount_exact|subtotal|discount|rate|base|tax|total|paid|"
    "credited"
)
"""Fields that are decimals, unless their example is of another type: texts in answers, in bodies integers as well."""
LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
HEADER = OpenApiParameter(
    "Idempotency-Key", str, "header", description="The same key and body answer as the first time."
)


class ApiSchema(AutoSchema):
    """Adds what the API's views know of themselves: the scope that a key needs."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        return operation and operation | {"x-scope": str(cast("Any", self.view).scope_of(self.method))}

    def get_tags(self) -> list[str]:
        """The resource: the first part of the path."""
        return [self.path.removeprefix("/api/v1/").partition("/")[0].replace("-", " ")]


class Shape:
    """An example of a body, and what it leaves open: fields that may be null, and those that may be missing.

    Fields are named as they are, wherever in the body they stand.
    """

    def __init__(self, example: Any, *, null: Iterable[str] = (), optional: Iterable[str] = ()) -> None:
        self.example, self.null, self.optional = example, frozenset(null), frozenset(optional)

    def schema(self, *, sent: bool = False) -> dict[str, Any]:
        """The JSON Schema of such bodies, with the example; `sent` if a client may send it."""
        return self._of(self.example, sent=sent) | {"example": self.example}

    def _of(self, example: Any, name: str = "", *, sent: bool) -> dict[str, Any]:
        nullable = {"nullable": True} if name in self.null or example is None else {}
        if DECIMALS.fullmatch(name) and (example is None or isinstance(example, str)):
            text = {"type": "string", "format": "decimal"} | nullable
            return {"oneOf": [text, {"type": "integer"}]} if sent else text
        return self._type(example, sent=sent) | nullable

    def _type(self, example: Any, *, sent: bool) -> dict[str, Any]:
        if isinstance(example, dict):
            fields = {field: self._of(value, field, sent=sent) for field, value in example.items()}
            required = [field for field in example if field not in self.optional]
            return {"type": "object", "properties": fields} | ({"required": required} if required else {})
        if isinstance(example, list):
            return {"type": "array", "items": self._of(example[0], sent=sent) if example else {}}
        if isinstance(example, bool):
            return {"type": "boolean"}
        if isinstance(example, int):
            return {"type": "integer"}
        kind = next((name for name, pattern in FORMATS.items() if pattern.fullmatch(str(example))), None)
        return {"type": "string"} | ({"format": kind} if kind else {})

    def page(self) -> "Shape":
        """One page of a list of these."""
        return Shape({"data": [self.example], "next": "AZqz…"}, null=self.null | {"next"}, optional=self.optional)


def either(*shapes: Shape) -> dict[str, Any]:
    """A body in one of these shapes and no other, as `described` takes it."""
    return {JSON: {"oneOf": [one.schema() for one in shapes]}}


def any_of(*shapes: Shape) -> dict[str, Any]:
    """The same where one shape has all that another asks for, so that a body may be in both."""
    return {JSON: {"anyOf": [one.schema() for one in shapes]}}


def query(**parameters: str) -> list[OpenApiParameter]:
    """Query parameters of a list by what they mean, and those that every list has."""
    named = {**parameters, "cursor": "What the page before gave as next."}
    texts = [OpenApiParameter(name.rstrip("_"), str, "query", description=text) for name, text in named.items()]
    return [*texts, OpenApiParameter("limit", LIMIT, "query", description="1 to 200, default 50")]


def described(
    name: str,
    summary: str,
    *,
    answer: Shape | dict[str, Any],
    status: int = 200,
    body: Shape | dict[str, Any] | None = None,
    parameters: Iterable[OpenApiParameter] = (),
) -> Callable[[Any], Any]:
    """Describe one method of a view. `answer` and `body` are shapes in JSON, or schemas by media type.

    A method without parameters in its query reads none; the view refuses whatever stands there (views.py).
    """
    named = list(parameters)
    answers = {(status, media): schema for media, schema in _by_media(answer).items()}
    problem = {("default", "application/problem+json"): Shape(PROBLEM, null=["field"]).schema()}
    extend: Callable[[Any], Any] = extend_schema(
        operation_id=name,
        summary=summary,
        parameters=named,
        request=_by_media(body, sent=True) if body else None,
        responses=answers | problem,
    )

    def decorate(method: Any) -> Any:
        method.reads_query = any(one.location == "query" for one in named)
        return extend(method)

    return decorate


def _by_media(shape: Shape | dict[str, Any], *, sent: bool = False) -> dict[str, Any]:
    return {JSON: shape.schema(sent=sent)} if isinstance(shape, Shape) else shape
