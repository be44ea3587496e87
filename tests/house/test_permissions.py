"""Who may do what: one table of every route, and everybody tries each.

A row is a method, a route as the URL resolver has it, and whom it is for. `WHO` says what that means to each of those
who knock. "in" is to be let in, whatever comes of it: a page, a redirect after a change, a form with errors. A route
that stands in no row fails, and so does a row without a route.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.house.people import FOREIGN, KEYS, PEOPLE, ROLES, STRANGERS, House, knock, logged_in, open_house, verdict

# The table

API = """
    GET    events                                          read
    POST   events                                          events:write
    POST   events/reconcile                                read
    GET    events/<path:id>                                read
    GET    quarantine                                      read
    POST   quarantine/replay                               manage
    GET    outcomes                                        read
    GET    outcomes/<uuid:id>                              read
    POST   outcomes/<uuid:id>/void                         manage
    POST   outcomes/<uuid:id>/confirm                      manage
    GET    customers                                       read
    POST   customers                                       manage
    GET    customers/<code:external_id>                    read
    PATCH  customers/<code:external_id>                    manage
    GET    customers/<code:external_id>/usage              read
    GET    customers/<code:external_id>/unbilled           read
    POST   customers/<code:external_id>/invoice-preview    read
    POST   customers/<code:external_id>/portal-links       manage
    GET    outcome-definitions                             read
    POST   outcome-definitions                             manage
    GET    outcome-definitions/<code:code>                 read
    POST   outcome-definitions/<code:code>/versions        manage
    POST   outcome-definitions/<code:code>/try             read
    GET    plans                                           read
    POST   plans                                           manage
    GET    plans/<code:code>                               read
    POST   plans/<code:code>/versions                      manage
    POST   plans/<code:code>/preview                       read
    GET    subscriptions                                   read
    POST   subscriptions                                   manage
    GET    subscriptions/<uuid:id>                         read
    POST   subscriptions/<uuid:id>/cancel                  manage
    POST   subscriptions/<uuid:id>/change-plan             manage
    POST   subscriptions/<uuid:id>/discounts               manage
    GET    subscriptions/<uuid:id>/charges                 read
    POST   subscriptions/<uuid:id>/charges                 manage
    POST   subscriptions/<uuid:id>/charges/<uuid:charge>/remove manage
    GET    coupons                                         read
    POST   coupons                                         manage
    GET    coupons/<code:code>                             read
    POST   coupons/<code:code>/archive                     manage
    GET    invoices                                        read
    GET    invoices/<uuid:id>                              read
    POST   invoices/<uuid:id>/issue                        manage
    GET    invoices/<uuid:id>/pdf                          read
    GET    invoices/<uuid:id>/outcomes                     read
    GET    invoices/<uuid:id>/payments                     read
    POST   invoices/<uuid:id>/payments                     manage
    POST   payments/<uuid:id>/refunds                      manage
    GET    tax-rates                                       read
    POST   tax-rates                                       manage
    POST   tax-rates/<uuid:id>/end                         manage
    POST   invoices/<uuid:id>/void                         manage
    GET    credit-notes                                    read
    POST   credit-notes                                    manage
    GET    credit-notes/<uuid:id>                          read
    GET    credit-notes/<uuid:id>/pdf                      read
    GET    schema                                          all
    GET    docs                                            all
"""
CONSOLE = """
    GET    /                                               read
    GET    welcome                                         anybody
    POST   welcome                                         anybody
    POST   switch                                          anybody
    GET    customers                                       read
    GET    new-customer                                    manage
    POST   new-customer                                    manage
    GET    customers/<str:external_id>                     read
    POST   customers/<str:external_id>                     manage
    GET    customers/<str:external_id>/edit                manage
    POST   customers/<str:external_id>/edit                manage
    GET    customers/<str:external_id>/unbilled            read
    POST   customers/<str:external_id>/unbilled            bill
    GET    outcomes                                        read
    GET    new-outcome                                     manage
    POST   new-outcome                                     manage
    GET    outcomes/<str:code>                             read
    GET    outcomes/<str:code>/new-version                 manage
    POST   outcomes/<str:code>/new-version                 manage
    GET    outcomes/<str:code>/try                         read
    POST   outcomes/<str:code>/try                         read
    GET    plans                                           read
    GET    new-plan                                        bill
    POST   new-plan                                        bill
    GET    plans/<str:code>                                read
    GET    plans/<str:code>/new-version                    bill
    POST   plans/<str:code>/new-version                    bill
    GET    subscriptions                                   read
    GET    new-invoice                                     bill
    POST   new-invoice                                     bill
    POST   invoices/<uuid:id>                              bill
    GET    new-subscription                                bill
    POST   new-subscription                                bill
    GET    subscriptions/<uuid:id>                         read
    POST   subscriptions/<uuid:id>                         bill
    GET    subscriptions/<uuid:id>/change                  bill
    POST   subscriptions/<uuid:id>/change                  bill
    GET    subscriptions/<uuid:id>/end                     bill
    POST   subscriptions/<uuid:id>/end                     bill
    GET    coupons                                         read
    GET    new-coupon                                      bill
    POST   new-coupon                                      bill
    GET    coupons/<str:code>                              read
    POST   coupons/<str:code>                              bill
    GET    invoices                                        read
    POST   invoices                                        bill
    GET    invoices/<uuid:id>                              read
    GET    invoices/<uuid:id>/remind                       bill
    POST   invoices/<uuid:id>/remind                       bill
    GET    mails                                           read
    GET    mails/<uuid:id>                                 read
    POST   mails/<uuid:id>                                 bill
    GET    jobs                                            read
    GET    jobs/<uuid:id>                                  read
    POST   jobs/<uuid:id>                                  bill
    GET    jobs/<uuid:id>/files/<str:name>                 read
    GET    exports                                         read
    POST   exports                                         bill
    GET    invoices/<uuid:id>/pdf                          read
    GET    invoices/<uuid:id>/outcomes.csv                 read
    GET    invoices/<uuid:id>/lines/<int:position>         read
    GET    invoices/<uuid:id>/lines/<int:position>/outcomes.csv read
    GET    invoices/<uuid:id>/money                        read
    POST   invoices/<uuid:id>/money                        bill
    GET    credit-notes                                    read
    GET    credit-notes/<uuid:id>                          read
    GET    credit-notes/<uuid:id>/pdf                      read
    GET    events                                          read
    GET    events/quarantine                               read
    POST   events/quarantine                               manage
    GET    events/quarantine/replays/<uuid:run>            read
    GET    events/reconcile                                read
    POST   events/reconcile                                read
    GET    events/reconcile/<uuid:id>                      read
    GET    events/reconcile/<uuid:id>/missing.csv          read
    GET    events/reconcile/<uuid:id>/unknown.csv          read
    GET    events/reconcile/<uuid:id>/elsewhere.csv        read
    GET    events/silences                                 read
    POST   events/silences                                 develop
    GET    events/import                                   read
    POST   events/import                                   develop
    GET    events/import/sample.csv                        read
    GET    events/one?id=1                                 read
    POST   events/one?id=1                                 manage
    GET    events/<uuid:id>                                read
    POST   events/<uuid:id>                                manage
    GET    team                                            read
    POST   team                                            manage
    GET    api-keys                                        read
    POST   api-keys                                        develop
    GET    api-keys/<uuid:id>                              develop
    POST   api-keys/<uuid:id>                              develop
    GET    settings                                        read
    POST   settings                                        own
    GET    settings/taxes                                  read
    POST   settings/taxes                                  bill
    GET    settings/logo                                   read
    POST   settings/logo                                   own
    GET    logos/<str:sha256>                              read
"""
PORTAL = """
    GET    /                                               contact
    GET    figures                                         contact
    GET    outcomes                                        contact
    GET    outcomes/<uuid:id>                              contact
    GET    definitions                                     contact
    GET    definitions/<str:code>/<int:version>            contact
    POST   definitions/<str:code>/<int:version>            contact
    GET    invoices                                        contact
    GET    invoices/<uuid:id>                              contact
    GET    invoices/<uuid:id>/pdf                          contact
    GET    invoices/<uuid:id>/outcomes.csv                 contact
    GET    invoices/<uuid:id>/lines/<int:position>         contact
    GET    invoices/<uuid:id>/lines/<int:position>/outcomes.csv contact
    GET    logos/<str:sha256>                              contacts
    GET    credit-notes/<uuid:id>                          contact
    GET    credit-notes/<uuid:id>/pdf                      contact
    GET    link/<str:token>                                holder
    POST   switch                                          contact
"""
PUBLIC = """
    GET    healthz                                         all
    GET    metrics                                         all
"""
SEVERAL = {
    # allauth's own pages: they show nobody but the visitor to himself, and know no tenant
    "accounts/",
    # the operator's admin: for staff only, tested in tests/tenants/test_admin.py and, for everybody else, below
    "admin/",
}
NOBODYS = {
    "readyz",  # public; 503 where beat does not run, as here
    "api/v1/<anything:rest>",  # any other path of the API: 404 for all
}
MEMBERS_MAY = {
    "read": set(ROLES),
    "manage": {"owner", "admin"},
    "bill": {"owner", "admin", "finance"},
    "develop": {"owner", "admin", "developer"},
    "own": {"owner"},
}


class Row:
    """One row, with where it is and what each of PEOPLE is told there."""

    def __init__(self, line: str, prefix: str, place: str) -> None:
        self.method, url, self.audience = line.split()
        self.place = place
        self.url = prefix + url.removeprefix("/")
        self.route = self.url.partition("?")[0]

    def __str__(self) -> str:
        return f"{self.method} /{self.url}"

    def expected(self) -> dict[str, str | int]:
        names_something = "<" in self.url or "?" in self.url
        elsewhere: str | int = (
            404 if names_something else "in"
        )  # what is not theirs is not there for those of elsewhere
        return WHO[self.audience if self.audience in WHO else self.place](self, elsewhere)

    def by_key(self, elsewhere: str | int) -> dict[str, str | int]:
        """A session opens nothing of the API; a key what its scope says."""
        keys: dict[str, str | int] = dict.fromkeys(KEYS, 403) | {f"key {self.audience}": "in"}
        return dict.fromkeys(PEOPLE, 401) | keys | {"other tenant's key": elsewhere}

    def by_role(self, elsewhere: str | int) -> dict[str, str | int]:
        """A key opens no page; a contact who is no member is led to the portal."""
        roles = {role: "in" if role in MEMBERS_MAY[self.audience] else 403 for role in ROLES}
        contacts = dict.fromkeys(["contact", "other customer's contact"], "portal")
        return dict.fromkeys(PEOPLE, "log in") | roles | contacts | {"other tenant": elsewhere}

    def by_contact(self, elsewhere: str | int) -> dict[str, str | int]:
        """A member sees his customers' figures in the console; the portal is the customers' own."""
        members: dict[str, str | int] = dict.fromkeys([*ROLES, "other tenant"], 403)
        contacts = {"contact": "in", "other customer's contact": elsewhere}
        return dict.fromkeys(PEOPLE, "log in") | members | contacts

    def by_contacts(self, elsewhere: str | int) -> dict[str, str | int]:
        """What is the vendor's own, and so the same to every customer."""
        return self.by_contact("in")

    def by_anybody(self, elsewhere: str | int) -> dict[str, str | int]:
        """Whoever is logged in."""
        return dict.fromkeys(PEOPLE, "in") | dict.fromkeys([*STRANGERS, *KEYS, "other tenant's key"], "log in")

    def by_holder(self, elsewhere: str | int) -> dict[str, str | int]:
        """A portal link is a secret: who holds it is led to the portal."""
        return dict.fromkeys(PEOPLE, "portal")

    def by_all(self, elsewhere: str | int) -> dict[str, str | int]:
        return dict.fromkeys(PEOPLE, "in")


WHO = {
    "api": Row.by_key,
    "console": Row.by_role,
    "portal": Row.by_contact,
    "contacts": Row.by_contacts,
    "anybody": Row.by_anybody,
    "holder": Row.by_holder,
    "all": Row.by_all,
}


def rows(text: str, prefix: str, place: str) -> list[Row]:
    return [Row(line, prefix, place) for line in text.strip().splitlines() if line.strip()]


TABLE = [
    *rows(API, "api/v1/", "api"),
    *rows(CONSOLE, "", "console"),
    *rows(PORTAL, "portal/", "portal"),
    *rows(PUBLIC, "", "public"),
]
each_row = pytest.mark.parametrize("row", TABLE, ids=str)


# Is it whole?


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(route, view) of every URL pattern."""
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, path)
        else:
            assert isinstance(pattern, URLPattern)
            yield path, pattern.callback


ROUTES = {path: view for path, view in routes(get_resolver()) if not path.startswith(tuple(SEVERAL))}


def test_every_route_stands_in_the_table() -> None:
    assert set(ROUTES) - {row.route for row in TABLE} - NOBODYS == set()


def test_every_row_of_the_table_is_a_route() -> None:
    assert {row.route for row in TABLE} - set(ROUTES) == set()


def test_every_method_of_the_api_stands_in_the_table() -> None:
    methods = {
        (name.upper(), path)
        for path, view in ROUTES.items()
        if hasattr(view, "cls")
        for name in ("get", "post", "put", "patch", "delete")
        if hasattr(view.cls, name)
    }
    assert methods - {(row.method, row.route) for row in TABLE} == set()


def test_no_row_stands_twice() -> None:
    assert len({str(row) for row in TABLE}) == len(TABLE)


# Everybody tries everything


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> House:
    with django_db_blocker.unblock():
        return open_house()


def path_of(url: str, house: House) -> str:
    """The URL with something of Northwind's, and of its customer Halden, for each placeholder."""

    def fill_in(match: re.Match[str]) -> str:
        words, kind, version = match.groups()
        return f"{words}/{house.objects[f'{words}/<{kind}>']}" + ("/1" if version else "")

    return re.sub(r"([\w-]+)/<(\w+):\w+>(/<int:version>)?", fill_in, url)


@each_row
def test_each_is_told_what_the_table_says(row: Row, house: House) -> None:
    path = path_of(row.url, house)
    answers = {name: verdict(knock(house.clients[name], row.method, path)) for name in PEOPLE}
    assert answers == row.expected()


@pytest.mark.parametrize("row", [row for row in TABLE if row.audience not in ("all", "holder")], ids=str)
def test_what_strangers_get_names_nobody(row: Row, house: House) -> None:
    """Neither the vendor to those who are not his, nor one customer to another's contact."""
    path = path_of(row.url, house)
    for name in (*STRANGERS, *FOREIGN):
        shown = knock(house.clients[name], row.method, path).content
        assert b"Halden" not in shown, name
        assert b"Northwind" not in shown or name == "other customer's contact", name


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("route", sorted(set(ROUTES) - {row.route for row in TABLE if row.audience == "all"}))
def test_by_no_method_does_a_stranger_get_in(route: str, method: str, house: House) -> None:
    path = path_of(route, house)
    assert verdict(knock(house.clients["anonymous"], method, path)) in ("log in", 401, 403, 404, 405)


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.method == "POST" and row.place in ("console", "portal")], ids=str
)
def test_a_change_from_another_site_is_refused(row: Row, house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    person = "owner" if row.place == "console" else "contact"
    client.cookies = house.clients[person].cookies
    assert knock(client, row.method, path_of(row.url, house)).status_code == 403


# The admin, as a whole


def admin_paths() -> list[str]:
    known = {path for path, _ in routes(get_resolver()) if path.startswith("admin/")}
    plain = {re.sub(r"<path:\w+>", "1", path) for path in known if "(?P" not in path}
    return sorted(plain - {"admin/login/", "admin/logout/"})


@pytest.mark.parametrize("name", PEOPLE)
def test_the_admin_is_for_operators_only(name: str, house: House) -> None:
    answers = {path: verdict(knock(house.clients[name], "GET", path)) for path in admin_paths()}
    assert {path: answer for path, answer in answers.items() if answer not in ("log in", 403, 405)} == {}


def test_an_account_that_was_closed_is_out_at_once(house: House) -> None:
    client = logged_in(house.northwind.owner)
    house.northwind.owner.is_active = False
    house.northwind.owner.save(update_fields=["is_active"])
    assert verdict(knock(client, "GET", "")) == "log in"
