"""What nodes are: parameters, inputs, constants, or computed from others; and how groups of likes are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrograd.draw.evaluations import Evaluation
    from micrograd.graph import Graph
    from micrograd.naming import Naming

PARAMETER, INPUT, CONSTANT, INNER = "parameter", "input", "constant", "inner"  # kinds of nodes
MODEL, LAYER, NEURON, CALL, OP = "model", "layer", "neuron", "call", "op"  # kinds of groups


def kinds_of(graph: Graph, naming: Naming, evaluations: Sequence[Evaluation]) -> list[str]:
    """Return for each node "parameter", "input", "constant" or "inner".

    A leaf of no model is an input if it has a label, or if it enters a part of the model; else it is a constant, such
    as the 2 in `2 * x`. Where there is neither a model nor any label, nothing tells them apart, and all are inputs.
    """
    inside = {i for evaluation in evaluations for i in evaluation.nodes}
    entering = {p for i in inside for p in graph.parents[i]} - inside
    leaves = [i for i, parents in enumerate(graph.parents) if not parents]
    telling = bool(naming.parts) or any(graph.nodes[i].label for i in leaves)
    kinds = [INNER] * len(graph)
    for i in leaves:
        if naming.owners[i] >= 0:
            kinds[i] = PARAMETER
        else:
            kinds[i] = INPUT if graph.nodes[i].label or i in entering or not telling else CONSTANT
    return kinds


def describe_all(graph: Graph, naming: Naming, evaluations: Sequence[Evaluation], kinds: Sequence[str]) -> list[str]:
    """Return for each node what it is a kind of, in words: "parameters", "* of inputs", "+ of ReLU"."""
    words = [
        node.op or "custom" if kind == INNER else f"{kind}s" for node, kind in zip(graph.nodes, kinds, strict=True)
    ]
    seen = list(words)  # as others see it: a node of a model is that model's
    for evaluation in evaluations:
        root = _root(naming, evaluation.part)
        for i in evaluation.nodes:
            seen[i] = root
    for i, parents in enumerate(graph.parents):
        operands = {seen[p] for p in parents} - {words[i], f"{CONSTANT}s"}
        words[i] += f" of {', '.join(sorted(operands))}" if operands else ""
    return words


def _root(naming: Naming, part: int) -> str:
    """Return the name of the model that a part belongs to."""
    while naming.parts[part].parent >= 0:
        part = naming.parts[part].parent
    return naming.parts[part].name
