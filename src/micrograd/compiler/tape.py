"""The tape: a scalar graph run node by node, for graphs that are too irregular to become an array program.

Every node has a slot in one row of numbers: first the leaves that the caller fills, then constants, then what is
computed, in order, and last the outputs. An instruction is the code of a row, the count of its operands, the slot of
its result and the slots of its operands. The parameter of a row, where it has one, is its last operand: a constant.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd import ieee
from micrograd.compiler.lower import TOP, lower
from micrograd.compiler.program import BAD_INDEX, Array, Program
from micrograd.ops import CODES, OPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from micrograd.compiler.lower import Graph
    from micrograd.compiler.trace import Trace

_INNER, _CONSTANT = -2, -1  # in the groups of a trace
_WITH_PARAMETER = [CODES[op.name] for op in OPS if op.parameter is not None]
HEAD = 3  # numbers of an instruction before its operands


@dataclass(frozen=True, eq=False)
class Tape:
    """A scalar graph as instructions.

    Attributes:
        program: its arguments, output and gradients; without statements.
        slots: how many numbers there are.
        starts: the first slot of each argument and of the output; that of its gradient is the same in the adjoints.
        first: the slots before this one are leaves; `constants` come last among them.
        constants: the numbers that do not change.
        code: the instructions, one after the other.
        places: where in `code` each of them begins.
    """

    program: Program
    slots: int
    starts: dict[Array, int]
    first: int
    constants: NDArray[np.float64]
    code: NDArray[np.int32]
    places: NDArray[np.int64]


def tape_of(trace: Trace, *, gradient: str) -> Tape:
    """Return a trace as a tape.

    Args:
        trace: the scalar graph.
        gradient: "none" computes the outputs alone, "one" also the gradient of the only output, "seeds" that of
            Σ seed · output.
    """
    graph = lower(trace)
    arguments = tuple(
        Array(group.name, "parameter" if group.differentiable else "input", group.shape) for group in trace.groups
    )
    output = Array("output", "output", (len(graph.outputs),))
    sizes = np.cumsum([0, *(array.size for array in arguments)])
    starts = {array: int(start) for array, start in zip(arguments, sizes[:-1], strict=True)}
    slots, constants, parameters = _slots(graph, sizes)
    first = int(sizes[-1]) + len(constants)
    starts[output] = first + int(np.count_nonzero(graph.group == _INNER))
    code, places = _instructions(graph, slots, parameters, starts[output])
    named = {a: Array(f"d_{a.name}", "gradient", a.shape) for a in arguments if a.role == "parameter"}
    seed = Array("seed", "seed", output.shape) if gradient == "seeds" else None
    program = Program((), arguments, output, {} if gradient == "none" else named, seed, len(places) - output.size)
    return Tape(program, starts[output] + output.size, starts, first, constants, code, places)


def _slots(graph: Graph, sizes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the slot of every node, the constants, and the slot of each node's parameter, -1 where it has none."""
    slots = np.empty(len(graph.codes), np.int64)
    filled, constant, inner = graph.group >= 0, graph.group == _CONSTANT, graph.group == _INNER
    slots[filled] = sizes[graph.group[filled]] + graph.slot[filled]
    slots[constant] = sizes[-1] + np.arange(np.count_nonzero(constant))
    with_parameter = np.isin(graph.codes, _WITH_PARAMETER)
    parameters = np.full(len(slots), -1)
    parameters[with_parameter] = sizes[-1] + np.count_nonzero(constant) + np.arange(np.count_nonzero(with_parameter))
    constants = np.concatenate([graph.data[constant], graph.constants[with_parameter]])
    slots[inner] = sizes[-1] + len(constants) + np.arange(np.count_nonzero(inner))
    return slots, constants, parameters


def _instructions(
    graph: Graph, slots: NDArray[np.int64], parameters: NDArray[np.int64], output: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the instructions and where each begins; the last ones copy the results to the outputs."""
    nodes = np.flatnonzero(graph.group == _INNER)
    counts = graph.starts[nodes + 1] - graph.starts[nodes]
    has = parameters[nodes] >= 0
    copies = len(graph.outputs)
    lengths = np.concatenate([HEAD + counts + has, np.full(copies, HEAD + 1)])
    places = np.cumsum(lengths) - lengths
    code = np.empty(int(lengths.sum()), np.int32)
    rows = np.where((graph.codes[nodes] == CODES["dot"]) & (counts == 1), CODES["copy"], graph.codes[nodes])
    code[places] = np.concatenate([rows, np.full(copies, CODES["copy"])])
    code[places + 1] = lengths - HEAD
    code[places + 2] = np.concatenate([slots[nodes], output + np.arange(copies)])
    mine = np.repeat(places[: len(nodes)] + HEAD - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    theirs = np.repeat(graph.starts[nodes] - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    code[mine] = slots[graph.operands[theirs]]
    code[(places[: len(nodes)] + HEAD + counts)[has]] = parameters[nodes][has]
    code[places[len(nodes) :] + HEAD] = slots[graph.outputs]
    return code, places


class PythonTape:
    """A tape run by Python, as slow as the eager engine: for where there is no machine code.

    Attributes:
        program: its arguments, output and gradients.
        address: 0, for there is no machine code.
        arena: 0 likewise.
    """

    address = 0
    arena = 0

    def __init__(self, tape: Tape, dtype: str) -> None:
        self.program, self._tape = tape.program, tape
        self._numbers = np.zeros(tape.slots, dtype)
        self._numbers[tape.first - len(tape.constants) : tape.first] = tape.constants
        self._adjoints = np.zeros(tape.slots, dtype)
        self._seed = np.ones(tape.program.output.size, dtype)

    def view(self, array: Array) -> NDArray[Any]:
        """Return the numbers of an argument, the seed, the output or a gradient, to write or to read."""
        if array is self.program.seed:
            return self._seed
        for argument, gradient in self.program.gradients.items():
            if array is gradient:
                return self._cut(self._adjoints, argument)
        return self._cut(self._numbers, array)

    def run(self) -> None:
        """Fill outputs and gradients from the arguments.

        Raises:
            IndexError: an index of `take` is out of range.
        """
        instructions = list(self._instructions())
        with np.errstate(all="ignore"):  # what overflows becomes infinite, as it does in machine code
            self._forward(instructions)
            if self.program.gradients:
                self._backward(instructions)

    def _forward(self, instructions: list[tuple[int, int, list[int]]]) -> None:
        """Compute all numbers."""
        for code, out, operands in instructions:
            self._numbers[out] = _value(code, [float(self._numbers[x]) for x in operands])

    def _backward(self, instructions: list[tuple[int, int, list[int]]]) -> None:
        """Compute all adjoints."""
        self._adjoints[:] = 0.0
        self._cut(self._adjoints, self.program.output)[:] = self._seed
        for code, out, operands in reversed(instructions):
            self._pull(code, out, operands)

    def _cut(self, numbers: NDArray[Any], array: Array) -> NDArray[Any]:
        """Return the part of a row of numbers that belongs to an array."""
        start = self._tape.starts[array]
        return numbers[start : start + array.size]

    def _instructions(self) -> Iterator[tuple[int, int, list[int]]]:
        """Yield code, result and operands of each instruction."""
        code = self._tape.code.tolist()
        for place in self._tape.places.tolist():
            yield code[place], code[place + 2], code[place + HEAD : place + HEAD + code[place + 1]]

    def _pull(self, code: int, out: int, operands: list[int]) -> None:
        """Add to the adjoints of the operands."""
        numbers = [float(self._numbers[x]) for x in operands]
        if code == TOP:
            return
        op, g = OPS[code - 1], float(self._adjoints[out])
        for x, local in zip(operands, op.derivative(ieee, float(self._numbers[out]), *numbers), strict=False):
            self._adjoints[x] += local * g


def _value(code: int, numbers: list[float]) -> float:
    """Return the result of an instruction."""
    if code == TOP:
        return functools.reduce(ieee.maximum, numbers)
    if code == CODES["take"] and numbers[0] not in range(len(numbers) - 1):
        raise IndexError(BAD_INDEX)
    return OPS[code - 1].forward(*numbers)
