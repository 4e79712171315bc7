"""Toy datasets: points of the plane in classes, as plain lists of floats, made from a seed."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from micrograd.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["blobs", "circles", "moons", "spirals", "xor"]

Rows = list[list[float]]
Point = tuple[float, float]


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


def circles(n: int = 100, noise: float = 0.05, seed: int = 0, *, factor: float = 0.5) -> tuple[Rows, list[int]]:
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
