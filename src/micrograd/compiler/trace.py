"""Tracing: run a function once on Values, and write what it computed as flat arrays.

The eager graph is the trace: while the function runs, the engine logs every node it makes, and refuses whatever would
make a plain number of a Value, since the compiled function would have it as a constant.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd import engine, faults
from micrograd.engine import Value
from micrograd.errors import TraceError
from micrograd.ieee import to_float
from micrograd.ops import CODES
from micrograd.structure import flatten, like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Group:
    """Leaves that the caller fills at every call: those of one argument, or all captured Values.

    Attributes:
        name: "p" for captured Values, else the argument's name.
        shape: that of a regular nested list or array, else (n,).
        differentiable: whether they are Values of the caller's, which receive gradients.
    """

    name: str
    shape: tuple[int, ...]
    differentiable: bool


@dataclass(frozen=True, eq=False)
class Trace:
    """The n nodes of a scalar graph in the order of their creation; operands come before the node that takes them.

    A leaf from outside of the function stands where it is first used. What was computed from plain numbers alone is a
    constant, and a leaf too.

    Attributes:
        codes: n rows of the ops table (`ops.CODES`), 0 for a leaf.
        starts: n + 1 numbers: the operands of node k are operands[starts[k]:starts[k + 1]].
        operands: positions of nodes, in the order of the row's operands.
        constants: n parameters of rows that have one (exponent, slope, at_zero), else 0.
        data: the n numbers of the eager run.
        group: n numbers: the group of a leaf, -1 for a constant; -2 for a node that is computed.
        slot: n positions of leaves in their groups.
        groups: the captured Values, those of one use together, in the order of their first use; then the groups given.
        outputs: positions of the results: all different, and each of a node that is computed.
    """

    codes: NDArray[np.int16]
    starts: NDArray[np.int64]
    operands: NDArray[np.int64]
    constants: NDArray[np.float64]
    data: NDArray[np.float64]
    group: NDArray[np.int32]
    slot: NDArray[np.int64]
    groups: tuple[Group, ...]
    outputs: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Recording:
    """What is known of a function after one call.

    Attributes:
        trace: what it computed.
        captured: the Values that it found outside of itself and its arguments: those of the first group.
        result: what it returned, with a Value in the place of each number; it holds the graph of the eager run.
    """

    trace: Trace
    captured: list[Value]
    result: Any


def record_call(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    leaves: Sequence[tuple[Group, Sequence[Value]]],
) -> Recording:
    """Return what a function computes when it is called with these arguments.

    Args:
        function: what to trace.
        args: its arguments, with a Value in the place of each number that is to be an input.
        kwargs: its arguments by name, likewise.
        leaves: those Values, and the caller's own Values among the arguments, in groups. A Value that is listed twice
            belongs to the first place; one that is not listed is a captured one.

    Raises:
        TypeError: the function returned something else than a Value or a nest of Values and numbers.
        TraceError: the function would turn a Value into a constant.

    Example:
        >>> x, w = Value(3.0), Value(2.0)
        >>> recording = record_call(lambda x: x * w, (x,), {}, [(Group("x", (), False), [x])])
        >>> recording.trace.data
        array([3., 2., 6.])
        >>> recording.captured
        [Value(data=2.0)]
    """
    if engine.recording():
        message = "a function is being traced: call what it uses as it is"
        raise RuntimeError(message)
    with _one_at_a_time, _refusing():
        engine.record()
        try:
            result = function(*args, **kwargs)
            outputs = [_output(x, result) for x in flatten(result)]
            order, positions, buffers = engine.export(outputs)
        finally:
            engine.stop()
    if not any(isinstance(x, Value) for x in flatten(result)):
        message = f"a function to be compiled must return a Value, or a nest of Values; it returned {result!r}"
        raise TypeError(message)
    trace, captured = _trace(order, positions, buffers, leaves)
    return Recording(trace, captured, like(result, outputs))


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise the first TraceError of the block at its end, even if it was caught there, or turned into another error."""
    try:
        yield
    except Exception as error:
        if isinstance(error, TraceError) or not faults.refusals:
            raise
        raise faults.refusals[0] from error
    else:
        if faults.refusals:
            raise faults.refusals[0]
    finally:
        faults.refusals.clear()


def _output(x: Any, result: Any) -> Value:  # noqa: ANN401  # whatever the function returned
    """Return an output as a Value."""
    try:
        return x if isinstance(x, Value) else Value(to_float(x))
    except TypeError:
        message = f"a function to be compiled must return Values and numbers alone; it returned {result!r}"
        raise TypeError(message) from None


def _trace(
    order: list[Value], positions: list[int], buffers: list[bytearray], given: Sequence[tuple[Group, Sequence[Value]]]
) -> tuple[Trace, list[Value]]:
    """Return the trace that `engine.export` wrote down, and the captured Values."""
    codes, starts, operands = (np.frombuffer(buffer, np.int64) for buffer in buffers[:3])
    constants, data = (np.frombuffer(buffer, np.float64) for buffer in buffers[3:])
    captured, group, slot = _leaves(order, (codes, starts, operands), given)
    groups = (Group("p", (len(captured),), differentiable=True), *(group for group, _ in given))
    rows = np.maximum(codes, 0).astype(np.int16)
    trace = Trace(rows, starts, operands, constants, data, group, slot, groups, np.array(positions))
    return _with_own_outputs(trace), captured


def _leaves(
    order: list[Value],
    graph: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    given: Sequence[tuple[Group, Sequence[Value]]],
) -> tuple[list[Value], NDArray[np.int32], NDArray[np.int64]]:
    """Return the captured Values, and for every node its group and its position there."""
    codes = graph[0]
    place: dict[int, tuple[int, int]] = {}
    for i, (_, values) in enumerate(given, start=1):
        for k, value in enumerate(values):
            place.setdefault(id(value), (i, k))
    group = np.where(codes == 0, np.int32(-1), np.int32(-2))
    slot = np.zeros(len(codes), np.int64)
    found = []
    for node in np.flatnonzero(codes < 0).tolist():
        if id(order[node]) in place:
            group[node], slot[node] = place[id(order[node])]
        else:
            found.append(node)
    _, first, use = np.unique(_uses(*graph)[found], return_index=True, return_inverse=True)
    captured = np.array(found, np.int64)[np.argsort(first[use], kind="stable")]
    group[captured], slot[captured] = 0, np.arange(len(captured))
    return [order[node] for node in captured.tolist()], group, slot


def _uses(codes: NDArray[np.int64], starts: NDArray[np.int64], operands: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a number for each outer leaf that tells what it is used for first: the row, and its part of a dot product.

    So weights lie beside weights and biases beside biases, in whatever way a network alternates between them.
    """
    first = np.full(len(codes), -1)
    first[operands[::-1]] = np.arange(len(operands))[::-1]  # the last number that is written stays
    nodes = np.flatnonzero((codes < 0) & (first >= 0))
    places = first[nodes]
    owners = np.searchsorted(starts, places, side="right") - 1
    rows = np.maximum(codes[owners], 0)
    part = 2 * (places - starts[owners]) // np.maximum((starts[owners + 1] - starts[owners]) // 2 * 2, 1)
    uses = np.zeros(len(codes), np.int64)
    uses[nodes] = 3 * rows + np.where(rows == CODES["dot"], part, 0)
    return uses


def _with_own_outputs(trace: Trace) -> Trace:
    """Return the trace with a copy at the end of each output that is a leaf, or that is returned a second time."""
    repeated = np.ones(len(trace.outputs), bool)
    repeated[np.unique(trace.outputs, return_index=True)[1]] = False
    copied = repeated | (trace.codes[trace.outputs] == 0)
    originals = trace.outputs[copied]
    k = len(originals)
    outputs = trace.outputs.copy()
    outputs[copied] = len(trace.codes) + np.arange(k)
    return Trace(
        codes=np.append(trace.codes, np.full(k, CODES["copy"], np.int16)),
        starts=np.append(trace.starts, len(trace.operands) + np.arange(1, k + 1)),
        operands=np.append(trace.operands, originals),
        constants=np.append(trace.constants, np.zeros(k)),
        data=np.append(trace.data, trace.data[originals]),
        group=np.append(trace.group, np.full(k, -2, np.int32)),
        slot=np.append(trace.slot, np.zeros(k, np.int64)),
        groups=trace.groups,
        outputs=outputs,
    )
