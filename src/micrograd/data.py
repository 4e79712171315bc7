"""Data for training: toy datasets, splits, standardised columns and batches, on plain lists of floats."""

from __future__ import annotations

import math
import random
from collections.abc import Sized
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from micrograd.errors import InputError
from micrograd.toys import blobs, circles, moons, spirals, xor

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

__all__ = ["Standardizer", "batches", "blobs", "circles", "moons", "spirals", "train_test_split", "xor"]

Rows = list[list[float]]

# Sums and deviations of numbers up to this size stay within the range of floats.
LARGEST = 1e300


def train_test_split(
    *columns: Sequence[Any],
    test: float = 0.2,
    seed: int = 0,
    stratify: Sequence[Hashable] | None = None,
) -> list[list[Any]]:
    """Return each column cut into a training and a test part, the same rows of all columns together.

    Args:
        columns: parallel sequences, such as inputs and targets, 2 rows or more.
        test: share of the rows that go to the test part, between 0 and 1; rounded, one row at least on
            each side. A fifth is a common balance of learning and judging.
        seed: the same seed gives the same split.
        stratify: a class for each row; both parts then hold the classes in the same proportion, and every
            class of two rows or more is in both. A class of one row goes to the training part.

    Returns:
        Two lists a column: train, test of the first, then train, test of the second, and so on.

    Raises:
        InputError: test is not between 0 and 1, or the rows are too few for two parts.
        ValueError: no column is given, or the columns (or stratify) differ in length.

    Example:
        >>> xs_train, xs_test, ys_train, ys_test = train_test_split([1, 2, 3, 4], "abcd", test=0.25)
        >>> len(xs_train), len(xs_test), len(ys_train), len(ys_test)
        (3, 1, 3, 1)
    """
    if not 0.0 < test < 1.0:
        message = f"test is a share of the rows, between 0 and 1, got {test}; 0.2 is usual"
        raise InputError(message)
    n = _common_length(columns if stratify is None else (*columns, stratify))
    order = random.Random(seed).sample(range(n), n)
    held_out = _test_rows(order, [None] * n if stratify is None else stratify, test)
    if not held_out:
        message = f"a split needs 2 rows or more (stratified: of one class), got {n} in all; add rows"
        raise InputError(message)
    parts = [row for row in order if row not in held_out], [row for row in order if row in held_out]
    return [[column[row] for row in part] for column in columns for part in parts]


def _test_rows(order: Sequence[int], labels: Sequence[Hashable], test: float) -> set[int]:
    groups: dict[Hashable, list[int]] = {}
    for row in order:
        groups.setdefault(labels[row], []).append(row)
    # Rounding the running total instead of each class keeps the whole test part at its share.
    totals = [round(test * end) for end in accumulate(map(len, groups.values()), initial=0)]
    chosen: set[int] = set()
    for group, (before, after) in zip(groups.values(), pairwise(totals), strict=True):
        chosen.update(group[: min(max(after - before, 1), len(group) - 1)])
    return chosen


def _common_length(columns: Sequence[Sequence[Any]]) -> int:
    for column in columns:
        if not isinstance(column, Sized):
            message = f"a column is a sequence with an entry for each row; got {column!r}: give settings by their names"
            raise TypeError(message)
    lengths = [len(column) for column in columns]
    if len(set(lengths)) != 1:
        message = f"expected one column or more, all equally long, got lengths {lengths}; make them match"
        raise ValueError(message)
    return lengths[0]


def batches(
    *columns: Sequence[Any],
    size: int,
    shuffle: bool = True,
    seed: int = 0,
    rng: random.Random | None = None,
) -> Iterator[tuple[list[Any], ...]]:
    """Return an iterator over the rows in batches, each a tuple of one list a column.

    Args:
        columns: parallel sequences, such as inputs and targets.
        size: rows in a batch, 1 or more; the last batch holds what is left.
        shuffle: whether the rows come in random order; gradients of ordered rows pull one way for long.
        seed: the same seed gives the same order; unused where rng is given.
        rng: a generator to draw the order from, so that each epoch that shares it has an order of its own.

    Returns:
        An iterator that gives every row exactly once.

    Raises:
        InputError: size is below 1.
        ValueError: no column is given, or the columns differ in length.

    Example:
        >>> list(batches([1, 2, 3], "abc", size=2, shuffle=False))
        [([1, 2], ['a', 'b']), ([3], ['c'])]
    """
    if not isinstance(size, int) or size < 1:
        message = f"size is the number of rows in a batch and must be 1 or more, got {size!r}; 32 is usual"
        raise InputError(message)
    order = list(range(_common_length(columns)))
    if shuffle:
        (rng or random.Random(seed)).shuffle(order)
    parts = (order[start : start + size] for start in range(0, len(order), size))
    return (tuple([column[row] for row in part] for column in columns) for part in parts)


@dataclass(frozen=True)
class Standardizer:
    """The mean and the scale of each column, which bring the columns to mean 0 and deviation 1 and back.

        z = (x - mean) / scale

    Attributes:
        mean: mean of each column.
        scale: standard deviation of each column (of the population); 1.0 for a constant column.

    Raises:
        ValueError: mean and scale differ in length, a scale is not above 0, or a number is not finite.

    Example:
        >>> scaler = Standardizer.fit([[1.0, 5.0], [3.0, 5.0]])
        >>> scaler.transform([[1.0, 5.0], [2.0, 6.0]])
        [[-1.0, 0.0], [0.0, 1.0]]
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse a mean and a scale that cannot belong together."""
        if len(self.mean) != len(self.scale) or not all(map(_usable, self.mean, self.scale)):
            message = f"expected finite means, each with a scale above 0, got {self}; fit again"
            raise ValueError(message)

    @classmethod
    def fit(cls, rows: Sequence[Sequence[float]]) -> Standardizer:
        """Return the standardizer of these rows.

        Args:
            rows: one list of finite numbers a row, all of one length.

        Raises:
            InputError: there is no row, or a number is not finite or larger than 1e300 in size.
            ValueError: the rows differ in length.

        Example:
            >>> Standardizer.fit([[1e9], [1e9 + 2]])
            Standardizer(mean=(1000000001.0,), scale=(1.0,))
        """
        if not rows:
            message = "mean and deviation need at least one row, got none; add rows"
            raise InputError(message)
        _check_widths(rows, len(rows[0]) if isinstance(rows[0], Sized) else 1)
        moments = [_moments(column, index) for index, column in enumerate(zip(*rows, strict=True))]
        return cls(tuple(mean for mean, _ in moments), tuple(scale for _, scale in moments))

    def transform(self, rows: Sequence[Sequence[float]]) -> Rows:
        """Return the rows with each column shifted and scaled.

        Raises:
            ValueError: a row has not one number a column.

        Example:
            >>> Standardizer((10.0,), (2.0,)).transform([[14.0]])
            [[2.0]]
        """
        _check_widths(rows, len(self.mean))
        return [[(x - m) / s for x, m, s in zip(row, self.mean, self.scale, strict=True)] for row in rows]

    def inverse(self, rows: Sequence[Sequence[float]]) -> Rows:
        """Return the rows that `transform` would bring to these ones.

        Raises:
            ValueError: a row has not one number a column.

        Example:
            >>> Standardizer((10.0,), (2.0,)).inverse([[2.0]])
            [[14.0]]
        """
        _check_widths(rows, len(self.mean))
        return [[z * s + m for z, m, s in zip(row, self.mean, self.scale, strict=True)] for row in rows]

    def to_dict(self) -> dict[str, list[float]]:
        """Return the standardizer as lists, ready for JSON.

        Example:
            >>> Standardizer((10.0,), (2.0,)).to_dict()
            {'mean': [10.0], 'scale': [2.0]}
        """
        return {"mean": list(self.mean), "scale": list(self.scale)}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Standardizer:
        """Return the standardizer that `to_dict` wrote.

        Raises:
            InputError: the state does not hold a mean and a scale, equally many numbers each.

        Example:
            >>> Standardizer.from_dict({"mean": [10.0], "scale": [2.0]})
            Standardizer(mean=(10.0,), scale=(2.0,))
        """
        try:
            return cls(tuple(map(float, state["mean"])), tuple(map(float, state["scale"])))
        except (KeyError, TypeError, ValueError) as error:
            message = f"expected lists of numbers, mean and scale, got {state!r}; save it again"
            raise InputError(message) from error


def _usable(mean: float, scale: float) -> bool:
    return math.isfinite(mean) and 0.0 < scale < math.inf


def _moments(column: Sequence[float], index: int) -> tuple[float, float]:
    for row, x in enumerate(column):
        if not abs(x) <= LARGEST:
            message = f"row {row}, column {index}: expected a number up to {LARGEST} in size, got {x}; correct it"
            raise InputError(message)
    # Rounding takes the mean of a constant column off its own value: it is held inside the range.
    mean = min(max(math.fsum(column) / len(column), min(column)), max(column))
    # The distance scales its terms before it squares them, so none overflows or vanishes.
    deviation = math.dist(column, [mean] * len(column)) / math.sqrt(len(column))
    return mean, deviation or 1.0


def _check_widths(rows: Sequence[Sequence[float]], width: int) -> None:
    for index, row in enumerate(rows):
        if not isinstance(row, Sized):
            message = f"row {index} must be a list with a number for each column, got {row!r}; write [[x] for x in xs]"
            raise TypeError(message)
        if len(row) != width:
            message = f"row {index} must have {width} numbers, one a column, got {len(row)}; complete the row"
            raise ValueError(message)
