"""The NumPy backend: every row against `ieee`, programs against plain loops, bad indices."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from builders import PROGRAMS, fill, mapped, moons, numbers, one_row, recurrence, taken, whole

from micrograd.compiler.program import Access, Array, Program, Sum, Term, Top
from micrograd.compiler.reference import compile_numpy
from micrograd.compiler.rows import ROWS
from micrograd.compiler.verify import verify
from micrograd.ops import OPS, Op

EDGES = (0.0, -0.0, 5e-324, 0.5, 1.0, -1.0, 2.0, -2.5, 3.0, 25.0, -800.0, 800.0, 1e308, math.inf, -math.inf, math.nan)
FEW = (0.0, -0.0, 1.0, -3.0, math.inf, math.nan)
PARAMETERS = {"powc": (2.0, 0.5, -0.5, -1.0, 0.0, 3.0), "leaky_relu": (0.01, 0.0), "step": (0.0, 0.5)}
FIXED = [op for op in OPS if not op.variadic]

every_row = pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)


def evaluate(program: Program, given: dict[str, np.ndarray], dtype: str = "float64") -> np.ndarray:
    """Return a program's outputs."""
    verify(program)
    executable = compile_numpy(program, dtype)
    fill(executable, given, program.arguments)
    executable.run()
    return executable.view(program.output)


def test_every_row_is_spelled() -> None:
    """A new row of the table fails here until it has its NumPy function."""
    assert {op.name for op in FIXED} <= set(ROWS)


@every_row
def test_a_row_answers_as_ieee_at_every_edge(op: Op) -> None:
    """At zeros of both signs, infinities, nan, huge and tiny numbers, a row gives what `ieee` gives."""
    points = list(itertools.product(EDGES if len(op.domain) < 3 else FEW, repeat=len(op.domain)))
    for parameter in PARAMETERS.get(op.name, (None,)):
        program = one_row(op.name, len(points), len(op.domain), parameter)
        given = {name: np.array(column) for name, column in zip("xyz", zip(*points, strict=True), strict=False)}
        expected = [op.forward(*point, *(() if parameter is None else (parameter,))) for point in points]
        found = evaluate(program, given)
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=0.0)
        numbered = ~np.isnan(expected)
        assert (np.signbit(found) == np.signbit(expected))[numbered].all()


def test_a_network_is_computed_as_by_hand() -> None:
    """Parameters in one flat array, read at offsets: matrices and biases of two layers."""
    given = numbers(moons())
    p, x, y = given["p"], given["x"].reshape(5, 2), given["y"]
    cells, last = p[:12].reshape(4, 3), p[12:]
    hidden = np.maximum(x @ cells[:, :2].T + cells[:, 2], 0.0)
    hinge = np.maximum(1.0 - y * (hidden @ last[:4] + last[4]), 0.0)
    assert evaluate(moons(), given) == pytest.approx(hinge.mean() + 1e-4 * p @ p, rel=1e-14)


def test_a_loop_runs_round_by_round() -> None:
    """A recurrence reads in each round what the one before wrote."""
    given = numbers(recurrence())
    xs = [given["start"][0]]
    for _ in range(7):
        xs.append(math.sin(xs[-1]) * given["ab"][0] + given["ab"][1])
    assert evaluate(recurrence(), given) == pytest.approx([xs[-1], sum(x * x for x in xs)], rel=1e-14)


@pytest.mark.parametrize("index", [-1.0, 5.0, math.nan, math.inf])
def test_an_index_out_of_range_is_an_error(index: float) -> None:
    """An index is cut towards zero, and has to be one of the rows then."""
    given = numbers(taken()) | {"index": np.array([0.0, index, 1.0])}
    with pytest.raises(IndexError, match="an index that is no row"):
        evaluate(taken(), given)


def test_the_largest_goes_over_extents_and_operands() -> None:
    """The largest of a row and one more number; nan wins."""
    x, y, out = Array("x", "input", (3, 2)), Array("y", "input", (3,)), Array("out", "output", (3,))
    program = Program((Top((3,), whole(out), (((2,), whole(x)), ((), whole(y)))),), (x, y), out)
    given = {"x": np.array([1.0, 2.0, 3.0, math.nan, -5.0, -6.0]), "y": np.array([9.0, 1.0, -7.0])}
    assert np.array_equal(evaluate(program, given), [9.0, math.nan, -5.0], equal_nan=True)


def test_accumulating_adds_every_time() -> None:
    """An element that several points of the nest touch gets the sum; a broadcast factor counts at each point."""
    x, out = Array("x", "input", (2, 3)), Array("out", "output", (4,))
    terms = (Term((), (whole(x),)), Term((5,), (Access(x, 0, (0, 0, 0)),)))
    sums = (Sum((4,), whole(out), ()), Sum((2, 3), Access(out, 0, (1, 1)), terms, accumulate=True))
    program = Program(sums, (x,), out)
    given = {"x": np.arange(6.0) + 1.0}
    assert evaluate(program, given).tolist() == [6.0, 2 + 4 + 10.0, 3 + 5 + 10.0, 6 + 5.0]


def test_constants_and_float32() -> None:
    """A constant carries its numbers; in float32 everything is computed in that."""
    c = Array("c", "constant", (2,), np.array([0.1, 0.2]))
    x, out = Array("x", "input", (2,)), Array("out", "output", (2,))
    program = Program((mapped(out, "mul", whole(x), whole(c)),), (x,), out)
    found = evaluate(program, {"x": np.array([1.0, 1.0])}, "float32")
    assert found.dtype == np.float32
    assert found.tolist() == [np.float32(0.1), np.float32(0.2)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_runs_repeat(name: str) -> None:
    """A second run gives the same numbers, and views stay the same memory."""
    program = PROGRAMS[name]()
    executable = compile_numpy(program)
    view = executable.view(program.output)
    fill(executable, numbers(program), program.arguments)
    executable.run()
    first = view.copy()
    executable.run()
    assert executable.view(program.output) is view
    assert view.tolist() == first.tolist()
    assert (executable.address, executable.arena) == (0, 0)
