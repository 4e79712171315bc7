"""What is said of a graph that went wrong, and of a function that cannot be traced.

Nodes are seen through their public attributes alone.
"""

from __future__ import annotations

import math
from typing import Any

from micrograd.errors import TraceError
from micrograd.frames import user_frame

refusals: list[TraceError] = []  # of the present trace: NumPy and `try` may swallow what is raised

# What makes a plain number of a traced Value, and what to write instead.
_FREEZING = {
    "data": (
        "reading .data",
        "compute with the Value itself; micrograd.detach(x) is x without a derivative",
    ),
    "write": ("writing .data", "do it outside of the function, which returns new Values"),
    "float": (
        "float(), int(), round() or a function of `math`",
        "compute with the Value itself and with micrograd.exp, micrograd.sin and the like",
    ),
    "format": ("formatting with a specification", "print the Value itself, or format what the function returns"),
    "bool": ("`if`, `while`, `and`, `or`, `not` or bool()", "choose with micrograd.where(condition, x, y)"),
    "compare": (
        "comparing with < <= > >=",
        "use micrograd.less(x, y), micrograd.where(condition, x, y), micrograd.maximum(x, y)",
    ),
    "equal": ("comparing with == or !=", "use micrograd.equal(x, y), which is 1 or 0"),
    "index": (
        "using it as an index or in range()",
        "choose with micrograd.take(rows, index); a number of rounds is no argument: have it outside of the function",
    ),
    "backward": ("backward()", "use micrograd.grad, whose result is a part of the function"),
    "custom": ("an operation of your own", "write it with operators and the functions of micrograd"),
    "grad": ("reading or writing .grad", "use micrograd.grad, or call backward() on what the function returns"),
    "local_grads": ("reading .local_grads", "use micrograd.grad"),
    "copy": ("copying", "Value(x) is a copy that stays a part of the function"),
}


def frozen(how: str) -> TraceError:
    """Return the error for what would freeze a traced number, with the innermost line of the user's own code."""
    what, remedy = _FREEZING[how]
    frame = user_frame()
    place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    error = TraceError(f"{place}: {what} would turn a traced Value into a constant of the compiled function: {remedy}")
    refusals.append(error)
    return error


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
