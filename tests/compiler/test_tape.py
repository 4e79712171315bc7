"""The tape, in machine code and in Python, against the eager engine: every row, several outputs, bad indices."""

from __future__ import annotations

import math
import operator
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from micrograd import Value, functions
from micrograd.compiler.tape import PythonTape, tape_of
from micrograd.compiler.trace import Group, record_call
from micrograd.ops import OPS, Op

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrograd.compiler.native.vectors import DType

llvm = pytest.importorskip("llvmlite.binding", reason="machine code needs llvmlite")

from micrograd.compiler.native.tape import NativeTape  # noqa: E402  # it needs llvmlite

OPERATORS: dict[str, Callable[..., Any]] = {
    "copy": operator.pos, "neg": operator.neg, "add": operator.add, "sub": operator.sub, "mul": operator.mul,
}  # fmt: skip
PARAMETERS = {"powc": (2.0, 0.5, -1.0, 0.0), "leaky_relu": (0.01,), "step": (0.0, 0.5)}
FIXED = [op for op in OPS if not op.variadic]
TOLERANCES: dict[DType, float] = {"float64": 1e-12, "float32": 2e-4}
VARIADIC: dict[str, Callable[[list[Value]], Any]] = {
    "sum": functions.sum,
    "mean": functions.mean,
    "logsumexp": functions.logsumexp,
    "dot": lambda xs: functions.dot(xs, xs[::-1]),
    "dot with start": lambda xs: functions.dot(xs, [x * 2.0 for x in xs], xs[0]),
    "dot with numbers": lambda xs: functions.dot(xs, [0.5] * len(xs), 3.0),
    "take": lambda xs: functions.take(xs, 0.0 * xs[0] + (len(xs) - 1)),
    "take the first": lambda xs: functions.take([x * x for x in xs], functions.step(xs[0]) * 0.0),
    "softmax": functions.softmax,
    "of one another": lambda xs: functions.sum([functions.mean(xs), functions.logsumexp(xs), *xs]),
}

both_tapes = pytest.mark.parametrize("make", [NativeTape, PythonTape])
both_types = pytest.mark.parametrize("dtype", TOLERANCES)


def eager(function: Callable[..., Any], xs: list[float], seeds: list[float]) -> list[float]:
    """Return outputs and gradients of a function of a list."""
    values = [Value(x) for x in xs]
    outputs = _listed(function(values))
    functions.dot(outputs, seeds).backward()
    return [*(output.data for output in outputs), *(value.grad for value in values)]


def _listed(result: Any) -> list[Value]:  # noqa: ANN401  # a Value, or several
    return [result] if isinstance(result, Value) else list(result)


def taped(make: Any, function: Callable[..., Any], xs: list[float], dtype: DType, gradient: str) -> Any:  # noqa: ANN401
    """Return a function of a list, made for these numbers, as an executable tape."""
    values = [Value(x) for x in xs]
    group = Group("xs", (len(xs),), differentiable=True)
    return make(tape_of(record_call(function, (values,), {}, [(group, values)]).trace, gradient=gradient), dtype)


def results(tape: Any, xs: list[float], seeds: list[float]) -> NDArray[Any]:  # noqa: ANN401  # either tape
    """Return outputs and gradients of a tape."""
    program = tape.program
    (argument,) = [array for array in program.arguments if array.name == "xs"]
    tape.view(argument)[:] = xs
    if program.seed is not None:
        tape.view(program.seed)[:] = seeds
    tape.run()
    return np.concatenate([tape.view(program.output), tape.view(program.gradients[argument])])


def agree(make: Any, function: Callable[..., Any], points: list[list[float]], dtype: DType) -> None:  # noqa: ANN401
    """Check a tape, made for the first point, against the eager engine at all points."""
    outputs = len(_listed(function([Value(x) for x in points[0]])))
    seeds = [(-0.5) ** k for k in range(outputs)]
    tape = taped(make, function, points[0], dtype, "one" if outputs == 1 else "seeds")
    for xs in points:
        rounded = [float(np.dtype(dtype).type(x)) for x in xs]
        found, expected = results(tape, rounded, seeds), eager(function, rounded, seeds)
        scale = max((abs(x) for x in expected if math.isfinite(x)), default=1.0)
        np.testing.assert_allclose(found, expected, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype] * scale)


@both_types
@both_tapes
@pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
def test_every_row(op: Op, make: Any, dtype: DType) -> None:  # noqa: ANN401
    """Results and derivatives over the row's own domain, and at its kinks."""
    rng = random.Random(op.name)
    points = [[rng.uniform(low, high) for low, high in op.domain] for _ in range(20)]
    for kink, point in zip(op.kinks, points, strict=False):
        point[0] = kink + (point[1] if len(point) > 1 else 0.0)
    row = OPERATORS.get(op.name) or getattr(functions, op.name)
    for parameter in PARAMETERS.get(op.name, (None,)):
        given = () if parameter is None else (parameter,)
        agree(make, lambda xs, given=given: row(*xs, *given) + 0.0 * xs[0], points, dtype)


@both_types
@both_tapes
@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize("name", VARIADIC)
def test_rows_of_any_number_of_operands(name: str, count: int, make: Any, dtype: DType) -> None:  # noqa: ANN401
    """Sums, means, products and choices of one operand, and of more."""
    rng = random.Random(count)
    agree(make, VARIADIC[name], [[rng.gauss(0.0, 1.0) for _ in range(count)] for _ in range(5)], dtype)


@both_tapes
@pytest.mark.parametrize("xs", [[math.inf, 1.0, 2.0], [-math.inf] * 3, [math.nan, 1.0, 2.0], [1e308, 1e308, -1e308]])
def test_numbers_that_are_not_finite(make: Any, xs: list[float]) -> None:  # noqa: ANN401
    """Sums, maxima and exponentials answer as the eager engine does."""

    def function(values: list[Value]) -> list[Any]:
        several = [functions.logsumexp(values), functions.sum(values), functions.maximum(*values[:2])]
        return [*several, values[2].exp(), values[0].tanh(), functions.dot(values, values)]

    tape = taped(make, function, xs, "float64", "seeds")
    found = results(tape, xs, [1.0] * 6)[:6]
    np.testing.assert_array_equal(found, [output.data for output in function([Value(x) for x in xs])])


@both_types
@both_tapes
def test_a_graph_with_shared_nodes_and_several_outputs(make: Any, dtype: DType) -> None:  # noqa: ANN401
    """A number that is used many times collects all its shares; an output may be an input, or stand twice."""

    def function(xs: list[Value]) -> list[Value]:
        a = xs[0] * xs[1] + xs[2]
        b = (a + a) * a.sin()
        return [b, a, xs[0], b, functions.where(functions.less(a, 0.0), b, a * b)]

    agree(make, function, [[0.5, -1.5, 2.0], [1.0, 0.0, -0.25]], dtype)


@both_tapes
def test_without_gradients(make: Any) -> None:  # noqa: ANN401
    """Outputs alone are computed where no gradient is asked for."""
    tape = taped(make, lambda xs: xs[0] * xs[1], [3.0, 4.0], "float64", "none")
    tape.run()
    assert not tape.program.gradients
    tape.view(tape.program.arguments[-1])[:] = [5.0, 6.0]
    tape.run()
    assert tape.view(tape.program.output).tolist() == [30.0]


@both_tapes
@pytest.mark.parametrize("index", [-1.0, 3.0, 0.5, 1e300, -1e18, math.nan, math.inf, -math.inf])
def test_an_index_out_of_range(make: Any, index: float) -> None:  # noqa: ANN401
    """It is an error, as is one that is not whole, and the next run is as if nothing had happened."""
    tape = taped(make, lambda xs: functions.take(xs[1:], xs[0]) * 2.0, [1.0, 5.0, 6.0, 7.0], "float64", "one")
    with pytest.raises(IndexError, match="index"):
        results(tape, [index, 5.0, 6.0, 7.0], [])
    assert results(tape, [2.0, 5.0, 6.0, 7.0], []).tolist() == [14.0, 0.0, 0.0, 0.0, 2.0]


STEPS: tuple[Callable[[Any, Any, Any], Any], ...] = (
    lambda x, y, _: x * y,
    lambda x, y, _: x - y * 0.5,
    lambda x, _y, _z: x.tanh(),
    lambda x, y, z: functions.dot([x, y], [y, z], z),
    lambda x, y, z: functions.mean([x, y, z]),
    lambda x, y, _: functions.logsumexp([x, y]),
)


def random_function(seed: int) -> Callable[[list[Value]], list[Value]]:
    """Return a random function of some numbers with three outputs."""

    def function(xs: list[Value]) -> list[Value]:
        rng, nodes = random.Random(seed), list(xs)
        for _ in range(rng.randint(1, 30)):
            made = rng.choice(STEPS)(*rng.choices(nodes, k=3))
            nodes.append(made * 0.25)  # so that nothing overflows
        return nodes[-3:]

    return function


@pytest.mark.parametrize("seed", range(100))
def test_random_graphs(seed: int) -> None:
    """Any graph: the machine code does what the eager engine does."""
    rng = random.Random(seed)
    agree(NativeTape, random_function(seed), [[rng.uniform(-1.0, 1.0) for _ in range(4)] for _ in range(2)], "float64")
