"""What nodes are: parameters, inputs, constants, or computed from others; and how groups of likes are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from micrograd.draw.evaluations import Evaluation
    from micrograd.graph import Graph
    from micrograd.naming import Naming

PARAMETER, INPUT, CONSTANT, INNER = "parameter", "input", "constant", "inner"  # kinds of nodes
MODEL, LAYER, NEURON, CALL, OP = "model", "layer", "neuron", "call", "op"  # kinds of groups


def kinds_of(graph: Graph, naming: Naming, evaluations: Sequence[Evaluation]) -> list[str]:
    """Return for each node "parameter", "input", "constant" or "inner".

    A leaf of no model is an input if it has a label, if it enters a part of the model, or if several operations share
    it, for a number in an expression is a leaf of its own wherever it stands; else it is a constant, such as the 2 in
    `2 * x`. Where there is neither a model nor any label, the others cannot be told apart, and count as inputs.
    """
    inside = {i for evaluation in evaluations for i in evaluation.nodes}
    entering = {p for i in inside for p in graph.parents[i]} - inside
    shared = _shared(graph)
    tells = _tells(graph, naming)
    kinds = [INNER] * len(graph)
    for i, parents in enumerate(graph.parents):
        if naming.owners[i] >= 0:
            kinds[i] = PARAMETER
        elif not parents:
            kinds[i] = INPUT if graph.nodes[i].label or i in entering or i in shared or not tells else CONSTANT
    return kinds


def _tells(graph: Graph, naming: Naming) -> bool:
    """Return whether something tells inputs from constants: a model that they enter, or labels."""
    return bool(naming.parts) or any(node.label for node in graph.nodes if not node.parents)


def _shared(graph: Graph) -> set[int]:
    """Return the nodes that several others are computed from."""
    return {i for i, consumers in enumerate(graph.consumers()) if len(consumers) > 1}


def describe_all(graph: Graph, naming: Naming, evaluations: Sequence[Evaluation], kinds: Sequence[str]) -> list[str]:
    """Return for each node what it is a kind of, in words: "parameters", "* of inputs", "+ of ReLU of *".

    Leaves that may be inputs or constants are "leaves".
    The words go two operations back. Constants, leaves beside what is computed, and the rest of a chain of one
    operation go without saying; a node of a model is called by the model. Nothing is like the root.
    """
    symbols = [graph.nodes[i].op or "custom" if kind == INNER else f"{kind}s" for i, kind in enumerate(kinds)]
    if not _tells(graph, naming):
        shared = _shared(graph)
        symbols = ["leaves" if kinds[i] == INPUT and i not in shared else symbol for i, symbol in enumerate(symbols)]
    models = {i: _root(naming, evaluation.part) for evaluation in evaluations for i in evaluation.nodes}
    operands = [_telling(i, parents, symbols, kinds, models) for i, parents in enumerate(graph.parents)]
    words = symbols
    for _ in range(2):
        words = [_joined(symbols[i], {models.get(p, words[p]) for p in operands[i]}) for i in range(len(graph))]
    return [*words[:-1], "root"]


def _telling(
    node: int, parents: Sequence[int], symbols: Sequence[str], kinds: Sequence[str], models: Mapping[int, str]
) -> set[int]:
    """Return those parents of a node that tell what kind it is."""
    computed = {p for p in parents if kinds[p] == INNER}
    if computed:
        return {p for p in computed if p in models or symbols[p] != symbols[node]}
    return {p for p in parents if kinds[p] != CONSTANT}


def _joined(symbol: str, operands: Collection[str]) -> str:
    """Return the words for an operation on some operands."""
    return f"{symbol} of {', '.join(sorted(operands))}" if operands else symbol


def _root(naming: Naming, part: int) -> str:
    """Return the name of the model that a part belongs to."""
    while naming.parts[part].parent >= 0:
        part = naming.parts[part].parent
    return naming.parts[part].name
