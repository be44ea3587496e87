"""Posts of events that the front gathered (web/gather.py), past Django's handler: one way in and out for all of them.

What middleware does for pages (sessions, policies for browsers) means nothing to a program that posts events, and costs
more than taking an event in. The answers are those of the same path through Django, and so are the headers that say
something about them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.db import close_old_connections
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host

from apps.api.intake import Post, take_in
from apps.api.problems import HttpProblem, document

type Answered = tuple[int, list[tuple[str, str]], bytes]


class Asked(Protocol):
    """A request: headers by their names in small letters, query, and body."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def query(self) -> str: ...
    @property
    def body(self) -> bytes: ...


def take_in_gathered(asked: Sequence[Asked]) -> list[Answered]:
    """(status, headers, body) of the answer to each, in order."""
    posts = [Post(one.headers, one.query, _said(one.body)) for one in asked if _is_ours(one.headers.get("host"))]
    close_old_connections()
    try:
        taken = iter(take_in(posts))
    finally:
        close_old_connections()
    return [_answered(next(taken) if _is_ours(one.headers.get("host")) else _not_ours()) for one in asked]


def _said(body: bytes) -> Callable[[], bytes]:
    return lambda: body


@lru_cache(512)
def _is_ours(host: str | None) -> bool:
    """Whether we answer to this name: as Django's `get_host`."""
    domain, _ = split_domain_port(host or "")
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _not_ours() -> HttpResponse:
    return document(HttpProblem(400, "The header Host names no host of this service (ALLOWED_HOSTS)."))


def _answered(response: HttpResponse) -> Answered:
    content = response.content
    own = [("Content-Length", str(len(content))), ("X-Content-Type-Options", "nosniff")]
    return response.status_code, [*response.items(), *own], content
