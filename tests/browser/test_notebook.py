"""The widget in JupyterLab: Python moves the view, the view moves Python, and the notebook keeps out of the way."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from notebooks import Lab, Notebook, jupyter_lab, need_jupyter, write_notebook
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

BUILD = """
import sys
from micrograd import Value, explain

a, b, c, f = (Value(x, label=name) for name, x in {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}.items())

def loss():
    L = (a * b + c) * f
    L.label = "L"
    return L

print(sys.executable)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab, shared by the tests of this file."""
    need_jupyter()
    with jupyter_lab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture
def opened(lab: Lab, page: Page, allowed: set[str], request: pytest.FixtureRequest) -> Callable[..., Notebook]:
    """Open a notebook with cells in a page."""
    allowed.add(lab.origin)

    def opened(*cells: str) -> Notebook:
        name = f"{request.node.name}.ipynb"
        write_notebook(lab.folder / name, (BUILD.strip(), *cells))
        notebook = Notebook.opened(page, lab.url(name))
        expect(notebook.run(0)).to_have_text(sys.executable)
        return notebook

    return opened


def view_in(output: Locator) -> Locator:
    """Return the view of the widget, once a cell shows it."""
    view = output.locator(".mg-explain")
    expect(view).to_be_visible()
    return view


def type_over(field: Locator, text: str) -> None:
    """Type a number over the one in a field, as a person does."""
    field.click()
    field.press("ControlOrMeta+a")
    field.press_sequentially(text)
    field.press("Enter")


def test_the_step_is_shared(opened: Callable[..., Notebook]) -> None:
    """Python moves the view; a click and a key in the view move the step in Python."""
    notebook = opened("w = explain(loss())\nw", "w.step = 5", "print(w.step)", "w.next(); print(w.step, w.steps)")
    view = view_in(notebook.run(1))
    expect(view).to_contain_text("Step 0 of 10")
    notebook.run(2)
    expect(view).to_contain_text("Step 5 of 10")
    view.get_by_role("button", name="Next", exact=True).click()
    expect(view).to_contain_text("Step 6 of 10")
    expect(notebook.run(3)).to_have_text("6")
    view.get_by_role("button", name="Back", exact=True).press("ArrowRight")
    expect(view).to_contain_text("Step 7 of 10")
    expect(notebook.run(4)).to_have_text("8 10")
    expect(view).to_contain_text("Step 8 of 10")


def test_two_views_of_one_widget(opened: Callable[..., Notebook]) -> None:
    """A step in one view is a step in the other, and each keeps what it has open."""
    notebook = opened("w = explain(loss())\nw", "w")
    first, second = view_in(notebook.run(1)), view_in(notebook.run(2))
    first.get_by_role("button", name="Last", exact=True).click()
    expect(second).to_contain_text("Step 10 of 10")
    second.get_by_role("button", name="Back", exact=True).click()
    expect(first).to_contain_text("Step 9 of 10")


def test_edits_are_shared(opened: Callable[..., Notebook]) -> None:
    """Numbers set from Python stand in every view, also in one that is shown later, and so do those of a view."""
    notebook = opened("w = explain(loss())\nw", "w.edits = {0: 9}", "w", "print(w.edits)", "w.edits = {}")
    first = view_in(notebook.run(1))
    notebook.run(2)
    expect(first.get_by_label("Data of a")).to_have_value("9.0")
    second = view_in(notebook.run(3))
    expect(second.get_by_label("Data of a")).to_have_value("9.0")
    type_over(second.get_by_label("Data of b"), "inf")
    expect(first.get_by_label("Data of b")).to_have_value("inf")
    expect(first.get_by_label("Data of a")).to_have_value("9.0")
    expect(notebook.run(4)).to_have_text("{0: 9.0, 1: inf}")
    notebook.run(5)
    for view in (first, second):
        expect(view.get_by_label("Data of a")).to_have_value("2.0")
        expect(view.get_by_label("Data of b")).to_have_value("-3.0")


def test_numbers_go_both_ways(opened: Callable[..., Notebook]) -> None:
    """What is typed over leaves, or undone, reaches Python, and what Python computes from it reaches the view."""
    again = "w.apply(); w.update(loss()); print(w.edits, w.graph.root.data)"
    notebook = opened("w = explain(loss())\nw", "print(w.edits)", "print(w.edits)", "w.update()", again)
    view = view_in(notebook.run(1))
    field, undo = view.get_by_label("Data of a"), view.get_by_role("button", name="Undo edits")
    type_over(field, "5")
    type_over(view.get_by_label("Data of b"), "-inf")
    expect(notebook.run(2)).to_have_text("{0: 5.0, 1: -inf}")
    undo.click()
    expect(undo).to_be_hidden()
    expect(notebook.run(3)).to_have_text("{}")
    type_over(field, "5")
    expect(undo).to_be_visible()
    notebook.run(4)
    expect(undo).to_be_hidden()
    type_over(field, "7")
    expect(notebook.run(5)).to_have_text("{} 22.0")
    expect(undo).to_be_hidden()
    expect(field).to_have_value("7.0")


def test_the_notebook_keeps_its_keys(opened: Callable[..., Notebook]) -> None:
    """Keys pressed in the view neither add, delete nor change cells: "b" adds one elsewhere, "x" takes one away."""
    notebook = opened("explain(loss())")
    view = view_in(notebook.run(1))
    cells = notebook.page.locator(".jp-Cell")
    expect(cells).to_have_count(3)
    button = view.get_by_role("button", name="Next", exact=True)
    button.press("b")
    button.press("x")
    button.press("ArrowRight")
    expect(view).to_contain_text("Step 1 of 10")
    expect(cells).to_have_count(3)


def test_the_theme_of_the_notebook(opened: Callable[..., Notebook]) -> None:
    """The view is dark where JupyterLab is, from the moment it becomes so."""
    notebook = opened("explain(loss())")
    view = view_in(notebook.run(1))
    expect(view).to_have_attribute("data-theme", "light")
    notebook.choose("Settings", "Theme", "JupyterLab Dark")
    expect(view).to_have_attribute("data-theme", "dark")
