"""Lifting: programs written for clarity become a few statements over arrays, with the same results."""

from __future__ import annotations

import math
import random
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from lifting import checked, compare, run, traced

from micrograd import Value, functions
from micrograd.compiler.lift import lift
from micrograd.compiler.printer import text
from micrograd.compiler.program import Map, Sum, Top
from micrograd.nn import MLP

if TYPE_CHECKING:
    from collections.abc import Callable

    Vector = list[Any]
    Matrix = list[Vector]

INF = math.inf


def values(*shape: int) -> Any:  # noqa: ANN401  # nested lists
    """Return nested lists of Values."""
    rng = np.random.default_rng(7)
    numbers = [Value(x) for x in rng.normal(size=math.prod(shape)).tolist()]
    return np.array(numbers, dtype=object).reshape(shape).tolist()


def numbers(*shape: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return numbers to be inputs."""
    return np.random.default_rng(8).normal(size=shape)


def moons(score: Callable[[Vector], Any], parameters: Vector) -> Callable[..., Any]:
    """Return the loss of the classic demo."""

    def loss(xs: Matrix, ys: Vector) -> Any:  # noqa: ANN401  # a Value
        hinge = [(1 + -y * score(x)).relu() for x, y in zip(xs, ys, strict=True)]
        return sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in parameters)

    return loss


def written_out(network: MLP) -> Callable[[Vector], Any]:
    """Return a network that makes a node for each product and for each addition, and reaches biases early."""

    def score(x: Vector) -> Any:  # noqa: ANN401  # a Value
        for layer in network.layers:
            starts: Vector = [n.b for n in layer.neurons]
            rows = zip(layer.neurons, starts, strict=True)
            sums = [sum((w * v for w, v in zip(n.w, x, strict=True)), start) for n, start in rows]
            x = [s.relu() for s in sums] if layer.neurons[0].nonlin else sums
        return x[0]

    return score


def test_moons_is_a_few_statements_without_tables() -> None:
    """However its neurons are written, the demo becomes the same ten statements."""
    random.seed(1337)
    network = MLP(2, [16, 16, 1], activation="relu")
    data = {"xs": numbers(100, 2), "ys": np.sign(numbers(100))}
    for score in (network, written_out(network)):
        lifted = checked(moons(score, network.parameters()), **data)
        assert (len(lifted.program.statements), lifted.gathered) == (10, 0)
        assert re.search(r"h2\[i,j\] = relu\(.*Σ_k p\[\d+ \+ 16j \+ k\]·h1\[i,k\]", text(lifted.program))


def test_cross_entropy_over_logsumexp() -> None:
    """A softmax layer is contractions, maxima and exponentials over whole arrays; a target is taken by its index."""
    weights, biases = values(10, 8), values(10)

    def loss(xs: Matrix, targets: Vector) -> Any:  # noqa: ANN401  # a Value
        losses = []
        for x, target in zip(xs, targets, strict=True):
            z = [functions.dot(w, x, b) for w, b in zip(weights, biases, strict=True)]
            losses.append(functions.logsumexp(z) - functions.take(z, target))
        return functions.mean(losses)

    lifted = checked(loss, xs=numbers(12, 8), targets=np.arange(12) % 10)
    assert len(lifted.program.statements) < 20
    assert lifted.gathered == 0


@pytest.mark.parametrize("special", [INF, -INF, math.nan, 1000.0])
def test_logsumexp_of_special_numbers(special: float) -> None:
    """Infinities, nan and large numbers come out as the eager run has them."""

    def function(xs: Vector) -> list[Any]:
        return [functions.logsumexp([xs[0], xs[1]]), functions.logsumexp([xs[0], xs[0]]), functions.logsumexp(xs)]

    checked(function, xs=[special, 1.0, 2.0])


def attention(queries: Matrix, keys: Matrix, contents: Matrix) -> list[Any]:
    """Return causal attention: each place looks at those before it and at itself."""
    out: list[Any] = []
    for t, query in enumerate(queries):
        scores = [functions.dot(query, key) / math.sqrt(len(query)) for key in keys[: t + 1]]
        total = functions.logsumexp(scores)
        weights = [functions.exp(s - total) for s in scores]
        columns = zip(*contents[: t + 1], strict=True)
        out += [sum(w * v for w, v in zip(weights, column, strict=True)) for column in columns]
    return out


def test_ragged_sums_are_one_array() -> None:
    """Sums of 1, 2, 3, ... terms do not become statements of their own."""
    lifted = checked(attention, queries=numbers(8, 4), keys=numbers(8, 4), contents=numbers(8, 4))
    statements = lifted.program.statements
    assert len(statements) < 30
    assert any(isinstance(s, Sum) and s.accumulate for s in statements)
    assert sum(isinstance(s, Top) for s in statements) == 1


def test_triangular_loops_of_a_mixture() -> None:
    """A Gaussian mixture with triangular matrices, its parameters shared by all points."""
    means, scales, logits = values(5, 3), values(5, 3, 3), values(5)

    def log_likelihood(xs: Matrix) -> Any:  # noqa: ANN401  # a Value
        total: Any = 0.0
        norm = functions.logsumexp(logits)
        for x in xs:
            parts = []
            for mean, scale, logit in zip(means, scales, logits, strict=True):
                d = [xi - mi for xi, mi in zip(x, mean, strict=True)]
                z = [functions.exp(scale[i][i]) * d[i] + sum(scale[i][j] * d[j] for j in range(i)) for i in range(3)]
                parts.append(logit - norm - 0.5 * sum(zi * zi for zi in z))
            total += functions.logsumexp(parts)
        return total

    lifted = checked(log_likelihood, xs=numbers(20, 3))
    assert len(lifted.program.statements) < 40


def test_constants_that_vary_are_arrays() -> None:
    """Numbers of the program that differ from node to node are a constant array; equal ones are operands."""
    table, weights = numbers(6, 4).tolist(), values(4)

    def function(xs: Vector) -> list[Any]:
        z = [sum(c * w for c, w in zip(row, weights, strict=True)) + i for i, row in enumerate(table)]
        return [functions.maximum(zi * x, i % 2) for i, (zi, x) in enumerate(zip(z, xs, strict=True))]

    lifted = checked(function, xs=numbers(6))
    assert len(lifted.program.statements) == 3
    assert sum(line.endswith("constant") or "constant" in line for line in text(lifted.program).splitlines()) == 3


def test_equal_constants_are_numbers() -> None:
    """A constant that is the same for all nodes of a group is written into the statement."""
    (statement,) = checked(lambda xs: [functions.maximum(x, 0.5) for x in xs], xs=numbers(6)).program.statements
    assert isinstance(statement, Map)
    assert statement.operands[1] == 0.5


def test_shared_nodes_and_several_outputs() -> None:
    """A sum that is used twice stays one; outputs may be results, inputs, numbers and each other's operands."""

    def function(xs: Vector) -> list[Any]:
        shared = sum(xs)
        return [shared * shared, shared, [x * shared for x in xs], 3.0 * xs[0], xs[1], Value(2.0)]

    checked(function, xs=numbers(5))


def test_outputs_in_any_order() -> None:
    """Outputs that are the nodes of one group in another order are gathered."""
    checked(lambda xs: [functions.tanh(x) for x in xs][::-1], xs=numbers(6))
    order = [3, 0, 5, 1, 4, 2]

    def function(xs: Vector) -> list[Any]:
        out = [functions.tanh(x) for x in xs]
        return [out[i] for i in order] + [out[0] * out[1]]

    checked(function, xs=numbers(6))


def test_embeddings() -> None:
    """Rows taken by an input are dynamic reads; rows chosen by a constant are a table."""
    rows, places = values(7, 5), values(6, 5)

    def taken(ids: Vector) -> Any:  # noqa: ANN401  # a Value
        xs = [[functions.take([row[j] for row in rows], i) + places[t][j] for j in range(5)] for t, i in enumerate(ids)]
        return functions.mean([functions.dot(x, x) for x in xs])

    def chosen() -> Any:  # noqa: ANN401  # a Value
        xs = [[rows[i][j] + places[t][j] for j in range(5)] for t, i in enumerate([3, 1, 4, 1, 5, 0])]
        return functions.mean([functions.dot(x, x) for x in xs])

    assert checked(taken, ids=np.array([3, 1, 4, 1, 5, 0])).gathered == 0
    assert checked(chosen).gathered > 0


def test_take_from_several_arrays() -> None:
    """Candidates may be of different kinds: computed, given, constant."""

    def function(index: Any, xs: Vector) -> list[Any]:  # noqa: ANN401  # a Value
        mixed = [functions.take([x, 2.0 * x, functions.exp(x)], index) for x in xs]
        return [*mixed, functions.take([1.0, 5.0, 2.0], index) * xs[0], functions.take([xs[1]], index - 1)]

    checked(function, index=1, xs=numbers(4))


def test_differences_of_near_numbers_stay_exact() -> None:
    """A constant factor is not moved into a difference, whose operands it would round before they cancel out."""

    def function(xs: Vector) -> Any:  # noqa: ANN401  # a Value
        return (xs[0] - xs[1]) / 3e-9

    trace = traced(function, xs=[1.0 + 2**-40, 1.0])
    lifted = lift(trace)
    assert lifted is not None
    assert run(lifted, trace)[0] == pytest.approx(trace.data[trace.outputs][0], rel=1e-15)


@pytest.mark.parametrize("factor", [0.0, 1e-200, 1e200, INF, math.nan])
def test_odd_constants(factor: float) -> None:
    """Constants that are no good coefficients still multiply and divide as in the eager run."""

    def function(xs: Vector) -> list[Any]:
        return [factor * (factor * x) + x for x in xs] + [x / factor * 2.0 for x in xs] + [x + factor for x in xs]

    trace = traced(function, xs=[1.0, -2.0, 0.0])
    lifted = lift(trace)
    assert lifted is not None
    compare(run(lifted, trace), trace)


def test_too_many_groups_without_a_loop() -> None:
    """A program that neither groups nor repeats is not lifted."""
    rng = random.Random(3)

    def function(xs: Vector) -> Any:  # noqa: ANN401  # a Value
        x = xs[0]
        for _ in range(60):
            x = rng.choice([functions.sin, functions.tanh, functions.exp, functions.sigmoid])(x)
        return x

    assert lift(traced(function, xs=[0.1]), limit=20) is None
