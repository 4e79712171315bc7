"""The array program: what the compiler makes of a scalar graph, and what every backend executes.

A program is a list of statements over arrays of numbers. A statement is a loop nest: `axes` says how often each loop
runs, the outermost first, and each `Access` says which element of an array it touches at a point of the nest,

    element = offset + Σ strides[k] · i[k]

so that a stride of 0 is a broadcast. Where elements follow no such rule, the position so computed is looked up in a
table of elements (a gather). Elements are numbered as the trace made them; how they lie in memory is up to a backend.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BAD_INDEX = "take() got an index that is no row: give whole numbers from 0 to the number of rows less 1"

Role = Literal["input", "parameter", "seed", "constant", "local", "output", "gradient"]


@dataclass(frozen=True, eq=False, slots=True)
class Array:
    """A row of numbers, or a table of them: an operand or a result of statements.

    Attributes:
        name: what the printer calls it, unique in a program.
        role: who fills it. The caller fills inputs, parameters and seeds (the gradients of the outputs, from which the
            backward part starts), and reads outputs and gradients; constants carry their numbers; the rest is local.
        shape: extents, the outermost first; elements are numbered row by row.
        data: the numbers of a constant, in that order.
    """

    name: str
    role: Role
    shape: tuple[int, ...]
    data: NDArray[np.float64] | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True, eq=False, slots=True)
class Access:
    """The element of an array that a statement reads or writes at each point of its loop nest.

    Attributes:
        array: the array.
        offset: position of the first element.
        strides: how far each loop of the nest moves on, one number for each.
        table: elements by position, where they follow no rule; else the position is the element.
        index: a number of the program chooses among `count` elements that lie `step` apart.
        step: see index.
        count: see index. An index other than 0, 1, ... count - 1 is an error when the program runs.
    """

    array: Array
    offset: int
    strides: tuple[int, ...]
    table: NDArray[np.int64] | None = None
    index: Access | None = None
    step: int = 0
    count: int = 0


Operand: TypeAlias = Access | float


@dataclass(frozen=True, eq=False, slots=True)
class Map:
    """Apply a row of the ops table at every point: out = op(operands).

    Attributes:
        axes: extents of the loop nest.
        out: what is written; no element twice.
        op: name of a row with a fixed number of operands.
        operands: what is read, or a number that is the same everywhere.
        parameter: the constant of the row, where it has one.
    """

    axes: tuple[int, ...]
    out: Access
    op: str
    operands: tuple[Operand, ...]
    parameter: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """A part of a sum: coefficient · Σ over `extents` of the product of the factors.

    Attributes:
        extents: how often each loop of the summation runs; empty for a plain product.
        factors: what is multiplied, one to three; strides are over the axes of the statement, then over `extents`.
        coefficient: a constant.
    """

    extents: tuple[int, ...]
    factors: tuple[Access, ...]
    coefficient: float = 1.0


@dataclass(frozen=True, eq=False, slots=True)
class Sum:
    """Add up: out = Σ terms, or out += Σ terms. Without terms and without accumulation: out = 0.

    Attributes:
        axes: extents of the loop nest.
        out: what is written. An accumulating sum may touch an element more than once, and then adds each time.
        terms: what is added.
        accumulate: whether to add to what is there.
    """

    axes: tuple[int, ...]
    out: Access
    terms: tuple[Term, ...]
    accumulate: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Top:
    """Take the largest: out = the maximum over `extents` and over the operands; nan if one of them is nan.

    Attributes:
        axes: extents of the loop nest.
        out: what is written; no element twice.
        operands: pairs of the extents to go over and what is read, with strides over the axes, then over the extents.
    """

    axes: tuple[int, ...]
    out: Access
    operands: tuple[tuple[tuple[int, ...], Access], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Loop:
    """Run statements in order, again and again: a recurrence, where a round reads what earlier rounds wrote.

    Attributes:
        extent: number of rounds; the first axis of every statement in the body.
        body: the statements of a round, each run at the round's place of its first axis.
        reverse: whether the rounds run from the last to the first.
    """

    extent: int
    body: tuple[Map | Sum | Top, ...]
    reverse: bool = False


Statement: TypeAlias = Map | Sum | Top | Loop


@dataclass(frozen=True, eq=False, slots=True)
class Program:
    """An array program.

    Attributes:
        statements: what to run, in this order.
        arguments: the arrays that the caller fills.
        output: the array of the results, one number for each.
        gradients: by argument, the array with the gradient of Σ seed · output; empty without a backward part.
        seed: the array of the seeds, one for each output; None where it is 1 for the only output.
        nodes: number of scalar operations that the forward part stands for.
    """

    statements: tuple[Statement, ...]
    arguments: tuple[Array, ...]
    output: Array
    gradients: dict[Array, Array] = field(default_factory=dict)
    seed: Array | None = None
    nodes: int = 0

    def __str__(self) -> str:
        from micrograd.compiler.printer import text  # noqa: PLC0415  # it is built on this module

        return text(self)


def accesses(statement: Map | Sum | Top) -> list[tuple[tuple[int, ...], Access]]:
    """Return what a statement reads, each with the extents that its strides go over; indices of accesses too."""
    if isinstance(statement, Map):
        found = [(statement.axes, x) for x in statement.operands if isinstance(x, Access)]
    elif isinstance(statement, Sum):
        found = [(statement.axes + term.extents, x) for term in statement.terms for x in term.factors]
    else:
        found = [(statement.axes + extents, x) for extents, x in statement.operands]
    chosen = [(axes, x.index) for axes, x in found if x.index is not None]
    chosen += [(statement.axes, statement.out.index)] if statement.out.index is not None else []
    return found + chosen


def straight(statements: tuple[Statement, ...]) -> list[Map | Sum | Top]:
    """Return all statements in order, those inside of loops too."""
    flat: list[Map | Sum | Top] = []
    for statement in statements:
        flat += statement.body if isinstance(statement, Loop) else [statement]
    return flat
