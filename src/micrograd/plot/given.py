"""What pictures are drawn from, checked: numbers, points of the plane, their classes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from micrograd.ieee import shorten

__all__ = ["Points", "Row", "check_held_out", "check_names", "classed", "losses", "numbered", "rows"]

Row = Sequence[float]
Points = tuple[Sequence[Row], Sequence[float]]

PLANE = 2  # numbers in a point
REMEDY = "number the classes, and give their names as classes="


def losses(given: Any, name: str) -> list[float]:  # noqa: ANN401  # numbers, or what a run is told by
    """Return the numbers of a curve as floats; those of a History are its losses.

    Raises:
        TypeError: it is neither, or one of the numbers is none.
    """
    given = getattr(given, "losses", given)
    expected = f"{name} must be numbers, one a step, such as history.losses"
    if isinstance(given, str) or not isinstance(given, Iterable):
        message = f"{expected}; got {shorten(given)}: give a list"
        raise TypeError(message)
    return [_number(x, f"{expected}; {name}[{i}]") for i, x in enumerate(given)]


def rows(xs: Any, name: str) -> list[list[float]]:  # noqa: ANN401  # rows of any make
    """Return points of the plane as lists of two floats.

    Raises:
        TypeError: it is no sequence of points.
        ValueError: a point has more or fewer than 2 numbers, or one that is not finite.
    """
    expected = f"{name} must be points of 2 numbers, such as [[0.0, 1.0], [2.0, 3.0]]"
    if not _is_list(xs):
        message = f"{expected}; got {shorten(xs)}"
        raise TypeError(message)
    return [_point(x, f"{name}[{i}]", expected) for i, x in enumerate(xs)]


def numbered(xs: Any, ys: Any, names: tuple[str, str]) -> Points:  # noqa: ANN401  # of any make
    """Return points of the plane with a number for each.

    Raises:
        TypeError: points or numbers are something else.
        ValueError: there are not as many of both, or one is not finite.
    """
    points, given = rows(xs, names[0]), _as_many(xs, ys, names, "number")
    numbers = [_number(y, f"{names[1]} must be numbers; {names[1]}[{i}]") for i, y in enumerate(given)]
    for i, y in enumerate(numbers):
        if not math.isfinite(y):
            message = f"{names[1]} must be finite numbers; {names[1]}[{i}] is {y}: leave its point out"
            raise ValueError(message)
    return points, numbers


def classed(xs: Any, ys: Any, names: tuple[str, str]) -> Points:  # noqa: ANN401  # of any make
    """Return points of the plane with a class for each: 0, 1, 2, ..., or -1 and 1.

    Raises:
        TypeError: points are something else, or a class is no number.
        ValueError: there are not as many of both, or a class is another number.
    """
    points, given = rows(xs, names[0]), _as_many(xs, ys, names, "class")
    expected = f"{names[1]} must be classes as whole numbers, 0, 1, 2, ..., or -1 and 1"
    labels = [_number(y, f"{expected}; {names[1]}[{i}]", REMEDY) for i, y in enumerate(given)]
    for i, y in enumerate(labels):
        if not (y.is_integer() and y >= -1.0):
            message = f"{expected}; {names[1]}[{i}] is {y:g}: {REMEDY}"
            raise ValueError(message)
    return points, labels


def check_names(labels: Iterable[float], classes: Sequence[str]) -> None:
    """Refuse -1 beside classes that it would be mistaken for, and names for fewer classes than there are."""
    found = sorted(set(labels))
    if found and found[0] == -1.0 and not {*found} <= {-1.0, 1.0}:
        listed = ", ".join(f"{y:g}" for y in found)
        message = f"classes must be 0, 1, 2, ..., or -1 and 1; got {listed}: number them from 0"
        raise ValueError(message)
    needed = int(max(found, default=0.0)) + 1
    if isinstance(classes, str) or 0 < len(classes) < needed:
        message = f"classes must name each of the {needed} classes, in their order; got {shorten(classes)}"
        raise ValueError(message)


def check_held_out(given: Any) -> None:  # noqa: ANN401  # a pair, it is hoped
    """Refuse held-out points without their classes or numbers."""
    if not _is_list(given) or len(given) != PLANE:
        message = f"held_out must be a pair, (points, their classes or numbers); got {shorten(given)}"
        raise TypeError(message)


def _is_list(given: Any) -> bool:  # noqa: ANN401  # anything
    """Return whether something can be counted and gone through, and is no text."""
    return hasattr(given, "__len__") and isinstance(given, Iterable) and not isinstance(given, str)


def _as_many(xs: Any, ys: Any, names: tuple[str, str], what: str) -> Any:  # noqa: ANN401  # of any make
    """Return what belongs to the points, one for each."""
    if not _is_list(ys) or len(xs) != len(ys):
        got = f"{len(ys)} for {len(xs)} points" if _is_list(ys) else shorten(ys)
        message = f"{names[1]} must have one {what} for each point of {names[0]}; got {got}"
        raise (ValueError if _is_list(ys) else TypeError)(message)
    return ys


def _point(x: Any, name: str, expected: str) -> list[float]:  # noqa: ANN401  # a row of any make
    """Return a point of the plane as two floats."""
    if not _is_list(x):
        message = f"{expected}; {name} is {shorten(x)}"
        raise TypeError(message)
    point = [_number(number, f"{expected}; {name}[{i}]") for i, number in enumerate(x)]
    if len(point) != PLANE:
        message = f"a picture of the plane wants points of 2 numbers; got {shorten(point)}: choose two of the columns"
        raise ValueError(message)
    if not all(map(math.isfinite, point)):
        message = f"a picture of the plane wants points of finite numbers; {name} is {point}: leave it out"
        raise ValueError(message)
    return point


def _number(x: Any, what: str, remedy: str = "") -> float:  # noqa: ANN401  # a number or a Value
    """Return a number as a float, or say what it is instead; text that spells a number is none."""
    if not isinstance(x, str | bytes):
        with suppress(TypeError, ValueError):
            return float(x)
    message = f"{what} is {shorten(x)}{remedy and f': {remedy}'}"
    raise TypeError(message)
