"""Reading the body of a request: its size first, then its media type, then its JSON with exact numbers."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest

from apps.api.problems import HttpProblem
from apps.events.message import decode

MAX_BODY = 2 * 1024 * 1024
UTF8_MARK = b"\xef\xbb\xbf"
"""What some editors write before a text in UTF-8; it is no part of it."""

METHODS = frozenset({"POST", "PATCH", "PUT"})


def read_body(request: HttpRequest) -> bytes:
    """The bytes of the body. 413 beyond 2 MiB, by what the client announces or by what it sends."""
    if request.method not in METHODS:
        return b""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > MAX_BODY:
        raise _too_large()
    # A chunked body has no length, and Django would take it for empty.
    chunked = not length and request.headers.get("Transfer-Encoding")
    stream = request.META["wsgi.input"] if chunked else request
    body: bytes = stream.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise _too_large()
    return body


def _too_large() -> HttpProblem:
    return HttpProblem(413, "A body may have at most 2 MiB.")


def media_type(headers: Mapping[str, str]) -> str:
    """The media type without its parameters; JSON where none is named. 415 for a body that is packed, as by gzip."""
    encoding = (headers.get("content-encoding") or "identity").strip().lower()
    if encoding != "identity":
        detail = f"Send the body as it is, not in the Content-Encoding {encoding}."
        raise HttpProblem(415, detail, headers={"Accept-Encoding": "identity"})
    return (headers.get("content-type") or "").partition(";")[0].strip().lower() or "application/json"


def read_json(body: bytes) -> Any:
    """The value of a JSON text, its fractions as Decimals. 400 for what is none."""
    try:
        return decode(body.removeprefix(UTF8_MARK))
    except RecursionError:
        raise HttpProblem(400, "The JSON is nested too deep.") from None
    except UnicodeDecodeError:
        raise HttpProblem(400, "The body is not JSON: a text in it is not UTF-8.") from None
    except msgspec.DecodeError as error:
        raise HttpProblem(400, f"The body is not JSON: {error}") from None
