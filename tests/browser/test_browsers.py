"""The page that tests get reports what goes wrong in it, and nothing else."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest
from browsers import stays_local, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page


class Quiet(BaseHTTPRequestHandler):
    """Answers every request with an empty page."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Run a server on this machine and give its origin."""
    with HTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def visit(browser: Browser, script: str, allowed: set[str] | None = None) -> None:
    """Run a script in a watched page until the page is idle."""
    with watched(browser, allowed) as page:
        page.set_content(f"<!doctype html><script>{script}</script>", wait_until="networkidle")


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('oh')", "console: oh"),
        ("throw new Error('no')", "error in the page: no"),
        ("new Image().src = 'http://example.invalid/a.png'", r"a request to http://example\.invalid/a\.png"),
        ("new WebSocket('ws://example.invalid/live')", r"a request to ws://example\.invalid/live"),
    ],
)
def test_what_goes_wrong_fails_the_test(browser: Browser, script: str, complaint: str) -> None:
    """Errors in the console, errors of scripts and requests that leave the machine are reported."""
    with pytest.raises(AssertionError, match=complaint):
        visit(browser, script)


def test_a_server_must_be_allowed(browser: Browser) -> None:
    """A server of this machine is asked only where the test says so."""
    with served() as server:
        script = f"fetch('{server}/data', {{mode: 'no-cors'}})"
        visit(browser, script, {server})
        with pytest.raises(AssertionError, match="a request to"):
            visit(browser, script)


def test_local_schemes() -> None:
    """Files and data are local, servers are not unless allowed, and a socket belongs to its server."""
    assert stays_local("data:,x", set())
    assert stays_local("file:///tmp/a.html", set())
    assert not stays_local("https://example.invalid", {"http://127.0.0.1:1"})
    assert stays_local("ws://127.0.0.1:1/kernel", {"http://127.0.0.1:1"})


def test_a_file(page: Page, tmp_path: Path) -> None:
    """A page opens from the disk, as the reader of a report opens it."""
    path = tmp_path / "a.html"
    path.write_text("<!doctype html><title>a</title><link rel=icon href=data:,><h1>graph</h1>", encoding="utf-8")
    page.goto(path.as_uri())
    assert page.get_by_role("heading").inner_text() == "graph"
