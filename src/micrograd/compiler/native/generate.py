"""The machine-code backend: an array program becomes functions on an arena of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.native.arena import COMPUTE, PREPARE, RUN, NativeProgram
from micrograd.compiler.native.axes import Classes, gains
from micrograd.compiler.native.blocks import blocked
from micrograd.compiler.native.emit import Writer
from micrograd.compiler.native.layout import Layout
from micrograd.compiler.native.machine import Code, host
from micrograd.compiler.native.plan import choose
from micrograd.compiler.native.rows import Rows
from micrograd.compiler.native.schedule import Kernel, Rounds, kernels, packed
from micrograd.compiler.native.text import Function
from micrograd.compiler.program import Array, Program, Statement, accesses, straight

if TYPE_CHECKING:
    from micrograd.compiler.native.vectors import DType


class NativeExecutable(NativeProgram):
    """An array program in machine code.

    Attributes:
        text: the code as LLVM reads it.
    """

    def __init__(self, program: Program, dtype: DType) -> None:
        self.program = program
        itemsize = np.dtype(dtype).itemsize
        width = _width(program, itemsize)
        first, whole = packed(program, width)
        rest = blocked(whole, itemsize, width)
        outside = [*program.arguments, program.output, *program.gradients.values()]
        outside += [] if program.seed is None else [program.seed]
        arrays = dict.fromkeys([*outside, *arrays_of((*first, *rest))])
        super().__init__(Layout((*first, *rest), arrays, itemsize, width), dtype)
        self._fill()
        self.text = _module(self.layout, first, rest, dtype)
        self.attach(Code(self.text, (PREPARE, COMPUTE, RUN)))

    def _fill(self) -> None:
        """Put constants and tables in their places."""
        for array, place in self.layout.places.items():
            if array.data is not None:
                self.at(place.start, array.size, self.dtype)[:] = array.data.ravel()
        for start, elements in self.layout.tables.values():
            self.at(start, elements.size, "int64")[:] = elements.ravel()


def _width(program: Program, itemsize: int) -> int:
    """Return how many numbers a vector has: half as many as fit, where that costs nothing and wastes fewer lanes."""
    width = host().vector // itemsize
    statements = straight(program.statements)
    found = gains(statements, Classes(statements))
    extent = max(found.values(), default=(0.0, 0))[1]
    wasteful = -(-extent // width) * width > -(-extent // (width // 2)) * (width // 2)
    return width // 2 if host().halves and wasteful else width


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
