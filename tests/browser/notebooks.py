"""Notebooks for the tests: a file with cells, JupyterLab that serves it on this machine, the cells in the browser."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest
from browsers import PATIENCE
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Locator, Page

START = 60.0  # seconds that the server may take, on a busy machine
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

SETTINGS = (
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=0",
    "--ServerApp.open_browser=False",
    "--ServerApp.allow_root=True",
    "--LabApp.extension_manager=readonly",
)


# What the settings of JupyterLab say, by the name of the part that reads them.
PREFERENCES: dict[str, dict[str, object]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


def need_jupyter() -> None:
    """Skip the test where JupyterLab or the library of the widget is not installed."""
    for module in ("anywidget", "ipykernel", "jupyterlab"):
        pytest.importorskip(module, reason=f"{module} is not installed")


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook with cells of Python that have not run."""
    blank: dict[str, object] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    content = {
        "cells": [{**blank, "id": f"cell-{i}", "source": cell} for i, cell in enumerate(cells)],
        "metadata": {"kernelspec": KERNEL},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(content), encoding="utf-8")


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: the folder of its notebooks, the origin of its server, and the token that opens it."""

    folder: Path
    origin: str
    token: str

    def url(self, notebook: str) -> str:
        """Return where a notebook is shown, alone."""
        return f"{self.origin}/doc/tree/{notebook}?token={self.token}"

    def shut_down(self) -> None:
        """Ask the server to end its kernels and itself."""
        asked = Request(f"{self.origin}/api/shutdown?token={self.token}", method="POST")  # noqa: S310  # http, here
        with urlopen(asked, timeout=START):  # noqa: S310  # likewise
            pass


def _surroundings(folder: Path) -> dict[str, str]:
    """Return an environment whose settings are in the folder, so that nobody's own have a say."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR")
    return {**os.environ, **{name: str(folder / ".jupyter" / name.lower()) for name in names}}


def prefer(folder: Path, preferences: dict[str, dict[str, object]]) -> None:
    """Write the settings of JupyterLab that `_surroundings` leads it to."""
    for part, settings in preferences.items():
        path = folder / ".jupyter" / "jupyterlab_settings_dir" / "@jupyterlab" / f"{part}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")


@contextmanager
def jupyter_lab(folder: Path) -> Iterator[Lab]:
    """Serve the notebooks of a folder on this machine, and end the server and its kernels."""
    token = secrets.token_hex(16)
    surroundings = _surroundings(folder)
    command = [sys.executable, "-m", "jupyterlab", *SETTINGS, f"--IdentityProvider.token={token}"]
    prefer(folder, PREFERENCES)
    log = folder / ".jupyter.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=output, stderr=subprocess.STDOUT)
    try:
        lab = Lab(folder, _origin(process, folder, log), token)
        yield lab
        lab.shut_down()
        process.wait(START)
    finally:
        process.kill()
        process.wait()


def _origin(process: subprocess.Popen[bytes], folder: Path, log: Path) -> str:
    """Return the origin of a server, once it has written it down and answers."""
    end = time.monotonic() + START
    while process.poll() is None and time.monotonic() < end:
        for path in folder.glob(".jupyter/jupyter_runtime_dir/jpserver-*.json"):
            if found := re.search(r'"url": "(http://[\w.:]+)/', path.read_text(encoding="utf-8")):
                return found[1]
        time.sleep(0.05)
    message = f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')}"
    raise RuntimeError(message)


@dataclass(frozen=True)
class Notebook:
    """A notebook that is open in a page of the browser."""

    page: Page

    @staticmethod
    def opened(page: Page, url: str) -> Notebook:
        """Open a notebook and wait until its kernel can run cells."""
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")
        return Notebook(page)

    def cell(self, index: int) -> Locator:
        """Return a cell, what it shows included."""
        return self.page.locator(".jp-CodeCell").nth(index)

    def run(self, index: int) -> Locator:
        """Run a cell and return what it shows, once it is done."""
        cell = self.cell(index)
        cell.locator(".jp-InputArea-editor").click()
        self.page.keyboard.press("Shift+Enter")
        expect(cell.locator(".jp-InputArea-prompt")).to_have_text(re.compile(r"\[\d+\]:"))
        return cell.locator(".jp-Cell-outputArea")

    def choose(self, *names: str) -> None:
        """Choose from the menus, one after the other."""
        for name in names:
            labels = self.page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel")
            labels.filter(has_text=re.compile(f"^{name}$")).click()
