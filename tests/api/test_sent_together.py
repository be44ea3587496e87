"""Requests that share a transaction: each answered for itself, counted once, and let in by its own key."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from apps.api.gathered import take_in_gathered
from apps.events.ingest import MAX_BATCH
from apps.events.models import Event, Outcome
from apps.tenants.models import ApiKey, fingerprint
from apps.tenants.scope import scope
from tests.api.client import Api, narrow, together
from tests.api.wire import exchange
from tests.cast import ticket
from web.gather import Asked


def counted(api: Api) -> tuple[int, int]:
    assert api.vendor
    with scope(api.vendor.tenant.pk):
        return Event.objects.count(), Outcome.objects.count()


def asked(api: Api, body: Any, query: str = "", **headers: str) -> Asked:
    """A post of events, as the front hands it on."""
    said = {"authorization": f"Bearer {api.key}", "content-type": "application/json", "host": "localhost"}
    return Asked(said | headers, query, body if isinstance(body, bytes) else json.dumps(body).encode())


def taken(*posts: Asked) -> list[tuple[int, Any]]:
    """(status, decoded answer) of each, taken in together."""
    return [(status, json.loads(body)) for status, _, body in take_in_gathered(posts)]


def transactions(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return sum(one["sql"] == "COMMIT" for one in queries.captured_queries)


def test_single_events_that_meet_share_a_transaction_and_each_is_answered(shop: Api) -> None:
    shop.events(ticket("0"))  # lets the key in
    answers: list[tuple[int, Any]] = []
    assert transactions(lambda: answers.extend(taken(*(asked(shop, ticket(f"{n}")) for n in range(1, 17))))) == 1
    assert [status for status, _ in answers] == [200] * 16
    assert [answer["results"][0]["id"] for _, answer in answers] == [f"{n}" for n in range(1, 17)]
    assert {answer["results"][0]["index"] for _, answer in answers} == {0}
    assert {answer["accepted"] for _, answer in answers} == {1}
    assert counted(shop) == (17, 17)


def test_over_the_wire_sixteen_clients_lose_none(site: str, shop: Api) -> None:
    def client(number: int) -> list[Any]:
        bodies = [json.dumps(ticket(f"{number}-{one}")).encode() for one in range(10)]
        return [exchange(site, shop, "POST", "/events", body) for body in bodies]

    answers = [answer for answers in together(16, client) for answer in answers]
    assert Counter(status for status, _ in answers) == {200: 160}
    assert Counter(answer["results"][0]["status"] for _, answer in answers) == {"accepted": 160}
    assert counted(shop) == (160, 160)


def test_the_same_event_eight_times_is_accepted_once_and_seven_times_a_duplicate(shop: Api) -> None:
    answers = taken(*(asked(shop, ticket("same")) for _ in range(8)))
    assert [answer["results"][0]["status"] for _, answer in answers] == ["accepted"] + ["duplicate"] * 7
    assert len({answer["results"][0]["outcome"] for _, answer in answers}) == 1
    assert counted(shop) == (1, 1)


def test_one_that_is_rejected_and_one_that_conflicts_leave_the_others_alone(shop: Api) -> None:
    shop.events(ticket("old"))
    bodies = [ticket("1"), ticket("old", quantity="7"), {"id": "nothing else"}, b"no JSON", ticket("2"), [ticket("3")]]
    assert [status for status, _ in taken(*(asked(shop, body) for body in bodies))] == [200, 409, 422, 400, 200, 200]
    assert counted(shop) == (4, 4)


def test_who_asks_for_another_host_is_refused_and_the_others_get_their_own_answers(shop: Api) -> None:
    elsewhere = asked(shop, ticket("2"), host="elsewhere.example")
    answers = taken(asked(shop, ticket("1")), elsewhere, asked(shop, ticket("3")))
    assert [status for status, _ in answers] == [200, 400, 200]
    assert [answer["results"][0]["id"] for status, answer in answers if status == 200] == ["1", "3"]
    assert counted(shop) == (2, 2)


def test_two_vendors_in_one_go_are_each_in_a_transaction_of_his_own(shop: Api, globex: Any) -> None:
    """As the front never has it, which gathers by what a key says of itself."""
    other = Api(globex.api_key, globex)
    answers = taken(*(asked(other if n % 2 else shop, ticket(f"{n}")) for n in range(4)))
    assert [(status, answer["results"][0]["id"]) for status, answer in answers] == [(200, f"{n}") for n in range(4)]
    assert counted(shop)[0] == counted(other)[0] == 2


def test_a_thread_keeps_no_connection_when_its_posts_are_answered(shop: Api) -> None:
    taken(asked(shop, ticket("1")))
    assert connection.connection is None


def test_an_atomic_batch_is_undone_alone(shop: Api) -> None:
    wrong = asked(shop, [ticket("2"), {"id": "nothing else"}], query="atomic=true")
    answers = taken(asked(shop, ticket("1")), wrong, asked(shop, ticket("3")))
    assert [status for status, _ in answers] == [200, 422, 200]
    assert counted(shop) == (2, 2)


def stumbling(work: Callable[[Sequence[Any]], None], monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """From now on `work` is done before anything is recorded; returns the ids of each record, as they come."""
    from apps.api import sent

    record, ids = sent.record, []

    def stumble(items: Any, **options: Any) -> Any:
        ids.append([one.external_id for one in items])
        work(items)
        return record(items, **options)

    monkeypatch.setattr(sent, "record", stumble)
    return ids


def test_what_the_database_refuses_for_one_is_taken_from_the_others(shop: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that fails for whatever has the id "broken"."""

    def work(items: Sequence[Any]) -> None:
        if any(one.external_id == "broken" for one in items):
            raise RuntimeError("a fault of ours")

    stumbling(work, monkeypatch)
    answers = taken(*(asked(shop, ticket(id)) for id in ("1", "broken", "2")))
    assert [status for status, _ in answers] == [200, 500, 200]
    assert counted(shop) == (2, 2)


def test_where_each_is_tried_alone_the_end_of_one_s_connection_is_no_other_s(
    shop: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Together they fail for whatever; then PostgreSQL ends the connection of the first, and only that."""

    def work(items: Sequence[Any]) -> None:
        if len(items) > 1:
            raise RuntimeError("a fault of ours")
        if items[0].external_id == "1":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    tried = stumbling(work, monkeypatch)
    answers = taken(*(asked(shop, ticket(id)) for id in ("1", "2", "3")))
    assert tried == [["1", "2", "3"], ["1"], ["2"], ["3"]]
    assert [status for status, _ in answers] == [503, 200, 200]
    assert counted(shop) == (2, 2)


def test_where_the_database_is_away_for_all_of_them_it_is_not_asked_for_each(
    shop: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(items: Sequence[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    tried = stumbling(work, monkeypatch)
    answers = taken(*(asked(shop, ticket(id)) for id in ("1", "2", "3")))
    assert tried == [["1", "2", "3"]]
    assert [status for status, _ in answers] == [503] * 3
    assert counted(shop) == (0, 0)


def test_a_fault_on_the_one_way_of_plain_events_is_found_and_told_on_the_usual_one(
    shop: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one fails for whatever, the other for what has the id "broken"."""
    from apps.api import sent

    def work(items: Sequence[Any]) -> None:
        if any(one.external_id == "broken" for one in items):
            raise RuntimeError("a fault of ours")

    def failing(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("a fault of ours")

    shop.events(ticket("0"))
    monkeypatch.setattr(sent, "record_plain", failing)
    stumbling(work, monkeypatch)
    answers = taken(*(asked(shop, ticket(id)) for id in ("1", "broken", "2")))
    assert [status for status, _ in answers] == [200, 500, 200]
    assert counted(shop) == (3, 3)


@pytest.mark.parametrize(("fault", "status"), [(OperationalError("away"), 503), (RuntimeError("a fault of ours"), 500)])
def test_who_is_stored_is_told_so_though_what_was_left_behind_him_fails(
    shop: Api, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    """New events are stored on one way; whose id is there already needs another, and then the database is away."""
    from apps.api import sent

    shop.events(ticket("seen"))

    def failing(*arguments: Any, **options: Any) -> Any:
        raise fault

    monkeypatch.setattr(sent, "record", failing)
    answers = taken(*(asked(shop, ticket(id)) for id in ("1", "seen", "2")))
    assert [status for status, _ in answers] == [200, status, 200]
    assert [answer["accepted"] for code, answer in answers if code == 200] == [1, 1]
    assert counted(shop) == (3, 3)


def test_more_than_a_batch_may_have_takes_several_transactions(shop: Api) -> None:
    shop.events(ticket("0"))
    part = MAX_BATCH // 2
    posts = [asked(shop, [ticket(f"{n}-{one}") for one in range(part)]) for n in range(5)]
    assert transactions(lambda: taken(*posts)) == 3
    assert counted(shop) == (5 * part + 1, 5 * part + 1)


def test_a_key_that_was_revoked_a_moment_ago_lets_nothing_in_though_others_do(shop: Api) -> None:
    assert shop.vendor
    old = narrow(shop.vendor, "events:write")
    assert old.events(ticket("before")).status_code == 200
    with scope(shop.vendor.tenant.pk):
        assert old.key
        ApiKey.objects.filter(secret_hash=fingerprint(old.key.split("_", 2)[2])).update(revoked_at=datetime.now(UTC))
    answers = taken(*(asked(shop if n % 2 else old, ticket(f"{n}")) for n in range(8)))
    assert [status for status, _ in answers] == [401, 200] * 4
    assert counted(shop) == (5, 5)


OWN = ("Content-Type", "Content-Length", "RateLimit-Policy", "WWW-Authenticate", "Retry-After")


@pytest.mark.parametrize(
    ("body", "query", "headers"),
    [
        (ticket("1"), "", {}),
        ([ticket("1"), ticket("1", quantity="2"), {}], "", {}),
        ([ticket("1"), {}], "atomic=true", {}),
        (ticket("1"), "atomic=perhaps", {}),
        (ticket("1"), "atomic=false&atomic=&other=%C3%A9", {}),
        (b"", "", {}),
        (b"{", "", {}),
        (b'{"id": "1"}\n{"id": 2}\n', "", {"content-type": "application/x-ndjson"}),
        (b"<event/>", "", {"content-type": "text/xml; charset=utf-8"}),
        ({"rating": 5}, "", {"ce-specversion": "1.0", "ce-id": "1", "ce-type": "t", "ce-customer": "halden"}),
        ({"rating": 5}, "", {"ce-specversion": "1.0", "ce-id": "%FF"}),
        (ticket("1"), "", {"authorization": "Bearer cf_northwind_guessed"}),
        (ticket("1"), "", {"authorization": "Basic YTpi"}),
        (ticket("1"), "", {"host": "elsewhere.example"}),
    ],
)
def test_what_was_gathered_is_answered_as_through_django(
    northwind: Any, globex: Any, body: Any, query: str, headers: dict[str, str]
) -> None:
    """Two vendors send the same; one through the front's short way, the other through all of Django."""
    from django.test import Client

    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    post = asked(Api(northwind.api_key, northwind), data, query, **headers)
    [(status, told, content)] = take_in_gathered([post])
    own = (
        post.headers | {}
        if "authorization" in headers
        else post.headers | {"authorization": f"Bearer {globex.api_key}"}
    )
    media = own.pop("content-type")
    other = Client().generic("POST", f"/api/v1/events?{query}", data, media, headers=own)
    assert status == other.status_code
    if "host" in headers:
        return
    assert {name: dict(told).get(name) for name in OWN} == {name: other.headers.get(name) for name in OWN}
    assert ("RateLimit" in dict(told)) == ("RateLimit" in other.headers)
    assert _unnamed(content) == _unnamed(other.content)


def _unnamed(content: bytes) -> Any:
    """The answer without what no two events have in common."""
    answer = json.loads(content)
    for one in answer.get("results", ()):
        one["outcome"], one["settles_at"] = bool(one["outcome"]), bool(one["settles_at"])
    return answer
