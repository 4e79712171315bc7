"""Affine maps: find the loop nest in which rows of whole numbers move on by equal steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Whole: TypeAlias = "NDArray[np.int64]"


def split(vectors: Whole) -> tuple[tuple[int, ...], Whole]:
    """Return the extents of a nest in which each of several vectors moves by equal steps, and what does not fit.

    The innermost loop is the longest run of equal differences that tiles all of them; the next is found among the
    starts of the runs, and so on.

    Args:
        vectors: shape (m, n), n at least 1.

    Returns:
        The extents of the inner loops found, and the starts of their runs, shape (m, n / product of the extents):
        a single column if the nest is complete.

    Example:
        >>> split(np.array([[0, 1, 2, 10, 11, 12]]))[0]
        (2, 3)
    """
    extents: list[int] = []
    while vectors.shape[1] > 1:
        steps = np.diff(vectors, axis=1)
        breaks = np.flatnonzero((steps != steps[:, :1]).any(axis=0)) + 1
        run = math.gcd(vectors.shape[1], int(np.gcd.reduce(breaks))) if len(breaks) else vectors.shape[1]
        if run == 1:
            break
        extents.append(run)
        vectors = vectors[:, ::run]
    return tuple(reversed(extents)), vectors


def nest(readings: Sequence[Whole], n: int) -> tuple[int, ...]:
    """Return the extents of the loops in which as many as possible of several readings are affine.

    Args:
        readings: each one or more vectors of length n that belong together, shape (m, n).
        n: how many points the nest has.
    """
    fitting: list[Whole] = []
    extents, starts = split(_stacked(readings, n))
    if starts.shape[1] > 1:
        for reading in map(_regular, readings):
            if split(_stacked([*fitting, reading], n))[1].shape[1] == 1:
                fitting.append(reading)
        extents, starts = split(_stacked(fitting, n))
    return extents


def _stacked(readings: Sequence[Whole], n: int) -> Whole:
    """Return all vectors below each other; without any, one that stands still."""
    return np.concatenate(readings) if readings else np.zeros((1, n), dtype=np.int64)


def _regular(reading: Whole) -> Whole:
    """Return what is affine in a reading: each run counted from its start where the runs follow no rule."""
    starts = split(reading)[1]
    if starts.shape[1] == 1:
        return reading
    return reading - np.repeat(starts, reading.shape[1] // starts.shape[1], axis=1)


def coordinates(elements: Whole, shape: tuple[int, ...]) -> Whole:
    """Return the place of each element along each dimension of its array, without dimensions in which none moves."""
    if len(shape) < 2:  # noqa: PLR2004  # a row needs no division
        return elements[np.newaxis]
    places = np.stack(np.unravel_index(elements, shape))
    moving: Whole = places[(places != places[:, :1]).any(axis=1)]
    return moving


def strides(elements: Whole, extents: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return how far each loop of a nest moves on, or None where the elements are not affine in it."""
    table = elements.reshape(extents)
    steps = []
    for axis, extent in enumerate(extents):
        corner = [0] * len(extents)
        corner[axis] = 1
        steps.append(int(table[tuple(corner)]) - int(elements[0]) if extent > 1 else 0)
    walked = np.full((1,) * len(extents), elements[0])
    for axis, (extent, step) in enumerate(zip(extents, steps, strict=True)):
        walked = walked + (np.arange(extent) * step).reshape(-1, *(1,) * (len(extents) - axis - 1))
    return tuple(steps) if np.array_equal(table, walked) else None
