"""Which nodes one evaluation of a neuron made: inferred from the graph, since nothing is noted when it is built.

A neuron multiplies each of its parameters once, adds up, and applies an activation. So an evaluation begins where a
parameter of a part of the model meets something else, goes on through sums of such nodes while no parameter comes
twice, and ends with one activation. A sum over samples is outside: there the parameters come again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.settings import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrograd.graph import Graph
    from micrograd.naming import Naming

_ADDING = {"+", "-", "sum"}  # symbols, so that operations of the user's own count too


@dataclass(slots=True, eq=False)
class Evaluation:
    """What one evaluation of a part of a model made.

    Args:
        part: position of the part, which holds the parameters itself.
        used: positions of the parameters that took part.
        nodes: positions of the nodes.
        activated: whether it has ended with an activation.
    """

    part: int
    used: set[int]
    nodes: list[int]
    activated: bool = False


class _Finder:
    """Goes once over a graph; `of` holds for each node the evaluation that it belongs to."""

    def __init__(self, graph: Graph, naming: Naming) -> None:
        self.graph, self.owners = graph, naming.owners
        self.of: list[Evaluation | None] = [None] * len(graph)

    def place(self, node: int) -> None:
        """Put a node into the evaluation that it begins or goes on with, if any."""
        parents = self.graph.parents[node]
        parameters = {p for p in parents if self.owners[p] >= 0}
        if parameters:
            self._begin_or_go_on(node, parents, parameters)
        elif len(parents) == 1:
            self._activate(node, self.of[parents[0]])
        elif self.graph.nodes[node].op in _ADDING:
            self._add(node, parents)

    def _begin_or_go_on(self, node: int, parents: Sequence[int], parameters: set[int]) -> None:
        """Place a node that reads parameters; one that reads nothing else, as a penalty does, is outside."""
        parts = {self.owners[p] for p in parameters}
        if len(parts) > 1 or len(parameters) == len(set(parents)):
            return
        fresh = Evaluation(parts.pop(), parameters, [])
        running = [e for e in self._running(parents, fresh.part) if not e.used & parameters]
        self._join(node, [*running, fresh] if _disjoint(running) else [fresh])

    def _activate(self, node: int, evaluation: Evaluation | None) -> None:
        """Place a node with one parent: an activation, which ends an evaluation."""
        row = self.graph.nodes[node].row
        if evaluation and not evaluation.activated and (row is None or row.name in ACTIVATIONS):
            self._join(node, [evaluation])
            evaluation.activated = True

    def _add(self, node: int, parents: Sequence[int]) -> None:
        """Place a sum of nodes of one part; the 0 that Python's sum() starts with comes along."""
        started = self._started(parents)
        if started:
            self._join(parents[0], [started])
            self._join(node, [started])
            return
        first = self.of[parents[0]]
        running = self._running(parents, first.part) if first else []
        if len(running) == len(parents) and _disjoint(running):
            self._join(node, running)

    def _started(self, parents: Sequence[int]) -> Evaluation | None:
        """Return the evaluation whose first product a sum adds to the 0 of sum(), if it is such a sum."""
        zero = self.graph.nodes[parents[0]]
        if len(parents) != 2 or zero.parents or zero.label or zero.data != 0.0:  # noqa: PLR2004  # 0 and the product
            return None
        evaluation = self.of[parents[1]]
        is_product = self.graph.nodes[parents[1]].op == "*"
        return evaluation if evaluation and is_product and len(evaluation.nodes) == 1 else None

    def _running(self, parents: Sequence[int], part: int) -> list[Evaluation]:
        """Return the evaluations of a part among those of some parents that have not ended yet."""
        found = dict.fromkeys(e for p in parents if (e := self.of[p]))
        return [e for e in found if e.part == part and not e.activated]

    def _join(self, node: int, evaluations: list[Evaluation]) -> None:
        """Make one evaluation of several, and put a node into it; the largest takes the others in."""
        largest = max(evaluations, key=lambda e: len(e.nodes))
        for other in evaluations:
            if other is not largest:
                largest.used |= other.used
                largest.nodes += other.nodes
                for moved in other.nodes:
                    self.of[moved] = largest
        largest.nodes.append(node)
        self.of[node] = largest


def _disjoint(evaluations: Sequence[Evaluation]) -> bool:
    """Return whether no parameter took part in two of some evaluations."""
    return len(set().union(*[e.used for e in evaluations])) == sum(len(e.used) for e in evaluations)


def find_evaluations(graph: Graph, naming: Naming) -> list[Evaluation]:
    """Return the evaluations of the parts of a model, in the order in which they began.

    Example:
        >>> from micrograd.graph import walk
        >>> from micrograd.naming import name_nodes
        >>> from micrograd.nn import Neuron
        >>> n = Neuron(1)
        >>> graph = walk(n([1.0]) + n([2.0]))
        >>> [[graph.nodes[i].op for i in e.nodes] for e in find_evaluations(graph, name_nodes(graph))]
        [['dot', 'tanh'], ['dot', 'tanh']]
    """
    finder = _Finder(graph, naming)
    if naming.parts:
        for node, parents in enumerate(graph.parents):
            if parents:
                finder.place(node)
    return list(dict.fromkeys(e for e in finder.of if e))
