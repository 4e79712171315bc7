"""Lift: make a small program over arrays from a scalar graph.

Nodes that do the same are one array, in the order in which the trace made them, so that loops of the source come
back as strides. What each of them reads is an affine map wherever there is one, else a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.flatten import ROW, SUM, flatten
from micrograd.compiler.lower import lower
from micrograd.compiler.program import Array, Program, accesses
from micrograd.compiler.signatures import signatures
from micrograd.compiler.statements import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrograd.compiler.affine import Whole
    from micrograd.compiler.flatten import Flat
    from micrograd.compiler.nest import Simple
    from micrograd.compiler.program import Map, Statement
    from micrograd.compiler.trace import Group, Trace

LIMIT = 600  # groups in a program, above which it is taken for a recurrence


@dataclass(frozen=True)
class Lifted:
    """A program, and what became of the scalar nodes.

    Attributes:
        program: the forward part.
        nodes: how many scalar operations there are.
        gathered: how many of them read or write through tables; the others follow affine maps.
    """

    program: Program
    nodes: int
    gathered: int


def lift(trace: Trace, *, limit: int = LIMIT) -> Lifted | None:
    """Return an array program that computes what the trace did, or None where it would be hardly shorter.

    Args:
        trace: the scalar graph.
        limit: how many groups of nodes there may be.
    """
    flat = flatten(lower(trace))
    inner = np.flatnonzero((flat.state == ROW) | (flat.state == SUM))
    for counted in (True, False):
        signature, kinds = signatures(flat, len(trace.groups), counted=counted)
        groups = _groups(inner, signature[inner])
        if len(groups) <= limit:
            return _Lifting(trace, flat, signature, kinds, groups).run()
    return None


def _groups(nodes: Whole, signature: Whole) -> list[Whole]:
    """Return the nodes of each signature in their order; operands are in earlier groups."""
    order = np.argsort(signature, kind="stable")
    ends = np.flatnonzero(np.diff(signature[order])) + 1
    return np.split(nodes[order], ends)


def _argument(group: Group) -> Array:
    """Return the array of a group of leaves."""
    return Array(group.name, "parameter" if group.differentiable else "input", group.shape)


def _is_gathered(statements: Sequence[Simple]) -> bool:
    """Tell whether one of several statements reads or writes through a table."""
    return any(x.table is not None for s in statements for x in (s.out, *(access for _, access in accesses(s))))


class _Lifting:
    """The work of `lift`, group by group."""

    def __init__(self, trace: Trace, flat: Flat, signature: Whole, kinds: Whole, groups: list[Whole]) -> None:
        self.trace, self.flat, self.signature, self.groups = trace, flat, signature, groups
        self.arguments = [_argument(group) for group in trace.groups]
        self.output = Array("out", "output", (len(trace.outputs),))
        number = flat.graph.slot.copy()
        for members in groups:
            number[members] = np.arange(len(members))
        names = {group.name for group in trace.groups} | {"out"}
        self.writer = Writer(flat, signature, kinds, number, dict(enumerate(self.arguments)), names)

    def run(self) -> Lifted:
        """Return the result."""
        self._name_output()
        statements: list[Statement] = []
        gathered = 0
        for members in self.groups:
            written = self.writer.write(members)
            statements += written
            gathered += _is_gathered(written) * int(self.flat.sizes[members].sum())
        nodes = int(self.flat.sizes.sum())
        statements += self._copies()
        return Lifted(Program(tuple(statements), tuple(self.arguments), self.output, nodes=nodes), nodes, gathered)

    def _name_output(self) -> None:
        """Let the group of the outputs be the output array, if it is just them and nothing else reads it."""
        outputs = self.flat.graph.outputs
        group = int(self.signature[outputs[0]])
        alone = np.array_equal(np.flatnonzero(self.signature == group), outputs)
        if alone and not np.isin(outputs, self.flat.graph.operands).any():
            self.writer.arrays[group] = self.output

    def _copies(self) -> list[Map]:
        """Return statements that copy results into the output array."""
        outputs = self.flat.graph.outputs
        source = self.signature[outputs]
        parts = [np.flatnonzero(source == s) for s in np.unique(source)]
        if self.output in self.writer.arrays.values():
            return []
        return [self.writer.copy(self.output, part, outputs[part]) for part in parts]
