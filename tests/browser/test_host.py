"""The widget's view in a host that offers what anywidget's protocol says, and nothing more.

VS Code and marimo are such hosts; like marimo, this one draws the view inside of a shadow root.
"""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING

import pytest

from micrograd import Value, explain

pytest.importorskip("anywidget", reason="anywidget is not installed")
pytest.importorskip("playwright", reason="playwright is not installed")

expect = importlib.import_module("playwright.sync_api").expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

HOST = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>host</title>
<body style="color: rgb(220, 220, 220); background: #202020">
<script type="module">
const state = STATE;
const url = URL.createObjectURL(new Blob([state._esm], { type: "text/javascript" }));
const view = (await import(url)).default;
let callbacks = [];
window.told = [];
window.python = (changes) => {
  Object.assign(state, changes);
  const events = Object.keys(changes).map((name) => `change:${name}`);
  for (const [event, call] of callbacks) if (events.includes(event)) call();
};
const model = {
  get: (name) => state[name],
  set: (name, value) => { pending[name] = value; },
  save_changes: () => { told.push({ ...pending }); python(pending); pending = {}; },
  on: (event, call) => { callbacks.push([event, call]); },
  off: (event, call) => { callbacks = callbacks.filter((each) => each[0] !== event || each[1] !== call); },
};
let pending = {};
window.show = (id) => {
  const place = Object.assign(document.createElement("div"), { id });
  document.body.append(place);
  const root = place.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = state._css;
  const el = document.createElement("div");
  root.append(style, el);
  return view.render({ model, el });
};
window.end = show("place");
window.listening = () => callbacks.length;
</script>
"""


def expression(**numbers: float) -> Value:
    """Return a*b + c."""
    a, b, c = (Value(x, label=name) for name, x in numbers.items())
    return a * b + c


@pytest.fixture
def host(page: Page, tmp_path: Path) -> Page:
    """A page that shows the widget of a*b + c at step 2; `python(changes)` is Python, `told` what it was told."""
    widget = explain(expression(a=2.0, b=-3.0, c=10.0))
    widget.step = 2
    state = widget.get_state(["_esm", "_css", "payload", "step", "edits", "theme"])
    path = tmp_path / "host.html"
    text = json.dumps(state, allow_nan=False).replace("<", "\\u003c")
    path.write_text(HOST.replace("STATE", text), encoding="utf-8")
    page.goto(path.as_uri())
    expect(page.locator(".mg-explain")).to_be_visible()
    return page


def test_the_view_starts_where_python_is(host: Page) -> None:
    """The step is Python's, the theme is that of the surroundings, and styles reach into the shadow root."""
    view = host.locator(".mg-explain")
    expect(view).to_contain_text("Step 2 of 7")
    expect(view).to_have_attribute("data-theme", "dark")
    assert view.evaluate("view => getComputedStyle(view).colorScheme") == "dark"


def test_what_python_says_is_not_told_back(host: Page) -> None:
    """A step from Python moves the view; only steps of the view are told to Python."""
    view = host.locator(".mg-explain")
    host.evaluate("python({ step: 5 })")
    expect(view).to_contain_text("Step 5 of 7")
    assert host.evaluate("told") == []
    view.get_by_role("button", name="Next", exact=True).click()
    expect(view).to_contain_text("Step 6 of 7")
    assert host.evaluate("told") == [{"step": 6}]


def test_another_payload(host: Page) -> None:
    """Another graph that arrives in pieces, its step before or after, is shown, and nothing is told back."""
    small = explain(Value(1.0, label="x").exp()).payload
    large = explain(Value(1.0).exp().exp().exp().exp().exp()).payload
    view = host.locator(".mg-explain")
    host.evaluate("python({ step: 7 })")
    host.evaluate("payload => { python({ payload }); python({ step: 3 }); }", small)
    expect(view).to_contain_text("Step 3 of 3")
    host.evaluate("payload => { python({ step: 9 }); python({ payload }); }", large)
    expect(view).to_contain_text("Step 9 of 11")
    assert host.evaluate("told") == []


def test_edits_are_those_of_python_and_of_every_view(host: Page) -> None:
    """Numbers set from Python are shown, those of one view in the others, also in one that is shown later."""
    first, second = host.locator("#place .mg-explain"), host.locator("#second .mg-explain")
    host.evaluate("python({ step: 7, edits: { 0: 9 } })")
    expect(first.get_by_label("Data of a")).to_have_value("9.0")
    expect(first.get_by_role("row").last).to_contain_text("-17.0")
    host.evaluate("void show('second')")
    expect(second.get_by_label("Data of a")).to_have_value("9.0")
    field = second.get_by_label("Data of b")
    field.fill("-inf")
    field.press("Enter")
    assert host.evaluate("told") == [{"edits": {"0": 9, "1": "-inf"}}]
    for view in (first, second):
        expect(view.get_by_label("Data of a")).to_have_value("9.0")
        expect(view.get_by_label("Data of b")).to_have_value("-inf")
    host.evaluate("python({ edits: { 2: 1, 4: 5, 99: 5 } })")
    for view in (first, second):
        expect(view.get_by_label("Data of a")).to_have_value("2.0")
        expect(view.get_by_label("Data of b")).to_have_value("-3.0")
        expect(view.get_by_role("button", name="Undo edits")).to_have_count(0)
    assert len(host.evaluate("told")) == 1


def test_edits_outlast_a_payload(host: Page) -> None:
    """New numbers of the same graph do not take away what is set over its leaves; undoing tells Python."""
    view = host.locator(".mg-explain")
    changed = explain(expression(a=2.5, b=4.0, c=1.0)).payload
    host.evaluate("payload => { python({ edits: { 0: 9 } }); python({ payload }); }", changed)
    expect(view.get_by_label("Data of a")).to_have_value("9.0")
    expect(view.get_by_label("Data of b")).to_have_value("4.0")
    view.get_by_role("button", name="Undo edits").click()
    expect(view.get_by_label("Data of a")).to_have_value("2.5")
    assert host.evaluate("told") == [{"edits": {}}]


@pytest.mark.parametrize(
    ("colour", "theme"),
    [
        ("oklch(0.95 0.01 200)", "dark"),
        ("oklch(0.2 0.01 200)", "light"),
        ("color(srgb 0.9 0.9 0.9)", "dark"),
        ("color(srgb 0.1 0.1 0.1)", "light"),
        ("lab(90 0 0)", "dark"),
        ("rgb(250 250 250 / 0.87)", "dark"),
        ("#111", "light"),
    ],
)
def test_every_way_to_write_a_colour_is_understood(host: Page, colour: str, theme: str) -> None:
    """Whether the surroundings are dark is seen in the colour of their letters, however it is written."""
    host.evaluate("colour => { document.body.style.color = colour; python({ theme: 'auto' }); }", colour)
    expect(host.locator(".mg-explain")).to_have_attribute("data-theme", theme)


def test_themes_of_python(host: Page) -> None:
    """Python may choose the theme, and leave it to the surroundings again, which may change."""
    view = host.locator(".mg-explain")
    host.evaluate("python({ theme: 'light' })")
    expect(view).to_have_attribute("data-theme", "light")
    host.evaluate("document.body.style.color = 'rgb(0, 0, 0)'")
    host.evaluate("python({ theme: 'auto' })")
    expect(view).to_have_attribute("data-theme", "light")
    host.evaluate("document.body.style.color = 'rgb(250, 250, 250)'")
    expect(view).to_have_attribute("data-theme", "dark")


def test_the_end_of_a_view(host: Page) -> None:
    """A view that is taken away leaves neither elements nor listeners."""
    assert host.evaluate("listening()") == 4
    host.evaluate("end()")
    expect(host.locator(".mg-explain")).to_have_count(0)
    assert host.evaluate("listening()") == 0
    host.evaluate("python({ step: 1 })")
