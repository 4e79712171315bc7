"""Layouts: what an argument of a compiled function looks like, apart from its numbers, and what stands in for it.

A layout is a tuple that begins with one of the codes below. Two arguments of one layout may share machine code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from numbers import Number, Real
from typing import Any, TypeAlias

import numpy as np

from micrograd.engine import Value

Layout: TypeAlias = tuple[Any, ...]

NUMBER = 0  # (NUMBER,)
VALUE = 1  # (VALUE,)
STATIC = 2  # (STATIC, type, object)
ARRAY = 3  # (ARRAY, shape): an array of numbers
OBJECTS = 4  # (OBJECTS, shape, layouts): an array of objects
EVEN = 5  # (EVEN, type, n, layout): a list or tuple of n parts that look alike
ROW = 6  # (ROW, type, n, layouts): any other list or tuple
DICT = 7  # (DICT, type, keys, layouts)


@dataclass(frozen=True)
class Argument:
    """An argument taken apart.

    Attributes:
        name: as the function's signature has it.
        layout: what it looks like.
        stand_in: the argument with a fresh Value in the place of every number and Value.
        numbers: the Values that stand for numbers, from left to right.
        values: the Values that stand for Values.
        given: the Values that they stand for.
        statics: the objects that are part of the layout.
    """

    name: str
    layout: Layout
    stand_in: Any
    numbers: list[Value] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    given: list[Value] = field(default_factory=list)
    statics: list[Any] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the numbers: that of a regular nest of sequences or of an array, else how many there are."""
        regular = _shape(self.layout)
        return (len(self.numbers),) if regular is None else regular


def take_apart(x: Any, name: str) -> Argument:  # noqa: ANN401  # whatever a function is called with
    """Return an argument taken apart.

    Raises:
        TypeError: it holds something that can be neither an input nor a part of the layout.
        ValueError: it is a sequence, dict or array of nothing.
    """
    if (isinstance(x, (list, tuple, dict)) and not x) or (isinstance(x, np.ndarray) and x.size == 0):
        message = f"{name} is empty: a compiled function needs at least one entry to see what they look like"
        raise ValueError(message)
    parts = Argument(name, (), None)
    layout, stand_in = _read(x, name, parts)
    return Argument(name, layout, stand_in, parts.numbers, parts.values, parts.given, parts.statics)


def number(x: Any) -> float | None:  # noqa: ANN401
    """Return a real number as a float, and None for anything else; True and False are no numbers."""
    if isinstance(x, Real) and not isinstance(x, bool):
        return float(x)
    if isinstance(x, np.ndarray) and x.ndim == 0 and x.dtype.kind in "iuf":
        return float(x)
    return None


def _read(x: Any, path: str, parts: Argument) -> tuple[Layout, Any]:  # noqa: ANN401
    """Return the layout and the stand-in of x, and note what it holds in `parts`."""
    if isinstance(x, Value):
        parts.given.append(x)
        return (VALUE,), _fresh(x.data, parts.values)
    plain = number(x)
    if plain is not None:
        return (NUMBER,), _fresh(plain, parts.numbers)
    if isinstance(x, np.ndarray):
        return _read_array(x, path, parts)
    if isinstance(x, dict):
        read = [_read(part, f"{path}[{key!r}]", parts) for key, part in x.items()]
        stand_in = dict(zip(x, [part for _, part in read], strict=True))
        return (DICT, type(x), tuple(x), tuple(layout for layout, _ in read)), stand_in
    if isinstance(x, (list, tuple)):
        return _read_sequence(x, path, parts)
    _check_static(x, path)
    parts.statics.append(x)
    return (STATIC, type(x), x), x


def _fresh(data: float, values: list[Value]) -> Value:
    """Return a new Value, which is put in the list too."""
    values.append(Value(data))
    return values[-1]


def _read_sequence(x: list[Any] | tuple[Any, ...], path: str, parts: Argument) -> tuple[Layout, Any]:
    """Return the layout and the stand-in of a list or tuple."""
    read = [_read(part, f"{path}[{i}]", parts) for i, part in enumerate(x)]
    layouts = tuple(layout for layout, _ in read)
    inner = [part for _, part in read]
    kind = type(x)
    stand_in = kind(*inner) if hasattr(kind, "_fields") else kind(inner)
    if layouts and layouts.count(layouts[0]) == len(layouts):
        return (EVEN, kind, len(layouts), layouts[0]), stand_in
    return (ROW, kind, len(layouts), layouts), stand_in


def _read_array(x: np.ndarray[Any, Any], path: str, parts: Argument) -> tuple[Layout, Any]:
    """Return the layout of an array, and an array of Values."""
    stand_in = np.empty(x.size, dtype=object)
    if x.dtype.kind in "biuf":
        layout: Layout = (ARRAY, x.shape)
        stand_in[:] = [_fresh(plain, parts.numbers) for plain in x.astype(np.float64).ravel().tolist()]
    elif x.dtype.kind == "O":
        read = [_read(part, f"{path}.flat[{i}]", parts) for i, part in enumerate(x.flat)]
        layout = (OBJECTS, x.shape, tuple(inner for inner, _ in read))
        stand_in[:] = [part for _, part in read]
    else:
        message = f"{path} must be an array of real numbers, bools or Values; got an array of {x.dtype}"
        raise TypeError(message)
    return layout, stand_in.reshape(x.shape)


def _check_static(x: Any, path: str) -> None:  # noqa: ANN401
    """Raise TypeError unless an object may be a part of the layout: it must compare with itself for good."""
    kind = type(x).__name__
    if isinstance(x, (bool, np.bool_)):
        return
    if isinstance(x, Number) or hasattr(x, "__array__") or hasattr(x, "to_numpy"):
        message = (
            f"{path} is a {kind}: give real numbers, lists of them, Values or NumPy arrays (numpy.asarray({path}))"
        )
    elif isinstance(x, Iterator):
        message = f"{path} is a {kind}, which is used up by one call: give list({path})"
    elif type(x).__hash__ is None:
        message = f"{path} is a {kind}, which is neither numbers nor hashable: give a list, tuple, dict or array"
    else:
        return
    raise TypeError(message)


def _shape(layout: Layout) -> tuple[int, ...] | None:
    """Return the shape of the numbers of a regular layout, and None for another."""
    if layout[0] == NUMBER:
        return ()
    if layout[0] == ARRAY:
        shape: tuple[int, ...] = layout[1]
        return shape
    inner = _shape(layout[3]) if layout[0] == EVEN else None
    return None if inner is None else (layout[2], *inner)
