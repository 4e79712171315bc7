"""Lower: replace the rows that stand for more than one operation by simpler ones, which the other passes know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from micrograd.ops import CODES

if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    from micrograd.compiler.trace import Trace

    Numbers: TypeAlias = NDArray[Any]

TOP = len(CODES) + 1  # the code of a row of our own: the largest of the operands, nan if one of them is


@dataclass(frozen=True, eq=False)
class Graph:
    """A scalar graph in flat arrays, as a `Trace` has them."""

    codes: NDArray[np.int64]
    starts: NDArray[np.int64]
    operands: NDArray[np.int64]
    constants: NDArray[np.float64]
    data: NDArray[np.float64]
    group: NDArray[np.int64]
    slot: NDArray[np.int64]
    outputs: NDArray[np.int64]


def lower(trace: Trace) -> Graph:
    """Return a trace as a graph without `logsumexp`, which becomes the nodes of a sum.

        m + log(Σ exp(xᵢ - m)),    m = max(x), or 0 where that is not finite

    So no exponential overflows, and infinities come out as they should. In derivatives m counts as a constant.
    """
    graph = _whole(trace)
    rows = np.flatnonzero(graph.codes == CODES["logsumexp"])
    return graph if len(rows) == 0 else _expanded(graph, rows)


def _whole(trace: Trace) -> Graph:
    """Return a trace with all whole numbers in 64 bits."""
    codes, starts, operands, group, slot, outputs = (
        np.ascontiguousarray(x, dtype=np.int64)
        for x in (trace.codes, trace.starts, trace.operands, trace.group, trace.slot, trace.outputs)
    )
    constants, data = np.ascontiguousarray(trace.constants), np.ascontiguousarray(trace.data)
    return Graph(codes, starts, operands, constants, data, group, slot, outputs)


_ZERO = -1  # in a template: the constant 0, which is the first node of a lowered graph


@dataclass(frozen=True, eq=False)
class _Template:
    """The nodes that replace a `logsumexp` of n operands: codes, and operands for each node in turn.

    An operand is the place of a node in the template, _ZERO, or -2 - i for the operand i of the `logsumexp`.
    """

    codes: list[int]
    counts: list[int]
    operands: list[int]

    def add(self, name: str, *operands: int) -> int:
        """Add a node and return its place."""
        self.codes.append(CODES.get(name, TOP))
        self.counts.append(len(operands))
        self.operands.extend(operands)
        return len(self.codes) - 1


def _template(n: int) -> _Template:
    """Return the nodes that replace a `logsumexp` of n operands."""
    template = _Template([], [], [])
    xs = [-2 - i for i in range(n)]
    top = template.add("top", *xs)
    finite = template.add("equal", template.add("sub", top, top), _ZERO)  # inf - inf and nan - nan are not 0
    m = template.add("detach", template.add("where", finite, top, _ZERO))
    shifted = [template.add("sub", x, m) for x in xs]
    total = template.add("sum", *[template.add("exp", x) for x in shifted])
    template.add("add", m, template.add("log", total))
    return template


def _expanded(graph: Graph, rows: NDArray[np.int64]) -> Graph:
    """Return a graph in which templates stand for some rows, and behind a constant 0 everything else as it was."""
    counts = np.diff(graph.starts)
    parts = [(rows[counts[rows] == n], _template(n)) for n in np.unique(counts[rows]).tolist()]
    sizes = np.ones(len(counts), dtype=np.int64)
    for chosen, template in parts:
        sizes[chosen] = len(template.codes)
    last = np.cumsum(sizes)  # where each node goes, or the last one of its template
    codes, arity, group = (_spread(x, last, fill) for x, fill in ((graph.codes, 0), (counts, 0), (graph.group, -2)))
    group[0] = -1
    for chosen, template in parts:
        places = _firsts(last, chosen, template) + np.arange(len(template.codes))
        codes[places], arity[places] = template.codes, template.counts
    starts = np.concatenate([[0], np.cumsum(arity)])
    operands = np.zeros(starts[-1], dtype=np.int64)
    kept = np.repeat(sizes == 1, counts)
    moved = np.arange(len(kept)) + np.repeat(starts[last] - graph.starts[:-1], counts)
    operands[moved[kept]] = last[graph.operands[kept]]
    for chosen, template in parts:
        firsts = _firsts(last, chosen, template)
        operands[starts[firsts] + np.arange(len(template.operands))] = _wired(graph, last, chosen, template)
    constants, data, slot = (_spread(x, last, 0) for x in (graph.constants, graph.data, graph.slot))
    return Graph(codes, starts, operands, constants, data, group, slot, last[graph.outputs])


def _spread(old: Numbers, last: NDArray[np.int64], fill: int) -> Numbers:
    """Return what is known of the old nodes at their new places, and `fill` elsewhere."""
    new: Numbers = np.full(int(last[-1]) + 1, fill, dtype=old.dtype)
    new[last] = old
    return new


def _firsts(last: NDArray[np.int64], rows: NDArray[np.int64], template: _Template) -> NDArray[np.int64]:
    """Return the place of the first node of each template, as a column."""
    return last[rows, np.newaxis] - (len(template.codes) - 1)


def _wired(graph: Graph, last: NDArray[np.int64], rows: NDArray[np.int64], template: _Template) -> NDArray[np.int64]:
    """Return the operands of all nodes of each template."""
    pattern = np.array(template.operands)
    outside = np.maximum(-2 - pattern, 0)
    given = last[graph.operands[graph.starts[rows, np.newaxis] + outside]]
    inside = np.where(pattern == _ZERO, 0, _firsts(last, rows, template) + pattern)
    return np.where(pattern < _ZERO, given, inside)
