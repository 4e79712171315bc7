"""Readings: which elements or numbers the nodes of a group read, made into accesses of an array program."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from micrograd.compiler.affine import coordinates, strides
from micrograd.compiler.nest import row_major
from micrograd.compiler.program import Access, Array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.affine import Whole

Extents: TypeAlias = tuple[int, ...]


class Reading:
    """What n nodes read from an array: r elements each.

    Args:
        array: where they read.
        elements: shape (n, r).
    """

    def __init__(self, array: Array, elements: Whole) -> None:
        self.array = array
        self.elements = elements
        self.base, self.first = elements[:, 0], elements[0]
        one = 1 in elements.shape
        self.separable = one or bool((elements - self.base[:, np.newaxis] == self.first - self.base[0]).all())

    def outer(self) -> Whole:
        """Return what a nest over the nodes should make affine, some vectors of length n."""
        return coordinates(self.base, self.array.shape) if self.separable else np.zeros((0, len(self.base)), np.int64)

    def inner(self) -> Whole:
        """Return what a nest over the r elements should make affine, some vectors of length r."""
        return coordinates(self.first, self.array.shape) if self.separable else np.zeros((0, len(self.first)), np.int64)

    def access(self, axes: Extents, extents: Extents = ()) -> Access:
        """Return the access for the nest of both, with a table where it is not affine."""
        if self.separable:
            outer, inner = strides(self.base, axes), strides(self.first, extents)
            if outer is not None and inner is not None:
                return Access(self.array, int(self.base[0]), outer + inner)
        table, steps = compact(self.elements.reshape(axes + extents))
        return Access(self.array, 0, steps, table.ravel())


class Constants:
    """The constant numbers that n nodes read, r each.

    Args:
        values: shape (n, r).
    """

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values = values

    def uniform(self) -> float | None:
        """Return the number that they all are, or None."""
        bits = self.values.view(np.int64)
        return float(self.values.flat[0]) if (bits == bits.flat[0]).all() else None

    def compact(self, axes: Extents, extents: Extents = ()) -> tuple[NDArray[np.float64], Extents]:
        """Return the numbers, those that repeat along a loop of the nest only once, and their strides."""
        bits, steps = compact(self.values.view(np.int64).reshape(axes + extents))
        return bits.view(np.float64), steps


def compact(table: Whole) -> tuple[Whole, Extents]:
    """Return a table without the axes along which nothing changes, and how far each loop moves on in it."""
    moving = []
    for axis in range(table.ndim):
        first = table.take([0], axis=axis)
        moving.append(bool((table != first).any()))
        table = table if moving[-1] else first
    steps = row_major(table.shape)
    shape = tuple(n for n, moves in zip(table.shape, moving, strict=True) if moves)
    return np.ascontiguousarray(table).reshape(shape), tuple(s * m for s, m in zip(steps, moving, strict=True))
