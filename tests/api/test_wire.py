"""Over a real socket, by the real web server: what Django's test client can't send."""

import http.client
import json
from urllib.parse import urlsplit

from tests.api.client import Api
from tests.cast import ticket


def test_a_chunked_body_is_read_though_it_names_no_length(site: str, shop: Api) -> None:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {shop.key}", "Content-Type": "application/json"}
    chunks = [json.dumps([ticket("1")]).encode()[n : n + 20] for n in range(0, 200, 20)]
    connection.request("POST", "/api/v1/events", iter(filter(None, chunks)), headers, encode_chunked=True)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    assert (answer.status, body["accepted"]) == (200, 1)
