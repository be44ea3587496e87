"""What a reader waits for among many stored events beside few: usage by the API, and what the portal's live page asks.

The page asks every two seconds; while nothing has changed the ledger is not touched, which PostgreSQL's own counters of
scans show. One more customer has three days of pending outcomes, as many a day as the hot one has events: what of them
is booked today is read from PendingSums and the ledger.
"""

import re
from dataclasses import dataclass
from html import unescape
from statistics import median

from django.db import connections
from django.test import Client

from benchmarks.databases import using
from benchmarks.history import HOT, WAITING, Vendor
from benchmarks.served import Served, request
from benchmarks.turns import Contestant, ratio, turns

FEW = 100_000
COST = 1.2
ROUNDS = 5
READS = 40
POLLS = 200
SCANS = """
SELECT sum(seq_scan + coalesce(idx_scan, 0)) FROM pg_stat_user_tables
WHERE relname IN ('events_event', 'events_outcome', 'events_resolution')
"""


@dataclass(frozen=True, slots=True)
class Pages:
    """Live pages of one database: the cookies of those who see them, and what the hot customer's asks while nothing
    changes."""

    cookies: dict[str, str]
    poll: str


def measure(vendor: Vendor, servers: dict[int, Served], names: dict[int, str]) -> bool:
    """Measure and print; whether every bar is met. `servers` and `names` of databases are by stored events."""
    untouched = []
    pages = {}
    for stored in servers:
        with using(names[stored]):
            pages[stored], scans = watched(vendor)
            untouched.append(scans)
    few, many = servers
    print(f"\nReads among {many:,} stored events beside {few:,}: milliseconds, one after the other\n")
    contestants = {
        (what, stored): reading(server, ask)
        for stored, server in servers.items()
        for what, ask in requests(vendor, pages[stored]).items()
    }
    rates = turns(contestants, ROUNDS)
    costs = []
    for what in requests(vendor, pages[few]):
        costs.append(ratio(rates[what, few], rates[what, many]))
        figures = [1000 / median(rates[what, stored]) for stored in (few, many)]
        print(f"  {what:<38} {figures[0]:8.1f} {figures[1]:8.1f}   {costs[-1]:.2f} times")
    print(f"Bar: at most {COST} times: {max(costs):.2f}.")
    print(f"Bar: {POLLS} polls of an unchanged page scan the ledger not once: {max(untouched)} times.")
    return max(costs) <= COST and not any(untouched)


def requests(vendor: Vendor, pages: Pages) -> dict[str, bytes]:
    """What is read."""
    api = {"Authorization": f"Bearer {vendor.key}"}
    figures = {name: request("GET", "/portal/figures?seen=", Cookie=cookie) for name, cookie in pages.cookies.items()}
    return {
        "usage of the hot customer": request("GET", f"/api/v1/customers/{HOT}/usage", b"", **api),
        "usage of another": request("GET", "/api/v1/customers/c77/usage", b"", **api),
        "usage of one with pending outcomes": request("GET", f"/api/v1/customers/{WAITING}/usage", b"", **api),
        "the portal's live figures": figures[HOT],
        "the same, with pending outcomes": figures[WAITING],
        "the portal's poll, unchanged (204)": request("GET", pages.poll, Cookie=pages.cookies[HOT]),
    }


def reading(server: Served, ask: bytes) -> Contestant:
    """Ask the same again and again over one connection."""
    status = 204 if b"seen=" in ask and b"seen= " not in ask else 200

    def run() -> float:
        answers = server.send([ask] * READS, 1, status)
        return READS / answers.seconds

    return run


def watched(vendor: Vendor) -> tuple[Pages, int]:
    """The live pages of the database in use, and how often polls scanned the ledger while nothing changed.

    A backend tells what it scanned when it ends: so connections are closed before the counters are read.
    """
    clients = {name: Client(SERVER_NAME="localhost") for name in vendor.portal_tokens}
    for name, client in clients.items():
        client.get(f"/portal/link/{vendor.portal_tokens[name]}", follow=True)
    page = clients[HOT].get("/portal/").content.decode()
    found = re.search(r'hx-get="([^"]+)"', page)
    if not found:
        raise RuntimeError("the portal's page asks for nothing")
    poll = unescape(found[1])
    before = scans()
    statuses = {clients[HOT].get(poll).status_code for _ in range(POLLS)}
    if statuses != {204}:
        raise RuntimeError(f"an unchanged page was answered with {statuses}")
    cookies = {name: f"sessionid={client.cookies['sessionid'].value}" for name, client in clients.items()}
    return Pages(cookies, poll), scans() - before


def scans() -> int:
    """How often the ledger was scanned so far."""
    for connection in connections.all():
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
    with connections["owner"].cursor() as cursor:
        cursor.execute(SCANS)
        return int(cursor.fetchone()[0])
