"""A look: one graph on its way through `backward()`, and what the program did since the one before."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from micrograd.check.doctor.neurons import Neuron, neurons_in

if TYPE_CHECKING:
    from micrograd.check.places import Place
    from micrograd.engine import Value

__all__ = ["Events", "Look", "Update"]

_ROUNDING, _TINY = 1e-9, 1e-15  # relative to a result, and to the operands where they cancel


@dataclass(slots=True)
class Update:
    """A leaf whose data was read and then replaced, as `p.data -= lr * p.grad` does.

    Args:
        place: the line that did it first.
        data: what it held before.
        grad: its gradient at that moment.
        made: how many nodes had been made since the last backward().
    """

    place: Place
    data: float
    grad: float
    made: int


@dataclass
class Events:
    """What the program did since a `backward()` ended.

    Args:
        complete: whether every new node was watched.
        made: the new nodes in the order of their creation, with their lines where these were kept.
        reads: the nodes computed from others that became plain numbers, each with the line.
        leaves: the leaves whose numbers were read.
        updates: the leaves that were moved.
    """

    complete: bool = False
    made: dict[Value, Place | None] = field(default_factory=dict)
    reads: list[tuple[Value, Place]] = field(default_factory=list)
    leaves: set[Value] = field(default_factory=set)
    updates: dict[Value, Update] = field(default_factory=dict)

    def late(self, root: Value) -> list[Value]:
        """Return the leaves that moved after a node was made."""
        if not self.updates:
            return []
        later = next((i for i, node in enumerate(reversed(self.made)) if node is root), -1)  # it mostly comes last
        return [leaf for leaf, update in self.updates.items() if update.made >= len(self.made) - later]


class Look:
    """The graph of one `backward()`.

    Args:
        step: number of this backward() in its run, from 1.
        place: the line that called it.
        order: the nodes in topological order, the root last.
        events: what happened since the last backward() ended.
        parameters: the leaves that the program moves, as far as it is known.

    Attributes:
        leaves: the nodes that were not computed from others.
        grads: the gradient of each leaf after backward().
    """

    def __init__(
        self, step: int, place: Place, order: list[Value], events: Events, parameters: dict[Value, Place]
    ) -> None:
        self.step, self.place, self.order = step, place, order
        self.events = events
        self.parameters = parameters
        self.leaves = [node for node in order if node.row is None and not node.parents]
        self.grads = {leaf: float(leaf.grad) for leaf in self.leaves}  # now: they are set to zero soon

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.order)

    @property
    def root(self) -> Value:
        """The node that backward() was called on."""
        return self.order[-1]

    @cached_property
    def inputs(self) -> list[Value]:
        """The leaves that the program does not move: numbers of the data, and constants."""
        return [leaf for leaf in self.leaves if leaf not in self.parameters]

    @cached_property
    def nodes(self) -> set[Value]:
        """All nodes, to ask whether one is among them."""
        return set(self.order)

    @cached_property
    def rows(self) -> dict[str, list[Value]]:
        """The nodes of each row of the ops table, in topological order."""
        found: defaultdict[int, list[Value]] = defaultdict(list)
        for row, node in zip(map(id, map(attrgetter("row"), self.order)), self.order, strict=True):
            found[row].append(node)  # ids, because there are many nodes and few rows
        rows = [(nodes[0].row, nodes) for nodes in found.values()]
        return {row.name: nodes for row, nodes in rows if row is not None}

    @cached_property
    def neurons(self) -> dict[Value, Neuron]:
        """The weighted sums of parameters, by the node that holds the sum."""
        return neurons_in(self.order, self.parameters)

    @cached_property
    def dependent(self) -> set[Value]:
        """The nodes that parameters move, by way of derivatives; these included."""
        found = set(self.parameters)
        detached = set(self.rows.get("detach", []))
        for node in self.order:
            if not found.isdisjoint(node.parents) and node not in detached:
                found.add(node)
        return found

    @cached_property
    def old(self) -> list[Value]:
        """The nodes that parameters move, from before the last backward() ended, that are out of date.

        They are, where their numbers follow no longer from those that they were computed from.
        """
        kept = self.nodes.difference(self.events.made)
        if not any(node.parents for node in kept):
            return []
        now: dict[Value, float] = {}  # what the nodes that are out of date would be
        for node in self.order:
            if node in kept and node in self.dependent and node.row is not None:
                operands = [now.get(parent, parent.data) for parent in node.parents]
                constants = () if node.parameter is None else (node.parameter,)
                number = node.row.forward(*operands, *constants)
                if not _same(number, node.data, max(map(abs, operands))):
                    now[node] = number
        return list(now)


def _same(x: float, y: float, size: float) -> bool:
    """Tell whether two results are the same but for rounding, where the operands have some size."""
    return math.isclose(x, y, rel_tol=_ROUNDING, abs_tol=_TINY * size) or (math.isnan(x) and math.isnan(y))
