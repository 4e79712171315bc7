"""Tracing: what the compiler sees of a function, and what it refuses to freeze."""

from __future__ import annotations

import contextlib
import copy
import math
import operator
import pickle
import threading
import traceback
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import micrograd
from micrograd import Value, engine, functions, losses
from micrograd.compiler.trace import Group, Recording, record_call
from micrograd.errors import TraceError
from micrograd.nn import MLP
from micrograd.ops import CODES, OPS, TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def traced(function: Callable[..., Any], *numbers: float) -> Recording:
    """Return the recording of a function of numbers, each an input of its own group."""
    inputs = [Value(x) for x in numbers]
    groups = [Group(f"x{k}", (), differentiable=False) for k in range(len(inputs))]
    return record_call(function, tuple(inputs), {}, [(group, [x]) for group, x in zip(groups, inputs, strict=True)])


def listing(recording: Recording) -> list[str]:
    """Return the nodes of a trace as lines: a row's name with its operands, or what fills a leaf."""
    trace = recording.trace
    lines = []
    for k, code in enumerate(trace.codes.tolist()):
        operands = trace.operands[trace.starts[k] : trace.starts[k + 1]].tolist()
        if code:
            lines.append(" ".join([OPS[code - 1].name, *map(str, operands)]))
            assert (trace.group[k], trace.slot[k]) == (-2, 0)
            assert all(operand < k for operand in operands)
        else:
            assert not operands
            name = trace.groups[trace.group[k]].name if trace.group[k] >= 0 else f"{trace.data[k]:g}"
            lines.append(f"{name}[{trace.slot[k]}]" if trace.group[k] >= 0 else name)
    return lines


def replayed(recording: Recording) -> list[float]:
    """Return the outputs of a trace, computed anew from its leaves by the ops table."""
    trace = recording.trace
    data = trace.data.copy()
    for k, code in enumerate(trace.codes.tolist()):
        if code:
            op = OPS[code - 1]
            constants = () if op.parameter is None else (trace.constants[k],)
            data[k] = op.forward(*data[trace.operands[trace.starts[k] : trace.starts[k + 1]]].tolist(), *constants)
    return [float(x) for x in data[trace.outputs]]


# What a trace holds.


def test_a_trace_of_one_operation() -> None:
    """Leaves from outside stand where they are first used; the arrays have their kinds of numbers."""
    w = Value(2.0)
    recording = traced(lambda x: x * w, 3.0)
    trace = recording.trace
    assert listing(recording) == ["x0[0]", "p[0]", "mul 0 1"]
    assert trace.data.tolist() == [3.0, 2.0, 6.0]
    assert trace.outputs.tolist() == [2]
    assert [trace.group.tolist(), trace.slot.tolist(), trace.starts.tolist()] == [[1, 0, -2], [0, 0, 0], [0, 0, 0, 2]]
    assert trace.groups == (Group("p", (1,), differentiable=True), Group("x0", (), differentiable=False))
    integers: list[NDArray[Any]] = [trace.codes, trace.group, trace.slot, trace.starts, trace.operands, trace.outputs]
    assert [x.dtype.name for x in integers] == ["int16", "int32", "int64", "int64", "int64", "int64"]
    assert (trace.constants.dtype.name, trace.data.dtype.name) == ("float64", "float64")
    assert recording.captured[0] is w
    assert repr(recording.result) == "Value(data=6.0)"


def test_diamonds() -> None:
    """A node that is used twice is one node."""

    def function(a: Value) -> Value:
        b = a + a
        return b + b

    assert listing(traced(function, 1.5)) == ["x0[0]", "add 0 0", "add 1 1"]


def test_captured_values_are_in_the_order_of_their_use() -> None:
    """Not in that of their making; each is there once, and those that are not used are not."""
    c, b, a, unused = Value(3.0), Value(2.0), Value(1.0), Value(0.0)

    def function(x: Value) -> Value:
        _ = unused * x
        return x * a + b * a + c

    recording = traced(function, 1.0)
    assert list(map(id, recording.captured)) == [id(a), id(b), id(c)]
    assert listing(recording) == ["x0[0]", "p[0]", "mul 0 1", "p[1]", "mul 3 1", "add 2 4", "p[2]", "add 5 6"]


def test_a_captured_node_is_a_leaf() -> None:
    """What it was made from before is not followed."""
    w = Value(2.0)
    square = w * w
    recording = traced(lambda x: square * x + w, 3.0)
    assert listing(recording) == ["p[0]", "x0[0]", "mul 0 1", "p[1]", "add 2 3"]
    assert [id(v) for v in recording.captured] == [id(square), id(w)]


def test_arguments_that_are_values_are_not_captured() -> None:
    """They belong to the group that lists them, to the first place where they are listed twice."""
    w, v = Value(2.0), Value(3.0)
    groups = [Group("ws", (3,), differentiable=True), Group("more", (1,), differentiable=True)]
    recording = record_call(
        lambda ws: ws[0] * ws[1] * ws[2], ([v, w, w],), {}, [(groups[0], [v, w, w]), (groups[1], [v])]
    )
    assert listing(recording) == ["ws[0]", "ws[1]", "mul 0 1", "mul 2 1"]
    assert recording.captured == []
    assert recording.trace.groups == (Group("p", (0,), differentiable=True), *groups)


def test_constants_are_folded() -> None:
    """What is computed from plain numbers alone is a constant; where one constant is used twice it is one node."""

    def function(x: Value) -> object:
        two = Value(1.0) + 1.0
        return two * x + two.exp() * functions.sum([two, Value(3.0)]) + micrograd.dot([two], [4.0], x)

    recording = traced(function, 5.0)
    e = f"{math.exp(2.0) * 5.0:g}"
    assert listing(recording) == ["2", "x0[0]", "mul 0 1", e, "add 2 3", "4", "dot 0 5 1", "add 4 6"]


def test_unreachable_nodes_are_dropped() -> None:
    """And so are the leaves that only they use."""

    def function(x: Value, y: Value) -> Value:
        _ = (x * y).exp() + 7.0
        return x + 1.0

    assert listing(traced(function, 1.0, 2.0)) == ["1", "x0[0]", "add 1 0"]


def test_every_row_keeps_its_operands_and_its_parameter() -> None:
    """Each row of the table is a node whose operands are in the row's order."""
    for name in TABLE:
        op = TABLE[name]
        n = op.arity or 5
        parameter = None if op.parameter is None else 0.25
        numbers = [2.0, 0.5, 0.75, 0.3, 0.9][:n] if name == "take" else [0.5, 0.25, 0.75, 0.3, 0.9][:n]
        recording = traced(
            lambda *xs, name=name, parameter=parameter: engine.apply(name, *xs, parameter=parameter), *numbers
        )
        assert recording.trace.codes[-1] == CODES[name]
        assert recording.trace.operands.tolist() == list(range(n))
        assert recording.trace.constants.tolist() == [0.0] * n + [parameter or 0.0]
        assert replayed(recording) == [op.forward(*numbers, *(() if parameter is None else (parameter,)))]


def test_an_index_may_be_an_input() -> None:
    """The trace holds all candidates, and the index as the first operand."""
    table = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    recording = traced(lambda i: micrograd.take(table, i), 1.0)
    assert listing(recording) == ["x0[0]", "p[0]", "p[1]", "take 0 1 2", "p[2]", "p[3]", "take 0 4 5"]
    assert [v.data for v in recording.captured] == [1.0, 3.0, 2.0, 4.0]
    assert replayed(recording) == [3.0, 4.0]
    assert replayed(traced(lambda x, i: losses.cross_entropy([[x, 0.0]], [i]), 0.0, 1.0)) == [math.log(2.0)]


def test_a_detached_node_is_traced() -> None:
    """As an operation, since its number is another at every call."""
    assert listing(traced(lambda x: x * x.detach(), 3.0)) == ["x0[0]", "detach 0", "mul 0 1"]


def test_outputs_in_any_nest() -> None:
    """Outputs are in the order of the nest, and the result is that nest with Values."""
    recording = traced(lambda x, y: {"sum": x + y, "more": (x * y, [x - y])}, 3.0, 2.0)
    assert recording.trace.data[recording.trace.outputs].tolist() == [5.0, 6.0, 1.0]
    assert repr(recording.result) == "{'sum': Value(data=5.0), 'more': (Value(data=6.0), [Value(data=1.0)])}"


def test_every_output_is_a_node_of_its_own() -> None:
    """An input, a captured Value, a number, and what is returned twice, are copied."""
    w = Value(9.0)

    def function(x: Value) -> list[Value | float]:
        y = x + 1.0
        return [y, x, w, 4, y, Value(5.0)]

    recording = traced(function, 2.0)
    assert listing(recording) == [
        *("1", "x0[0]", "add 1 0", "5", "4", "p[0]"),
        *("copy 1", "copy 5", "copy 4", "copy 2", "copy 3"),
    ]
    assert recording.trace.outputs.tolist() == [2, 6, 7, 8, 9, 10]
    assert recording.trace.data[recording.trace.outputs].tolist() == [3.0, 2.0, 9.0, 4.0, 3.0, 5.0]


@pytest.mark.parametrize("result", [1.0, None, "text", [], [1.0, 2.0], {"a": None}, [Value(1.0), "text"]], ids=repr)
def test_what_cannot_be_returned(result: object) -> None:
    """Something else than Values and numbers, or no Value at all."""
    with pytest.raises(TypeError, match="a function to be compiled must return"):
        traced(lambda _: result, 1.0)


def test_copies_and_derivatives_inside_are_traced() -> None:
    """Value(x) copies; micrograd.grad of a function of Values, or of plain numbers, is part of the graph."""
    w = Value(2.0)
    assert listing(traced(lambda x: Value(x) * 1.0, 3.0))[1] == "copy 0"
    recording = traced(micrograd.grad(lambda z: w * z**3), 2.0)
    assert replayed(recording) == [24.0]
    recording = traced(lambda x: micrograd.grad(lambda z: w * z**2)(3.0) + x, 2.0)
    assert recording.captured == [w]
    assert replayed(recording) == [14.0]
    assert replayed(traced(lambda x: micrograd.hessian(lambda p: p[0] ** 2 * p[1] * w)([x, 3.0])[0][1], 2.0)) == [8.0]
    assert replayed(traced(micrograd.derivative(lambda z: z**4, 2), 1.0)) == [12.0]


def test_a_network_and_its_loss() -> None:
    """The parameters are captured as the network uses them, and the trace gives the number of the eager run."""
    model = MLP(2, [3, 1], activation="relu")
    rows, targets = [[0.5, -1.0], [1.5, 0.25]], [1.0, -1.0]

    def loss(*xs: Value) -> object:
        scores = [model(xs[:2]), model(xs[2:])]
        return losses.hinge(scores, targets) + losses.l2(model.parameters()) + losses.l1(model.parameters())

    eager = losses.hinge([model(row) for row in rows], targets)
    eager = eager + losses.l2(model.parameters()) + losses.l1(model.parameters())
    recording = traced(loss, *rows[0], *rows[1])
    assert set(recording.captured) == set(model.parameters())
    assert replayed(recording) == [eager.data]
    recording.result.backward()
    gradients = [p.grad for p in model.parameters()]
    for p in model.parameters():
        p.grad = 0.0
    eager.backward()
    assert gradients == [p.grad for p in model.parameters()]


def test_a_trace_may_be_deep() -> None:
    """Nothing recurses."""

    def function(x: Value) -> Value:
        for _ in range(20_000):
            x = x + 1.0
        return x

    recording = traced(function, 0.0)
    assert len(recording.trace.codes) == 40_001
    assert replayed(recording) == [20_000.0]


# What is refused.


def branch(x: Value) -> float:
    """Branch on a number."""
    if x:
        return 1.0
    return 2.0


def loop(x: Value) -> Value:
    """Repeat something until a number is 0."""
    while x:
        x = x - 1.0
    return x


def set_data(x: Value) -> Value:
    """Write a number."""
    x.data = 2.0
    return x


def set_constant(x: Value) -> Value:
    """Write the number of a constant that was used already."""
    zero = Value(0.0)
    out = x + zero
    zero.data = 2.0
    return out


def set_grad(x: Value) -> Value:
    """Write a gradient."""
    x.grad = 0.0
    return x


def set_rule(x: Value) -> Value:
    """Assign a derivative."""
    out = x + 1.0
    out._backward = lambda: None  # noqa: SLF001  # as in the lecture
    return out


REFUSED: list[tuple[Callable[[Value], Any], str]] = [
    (lambda x: x.data, "detach"),
    (set_data, "outside of the function"),
    (set_constant, "outside of the function"),
    (lambda x: float(x), "micrograd.exp"),  # noqa: PLW0108  # a line of its own
    (lambda x: int(x), "micrograd.exp"),  # noqa: PLW0108
    (lambda x: round(x), "micrograd.exp"),  # noqa: PLW0108
    (lambda x: round(x, 2), "micrograd.exp"),
    (lambda x: math.sin(x), "micrograd.sin"),  # noqa: PLW0108
    (lambda x: math.floor(x), "micrograd.exp"),  # noqa: PLW0108
    (lambda x: complex(x), "micrograd.exp"),  # noqa: PLW0108
    (lambda x: f"{x:.3f}", "print the Value"),
    (branch, "micrograd.where"),
    (loop, "micrograd.where"),
    (lambda x: x and 1.0, "micrograd.where"),
    (lambda x: not x, "micrograd.where"),
    (lambda x: x < 1.0, "micrograd.less"),
    (lambda x: x <= x, "micrograd.less"),  # noqa: PLR0124
    (lambda x: 1.0 < x, "micrograd.less"),  # noqa: SIM300
    (lambda x: x >= Value(2.0), "micrograd.less"),
    (lambda x: Value(2.0) > x, "micrograd.less"),
    (lambda x: max([x, Value(1.0)]), "micrograd.maximum"),
    (lambda x: sorted([x, 1.0]), "micrograd.maximum"),
    (lambda x: x == 1.0, "micrograd.equal"),
    (lambda x: x != 1, "micrograd.equal"),
    (lambda x: 1.0 in [x, x], "micrograd.equal"),
    (lambda x: range(x), "micrograd.take"),  # noqa: PLW0108
    (lambda x: [1.0, 2.0][x], "micrograd.take"),
    (lambda x: operator.index(x), "micrograd.take"),  # noqa: PLW0108
    (lambda x: "ab" * x, "micrograd.take"),
    (lambda x: (x * x).backward(), "micrograd.grad"),
    (lambda x: x.grad, "micrograd.grad"),
    (set_grad, "micrograd.grad"),
    (lambda x: (x * x).local_grads, "micrograd.grad"),
    (lambda x: Value.custom(1.0, [x], [2.0]), "with operators"),
    (lambda x: Value(1.0, (x,), "op"), "with operators"),
    (set_rule, "with operators"),
    (lambda x: copy.copy(x), r"Value\(x\)"),  # noqa: PLW0108
    (lambda x: copy.deepcopy(x), r"Value\(x\)"),  # noqa: PLW0108
    (lambda x: pickle.dumps(x), r"Value\(x\)"),  # noqa: PLW0108
    (lambda x: engine.apply("leaky_relu", x, parameter=x), "micrograd.exp"),
    (lambda x: np.array([x], dtype=float), "micrograd.exp"),
]


def line_of(error: BaseException) -> int | None:
    """Return the innermost line of this file that an error came through."""
    return [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == __file__][-1]


@pytest.mark.parametrize(("function", "remedy"), REFUSED)
def test_what_would_freeze_a_number_is_refused(function: Callable[[Value], Any], remedy: str) -> None:
    """For an input, a node and a captured Value alike; the message names the user's line, and what to write instead."""
    w = Value(1.0)
    for tried in (function, lambda x: function(x + 1.0), lambda _: function(w)):
        with pytest.raises(TraceError, match=remedy) as caught:
            traced(tried, 1.0)
        assert str(caught.value).startswith(f"{__file__}:{line_of(caught.value)}: ")
        assert not engine.recording()


@pytest.mark.parametrize(("function", "remedy"), REFUSED)
def test_nothing_is_refused_afterwards(function: Callable[[Value], Any], remedy: str) -> None:
    """What was refused may be done again when the function has ended, or fails as it always did."""
    with pytest.raises(TraceError, match=remedy):
        traced(function, 1.0)
    with contextlib.suppress(TypeError):
        function(Value(0.0))


def swallow(x: Value) -> Value:
    """Go on without what is refused."""
    with contextlib.suppress(TraceError):
        return x * float(x)
    return x * 2.0


@pytest.mark.parametrize("function", [swallow, lambda x: islice([x], x)])  # which makes a ValueError of it
def test_what_is_refused_cannot_be_caught(function: Callable[[Value], Any]) -> None:
    """The function would do something else than it does when nothing is traced."""
    with pytest.raises(TraceError, match="would turn a traced Value into a constant"):
        traced(function, 1.0)
    assert traced(lambda x: x * 2.0, 1.0).trace.data[-1] == 2.0


def test_the_line_is_the_users_even_inside_of_numpy() -> None:
    """NumPy compares and converts on the user's behalf, and makes errors of its own of what it meets."""
    np = pytest.importorskip("numpy")
    for function in (np.max, np.argmax, lambda rows: rows[rows[0]]):
        with pytest.raises(TraceError) as caught:
            traced(lambda x, function=function: function(np.array([x, x * 2.0])), 1.0)
        assert str(caught.value).startswith(f"{__file__}:")


def test_the_line_is_the_users_even_inside_of_the_package() -> None:
    """A model that reads its parameters is refused where the user calls it."""
    model = MLP(2, [1])

    def function(x: Value) -> Value:
        return model.state_dict()[next(iter(model.state_dict()))] * x

    with pytest.raises(TraceError) as caught:
        traced(function, 1.0)
    assert str(caught.value).startswith(f"{__file__}:{line_of(caught.value)}: reading .data")


def test_constants_may_be_read() -> None:
    """Numbers that the function makes up itself are the same at every call."""

    def function(x: Value) -> Value:
        start = Value(2.0) + 1.0
        assert start.data == 3.0
        assert start
        assert start > 1.0
        assert float(start.exp()) == math.exp(3.0)
        assert micrograd.dot([1.0, 2.0], [3.0, 4.0]) == 11.0
        assert f"{start:.1f}" == "3.0"
        return x * float(start)

    assert replayed(traced(function, 2.0)) == [6.0]


def test_what_is_not_refused() -> None:
    """Printing, names, structure, and comparing Values by identity."""

    def function(x: Value) -> Value:
        y = x + 1.0
        assert (repr(y), f"{y}") == ("Value(data=3.0)", "Value(data=3.0)")
        assert y != x
        assert y in {y, x}
        assert y.parents[0] is x
        assert (y.op, y.row) == ("+", TABLE["add"])
        y.label = "y"
        return y

    assert replayed(traced(function, 2.0)) == [3.0]


def test_a_value_is_no_index() -> None:
    """Outside of a traced function too: the message says what is."""
    with pytest.raises(TypeError, match=r"micrograd\.take"):
        range(Value(1.0))


def test_an_error_inside_ends_the_recording() -> None:
    """Whatever the function raises comes through, and constants of the recording are forgotten."""
    leaked: list[Value] = []

    def function(_: Value) -> Value:
        leaked.append(Value(1.0))
        raise KeyError(leaked[0])

    with pytest.raises(KeyError):
        traced(function, 1.0)
    assert not engine.recording()
    recording = traced(lambda x: x * leaked[0], 2.0)
    assert recording.captured == leaked


def test_recordings_do_not_nest() -> None:
    """Inside of a traced function, others are called as they are."""
    with pytest.raises(RuntimeError, match="a function is being traced"):
        traced(lambda x: traced(lambda y: y + 1.0, 2.0).result * x, 1.0)


def test_other_threads_are_left_alone() -> None:
    """While one thread records, another builds, reads and differentiates; its nodes are not in the trace."""
    seen: list[Any] = []

    def work() -> None:
        y = Value(2.0)
        z = y * y
        z.backward()
        seen.extend([z.data, y.grad, z > 1.0, engine.recording()])

    def function(x: Value) -> Value:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert engine.recording()
        return x + 1.0

    assert listing(traced(function, 1.0)) == ["1", "x0[0]", "add 1 0"]
    assert seen == [4.0, 4.0, True, False]


def test_two_threads_trace_one_after_the_other() -> None:
    """The second waits for the first."""
    results: list[list[str]] = []
    threads = [threading.Thread(target=lambda: results.append(listing(traced(long_sum, 1.0)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [listing(traced(long_sum, 1.0))] * 4


def long_sum(x: Value) -> Value:
    """Return a number that takes a while to compute."""
    total = Value(0.0)
    for _ in range(3_000):
        total = total + x
    return total
