"""No page leads a member to one that is closed to his role, in an empty organisation or in one that trades."""

import re

import pytest
from django.test import Client
from django.urls import resolve, reverse

from apps.tenants.models import Role
from tests.cast import Vendor
from tests.console.desk import client_of, trade
from tests.console.test_pages import PAGES

CONTENT = re.compile(r'<main class="main".*</main>', re.DOTALL)
LINK = re.compile(r'<a\b[^>]*\shref="(/[^"#]*)')
OF_ONE = ("customer", "outcome", "plan", "subscription", "customer_unbilled", "event", "try_out")
"""Pages of one thing, which an empty organisation has not."""


def closed_doors(client: Client, paths: list[str]) -> list[str]:
    """Where these pages, and those that they lead to, have a link that is answered 403; one of each route is tried."""
    waiting, tried, closed = [("", path) for path in paths], set[str](), []
    while waiting:
        page, path = waiting.pop(0)
        route = resolve(path.partition("?")[0]).view_name
        if not route.startswith("console:") or (path not in paths and route in tried) or path in tried:
            continue
        tried |= {route, path}
        answer = client.get(path)
        if answer.status_code == 403:
            closed.append(f"{page} leads to {path}")
        if answer.status_code == 200 and not answer.streaming and (main := CONTENT.search(answer.content.decode())):
            waiting += [(path, link.replace("&amp;", "&")) for link in LINK.findall(main[0])]
    return closed


@pytest.mark.parametrize("role", [Role.ADMIN, Role.FINANCE, Role.DEVELOPER, Role.VIEWER])
@pytest.mark.parametrize("trades", [False, True], ids=["empty", "trading"])
def test_no_link_is_answered_403(northwind: Vendor, role: str, trades: bool) -> None:
    made = trade(northwind) if trades else {}
    lists = [name for name in PAGES if trades or name not in OF_ONE]
    paths = [reverse(f"console:{name}", args=PAGES[name](made)) for name in lists]
    assert closed_doors(client_of(northwind, role), paths) == []
