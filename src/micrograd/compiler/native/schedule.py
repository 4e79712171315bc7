"""Which statements share a loop nest: the statements of a program, grouped into kernels.

A statement joins a kernel that has the same axes when, at every point of the nest, it needs of what the kernel wrote
only what was written at that very point. What nothing outside of its kernel reads is then never stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from micrograd.compiler.native.axes import coordinates
from micrograd.compiler.native.fusion import are_apart, fits, in_step, is_private, revisited, tangled
from micrograd.compiler.nest import row_major
from micrograd.compiler.program import (
    Access,
    Array,
    Loop,
    Map,
    Program,
    Statement,
    Sum,
    Term,
    accesses,
    straight,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.native.fusion import Plain


@dataclass
class Kernel:
    """Statements that share a loop nest.

    Attributes:
        axes: extents of the nest.
        outer: how many of them, the first ones, are loops around other kernels too.
        statements: what is computed at each point, in this order.
        stored: the arrays whose elements are kept in memory.
        tangled: the arrays of which one access may touch what another did: they are read and written at once.
    """

    axes: tuple[int, ...]
    outer: int = 0
    statements: list[Plain] = field(default_factory=list)
    stored: set[Array] = field(default_factory=set)
    tangled: set[Array] = field(default_factory=set)


@dataclass(frozen=True, eq=False, slots=True)
class Blocks(Loop):
    """A loop whose rounds are pieces of a longer loop: none reads what another wrote, and all may add to one array."""


@dataclass(frozen=True)
class Rounds:
    """Kernels that run one after the other, again and again.

    Attributes:
        extent: number of rounds; the first axis of every kernel.
        bodies: the kernels of a round.
        reverse: whether the rounds run from the last to the first.
        pieces: whether no round reads what another wrote.
    """

    extent: int
    bodies: list[Kernel]
    reverse: bool
    pieces: bool = False


def packed(program: Program, width: int) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """Return copies of the inputs that have axes, whose layout may be chosen, and the statements that read these.

    Where a statement runs along the rows of an input as they are, in vectors of `width` numbers, it reads the input.
    """
    flat = straight(program.statements)
    reads = [(extents, x) for statement in flat for extents, x in accesses(statement)]
    copies: dict[Array, Array] = {}
    for array in program.arguments:
        mine = [(extents, x) for extents, x in reads if x.array is array]
        keeps = all(x.table is not None or coordinates(x, extents) is not None for extents, x in mine)
        if array.role == "input" and len(array.shape) > 1 and mine and keeps:
            copies[array] = Array(f"{array.name}.packed", "local", array.shape)
    first = tuple(_copy(array, copy) for array, copy in copies.items())
    return first, tuple(_redirected(statement, copies, width) for statement in program.statements)


def _copy(array: Array, copy: Array) -> Map:
    """Return the statement that copies an array."""
    strides = row_major(array.shape)
    return Map(array.shape, Access(copy, 0, strides), "copy", (Access(array, 0, strides),))


def _redirected(statement: Statement, copies: dict[Array, Array], width: int) -> Statement:
    """Return a statement that reads the copies instead of the arrays."""

    def other(access: Access) -> Access:
        if isinstance(statement, Sum) and _runs_along(statement, access, width):
            return access
        index = None if access.index is None else other(access.index)
        return replace(access, array=copies.get(access.array, access.array), index=index)

    if isinstance(statement, Loop):
        body = [_redirected(inner, copies, width) for inner in statement.body]
        return replace(statement, body=tuple(inner for inner in body if not isinstance(inner, Loop)))
    if isinstance(statement, Map):
        return replace(statement, operands=tuple(other(x) if isinstance(x, Access) else x for x in statement.operands))
    if isinstance(statement, Sum):
        return replace(statement, terms=tuple(_term(term, other) for term in statement.terms))
    return replace(statement, operands=tuple((extents, other(x)) for extents, x in statement.operands))


def _runs_along(statement: Sum, access: Access, width: int) -> bool:
    """Tell whether a sum goes along the rows of what it reads and of what it writes, in one and the same loop."""
    steps = zip(statement.axes, statement.out.strides, access.strides, strict=False)
    return statement.out.array.role != "local" and any(n >= width and a == b == 1 for n, a, b in steps)


def _term(term: Term, other: Callable[[Access], Access]) -> Term:
    """Return a term with each factor replaced by what `other` gives for it."""
    return replace(term, factors=tuple(other(x) for x in term.factors))


def kernels(
    statements: tuple[Statement, ...], kept: frozenset[Array] = frozenset(), outer: int = 0
) -> list[Kernel | Rounds]:
    """Return the statements as kernels, in an order that keeps every read after the writes it depends on.

    Args:
        statements: what to group.
        kept: local arrays that others read.
        outer: how many axes, the first ones, are loops around all statements.
    """
    return _Scheduler(statements, kept, outer).run()


class _Scheduler:
    """Grouping: statements whose predecessors are done are taken in order, and join the kernel at hand if they can."""

    def __init__(self, statements: tuple[Statement, ...], kept: frozenset[Array], outer: int) -> None:
        self.statements, self.kept, self.outer = statements, kept, outer
        self.waiting, self.after = dependencies(statements)
        self.readers = _readers(statements)
        self.ready = [k for k, count in enumerate(self.waiting) if count == 0]

    def run(self) -> list[Kernel | Rounds]:
        """Return the kernels."""
        done: list[Kernel | Rounds] = []
        while self.ready:
            k = min(self.ready)
            statement = self.statements[k]
            self._finish(k)
            if isinstance(statement, Loop):
                done.append(self._rounds(k, statement))
            else:
                done.append(self._kernel(k, statement))
        return done

    def _finish(self, k: int) -> None:
        """Note that a statement has its place."""
        self.ready.remove(k)
        for later in self.after[k]:
            self.waiting[later] -= 1
            if self.waiting[later] == 0:
                self.ready.append(later)

    def _kernel(self, k: int, statement: Plain) -> Kernel:
        """Return the kernel that a statement opens, with all that can join."""
        kernel = Kernel(statement.axes, self.outer, [statement])
        members = {k}
        while (joining := self._next(kernel, members)) is not None:
            found = self.statements[joining]
            assert not isinstance(found, Loop)
            kernel.statements.append(found)
            members.add(joining)
            self._finish(joining)
        kernel.stored = {
            statement.out.array
            for statement in kernel.statements
            if not self._is_inner(statement.out.array) or not self.readers[statement.out.array] <= members
        }
        kernel.tangled = set() if is_private(statement, self.outer) else {statement.out.array}
        return kernel

    def _rounds(self, k: int, loop: Loop) -> Rounds:
        """Return a loop, its statements grouped where they follow each other on the same axes."""
        if isinstance(loop, Blocks):
            others = {array for array, readers in self.readers.items() if not readers <= {k}}
            found = kernels(loop.body, frozenset(others), 1)
            return Rounds(
                loop.extent, [kernel for kernel in found if isinstance(kernel, Kernel)], loop.reverse, pieces=True
            )
        knotted = tangled(loop.body)
        outside = {array for array, readers in self.readers.items() if not readers <= {k}}
        inside = {s.out.array for s in loop.body if self._is_inner(s.out.array)} - outside - revisited(loop.body)
        bodies: list[Kernel] = []
        for statement in loop.body:
            if not bodies or not in_step(bodies[-1], statement):
                bodies.append(Kernel(statement.axes, 1, tangled=knotted))
            bodies[-1].statements.append(statement)
        for kernel in bodies:
            kernel.stored = {s.out.array for s in kernel.statements}
            if len(bodies) == 1:
                kernel.stored -= inside
        return Rounds(loop.extent, bodies, loop.reverse)

    def _next(self, kernel: Kernel, members: set[int]) -> int | None:
        """Return the next statement that joins a kernel: the next in order, or one that spares storing an array."""
        for k in sorted(self.ready):
            statement = self.statements[k]
            if isinstance(statement, Loop) or not fits(kernel, statement):
                continue
            follows = k == max(members) + 1
            if follows or self._spares(kernel, statement, members | {k}):
                return k
        return None

    def _spares(self, kernel: Kernel, statement: Plain, members: set[int]) -> bool:
        """Tell whether, with this statement, nothing outside reads some array that the kernel writes."""
        read = {x.array for _, x in accesses(statement)}
        written = {s.out.array for s in kernel.statements if self._is_inner(s.out.array)}
        return any(self.readers[array] <= members for array in read & written)

    def _is_inner(self, array: Array) -> bool:
        """Tell whether an array is of no interest outside of these statements."""
        return array.role == "local" and array not in self.kept


def _readers(statements: tuple[Statement, ...]) -> dict[Array, set[int]]:
    """Return, for every array, the statements that read it."""
    readers: dict[Array, set[int]] = {}
    for k, statement in enumerate(statements):
        for inner in straight((statement,)):
            readers.setdefault(inner.out.array, set())
            for _, access in accesses(inner):
                readers.setdefault(access.array, set()).add(k)
    return readers


def before(statements: tuple[Statement, ...]) -> list[set[int]]:
    """Return, for each statement, the earlier ones that it has to wait for."""
    waits: list[set[int]] = [set() for _ in statements]
    writers: dict[Array, list[tuple[int, Plain]]] = {}
    readers: dict[Array, list[int]] = {}
    for k, statement in enumerate(statements):
        for inner in straight((statement,)):
            for _, access in accesses(inner):
                waits[k].update(j for j, _ in writers.get(access.array, []))
                readers.setdefault(access.array, []).append(k)
            out = inner.out.array
            waits[k].update(readers.get(out, []))
            waits[k].update(j for j, other in writers.get(out, []) if not _commute(inner, other))
            writers.setdefault(out, []).append((k, inner))
        waits[k].discard(k)
    return waits


def _commute(x: Plain, y: Plain) -> bool:
    """Tell whether the order of two writes to an array does not matter: both add, or they never meet."""
    both_add = isinstance(x, Sum) and isinstance(y, Sum) and x.accumulate and y.accumulate
    return both_add or are_apart(x.out, x.axes, y.out, y.axes)


def dependencies(statements: tuple[Statement, ...]) -> tuple[list[int], list[list[int]]]:
    """Return how many statements each one waits for, and which ones wait for it."""
    waits = before(statements)
    after: list[list[int]] = [[] for _ in statements]
    for k, earlier in enumerate(waits):
        for j in earlier:
            after[j].append(k)
    return [len(earlier) for earlier in waits], after
