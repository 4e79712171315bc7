"""Arrange: number the captured Values so that those which are read together lie together.

A function may reach a neuron's bias between its first and its second weight; numbered in that order, its weights
would follow no rule. A sweep over all parameters, or the rows of a matrix, gives a better one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.absorb import ROW
from micrograd.compiler.flatten import flatten
from micrograd.compiler.lower import lower
from micrograd.compiler.signatures import signatures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.affine import Whole
    from micrograd.compiler.flatten import Flat
    from micrograd.compiler.signatures import Signatures
    from micrograd.compiler.trace import Trace

LARGEST = 1 << 62  # what is sorted has to stay below


def arrange(trace: Trace) -> tuple[Trace, NDArray[np.int64]]:
    """Return the trace with its first group, the captured Values, in another order, and that order.

    The readers of captured Values are the operands of each kind of node. The one that reads most of them comes
    first, and its Values in the order in which it reads them; then the next one, with those that are left.

    Returns:
        The trace, and an array of positions: the Value that is now in place i was in place order[i] before.
    """
    flat = flatten(lower(trace))
    signed = signatures(flat, len(trace.groups), counted=False)
    size = trace.groups[0].shape[0]
    order = _order(*_readings(flat, signed), size)
    place = np.empty(size, dtype=np.int64)
    place[order] = np.arange(size)
    slot = trace.slot.copy()
    slot[trace.group == 0] = place[slot[trace.group == 0]]
    return replace(trace, slot=slot), order


def _readings(flat: Flat, signed: Signatures) -> tuple[Whole, Whole]:
    """Return which captured Values are read, in order, and by which reader each time."""
    graph = flat.graph
    owner = np.repeat(np.arange(len(graph.codes)), np.diff(graph.starts))
    rows = np.flatnonzero(flat.state[owner] == ROW)
    nodes = np.concatenate([signed.first, signed.second, graph.operands[rows]])
    others = signed.terms.max(initial=0) + 1  # what rows read is numbered behind what sums read
    readers = np.concatenate([signed.terms, signed.terms, others + signed.nodes[owner[rows]]])
    captured = (nodes >= 0) & (graph.group[nodes] == 0)
    return graph.slot[nodes[captured]], readers[captured]


def _order(slots: Whole, readers: Whole, size: int) -> Whole:
    """Return all slots in the order of their readers, the widest one first, then of their first use."""
    n = len(slots)
    if n == 0 or int(readers.max() + 1) * size * n > LARGEST:
        return np.arange(size)
    keys = np.sort((readers * size + slots) * n + np.arange(n))  # far faster than to sort pairs stably
    keys = keys[np.diff(keys // n, prepend=-1) != 0]
    reader, slot = np.divmod(keys // n, size)
    width = np.bincount(reader)
    best = slot[np.lexsort((keys % n, reader, -width[reader]))]
    seen = np.concatenate([best, np.arange(size)])
    order: Whole = seen[np.sort(np.unique(seen, return_index=True)[1])]
    return order
