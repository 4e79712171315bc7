"""The machine-code backend: an array program becomes functions on an arena of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.compiler.native.axes import Classes, gains
from micrograd.compiler.native.blocks import blocked
from micrograd.compiler.native.emit import Writer
from micrograd.compiler.native.layout import Layout
from micrograd.compiler.native.machine import Code, host
from micrograd.compiler.native.plan import choose
from micrograd.compiler.native.rows import Rows
from micrograd.compiler.native.schedule import Kernel, Rounds, kernels, packed
from micrograd.compiler.native.text import Function
from micrograd.compiler.program import BAD_INDEX, Array, Program, Statement, accesses, straight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.native.vectors import DType

_ALIGNMENT = 64

PREPARE, COMPUTE, RUN = "mg_prepare", "mg_compute", "mg_run"  # the entries: copy inputs; all else; both


class NativeExecutable:
    """A program in machine code, and the memory it works on.

    Attributes:
        program: the program.
        address: of the function `int run(void *arena)`: 0 for success, 1 for an index out of range.
        arena: address of the memory.
        size: bytes of that memory.
    """

    def __init__(self, program: Program, dtype: DType) -> None:
        self.program, self.dtype = program, dtype
        itemsize = np.dtype(dtype).itemsize
        width = _width(program, itemsize)
        first, whole = packed(program, width)
        rest = blocked(whole, itemsize, width)
        outside = [*program.arguments, program.output, *program.gradients.values()]
        outside += [] if program.seed is None else [program.seed]
        arrays = dict.fromkeys([*outside, *arrays_of((*first, *rest))])
        self.layout = Layout((*first, *rest), arrays, itemsize, width)
        self.size = self.layout.size
        self.memory = aligned(self.size)
        self.arena: int = self.memory.ctypes.data
        self._fill()
        self.text = _module(self.layout, first, rest, dtype)
        self.code = Code(self.text, (PREPARE, COMPUTE, RUN))
        self.address = self.code.addresses[RUN]
        self._run = self.code.function(RUN)

    def view(self, array: Array) -> NDArray[Any]:
        """Return the numbers of an argument, a seed, the output or a gradient, in memory that the program works on."""
        return self._at(self.layout.places[array].start, array.size, self.dtype)

    def run(self) -> None:
        """Compute outputs and gradients.

        Raises:
            IndexError: an index of `take` is out of range.
        """
        if self._run(self.arena):
            raise IndexError(BAD_INDEX)

    def _at(self, start: int, count: int, dtype: str) -> NDArray[Any]:
        """Return numbers of the arena."""
        return self.memory[start : start + count * np.dtype(dtype).itemsize].view(dtype)

    def _fill(self) -> None:
        """Put constants and tables in their places."""
        for array, place in self.layout.places.items():
            if array.data is not None:
                self._at(place.start, array.size, self.dtype)[:] = array.data.ravel()
        for start, elements in self.layout.tables.values():
            self._at(start, elements.size, "int64")[:] = elements.ravel()


def _width(program: Program, itemsize: int) -> int:
    """Return how many numbers a vector has: half as many as fit, where that costs nothing and wastes fewer lanes."""
    width = host().vector // itemsize
    statements = straight(program.statements)
    found = gains(statements, Classes(statements))
    extent = max(found.values(), default=(0.0, 0))[1]
    wasteful = -(-extent // width) * width > -(-extent // (width // 2)) * (width // 2)
    return width // 2 if host().halves and wasteful else width


def aligned(size: int) -> NDArray[np.uint8]:
    """Return zeroed bytes that start on a line of the cache."""
    raw = np.zeros(size + _ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % _ALIGNMENT
    return raw[start : start + size]


def arrays_of(statements: tuple[Statement, ...]) -> list[Array]:
    """Return every array that statements touch, each once."""
    found: dict[Array, None] = {}
    for statement in straight(statements):
        found[statement.out.array] = None
        found.update((access.array, None) for _, access in accesses(statement))
    return list(found)


def written(groups: list[Kernel | Rounds], layout: Layout, dtype: DType, first: int = 0) -> tuple[str, list[str]]:
    """Return the text of kernels and of all that they call, and their names, numbered from `first`."""
    rows, width = Rows(dtype), layout.width
    needs: dict[str, str] = {}
    parts: dict[str, str] = {}
    for kernel in groups:
        function = Function(dtype)
        writer = Writer(function, layout, rows, width)
        if isinstance(kernel, Rounds):
            plans = [
                choose(body, layout, width, host().registers, in_order=not kernel.pieces) for body in kernel.bodies
            ]
            bodies = list(zip(kernel.bodies, plans, strict=True))
            writer.rounds(bodies, extent=kernel.extent, reverse=kernel.reverse)
        else:
            writer.kernel(kernel, choose(kernel, layout, width, host().registers))
        name = f"k{first + len(parts)}"
        parts[name] = function.text(name)
        needs.update(function.needs)
    return "\n".join([*parts.values(), *(needs | rows.definitions).values()]), list(parts)


def entry(name: str, kernels: list[str]) -> str:
    """Return a function that runs kernels and returns the status."""
    calls = "\n".join(f"  call void @{kernel}(ptr %arena)" for kernel in kernels)
    return (
        f"define i32 @{name}(ptr noalias %arena) {{\n  store i32 0, ptr %arena\n{calls}\n"
        "  %status = load i32, ptr %arena\n  ret i32 %status\n}\n"
    )


def _module(layout: Layout, first: tuple[Statement, ...], rest: tuple[Statement, ...], dtype: DType) -> str:
    """Return the text of a module with the entries."""
    copies = kernels(first, frozenset(x.out.array for x in straight(first)))
    text, names = written([*copies, *kernels(rest)], layout, dtype)
    count = len(copies)
    return text + entry(PREPARE, names[:count]) + entry(COMPUTE, names[count:]) + entry(RUN, names)
