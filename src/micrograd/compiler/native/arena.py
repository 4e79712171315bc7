"""The memory that machine code works on, and programs in machine code with such a memory of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.compiler.program import BAD_INDEX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.native.layout import Layout
    from micrograd.compiler.native.machine import Code
    from micrograd.compiler.native.vectors import DType
    from micrograd.compiler.program import Array, Program

_ALIGNMENT = 64  # bytes of a line of the cache

PREPARE, COMPUTE, RUN = "mg_prepare", "mg_compute", "mg_run"  # entries of a program: copy inputs; all else; both


class Arena:
    """The arrays of a layout in one piece of memory, zeros at first.

    Attributes:
        layout: where they lie.
        dtype: the type of their numbers.
        memory: the bytes.
        arena: the address of the first.
    """

    def __init__(self, layout: Layout, dtype: DType) -> None:
        self.layout, self.dtype = layout, dtype
        raw = np.zeros(layout.size + _ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % _ALIGNMENT
        self.memory = raw[start : start + layout.size]
        self.arena: int = self.memory.ctypes.data

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.layout.size

    def view(self, array: Array) -> NDArray[Any]:
        """Return the numbers of an array that the caller knows, in the memory that the code works on."""
        return self.at(self.layout.places[array].start, array.size, self.dtype)

    def at(self, start: int, count: int, dtype: str) -> NDArray[Any]:
        """Return numbers that start so many bytes into the memory."""
        return self.memory[start : start + count * np.dtype(dtype).itemsize].view(dtype)


class NativeProgram(Arena):
    """A program in machine code, and the memory it works on.

    Attributes:
        program: the program.
        code: its machine code.
        address: of the function `int run(void *arena)`: 0 for success, 1 for an index out of range.
    """

    program: Program

    def attach(self, code: Code) -> None:
        """Set the machine code."""
        self.code, self.address = code, code.addresses[RUN]
        self._run = code.function(RUN)

    def run(self) -> None:
        """Compute outputs and gradients.

        Raises:
            IndexError: an index of `take` is out of range.
        """
        if self._run(self.arena):
            raise IndexError(BAD_INDEX)
