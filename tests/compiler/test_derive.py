"""Reverse mode on array programs: against central differences, against the engine, and the shape of what comes out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from builders import HIDDEN, PROGRAMS, fill, local, mapped, moons, numbers, one_row, recurrence, whole
from hypothesis import given
from hypothesis import strategies as st

from micrograd import Value, engine
from micrograd.compiler.derive import derive
from micrograd.compiler.program import Access, Array, Loop, Map, Program, Sum, Term, accesses, straight
from micrograd.compiler.reference import compile_numpy
from micrograd.compiler.verify import verify
from micrograd.ops import OPS, Op

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.program import Operand

    Numbers = dict[str, NDArray[np.float64]]

STEP = 1e-4  # of the central differences, whose error is of the order of its fourth power
PARAMETERS = {"powc": (2.0, 0.5, -1.0, 0.0, 1.0, 3.0), "leaky_relu": (0.01, 0.0), "step": (0.0, 0.5)}
FIXED = [op for op in OPS if not op.variadic]


def run(program: Program, numbers_given: Numbers, seed: NDArray[np.float64] | None = None) -> tuple[object, Numbers]:
    """Return a verified program's outputs and its gradients by argument."""
    verify(program)
    executable = compile_numpy(program)
    fill(executable, numbers_given, program.arguments)
    if program.seed is not None and seed is not None:
        executable.view(program.seed)[:] = seed
    executable.run()
    return executable.view(program.output), {a.name: executable.view(g) for a, g in program.gradients.items()}


def differences(program: Program, numbers_given: Numbers, seed: NDArray[np.float64], name: str) -> list[float]:
    """Return the slopes of Σ seed · output by each element of an argument."""

    def at(k: int, h: float) -> float:
        moved = numbers_given[name].copy()
        moved[k] += h
        return float(seed @ np.asarray(run(program, numbers_given | {name: moved})[0]))

    def slope(k: int) -> float:
        return (8 * (at(k, STEP) - at(k, -STEP)) - (at(k, 2 * STEP) - at(k, -2 * STEP))) / (12 * STEP)

    return [slope(k) for k in range(numbers_given[name].size)]


def check(program: Program) -> Program:
    """Compare a program's gradients with central differences, with a seed and without; return what was derived."""
    numbers_given = numbers(program)
    seed = np.random.default_rng(1).normal(size=program.output.size)
    derived = derive(program, seeds=True)
    outputs, gradients = run(derived, numbers_given, seed)
    assert np.array_equal(np.asarray(outputs), np.asarray(run(program, numbers_given)[0]))
    assert set(gradients) == {a.name for a in program.arguments if a.role == "parameter"}
    for name, gradient in gradients.items():
        expected = differences(program, numbers_given, seed, name)
        np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-9)
    if program.output.size == 1:
        unseeded = run(derive(program, seeds=False), numbers_given)[1]
        for name, gradient in gradients.items():
            np.testing.assert_allclose(unseeded[name] * seed, gradient, rtol=1e-13, atol=1e-300)
    return derived


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_agree_with_central_differences(name: str) -> None:
    """Dense layers, chains, gathers, dynamic indices, recurrences, softmax: every kind of access and statement."""
    check(PROGRAMS[name]())


def test_several_outputs_need_seeds() -> None:
    """Without a seed the gradient of several outputs is not defined."""
    with pytest.raises(ValueError, match="the gradient of 2 outputs needs seeds"):
        derive(recurrence(), seeds=False)


# Against the engine.

SPECIAL = (0.0, -0.0, 1.0, -1.0, 30.0, -30.0, math.inf, -math.inf, math.nan)
floats = st.one_of(st.sampled_from(SPECIAL), st.floats(-4.0, 4.0, allow_subnormal=False))


def eager(op: Op, point: list[float], parameter: float | None) -> tuple[float, list[float]]:
    """Return the engine's value and gradient of a row at a point."""
    values = [Value(x) for x in point]
    out = engine.apply(op.name, *values, parameter=parameter)
    return out.data, list(out.local_grads)


@pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
@given(data=st.data())
def test_a_row_has_the_gradient_of_the_engine(op: Op, data: st.DataObject) -> None:
    """Value and gradient of every row, at plain numbers and at the edges, are those of the engine."""
    arity = len(op.domain)
    points = data.draw(st.lists(st.lists(floats, min_size=arity, max_size=arity), min_size=1, max_size=4))
    parameter = data.draw(st.sampled_from(PARAMETERS.get(op.name, (None,))))
    columns = {name: np.array(column) for name, column in zip("xyz", zip(*points, strict=True), strict=False)}
    program = derive(one_row(op.name, len(points), arity, parameter), seeds=True)
    outputs, gradients = run(program, columns, np.ones(len(points)))
    expected = [eager(op, point, parameter) for point in points]
    np.testing.assert_allclose(np.asarray(outputs), [value for value, _ in expected], rtol=1e-13)
    for number, name in enumerate("xyz"[:arity]):
        np.testing.assert_allclose(gradients[name], [slopes[number] for _, slopes in expected], rtol=1e-12, atol=1e-300)


def test_a_network_has_the_gradient_of_the_engine() -> None:
    """The same loss in scalar code: every gradient to the last digits."""
    program = moons()
    numbers_given = numbers(program)
    p = [Value(x) for x in numbers_given["p"]]
    xs, ys = numbers_given["x"].reshape(5, 2).tolist(), numbers_given["y"].tolist()
    cells = [p[3 * j : 3 * j + 3] for j in range(HIDDEN)]
    w = p[3 * HIDDEN :]
    hidden = [[(a * x[0] + b * x[1] + c).relu() for a, b, c in cells] for x in xs]
    scores = [sum((a * b for a, b in zip(w, h, strict=False)), w[-1]) for h in hidden]
    hinge = sum((1 - y * s).relu() for y, s in zip(ys, scores, strict=True)) * (1 / 5)
    total = hinge + 1e-4 * sum(x * x for x in p)
    total.backward()
    outputs, gradients = run(derive(program, seeds=False), numbers_given)
    assert np.asarray(outputs) == pytest.approx([total.data], rel=1e-14)
    assert gradients["p"] == pytest.approx([x.grad for x in p], rel=1e-12, abs=1e-15)


# The shape of what comes out.


def written(program: Program, name: str) -> list[Map | Sum]:
    """Return the statements that write an array."""
    return [s for s in straight(program.statements) if s.out.array.name == name and isinstance(s, (Map, Sum))]


def test_a_chain_of_maps_stays_a_chain_of_maps() -> None:
    """One share by one factor, element by element: no sums, no zeros, no array for an adjoint that is a constant."""
    x, a, b, out = Array("x", "parameter", (4,)), local("a", 4), local("b", 4), Array("out", "output", ())
    total = Sum((), Access(out, 0, ()), (Term((4,), (whole(b),)),))
    program = Program((mapped(a, "sin", whole(x)), mapped(b, "exp", whole(a)), total), (x,), out)
    check(program)
    backward = derive(program, seeds=False).statements[3:]
    assert [(s.op, s.out.array.name) for s in backward if isinstance(s, Map)] == [("cos", "u"), ("mul", "d_x")]
    assert len(backward) == 2


def test_a_contraction_gives_two_contractions() -> None:
    """out[i, j] = Σ_k x[i, k] · w[k, j]: both adjoints are gathered, written once, without zeros."""
    x, w, out = Array("x", "parameter", (3, 4)), Array("w", "parameter", (4, 5)), Array("out", "output", (3, 5))
    term = Term((4,), (Access(x, 0, (4, 0, 1)), Access(w, 0, (0, 1, 5))))
    derived = check(Program((Sum((3, 5), whole(out), (term,)),), (x, w), out))
    (by_x,), (by_w,) = written(derived, "d_x"), written(derived, "d_w")
    assert isinstance(by_x, Sum)
    assert isinstance(by_w, Sum)
    assert (by_x.axes, by_x.terms[0].extents, by_x.accumulate) == ((3, 4), (5,), False)
    assert (by_w.axes, by_w.terms[0].extents, by_w.accumulate) == ((4, 5), (3,), False)


def test_shares_of_one_form_are_one_sum() -> None:
    """An array that is read in three ways: one sum of terms for x, and equal factors are one term."""
    x, y = Array("x", "parameter", (4,)), Array("y", "input", (4,))
    terms = (Term((4,), (whole(x), whole(x)), 3.0), Term((4,), (whole(x), whole(y))), Term((4,), (whole(x),), 2.0))
    loss = Array("loss", "output", ())
    derived = check(Program((Sum((), Access(loss, 0, ()), terms),), (x, y), loss))
    (by_x,) = written(derived, "d_x")
    assert isinstance(by_x, Sum)
    assert [t.coefficient for t in by_x.terms] == [6.0, 1.0, 2.0]


def test_parts_of_an_array_that_make_up_all_of_it_need_no_zeros() -> None:
    """Weights and biases in one array, each read at its offset: every part of the gradient is written, none added."""
    p, x, out = Array("p", "parameter", (6,)), Array("x", "input", (5, 2)), Array("out", "output", (5, 2))
    terms = (Term((), (Access(p, 2, (0, 3)),)), Term((2,), (Access(p, 0, (0, 3, 1)), Access(x, 0, (2, 0, 1)))))
    derived = check(Program((Sum((5, 2), whole(out), terms),), (p, x), out))
    assert len(written(derived, "d_p")) == 2
    assert not any(isinstance(s, Sum) and s.accumulate for s in straight(derived.statements))


def test_parts_that_leave_some_out_are_added_to_zeros() -> None:
    """Half of an array is read: the rest of its gradient is zero. A parameter that nothing reads has zeros alone."""
    p, q, out = Array("p", "parameter", (6,)), Array("q", "parameter", (2, 2)), Array("out", "output", (3,))
    derived = check(Program((Map((3,), whole(out), "exp", (Access(p, 3, (-1,)),)),), (p, q), out))
    fill_, add = written(derived, "d_p")
    assert isinstance(fill_, Sum)
    assert isinstance(add, Sum)
    assert (fill_.terms, add.accumulate) == ((), True)
    (zeros,) = written(derived, "d_q")
    assert isinstance(zeros, Sum)
    assert not zeros.terms


def test_overlapping_reads_are_added_up() -> None:
    """A window that slides over x reads elements several times; so does a table that repeats itself."""
    x, w, out = Array("x", "parameter", (7,)), Array("w", "parameter", (3,)), Array("out", "output", (5,))
    slide = Term((3,), (Access(x, 0, (1, 1)), Access(w, 0, (0, 1))))
    check(Program((Sum((5,), whole(out), (slide,)),), (x, w), out))
    picked = Access(x, 0, (1, 1), table=np.array([6, 0, 0, 3, 3, 3, 1]))
    check(Program((Sum((5,), whole(out), (Term((3,), (picked, Access(w, 0, (0, 1)))),)),), (x, w), out))


def test_a_broadcast_against_the_order_of_dimensions() -> None:
    """Operands transposed, repeated, and an output that is written in two parts and read again."""
    x, y = Array("x", "parameter", (3, 2)), Array("y", "parameter", (2,))
    out = Array("out", "output", (9,))
    turned: tuple[Operand, ...] = (Access(x, 0, (1, 2)), Access(y, 0, (1, 0)))
    first = Map((2, 3), Access(out, 0, (3, 1)), "mul", turned)
    again = Map((3,), Access(out, 6, (1,)), "sin", (Access(out, 0, (1,)),))
    check(Program((first, again), (x, y), out))


def test_nothing_is_computed_for_inputs_or_for_nobody() -> None:
    """Inputs get no gradient, and local derivatives towards them are left out, with what only they need."""
    x, y, out = Array("x", "parameter", (3,)), Array("y", "input", (3,)), Array("out", "output", (3,))
    unused = local("unused", 3)
    statements = (mapped(unused, "exp", whole(x)), mapped(out, "pow", whole(x), whole(y)))
    given_ = {"x": np.array([1.0, 2.0, 3.0]), "y": np.array([2.0, 0.5, -1.0])}
    derived = derive(Program(statements, (x, y), out), seeds=True)
    _, gradients = run(derived, given_, np.ones(3))
    assert set(gradients) == {"x"}
    assert gradients["x"] == pytest.approx(given_["y"] * given_["x"] ** (given_["y"] - 1))
    operations = [s.op for s in straight(derived.statements) if isinstance(s, Map)]
    assert not {"exp", "log"} & set(operations)


def test_a_row_without_slope_ends_the_path() -> None:
    """Behind a comparison the gradient is zero, and nothing is computed for it."""
    x, flag, out = Array("x", "parameter", (3,)), local("flag", 3), Array("out", "output", (3,))
    statements = (mapped(flag, "less", whole(x), 0.5), mapped(out, "where", whole(flag), 2.0, whole(x)))
    derived = check(Program(statements, (x,), out))
    assert [s.out.array.name for s in straight(derived.statements)][:2] == ["flag", "out"]
    assert len(derived.statements) <= 4


# Loops.


def test_a_loop_runs_back_and_leaves_the_rest_outside() -> None:
    """Inside is only what goes from round to round; local derivatives and sums over all rounds are outside."""
    derived = check(recurrence())
    forward, backward = [s for s in derived.statements if isinstance(s, Loop)]
    assert (forward.reverse, backward.reverse) == (False, True)
    assert {s.out.array.name for s in backward.body} == {"d_s", "d_x"}
    (by_ab, _) = written(derived, "d_ab")
    assert isinstance(by_ab, Sum)
    assert (by_ab.axes, by_ab.terms[0].extents) == ((), (7,))


def test_a_state_read_at_its_end_alone_needs_no_zeros() -> None:
    """Only the last state counts: the adjoint of each state is written, from the last to the first."""
    program = recurrence()
    out = Array("out", "output", ())
    x = program.statements[0].out.array if isinstance(program.statements[0], Map) else out
    last = Map((), Access(out, 0, ()), "copy", (Access(x, 7, ()),))
    derived = check(Program((*program.statements[:2], last), program.arguments, out))
    assert not any(isinstance(s, Sum) and (s.accumulate or not s.terms) for s in straight(derived.statements))


def test_two_states_that_read_each_other() -> None:
    """An oscillator with an input for each round, states of two numbers, and a loop that already runs backwards."""
    rounds = 5
    state, push = Array("state", "parameter", (2,)), Array("push", "parameter", (rounds,))
    s, out = local("s", rounds + 1, 2), Array("out", "output", (rounds,))
    step = Array("step", "constant", (2, 2), np.array([0.9, -0.3, 0.2, 1.1]))
    turned = Term((2,), (Access(s, 2, (2, 0, 1)), Access(step, 0, (0, 2, 1))))
    pushed = Term((), (Access(push, 0, (1, 0)), Access(s, 2, (2, 1))), 0.5)
    body = (Sum((rounds, 2), Access(s, 0, (2, 1)), (turned, pushed)),)
    statements = (
        Map((2,), Access(s, 2 * rounds, (1,)), "tanh", (whole(state),)),
        Loop(rounds, body, reverse=True),
        Map((rounds,), whole(out), "mul", (Access(s, 0, (2,)), Access(s, 1, (2,)))),
    )
    check(Program(statements, (state, push), out))


def test_every_read_of_a_derived_program_is_of_a_final_number() -> None:
    """The verifier holds for all programs, with seeds and without, and constants have their numbers."""
    for make in PROGRAMS.values():
        program = make()
        for seeds in (True,) if program.output.size > 1 else (True, False):
            derived = derive(program, seeds=seeds)
            verify(derived)
            assert (derived.seed is not None) == seeds
            assert all(x.array.size for s in straight(derived.statements) for _, x in accesses(s))
