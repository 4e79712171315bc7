"""A graph as plain data, ready for JSON: what the page, the widget and their tests agree on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from micrograd.draw.groups import group_nodes
from micrograd.draw.rules import rules_of
from micrograd.graph import local_derivatives, walk
from micrograd.naming import name_nodes

if TYPE_CHECKING:
    from micrograd.engine import Value

__all__ = ["payload"]


def payload(root: Value, *, model: object = None) -> dict[str, Any]:
    """Return all that a value was computed from, as data that JSON can hold.

    Args:
        root: the value, such as a loss.
        model: the model to name parameters by; None finds it by itself.

    Returns:
        title: the label of the root.
        root: position of the root, which is the last node.
        nodes: in topological order, each a dict: parents (positions), op (symbol), row (of the ops table, None for
            leaves and for operations of the user's own), parameter (the row's constant or None), data, grad (None
            where none was computed), local (the derivative towards each parent, None where it cannot be known), name,
            kind ("parameter", "input", "constant", "inner"), group (position or -1), rule (position or None).
        groups: each after the one that it is a part of: name, kind, parent (position or -1).
        rules: how the rows in use are differentiated: see `micrograd.draw.rules`.

        Numbers that JSON lacks are the texts "nan", "inf" and "-inf".

    Raises:
        TypeError: root is not a Value.
        ValueError: the model holds no leaf of the graph.

    Example:
        >>> from micrograd.engine import Value
        >>> graph = payload(Value(2.0, label="a") * 3.0)
        >>> graph["nodes"][2]["parents"], graph["nodes"][2]["local"], graph["nodes"][2]["grad"]
        ([0, 1], [3.0, 2.0], None)
    """
    graph = walk(root)
    naming = name_nodes(graph, model)
    grouping = group_nodes(graph, naming)
    rules, chosen = rules_of(graph)
    nodes = [
        {
            "parents": list(parents),
            **_operation(node),
            **_numbers(node),
            "name": _whole(naming.names[i]),
            "kind": grouping.kinds[i],
            "group": grouping.of[i],
            "rule": chosen[i],
        }
        for i, (node, parents) in enumerate(zip(graph.nodes, graph.parents, strict=True))
    ]
    groups = [{"name": _whole(group.name), "kind": group.kind, "parent": group.parent} for group in grouping.groups]
    return {"title": _whole(root.label), "root": len(graph) - 1, "nodes": nodes, "groups": groups, "rules": rules}


def _operation(node: Value) -> dict[str, Any]:
    """Return which operation made a node."""
    row = node.row if node.rule is None and node.parents else None
    parameter = node.parameter if row else None
    return {
        "op": _whole(node.op),
        "row": row.name if row else None,
        "parameter": None if parameter is None else _json(parameter),
    }


def _numbers(node: Value) -> dict[str, Any]:
    """Return what a node holds."""
    derivatives = local_derivatives(node)
    return {
        "data": _json(node.data),
        "grad": _json(float(node.grad)) if node.has_grad else None,
        "local": [None] * len(node.parents) if derivatives is None else [_json(d) for d in derivatives],
    }


def _whole(text: str) -> str:
    """Return a text whose halves of surrogate pairs, which no file can hold, are replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _json(x: float) -> float | str:
    """Return a number as JSON can hold it."""
    return x if math.isfinite(x) else str(x)
