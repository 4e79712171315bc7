"""Random array programs: strides, broadcasts, gathers, windows and loops, differentiated and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from builders import fill, numbers
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd.compiler.derive import derive
from micrograd.compiler.nest import row_major
from micrograd.compiler.printer import text
from micrograd.compiler.program import Access, Array, Loop, Map, Program, Statement, Sum, Term
from micrograd.compiler.reference import compile_numpy
from micrograd.compiler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Draw = Callable[..., int]

STEP = 1e-3
ROWS = {"sin": 1, "tanh": 1, "neg": 1, "mul": 2, "add": 2, "sub": 2}


class Builder:
    """Draws a program, statement by statement; every statement may read any array that is there."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self._draw = draw
        self.arguments = (Array("p", "parameter", (3, 2)), Array("q", "parameter", (5,)), Array("x", "input", (4,)))
        self.arrays: list[Array] = list(self.arguments)
        self.statements: list[Statement] = []

    def number(self, low: int, high: int) -> int:
        """Return a whole number from low to high."""
        return self._draw(st.integers(low, high))

    def extents(self, low: int) -> tuple[int, ...]:
        """Return the extents of up to two loops."""
        return tuple(self.number(1, 3) for _ in range(self.number(low, 2)))

    def read(self, axes: tuple[int, ...]) -> Access:
        """Return an access that stays inside of some array: a whole walk where one fits, a table, or any strides."""
        array = self.arrays[self.number(0, len(self.arrays) - 1)]
        kind = self.number(0, 3)
        if kind == 0 and array.shape == axes:
            return Access(array, 0, row_major(axes))
        if kind == 1:
            reach = int(np.prod(axes, dtype=int))
            table = np.array([self.number(0, array.size - 1) for _ in range(reach)], dtype=np.int64)
            return Access(array, 0, row_major(axes), table=table)
        strides, room = [], array.size - 1
        for extent in axes:
            strides.append(self.number(0, room // max(extent - 1, 1)))
            room -= strides[-1] * (extent - 1)
        if kind == 2 and axes:
            turned = strides[0] * (axes[0] - 1)
            return Access(array, self.number(0, room) + turned, (-strides[0], *strides[1:]))
        return Access(array, self.number(0, room), tuple(strides))

    def sum(self, axes: tuple[int, ...], out: Access) -> Sum:
        """Return a sum of random terms."""
        terms = []
        for _ in range(self.number(1, 2)):
            inner = self.extents(0)
            factors = tuple(self.read(axes + inner) for _ in range(self.number(1, 3)))
            terms.append(Term(inner, factors, self.number(-2, 2) / 2))
        return Sum(axes, out, tuple(terms))

    def map(self, axes: tuple[int, ...], out: Access) -> Map:
        """Return a random row of random operands."""
        op = sorted(ROWS)[self.number(0, len(ROWS) - 1)]
        return Map(axes, out, op, tuple(self.read(axes) for _ in range(ROWS[op])))

    def add(self) -> None:
        """Append a map, a sum, or a recurrence over a state of two numbers."""
        name = f"a{len(self.arrays)}"
        kind = self.number(0, 2)
        if kind == 2:
            self.add_loop(name)
            return
        axes = self.extents(0)
        out = Access(Array(name, "local", axes), 0, row_major(axes))
        self.statements.append(self.map(axes, out) if kind else self.sum(axes, out))
        self.arrays.append(out.array)

    def add_loop(self, name: str) -> None:
        """Append s[0] = ..., and s[t + 1] = tanh(s[t] · something + something) + u[t] for a few rounds."""
        rounds = self.number(1, 4)
        s, u, z = Array(name, "local", (rounds + 1, 2)), Array(f"{name}u", "local", (rounds,)), f"{name}z"
        before = Access(Array(z, "local", (rounds, 2)), 0, (2, 1))
        axes, turn = (rounds, 2), (1, -1) if self.number(0, 1) else (0, 1)
        known = Access(s, turn[0], (2, turn[1]))
        terms = (Term((), (known, self.read(axes)), 0.5), Term((), (self.read(axes),), 0.5))
        body = (
            Sum(axes, before, terms),
            Map((rounds,), Access(u, 0, (1,)), "sin", (Access(before.array, 1, (2,)),)),
            Map(axes, Access(s, 2, (2, 1)), "add", (before, Access(u, 0, (1, 0)))),
        )
        self.statements += [self.map((2,), Access(s, 0, (1,))), Loop(rounds, body)]
        self.arrays += [s, u, before.array]

    def program(self) -> Program:
        """Return a program with two outputs, which read all over the place."""
        for _ in range(self.number(1, 5)):
            self.add()
        out = Array("out", "output", (2, 2))
        last: list[Statement] = [self.sum((2,), Access(out, row, (2,))) for row in (0, 1)]
        return Program((*self.statements, *last), self.arguments, out)


def outputs(program: Program, given_numbers: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return a program's outputs."""
    executable = compile_numpy(program)
    fill(executable, given_numbers, program.arguments)
    executable.run()
    return executable.view(program.output)


@settings(max_examples=150)
@given(data=st.data())
def test_gradients_of_random_programs(data: st.DataObject) -> None:
    """Whatever the accesses: the derived program is well-formed, can be printed, and its gradients are slopes."""
    program = Builder(data.draw).program()
    verify(program)
    derived = derive(program, seeds=True)
    verify(derived)
    assert text(derived)
    given_numbers = {name: np.tanh(x) for name, x in numbers(program).items()}
    seed = np.array([1.0, -0.5, 0.25, 2.0])
    executable = compile_numpy(derived)
    fill(executable, given_numbers, program.arguments)
    assert derived.seed is not None
    executable.view(derived.seed)[:] = seed
    executable.run()
    assert np.array_equal(executable.view(derived.output), outputs(program, given_numbers))
    # Along one random direction: the slope of Σ seed · output.
    way = {a: np.random.default_rng(3).normal(size=a.size) for a in derived.gradients}
    found = sum(float(executable.view(g) @ way[a]) for a, g in derived.gradients.items())

    def at(h: float) -> float:
        moved = {a.name: given_numbers[a.name] + h * step for a, step in way.items()}
        return float(seed @ outputs(program, given_numbers | moved))

    slope = (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP)
    largest = max(1.0, *(float(np.abs(executable.view(g)).max()) for g in derived.gradients.values()))
    assert abs(found - slope) <= 1e-6 * largest + 1e-9 * abs(float(at(0.0)))
