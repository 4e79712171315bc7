"""Toy datasets, splits, standardised columns and batches, all on plain lists of floats."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from micrograd.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

__all__ = ["Standardizer", "batches", "blobs", "circles", "moons", "spirals", "train_test_split", "xor"]

Rows = list[list[float]]
Point = tuple[float, float]

# Sums and deviations of numbers up to this size stay within the range of floats.
LARGEST = 1e300


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[Rows, list[int]]:
    """Return two half circles that reach into each other, the upper one of class 0.

    Args:
        n: number of points, 2 or more; class 0 has n // 2 of them.
        noise: standard deviation of the Gaussian noise on each coordinate, 0 or more; at 0.1 a curved
            boundary still tells nearly all points apart.
        seed: the same seed gives the same points in the same shuffled order.

    Returns:
        The points, n lists [x1, x2], and their classes.

    Raises:
        InputError: n is below 2, or the noise is negative or not finite.

    Example:
        >>> sorted(zip(*moons(4, noise=0.0)))[-1]
        ([2.0, 0.4999999999999999], 1)

    Source:
        The geometry of `make_moons` of scikit-learn.
    """
    _check_points(n, 2, noise)
    upper = [_on_circle(i / max(n // 2 - 1, 1) / 2) for i in range(n // 2)]
    half = [_on_circle(i / max(n - n // 2 - 1, 1) / 2) for i in range(n - n // 2)]
    lower = [(1.0 - x, 0.5 - y) for x, y in half]
    return _scatter([upper, lower], noise, seed)


def circles(
    n: int = 100, noise: float = 0.05, seed: int = 0, *, factor: float = 0.5
) -> tuple[Rows, list[int]]:
    """Return two rings around the origin, the outer one of radius 1 and of class 0.

    Args:
        n: number of points, 2 or more; class 0 has n // 2 of them.
        noise: standard deviation of the Gaussian noise on each coordinate, 0 or more; 0.05 is a tenth of
            the gap between the rings.
        seed: the same seed gives the same points in the same shuffled order.
        factor: radius of the inner ring, between 0 and 1; a half leaves a gap as wide as that radius.

    Returns:
        The points, n lists [x1, x2], and their classes.

    Raises:
        InputError: n is below 2, the noise is negative or not finite, or the factor is not between 0 and 1.

    Example:
        >>> sorted(zip(*circles(2, noise=0.0)))
        [([0.5, 0.0], 1), ([1.0, 0.0], 0)]

    Source:
        The geometry of `make_circles` of scikit-learn.
    """
    _check_points(n, 2, noise)
    if not 0.0 < factor < 1.0:
        message = f"factor is the inner radius and must lie between 0 and 1, got {factor}; 0.5 is usual"
        raise InputError(message)
    outer = [_on_circle(i / (n // 2)) for i in range(n // 2)]
    inner = [_on_circle(i / (n - n // 2), factor) for i in range(n - n // 2)]
    return _scatter([outer, inner], noise, seed)


def blobs(n: int = 100, noise: float = 0.2, seed: int = 0, *, centers: int = 3) -> tuple[Rows, list[int]]:
    """Return round clouds of points, one a class, their centres evenly spaced on the unit circle.

    Args:
        n: number of points, one a centre or more; the first classes have one more where they do not divide.
        noise: standard deviation of the Gaussian noise on each coordinate, 0 or more; at 0.2 three clouds
            barely touch.
        seed: the same seed gives the same points in the same shuffled order.
        centers: number of clouds, 2 or more; class k is centred at the angle 2 pi k / centers.

    Returns:
        The points, n lists [x1, x2], and their classes.

    Raises:
        InputError: centers is below 2, n is below centers, or the noise is negative or not finite.

    Example:
        >>> sorted(set(blobs(30, centers=5)[1]))
        [0, 1, 2, 3, 4]
    """
    _check_classes("centers", centers)
    _check_points(n, centers, noise)
    clouds = [[_on_circle(k / centers)] * len(range(k, n, centers)) for k in range(centers)]
    return _scatter(clouds, noise, seed)


def spirals(
    n: int = 100, noise: float = 0.02, seed: int = 0, *, arms: int = 2, turns: float = 1.0
) -> tuple[Rows, list[int]]:
    """Return arms that wind out of the origin to radius 1, one a class.

        radius r, angle 2 pi (turns r + k / arms) for arm k

    Args:
        n: number of points, one an arm or more; the first arms have one more where they do not divide.
        noise: standard deviation of the Gaussian noise on each coordinate, 0 or more; 0.02 keeps the arms
            apart except close to the origin.
        seed: the same seed gives the same points in the same shuffled order.
        arms: number of spirals, 2 or more.
        turns: how often an arm winds around the origin; more turns make a harder problem.

    Returns:
        The points, n lists [x1, x2], and their classes.

    Raises:
        InputError: arms is below 2, n is below arms, or the noise is negative or not finite.

    Example:
        >>> xs, ys = spirals(90, arms=3)
        >>> len(xs), ys.count(2)
        (90, 30)
    """
    _check_classes("arms", arms)
    _check_points(n, arms, noise)
    return _scatter([_arm(k / arms, turns, len(range(k, n, arms))) for k in range(arms)], noise, seed)


def xor(n: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[Rows, list[int]]:
    """Return the corners of the unit square, of class 1 where one coordinate is 1 and the other is 0.

    Args:
        n: number of points, 4 or more; the corners take turns.
        noise: standard deviation of the Gaussian noise on each coordinate, 0 or more; at 0.1 the corners
            stay apart, at 0 and n = 4 the points are the truth table.
        seed: the same seed gives the same points in the same shuffled order.

    Returns:
        The points, n lists [x1, x2], and their classes.

    Raises:
        InputError: n is below 4, or the noise is negative or not finite.

    Example:
        >>> sorted(zip(*xor(4, noise=0.0)))
        [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]
    """
    _check_points(n, 4, noise)
    corners = [(float(i // 2 % 2), float(i % 2)) for i in range(n)]
    same = [(a, b) for a, b in corners if a == b]
    different = [(a, b) for a, b in corners if a != b]
    return _scatter([same, different], noise, seed)


def _on_circle(turn: float, radius: float = 1.0) -> Point:
    angle = 2.0 * math.pi * turn
    return radius * math.cos(angle), radius * math.sin(angle)


def _arm(start: float, turns: float, n: int) -> list[Point]:
    # Radius 0 is left out: there the arms would share one point of several classes.
    radii = [(i + 1) / n for i in range(n)]
    return [_on_circle(turns * radius + start, radius) for radius in radii]


def _check_points(n: int, least: int, noise: float) -> None:
    if n < least:
        message = f"n must be {least} or more here, for points of every class, got {n}; ask for more"
        raise InputError(message)
    if not 0.0 <= noise < math.inf:
        message = f"noise is a standard deviation, 0 or more and finite, got {noise}; 0 means none"
        raise InputError(message)


def _check_classes(name: str, count: int) -> None:
    if count <= 1:
        message = f"{name} must be 2 or more, a class each, got {count}; ask for 2 or more"
        raise InputError(message)


def _scatter(classes: Sequence[Sequence[Point]], noise: float, seed: int) -> tuple[Rows, list[int]]:
    rng = random.Random(seed)
    labelled = [(point, label) for label, points in enumerate(classes) for point in points]
    rng.shuffle(labelled)
    xs = [[x + rng.gauss(0.0, noise) for x in point] for point, _ in labelled]
    return xs, [label for _, label in labelled]


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
    if size < 1:
        message = f"size is the number of rows in a batch and must be 1 or more, got {size}; 32 is usual"
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
        _check_widths(rows, len(rows[0]))
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
            message = (
                f"row {row}, column {index}: expected a number up to {LARGEST} in size, got {x}; correct it"
            )
            raise InputError(message)
    # Rounding takes the mean of a constant column off its own value: it is held inside the range.
    mean = min(max(math.fsum(column) / len(column), min(column)), max(column))
    # The distance scales its terms before it squares them, so none overflows or vanishes.
    deviation = math.dist(column, [mean] * len(column)) / math.sqrt(len(column))
    return mean, deviation or 1.0


def _check_widths(rows: Sequence[Sequence[float]], width: int) -> None:
    for index, row in enumerate(rows):
        if len(row) != width:
            message = f"row {index} must have {width} numbers, one a column, got {len(row)}; complete the row"
            raise ValueError(message)
