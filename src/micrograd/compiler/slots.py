"""Slots: where the numbers and Values of an argument go, call after call, at the speed of C.

This file has two lives, as the engine has: Cython compiles it where it can, and else it runs as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy import ndarray

try:
    import cython
except ImportError:
    from micrograd import _cython as cython  # type: ignore[no-redef]

from micrograd.compiler.layout import ARRAY, DICT, EVEN, NUMBER, OBJECTS, STATIC, VALUE, number
from micrograd.engine import Value, read_data

if TYPE_CHECKING:
    from micrograd.compiler.layout import Layout

_ARRAY = cython.declare(cython.int, ARRAY)
_DICT = cython.declare(cython.int, DICT)
_EVEN = cython.declare(cython.int, EVEN)
_NUMBER = cython.declare(cython.int, NUMBER)
_OBJECTS = cython.declare(cython.int, OBJECTS)
_STATIC = cython.declare(cython.int, STATIC)
_VALUE = cython.declare(cython.int, VALUE)


@cython.final
@cython.cclass
class Memory:
    """An array of doubles, and where it lies.

    Args:
        array: one-dimensional, of float64, in one piece.
    """

    array = cython.declare(object, visibility="readonly")
    address = cython.declare(cython.size_t, visibility="readonly")

    def __init__(self, array: Any) -> None:  # noqa: ANN401  # compiled, a field of this type is fastest
        self.array = array
        self.address = array.ctypes.data


@cython.final
@cython.cclass
class Slot:
    """Where the numbers and the Values of one argument go.

    Args:
        layout: what the argument looks like.
        numbers: memory for its numbers.
        data: memory for the data of its Values.
    """

    layout: tuple[Any, ...]
    numbers: Memory
    data: Memory
    place: cython.Py_ssize_t  # where the next number goes
    given: list[Any]

    def __init__(self, layout: Layout, numbers: Memory, data: Memory) -> None:
        self.layout, self.numbers, self.data = layout, numbers, data
        self.place, self.given = 0, []

    @property
    def values(self) -> list[Value]:
        """The Values in the argument of the present call."""
        return self.given

    def take(self, x: Any) -> bool:  # noqa: ANN401
        """Put the numbers of x into memory and return True, or return False where x has another layout."""
        self.place, self.given = 0, []
        return _fill(self.layout, x, self)

    def read(self) -> None:
        """Put the data of the Values into memory."""
        if self.given:
            read_data(self.given, self.data.array, self.data.address)


@cython.cfunc
@cython.exceptval(-1)
def _fill(layout: tuple[Any, ...], x: Any, slot: Slot) -> cython.bint:  # noqa: ANN401, PLR0911  # a case for each code
    """Put the numbers and Values of x into the slot, and tell whether x has this layout."""
    code: cython.int = layout[0]
    if code == _NUMBER:
        return _put(x, slot)
    if code == _VALUE:
        if isinstance(x, Value):
            slot.given.append(x)
            return True
        return False
    if code == _STATIC:
        return type(x) is layout[1] and (x is layout[2] or x == layout[2])
    if code == _ARRAY:
        return _fill_array(layout[1], x, slot)
    if code == _EVEN:
        return _fill_even(layout, x, slot)
    if code == _OBJECTS:
        return isinstance(x, ndarray) and x.shape == layout[1] and _fill_parts(layout[2], x.ravel().tolist(), slot)
    if type(x) is not layout[1]:
        return False
    if code == _DICT:
        return tuple(x) == layout[2] and _fill_parts(layout[3], list(x.values()), slot)
    return len(x) == layout[2] and _fill_parts(layout[3], list(x), slot)


@cython.cfunc
@cython.inline
@cython.exceptval(-1)
def _put(x: Any, slot: Slot) -> cython.bint:  # noqa: ANN401
    """Put a number in the next place, and tell whether it was one."""
    if type(x) is float:
        data: cython.double = x
    elif type(x) is int:
        data = float(x)
    else:
        plain = number(x)
        if plain is None:
            return False
        data = plain
    if cython.compiled:
        cython.cast(cython.p_double, slot.numbers.address)[slot.place] = data
    else:
        slot.numbers.array[slot.place] = data
    slot.place += 1
    return True


@cython.cfunc
@cython.exceptval(-1)
def _fill_even(layout: tuple[Any, ...], x: Any, slot: Slot) -> cython.bint:  # noqa: ANN401
    """Do what `_fill` does for a list or tuple of parts that look alike."""
    if type(x) is not layout[1]:
        return False
    parts: list[Any] = x if type(x) is list else list(x)
    inner: tuple[Any, ...] = layout[3]
    n: cython.Py_ssize_t = layout[2]
    if len(parts) != n:
        return False
    plain: cython.bint = inner[0] == _NUMBER
    for part in parts:
        if n == 0 or not (_put(part, slot) if plain else _fill(inner, part, slot)):
            return False
        n -= 1  # what a part does when it is read may change the list
    return n == 0


@cython.cfunc
@cython.exceptval(-1)
def _fill_parts(layouts: tuple[Any, ...], parts: list[Any], slot: Slot) -> cython.bint:
    """Do what `_fill` does for parts that look differently."""
    i: cython.Py_ssize_t
    for i in range(len(layouts)):  # noqa: SIM110  # a generator would be slower
        if not _fill(layouts[i], parts[i], slot):
            return False
    return True


@cython.cfunc
@cython.exceptval(-1)
def _fill_array(shape: tuple[int, ...], x: Any, slot: Slot) -> cython.bint:  # noqa: ANN401
    """Do what `_fill` does for an array of numbers."""
    if not isinstance(x, ndarray) or x.shape != shape or x.dtype.kind not in "biuf":
        return False
    end: cython.Py_ssize_t = slot.place + x.size
    slot.numbers.array[slot.place : end] = x.ravel()
    slot.place = end
    return True
