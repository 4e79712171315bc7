"""Pictures of the widget in JupyterLab, as a reader of the project sees it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from browsers import watched
from notebooks import Notebook, jupyter_lab, write_notebook
from playwright.sync_api import expect

if TYPE_CHECKING:
    from notebooks import Lab
    from playwright.sync_api import Browser

WINDOW = {"width": 1280, "height": 1060}

BUILD = """
from micrograd import Value, explain

a, b, c, f = (Value(x, label=name) for name, x in {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}.items())
L = (a * b + c) * f
L.label = "L"
widget = explain(L)
widget
"""
NETWORK = """
import random

from micrograd import MLP, explain

model = MLP(3, [4, 4, 1], rng=random.Random(1))
loss = (model([2.0, 3.0, -1.0]) - 1.0) ** 2
loss.backward()
widget = explain(loss, model=model)
widget
"""


def notebook_screens(browser: Browser, folder: Path) -> list[Path]:
    """Write pictures of the widget in a notebook, light and dark, and return their paths."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, jupyter_lab(Path(place)) as lab:
        light = _screen(browser, lab, folder / "notebook.png", (BUILD, "widget.step = 6"))
        dark = _screen(browser, lab, folder / "notebook-network-dark.png", (NETWORK, "widget.step = 70"), theme="Dark")
    return [light, dark]


def _screen(browser: Browser, lab: Lab, path: Path, cells: tuple[str, str], theme: str = "Light") -> Path:
    """Run two cells, the first of which shows the widget, and write a picture of the window."""
    notebook = path.with_suffix(".ipynb").name
    write_notebook(lab.folder / notebook, [cell.strip() for cell in cells])
    with watched(browser, {lab.origin}, viewport=WINDOW, reduced_motion="reduce") as page:
        opened = Notebook.opened(page, lab.url(notebook))
        if theme != "Light":
            opened.choose("Settings", "Theme", f"JupyterLab {theme}")
        view = opened.run(0).locator(".mg-explain")
        expect(view).to_have_attribute("data-theme", theme.lower())
        opened.run(1)
        page.locator(".jp-WindowedPanel-outer").evaluate("panel => panel.scrollTo(0, 0)")
        page.screenshot(path=path, animations="disabled")
    return path
