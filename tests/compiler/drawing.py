"""Random array programs of every shape that a backend has to serve, for the tests that compare backends.

Programs come in two kinds. In whole numbers everything is exact, so that backends must agree in every bit, at kinks
too; in smooth rows they agree to rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.nest import row_major
from micrograd.compiler.program import Access, Array, Loop, Map, Program, Sum, Term, Top

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.program import Operand, Statement

    Axes = tuple[int, ...]

LARGEST = 1e4  # of a number in a program of whole numbers; what may exceed it is cut off
CHOICES = 3  # rows that an index chooses among


@dataclass(frozen=True)
class Kind:
    """A kind of program.

    Attributes:
        rows: names of rows and their numbers of operands.
        parameters: what the constants of rows are drawn from.
        squash: rows that keep numbers small, one after the other, with their second operand, if any.
    """

    rows: dict[str, int]
    parameters: dict[str, tuple[float, ...]]
    squash: tuple[tuple[str, tuple[float, ...]], ...]


WHOLE = Kind(
    {
        "copy": 1, "neg": 1, "abs": 1, "relu": 1, "leaky_relu": 1, "step": 1, "detach": 1, "powc": 1, "add": 2,
        "sub": 2, "mul": 2, "maximum": 2, "minimum": 2, "less": 2, "equal": 2, "where": 3,
    },
    {"leaky_relu": (0.0, 2.0), "step": (0.0, 1.0), "powc": (0.0, 1.0, 2.0, 3.0)},
    (("maximum", (-2.0,)), ("minimum", (2.0,))),
)  # fmt: skip
SMOOTH = Kind(
    {
        "copy": 1, "neg": 1, "sin": 1, "cos": 1, "atan": 1, "tanh": 1, "sigmoid": 1, "softplus": 1, "gelu": 1,
        "erf": 1, "detach": 1, "powc": 1, "add": 2, "sub": 2, "mul": 2,
    },
    {"powc": (2.0, 3.0)},
    (("tanh", ()),),
)  # fmt: skip


class Drawing:
    """Draws a program, statement by statement; every statement may read any array that is there.

    Args:
        number: draws a whole number between two, which it may be too.
        kind: the rows to draw from.
        widest: the largest extent of a loop; 0 for programs of single numbers, without loops.
        rounds: whether there are recurrences.
    """

    def __init__(self, number: Callable[[int, int], int], kind: Kind, widest: int = 3, *, rounds: bool = True) -> None:
        self.number, self.kind, self._with_rounds = number, kind, rounds
        self.sizes = (1, 2, 3, number(1, widest)) if widest else ()
        self.statements: list[Statement] = []
        self.arguments: list[Array] = []
        self._index: Array | None = None
        self._arrays: list[Array] = []
        self._bounds: dict[Array, float] = {}
        self._count = 0

    def program(self, parts: int = 1, longest: int = 5) -> Program:
        """Return a program of independent parts, each with arguments and two outputs of its own."""
        out = Array("out", "output", (parts, 2))
        for part in range(parts):
            self._begin()
            for _ in range(self.number(1, longest)):
                self._add()
            for k in range(2):
                self.statements.append(self._sum((), Access(out, 2 * part + k, ())))
        return Program(tuple(self.statements), tuple(self.arguments), out)

    def _begin(self) -> None:
        """Make the arguments of a part, which reads nothing else."""
        shapes: dict[str, Axes] = {"p": (), "q": (), "x": ()}
        if self.sizes:
            shapes = {"p": (3, 2), "q": self.sizes[3:], "x": (2, 2), "i": (CHOICES,)}
        roles = {"p": "parameter", "q": "parameter", "x": "input", "i": "input"}
        arguments = [Array(self._name(n), roles[n], shape) for n, shape in shapes.items()]  # type: ignore[arg-type]
        self._index = arguments[-1]
        self._arrays = arguments[: len("pqx")]
        self._bounds = dict.fromkeys(arguments, 3.0)
        self.arguments += arguments

    def _name(self, start: str) -> str:
        """Return a name that no other array has."""
        self._count += 1
        return f"{start}{self._count}"

    def _new(self, *shape: int) -> Array:
        """Return a new array."""
        return Array(self._name("a"), "local", shape)

    def _axes(self, low: int, high: int) -> Axes:
        """Return the extents of some loops."""
        if not self.sizes:
            return ()
        return tuple(self.sizes[self.number(0, 3)] for _ in range(self.number(low, high)))

    def _one_of(self, xs: list[Array]) -> Array:
        return xs[self.number(0, len(xs) - 1)]

    def _read(self, axes: Axes) -> Access:
        """Return an access that stays inside of some array: along its axes, in strides, by a table or an index."""
        array = self._one_of(self._arrays)
        kind = self.number(0, 5) if self.sizes else 1
        fitting = [a for a in self._arrays if a.shape == axes]
        if kind in {0, 3} and fitting:
            array = self._one_of(fitting)
            return Access(array, 0, row_major(axes))
        if kind == 4 and array.size >= CHOICES:
            return self._chosen(array, axes)
        if kind == 5:
            reach = math.prod(axes)
            table = np.array([self.number(0, array.size - 1) for _ in range(reach)], dtype=np.int64)
            return Access(array, 0, row_major(axes), table=table)
        access, _ = self._strided(array, axes, array.size - 1)
        if kind == 2 and axes:
            turned = access.strides[0] * (axes[0] - 1)
            return replace(access, offset=access.offset + turned, strides=(-access.strides[0], *access.strides[1:]))
        return access

    def _strided(self, array: Array, axes: Axes, room: int) -> tuple[Access, int]:
        """Return an access of any strides that reaches `room` elements far at most, and what is left of these."""
        strides = []
        for extent in axes:
            strides.append(self.number(0, room // max(extent - 1, 1)))
            room -= strides[-1] * (extent - 1)
        offset = self.number(0, room)
        return Access(array, offset, tuple(strides)), room - offset

    def _chosen(self, array: Array, axes: Axes) -> Access:
        """Return an access to one of a few rows, which an index chooses when the program runs."""
        assert self._index is not None
        step = self.number(1, (array.size - 1) // (CHOICES - 1))
        access, _ = self._strided(array, axes, array.size - 1 - step * (CHOICES - 1))
        index, _ = self._strided(self._index, axes, CHOICES - 1)
        if self.number(0, 2) == 0:
            table = np.array([self.number(0, array.size - 1) for _ in range(array.size)], dtype=np.int64)
            access = replace(access, table=table)
        return replace(access, index=index, step=step, count=CHOICES)

    def _sum(self, axes: Axes, out: Access, *, accumulate: bool = False) -> Sum:
        """Return a sum of random terms."""
        terms = []
        for _ in range(self.number(1, 3)):
            inner = self._axes(0, 2)
            factors = tuple(self._read(axes + inner) for _ in range(self.number(1, 3)))
            terms.append(Term(inner, factors, (1.0, -1.0, 2.0)[self.number(0, 2)]))
        reach = sum(
            abs(term.coefficient) * math.prod(term.extents) * math.prod(self._bounds[x.array] for x in term.factors)
            for term in terms
        )
        self._bounds[out.array] = self._bounds.get(out.array, 0.0) + reach
        return Sum(axes, out, tuple(terms), accumulate)

    def _map(self, axes: Axes, out: Access) -> Map:
        """Return a random row of random operands, sometimes a number among them."""
        names = sorted(self.kind.rows)
        op = names[self.number(0, len(names) - 1)]
        operands: list[Operand] = [self._read(axes) for _ in range(self.kind.rows[op])]
        if len(operands) > 1 and self.number(0, 3) == 0:
            operands[-1] = float(self.number(-2, 2))
        parameters = self.kind.parameters.get(op)
        parameter = None if parameters is None else parameters[self.number(0, len(parameters) - 1)]
        bounds = [self._bounds[x.array] if isinstance(x, Access) else 2.0 for x in operands]
        reach = {"mul": math.prod(bounds), "powc": bounds[0] ** 3 + 1.0}.get(op, 2.0 * sum(bounds) + 1.0)
        self._bounds[out.array] = max(reach, self._bounds.get(out.array, 0.0))
        return Map(axes, out, op, tuple(operands), parameter)

    def _add(self) -> None:
        """Append one array and what computes it."""
        steps = (self._walk, self._walk, self._walk, self._turned, self._halves, self._scatter, self._top, self._loop)
        made = steps[self.number(0, len(steps) - 1) if self.sizes else 0]()
        for array in made:
            self._arrays.append(array if self._bounds[array] <= LARGEST else self._squashed(array))

    def _any(self, axes: Axes, out: Access) -> Statement:
        """Return a map or a sum."""
        return self._map(axes, out) if self.number(0, 1) else self._sum(axes, out)

    def _walk(self) -> list[Array]:
        """Append a statement that fills an array in order, and sums that add to it."""
        array = self._new(*self._axes(0, 2))
        out = Access(array, 0, row_major(array.shape))
        self.statements.append(self._any(array.shape, out))
        for _ in range(self.number(0, 1)):
            self.statements.append(self._sum(array.shape, out, accumulate=True))
        return [array]

    def _turned(self) -> list[Array]:
        """Append a statement that fills a table column by column."""
        m, n = self.sizes[self.number(0, 3)], self.sizes[self.number(0, 3)]
        array = self._new(m, n)
        self.statements.append(self._any((n, m), Access(array, 0, (1, n))))
        return [array]

    def _halves(self) -> list[Array]:
        """Append two statements that fill an array together: one its first rows, the other those behind."""
        k, m, n = (self.sizes[self.number(0, 3)] for _ in range(3))
        array = self._new(k + m, n)
        self.statements.append(self._any((k, n), Access(array, 0, (n, 1))))
        self.statements.append(self._any((m, n), Access(array, k * n, (n, 1))))
        return [array]

    def _scatter(self) -> list[Array]:
        """Append a sum that adds to elements of an array any number of times."""
        array = self._new(*self._axes(1, 2))
        self.statements.append(Sum(array.shape, Access(array, 0, row_major(array.shape)), ()))
        axes = self._axes(1, 2)
        self._arrays.append(array)  # only to draw where to write
        out = self._targets(array, axes)
        self._arrays.pop()
        adding = self._sum(axes, out, accumulate=True)
        self._bounds[array] *= math.prod(axes)
        self.statements.append(adding)
        return [array]

    def _targets(self, array: Array, axes: Axes) -> Access:
        """Return an access that touches elements again and again: in strides, by a table or by an index."""
        kind = self.number(0, 2)
        if kind == 0:
            return self._strided(array, axes, array.size - 1)[0]
        if kind == 1 and array.size >= CHOICES:
            return self._chosen(array, axes)
        table = np.array([self.number(0, array.size - 1) for _ in range(math.prod(axes))], dtype=np.int64)
        return Access(array, 0, row_major(axes), table=table)

    def _top(self) -> list[Array]:
        """Append a maximum over loops and operands."""
        array = self._new(*self._axes(0, 2))
        operands = []
        for _ in range(self.number(1, 2)):
            inner = self._axes(0, 1)
            operands.append((inner, self._read(array.shape + inner)))
        self.statements.append(Top(array.shape, Access(array, 0, row_major(array.shape)), tuple(operands)))
        self._bounds[array] = max(self._bounds[x.array] for _, x in operands)
        return [array]

    def _squashed(self, array: Array) -> Array:
        """Append what cuts the numbers of an array to small ones, and return these."""
        for op, others in self.kind.squash:
            smaller = self._new(*array.shape)
            walk = row_major(array.shape)
            operands: tuple[Operand, ...] = (Access(array, 0, walk), *others)
            self.statements.append(Map(array.shape, Access(smaller, 0, walk), op, operands))
            array = smaller
        self._bounds[array] = 2.0
        return array

    def _loop(self) -> list[Array]:
        """Append a recurrence over a state of a few numbers: each round squashes a sum over the one before."""
        rounds, n, reverse = self.number(1, 4), self.sizes[self.number(0, 3)], bool(self.number(0, 1))
        state, first, last = self._new(rounds + 1, n), (rounds if reverse else 0) * n, n * (not reverse)
        known = Access(state, n - last, (n, 1))
        across = Access(state, n - last, (n, 0, 1))
        axes = (rounds, n)
        terms = [Term((), (known, self._read(axes))), Term((), (self._read(axes),))]
        if self.number(0, 1):
            terms.append(Term((n,), (across, self._read((*axes, n)))))
        part = self._new(rounds, n)
        walk = Access(part, 0, (n, 1))
        body: list[Map | Sum | Top] = [Sum(axes, walk, tuple(terms))]
        for k, (op, others) in enumerate(self.kind.squash, start=1):
            is_last = k == len(self.kind.squash)
            out = Access(state, last, (n, 1)) if is_last else Access(self._new(rounds, n), 0, (n, 1))
            body.append(Map(axes, out, op, (walk, *others)))
            walk = out
        start = Map(
            (n,), Access(state, first, (1,)), self.kind.squash[0][0], (self._read((n,)), *self.kind.squash[0][1])
        )
        self.statements += [start, Loop(rounds, tuple(body), reverse)]
        self._bounds[state] = LARGEST if len(self.kind.squash) > 1 else 1.0
        return [state]
