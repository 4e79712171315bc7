"""Reports: what the compiler made of a function, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.compiler.program import accesses, straight

if TYPE_CHECKING:
    from micrograd.compiler.program import Program
    from micrograd.compiler.variant import Variant


@dataclass(frozen=True)
class Report:
    """What the compiler made of a function for the arguments of its last call.

    Attributes:
        name: of the function.
        nodes: number of scalar operations of the function, after simplification.
        operations: number of array operations that it became, those of the gradient included; 0 for a tape.
        lifted: number of the nodes that array operations compute from regular arrays.
        gathered: number of the nodes that array operations compute from elements looked up in a table.
        tape: number of the nodes that run one by one.
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
            f"{self.name}: {self.nodes:,} scalar nodes in {self.operations:,} array operations\n"
            f"nodes: {self.lifted:,} lifted, {self.gathered:,} gathered, {self.tape:,} on the tape\n"
            f"memory: {self.memory:,} bytes, {self.dtype}, backend {self.backend}\n"
            f"time: {times}\n"
            f"cache: {self.entries} entries, traced anew {self.retraced} times"
        )


def report(name: str, variant: Variant, entries: int, retraced: int) -> Report:
    """Return the report of a variant."""
    program, built = variant.ports.executable.program, variant.built
    on_tape = program.nodes if built.on_tape else 0
    return Report(
        name=name,
        nodes=program.nodes,
        operations=len(straight(program.statements)),
        lifted=program.nodes - built.gathered - on_tape,
        gathered=built.gathered,
        tape=on_tape,
        memory=_memory(program, 8 if variant.options.dtype == "float64" else 4),
        backend=variant.options.backend,
        dtype=variant.options.dtype,
        seconds={"trace": 0.0} | built.seconds | variant.seconds,  # in the order in which they ran
        entries=entries,
        retraced=retraced,
    )


def _memory(program: Program, width: int) -> int:
    """Return the bytes of all arrays of a program."""
    arrays = {*program.arguments, program.output, *program.gradients.values()}
    for statement in straight(program.statements):
        arrays |= {statement.out.array, *[access.array for _, access in accesses(statement)]}
    return width * sum(array.size for array in arrays)
