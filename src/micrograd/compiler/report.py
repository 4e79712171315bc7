"""Reports: what the compiler made of a function, in numbers and in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.compiler.program import accesses, straight

if TYPE_CHECKING:
    from micrograd.compiler.program import Access, Map, Program, Sum, Top
    from micrograd.compiler.variant import Variant


@dataclass(frozen=True)
class Report:
    """What the compiler made of a function for the arguments of its last call.

    Attributes:
        name: of the function.
        nodes: number of scalar operations of the function.
        operations: number of array operations that it became, those of the gradient included.
        lifted: number of these that run over regular arrays.
        gathered: number of these that look elements up in a table.
        tape: number of these that are a single scalar operation.
        memory: bytes of the arrays.
        backend: what generated the code.
        dtype: type of the numbers.
        seconds: time taken, by stage.
        entries: number of layouts of arguments that code is kept for.
        retraced: how often something changed that the function reaches from outside, so that it was traced anew.
    """

    name: str
    nodes: int
    operations: int
    lifted: int
    gathered: int
    tape: int
    memory: int
    backend: str
    dtype: str
    seconds: dict[str, float]
    entries: int
    retraced: int

    def __str__(self) -> str:
        times = ", ".join(f"{stage} {1e3 * seconds:.1f} ms" for stage, seconds in self.seconds.items())
        return (
            f"{self.name}: {self.nodes:,} scalar nodes -> {self.operations:,} array operations "
            f"({self.lifted:,} lifted, {self.gathered:,} gathered, {self.tape:,} on the tape)\n"
            f"{self.memory:,} bytes of {self.dtype}, backend {self.backend}\n"
            f"{times}\n"
            f"{self.entries} in the cache, traced anew {self.retraced} times"
        )


def report(name: str, variant: Variant, entries: int, retraced: int) -> Report:
    """Return the report of a variant."""
    program = variant.ports.executable.program
    tiers = [_tier(statement) for statement in straight(program.statements)]
    return Report(
        name=name,
        nodes=program.nodes,
        operations=len(tiers),
        lifted=tiers.count("lifted"),
        gathered=tiers.count("gathered"),
        tape=tiers.count("tape"),
        memory=_memory(program, 8 if variant.options.dtype == "float64" else 4),
        backend=variant.options.backend,
        dtype=variant.options.dtype,
        seconds=dict(variant.seconds),
        entries=entries,
        retraced=retraced,
    )


def _tier(statement: Map | Sum | Top) -> str:
    """Return how a statement runs: over regular arrays, by tables, or as a single operation."""
    read = accesses(statement)
    if any(_is_gather(access) for _, access in [*read, (statement.axes, statement.out)]):
        return "gathered"
    points = max([math.prod(statement.axes), *[math.prod(axes) for axes, _ in read]])
    return "lifted" if points > 1 else "tape"


def _is_gather(access: Access) -> bool:
    """Tell whether elements are looked up."""
    return access.table is not None or access.index is not None


def _memory(program: Program, width: int) -> int:
    """Return the bytes of all arrays of a program."""
    arrays = {*program.arguments, program.output, *program.gradients.values()}
    for statement in straight(program.statements):
        arrays |= {statement.out.array, *[access.array for _, access in accesses(statement)]}
    return width * sum(array.size for array in arrays)
