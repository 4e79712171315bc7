"""What a function reaches from outside: its closure, globals, defaults, and all that hangs on them.

A trace freezes the numbers that it meets there and remembers the Values. So that neither goes stale, `snapshot` lists
what is there, as records that `unchanged` compares with the present at every call, at the speed of C.

What it does not see: the inside of modules of other libraries, and what functions look up in ways of their own (files,
the clock, `globals()`).
"""

from __future__ import annotations

import collections
import dis
import functools
import gc
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

try:
    import cython
except ImportError:
    from micrograd import _cython as cython  # type: ignore[no-redef]

from micrograd.engine import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What a record begins with; the thing itself comes next, then what it was seen to hold.
CELL = 0  # (CELL, cell, content): a variable of a closure
NAME = 1  # (NAME, dict, name, content): a global variable, or the attribute of a module
LIST_ITEMS = 2  # (LIST_ITEMS, list, items)
DICT_ITEMS = 3  # (DICT_ITEMS, dict, keys, values): of a dict, or of the attributes of an object
ARRAY_BYTES = 4  # (ARRAY_BYTES, array, bytes)
CLASS_ITEMS = 5  # (CLASS_ITEMS, class, names, values)
REFERENTS = 6  # (REFERENTS, object, what it holds): of a container of another kind

Record = tuple[Any, ...]

_CELL = cython.declare(cython.int, CELL)
_NAME = cython.declare(cython.int, NAME)
_LIST_ITEMS = cython.declare(cython.int, LIST_ITEMS)
_DICT_ITEMS = cython.declare(cython.int, DICT_ITEMS)
_ARRAY_BYTES = cython.declare(cython.int, ARRAY_BYTES)
_CLASS_ITEMS = cython.declare(cython.int, CLASS_ITEMS)

_OPEN = {"micrograd", "types", "collections", "functools"}  # the objects of these are the user's
_PLAIN = (float, int, str, bytes, complex, type(None), types.CodeType, types.BuiltinFunctionType, range)
_FIXED = (tuple, frozenset, functools.partial, types.MethodType, property, staticmethod, classmethod)


class Snapshot:
    """What is reached from some objects.

    Attributes:
        records: what to compare at every call.
        values: the Values found.
    """

    def __init__(self, roots: Iterable[Any]) -> None:
        self.records: list[Record] = []
        self.values: set[Value] = set()
        self._seen: set[int] = set()
        self._alive: list[Any] = []  # so that no identity is used twice
        waiting = list(roots)
        while waiting:
            thing = waiting.pop()
            if isinstance(thing, Value):
                self.values.add(thing)
            elif not isinstance(thing, _PLAIN) and id(thing) not in self._seen:
                self._seen.add(id(thing))
                self._alive.append(thing)
                waiting += self._look(thing)

    def _look(self, thing: Any) -> Iterable[Any]:  # noqa: ANN401, PLR0911  # whatever there is
        """Note what a thing holds, and return it."""
        # One kind after the other; what is left are objects of the user's.
        if isinstance(thing, types.FunctionType):
            return self._look_into_function(thing)
        if type(thing) is list or type(thing) is dict:
            return self._note(thing)
        if isinstance(thing, np.ndarray) and thing.dtype != object:
            self.records.append((ARRAY_BYTES, thing, thing.tobytes()))
            return ()
        if isinstance(thing, _FIXED):
            return gc.get_referents(thing)
        if isinstance(thing, (list, dict, set, collections.deque, np.ndarray)):
            return self._note_referents(thing)
        if isinstance(thing, type):
            return () if _is_library(thing) else self._note_class(thing)
        return () if isinstance(thing, types.ModuleType) else self._look_into_object(thing)

    def _note(self, thing: list[Any] | dict[Any, Any]) -> Iterable[Any]:
        """Note the items of a list or dict, and return them."""
        if isinstance(thing, list):
            self.records.append((LIST_ITEMS, thing, tuple(thing)))
            return thing
        self.records.append((DICT_ITEMS, thing, tuple(thing), tuple(thing.values())))
        return thing.values()

    def _note_class(self, thing: Any) -> Iterable[Any]:  # noqa: ANN401  # a class of any metaclass
        """Note what a class binds, and return it."""
        bound = dict(vars(thing))
        self.records.append((CLASS_ITEMS, thing, tuple(bound), tuple(bound.values())))
        return bound.values()

    def _note_referents(self, thing: Any) -> Iterable[Any]:  # noqa: ANN401
        """Note what a container of another kind holds, and return it."""
        held = _referents(thing)
        self.records.append((REFERENTS, thing, tuple(held)))
        return held

    def _look_into_function(self, function: types.FunctionType) -> Iterator[Any]:
        """Note the variables that a function does not hold itself, and yield their contents."""
        for cell in function.__closure__ or ():
            if _content(cell) is not cell:
                self.records.append((CELL, cell, cell.cell_contents))
                yield cell.cell_contents
        yield function.__defaults__
        yield function.__kwdefaults__
        yield from vars(function).values()
        if not _is_library(function):
            for names, name in _globals(function):
                self.records.append((NAME, names, name, names[name]))
                yield names[name]

    def _look_into_object(self, thing: Any) -> Iterator[Any]:  # noqa: ANN401
        """Note the attributes of an object, and yield them and its class."""
        kind = type(thing)
        if kind.__module__.startswith("micrograd.compiler"):  # a compiled function stands for the plain one
            yield getattr(thing, "__wrapped__", None)
            return
        library = kind.__module__.partition(".")[0]
        if (_is_installed(library) and library not in _OPEN) or library.startswith("_cython"):
            return
        attributes = getattr(thing, "__dict__", None)
        if type(attributes) is dict:
            yield from self._note(attributes)
        if any("__slots__" in vars(base) and vars(base)["__slots__"] for base in kind.__mro__):
            yield from self._note_referents(thing)
        yield from kind.__mro__


def _referents(thing: Any) -> list[Any]:  # noqa: ANN401
    """Return what a container of another kind holds now."""
    return thing.ravel().tolist() if isinstance(thing, np.ndarray) else gc.get_referents(thing)


def _is_library(thing: Any) -> bool:  # noqa: ANN401
    """Tell the functions and classes of libraries from the user's; the examples in their docstrings are a user's."""
    example = isinstance(thing, types.FunctionType) and thing.__code__.co_filename.startswith("<doctest")
    return _is_installed((thing.__module__ or "").partition(".")[0]) and not example


@functools.cache
def _is_installed(package: str) -> bool:
    """Tell libraries, which hold no settings of the user's, from his own modules."""
    file = getattr(sys.modules.get(package), "__file__", None) or ""
    ours = {"site-packages", "dist-packages"}.isdisjoint(Path(file).parts)
    return package == "micrograd" or package in sys.stdlib_module_names or not ours


def _content(cell: types.CellType) -> Any:  # noqa: ANN401
    """Return what a cell holds; the cell itself while the variable has no value."""
    try:
        return cell.cell_contents
    except ValueError:
        return cell


@functools.lru_cache(maxsize=1024)
def _names(code: types.CodeType) -> tuple[frozenset[str], frozenset[str]]:
    """Return the global names, and the names of attributes, that code and the functions inside of it use."""
    used, attributes = set(), set()
    for instruction in dis.get_instructions(code):
        if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            used.add(instruction.argval)
        elif instruction.opname in {"LOAD_ATTR", "LOAD_METHOD"}:
            attributes.add(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner = _names(constant)
            used |= inner[0]
            attributes |= inner[1]
    return frozenset(used), frozenset(attributes)


def _globals(function: types.FunctionType) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the global variables that a function uses, and the variables of the user's modules that it uses."""
    used, attributes = _names(function.__code__)
    for name in sorted(used):
        if name in function.__globals__:
            yield function.__globals__, name
            module = function.__globals__[name]
            if isinstance(module, types.ModuleType) and not _is_installed(module.__name__.partition(".")[0]):
                yield from ((vars(module), each) for each in sorted(attributes) if each in vars(module))


def unchanged(watched: list[Any]) -> bool:
    """Tell whether what a function reaches from outside is what it was when `reach.snapshot` listed it."""
    record: tuple[Any, ...]
    for record in watched:  # noqa: SIM110  # a generator would be slower
        if not _holds(record):
            return False
    return True


@cython.cfunc
@cython.exceptval(-1)
def _holds(record: tuple[Any, ...]) -> cython.bint:  # noqa: PLR0911  # a case for each code
    """Tell whether one record of `reach.snapshot` is still true."""
    code: cython.int = record[0]
    if code == _LIST_ITEMS:
        return _same_items(record[1], record[2])
    if code == _DICT_ITEMS:
        return _same_entries(record[1], record[2], record[3])
    if code == _NAME:
        names: dict[str, Any] = record[1]
        return _same(names.get(record[2], names), record[3])
    if code == _CELL:
        return _same(_content(record[1]), record[2])
    if code == _ARRAY_BYTES:
        same: cython.bint = record[1].tobytes() == record[2]
        return same
    if code == _CLASS_ITEMS:
        return _same_entries(dict(vars(record[1])), record[2], record[3])
    return _same_items(_referents(record[1]), record[2])


@cython.cfunc
@cython.inline
@cython.exceptval(-1)
def _same(x: Any, y: Any) -> cython.bint:  # noqa: ANN401
    """Tell whether two things are the same object, or the same number or text."""
    if x is y:
        return True
    return type(x) is type(y) and isinstance(x, (float, int, str, bytes)) and x == y


@cython.cfunc
@cython.exceptval(-1)
def _same_items(items: list[Any], known: tuple[Any, ...]) -> cython.bint:
    """Tell whether a list holds these items."""
    i: cython.Py_ssize_t
    if len(items) != len(known):
        return False
    for i in range(len(known)):  # noqa: SIM110  # as above
        if not _same(items[i], known[i]):
            return False
    return True


@cython.cfunc
@cython.exceptval(-1)
def _same_entries(entries: dict[Any, Any], keys: tuple[Any, ...], values: tuple[Any, ...]) -> cython.bint:
    """Tell whether a dict holds these keys and values, in this order."""
    i: cython.Py_ssize_t = 0
    if len(entries) != len(keys):
        return False
    for key, value in entries.items():
        if not (_same(key, keys[i]) and _same(value, values[i])):
            return False
        i += 1  # noqa: SIM113  # a number of C
    return True
