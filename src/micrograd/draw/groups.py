"""Which nodes belong together: a forest of groups, model, layer, neuron, call, and what is alike outside of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.draw.bundles import LOOSE, Nest, all_nests, bundle
from micrograd.draw.evaluations import find_evaluations
from micrograd.draw.kinds import CALL, LAYER, MODEL, NEURON, OP, describe_all, kinds_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrograd.draw.evaluations import Evaluation
    from micrograd.graph import Graph
    from micrograd.naming import Naming


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that belong together.

    Args:
        name: a text that no other group has, such as `layers[0].neurons[3]` or `+ of ReLU`.
        kind: "model", "layer", "neuron", "call" (one evaluation of a neuron) or "op" (operations that are alike).
        parent: position of the group that it is a part of, -1 for none.
    """

    name: str
    kind: str
    parent: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups of a graph.

    Args:
        groups: each after the one that it is a part of.
        of: for each node the position of the innermost group that it is in, -1 for none.
        kinds: for each node "parameter", "input", "constant" or "inner".
    """

    groups: tuple[Group, ...]
    of: tuple[int, ...]
    kinds: tuple[str, ...]


def group_nodes(graph: Graph, naming: Naming) -> Grouping:
    """Return the groups of a graph, so that no group holds too much to be looked at once.

    Parameters belong to the neuron that holds them, and so do the nodes of its evaluation; where there are several, a
    group "call" is for each of them. Of what belongs to no model, and of what else is much, likes are bundled.
    """
    evaluations = find_evaluations(graph, naming)
    kinds = kinds_of(graph, naming, evaluations)
    top = Nest("", MODEL, nests=_models(naming, evaluations))
    inside = {i for evaluation in evaluations for i in evaluation.nodes}
    loose = [i for i, owner in enumerate(naming.owners) if owner < 0 and i not in inside]
    if len(loose) > LOOSE:
        top.nests.append(Nest("outside" if top.nests else "graph", OP, loose))
    else:
        top.nodes = loose
    words = describe_all(graph, naming, evaluations, kinds)
    for nest in all_nests(top):
        bundle(nest, words)
    return _numbered(top, kinds)


def _models(naming: Naming, evaluations: Sequence[Evaluation]) -> list[Nest]:
    """Return the parts of all models as nests, those that have no node left out."""
    nests = [Nest(part.name, NEURON) for part in naming.parts]
    for node, owner in enumerate(naming.owners):
        if owner >= 0:
            nests[owner].nodes.append(node)
    _add_evaluations(nests, evaluations)
    models: list[Nest] = []
    for i in range(len(nests) - 1, -1, -1):  # parts stand after those that they belong to
        parent, filled = naming.parts[i].parent, nests[i].nodes or nests[i].nests
        if parent >= 0 and filled:
            nests[parent].kind = LAYER if naming.parts[parent].parent >= 0 else MODEL
            nests[parent].nests.insert(0, nests[i])
        elif filled:
            models.insert(0, nests[i])
    return models


def _add_evaluations(nests: list[Nest], evaluations: Sequence[Evaluation]) -> None:
    """Put evaluations into the nests of their parts; where there are several, each larger one in a nest of its own."""
    several = {part for part, count in Counter(e.part for e in evaluations).items() if count > 1}
    calls: Counter[int] = Counter()
    for evaluation in evaluations:
        nest, call = nests[evaluation.part], calls[evaluation.part]
        calls[evaluation.part] += 1
        if evaluation.part in several and len(evaluation.nodes) > 1:
            nest.nests.append(Nest(f"{nest.name} call {call}", CALL, sorted(evaluation.nodes)))
        else:
            nest.nodes += evaluation.nodes
    for nest in nests:
        nest.nodes.sort()


def _numbered(top: Nest, kinds: Sequence[str]) -> Grouping:
    """Return the nests as groups by position, each with a name of its own."""
    groups: list[Group] = []
    of = [-1] * len(kinds)
    names: Counter[str] = Counter()
    stack = [(top, -1)]
    while stack:
        nest, parent = stack.pop()
        own = parent
        if nest is not top:
            own = len(groups)
            names[nest.name] += 1
            times = names[nest.name]
            groups.append(Group(nest.name if times == 1 else f"{nest.name} ({times})", nest.kind, parent))
        for node in nest.nodes:
            of[node] = own
        stack += [(inner, own) for inner in nest.nests[::-1]]
    return Grouping(tuple(groups), tuple(of), tuple(kinds))
