"""The tape in machine code: its memory, on which the interpreter works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.compiler.native.generate import RUN, aligned
from micrograd.compiler.native.interpreter import interpreter
from micrograd.compiler.native.layout import Layout, Place
from micrograd.compiler.native.machine import host
from micrograd.compiler.program import BAD_INDEX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.native.vectors import DType
    from micrograd.compiler.program import Array
    from micrograd.compiler.tape import Tape

_LINE = 64


class NativeTape:
    """A tape, and the memory that the interpreter works on. It offers what a `NativeExecutable` does."""

    def __init__(self, tape: Tape, dtype: DType) -> None:
        self.program, self.dtype = tape.program, dtype
        itemsize, outputs = np.dtype(dtype).itemsize, tape.program.output.size
        self.layout = Layout((), (), itemsize, host().vector // itemsize)
        sizes = [_LINE, 2 * _LINE, tape.slots * itemsize, tape.slots * itemsize, outputs * itemsize]
        sizes += [tape.code.nbytes, tape.places.nbytes]
        header, numbers, adjoints, seed, code, places, end = np.cumsum([-(-size // _LINE) * _LINE for size in sizes])
        self.layout.size = self.size = int(end)
        self._place(tape, int(numbers), int(adjoints), int(seed))
        self.memory = aligned(self.size)
        self.arena: int = self.memory.ctypes.data
        backward = len(tape.places) if tape.program.gradients else 0
        plan = [numbers, adjoints, seed, code, places, len(tape.places), backward]
        self._at(int(header), 9, "int64")[:] = [*plan, tape.starts[tape.program.output], outputs]
        self._at(int(numbers), tape.slots, dtype)[tape.first - len(tape.constants) : tape.first] = tape.constants
        self._at(int(seed), outputs, dtype)[:] = 1.0
        self._at(int(code), len(tape.code), "int32")[:] = tape.code
        self._at(int(places), len(tape.places), "int64")[:] = tape.places
        self.code = interpreter(dtype)
        self.address = self.code.addresses[RUN]
        self._run = self.code.function(RUN)

    def view(self, array: Array) -> NDArray[Any]:
        """Return the numbers of an argument, a seed, the output or a gradient, in memory that the tape works on."""
        return self._at(self.layout.places[array].start, array.size, self.dtype)

    def run(self) -> None:
        """Compute outputs and gradients.

        Raises:
            IndexError: an index of `take` is out of range.
        """
        if self._run(self.arena):
            raise IndexError(BAD_INDEX)

    def _place(self, tape: Tape, numbers: int, adjoints: int, seed: int) -> None:
        """Say where the arrays lie that the caller knows."""
        itemsize = self.layout.itemsize
        for array, slot in tape.starts.items():
            self.layout.places[array] = Place(numbers + slot * itemsize, (1,), None)
            if array in tape.program.gradients:
                self.layout.places[tape.program.gradients[array]] = Place(adjoints + slot * itemsize, (1,), None)
        if tape.program.seed is not None:
            self.layout.places[tape.program.seed] = Place(seed, (1,), None)

    def _at(self, start: int, count: int, dtype: str) -> NDArray[Any]:
        """Return numbers of the memory."""
        return self.memory[start : start + count * np.dtype(dtype).itemsize].view(dtype)
