"""The NumPy backend: executes an array program statement by statement. Every other backend is held against it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided

from micrograd.compiler.nest import elements, is_injective, moving, places
from micrograd.compiler.program import BAD_INDEX, Access, Loop, Map, Sum
from micrograd.compiler.rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import EllipsisType

    from numpy.typing import NDArray

    from micrograd.compiler.nest import Simple
    from micrograd.compiler.program import Array, Operand, Program, Term, Top

    Numbers: TypeAlias = NDArray[Any]
    Round: TypeAlias = tuple[EllipsisType] | tuple[int, EllipsisType]  # what to cut from an array with all rounds
    Reader: TypeAlias = Callable[[Round], Numbers]
    Writer: TypeAlias = Callable[[Round, Numbers], None]
    Runner: TypeAlias = Callable[[Round], None]


class NumpyExecutable:
    """A program over memory of NumPy arrays, ready to run.

    Attributes:
        program: what it executes.
        address: 0, for there is no machine code.
        arena: 0 likewise.
    """

    address = 0
    arena = 0

    def __init__(self, program: Program, dtype: str) -> None:
        self.program = program
        self._memory = _Memory(np.dtype(dtype))
        for array in (*program.arguments, program.output, *program.gradients.values()):
            self._memory.numbers(array)
        if program.seed is not None:
            self._memory.numbers(program.seed)
        self._runs = [_runner(self._memory, statement) for statement in program.statements]

    def view(self, array: Array) -> Numbers:
        """Return the numbers of an argument, the seed, the output or a gradient, to write or to read."""
        return self._memory.numbers(array)

    def run(self) -> None:
        """Fill outputs and gradients from the arguments.

        Raises:
            IndexError: an index that the program computed is out of range.
        """
        with np.errstate(all="ignore"):
            for run in self._runs:
                run((...,))


def compile_numpy(program: Program, dtype: str = "float64") -> NumpyExecutable:
    """Return a program made ready for NumPy.

    Args:
        program: a program that `verify` accepts.
        dtype: what to compute in, "float64" or "float32".
    """
    return NumpyExecutable(program, dtype)


class _Memory:
    """The numbers of every array of a program, and ways to reach them."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._arrays: dict[Array, Numbers] = {}

    def numbers(self, array: Array) -> Numbers:
        """Return an array's numbers in a row, zeros at first; a constant's own."""
        if array not in self._arrays:
            data = np.zeros(array.size) if array.data is None else np.ravel(array.data)
            self._arrays[array] = np.array(data, dtype=self.dtype)
        return self._arrays[array]

    def reader(self, axes: tuple[int, ...], access: Access, loops: Sequence[int] | None = None) -> Reader:
        """Return what fetches the numbers that an access touches.

        Args:
            axes: the extents of the nest.
            access: what to read.
            loops: the loops that the result keeps as axes; all unless given. The access ignores the others.
        """
        numbers = self.numbers(access.array)
        if access.table is None and access.index is None:
            view = self._view(axes, access, range(len(axes)) if loops is None else loops)
            return lambda at: view[at]
        where = self._finder(axes, access, range(len(axes)) if loops is None else loops)
        return lambda at: numbers[where(at)]

    def writer(self, axes: tuple[int, ...], access: Access, *, accumulate: bool = False) -> Writer:
        """Return what stores numbers where an access points, or adds them to what is there."""
        numbers, loops = self.numbers(access.array), range(len(axes))
        plain = access.table is None and access.index is None
        if accumulate and not is_injective(axes, access):
            where = self._finder(axes, access, loops)
            return lambda at, x: np.add.at(numbers, where(at), x.astype(self.dtype))
        view = self._view(axes, access, loops) if plain else np.empty(0)
        if plain:
            return (lambda at, x: _add(view[at], x)) if accumulate else (lambda at, x: _set(view[at], x))
        where = self._finder(axes, access, loops)
        if accumulate:
            return lambda at, x: _add_at(numbers, where(at), x)
        return lambda at, x: numbers.__setitem__(where(at), x)

    def _view(self, axes: tuple[int, ...], access: Access, loops: Sequence[int]) -> Numbers:
        """Return the elements of an affine access as a view with one axis for each of the loops."""
        start = self.numbers(access.array)[access.offset :]
        steps = [access.strides[k] * self.dtype.itemsize for k in loops]
        return as_strided(start, [axes[k] for k in loops], steps)

    def _finder(
        self, axes: tuple[int, ...], access: Access, loops: Sequence[int]
    ) -> Callable[[Round], NDArray[np.int64]]:
        """Return what computes the elements that an access touches, with one axis for each of the loops."""
        extents = tuple(axes[k] for k in loops)
        strides = tuple(access.strides[k] for k in loops)
        base = Access(access.array, access.offset, strides, access.table if access.index is None else None)
        if access.index is None:
            fixed = np.broadcast_to(elements(extents, base)[..., 0], extents)
            return lambda at: fixed[at]
        start = np.broadcast_to(places(extents, base), extents)
        index = self.reader(axes, access.index, loops)
        table, step, count = access.table, access.step, access.count

        def find(at: Round) -> NDArray[np.int64]:
            place = start[at] + step * _whole(index(at), count)
            return place if table is None else table[place]

        return find


def _set(view: Numbers, x: Numbers) -> None:
    """Store numbers in a view."""
    view[...] = x


def _add(view: Numbers, x: Numbers) -> None:
    """Add numbers to a view that shows no element twice."""
    view += x


def _add_at(numbers: Numbers, where: NDArray[np.int64], x: Numbers) -> None:
    """Add numbers at places that hold no element twice."""
    numbers[where] += x


def _whole(index: Numbers, count: int) -> NDArray[np.int64]:
    """Return computed indices as whole numbers.

    Raises:
        IndexError: one of them is out of range, or no whole number.
    """
    if not np.all((index >= 0.0) & (index < count) & (index == np.trunc(index))):
        raise IndexError(BAD_INDEX)
    return index.astype(np.int64)


def _runner(memory: _Memory, statement: Simple | Loop) -> Runner:
    """Return a statement as a function, with everything looked up that does not depend on the numbers."""
    if isinstance(statement, Loop):
        body = [_simple(memory, simple, loops=1) for simple in statement.body]
        rounds = range(statement.extent)
        return _repeated(body, rounds[::-1] if statement.reverse else rounds)
    return _simple(memory, statement, loops=0)


def _repeated(body: list[Runner], rounds: range) -> Runner:
    """Return a function that runs all statements for each round."""

    def run(_at: Round) -> None:
        for number in rounds:
            for simple in body:
                simple((number, ...))

    return run


def _simple(memory: _Memory, statement: Simple, loops: int) -> Runner:
    """Return a statement's function; the first `loops` axes (none or one) are rounds of a loop."""
    if isinstance(statement, Map):
        compute = _map(memory, statement)
    elif isinstance(statement, Sum):
        compute = _sum(memory, statement, loops)
    else:
        compute = _top(memory, statement, loops)
    accumulate = isinstance(statement, Sum) and statement.accumulate
    write = memory.writer(statement.axes, statement.out, accumulate=accumulate)
    return lambda at: write(at, compute(at))


def _map(memory: _Memory, statement: Map) -> Reader:
    """Return what computes a row at every point."""
    row = ROWS[statement.op]
    given = (*statement.operands, *(() if statement.parameter is None else (statement.parameter,)))
    readers = [_operand(memory, statement.axes, x) for x in given]
    return lambda at: row(*(read(at) for read in readers))


def _operand(memory: _Memory, axes: tuple[int, ...], operand: Operand) -> Reader:
    """Return what fetches an operand of a map."""
    if isinstance(operand, Access):
        return memory.reader(axes, operand)
    number = np.array(operand, dtype=memory.dtype)
    return lambda _at: number


def _top(memory: _Memory, statement: Top, loops: int) -> Reader:
    """Return what takes the largest over the extents, then over the operands; nan wins both times."""
    inner = len(statement.axes) - loops
    readers = [memory.reader(statement.axes + extents, access) for extents, access in statement.operands]

    def compute(at: Round) -> Numbers:
        tops = [x.max(axis=tuple(range(inner, x.ndim))) for x in (read(at) for read in readers)]
        result: Numbers = np.maximum.reduce(np.broadcast_arrays(*tops))
        return result

    return compute


def _sum(memory: _Memory, statement: Sum, loops: int) -> Reader:
    """Return what adds up the terms."""
    shape = statement.axes[loops:]
    terms = [_term(memory, statement.axes, term, loops) for term in statement.terms]

    def compute(at: Round) -> Numbers:
        total = np.zeros(shape, dtype=memory.dtype)
        for term in terms:
            total += term(at)
        return total

    return compute


def _term(memory: _Memory, axes: tuple[int, ...], term: Term, loops: int) -> Reader:
    """Return what computes a term, in one call of `einsum`; loops in which no factor moves are left out of it."""
    nest = axes + term.extents
    moves = [[k for k in moving(nest, x) if k >= loops] for x in term.factors]
    readers = [memory.reader(nest, x, [*range(loops), *ks]) for x, ks in zip(term.factors, moves, strict=True)]
    used = {k for ks in moves for k in ks}
    kept = [k for k in range(loops, len(axes)) if k in used]
    idle = math.prod(nest[k] for k in range(len(axes), len(nest)) if k not in used)
    shape = tuple(nest[k] if k in used else 1 for k in range(loops, len(axes)))
    scale = memory.dtype.type(term.coefficient * idle)

    def compute(at: Round) -> Numbers:
        pairs = [part for read, ks in zip(readers, moves, strict=True) for part in (read(at), ks)]
        total: Numbers = np.einsum(*pairs, kept)
        scaled: Numbers = total.reshape(shape) * scale
        return scaled

    return compute
