"""The notebook widget: what Python can do with it, and what travels to the view."""

from __future__ import annotations

import gc
import importlib
import json
import math
import shutil
import subprocess
import sys
import weakref
from typing import TYPE_CHECKING

import pytest

from micrograd import MLP, Value, explain
from micrograd.draw.bundle import bundle
from micrograd.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from micrograd.draw.widget import Explanation

pytest.importorskip("anywidget", reason="anywidget is not installed")
widget = importlib.import_module("micrograd.draw.widget")


def expression() -> Value:
    """Return L = (a*b + c) * f: 4 leaves, 3 inner nodes, 6 edges."""
    a, b, c, f = (Value(x, label=name) for name, x in {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}.items())
    loss = (a * b + c) * f
    loss.label = "L"
    return loss


def graph_of(shape: str) -> Value:
    """Return the root of a graph of some shape."""
    a = Value(0.5)
    shapes: dict[str, Callable[[], Value]] = {
        "leaf": lambda: a,
        "chain": lambda: a.tanh().exp(),
        "square": lambda: a * a,
        "diamond": lambda: (a + 1.0) * (a + 2.0),
        "network": lambda: MLP(2, [3, 1])([a, 2 * a]),
        "custom": lambda: Value.custom(1.0, [a, a, a], [1.0, 2.0, 3.0]) * a,
    }
    return shapes[shape]()


def node(script: str) -> str:
    """Run a module in Node and return what it prints; skip the test where there is none."""
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    command = ["node", "--input-type=module", "-"]
    done = subprocess.run(command, input=script, capture_output=True, encoding="utf-8", check=True, timeout=60)
    return done.stdout


@pytest.fixture
def shown() -> Explanation:
    """The widget of the expression."""
    made: Explanation = explain(expression())
    return made


def test_a_notebook_gets_a_widget(shown: Explanation) -> None:
    """Without a path, explain() gives what a notebook shows at the end of a cell."""
    assert isinstance(shown, widget.Explanation)
    bundle_and_metadata = shown._repr_mimebundle_()  # the name that notebooks ask for
    assert bundle_and_metadata is not None
    assert "application/vnd.jupyter.widget-view+json" in bundle_and_metadata[0]


def test_python_steps_through_the_graph(shown: Explanation) -> None:
    """The step goes on and back, to both ends, and not beyond."""
    assert shown.steps == 3 + 1 + 6
    shown.next()
    shown.next()
    assert shown.step == 2
    shown.back()
    assert shown.step == 1
    shown.last()
    shown.next()
    assert shown.step == 10
    shown.first()
    shown.back()
    assert shown.step == 0


@pytest.mark.parametrize("step", [-1, 11, 1.5, "3"])
def test_a_step_that_is_not_there(shown: Explanation, step: object) -> None:
    """It is refused, and the step stays where it was."""
    shown.step = 4
    with pytest.raises(importlib.import_module("traitlets").TraitError, match="step"):
        shown.set_trait("step", step)
    assert shown.step == 4


def test_the_range_of_steps_is_said(shown: Explanation) -> None:
    """The message tells which steps there are."""
    with pytest.raises(importlib.import_module("traitlets").TraitError, match="this graph has the steps 0 to 10"):
        shown.step = 11


def test_other_code_follows_the_step(shown: Explanation) -> None:
    """Observers are told about steps from Python and from the view alike."""
    seen: list[int] = []
    shown.observe(lambda change: seen.append(change["new"]), "step")
    shown.step = 3
    shown.set_state({"step": 7})
    assert seen == [3, 7]


def test_update_reads_the_numbers_again(shown: Explanation) -> None:
    """Gradients and data are those of now, the step is kept, and edits are gone."""
    shown.step, shown.edits = 5, {0: 1.0}
    assert shown.payload["nodes"][0]["grad"] is None
    shown.graph.root.backward()
    shown.update()
    assert shown.payload["nodes"][0]["grad"] == shown.graph.nodes[0].grad == 6.0
    assert (shown.step, shown.edits) == (5, {})


def test_update_shows_another_value(shown: Explanation) -> None:
    """A smaller graph has fewer steps, and the step is its last one at most."""
    shown.last()
    shown.update(Value(1.0) + 2.0)
    assert shown.steps == shown.step == 4
    shown.update(expression())
    assert (shown.steps, shown.step) == (10, 4)
    assert shown.payload["title"] == "L"


def test_the_view_gets_an_update_whole(shown: Explanation) -> None:
    """Step, edits and payload travel together, so that no view sees the step of one graph in another."""
    sent: list[set[str]] = []
    shown.last()
    shown.edits = {0: 1.0}
    shown.send_state = lambda key: sent.append(set(key))
    shown.update(Value(1.0) + 2.0)
    assert sent == [{"payload", "step", "edits"}]


def test_edits_of_the_view(shown: Explanation) -> None:
    """What was typed over leaves can be read by position, and be written to the Values."""
    shown.set_state({"edits": {"0": 5.0, "1": "-Infinity"}})
    assert shown.edits == {0: 5.0, 1: -math.inf}
    shown.apply()
    assert [node.data for node in shown.graph.nodes[:2]] == [5.0, -math.inf]


def test_edits_of_python_are_numbers_for_leaves(shown: Explanation) -> None:
    """Numbers of any kind become floats; what is no leaf, or no number, is refused with the reason."""
    shown.edits = {0: 9, 1: True}
    assert shown.edits == {0: 9.0, 1: 1.0}
    assert {type(number) for number in shown.edits.values()} == {float}
    wrong = importlib.import_module("traitlets").TraitError
    with pytest.raises(wrong, match=r"no leaf is at position 2 .* are at 0, 1, 3, 5$"):
        shown.edits = {2: 1.0}
    with pytest.raises(wrong, match="must be a float; got str: '9'"):
        shown.edits = {0: "9"}
    assert shown.edits == {0: 9.0, 1: 1.0}


def test_a_closed_widget_lets_its_graph_go() -> None:
    """The library keeps widgets, and their graphs, until they are closed."""
    shown = explain(expression())
    kept = weakref.ref(shown.graph.nodes[0])
    close = shown.close
    del shown
    gc.collect()
    assert kept() is not None
    close()
    del close
    gc.collect()
    assert kept() is None


def test_the_model_tells_its_parts() -> None:
    """The names are those that the given model has for its parameters, also after an update."""
    model = MLP(2, [2, 1])
    shown = explain(model([1.0, 2.0]), model=model.layers[1])
    shown.update()
    names = {node["name"] for node in shown.payload["nodes"]}
    assert "neurons[0].w[1]" in names


def test_all_that_travels_is_json() -> None:
    """Numbers that JSON lacks do not break the message."""
    shown = explain(Value(math.inf, label="x") * 0.0 + 3.0)
    shown.edits = {0: math.nan, 1: -math.inf, 3: 1.0}
    state = shown.get_state(["payload", "step", "edits", "theme"])
    assert json.loads(json.dumps(state, allow_nan=False))["edits"] == {"0": "nan", "1": "-inf", "3": 1.0}


def test_the_theme_is_one_of_three(shown: Explanation) -> None:
    """It is that of the notebook unless Python says otherwise."""
    assert shown.theme == "auto"
    with pytest.raises(importlib.import_module("traitlets").TraitError, match="theme"):
        shown.theme = "darkk"


@pytest.mark.parametrize("shape", ["leaf", "chain", "square", "diamond", "network", "custom"])
def test_python_and_the_view_count_the_same_steps(shape: str) -> None:
    """The view's own timeline, run in Node, is as long as Python says."""
    shown = explain(graph_of(shape))
    parents = json.dumps([node["parents"] for node in shown.payload["nodes"]])
    graph = f"{{ parents: {parents}, size: {len(shown.graph)}, root: {len(shown.graph) - 1} }}"
    count = node(f"{bundle('timeline.js')}\nconsole.log(makeTimeline({graph}).steps.length);")
    assert int(count) == shown.steps


def test_the_view_is_a_module(shown: Explanation, tmp_path: Path) -> None:
    """Its default export has what a notebook calls."""
    path = tmp_path / "widget.mjs"
    path.write_text(shown.get_state(["_esm"])["_esm"], encoding="utf-8")
    assert node(f"import view from '{path.as_uri()}';\nconsole.log(typeof view.render);") == "function\n"


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the extra that brings it, and what works without."""
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "micrograd.draw.widget")
    with pytest.raises(MissingExtraError, match=r"pip install 'micrograd\[notebook\]'.* a path"):
        explain(expression())
