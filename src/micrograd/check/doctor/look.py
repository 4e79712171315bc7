"""A look: one graph on its way through `backward()`, and what the program did since the one before."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from micrograd.check.doctor.neurons import Neuron, neurons_in

if TYPE_CHECKING:
    from micrograd.check.places import Place
    from micrograd.engine import Value

__all__ = ["Events", "Look", "Update"]


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
        updates: the leaves that were moved.
    """

    complete: bool = False
    made: dict[Value, Place | None] = field(default_factory=dict)
    reads: list[tuple[Value, Place]] = field(default_factory=list)
    updates: dict[Value, Update] = field(default_factory=dict)

    def late(self, root: Value) -> list[Value]:
        """Return the leaves that moved after a node was made."""
        place = next((i for i, node in enumerate(self.made) if node is root), len(self.made))
        return [leaf for leaf, update in self.updates.items() if update.made > place]


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
        self.leaves = [node for node in order if not node.parents]
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
        found: dict[int, list[Value]] = {}
        for node in self.order:
            found.setdefault(id(node.row), []).append(node)  # ids, because there are many nodes and few rows
        rows = [(nodes[0].row, nodes) for nodes in found.values()]
        return {row.name: nodes for row, nodes in rows if row is not None}

    @cached_property
    def neurons(self) -> dict[Value, Neuron]:
        """The weighted sums of parameters, by the node that holds the sum."""
        return neurons_in(self.order, self.parameters)

    @cached_property
    def dependent(self) -> set[Value]:
        """The nodes that parameters move, by way of derivatives; these included."""
        found: set[Value] = set()
        for node in self.order:
            row = node.row
            if node in self.parameters or (
                (row is None or row.name != "detach") and any(p in found for p in node.parents)
            ):
                found.add(node)
        return found

    @cached_property
    def old(self) -> list[Value]:
        """The computed nodes that parameters move and that were there when the last backward() ended."""
        old = [node for node in self.order if node not in self.events.made and node.parents]
        return [node for node in old if node in self.dependent] if old else []
