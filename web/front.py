"""What stands before Django: a client that is slow holds a connection, and no thread.

Django works in a few threads. So a request is received here, in the event loop, until it is whole, or too large, or too
slow; then a thread answers it (threads.py), and the answer goes out from here again, as fast as the client reads
it. A body that breaks off is never handed on: half of a batch is none.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from io import BytesIO
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import IO, Any

from config import environment as env
from web.askers import API, NOBODY, Askers, Book
from web.gather import SMALL, Answer, Gathering
from web.shares import Busy, Shares
from web.threads import SHARE, Threads, Wsgi

MAX_BODY = 2 * 1024 * 1024
"""Of the API, which answers 413 beyond it."""
MAX_UPLOAD = 64 * 1024 * 1024
"""Of a page: a file that is uploaded."""
IN_MEMORY = 256 * 1024
DRAINED = 32 * 1024 * 1024
"""Bytes of a body that is too large which are read and thrown away: most clients read no answer before they have sent
all, and would report a broken pipe."""
PATIENCE = env.number("WEB_PATIENCE", 20)
"""Seconds in which a body has to arrive; each 64 KiB of it earn a second more."""
SLOWEST = 64 * 1024
BATCHES = 2
"""Threads of a process for what one asker sends to a gathered path in large posts. They keep a processor busy all the
time; more of them would make nothing faster, and each small request wait for all of them at each of its steps."""
STRANGERS = 2
"""Threads of a process for all requests with keys that are not known."""
ROOM = env.number("WEB_ROOM_MB", 1024) * 1024 * 1024
"""Bytes of all bodies that a process holds at a time; of each all but the first 256 KiB are on the disk."""
KEPT = ROOM // 4
"""Of these, what only requests with a known key may fill: whoever else sends much crowds out none of them."""
MODEST = KEPT // 2
"""The last of these is for tenants who hold no more than this with it: whose bodies are many crowd out no other."""
NOT_WHOLE = "The body is not whole."
BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class Refused(Exception):
    """A request that Django never sees: its status, and a sentence."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text


class Room:
    """What a process holds of bodies, and of whose. Belongs to one event loop."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.held: Counter[str | None] = Counter()

    def take(self, size: int, tenant: str | None) -> None:
        """Hold so much more for a tenant, or for who is none. Raises Refused where there is no room; then none is."""
        spare = KEPT if tenant is None else MODEST if self.held[tenant] + size > MODEST else 0
        if size > self.left - spare:
            raise Refused(503, "Too many large bodies are on their way.")
        self._add(size, tenant)

    def give_back(self, size: int, tenant: str | None) -> None:
        self._add(-size, tenant)
        if not self.held[tenant]:
            del self.held[tenant]

    def _add(self, size: int, tenant: str | None) -> None:
        self.left -= size
        self.held[tenant] += size


class Held:
    """What one request of a tenant, or of who is none, holds of the room until it is answered."""

    def __init__(self, room: Room, tenant: str | None) -> None:
        self.room, self.tenant, self.size = room, tenant, 0

    def take(self, size: int) -> None:
        self.room.take(size, self.tenant)
        self.size += size

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *error: object) -> None:
        self.room.give_back(self.size, self.tenant)


class Front:
    """What granian calls, in one event loop to a process.

    `keys` and `sessions` say whose they are (askers.py). `gathered` are the paths whose small POSTs are answered
    together (gather.py), and what answers them.
    """

    def __init__(
        self, wsgi: Wsgi, keys: Book, sessions: Book, gathered: Mapping[str, Answer] = MappingProxyType({})
    ) -> None:
        self.threads = Threads(wsgi)
        self.askers = Askers(keys, sessions, self.threads)
        self.shares = Shares(SHARE)
        self.batches = Shares(BATCHES)
        self.strangers = Shares(STRANGERS)
        self.room = Room(ROOM)
        self.gatherings = {path: Gathering(one, self.threads, self.shares) for path, one in gathered.items()}

    def __rsgi_del__(self, loop: Any) -> None:
        self.threads.close()

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        try:
            tenant = self.askers.known(scope)
            with Held(self.room, tenant) as held:
                body = await receive(scope, proto, held)
                await self._answer(tenant or await self.askers.who(scope), scope, proto, body)
        except Busy:
            _refuse(proto, 429, "Too many such requests wait already.")
        except Refused as refused:
            _refuse(proto, refused.status, refused.text)

    async def _answer(self, asker: str, scope: Any, proto: Any, body: IO[bytes]) -> None:
        gathering = self.gatherings.get(scope.path) if scope.method == "POST" else None
        if gathering and (small := _small(scope, body)) is not None:
            await gathering.join(asker, scope, proto, small)
            return
        shares = self.strangers if asker == NOBODY else self.batches if gathering else self.shares
        await shares.enter(asker)
        try:
            await self.threads.answer(scope, proto, body)
        finally:
            shares.leave(asker)


def _small(scope: Any, body: IO[bytes]) -> bytes | None:
    """The body, if it was announced to be so small that it may be gathered."""
    announced = scope.headers.get("content-length") or ""
    if announced.isdigit() and int(announced) <= SMALL and isinstance(body, BytesIO):
        return body.getvalue()
    return None


async def receive(scope: Any, proto: Any, held: Held) -> IO[bytes]:
    """The body of a request; of one that is too large its beginning, which is more than may be. Raises Refused."""
    if scope.method in BODILESS:
        return BytesIO()
    most = MAX_BODY if scope.path.startswith(API) else MAX_UPLOAD
    announced = scope.headers.get("content-length") or ""
    size = int(announced) if announced.isdigit() else None
    if size == 0 or (size is not None and size > most and "expect" in scope.headers):
        return BytesIO()  # whoever expects to be told to continue has not sent it yet
    try:
        async with asyncio.timeout(PATIENCE) as patience:
            if size is not None and size <= IN_MEMORY:
                held.take(size)
                return BytesIO(await proto())
            return await _spool(proto, most, size, patience, held)
    except TimeoutError:
        raise Refused(408, f"The body must arrive within {PATIENCE} seconds.") from None
    except RuntimeError:  # granian's, for a body that breaks off or is not chunked as it says
        raise Refused(400, NOT_WHOLE) from None


async def _spool(proto: Any, most: int, announced: int | None, patience: asyncio.Timeout, held: Held) -> IO[bytes]:
    """Keep up to `most` and a chunk more, on the disk where it is much; throw the rest away."""
    body: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed when the answer is given
    end, received, ends = patience.when() or 0, 0, 0
    async for chunk in proto:
        if received <= most:
            held.take(len(chunk))
            body.write(chunk)
        received += len(chunk)
        ends += not chunk
        if received > most + DRAINED:
            break
        patience.reschedule(end + received / SLOWEST)
    else:
        # granian ends a whole body with one empty chunk; one that broke off, or has trailers, with two
        if received != announced and (announced is not None or ends > 1):
            raise Refused(400, NOT_WHOLE)
    body.seek(0)
    return body


def _refuse(proto: Any, status: int, text: str) -> None:
    """Answer with a problem document, and end the connection: what the client still sends belongs to no request."""
    document = f'{{"type":"about:blank","title":"{text}","status":{status},"detail":"Nothing was stored.","errors":[]}}'
    headers = [("content-type", "application/problem+json"), ("retry-after", "1"), ("connection", "close")]
    proto.response_str(status, headers, document)
