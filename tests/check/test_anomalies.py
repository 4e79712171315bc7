"""Anomalies: the first value or gradient that is not finite raises, and says what, from what, and where."""

from __future__ import annotations

import gc
import math
import threading
import tracemalloc
import warnings
from typing import TYPE_CHECKING

import pytest

import micrograd
from micrograd import Value, fit, functions
from micrograd.check.anomalies import _Watch, anomaly
from micrograd.check.places import user_place
from micrograd.errors import AnomalyError, NonFiniteWarning
from micrograd.hooks import watched, watching
from micrograd.nn import MLP
from micrograd.optim import SGD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def complaint(program: Callable[[], object]) -> list[str]:
    """Return the lines of what is said of a program that goes wrong, without the folder of this file."""
    with anomaly(), pytest.raises(AnomalyError) as caught:
        program()
    return str(caught.value).replace(str(user_place()).rpartition(":")[0], "test.py").split("\n")


def line_of(text: str) -> int:
    """Return the number of the only line of this file that ends in a text."""
    with open(__file__, encoding="utf-8") as file:  # noqa: PTH123  # nothing else is needed of the path
        (found,) = [i for i, line in enumerate(file, start=1) if line.rstrip().endswith(text)]
    return found


def test_the_first_value_that_is_not_finite_is_named() -> None:
    """The operation, its operands with their labels and numbers, and the lines that made all of them."""

    def program() -> None:
        p = Value(0.0, label="p")  # the leaf
        q = p * 2.0  # the operand
        q.log()  # the operation

    head, operand = complaint(program)
    made, went_wrong = line_of("# the operand"), line_of("# the operation")
    assert head == (
        f"test.py:{went_wrong}: log gave -inf, the first result that is not finite: q.log()  # the operation"
    )
    assert operand == f"  operand 1: * -> 0.0, made at test.py:{made}: q = p * 2.0  # the operand"


def test_an_infinite_leaf_is_told_of_when_it_is_used() -> None:
    """Making one is no error, nor is a result that is finite; the first other result names the leaf as the cause."""

    def program() -> None:
        best = Value(math.inf, label="best")
        assert best.minimum(3.0).data == 3.0
        best - 1.0

    head, cause, other = complaint(program)
    assert "- gave inf, the first result that is not finite, because operand 1 is not: best - 1.0" in head
    assert cause.startswith("  operand 1: best = inf, made at test.py:")
    assert other.startswith("  operand 2: 1.0, made at test.py:")


def test_data_that_was_set_is_told_of() -> None:
    """A parameter that was moved too far is named with the model's own name and the line that moved it."""
    model = MLP(2, [3, 1])
    weight = model.layers[0].neurons[2].w[1]

    def program() -> None:
        weight.data = math.inf  # too far
        model([1.0, 2.0])

    lines = complaint(program)
    moved = line_of("# too far")
    assert "dot gave inf" in lines[0]
    assert lines[2] == (
        "  operand 2: layers[0].neurons[2].w[1] = inf, made before anomaly() was entered;"
        f" its data was set at test.py:{moved}: weight.data = math.inf  # too far"
    )


def test_of_many_operands_those_that_matter_are_shown() -> None:
    """What is not finite, and what is large, comes in the order of the operands; the rest is counted."""
    xs = [Value(float(i)) for i in range(50)]
    xs[40].data = math.nan
    lines = complaint(lambda: functions.sum(xs))
    assert [line.split(":")[0] for line in lines[1:-1]] == [f"  operand {i}" for i in (41, 46, 47, 48, 49, 50)]
    assert lines[-1] == "  and 44 operands that are smaller"


def test_a_gradient_that_is_not_finite_is_named() -> None:
    """0 times infinity: the local derivative, the upstream gradient, and the lines that made both nodes."""

    def program() -> None:
        p = Value(0.0, label="p")
        r = p.sqrt()  # has no slope at 0
        (r * r).backward()  # asks for it

    head, factors, node, operand = complaint(program)
    asked, made = line_of("# asks for it"), line_of("# has no slope at 0")
    assert head == (
        f"test.py:{asked}: in backward() from * -> 0.0, the gradient of p = 0.0 became nan,"
        " the first that is not finite: (r * r).backward()  # asks for it"
    )
    assert factors == (
        "  it received inf * 0.0: the local derivative of sqrt towards operand 1, times the gradient of sqrt -> 0.0"
    )
    assert node == f"  sqrt -> 0.0, made at test.py:{made}: r = p.sqrt()  # has no slope at 0"
    assert operand.startswith("  operand 1: p = 0.0, made at test.py:")


def test_the_first_gradient_is_the_first_in_the_order_of_backpropagation() -> None:
    """What went wrong later, nearer to the leaves, is a consequence and not named."""

    def program() -> None:
        x = Value(0.0, label="x")
        inner = x.sqrt()
        inner.label = "inner"
        inner.sqrt().backward()

    assert "the gradient of inner = sqrt -> 0.0 became inf" in complaint(program)[0]


def test_a_sum_of_gradients_may_overflow() -> None:
    """Each share is finite, and their sum is not."""

    def program() -> None:
        x = Value(1e-300, label="x")
        (x * 1.7e308 + x * 1.7e308).backward()

    lines = complaint(program)
    assert "the gradient of x = 1e-300 became inf" in lines[0]
    assert "adds up to more than a float holds" in lines[1]


def test_a_backward_of_ones_own_is_named() -> None:
    """Of a function that was assigned to `_backward`, its node is named, and the gradient that it was given."""

    def program() -> None:
        x = Value(2.0, label="x")
        out = Value(4.0, (x,), "square")

        def rule() -> None:
            x.grad += math.nan

        out._backward = rule  # noqa: SLF001  # as the lecture writes it
        (out * 3.0).backward()

    lines = complaint(program)
    assert "the gradient of x = 2.0 became nan" in lines[0]
    assert lines[1] == "  the function assigned to `_backward` of square -> 4.0 gave it, from the gradient 3.0"


def test_a_graph_from_before_is_looked_at() -> None:
    """A root that is not finite raises although its nodes were made outside, and no warning comes with it."""
    p = Value(0.0, label="p")
    loss = p.log() * 2.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        head, first, operand = complaint(loss.backward)
    assert "backward() from * -> -inf, which is not finite" in head
    assert first == "  the first such value: log -> -inf, made before anomaly() was entered"
    assert operand == "  operand 1: p = 0.0, made before anomaly() was entered"
    assert p.grad == 0.0


def test_a_leaf_as_root() -> None:
    """backward() from a leaf that is nan raises too."""
    assert "the first such value: bad = nan" in complaint(Value(math.nan, label="bad").backward)[1]


def test_gradients_of_gradients_are_looked_at() -> None:
    """backward(create_graph=True) makes nodes, and those raise."""
    x = Value(0.0, label="x")
    y = x.sqrt()
    assert "/ gave inf" in complaint(lambda: y.backward(create_graph=True))[0]


def test_the_error_holds_the_node() -> None:
    """Whoever catches it can draw how the value was made."""
    x = Value(0.0)
    with anomaly(), pytest.raises(AnomalyError) as caught:
        x.log()
    assert caught.value.node is not None
    assert caught.value.node.parents == (x,)
    assert isinstance(caught.value, FloatingPointError)


def test_outside_the_warning_stands() -> None:
    """After the context, whatever ended it, nothing raises and nobody watches."""
    with pytest.raises(AnomalyError), anomaly():
        Value(0.0).log()
    assert not watched()
    loss = Value(0.0).log()
    with pytest.warns(NonFiniteWarning):
        loss.backward()


def test_what_is_finite_passes() -> None:
    """Inside, a program that is well gives the numbers that it gives outside."""
    x = Value(3.0)
    with anomaly():
        (x * x + x.exp()).backward()
    assert x.grad == 6.0 + math.exp(3.0)


def test_training_is_watched() -> None:
    """`fit` on a rate that is far too high raises with the line of the loss, and names the step as the cause."""
    slope = Value(0.0, label="slope")

    def loss(xs: Sequence[float], ys: Sequence[float]) -> Value:
        return sum(((slope * x - y) ** 2 for x, y in zip(xs, ys, strict=True)), Value(0.0))  # the loss

    def program() -> None:
        fit(loss, [1.0, 2.0], [3.0, 6.0], optimizer=SGD(lr=1e80), steps=50, progress=False)  # the steps

    lines = complaint(program)
    assert lines[0].startswith(f"test.py:{line_of('# the loss')}: ")
    assert math.isfinite(slope.data)


def test_compiled_functions_run_as_they_are_written() -> None:
    """The line inside of the function is named."""
    pytest.importorskip("numpy")

    @micrograd.compile(backend="numpy")
    def loss(x: Value) -> Value:
        return (x * 1.0).log()  # inside

    assert loss(Value(1.0)).data == 0.0
    assert complaint(lambda: loss(Value(0.0)))[0].startswith(f"test.py:{line_of('# inside')}: log gave -inf")


def test_contexts_nest() -> None:
    """The inner one ends by itself; the outer one still watches."""
    with anomaly():
        with anomaly():
            Value(1.0).log()
        with pytest.raises(AnomalyError):
            Value(0.0).log()


def test_a_function_may_be_decorated() -> None:
    """Each call is watched, and nothing between them."""

    @anomaly()
    def log_of(number: float) -> Value:
        return Value(number).log()

    for _ in range(2):
        with pytest.raises(AnomalyError):
            log_of(0.0)
        assert not watched()
    assert log_of(1.0).data == 0.0


def test_other_threads_are_not_watched() -> None:
    """Only the thread that entered raises."""
    results: list[float] = []
    with anomaly():
        thread = threading.Thread(target=lambda: results.append(Value(0.0).log().data))
        thread.start()
        thread.join()
    assert results == [-math.inf]


def test_generators_may_hold_contexts() -> None:
    """They end in any order."""

    def steps() -> Iterator[None]:
        with anomaly():
            yield

    one, two = steps(), steps()
    next(one)
    next(two)
    assert not list(one)
    with pytest.raises(AnomalyError):
        Value(0.0).log()
    assert not list(two)
    assert not watched()


def test_nodes_are_not_kept_alive() -> None:
    """Places go with their nodes, so that memory does not grow from step to step."""
    watch = _Watch()
    x = Value(2.0)
    with watching(node=watch.made, write=watch.written):
        y = x * x
        for _ in range(100):
            x.data = 3.0
            (x * 2.0 + 1.0).backward()
    assert list(watch._makers) == [y]  # noqa: SLF001  # what is to be small
    assert list(watch._writers) == [x]  # noqa: SLF001


def test_memory_does_not_grow() -> None:
    """A thousand steps inside need as much memory as a hundred."""
    x = Value(2.0)

    def step() -> None:
        for _ in range(100):
            (x * 2.0).tanh().backward()

    with anomaly():
        step()
        gc.collect()
        tracemalloc.start()
        try:
            step()
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(10):
                step()
            gc.collect()
            after = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    assert after - before < 10_000


def test_long_chains_are_watched_and_freed() -> None:
    """Nothing recurses, with a place for each node of a long chain."""
    with anomaly():
        y = Value(0.0)
        for _ in range(100_000):
            y = y + 1.0
        y.backward()
        assert y.data == 100_000.0
        del y
