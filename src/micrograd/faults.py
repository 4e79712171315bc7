"""What `backward()` says of a graph that went wrong. The nodes are seen through their public attributes alone."""

from __future__ import annotations

import math
from typing import Any


def describe(node: Any) -> str:
    """Return a node as messages name it, such as `log -> Value(data=-inf, label='x')`."""
    label = f", label={node.label!r}" if node.label else ""
    made_by = f"{node.op} -> " if node.op else ""
    return f"{made_by}Value(data={node.data!r}{label})"


def first_non_finite(order: list[Any]) -> str:
    """Return the message that names the first node of a topological order that is infinite or nan."""
    root = order[-1]
    first = next(node for node in order if not math.isfinite(node.data))
    operands = ", ".join(describe(parent) for parent in first.parents)
    cause = f", computed from {operands}" if operands else ", a leaf"
    return f"backward() from {root!r}: the first value that is not finite is {describe(first)}{cause}"


def no_rule(node: Any) -> str:
    """Return the message for a node with parents and without a derivative."""
    return f"{describe(node)} has parents but no derivative: assign `_backward`, or make it with Value.custom"
