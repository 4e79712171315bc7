"""DOT text, the language of Graphviz, for what is seen of a graph."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.draw.fold import spread
from micrograd.draw.kinds import CONSTANT, INNER, INPUT, PARAMETER
from micrograd.graph import local_derivatives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from micrograd.draw.fold import Box, Folded, Spread
    from micrograd.draw.groups import Grouping
    from micrograd.engine import Value
    from micrograd.graph import Graph

    Derivatives = Callable[[int], tuple[float, ...] | None]  # those of a node by its parents

NOT_COMPUTED = "—"

# Light fillings under dark text, and lines of a grey that shows on white as on black. The colours are tints of those
# that colour-blind eyes tell apart (Okabe and Ito, "Color Universal Design", 2008).
INK, LINE, GROUP_FILL, GROUP_LINE = "#1a1a1a", "#8c8c8c", "#f3e4ee", "#cc79a7"
FILLS = {PARAMETER: "#fdeccd", INPUT: "#d9effb", CONSTANT: "#ececec", INNER: "#ffffff"}
LINES = {PARAMETER: "#e69f00", INPUT: "#56b4e9", CONSTANT: LINE, INNER: LINE}
FONT = "Helvetica,Arial,sans-serif"

MANY = 120  # edges, which are drawn thin from there on
SMALLEST_FIXED, LARGEST_FIXED = 5e-5, 1e7  # what four decimals show well
LONGEST = 100  # characters that are shown of a name; Graphviz reads no more than 16384 bytes at once
_PIECE = 2000  # characters of a longer text, which is read piece by piece
_SPECIAL = str.maketrans({**{c: f"\\{c}" for c in '\\{}|<>"'}, "&": "&amp;", "\n": "\\n"})
_SPECIAL_IN_TOOLTIPS = str.maketrans({"\\": "\\" * 4, '"': '\\"', "&": "&amp;", "\n": "\\n"})  # unescaped twice
_LOST_SPACES = re.compile(r"(?<= ) |(?<=\\n) |^ | $| (?=\\n)")  # those that Graphviz leaves out of a record


@dataclass(frozen=True, slots=True)
class View:
    """What is drawn: a graph, the names of its nodes, its groups, and what is seen of it."""

    graph: Graph
    names: Sequence[str]
    grouping: Grouping
    folded: Folded
    rankdir: str
    local_grads: bool


def dot_text(view: View) -> str:
    """Return the DOT text of what is seen: a box for a value or a folded group, an oval for an operation."""
    lines = [
        "digraph {",
        f'  graph [rankdir={view.rankdir}, bgcolor="transparent", nodesep=0.18, {_arrangement(view)}]',
        f'  node [shape=record, style=filled, fontname="{FONT}", fontsize=12, fontcolor="{INK}", height=0.35]',
        f'  edge [color="{LINE}", fontcolor="{LINE}", fontname="{FONT}", fontsize=11, arrowsize=0.7]',
        *_boxes(view),
        *_edges(view),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _arrangement(view: View) -> str:
    """Return how boxes are arranged: folded groups in their order, with room for the many edges between layers."""
    return "ranksep=0.9, ordering=out" if any(box.group >= 0 for box in view.folded.boxes) else "ranksep=0.35"


def fixed(x: float) -> str:
    """Return a number with four decimals, or with an exponent where those would hide it.

    Example:
        >>> fixed(-2.0), fixed(1e-9), fixed(math.inf)
        ('-2.0000', '1.0000e-09', 'inf')
    """
    if not math.isfinite(x) or x == 0.0 or SMALLEST_FIXED <= abs(x) < LARGEST_FIXED:
        return f"{x:.4f}"
    return f"{x:.4e}"


def _boxes(view: View) -> Iterator[str]:
    """Yield the statements for the boxes, and for the operations that made single nodes."""
    for box in view.folded.boxes:
        if box.group >= 0:
            yield f"  g{box.group} [{_group(view, box)}]"
            continue
        i = box.members[0]
        node, kind, name = view.graph.nodes[i], view.grouping.kinds[i], view.names[i]
        fields = [shortened(name)] if name else []
        fields += [f"data {fixed(node.data)}", f"grad {_gradient(node)}"]
        look = f'fillcolor="{FILLS[kind]}", color="{LINES[kind]}"'
        yield f'  n{i} [label="{_record(fields, across=True)}", {look}, tooltip={_tooltip(node, name)}]'
        if view.graph.parents[i]:
            yield f"  n{i}op [{_operation(node.op)}]"
            yield f"  n{i}op -> n{i} [weight=4]"


def _operation(symbol: str) -> str:
    """Return the attributes of the oval of an operation; Graphviz says the label to who points at it."""
    whole = f", tooltip={quoted(symbol)}" if len(symbol) > LONGEST else ""
    return f'label="{escaped(shortened(symbol))}", shape=oval, fillcolor="{FILLS[CONSTANT]}", color="{LINE}"{whole}'


def _group(view: View, box: Box) -> str:
    """Return the attributes of the box of a folded group: its name, how much is in it, and how that spreads."""
    nodes = [view.graph.nodes[i] for i in box.members]
    gradients = [float(node.grad) for node in nodes if node.has_grad]
    some = f" of {len(gradients)}" if 0 < len(gradients) < len(nodes) else ""
    name = view.grouping.groups[box.group].name
    fields = [
        f"{shortened(name)} ({len(nodes)} node{'s' if len(nodes) > 1 else ''})",
        f"data {_spread(spread(node.data for node in nodes))}",
        f"grad{some} {_spread(spread(gradients))}" if gradients else f"grad {NOT_COMPUTED}",
    ]
    label = _record(fields, across=view.rankdir in {"TB", "BT"})
    return f'label="{label}", fillcolor="{GROUP_FILL}", color="{GROUP_LINE}", tooltip={quoted(name)}'


def _spread(numbers: Spread) -> str:
    """Return how numbers spread, in words."""
    words = []
    if numbers.finite:
        words = [f"min {fixed(numbers.least)}, mean {fixed(numbers.mean)}, max {fixed(numbers.most)}"]
    if numbers.not_finite:
        words.append(f"{numbers.not_finite} not finite")
    return ", ".join(words)


def _edges(view: View) -> Iterator[str]:
    """Yield the statements for the edges; a value that an operation takes twice has two edges to it."""
    boxes, edges = view.folded.boxes, view.folded.edges
    thinnest = 1.0 if len(edges) <= MANY else 0.5
    derivatives = functools.cache(lambda child: local_derivatives(view.graph.nodes[child]))  # may run users' functions
    for (start, end), links in edges.items():
        if boxes[start].group < 0 and boxes[end].group < 0:
            yield from _links(boxes[start].members[0], links, derivatives if view.local_grads else None)
            continue
        tail, head = _end(boxes[start], ""), _end(boxes[end], "op")
        width = thinnest * (1.0 + 0.2 * math.log2(len(links)))
        yield f'  {tail} -> {head} [penwidth={width:.2f}, tooltip="{len(links)} edge{"s" if len(links) > 1 else ""}"]'


def _links(parent: int, links: Iterable[tuple[int, int]], derivatives: Derivatives | None) -> Iterator[str]:
    """Yield the statements for all edges from a node to an operation, with the local derivatives if they are wanted."""
    for child, operand in links:
        label = ""
        if derivatives is not None:
            known = derivatives(child)
            label = f' [label="{NOT_COMPUTED if known is None else fixed(known[operand])}"]'
        yield f"  n{parent} -> n{child}op{label}"


def _end(box: Box, suffix: str) -> str:
    """Return the name of the end of an edge at a box."""
    return f"g{box.group}" if box.group >= 0 else f"n{box.members[0]}{suffix}"


def _gradient(node: Value) -> str:
    """Return the gradient of a node as text, or a dash where none was computed: that is not the same as 0."""
    return fixed(float(node.grad)) if node.has_grad else NOT_COMPUTED


def _tooltip(node: Value, name: str) -> str:
    """Return what is said of a node to who points at it: its numbers in full, and its name if the box shortens it."""
    hidden = f"{name}\n" if len(name) > LONGEST else ""
    gradient = f"grad {float(node.grad)!r}" if node.has_grad else "grad not computed"
    return quoted(f"{hidden}data {node.data!r}, {gradient}")


def _record(fields: Sequence[str], *, across: bool) -> str:
    """Return the label of a record; braces turn its fields by a quarter."""
    label = " | ".join(map(escaped, fields))
    return f"{{ {label} }}" if across else label


def shortened(text: str) -> str:
    """Return as much of a text as a box shows."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _readable(text: str) -> str:
    """Return a text with spaces for what cannot be seen."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def escaped(text: str) -> str:
    r"""Return text that stands for itself in a label of a record, whatever signs it has.

    Example:
        >>> print(escaped("{a|b} <c>"))
        \{a\|b\} \<c\>
    """
    return _LOST_SPACES.sub("&#160;", _readable(text).translate(_SPECIAL))


def quoted(text: str) -> str:
    r"""Return text that stands for itself in a tooltip, however long it is.

    Example:
        >>> print(quoted('say "{a}"'))
        "say \"{a}\""
    """
    pieces = [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)] or [""]
    return " + ".join(f'"{_readable(piece).translate(_SPECIAL_IN_TOOLTIPS)}"' for piece in pieces)
