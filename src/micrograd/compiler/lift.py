"""Lift: make a small program over arrays from a scalar graph.

Nodes that do the same are one array, in the order in which the trace made them, so that loops of the source come
back as strides. What each of them reads is an affine map wherever there is one, else a table.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.absorb import ROW, SUM
from micrograd.compiler.flatten import flatten
from micrograd.compiler.lower import lower
from micrograd.compiler.program import Array, Loop, Program, accesses
from micrograd.compiler.roll import in_order, peeled, roll
from micrograd.compiler.signatures import GIVEN, ManyError, signatures
from micrograd.compiler.statements import UnevenError, Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrograd.compiler.affine import Whole
    from micrograd.compiler.flatten import Flat
    from micrograd.compiler.nest import Simple
    from micrograd.compiler.program import Statement
    from micrograd.compiler.signatures import Signatures
    from micrograd.compiler.trace import Group, Trace

INNER = -2  # where a trace tells the groups of leaves: a node that is computed
FEW = 16  # groups that need no other way to tell nodes apart
PAIRS = 200  # numbers that signatures may take for each group, above which there are surely too many groups
RAGGED = 2  # sums of different lengths are told apart where that makes no more than so many times the groups
PEELED = 8  # rounds of a loop that may come before it
LOOPED = 48  # groups of few nodes that are worth a look for a loop
SPARSE = 4  # nodes in a group, up to which it has few: a loop over more would be slower than one statement for all
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


@dataclass(frozen=True, eq=False)
class _Plan:
    """Which nodes are to be statements together: groups, and loops of groups with their nodes of shape (rounds, n)."""

    signed: Signatures
    groups: list[Whole]
    loops: list[list[Whole]]


def lift(trace: Trace, *, limit: int = LIMIT) -> Lifted | None:
    """Return an array program that computes what the trace did, or None where it would be hardly shorter.

    Args:
        trace: the scalar graph.
        limit: how many groups of nodes there may be.
    """
    flat = flatten(lower(trace))
    plan = _plan(flat, len(trace.groups), limit)
    try:
        return None if plan is None else _Lifting(trace, flat, plan).run()
    except UnevenError:
        return None


def _plan(flat: Flat, leaves: int, limit: int) -> _Plan | None:
    """Return groups in which sums differ by length, unless that makes far more of them, or too many; or loops."""
    long = _grouped(flat, signatures(flat, leaves, counted=True))
    if len(long.groups) <= min(limit, FEW):
        return long
    short = long
    with suppress(ManyError):
        short = _grouped(flat, signatures(flat, leaves, counted=False, most=min(PAIRS * limit, GIVEN)))
    if len(short.groups) > limit:
        return _rolled(flat, leaves, long, limit)
    plan = long if len(long.groups) <= min(limit, RAGGED * len(short.groups)) else short
    if len(plan.groups) > LOOPED and sum(map(len, plan.groups)) <= SPARSE * len(plan.groups):
        rolled = _rolled(flat, leaves, long, LOOPED)
        if rolled is not None and 2 * (len(rolled.groups) + sum(map(len, rolled.loops))) <= len(plan.groups):
            return rolled
    return plan


def _grouped(flat: Flat, signed: Signatures) -> _Plan:
    """Return the plan with a group for each signature that was not given."""
    nodes = np.flatnonzero(((flat.state == ROW) | (flat.state == SUM)) & (signed.nodes < GIVEN))
    return _Plan(signed, _groups(nodes, signed.nodes[nodes]), [])


def _rolled(flat: Flat, leaves: int, plan: _Plan, limit: int) -> _Plan | None:
    """Return a plan with as many loops as it takes, or None where there are not enough."""
    given = np.full(len(flat.state), -1, dtype=np.int64)
    while len(plan.groups) > limit:
        body = roll(flat, plan.signed, plan.groups)
        if body is None:
            return None
        first = GIVEN + sum(map(len, plan.loops))
        for signature, members in enumerate(body, start=first):
            given[members] = signature
        signed = signatures(flat, leaves, counted=True, given=given)
        plan = replace(_grouped(flat, signed), loops=[*plan.loops, body])
    return plan if all(peeled(plan.signed.natural, body) <= PEELED for body in plan.loops) else None


def _groups(nodes: Whole, signature: Whole) -> list[Whole]:
    """Return the nodes of each signature in their order; operands are in earlier groups."""
    keys = np.sort(signature << 32 | np.arange(len(nodes)))  # far faster than to sort signatures stably
    starts = [0, *(np.flatnonzero(np.diff(keys >> 32)) + 1).tolist(), len(nodes)]
    nodes = nodes[keys & (1 << 32) - 1]
    return [nodes[start:end] for start, end in pairwise(starts)]


def _argument(group: Group) -> Array:
    """Return the array of a group of leaves."""
    return Array(group.name, "parameter" if group.differentiable else "input", group.shape)


def _is_gathered(statements: Sequence[Simple]) -> bool:
    """Tell whether one of several statements reads or writes through a table."""
    return any(x.table is not None for s in statements for x in (s.out, *(access for _, access in accesses(s))))


class _Lifting:
    """The work of `lift`, group by group."""

    def __init__(self, trace: Trace, flat: Flat, plan: _Plan) -> None:
        self.trace, self.flat, self.plan = trace, flat, plan
        self.signature = plan.signed.nodes
        self.arguments = [_argument(group) for group in trace.groups]
        self.output = Array("out", "output", (len(trace.outputs),))
        number = flat.graph.slot.copy()
        for members in (*plan.groups, *(members.ravel() for body in plan.loops for members in body)):
            number[members] = np.arange(len(members))
        names = {group.name for group in trace.groups} | {"out"}
        self.writer = Writer(flat, plan.signed, number, dict(enumerate(self.arguments)), names)
        self.statements: list[Statement] = []
        self.gathered = 0

    def run(self) -> Lifted:
        """Return the result."""
        self._name_output()
        for unit in self._units():
            if isinstance(unit, list):
                self._loop(unit)
            else:
                self.statements += self._statements(unit)
        self._copy_outputs()
        nodes = int((self.trace.group == INNER).sum())
        share = self.gathered / int(self.flat.sizes.sum())
        arguments = tuple(array for array in self.arguments if array.size)
        program = Program(tuple(self.statements), arguments, self.output, nodes=nodes)
        return Lifted(program, nodes, round(share * nodes))

    def _units(self) -> list[Whole | list[Whole]]:
        """Return groups and loops in an order in which what is read is written before."""
        if not self.plan.loops:
            return list(self.plan.groups)
        units: list[Whole | list[Whole]] = [*self.plan.groups, *self.plan.loops]
        return [units[i] for i in in_order(self.flat, self.plan.signed, units)]

    def _statements(self, members: Whole, rounds: int = 0) -> list[Simple]:
        """Return the statements of a group, or of a part of one, and count what is gathered."""
        written = self.writer.write(members, rounds)
        self.gathered += int(self.flat.sizes[members].sum()) if _is_gathered(written) else 0
        return written

    def _name_output(self) -> None:
        """Let the group of the outputs be the output array, if it is just them and nothing else reads it."""
        outputs = self.flat.graph.outputs
        group = int(self.signature[outputs[0]])
        alone = np.array_equal(np.flatnonzero(self.signature == group), outputs)
        if alone and group < GIVEN and not np.isin(outputs, self.flat.graph.operands).any():
            self.writer.arrays[group] = self.output

    def _copy_outputs(self) -> None:
        """Add statements that copy results into the output array."""
        outputs = self.flat.graph.outputs
        source = self.signature[outputs]
        if self.output not in self.writer.arrays.values():
            for signature in np.unique(source):
                places = np.flatnonzero(source == signature)
                self.statements.append(self.writer.copy(self.output, places, outputs[places]))

    def _loop(self, body: list[Whole]) -> None:
        """Add the first rounds of a loop, then the loop."""
        before = peeled(self.plan.signed.natural, body)
        rounds = len(body[0]) - before
        later = [members[before:].ravel() for members in body]
        for members in body:  # what is carried from round to round is read before its nest is known
            self.writer.reserve(members)
        for members, rest in 2 * list(zip(body, later, strict=True)):
            self.writer.reserve(members, self.writer.write(rest, rounds)[0].axes[1:])
        for i in range(before):
            for members in body:
                self.statements += self._statements(members[i])
        self.statements.append(Loop(rounds, tuple(s for rest in later for s in self._statements(rest, rounds))))
