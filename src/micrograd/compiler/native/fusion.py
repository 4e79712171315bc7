"""Which statements may run point by point in one loop nest: what each of them touches of what others write."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from micrograd.compiler.nest import bounds
from micrograd.compiler.program import Access, Array, Map, Sum, Top, accesses

if TYPE_CHECKING:
    from micrograd.compiler.native.schedule import Kernel

Plain: TypeAlias = Map | Sum | Top


class Footprint:
    """What the statements of a kernel touch, kept so that it is quick to tell whether a further one may join.

    Args:
        outer: how many axes of the kernel, the first ones, are loops around other kernels too.
    """

    def __init__(self, outer: int) -> None:
        self._outer = outer
        self._axes: tuple[int, ...] = ()
        self._is_open, self._is_heavy = True, False
        self._written: dict[Array, Access] = {}
        self._touched: dict[Array, Access | None] = {}  # the only access to an array; None where they differ

    def add(self, statement: Plain) -> None:
        """Let a statement join."""
        self._axes = statement.axes
        self._is_open = self._is_open and is_private(statement, self._outer)
        self._is_heavy = self._is_heavy or is_heavy(statement)
        self._written[statement.out.array] = statement.out
        for access in [*(x for _, x in accesses(statement)), statement.out]:
            known = self._touched.setdefault(access.array, access)
            if known is not None and not self._is_same(known, access):
                self._touched[access.array] = None

    def fits(self, statement: Plain) -> bool:
        """Tell whether a statement may join."""
        if statement.axes != self._axes or not (self._is_open and is_private(statement, self._outer)):
            return False
        if self._is_heavy and is_heavy(statement):
            return False
        read = accesses(statement)
        if any(access.index is not None and access.index.array in self._written for _, access in read):
            return False
        loops = len(self._axes)
        for extents, access in read:
            inside = len(extents) > loops  # loops of its own read memory
            writer = self._written.get(access.array)
            if writer is not None and (inside or not _same_element(writer, access, loops)):
                return False
        return self._is_apart(statement.out)

    def _is_apart(self, out: Access) -> bool:
        """Tell whether an array is touched, at every point, only where a further statement is to write it."""
        if out.array not in self._touched:
            return True
        known = self._touched[out.array]
        return known is not None and self._is_same(out, known)

    def _is_same(self, x: Access, y: Access) -> bool:
        """Tell whether two accesses without loops of their own are to the same element at every point."""
        loops = len(self._axes)
        return len(y.strides) == loops and _same_element(x, y, loops)


def _same_element(written: Access, access: Access, loops: int) -> bool:
    """Tell whether an access is, at every point, to the element that the kernel wrote at that point."""
    strides = written.strides + (0,) * (loops - len(written.strides))
    plain = access.table is None and access.index is None and written.table is None and written.index is None
    return plain and access.offset == written.offset and access.strides == strides


def are_apart(x: Access, x_axes: tuple[int, ...], y: Access, y_axes: tuple[int, ...]) -> bool:
    """Tell whether two accesses to an array surely never meet: one begins behind the other, or their steps differ."""
    if x.table is not None or y.table is not None or x.index is not None or y.index is not None:
        return False
    steps = [(s, n) for access, axes in ((x, x_axes), (y, y_axes)) for s, n in zip(access.strides, axes, strict=True)]
    common = math.gcd(*(s for s, n in steps if n > 1))
    if common and (x.offset - y.offset) % common:
        return True
    (first, last), (begin, end) = bounds(x_axes, x), bounds(y_axes, y)
    return last < begin or end < first


def is_private(statement: Plain, outer: int) -> bool:
    """Tell whether a statement surely writes no element twice within a round of the outer loops."""
    return _is_injective(statement.out, outer, statement.axes)


def _is_injective(out: Access, first: int, axes: tuple[int, ...]) -> bool:
    """Tell whether the loops from `first` on surely lead to no element twice."""
    if out.table is not None or out.index is not None:
        return False
    end = 0
    for stride, extent in sorted(zip(out.strides[first:], axes[first:], strict=True)):
        if extent > 1:
            if stride <= end:
                return False
            end += stride * (extent - 1)
    return True


def is_heavy(statement: Plain) -> bool:
    """Tell whether a statement has loops of its own inside the nest."""
    if isinstance(statement, Sum):
        return any(term.extents for term in statement.terms)
    return isinstance(statement, Top) and any(extents for extents, _ in statement.operands)


def in_step(kernel: Kernel, statement: Plain) -> bool:
    """Tell whether, in each round of a loop, a statement may run point by point with a kernel.

    What either of them writes and the other touches must be the same element at every point, or lie elsewhere.
    """
    if statement.axes != kernel.axes:
        return False
    if math.prod(kernel.axes[1:]) == 1:  # a round is a single point
        return True
    return all(_undisturbed(x, statement) and _undisturbed(statement, x) for x in kernel.statements)


def _undisturbed(writer: Plain, other: Plain) -> bool:
    """Tell whether, within a round, what a statement writes may be written point by point with another statement."""
    touched = [x for x in accesses(other) if x[1].array is writer.out.array]
    adding = [isinstance(s, Sum) and s.accumulate for s in (writer, other)]
    if other.out.array is writer.out.array and not all(adding):
        touched.append((other.axes, other.out))
    return all(_is_own(writer, x, len(axes)) or _is_elsewhere(writer, axes, x) for axes, x in touched)


def _is_own(writer: Plain, access: Access, loops: int) -> bool:
    """Tell whether an access is, at every point of a round, to the element that is written at this point alone."""
    return _same_element(writer.out, access, loops) and _is_injective(writer.out, 1, writer.axes)


def _is_elsewhere(writer: Plain, axes: tuple[int, ...], access: Access) -> bool:
    """Tell whether an access touches, in every round, other elements than are written in this round."""
    out = writer.out
    plain = access.table is None and access.index is None and out.table is None and out.index is None
    if not plain or access.strides[0] != out.strides[0]:
        return False
    (low, high), (first, last) = bounds((1, *axes[1:]), access), bounds((1, *writer.axes[1:]), out)
    return high < first or last < low


def _touched(body: tuple[Plain, ...]) -> dict[Array, set[tuple[int, tuple[int, ...]] | None]]:
    """Return the ways in which statements reach each array: offset and strides, None where it depends on data."""
    ways: dict[Array, set[tuple[int, tuple[int, ...]] | None]] = {}
    for statement in body:
        for extents, x in [*accesses(statement), (statement.axes, statement.out)]:
            plain = x.table is None and x.index is None and len(extents) == len(statement.axes)
            ways.setdefault(x.array, set()).add((x.offset, x.strides) if plain else None)
    return ways


def tangled(body: tuple[Plain, ...]) -> set[Array]:
    """Return the arrays of which, within one round, one access may touch what another did."""
    written = {statement.out.array for statement in body}
    apart = {len(statement.axes) for statement in body} == {1}
    found = set()
    for array, ways in _touched(body).items():
        strides = {way and way[1] for way in ways}
        if array in written and (None in ways or len(strides) > 1 or not apart):
            found.add(array)
    return found


def revisited(body: tuple[Plain, ...]) -> set[Array]:
    """Return the arrays of which a round may read what another round wrote."""
    return {array for array, ways in _touched(body).items() if len(ways) > 1 or None in ways}
