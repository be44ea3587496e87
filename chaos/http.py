"""A vendor's program: calls of the API over real HTTP, each on a connection of its own.

It shows a cookie as well, so that a page asks the database who that is.
"""

import contextlib
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back; headers by their names in lower case, `seconds` is how long it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Calls to one server with one key."""

    port: int
    key: str = ""

    def get(self, path: str, timeout: float = 30) -> Answer:
        return self.call("GET", path, None, timeout)

    def post(self, path: str, body: Any, timeout: float = 30) -> Answer:
        return self.call("POST", path, json.dumps(body).encode(), timeout)

    def call(self, method: str, path: str, body: bytes | None, timeout: float) -> Answer:
        """The answer, whatever its status. OSError or http.client.HTTPException where there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {
            "Host": "localhost",
            "Content-Type": "application/json",
            "Cookie": "sessionid=oqxlf2kxm2mzrlnm3q5cg0y4nd9p8s1t",
        }
        headers |= {"Authorization": f"Bearer {self.key}"} if self.key else {}
        began = time.monotonic()
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        return Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            content,
            time.monotonic() - began,
        )
