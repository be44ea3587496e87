"""The threads in which Django answers, and the way of a request into it and out of it: PEP 3333 from granian's RSGI."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any

from config import environment as env

THREADS = env.number("WEB_THREADS", 16)
SHARE = max(1, THREADS // 2)
SWITCH = 0.0005
"""Seconds that a thread keeps Python's lock while others want it; a small request takes it anew after each wait."""
WHOLE = 256 * 1024
"""Bytes of a stream that is sent from memory if it ends with them."""
LINGER = 10
"""Seconds for granian to open a file that it is to send."""
UNREADABLE = "\x80"
"""Stands for a value that is not ASCII, of which granian tells only the name: nobody can mean it, and a header that was
sent is not as if it had not been."""
OWN_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}

type Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
type Headers = list[tuple[str, str]]


class Threads:
    """A pool of threads that call a WSGI application."""

    def __init__(self, wsgi: Wsgi) -> None:
        sys.setswitchinterval(SWITCH)
        self.wsgi = wsgi
        self.pool = ThreadPoolExecutor(THREADS, "web")

    def close(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)

    async def answer(self, scope: Any, proto: Any, body: IO[bytes]) -> None:
        """Have a thread answer the request."""
        await self.run(self._answer, asyncio.get_running_loop(), scope, proto, body)

    async def run(self, work: Callable[..., None], *arguments: Any) -> None:
        """Have a thread do some work."""
        await asyncio.get_running_loop().run_in_executor(self.pool, work, *arguments)

    def _answer(self, loop: asyncio.AbstractEventLoop, scope: Any, proto: Any, body: IO[bytes]) -> None:
        head: list[tuple[int, Headers]] = []

        def start(status: str, headers: Headers, exception: Any = None) -> None:
            head[:] = [(int(status[:3]), headers)]

        content = self.wsgi(environ(scope, body), start)
        try:
            status, headers = head[0]
            chunks = iter(content)
            first, ends = _beginning(chunks, measured=any(name.lower() == "content-length" for name, _ in headers))
            if ends:
                proto.response_bytes(status, headers, first)
            else:
                _send_file(loop, proto, status, headers, chain([first], chunks))
        finally:
            if hasattr(content, "close"):
                content.close()
            body.close()


def _send_file(
    loop: asyncio.AbstractEventLoop, proto: Any, status: int, headers: Headers, chunks: Iterable[bytes]
) -> None:
    """Write a stream to the disk at the speed at which it is made, and have granian send it at the client's.

    So neither a thread nor a transaction lasts as long as a client reads, and a stream that fails is no answer at all.
    The file has no name any more, and is gone with the last who has it open.
    """
    file = TemporaryFile()  # noqa: SIM115  # closed once granian has opened it too
    try:
        file.writelines(chunks)
        size = file.tell()
        file.seek(0)
        proto.response_file(status, [*headers, ("content-length", str(size))], f"/dev/fd/{file.fileno()}")
    finally:
        loop.call_soon_threadsafe(loop.call_later, LINGER, file.close)


def _beginning(chunks: Iterator[bytes], *, measured: bool) -> tuple[bytes, bool]:
    """(the first bytes, whether these are all): everything where the length is known, for then it is there already."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > WHOLE and not measured:
            return b"".join(parts), False
    return b"".join(parts), True


def environ(scope: Any, body: IO[bytes]) -> dict[str, Any]:
    """The request as PEP 3333 has it."""
    host, _, port = scope.server.rpartition(":")
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    return found | {_variable(name): value for name, value in headers_of(scope).items()}


def headers_of(scope: Any) -> dict[str, str]:
    """By their names in small letters; what came several times is one value.

    One whose name has an underscore could pass for another in an environ, and is dropped.
    """
    found: dict[str, str] = {}
    for name, value in scope.headers.items():
        if "_" not in name:
            between = "; " if name == "cookie" else ","
            found[name] = f"{found[name]}{between}{value}" if name in found else value
    for name in scope.headers.keys():  # noqa: SIM118  # granian's own, and not all of which it has values
        if name not in found and "_" not in name:
            found[name] = UNREADABLE
    return found


@lru_cache(512)
def _variable(name: str) -> str:
    return OWN_NAMES.get(name) or "HTTP_" + name.upper().replace("-", "_")
