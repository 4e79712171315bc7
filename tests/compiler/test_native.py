"""The machine-code backend against NumPy: every row, programs by hand and random ones, indices out of range."""

from __future__ import annotations

import ctypes
import itertools
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from builders import PROGRAMS, chain, fill, local, mapped, moons, numbers, one_row, taken, whole
from drawing import SMOOTH, WHOLE, Drawing
from fuzzing import compare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("llvmlite", reason="machine code needs llvmlite")

from micrograd.compiler.derive import derive
from micrograd.compiler.native import blocks, compile_llvm
from micrograd.compiler.program import Access, Array, Loop, Map, Program, Sum, Term, Top
from micrograd.compiler.reference import compile_numpy
from micrograd.compiler.verify import verify
from micrograd.ops import OPS, Op

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.native.generate import NativeExecutable
    from micrograd.compiler.native.vectors import DType

EDGES = (0.0, -0.0, 5e-324, 0.5, 1.0, -1.0, 2.0, -2.5, 3.0, 25.0, -800.0, 800.0, 1e308, math.inf, -math.inf, math.nan)
FEW = (0.0, -0.0, 1.0, -3.0, math.inf, math.nan)
PARAMETERS = {"powc": (2.0, 0.5, -0.5, -1.0, 0.0, 3.0), "leaky_relu": (0.01, 0.0), "step": (0.0, 0.5)}
FIXED = [op for op in OPS if not op.variadic]
TOLERANCES: dict[DType, float] = {"float64": 1e-12, "float32": 1e-4}
WILD = (-1.0, 5.0, 0.5, 1e300, -1e18, math.nan, math.inf, -math.inf)

every_row = pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
both_types = pytest.mark.parametrize("dtype", TOLERANCES)


def run(executable: Any, given_numbers: dict[str, NDArray[np.float64]]) -> list[NDArray[Any]]:  # noqa: ANN401
    """Return the outputs and the gradients; seeds are 1, -1/2, 1/3, ..."""
    program = executable.program
    fill(executable, given_numbers, program.arguments)
    if program.seed is not None:
        executable.view(program.seed)[:] = (-1.0) ** np.arange(program.seed.size) / (1.0 + np.arange(program.seed.size))
    executable.run()
    return [executable.view(array) for array in (program.output, *program.gradients.values())]


def agree(program: Program, given_numbers: dict[str, NDArray[np.float64]], dtype: DType = "float64") -> None:
    """Check that both backends compute the same."""
    verify(program)
    pairs = zip(*(run(make(program, dtype), given_numbers) for make in (compile_llvm, compile_numpy)), strict=True)
    for found, expected in pairs:
        scale = float(np.abs(expected).max())
        np.testing.assert_allclose(found, expected, rtol=TOLERANCES[dtype], atol=TOLERANCES[dtype] * scale)


@every_row
def test_a_row_answers_as_ieee_at_every_edge(op: Op) -> None:
    """At zeros of both signs, infinities, nan, huge and tiny numbers, in vectors and alone."""
    points = list(itertools.product(EDGES if len(op.domain) < 3 else FEW, repeat=len(op.domain)))
    for parameter in PARAMETERS.get(op.name, (None,)):
        program = one_row(op.name, len(points), len(op.domain), parameter)
        given_numbers = {name: np.array(column) for name, column in zip("xyz", zip(*points, strict=True), strict=False)}
        expected = np.array([op.forward(*point, *(() if parameter is None else (parameter,))) for point in points])
        (found,) = run(compile_llvm(program, "float64"), given_numbers)
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=0.0)
        numbered = ~np.isnan(expected)
        assert (np.signbit(found) == np.signbit(expected))[numbered].all()


@both_types
@every_row
def test_a_row_and_its_derivative_over_its_domain(op: Op, dtype: DType) -> None:
    """Over the row's own domain and at its kinks; a count that leaves a rest beside the vectors."""
    count = 37
    rng = np.random.default_rng(1)
    columns = [rng.uniform(low, high, count) for low, high in op.domain]
    for kink, place in zip(op.kinks, (0, 17, 36), strict=False):
        columns[0][place] = kink + (columns[1][place] if len(columns) > 1 else 0.0)
    given_numbers = {name: np.float32(x).astype(float) for name, x in zip("xyz", columns, strict=False)}
    for parameter in PARAMETERS.get(op.name, (None,)):
        program = derive(one_row(op.name, count, len(op.domain), parameter), seeds=True)
        agree(program, given_numbers, dtype)


@pytest.mark.parametrize("count", range(1, 41))
def test_every_extent(count: int) -> None:
    """A chain of maps and a sum, for whole vectors and every rest."""
    agree(derive(chain(count), seeds=False), numbers(chain(count)))


@both_types
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_by_hand(name: str, dtype: DType) -> None:
    """A network, a chain, tables, indices, a recurrence and a softmax, forward alone and with gradients."""
    program = PROGRAMS[name]()
    agree(program, numbers(program), dtype)
    agree(derive(program, seeds=True), numbers(program), dtype)


@pytest.mark.parametrize(("samples", "hidden"), [(1, 1), (3, 16), (8, 2), (33, 5), (100, 16)])
def test_networks_of_all_sizes(samples: int, hidden: int) -> None:
    """Contractions with blocks of registers, whole and not."""
    program = derive(moons(samples, hidden), seeds=False)
    agree(program, numbers(program))


def contraction(m: int, n: int, extents: tuple[int, int]) -> Program:
    """Return out[i, j] = c · Σ_kl a[i, k, l] · b[l, k, j] · c[k] + 2 · a[i, 0, 0], over two loops and three factors."""
    k, l = extents  # noqa: E741  # the index's name
    a, b = Array("a", "input", (m, k, l)), Array("b", "parameter", (l, k, n))
    c, out = Array("c", "parameter", (k,)), Array("out", "output", (m, n))
    big = Term(
        extents,
        (
            Access(a, 0, (k * l, 0, l, 1)),
            Access(b, 0, (0, 1, n, k * n)),
            Access(c, 0, (0, 0, 1, 0)),
        ),
        -0.75,
    )
    return Program((Sum((m, n), whole(out), (big, Term((), (Access(a, 0, (k * l, 0)),), 2.0))),), (a, b, c), out)


@both_types
@pytest.mark.parametrize("extents", [(1, 1), (2, 9), (8, 3), (17, 4)])
def test_two_loops_and_three_factors(extents: tuple[int, int], dtype: DType) -> None:
    """A sum over two loops of products of three, with coefficients, and its gradients."""
    program = contraction(5, 11, extents)
    agree(program, numbers(program), dtype)
    agree(derive(program, seeds=True), numbers(program), dtype)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_programs(data: st.DataObject) -> None:
    """Strides, tables, indices, scatters, maxima, recurrences, several writers: exact in whole numbers."""
    kind = data.draw(st.sampled_from([WHOLE, SMOOTH]))
    drawing = Drawing(lambda low, high: data.draw(st.integers(low, high)), kind, widest=40)
    program = drawing.program(longest=4)
    verify(program)
    compare(derive(program, seeds=True) if data.draw(st.booleans()) else program, kind, "float64", 1)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_recurrence_over_a_whole_state(reverse: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Each round mixes all numbers of the round before, so its gradient must not be taken apart within a round."""
    rounds, n = 6, 5
    w, s = Array("w", "parameter", (n, n)), local("s", rounds + 1, n)
    a, start, out = local("a", rounds, n), Array("start", "parameter", (n,)), Array("out", "output", (n,))
    before, after = (n, 0) if reverse else (0, n)
    mix = Term((n,), (Access(w, 0, (0, n, 1)), Access(s, before, (n, 0, 1))))
    body = (
        Sum((rounds, n), Access(a, 0, (n, 1)), (mix,)),
        Map((rounds, n), Access(s, after, (n, 1)), "tanh", (Access(a, 0, (n, 1)),)),
    )
    first, last = (rounds * n, 0) if reverse else (0, rounds * n)
    statements = (
        Map((n,), Access(s, first, (1,)), "copy", (whole(start),)),
        Loop(rounds, body, reverse),
        Map((n,), whole(out), "copy", (Access(s, last, (1,)),)),
    )
    agree(derive(Program(statements, (w, start), out), seeds=True), numbers(Program((), (w, start), out)))


def test_several_writers_of_one_array() -> None:
    """Three statements fill an array in places that lie between each other, and another reads it all."""
    x, parts, out = Array("x", "parameter", (9,)), local("parts", 27), Array("out", "output", ())
    rows = [
        Map((9,), Access(parts, k, (3,)), op, (whole(x), 1.5))
        for k, op in enumerate(("add", "mul", "maximum"))
    ]  # fmt: skip
    total = Sum((), Access(out, 0, ()), (Term((27,), (whole(parts), whole(parts))),))
    program = Program((*rows, total), (x,), out)
    agree(derive(program, seeds=False), numbers(program))


def test_the_largest_of_nothing_but_infinities_and_nan() -> None:
    """A maximum starts below every number, and nan wins."""
    x, out = Array("x", "input", (3, 9)), Array("out", "output", (3,))
    program = Program((Top((3,), whole(out), (((9,), whole(x)),)),), (x,), out)
    rows = np.full((3, 9), -math.inf)
    rows[1, 4], rows[2, 8] = math.nan, 2.0
    (found,) = run(compile_llvm(program, "float64"), {"x": rows.ravel()})
    np.testing.assert_array_equal(found, [-math.inf, math.nan, 2.0])


@both_types
@pytest.mark.parametrize("index", WILD)
def test_an_index_out_of_range(index: float, dtype: DType) -> None:
    """It is an error, as is one that is not whole; nothing is written but results, and the next run is sound."""
    program = derive(taken(), seeds=True)
    executable, given_numbers = compile_llvm(program, dtype), numbers(program)
    expected = [np.array(x) for x in run(executable, given_numbers)]
    before = executable.memory.copy()
    with (
        np.errstate(over="ignore"),
        pytest.raises(IndexError, match="index"),
    ):
        run(executable, given_numbers | {"index": np.array([1.0, index, 4.0])})
    inputs = {array for array in executable.layout.places if array.role not in {"parameter", "constant", "input"}}
    changed = np.flatnonzero(executable.memory != before)
    places = [(0, 64), *(_bytes(executable, array) for array in {*inputs, *program.arguments})]
    assert all(any(start <= byte < end for start, end in places) for byte in changed)
    for found, right in zip(run(executable, given_numbers), expected, strict=True):
        np.testing.assert_array_equal(found, right)


def _bytes(executable: NativeExecutable, array: Array) -> tuple[int, int]:
    """Return where an array starts, and where the next one does."""
    starts = sorted([*(place.start for place in executable.layout.places.values()), executable.size])
    start = executable.layout.places[array].start
    return start, starts[starts.index(start) + 1]


def test_the_machine_code_can_be_called_by_address() -> None:
    """It takes the memory and returns 0, or 1 for an index out of range; views stay where they are."""
    executable = compile_llvm(taken(), "float64")
    views = {array: executable.view(array) for array in (*executable.program.arguments, executable.program.output)}
    expected = np.array(run(executable, numbers(taken()))[0])
    for array, view in views.items():
        assert view.ctypes.data == executable.view(array).ctypes.data
        assert view.size == array.size
    views[executable.program.output][:] = 0.0
    call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(executable.address)
    assert call(executable.arena) == 0
    np.testing.assert_array_equal(views[executable.program.output], expected)
    views[executable.program.arguments[1]][0] = 99.0
    assert call(executable.arena) == 1


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_random_programs_in_pieces(seed: int) -> None:
    """Programs that are cut into pieces, as large ones are, give what NumPy gives."""
    rng = np.random.default_rng(seed)
    program = derive(
        Drawing(lambda low, high: int(rng.integers(low, high + 1)), WHOLE, widest=40, rounds=False).program(),
        seeds=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_ROOM", 16)
        compare(program, WHOLE, "float64", seed)


def test_mapped_numbers_need_no_operand() -> None:
    """A map of numbers alone fills its array."""
    out = Array("out", "output", (11,))
    (found,) = run(compile_llvm(Program((mapped(out, "add", 1.0, 2.5),), (), out), "float64"), {})
    assert found.tolist() == [3.5] * 11


def test_vectors_do_not_read_far_behind_an_array() -> None:
    """The last rows of a column are read one by one: a whole vector of rows would end outside of the memory."""
    p, t, output = Array("p", "parameter", (5, 300)), Array("t", "local", (5,)), Array("o", "output", (1,))
    column = Map((5,), Access(t, 0, (1,)), "exp", (Access(p, 0, (300,)),))
    total = Sum((1,), Access(output, 0, (0,)), (Term((5,), (Access(t, 0, (0, 1)),)),))
    executable = compile_llvm(Program((column, total), (p,), output), "float64")
    places = [int(place) for place in re.findall(r"ptr %arena, i64 (\d+)", executable.text)]
    assert max(places) < executable.size
    executable.run()
    assert executable.view(output) == [5.0]
