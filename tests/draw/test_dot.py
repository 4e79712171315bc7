"""Tests of draw_dot and trace: what the DOT text says, and what becomes of it as a picture."""

# ruff: noqa: SLF001  # learners assign to _backward

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from drawn_networks import LectureMLP, squared_error

from micrograd import draw, draw_dot, trace
from micrograd.draw.dot import Drawing
from micrograd.draw.dot_text import escaped, fixed
from micrograd.draw.rendering import _quiet_about_fonts
from micrograd.engine import Value
from micrograd.errors import InputError, MissingExtraError
from micrograd.nn import MLP, Neuron

SVG = "{http://www.w3.org/2000/svg}"
XLINK_TITLE = "{http://www.w3.org/1999/xlink}title"


def expression() -> Value:
    """Return L = (a·b + c)·f with its labels."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    out = d * Value(-2.0, label="f")
    out.label = "L"
    return out


def labels(source: str) -> list[str]:
    """Return the labels of all boxes and ovals."""
    return re.findall(r'^  \w+ \[label="((?:[^"\\]|\\.)*)"', source, re.MULTILINE)


def edges(source: str) -> list[tuple[str, str]]:
    """Return the ends of all edges."""
    return re.findall(r"^  (\w+) -> (\w+)", source, re.MULTILINE)


def texts(svg: str, *, strip: bool = True) -> set[str]:
    """Return the texts in a picture, as somebody sees them."""
    root = ET.fromstring(svg)  # noqa: S314  # made here
    found = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    return {text.strip() if strip else text for text in found}


def tooltips(svg: str) -> list[str]:
    """Return what a picture says to who points at something."""
    root = ET.fromstring(svg)  # noqa: S314  # made here
    return [element.attrib[XLINK_TITLE] for element in root.iter() if XLINK_TITLE in element.attrib]


@pytest.fixture
def _graphviz() -> None:
    """Skip the test where pictures cannot be drawn."""
    pytest.importorskip("pygraphviz", reason="pygraphviz is not installed: pip install 'micrograd[draw]'")


# The text.


def test_every_value_is_a_box_and_every_operation_an_oval() -> None:
    """A box says label, data and gradient; an oval stands between the operands and the result."""
    root = expression()
    root.backward()
    source = draw_dot(root).source
    assert labels(source) == [
        *("{ a | data 2.0000 | grad 6.0000 }", "{ b | data -3.0000 | grad -4.0000 }"),
        *("{ e | data -6.0000 | grad -2.0000 }", "*", "{ c | data 10.0000 | grad -2.0000 }"),
        *("{ d | data 4.0000 | grad -2.0000 }", "+", "{ f | data -2.0000 | grad 4.0000 }"),
        *("{ L | data -8.0000 | grad 1.0000 }", "*"),
    ]
    assert edges(source) == [
        *[("n2op", "n2"), ("n4op", "n4"), ("n6op", "n6"), ("n0", "n2op"), ("n1", "n2op")],
        *[("n2", "n4op"), ("n3", "n4op"), ("n4", "n6op"), ("n5", "n6op")],
    ]


def test_a_gradient_that_was_not_computed_is_a_dash() -> None:
    """It is not shown as 0; a computed 0 is."""
    a = Value(2.0, label="a")
    out = 0.0 * a
    assert "{ a | data 2.0000 | grad — }" in labels(draw_dot(out).source)
    out.backward()
    assert "{ a | data 2.0000 | grad 0.0000 }" in labels(draw_dot(out).source)
    a.grad = 0.0
    assert "{ a | data 2.0000 | grad — }" in labels(draw_dot(out).source)


def test_a_value_used_twice_by_one_operation_has_two_edges() -> None:
    """Both operands of a * a are seen, with the local derivative on each."""
    a = Value(3.0, label="a")
    source = draw_dot(a * a, local_grads=True).source
    assert source.count('  n0 -> n1op [label="3.0000"]') == 2


def test_local_derivatives_stand_at_the_edges_where_asked_for() -> None:
    """They are those of the operation by that operand; a dash where nothing is known of them."""
    a, b = Value(2.0), Value(-3.0)
    assert 'n0 -> n2op [label="-3.0000"]' in draw_dot(a * b, local_grads=True).source
    assert "n0 -> n2op\n" in draw_dot(a * b).source
    assert 'n0 -> n1op [label="—"]' in draw_dot(Value(1.0, (a,), "?"), local_grads=True).source


def test_names_are_labels_or_those_of_the_model() -> None:
    """A nameless value has no cell for a name."""
    neuron = Neuron(2)
    neuron.w[0].label = "slope"
    shown = labels(draw_dot(neuron([1.0, 2.0])).source)
    assert [label.split(" | ")[0] for label in shown[:5]] == [
        *("{ slope", "{ w[1]", "{ data 1.0000", "{ data 2.0000", "{ b"),
    ]


def test_a_model_that_is_given_names_the_parameters() -> None:
    """`model=` overrides the search, and takes any object."""
    a, b = Value(2.0), Value(3.0)
    assert "{ ['a'] | data 2.0000 | grad — }" in labels(draw_dot(a * b, model={"a": a}).source)


def test_parameters_inputs_constants_and_results_differ_in_colour() -> None:
    """Four kinds of boxes have four fillings."""
    neuron = Neuron(1)
    source = draw_dot(neuron([1.0]) - 0.5).source
    fillings = re.findall(r'^  n\d+ \[label="\{.*fillcolor="(#\w+)"', source, re.MULTILINE)
    assert len(set(fillings)) == 4


@pytest.mark.parametrize("text", ["{a|b}", "<c>", 'say "hi"', "back\\slash", "a & b", "\\N", "&lt;", "näh — ∂"])
@pytest.mark.usefixtures("_graphviz")
def test_signs_that_mean_something_in_dot_stand_for_themselves(text: str) -> None:
    """Labels and symbols come out in the picture as they were given."""
    a = Value(1.0, label=text)
    out = Value.custom(2.0, [a], [1.0], op=text)
    svg = draw_dot(out).pipe("svg").decode()
    root = ET.fromstring(svg)  # noqa: S314  # made here
    shown = [element.text for element in root.iter(f"{SVG}text")]
    assert shown.count(text) == 2


def test_long_texts_are_shortened_and_whole_in_the_tooltip() -> None:
    """A name or a symbol of any length is drawn, of the box of a folded group too."""
    long, symbol = "∂" * 20_000 + "!", "s" * 20_000 + "\\N"
    out = Value.custom(2.0, [Value(1.0, label=long)], [1.0], op=symbol)
    shown = labels(draw_dot(out).source)
    assert shown[0] == f"{{ {'∂' * 99}… | data 1.0000 | grad — }}"
    assert shown[2] == "s" * 99 + "…"
    assert labels(draw_dot(Value(2.0, label="x" * 100)).source) == [f"{{ {'x' * 100} | data 2.0000 | grad — }}"]
    many = sum(Value.custom(1.0, [Value(1.0, label="x")], [1.0], op=symbol) for _ in range(30))
    assert isinstance(many, Value)
    folded = draw_dot(many, limit=20)
    assert f"{'s' * 99}… (30 nodes) | data" in folded.source
    pytest.importorskip("pygraphviz", reason="pygraphviz is not installed: pip install 'micrograd[draw]'")
    titles = [title for drawing in (draw_dot(out), folded) for title in tooltips(drawing.pipe("svg").decode())]
    assert f"{long}\ndata 1.0, grad not computed" in titles
    assert symbol in titles
    assert f"{symbol} of inputs" in titles


@pytest.mark.usefixtures("_graphviz")
def test_every_space_is_seen() -> None:
    """Graphviz leaves out spaces of a record, where they are not written as signs of their own."""
    a = Value(1.0, label="a  b   c")
    out = Value.custom(2.0, [a, Value(1.0, label="  two\n  lines  ")], [1.0, 1.0], op="x   y")
    shown = {text.replace("\xa0", " ") for text in texts(draw_dot(out).pipe("svg").decode(), strip=False)}
    assert {"x   y", "  two", "  lines  "} <= shown
    assert "a  b   c" in {text.rstrip() for text in shown}


def test_control_characters_and_lines_are_readable() -> None:
    """A label may have several lines; what cannot be shown is a space."""
    assert escaped("a\nb\x00c") == "a\\nb c"


def test_numbers_have_four_decimals_or_an_exponent() -> None:
    """Very small and very large ones would otherwise look like 0, or fill the page."""
    shown = [fixed(x) for x in (0.5, 0.0, -1e-7, 12345678.0, math.nan, -math.inf)]
    assert shown == ["0.5000", "0.0000", "-1.0000e-07", "1.2346e+07", "nan", "-inf"]


def test_a_folded_group_says_what_is_in_it() -> None:
    """Its name, how many nodes, and how data and gradients spread; as long as there is no gradient, a dash."""
    model = MLP(2, [2, 1])
    for parameter in model.parameters():
        parameter.data = 0.5
    out = model([1.0, 2.0])
    group = next(label for label in labels(draw_dot(out, limit=3).source) if "nodes" in label)
    assert re.fullmatch(r"MLP \(15 nodes\) \| data min -?\d\.\d{4}, mean .*, max .* \| grad —", group)
    out.backward()
    group = next(label for label in labels(draw_dot(out, limit=3).source) if "nodes" in label)
    assert group.endswith("max 1.0000")


def test_a_folded_group_says_how_many_gradients_it_has_and_what_is_not_finite() -> None:
    """Where only some were computed, their number stands beside them."""
    model = MLP(1, [1])
    model.layers[0].neurons[0].w[0].data = math.inf
    out = model([1.0])
    model.parameters()[1].grad = 2.0
    group = next(label for label in labels(draw_dot(out, limit=2).source) if "nodes" in label)
    assert ", 2 not finite | grad of 1 min 2.0000, mean 2.0000, max 2.0000" in group


def test_an_edge_of_many_links_is_thicker_and_says_so() -> None:
    """Between folded groups there is one edge."""
    model = MLP(2, [3, 2])
    source = draw_dot(sum(model([1.0, 2.0])), limit=8).source
    pairs = edges(source)
    assert len(set(pairs)) == len(pairs)
    widths = [float(width) for width in re.findall(r"penwidth=([\d.]+)", source)]
    assert min(widths) == 1.0 < max(widths)
    assert 'tooltip="6 edges"' in source  # three outputs of the one layer, taken by two neurons of the other


def test_groups_open_by_name() -> None:
    """What is named is seen node by node, in a graph that is folded otherwise."""
    model = LectureMLP(2, [16, 16, 1])
    out = model([1.0, 2.0])
    folded, opened = draw_dot(out).source, draw_dot(out, open=["layers[0].neurons[3]"]).source
    assert "layers[0].neurons[3].w[0]" not in folded
    assert "layers[0].neurons[3].w[0]" in opened
    assert len(labels(draw_dot(out, open="all").source)) > 1000


def test_a_group_that_cannot_open_further_is_warned_of() -> None:
    """The picture is drawn all the same, and the warning points at the line that asked for it."""
    model = LectureMLP(2, [16, 16, 1])
    out = model([1.0, 2.0])
    with pytest.warns(UserWarning, match=r"layers\[0\] is open already") as warned:
        drawing = draw_dot(out, open=["layers[0]"], limit=40)
    assert "layers[0].neurons[3]" in drawing.source
    assert warned[0].filename == __file__


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"format": "doc"}, "a picture is written as one of svg, png, pdf, ps, jpg, gif, dot; got 'doc'"),
        ({"rankdir": "UP"}, "rankdir says where a picture runs, one of LR, RL, TB, BT; got 'UP'"),
        ({"limit": 0}, "limit is the largest number of boxes, 1 or more; got 0"),
        ({"open": ["layer"]}, "no group is called 'layer'"),
    ],
)
def test_wrong_wishes_are_refused(wrong: dict[str, Any], message: str) -> None:
    """The message says what was expected and what was given."""
    with pytest.raises(ValueError, match=re.escape(message)):
        draw_dot(expression(), **wrong)


def test_only_a_value_can_be_drawn() -> None:
    """A list of Values is not one, for example."""
    with pytest.raises(TypeError, match="a graph starts at a Value, such as a loss"):
        draw_dot([Value(1.0)])  # type: ignore[arg-type]


def by_closures(runs: list[str]) -> Value:
    """Return a product of operations of the user's own: by closures, one of a list, and by their derivatives."""
    xs = [Value(0.5, label="x"), Value(2.0, label="y"), Value(3.0, label="z")]
    total = Value(5.5, tuple(xs), "total")
    clipped = Value(0.5, (xs[0],), "clip")

    def add_to_all() -> None:
        runs.append("total")
        for x in xs:
            x.grad += total.grad

    def add_clipped() -> None:
        runs.append("clip")
        xs[0].grad += max(-1.0, min(1.0, clipped.grad))

    total._backward, clipped._backward = add_to_all, add_clipped
    return total * clipped * Value.custom(8.0, [xs[1]], [12.0], op="cube") * 0.0


@pytest.mark.parametrize("computed", [False, True])
def test_drawing_leaves_the_graph_as_it_was(computed: bool) -> None:  # noqa: FBT001  # a case
    """No gradient appears, goes or changes, though the functions of closures are tried out; a computed 0 stays one."""
    runs: list[str] = []
    root = by_closures(runs)
    if computed:
        root.backward()
    before = {node: (node.grad, node.has_grad, node.data) for node in trace(root)[0]}
    assert any(known and gradient == 0.0 for gradient, known, _ in before.values()) == computed
    runs.clear()
    source = draw_dot(root, local_grads=True).source
    assert {node: (node.grad, node.has_grad, node.data) for node in trace(root)[0]} == before
    assert sorted(set(runs)) == ["clip", "total"]
    assert source.count('op [label="1.0000"]') == 3
    assert source.count('op [label="12.0000"]') == 1
    assert source.count('op [label="—"]') == 1  # of what is no multiple of the gradient


def test_a_function_is_tried_out_once_for_all_edges() -> None:
    """An operation of many operands is no more work than its edges."""
    xs = [Value(float(i)) for i in range(400)]
    out, runs = Value(1.0, tuple(xs), "many"), []

    def _backward() -> None:
        runs.append(out.grad)
        for x in xs:
            x.grad += x.data * out.grad

    out._backward = _backward
    source = draw_dot(out, open="all", local_grads=True).source
    assert 'n399 -> n400op [label="399.0000"]' in source
    assert len(runs) == 2  # gradients


def test_trace_gives_sets_of_nodes_and_of_edges() -> None:
    """An edge is a pair of a node and what was computed from it."""
    a, b = Value(2.0), Value(3.0)
    c = a * b
    nodes, pairs = trace(c + c)
    assert len(nodes) == 4
    assert {(a, c), (b, c)} < pairs
    assert len(pairs) == 3


# Pictures.


@pytest.mark.parametrize(
    ("form", "magic"),
    [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("ps", b"%!PS"), ("jpg", b"\xff\xd8"), ("gif", b"GIF8")],
)
@pytest.mark.usefixtures("_graphviz")
def test_pictures_come_in_all_formats(form: str, magic: bytes) -> None:
    """The content is what the format begins with."""
    assert draw_dot(expression()).pipe(form).startswith(magic)


@pytest.mark.usefixtures("_graphviz")
def test_the_picture_says_what_the_text_says() -> None:
    """Names, numbers and operations are in it."""
    shown = texts(draw_dot(expression()).pipe().decode())
    assert {"L", "data -8.0000", "grad —", "*", "+"} <= shown


@pytest.mark.parametrize(
    ("path", "form", "expected"),
    [
        ("loss.svg", None, "loss.svg"),
        ("loss", None, "loss.png"),
        ("loss.v2", None, "loss.v2.png"),
        ("loss", "svg", "loss.svg"),
        ("loss.SVG", None, "loss.SVG"),
        ("loss.dot", None, "loss.dot"),
    ],
)
@pytest.mark.usefixtures("_graphviz")
def test_render_writes_a_file_and_returns_its_name(tmp_path: Path, path: str, form: str | None, expected: str) -> None:
    """The ending says the format; without one, that of the drawing is added."""
    name = draw_dot(expression(), format="png").render(str(tmp_path / path), format=form)
    assert name == str(tmp_path / expected)
    start = {"svg": b"<?xml", "png": b"\x89PNG", "dot": b"digraph"}[expected.rpartition(".")[2].lower()]
    assert Path(name).read_bytes().startswith(start)


@pytest.mark.usefixtures("_graphviz")
def test_render_shows_the_file_where_asked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system is given the file's address; by default it is not."""
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", shown.append)
    drawing = draw_dot(expression())
    drawing.render(tmp_path / "loss", view=False)
    assert shown == []
    drawing.render(tmp_path / "loss", view=True)
    assert shown == [(tmp_path / "loss.svg").as_uri()]


def test_save_writes_the_source(tmp_path: Path) -> None:
    """It is what `.source` says, and needs no library."""
    drawing = draw_dot(expression())
    name = drawing.save(tmp_path / "loss.gv")
    assert Path(name).read_text(encoding="utf-8") == drawing.source


def test_a_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(InputError, match=r"loss\.gv cannot be written"):
        draw_dot(expression()).save(tmp_path / "nowhere" / "loss.gv")


@pytest.mark.usefixtures("_graphviz")
def test_notebooks_show_the_drawing() -> None:
    """They find SVG, and words for those that show no pictures."""
    drawing = draw_dot(expression())
    shown = drawing._repr_mimebundle_(include=None, exclude=None)  # as notebooks call it
    assert shown["image/svg+xml"] == drawing._repr_svg_()
    assert "</svg>" in shown["image/svg+xml"]
    assert shown["text/plain"] == repr(drawing)


def test_the_source_needs_no_library_and_a_picture_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pygraphviz, everything but the drawing itself is there."""
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    drawing = draw_dot(expression())
    assert drawing.source.startswith("digraph")
    with pytest.raises(MissingExtraError, match=re.escape("pip install 'micrograd[draw]'")):
        drawing.pipe("svg")


@pytest.mark.usefixtures("_graphviz")
def test_drawing_writes_nothing_to_the_terminal() -> None:
    """Not even the library that finds fonts does, with the first picture of a process."""
    program = "from micrograd import Value, draw_dot; a = Value(2.0); draw_dot(a * a).pipe('png')"
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert outcome.stdout == outcome.stderr == ""


def quietly(program: str) -> subprocess.CompletedProcess[str]:
    """Return the outcome of a program that holds lines about fonts back."""
    start = "import os, subprocess, sys; from micrograd.draw.rendering import _quiet_about_fonts\n"
    return subprocess.run([sys.executable, "-c", start + program], capture_output=True, text=True, check=True)


def test_what_others_write_to_the_terminal_meanwhile_is_passed_on() -> None:
    """Only lines about fonts are held back."""
    program = "with _quiet_about_fonts():\n    os.write(2, b'Fontconfig warning: x\\nkept\\nFontconfig error: y')\n"
    assert quietly(program).stderr == "kept\n"


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="this Python lets lines about fonts pass")
def test_a_program_that_another_thread_starts_meanwhile_keeps_its_standard_error() -> None:
    """What it writes arrives, then and later, and in full."""
    child = "import os, time; os.write(2, b'soon '); time.sleep(0.3); os.write(2, b'later ' * 20000)"
    program = f"with _quiet_about_fonts():\n    child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
    program += "child.wait()\nimport threading\nfor each in threading.enumerate()[1:]: each.join()\n"
    assert quietly(program).stderr.split() == ["soon", *["later"] * 20000]


def test_fonts_are_found_without_a_standard_error_and_with_one_that_nobody_reads() -> None:
    """There, nothing can be held back or passed on, which is no reason to fail."""
    assert quietly("os.close(2)\nwith _quiet_about_fonts(): print('closed')").stdout == "closed\n"
    program = "read, write = os.pipe(); os.dup2(write, 2); os.close(write); os.close(read)\n"
    program += "with _quiet_about_fonts(): os.write(2, b'lost'); print('unread')"
    assert quietly(program).stdout == "unread\n"


@pytest.mark.parametrize("failing", ["pipe", "set_blocking", "dup2"])
def test_fonts_are_found_where_the_system_refuses(monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    """Lines about fonts are seen then; every descriptor that was opened is closed again."""

    def refuse(*_: object) -> None:
        raise OSError

    free = next_descriptor()
    with monkeypatch.context() as patched:
        patched.setattr(os, failing, refuse, raising=False)
        with _quiet_about_fonts():
            pass
    assert next_descriptor() == free


def test_no_descriptor_stays_open() -> None:
    """However many pictures are drawn."""
    free = next_descriptor()
    for _ in range(3):
        with _quiet_about_fonts():
            os.write(2, b"Fontconfig warning: x\n")
    assert next_descriptor() == free


def next_descriptor() -> int:
    """Return the number that the next file that is opened will have."""
    descriptor = os.dup(1)
    os.close(descriptor)
    return descriptor


@pytest.mark.usefixtures("_graphviz")
def test_folded_graphs_are_drawn_without_complaint() -> None:
    """What Graphviz complains of, pygraphviz turns into warnings, which are errors here."""
    model = LectureMLP(3, [4, 4, 1])
    svg = draw_dot(squared_error(model)).pipe().decode()
    assert "layers[1].neurons[3] (41 nodes)" in texts(svg)


def test_a_drawing_of_an_unknown_format_is_refused() -> None:
    """The formats are listed."""
    with pytest.raises(ValueError, match="a picture is written as one of"):
        Drawing("digraph {}", "bmp")


def test_the_package_offers_what_people_ask_it_for() -> None:
    """Each thing is imported from where it is; what is not there is said to be missing."""
    assert draw.draw_dot is draw_dot
    assert draw.trace is trace
    with pytest.raises(AttributeError, match=r"module 'micrograd\.draw' has no attribute 'plot'"):
        draw.plot  # noqa: B018
