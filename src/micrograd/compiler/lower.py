"""Lower: replace the rows that stand for more than one operation by simpler ones, which the other passes know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from micrograd.ops import CODES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.trace import Trace

TOP = len(CODES) + 1  # the code of a row of our own: the largest of the operands, nan if one of them is

# What a `logsumexp` begins with: code and operands of each node; an operand is the place of a node before it.
# The largest operand is taken out so that no exponential overflows, unless it is infinite: inf - inf is not 0.
_SHIFT = (("sub", (0, 0)), ("equal", (1, -1)), ("where", (2, 0, -1)), ("detach", (3,)))


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
    """Return a trace as a graph without `logsumexp`: its nodes are replaced by those of

        m + log(Σ exp(xᵢ - m)),    m = max(x), or 0 where that is not finite

    where m counts as a constant in derivatives.
    """
    graph = _whole(trace)
    rows = np.flatnonzero(graph.codes == CODES["logsumexp"])
    return graph if len(rows) == 0 else _expanded(graph, rows)


def _whole(trace: Trace) -> Graph:
    """Return a trace with all whole numbers in 64 bits."""
    wide = [np.ascontiguousarray(x, dtype=np.int64) for x in (trace.codes, trace.starts, trace.operands)]
    leaves = [np.ascontiguousarray(x, dtype=np.int64) for x in (trace.group, trace.slot, trace.outputs)]
    data = np.ascontiguousarray(trace.data)
    return Graph(*wide, np.ascontiguousarray(trace.constants), data, *leaves)


def _expanded(graph: Graph, rows: NDArray[np.int64]) -> Graph:
    raise NotImplementedError
