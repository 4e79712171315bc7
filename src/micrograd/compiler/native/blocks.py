"""Blocks: a long loop that runs through many statements, the samples say, is cut so that a piece stays in the cache.

The statements of a piece run one after the other before the next piece begins, and the arrays that only they use have
room for one piece. What sums over the loop adds up piece by piece.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from micrograd.compiler.native.axes import Classes, Dim, coordinates, gains
from micrograd.compiler.native.order import before
from micrograd.compiler.native.schedule import Blocks
from micrograd.compiler.nest import row_major
from micrograd.compiler.program import Access, Array, Loop, Map, Statement, Sum, Term, accesses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from micrograd.compiler.native.fusion import Plain

_ROOM = 1 << 18  # bytes for the arrays of a piece: a part of the second level of the cache


def blocked(statements: tuple[Statement, ...], itemsize: int, width: int) -> tuple[Statement, ...]:
    """Return statements that do the same in pieces, where their arrays are too large for the cache.

    Args:
        statements: what to cut; with loops among them, they stay as they are.
        itemsize: bytes of a number.
        width: numbers in a vector; a piece has whole vectors.
    """
    plain = [s for s in statements if not isinstance(s, Loop)]
    arrays = {s.out.array for s in plain if s.out.array.role == "local"}
    if len(plain) < len(statements) or sum(a.size for a in arrays) * itemsize <= 2 * _ROOM:
        return statements
    classes = Classes(plain)
    found = gains(plain, classes)
    if not found:
        return statements
    root = max(found, key=lambda dim: found[dim])
    return _Cutter([part for s in plain for part in _parted(s, classes, root)], classes, root).write(itemsize, width)


def _parted(statement: Plain, classes: Classes, root: Dim) -> list[Plain]:
    """Return a sum over the long loop as one that adds to what is there, behind one for all the rest."""
    if not isinstance(statement, Sum):
        return [statement]
    first = len(statement.axes)
    summed: list[Term] = []
    others: list[Term] = []
    for term in statement.terms:
        loops = _loops(term.factors, statement.axes + term.extents, classes, root)
        (summed if loops and min(loops) >= first else others).append(term)
    if not summed:
        return [statement]
    begin = [] if statement.accumulate and not others else [replace(statement, terms=tuple(others))]
    return [*begin, replace(statement, terms=tuple(summed), accumulate=True)]


def _dim(array: Array, classes: Classes, root: Dim) -> int | None:
    """Return the axis of a local array that belongs to the class."""
    if array.role != "local":
        return None
    return next((d for d in range(len(array.shape)) if classes.find((array, d)) == root), None)


def _loops(reads: Iterable[Access], extents: tuple[int, ...], classes: Classes, root: Dim) -> set[int]:
    """Return the loops that run along the axis of the class in what is read."""
    loops: set[int] = set()
    for access in reads:
        found, dim = coordinates(access, extents), _dim(access.array, classes, root)
        if found is not None and dim is not None:
            loops |= {loop for loop in range(len(extents)) if found[1][loop][dim]}
    return loops


def _nests(statement: Plain) -> list[tuple[tuple[int, ...], list[Access]]]:
    """Return the nests of a statement, one for each term, with what is touched inside; the first has the result."""
    own = (statement.axes, [statement.out])
    if isinstance(statement, Map):
        return [(statement.axes, [statement.out, *(x for x in statement.operands if isinstance(x, Access))])]
    if isinstance(statement, Sum):
        return [own, *((statement.axes + term.extents, list(term.factors)) for term in statement.terms)]
    return [own, *((statement.axes + extents, [x]) for extents, x in statement.operands)]


def _touched(statement: Plain) -> set[Array]:
    """Return the arrays that a statement reads or writes."""
    return {statement.out.array, *(x.array for _, x in accesses(statement))}


class _Cutter:
    """Cuts statements along the axes of a class."""

    def __init__(self, statements: list[Plain], classes: Classes, root: Dim) -> None:
        self.statements, self.classes, self.root = statements, classes, root
        self.extent = root[0].shape[root[1]]
        self.loops = [self._long_loops(statement) for statement in statements]
        self.whole = [self._read_whole(k) for k in range(len(statements))]
        self.levels = self._find_levels()
        self.small = self._find_small()

    def write(self, itemsize: int, width: int) -> tuple[Statement, ...]:
        """Return the statements, level by level: those outside of the loop, then the pieces."""
        size = self._size(itemsize, width)
        count, rest = divmod(self.extent, size)
        out: list[Statement] = []
        for level in range(max(self.levels) + 1):
            mine = [k for k, at in enumerate(self.levels) if at == level]
            out += [self.statements[k] for k in mine if self.loops[k] is None]
            inner = [k for k in mine if self.loops[k] is not None]
            out += [self._piece(inner, 0, count, size)] if inner else []
            out += [self._piece(inner, count * size, 1, rest)] if inner and rest else []
        return tuple(out)

    def _long_loops(self, statement: Plain) -> list[int | None] | None:
        """Return the long loop in each nest of a statement, None where there is none; None if it cannot be cut.

        It can be where one axis is the long loop, or where every term of an accumulating sum goes over it.
        """
        first, nests = len(statement.axes), _nests(statement)
        found = [_loops(reads, extents, self.classes, self.root) for extents, reads in nests]
        loops = set().union(*found)
        if len(loops) == 1 and min(loops) < first and statement.axes[min(loops)] == self.extent:
            axis = min(loops)
            return [axis] * len(nests) if self._in_step(statement.out, statement.axes, axis) else None
        summed = isinstance(statement, Sum) and statement.accumulate and not found[0]
        if not summed or not loops or any(len(each) != 1 or min(each) < first for each in found[1:]):
            return None
        inner = [min(each) for each in found[1:]]
        whole = all(nests[k + 1][0][loop] == self.extent for k, loop in enumerate(inner))
        return [None, *inner] if whole else None

    def _in_step(self, access: Access, extents: tuple[int, ...], loop: int | None) -> bool:
        """Tell whether a round of the long loop touches, of an array with an axis of the class, its own place alone."""
        dim = _dim(access.array, self.classes, self.root)
        if dim is None:
            return True
        found = coordinates(access, extents)
        if found is None or loop is None or found[0][dim] or access.array.shape[dim] != self.extent:
            return False
        along = [int(d == dim) for d in range(len(access.array.shape))]
        return found[1][loop] == along and all(not steps[dim] for k, steps in enumerate(found[1]) if k != loop)

    def _read_whole(self, k: int) -> set[Array]:
        """Return the arrays with an axis of the class that a statement does not go through in step."""
        loops = self.loops[k] or [None] * len(_nests(self.statements[k]))
        return {
            x.array
            for loop, (extents, reads) in zip(loops, _nests(self.statements[k]), strict=True)
            for access in reads
            for x in (access, access.index)
            if x is not None and not self._in_step(x, extents, loop)
        }

    def _find_levels(self) -> list[int]:
        """Return how many times, before each statement, the long loop has been run to its end."""
        levels: list[int] = []
        for k, earlier in enumerate(before(tuple(self.statements))):
            levels.append(max((levels[j] + self._waits(j, k) for j in earlier), default=0))
        return levels

    def _waits(self, j: int, k: int) -> bool:
        """Tell whether the loop around statement j has to end before statement k, which depends on it."""
        loops = self.loops[j]
        if loops is None:
            return False
        if self.loops[k] is None or loops[0] is None:
            return True
        earlier, later = self.statements[j], self.statements[k]
        shared = ({earlier.out.array} & _touched(later)) | ({later.out.array} & _touched(earlier))
        return any(
            array in self.whole[j] | self.whole[k] or _dim(array, self.classes, self.root) is None for array in shared
        )

    def _find_small(self) -> set[Array]:
        """Return the arrays that are used in one loop alone, each round its own place."""
        levels: dict[Array, set[int]] = {}
        for k, statement in enumerate(self.statements):
            for array in _touched(statement):
                apart = self.loops[k] is None or array in self.whole[k]
                levels.setdefault(array, set()).update({-1} if apart else {self.levels[k]})
        written = {statement.out.array for statement in self.statements}
        has = {array for array in written if _dim(array, self.classes, self.root) is not None}
        return {array for array in has if len(levels[array]) == 1 and -1 not in levels[array]}

    def _size(self, itemsize: int, width: int) -> int:
        """Return how many rounds a piece has: whole vectors, and no rest where that can be."""
        room = sum(array.size for array in self.small) * itemsize / self.extent
        most = max(int(_ROOM / max(room, 1.0)) // width, 1)
        even = [n for n in range(most, most // 3, -1) if self.extent % (n * width) == 0]
        return min((even or [most])[0] * width, self.extent)

    def _piece(self, members: list[int], start: int, count: int, size: int) -> Blocks:
        """Return the statements for `count` pieces of a size, from a place on."""
        small = {}
        for array in self.small:
            dim = _dim(array, self.classes, self.root)
            shape = tuple(size if d == dim else n for d, n in enumerate(array.shape))
            small[array] = replace(array, shape=shape)
        piece = _Piece(start, count, size, small)
        return Blocks(count, tuple(piece.cut(self.statements[k], self.loops[k] or []) for k in members))


@dataclass(frozen=True)
class _Piece:
    """Pieces of the long loop: where the first starts, how many there are, rounds in each, and the small arrays."""

    start: int
    count: int
    size: int
    small: dict[Array, Array]

    def cut(self, statement: Plain, loops: list[int | None]) -> Plain:
        """Return a statement for a piece, with the number of the piece as its first axis."""
        axes = (self.count, *self._shortened(statement.axes, loops[0]))
        out = self._moved(statement.out, statement.axes, loops[0])
        if isinstance(statement, Map):
            moved = [
                self._moved(x, statement.axes, loops[0]) if isinstance(x, Access) else x for x in statement.operands
            ]
            return replace(statement, axes=axes, out=out, operands=tuple(moved))
        if isinstance(statement, Sum):
            terms = zip(statement.terms, loops[1:], strict=True)
            return replace(statement, axes=axes, out=out, terms=tuple(self._term(t, statement, k) for t, k in terms))
        pairs = [(extents, self._moved(x, statement.axes + extents, loops[0])) for extents, x in statement.operands]
        return replace(statement, axes=axes, out=out, operands=tuple(pairs))

    def _term(self, term: Term, statement: Sum, loop: int | None) -> Term:
        """Return a term for a piece."""
        extents = statement.axes + term.extents
        factors = tuple(self._moved(x, extents, loop) for x in term.factors)
        return replace(term, extents=self._shortened(extents, loop)[len(statement.axes) :], factors=factors)

    def _shortened(self, extents: tuple[int, ...], loop: int | None) -> tuple[int, ...]:
        """Return the extents of a nest within a piece."""
        return tuple(self.size if k == loop else n for k, n in enumerate(extents))

    def _moved(self, access: Access, extents: tuple[int, ...], loop: int | None) -> Access:
        """Return an access within a piece."""
        index = None if access.index is None else self._moved(access.index, extents, loop)
        if access.array not in self.small:
            stride = 0 if loop is None else access.strides[loop]
            moved = (self.size * stride, *access.strides)
            return replace(access, offset=access.offset + self.start * stride, strides=moved, index=index)
        array, found = self.small[access.array], coordinates(access, extents)
        assert found is not None
        offset, *strides = [_dot(digits, row_major(array.shape)) for digits in (found[0], *found[1])]
        step = strides.pop() if index is not None else 0
        return replace(access, array=array, offset=offset, strides=(0, *strides), index=index, step=step)


def _dot(xs: Iterable[int], ys: Iterable[int]) -> int:
    return sum(x * y for x, y in zip(xs, ys, strict=True))
