"""A real browser for the tests: where it is found, how it starts, and a page that reports all that goes wrong."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

SWITCHES = (
    "--no-sandbox",  # it needs privileges that neither root nor a container's user has
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-dev-shm-usage",  # containers often have little shared memory
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # a slip stays on this machine
)

PATIENCE = 20_000.0  # milliseconds that a page may take for what a test expects of it, on a busy machine

LOCAL = ("file", "data", "blob", "about")


def chromium() -> str | None:
    """Return the path of a Chromium: the one that the variable CHROMIUM names, else the first on the path."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start a browser without a window, and end it; skip the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium()
    if path is None:
        pytest.skip("no Chromium is installed, and the variable CHROMIUM names none")
    with playwright.sync_playwright() as driver:
        playwright.expect.set_options(timeout=PATIENCE)
        browser: Browser = driver.chromium.launch(executable_path=path, args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()


def origin(url: str) -> str:
    """Return scheme, host and port of a URL; those of a socket are those of its server."""
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    return f"{scheme}://{parts.netloc}"


def stays_local(url: str, allowed: set[str]) -> bool:
    """Return whether a request leaves neither the files of this machine nor the servers of the test."""
    return urlsplit(url).scheme in LOCAL or origin(url) in allowed


class Complaints(list[str]):
    """What has gone wrong in the pages of a context: requests that left the machine, and errors of scripts."""

    def __init__(self, context: BrowserContext, allowed: set[str]) -> None:
        super().__init__()
        self.allowed = allowed
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.append(f"error in the page: {error.error}"))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._visit(socket.url)))

    def _request(self, request: Request) -> None:
        self._visit(request.url)

    def _visit(self, url: str) -> None:
        if not stays_local(url, self.allowed):
            self.append(f"a request to {url}, which is none of {sorted(self.allowed)}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"}:
            self.append(f"console: {message.text} ({message.location.get('url', '')})")


@contextmanager
def watched(browser: Browser, allowed: set[str] | None = None, **options: Any) -> Iterator[Page]:  # noqa: ANN401  # playwright's own
    """Open a page in a context of its own; raise AssertionError at the end if anything went wrong there.

    Args:
        browser: what `launched` gives.
        allowed: origins such as "http://127.0.0.1:8888" that may be asked too; more may be added while it runs.
        options: those of playwright's `new_context`, such as viewport or color_scheme.
    """
    context = browser.new_context(**options)
    try:
        complaints = Complaints(context, set() if allowed is None else allowed)
        yield context.new_page()
        assert not complaints, "\n".join(complaints)
    finally:
        context.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window, shared by all tests."""
    with launched() as started:
        yield started


@pytest.fixture
def allowed() -> set[str]:
    """The origins that `page` may ask, apart from files: empty; a test adds that of its own server."""
    return set()


@pytest.fixture
def page(browser: Browser, allowed: set[str]) -> Iterator[Page]:
    """A page that fails the test on errors in the console or of scripts, and on requests that leave the machine."""
    with watched(browser, allowed) as opened:
        yield opened
