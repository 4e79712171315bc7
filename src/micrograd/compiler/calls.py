"""Calls of compiled functions: arguments go into flat memory, machine code runs, and a Value comes back.

This file has two lives, as the engine has: Cython compiles it where it can, and else it runs as it is.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

try:
    import cython
except ImportError:
    from micrograd import _cython as cython  # type: ignore[no-redef]

from micrograd.compiler.program import BAD_INDEX
from micrograd.compiler.reach import unchanged
from micrograd.engine import Value, node_from, read_data, recording
from micrograd.hooks import watched_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.ports import Ports
    from micrograd.compiler.slots import Slot

plain_threads: set[int] = set()  # the threads in which compiled functions are to run as they were written


@cython.final
@cython.cclass
class Entry:
    """What a compiled function keeps for arguments of one layout.

    Args:
        slots: one for each argument, those given by name last.
        keywords: the names of those given by name.
        watched: what the function reaches from outside, as `reach.Snapshot` lists it.
        captured: the Values among it that take part.
        ports: of the program.
        alone: whether the program computes a Value that is the whole result, and its gradient.
    """

    slots: list[Any]
    keywords: tuple[Any, ...]
    watched = cython.declare(list, visibility="readonly")
    captured = cython.declare(list, visibility="readonly")
    before: list[Any]
    after: list[Any]
    executable: Any
    address: cython.size_t  # of the machine code, 0 for none
    arena: cython.size_t
    data = cython.declare(object, visibility="readonly")  # of the captured Values; an array, as the next ones are
    data_at: cython.size_t
    output = cython.declare(object, visibility="readonly")
    output_at: cython.size_t
    gradient = cython.declare(object, visibility="readonly")
    gradient_at: cython.size_t
    alone = cython.declare(cython.bint, visibility="readonly")

    def __init__(  # noqa: PLR0913, PLR0917  # what there is to know of a program
        self,
        slots: list[Slot],
        keywords: tuple[str, ...],
        watched: list[Any],
        captured: list[Value],
        ports: Ports,
        alone: bool,  # noqa: FBT001  # the compiled life has no keywords to spare
    ) -> None:
        self.slots, self.keywords, self.watched, self.captured = slots, keywords, watched, captured
        self.before, self.after, self.alone = ports.before, ports.after, alone
        self.executable, self.address, self.arena = ports.executable, ports.executable.address, ports.executable.arena
        self.data, self.data_at = ports.inputs[0], ports.inputs[0].ctypes.data
        self.output, self.output_at = ports.output, ports.output.ctypes.data
        self.gradient, self.gradient_at = ports.gradient, ports.gradient.ctypes.data

    def takes(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Fill the memory with the arguments and return True, or return False where they look otherwise."""
        values: tuple[Any, ...] = args
        i: cython.Py_ssize_t
        if kwargs or self.keywords:
            if tuple(kwargs) != self.keywords:
                return False
            values = args + tuple(kwargs.values())
        if len(values) != len(self.slots):
            return False
        for i in range(len(values)):  # noqa: SIM110  # a generator would be slower
            if not self.slots[i].take(values[i]):
                return False
        return True

    def is_current(self) -> bool:
        """Tell whether the function reaches what it reached when it was traced."""
        return unchanged(self.watched)

    def values(self) -> list[Value]:
        """Return the Values among the arguments of the present call."""
        return [value for slot in self.slots for value in slot.values]

    def read(self) -> None:
        """Put the data of all Values that take part into memory."""
        if self.captured:
            read_data(self.captured, self.data, self.data_at)
        for slot in self.slots:
            slot.read()

    def run(self) -> None:
        """Run the program.

        Raises:
            IndexError: an index of `take` is out of range.
        """
        for target, source in self.before:
            target[:] = source
        _execute(self)
        for target, source in self.after:
            target[:] = source

    def parents(self) -> list[Value]:
        """Return the Values that take part in the present call: those captured, then those among the arguments."""
        values: list[Any] = self.values()
        parents: list[Value] = self.captured + values if values else self.captured
        return parents

    def result(self, name: str) -> Value:
        """Return the only result of the present call as a Value that knows its derivatives."""
        parents: list[Any] = self.parents()
        if cython.compiled:
            data: cython.double = cython.cast(cython.p_double, self.output_at)[0]
        else:
            data = float(self.output[0])
        return node_from(data, parents, self.gradient, self.gradient_at, name) if parents else Value(data)


@cython.cclass
class Caller:
    """What every call of a compiled function goes through.

    Args:
        function: the plain function.
        name: what the results say they were made by.
    """

    function = cython.declare(object, visibility="readonly")
    name = cython.declare(str, visibility="readonly")
    lock = cython.declare(object, visibility="readonly")  # one call at a time, since all share the memory of a program
    latest = cython.declare(object, visibility="public")  # the entry that the last call used

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self.function, self.name, self.lock = function, name, threading.RLock()
        self.latest = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as the function has it
        """Return what the function returns."""
        if recording() or ((plain_threads or watched_threads) and _plain()):
            return self.function(*args, **kwargs)
        with self.lock:
            entry: Entry = self._filled(args, kwargs)
            entry.read()
            try:
                entry.run()
            except IndexError:
                self.function(*args, **kwargs)  # which says more: which index, of how many rows
                raise
            return entry.result(self.name) if entry.alone else self._several(entry)

    def _filled(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Entry:
        """Return the entry for these arguments, its memory filled with their numbers."""
        entry: Entry = self.latest
        if entry is None or not entry.takes(args, kwargs) or not unchanged(entry.watched):
            entry = self.latest = self._find(args, kwargs)
        return entry

    def _find(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Entry:
        """Do what `_filled` does where the latest entry will not do."""
        raise NotImplementedError

    def _several(self, entry: Entry) -> Any:  # noqa: ANN401
        """Return the results of the present call where they are more, or other, than one Value."""
        raise NotImplementedError


def _plain() -> bool:
    """Tell whether compiled functions are to run as they were written in this thread."""
    here = threading.get_ident()
    return here in plain_threads or here in watched_threads


@cython.cfunc
@cython.inline
@cython.exceptval(-1)
def _execute(entry: Entry) -> cython.int:
    """Run the program: its machine code where there is some."""
    if cython.compiled:  # noqa: SIM102  # the C compiler must not see the rest
        if entry.address:
            code: kernel = cython.cast(kernel, entry.address)  # type: ignore[name-defined]  # noqa: F821  # calls.pxd
            if code(cython.cast(cython.p_void, entry.arena)):
                raise IndexError(BAD_INDEX)
            return 0
    entry.executable.run()
    return 0
