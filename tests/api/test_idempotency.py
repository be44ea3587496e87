"""`Idempotency-Key`: a POST that creates may be sent again, and creates once."""

import re

import pytest
from django.db import connection
from django.test import override_settings

from apps.api.reference import openapi
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.api.client import ROOT, Api, together

ID = "01a203df-6a9c-72b7-b2cc-012e40d3b245"
ACME = {
    "external_id": "acme",
    "name": "Acme Ltd",
    "email": "ap@acme.example",
    "currency": "USD",
    "time_zone": "America/New_York",
    "country": "US",
}


def test_the_same_key_and_body_give_the_first_answer_again(api: Api) -> None:
    first = api.post("/customers", ACME, idempotency_key="k-1")
    again = api.post("/customers", ACME, idempotency_key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"


def test_a_portal_link_is_told_again_and_its_token_is_kept_nowhere(api: Api) -> None:
    api.post("/customers", ACME)
    first = api.post("/customers/acme/portal-links", idempotency_key="k-1")
    again = api.post("/customers/acme/portal-links", idempotency_key="k-1")
    assert again.json()["url"] == first.json()["url"]
    assert api.vendor
    with scope(api.vendor.tenant.pk), connection.cursor() as cursor:
        cursor.execute("SELECT outbox_idempotencykey::text, encode(answer, 'escape') FROM outbox_idempotencykey")
        assert not [row for row in cursor.fetchall() if first.json()["url"].partition("cfp_")[2] in str(row)]


def test_an_answer_that_can_not_be_read_any_more_is_a_409_and_nothing_is_done_again(api: Api) -> None:
    with override_settings(SECRET_KEY="the first"):
        api.post("/customers", ACME, idempotency_key="k-1")
    with override_settings(SECRET_KEY="another, since the first got out"):
        answer = api.post("/customers", ACME, idempotency_key="k-1")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "answer_lost")


def test_spacing_and_order_of_the_body_do_not_matter(api: Api) -> None:
    api.post("/customers", ACME, idempotency_key="k-1")
    reordered = dict(reversed(ACME.items()))
    assert api.post("/customers", reordered, idempotency_key="k-1").status_code == 201


def test_the_same_key_with_another_body_is_a_409(api: Api) -> None:
    api.post("/customers", ACME, idempotency_key="k-1")
    answer = api.post("/customers", ACME | {"name": "Acme Inc"}, idempotency_key="k-1")
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == "key_reused"


def test_the_same_key_for_another_call_is_a_409(api: Api) -> None:
    api.post("/customers", ACME, idempotency_key="k-1")
    assert api.post("/customers/acme/portal-links", idempotency_key="k-1").status_code == 409


def test_without_a_key_the_second_one_is_told_that_the_name_is_taken(api: Api) -> None:
    api.post("/customers", ACME)
    answer = api.post("/customers", ACME)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "external_id")


def test_a_failure_is_not_kept_so_the_key_may_be_used_again(api: Api) -> None:
    assert api.post("/customers", {}, idempotency_key="k-1").status_code == 422
    assert api.post("/customers", ACME, idempotency_key="k-1").status_code == 201


def test_keys_of_other_tenants_are_other_keys(api: Api, rival: Api) -> None:
    api.post("/customers", ACME, idempotency_key="k-1")
    assert rival.post("/customers", ACME | {"name": "Other"}, idempotency_key="k-1").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(api: Api, key: str) -> None:
    answer = api.post("/customers", ACME, idempotency_key=key)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_many_at_once_create_one_and_the_others_replay_or_wait(api: Api) -> None:
    assert api.vendor
    answers = together(8, lambda _: api.post("/customers", ACME, idempotency_key="k-1"))
    assert {answer.status_code for answer in answers} <= {201, 409}
    conflicts = [answer.json()["errors"][0]["code"] for answer in answers if answer.status_code == 409]
    assert set(conflicts) <= {"in_progress"}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    with scope(api.vendor.tenant.pk):
        assert Customer.objects.count() == 1


def test_while_the_first_runs_the_second_is_told_to_wait(api: Api) -> None:
    assert api.vendor

    def second() -> int:
        [status] = together(1, lambda _: api.post("/customers", ACME, idempotency_key="k-1").status_code)
        return status

    with scope(api.vendor.tenant.pk), connection.cursor() as cursor:
        name = f"idempotency {api.vendor.tenant.pk} k-1"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        assert second() == 409
    assert second() == 201


POSTS = {path: methods["post"] for path, methods in openapi()["paths"].items() if "post" in methods}
CREATING = {path for path, post in POSTS.items() if "201" in post["responses"]}


def takes_a_key(api: Api, path: str) -> bool:
    """Whether it refuses a key that can't be one; any id will do."""
    answer = api.post(re.sub(r"{\w+}", ID, path.removeprefix(ROOT)), {}, idempotency_key="x" * 256)
    return any(error["field"] == "Idempotency-Key" for error in answer.json()["errors"])


def test_every_post_that_creates_takes_a_key(api: Api) -> None:
    assert len(CREATING) > 12
    assert {path for path in CREATING if not takes_a_key(api, path)} == set()


def test_the_reference_names_the_key_wherever_one_is_taken(api: Api) -> None:
    named = {path for path, post in POSTS.items() for one in post.get("parameters", []) if one["in"] == "header"}
    assert {path for path in POSTS if takes_a_key(api, path)} == named
