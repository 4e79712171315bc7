"""Which statements share a loop nest: the statements of a program, grouped into kernels.

A statement joins a kernel that has the same axes when, at every point of the nest, it needs of what the kernel wrote
only what was written at that very point. What nothing outside of its kernel reads is then never stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from micrograd.compiler.native.axes import coordinates
from micrograd.compiler.native.fusion import Footprint, in_step, is_private, revisited, tangled
from micrograd.compiler.native.order import dependencies
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


class _Group:
    """The kernel at hand: which statements it has, and which arrays it writes that some others still read.

    Args:
        readers: for every array that need not be stored for others, the statements that read it.
        outer: how many axes, the first ones, are loops around all statements.
    """

    def __init__(self, readers: dict[Array, set[int]], outer: int) -> None:
        self.readers, self.last = readers, -1
        self.members: set[int] = set()
        self.footprint = Footprint(outer)
        self.left: dict[Array, set[int]] = {}  # readers that are not in the kernel, of what it writes
        self.spares: set[int] = set()  # statements with which no other one is left

    def join(self, k: int, statement: Plain) -> None:
        """Let a statement join."""
        self.members.add(k)
        self.last = max(self.last, k)
        self.footprint.add(statement)
        out = statement.out.array
        if out in self.readers and out not in self.left:
            self.left[out] = self.readers[out] - self.members
        for array in {out, *(x.array for _, x in accesses(statement))} & self.left.keys():
            self.left[array].discard(k)
            if len(self.left[array]) == 1:
                self.spares |= self.left[array]


class _Scheduler:
    """Grouping: statements are taken in order, and those join the kernel at hand that can and whose turn may come."""

    def __init__(self, statements: tuple[Statement, ...], kept: frozenset[Array], outer: int) -> None:
        self.statements, self.kept, self.outer = statements, kept, outer
        self.waiting, self.after = dependencies(statements)
        self.readers = _readers(statements)
        self.inner = {array: readers for array, readers in self.readers.items() if self._is_inner(array)}
        self.done: set[int] = set()

    def run(self) -> list[Kernel | Rounds]:
        """Return the kernels."""
        found: list[Kernel | Rounds] = []
        for k, statement in enumerate(self.statements):  # what the first one that is left depends on is done
            if k in self.done:
                continue
            if isinstance(statement, Loop):
                self._finish(k)
                found.append(self._rounds(k, statement))
            else:
                found.append(self._kernel(k, statement))
        return found

    def _finish(self, k: int) -> None:
        """Note that a statement has its place."""
        self.done.add(k)
        for later in self.after[k]:
            self.waiting[later] -= 1

    def _kernel(self, k: int, statement: Plain) -> Kernel:
        """Return the kernel that a statement opens, with all that can join."""
        kernel, group = Kernel(statement.axes, self.outer), _Group(self.inner, self.outer)
        joining: int | None = k
        while joining is not None:
            found = self.statements[joining]
            assert not isinstance(found, Loop)
            kernel.statements.append(found)
            group.join(joining, found)
            self._finish(joining)
            joining = self._next(group)
        written = {inner.out.array for inner in kernel.statements}
        kernel.stored = {array for array in written if array not in group.left or group.left[array]}
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

    def _next(self, group: _Group) -> int | None:
        """Return the next statement that joins a kernel: the next in order, or one that spares storing an array."""
        group.spares -= self.done
        for k in sorted(group.spares | {group.last + 1}):
            if k >= len(self.statements) or k in self.done or self.waiting[k]:
                continue
            statement = self.statements[k]
            if not isinstance(statement, Loop) and group.footprint.fits(statement):
                return k
            group.spares.discard(k)  # what a kernel has only grows, so it never will
        return None

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
