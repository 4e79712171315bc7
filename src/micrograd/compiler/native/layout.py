"""Where the arrays of a program lie in memory: the order of their axes, their padding, and their place in the arena.

An array that only the program itself sees may be stored in any order. The widest loop that runs through many
statements, usually the samples, is put innermost, so that its statements read and write whole vectors and everything
that does not depend on the sample is a broadcast. What the caller sees lies as it is numbered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.compiler.native.axes import Classes, coordinates, gains
from micrograd.compiler.nest import row_major
from micrograd.compiler.program import Access, Array, Map, Statement, Sum, Top, accesses, straight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_LINE = 64  # bytes of a line of the cache; every array starts on a new one, with one more behind it
_ALIAS = 512  # rows this many bytes apart, or a multiple, compete for the same few lines of the cache


@dataclass(frozen=True)
class Place:
    """Where an array lies.

    Attributes:
        start: byte of the arena at which it starts.
        strides: how many numbers apart the neighbours along each axis are.
        padded: the axis that may be written past its end, up to a whole vector; None where there is none.
    """

    start: int
    strides: tuple[int, ...]
    padded: int | None


@dataclass(frozen=True)
class Reach:
    """An access in memory: `start` bytes into the arena, then offset + Σ strides[k] · i[k] numbers.

    With a table, which lies `table` bytes into the arena, offset and strides give a position in it instead.
    """

    start: int
    offset: int
    strides: tuple[int, ...]
    table: int | None = None
    index: Reach | None = None
    step: int = 0
    count: int = 0


class Layout:
    """The place of every array and of every table of a program.

    Args:
        statements: all statements of the program.
        arrays: the arrays that need a place.
        itemsize: bytes of a number.
        width: numbers in a vector.
        base: where arrays lie already; the others are put behind them.
    """

    def __init__(
        self,
        statements: tuple[Statement, ...],
        arrays: Iterable[Array],
        itemsize: int,
        width: int,
        base: Layout | None = None,
    ) -> None:
        self.itemsize, self.width = itemsize, width
        self.size: int = _LINE if base is None else base.size  # the first line holds the status of the run
        self.places: dict[Array, Place] = {} if base is None else dict(base.places)
        self.tables: dict[tuple[int, Array], tuple[int, NDArray[np.int64]]] = {}
        self._kept: list[Any] = []  # tables are known by their identity, so they must live on
        flat = straight(statements)
        inner = _innermost(flat)
        for array in [array for array in arrays if array not in self.places]:
            self._put(array, inner.get(array))
        for statement in flat:
            for _, access in [*accesses(statement), (statement.axes, statement.out)]:
                if access.table is not None:
                    self._put_table(access)

    def _put(self, array: Array, inner: int | None) -> None:
        """Give an array its place: the axis `inner` last, the others in their order; None leaves all as numbered."""
        strides, padded = list(row_major(array.shape)), None
        count = array.size
        if inner is not None:
            row = -(-array.shape[inner] // self.width) * self.width
            if len(array.shape) > 1 and row * self.itemsize % _ALIAS == 0:
                row += _LINE // self.itemsize
            others = [d for d in range(len(array.shape)) if d != inner]
            count = row
            for d in reversed(others):
                strides[d], count = count, count * array.shape[d]
            strides[inner], padded = 1, inner
        self.places[array] = Place(self._reserve(count * self.itemsize), tuple(strides), padded)

    def _reserve(self, count: int) -> int:
        """Return the start of so many fresh bytes, with a line behind them that may be read."""
        start = self.size
        self.size += -(-count // _LINE) * _LINE + _LINE
        return start

    def _put_table(self, access: Access) -> None:
        """Copy a table, with places in memory instead of numbers of elements."""
        assert access.table is not None
        key = (id(access.table), access.array)
        if key in self.tables:
            return
        shape = access.array.shape
        coordinates = np.unravel_index(access.table, shape) if shape else ()
        strides = self.places[access.array].strides
        elements = np.zeros(access.table.shape, np.int64)
        for coordinate, stride in zip(coordinates, strides, strict=True):
            elements += coordinate * stride
        self.tables[key] = (self._reserve(elements.size * 8), elements)
        self._kept.append(access.table)

    def reach(self, access: Access, extents: tuple[int, ...]) -> Reach:
        """Return an access, whose loops run over `extents`, in terms of memory."""
        place = self.places[access.array]
        index = None if access.index is None else self.reach(access.index, extents)
        if access.table is not None:
            table, _ = self.tables[id(access.table), access.array]
            return Reach(place.start, access.offset, access.strides, table, index, access.step, access.count)
        found = coordinates(access, extents)
        if found is None:
            return Reach(place.start, access.offset, access.strides, None, index, access.step, access.count)
        offsets, steps = found
        offset = _dot(offsets, place.strides)
        strides = [_dot(step, place.strides) for step in steps]
        if index is None:
            return Reach(place.start, offset, tuple(strides))
        return Reach(place.start, offset, tuple(strides[:-1]), None, index, strides[-1], access.count)

    def pads(self, access: Access, extents: tuple[int, ...], axis: int) -> bool:
        """Tell whether a whole vector may be written along a loop although the loop ends within it."""
        place, found = self.places[access.array], coordinates(access, extents)
        if place.padded is None or found is None or access.table is not None or access.index is not None:
            return False
        inner = place.padded
        return found[0][inner] == 0 and extents[axis] == access.array.shape[inner] and found[1][axis][inner] == 1


def _dot(xs: Iterable[int], ys: Iterable[int]) -> int:
    return sum(x * y for x, y in zip(xs, ys, strict=True))


def _innermost(statements: list[Map | Sum | Top]) -> dict[Array, int]:
    """Return, for each local array that keeps to its axes, the axis to store innermost."""
    free = _orderable(statements)
    classes = Classes(statements)
    found = gains(statements, classes)
    inner = {}
    for array in free:
        dims = range(len(array.shape))
        inner[array] = max(dims, key=lambda d: (*found.get(classes.find((array, d)), (0, 0)), d))
    return inner


def _orderable(statements: list[Map | Sum | Top]) -> set[Array]:
    """Return the local arrays that every access goes through along their axes."""
    free: dict[Array, bool] = {}
    for statement in statements:
        for extents, access in [*accesses(statement), (statement.axes, statement.out)]:
            keeps = access.table is not None or coordinates(access, extents) is not None
            local = access.array.role == "local" and len(access.array.shape) > 0
            free[access.array] = free.get(access.array, True) and local and keeps
    return {array for array, is_free in free.items() if is_free}
