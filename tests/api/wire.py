"""The API over a real socket, by the real web server: what Django's test client can't send, or would mend."""

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from tests.api.client import ROOT, Api


def exchange(
    site: str, api: Api, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """(status, decoded answer); the path is sent as it stands, and a body that is an iterator in chunks."""
    with closing(http.client.HTTPConnection(urlsplit(site).netloc, timeout=120)) as connection:
        known = {"Authorization": f"Bearer {api.key}"} | dict(headers or {})
        chunked = hasattr(body, "__next__")
        connection.request(method, ROOT + path, body, known, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
