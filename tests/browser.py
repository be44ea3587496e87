"""A real browser, and the app served by the real web server, for tests of pages.

Tests that use `page` or `browser` carry the mark `browser`. Where no Chromium is found they are skipped,
saying so; with CI or REQUIRE_BROWSER set they fail instead.
"""

import http.client
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from dev.home import CLONE
from dev.processes import Command, Family, free_port
from dev.stack import WEB

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LONG = 120
"""Seconds that even a busy machine needs for nothing."""
MISSING = f"no Chromium found: set CHROMIUM to its path, or install one of {', '.join(NAMES)}"


def find_chromium() -> str | None:
    """The path of the browser to test with."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser; skip it where there is none and none is demanded."""
    demanded = os.environ.get("CI") or os.environ.get("REQUIRE_BROWSER")
    skip = not demanded and not find_chromium()
    for item in items:
        if {"browser", "page"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
        if skip and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    path = find_chromium()
    assert path, MISSING
    # Playwright's synchronous API keeps an event loop in this thread, for which Django would refuse the ORM.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        expect.set_options(timeout=LONG * 1000)
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS + sandbox, timeout=LONG * 1000)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile. A script error or a breach of the Content Security Policy fails the test."""
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            problems.append(message.text)

    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(LONG * 1000)
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", note)
    yield page
    context.close()
    assert not problems


@pytest.fixture(scope="session")
def family() -> Iterator[Family]:
    """Starts processes that end with the test run, however it ends."""
    family = Family()
    yield family
    family.close()


@pytest.fixture(scope="session")
def site(django_db_setup: None, family: Family, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the app, served on this process's database by a web server of its own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", *WEB, "--workers", "1", "--port", str(port)]
    # As with PATIENT of tests/servers.py: the web has less patience with the database than a busy machine may need.
    patient = {"DATABASE_STATEMENT_MS": f"{LONG}000"}
    command = Command("web", argv, CLONE, os.environ | patient | {"SITE_URL": url})
    log = tmp_path_factory.mktemp("site") / "web.log"
    with log.open("wb") as output:
        child = family.start(command, output)
    _await_answer(port, log)
    yield url
    family.stop(child)


def _await_answer(port: int, log: Path, timeout: float = LONG) -> None:
    """Return once something answers on this port. AssertionError with the log after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/healthz")
            connection.getresponse()
            return
        time.sleep(0.05)
    raise AssertionError(f"The web server did not answer:\n{log.read_text()}")
