"""What the API says of bodies that are too large or not whole, as usual clients hear it from the real web server."""

import http.client
import json
import socket
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from apps.events.models import Event
from apps.tenants.scope import scope
from tests.cast import Vendor, ticket

LARGE = 4 * 1024 * 1024
EVENTS = "/api/v1/events"


def headers(vendor: Vendor) -> dict[str, str]:
    return {"Authorization": f"Bearer {vendor.api_key}", "Content-Type": "application/json", "Host": "localhost"}


def address(site: str) -> tuple[str, int]:
    url = urlsplit(site)
    return url.hostname or "", url.port or 0


def stored(vendor: Vendor) -> int:
    with scope(vendor.tenant.pk):
        return Event.objects.count()


@pytest.mark.parametrize("chunked", [False, True])
def test_http_client_hears_that_a_body_is_too_large(site: str, northwind: Vendor, chunked: bool) -> None:
    body = (b" " * 65_536 for _ in range(LARGE // 65_536)) if chunked else b" " * LARGE
    with closing(http.client.HTTPConnection(urlsplit(site).netloc, timeout=120)) as connection:
        connection.request("POST", EVENTS, body, headers(northwind), encode_chunked=chunked)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["status"]) == (413, 413)


def test_urllib_hears_it_too(site: str, northwind: Vendor) -> None:
    request = urllib.request.Request(site + EVENTS, b" " * LARGE, headers(northwind))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=120)
    assert refused.value.code == 413
    refused.value.close()


def test_who_asks_before_he_sends_need_not_send(site: str, northwind: Vendor) -> None:
    """As curl does with large bodies."""
    told = "".join(f"{name}: {value}\r\n" for name, value in headers(northwind).items()).encode()
    with socket.create_connection(address(site), timeout=120) as one:
        one.sendall(b"POST /api/v1/events HTTP/1.1\r\n" + told + b"Expect: 100-continue\r\n")
        one.sendall(b"Content-Length: %d\r\n\r\n" % LARGE)
        assert one.recv(65_536).startswith(b"HTTP/1.1 413")


def test_of_lines_that_break_off_none_is_taken(site: str, northwind: Vendor) -> None:
    """The first line is whole; whoever sends half of a batch meant all of it."""
    line = json.dumps(ticket("1")).encode() + b"\n"
    own = headers(northwind) | {"Content-Type": "application/x-ndjson"}
    told = "".join(f"{name}: {value}\r\n" for name, value in own.items()).encode()
    for framing in (
        b"Content-Length: %d\r\n\r\n%s" % (2 * len(line), line),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(line), line),
    ):
        with socket.create_connection(address(site), timeout=120) as one:
            one.sendall(b"POST /api/v1/events HTTP/1.1\r\n" + told + framing)
            one.shutdown(socket.SHUT_WR)
            assert b" 200 " not in one.recv(65_536)[:20]
    assert stored(northwind) == 0
