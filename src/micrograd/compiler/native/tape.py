"""The tape in machine code: its memory, on which the interpreter works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.native.arena import NativeProgram
from micrograd.compiler.native.interpreter import interpreter
from micrograd.compiler.native.layout import Layout, Place
from micrograd.compiler.native.machine import host

if TYPE_CHECKING:
    from micrograd.compiler.native.vectors import DType
    from micrograd.compiler.tape import Tape

_LINE = 64


class NativeTape(NativeProgram):
    """A tape, and the memory that the interpreter works on. It offers what a `NativeExecutable` does."""

    def __init__(self, tape: Tape, dtype: DType) -> None:
        self.program = tape.program
        itemsize, outputs = np.dtype(dtype).itemsize, tape.program.output.size
        layout = Layout((), (), itemsize, host().vector // itemsize)
        sizes = [_LINE, 2 * _LINE, tape.slots * itemsize, tape.slots * itemsize, outputs * itemsize]
        sizes += [tape.code.nbytes, tape.places.nbytes]
        header, numbers, adjoints, seed, code, places, end = np.cumsum([-(-size // _LINE) * _LINE for size in sizes])
        layout.size = int(end)
        super().__init__(layout, dtype)
        self._place(tape, int(numbers), int(adjoints), int(seed))
        backward = len(tape.places) if tape.program.gradients else 0
        plan = [numbers, adjoints, seed, code, places, len(tape.places), backward]
        self.at(int(header), 9, "int64")[:] = [*plan, tape.starts[tape.program.output], outputs]
        self.at(int(numbers), tape.slots, dtype)[tape.first - len(tape.constants) : tape.first] = tape.constants
        self.at(int(seed), outputs, dtype)[:] = 1.0
        self.at(int(code), len(tape.code), "int32")[:] = tape.code
        self.at(int(places), len(tape.places), "int64")[:] = tape.places
        self.attach(interpreter(dtype))

    def _place(self, tape: Tape, numbers: int, adjoints: int, seed: int) -> None:
        """Say where the arrays lie that the caller knows."""
        itemsize = self.layout.itemsize
        for array, slot in tape.starts.items():
            self.layout.places[array] = Place(numbers + slot * itemsize, (1,), None)
            if array in tape.program.gradients:
                self.layout.places[tape.program.gradients[array]] = Place(adjoints + slot * itemsize, (1,), None)
        if tape.program.seed is not None:
            self.layout.places[tape.program.seed] = Place(seed, (1,), None)
