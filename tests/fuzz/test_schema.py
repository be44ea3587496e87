"""The API beside its own OpenAPI document, as schemathesis reads it: sent what that allows and what it does not, every
answer is one that it describes, in a media type that it names, and never a fault of ours.

Each request is taken back, so that the next finds the house as it was.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from apps.api.reference import openapi
from config.wsgi import application
from tests.fuzz.effort import effort
from tests.house.people import House, open_house, undone

CHECKS: list[Any] = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
CONVERTERS = ("uuid", "code", "path")
document = schemathesis.openapi.from_dict(openapi())
document.app = application
OPERATIONS = {one.ok().label: one.ok() for one in document.get_all_operations()}


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> House:
    with django_db_blocker.unblock():
        return open_house()


@contextmanager
def one_connection() -> Iterator[None]:
    """Django closes its connection with each request, which would end the transaction around it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def real(label: str, house: House) -> dict[str, str]:
    """Something of Northwind's for each placeholder of the operation's path."""
    found = re.findall(r"([\w-]+)/\{(\w+)\}", label)
    return {
        name: next(house.objects[key] for kind in CONVERTERS if (key := f"{word}/<{kind}>") in house.objects)
        for word, name in found
    }


@pytest.mark.parametrize("label", OPERATIONS)
@effort(4)
@given(data=st.data())
def test_every_answer_is_one_that_the_document_describes(house: House, label: str, data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(list(GenerationMode)))
    there = real(label, house) if data.draw(st.booleans()) else None
    case = data.draw(OPERATIONS[label].as_strategy(generation_mode=mode, path_parameters=there))
    with undone(), one_connection():
        answer = case.call(headers={"Authorization": f"Bearer {house.northwind.api_key}"})
    assert answer.status_code < 500, (case.as_curl_command(), answer.content)
    case.validate_response(answer, checks=CHECKS)
