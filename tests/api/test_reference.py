"""The reference: a valid OpenAPI document, a page made from it, and answers that keep to it."""

import re
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema
from jsonschema import Draft7Validator

from apps.api import examples
from apps.api.describe import Shape
from apps.api.reference import openapi
from apps.api.urls import urlpatterns
from tests.api.client import Api
from tests.cast import ticket

UNDESCRIBED = {"schema", "docs", None}


def strict(schema: Any) -> Any:
    """The schema with null where OpenAPI says nullable, and no field beyond those it names."""
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(value) for name, value in schema.items() if name not in ("nullable", "example", "properties")}
    if "properties" in schema:
        made["properties"] = {name: strict(value) for name, value in schema["properties"].items()}
        made["additionalProperties"] = False
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


def keeps_to(shape: Shape, body: Any) -> None:
    assert [error.message for error in Draft7Validator(strict(shape.schema())).iter_errors(body)] == []


def test_the_document_is_valid_openapi() -> None:
    answer = Client().get("/api/v1/schema")
    assert answer.status_code == 200
    validate_schema(answer.json())


def test_every_route_is_described() -> None:
    described = {operation["operationId"] for path in openapi()["paths"].values() for operation in path.values()}
    routes = [route for route in urlpatterns if route.name not in UNDESCRIBED]
    assert len(openapi()["paths"]) == len(routes)
    assert all(re.fullmatch("[a-z_]+", name) for name in described)


def test_each_operation_says_which_scope_it_needs() -> None:
    operations = openapi()["paths"]
    assert operations["/api/v1/events"]["post"]["x-scope"] == "events:write"
    assert operations["/api/v1/events"]["get"]["x-scope"] == "read"
    assert operations["/api/v1/plans"]["post"]["x-scope"] == "manage"


def test_a_decimal_may_be_sent_as_text_or_integer_and_is_answered_as_text() -> None:
    post = openapi()["paths"]["/api/v1/subscriptions/{id}/charges"]["post"]
    text = {"type": "string", "format": "decimal"}
    assert schema_of(post["requestBody"])["amount"] == {"oneOf": [text, {"type": "integer"}]}
    assert schema_of(post["responses"]["201"])["amount"] == text


def test_a_decimal_that_may_be_null_says_so_beside_its_type() -> None:
    """As OpenAPI 3.0 has it: nullable means nothing without a type."""
    sent = schema_of(openapi()["paths"]["/api/v1/coupons"]["post"]["requestBody"])
    assert sent["percent"] == {
        "oneOf": [{"type": "string", "format": "decimal", "nullable": True}, {"type": "integer"}]
    }


def schema_of(described: Any) -> Any:
    return described["content"]["application/json"]["schema"]["properties"]


def test_the_size_of_a_page_is_a_number_in_bounds() -> None:
    parameters = openapi()["paths"]["/api/v1/customers"]["get"]["parameters"]
    limit = next(one["schema"] for one in parameters if one["name"] == "limit")
    assert limit == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}


def test_the_page_shows_each_operation_and_each_problem() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    for path in openapi()["paths"].values():
        for operation in path.values():
            assert f'id="{operation["operationId"]}"' in page
    assert 'id="status-422"' in page


def test_a_second_answer_is_said_to_be_a_preview_only_where_there_is_one() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    comparing, _, rest = page.partition('id="reconcile_events"')[2].partition("</article>")
    assert comparing.count("Example of an answer") == 2
    assert "preview" not in comparing
    assert "with preview=true" in rest.partition('id="cancel_subscription"')[2].partition("</article>")[0]


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/customers", examples.customer.page()),
        ("/customers/halden", examples.customer),
        ("/customers/halden/usage", examples.usage),
        ("/outcome-definitions", examples.definition.page()),
        ("/outcome-definitions/resolved_ticket", examples.whole_definition),
        ("/plans", examples.plan.page()),
        ("/plans/growth", examples.whole_plan),
        ("/subscriptions", examples.subscription.page()),
        ("/events/1", examples.story),
        ("/events/2", examples.story),
        ("/events", examples.stored_event.page()),
        ("/quarantine", examples.waiting.page()),
        ("/outcomes", examples.outcome.page()),
    ],
)
def test_an_answer_keeps_to_its_schema(shop: Api, path: str, shape: Shape) -> None:
    shop.events([ticket("1"), ticket("2", customer="nobody")])
    answer = shop.get(path)
    assert answer.status_code == 200
    keeps_to(shape, answer.json())


def test_what_is_posted_is_answered_by_its_schema(shop: Api) -> None:
    keeps_to(examples.recorded, shop.events([ticket("1"), ticket("2", quantity="0")]).json())
    keeps_to(examples.invoice, shop.post("/customers/halden/invoice-preview").json())
    keeps_to(examples.portal_link, shop.post("/customers/halden/portal-links").json())
    usage = [{"outcome": "resolved_ticket", "quantity": "200"}]
    keeps_to(examples.rating, shop.post("/plans/growth/preview", {"usage": usage}).json())


def test_what_is_compared_is_answered_as_the_document_says(shop: Api) -> None:
    """By id and by day: an answer by id has the days as well."""
    described = openapi()["paths"]["/api/v1/events/reconcile"]["post"]["responses"]["200"]
    schema = described["content"]["application/json"]["schema"]
    meant = {"type": "ticket.resolved", "from": "2026-11-01", "to": "2026-12-01"}
    for asked in ({"ids": ["lost"]}, {"days": [{"day": "2026-11-20", "count": 3}]}):
        found = shop.post("/events/reconcile", meant | asked).json()
        assert [error.message for error in Draft7Validator(schema).iter_errors(found)] == []
