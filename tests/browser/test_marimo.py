"""The widget in marimo: a step of the view reaches Python, and one from Python the view."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

for _module in ("marimo", "anywidget", "playwright"):
    pytest.importorskip(_module, reason=f"{_module} is not installed")

expect = importlib.import_module("playwright.sync_api").expect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

START = 60.0  # seconds that the server may take, on a busy machine

NOTEBOOK = """
import marimo

app = marimo.App()


@app.cell
def _():
    from micrograd import Value, explain

    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    widget = explain(a * b + 1.0)
    widget
    return (widget,)


@app.cell
def _(widget):
    import marimo as mo

    mo.ui.button(label="Advance", on_click=lambda _: widget.next())
    return (mo,)


if __name__ == "__main__":
    app.run()
"""


@contextmanager
def served(notebook: Path) -> Iterator[str]:
    """Run a notebook of marimo on this machine, give the origin of its server, and end it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "marimo", "run", str(notebook), "--headless", "--no-token"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    log = notebook.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(START)


def wait_for(origin: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when a server answers."""
    end = time.monotonic() + START
    while process.poll() is None and time.monotonic() < end:
        try:
            urlopen(f"{origin}/health", timeout=START).close()  # noqa: S310  # http, here
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = f"marimo did not start:\n{log.read_text(encoding='utf-8', errors='replace')}"
    raise RuntimeError(message)


def test_the_step_is_shared(page: Page, allowed: set[str], tmp_path: Path) -> None:
    """A click in the view and the button that calls Python both count."""
    path = tmp_path / "notebook.py"
    path.write_text(NOTEBOOK, encoding="utf-8")
    with served(path) as origin:
        allowed.add(origin)
        page.goto(origin)
        view = page.locator(".mg-explain")
        expect(view).to_contain_text("Step 0 of 7")
        view.get_by_role("button", name="Next", exact=True).click()
        expect(view).to_contain_text("Step 1 of 7")
        page.get_by_role("button", name="Advance").click()
        expect(view).to_contain_text("Step 2 of 7")
