"""A vendor's program that talks to the API with a key, over Django's test client; what it writes is committed."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client

from apps.tenants.models import ApiKey
from apps.tenants.scope import scope
from tests.cast import Vendor

ROOT = "/api/v1"


@dataclass
class Api:
    """Calls with one key. Bodies are Python values, or bytes that are sent as they are."""

    key: str | None
    vendor: Vendor | None = None

    def get(self, path: str, **query: Any) -> Any:
        return self.send("get", path, query=query)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.send("post", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.send("patch", path, body, **options)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        media: str = "application/json",
        idempotency_key: str | None = None,
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        # Django's client names parameters of a GET in `data`; here they are always the URL's.
        return Client(raise_request_exception=False).generic(
            method.upper(), ROOT + path, data, media, headers=headers, query_params=query or {}
        )

    def events(self, body: Any, **options: Any) -> Any:
        return self.post("/events", body, **options)


def narrow(vendor: Vendor, *scopes: str) -> Api:
    """The API with a key of these scopes only."""
    with scope(vendor.tenant.pk):
        _, key = ApiKey.issue(vendor.tenant, name="narrow", scopes=list(scopes))
    return Api(key, vendor)


def together[T](count: int, work: Callable[[int], T]) -> list[T]:
    """Do `work(0)`, `work(1)` and so on at the same time, each in a thread with a connection of its own."""

    def run(number: int) -> T:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
