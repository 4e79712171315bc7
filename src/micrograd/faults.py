"""What is said of a graph that went wrong, and of a function that cannot be traced.

Nodes are seen through their public attributes alone.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from micrograd.errors import MisspeltWarning, TraceError
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

# What other libraries have, and what a Value has instead.
INSTEAD = {
    "item": "; its number is .data",
    "numpy": "; its number is .data",
    "value": "; its number is .data",
    "zero_grad": "; write x.grad = 0.0; networks and optimisers have zero_grad()",
    "sum": "; add up several with micrograd.sum([x, y])",
    "mean": "; average several with micrograd.mean([x, y])",
    "requires_grad": "; every Value is differentiated; micrograd.detach(x) is x taken for a constant",
    "shape": "; a Value is one number; several of them are a list",
}

# Slips of the fingers, and the field of a Value that was meant: no words that a program could mean by themselves.
MISSPELT = {
    **dict.fromkeys(["lable", "labl", "labe", "lael", "laebl", "albel", "lebal", "lebel", "labell", "Label"], "label"),
    **dict.fromkeys(["gard", "grda", "rgad", "garad", "graad", "gradd", "Grad"], "grad"),
    **dict.fromkeys(["dtaa", "daat", "adta", "dataa", "dtata", "Data"], "data"),
}


def misspelt(name: str) -> str:
    """Return what is said where an attribute is set that was meant to be a field of a Value."""
    return f"a Value has no field {name!r}: did you mean {MISSPELT[name]!r}? It is kept as an attribute of your own"


class Missing:
    """An attribute that other libraries have: reading it raises what a Value has instead; setting it is the user's."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, node: Any, owner: type) -> Any:
        kind = owner.__name__
        message = f"{kind!r} object has no attribute {self.name!r}{INSTEAD.get(self.name, '')}"
        raise AttributeError(message, name=self.name, obj=node)


class Misspelt(Missing):
    """An attribute that only a slip of the fingers sets: it warns, and is kept all the same."""

    def __set__(self, node: Any, value: Any) -> None:
        warnings.warn(misspelt(self.name), MisspeltWarning, stacklevel=2)
        node.__dict__[self.name] = value

    def __get__(self, node: Any, owner: type) -> Any:
        if node is None or self.name not in node.__dict__:
            return super().__get__(node, owner)
        return node.__dict__[self.name]

    def __delete__(self, node: Any) -> None:
        self.__get__(node, type(node))  # raises where there is none
        del node.__dict__[self.name]


def unknown_setting(name: str) -> str:
    """Return the message for an argument that a Value does not take."""
    from difflib import get_close_matches  # noqa: PLC0415  # only a mistake needs it

    meant = MISSPELT.get(name) or "".join(get_close_matches(name, ["data", "label"], 1))
    hint = f"; did you mean {meant}=?" if meant else ""
    return f"Value() takes a number and label=; got {name}={hint}"


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


def from_leaf(root: Any) -> str:
    """Return the message for a `backward()` that has no way to go."""
    return (
        f"backward() from {describe(root)}, which was computed from nothing, reaches no other Value: call it on the "
        "loss itself, which was computed from them, and not on a new Value of its number"
    )


def no_rule(node: Any) -> str:
    """Return the message for a node with parents and without a derivative."""
    return f"{describe(node)} has parents but no derivative: assign `_backward`, or make it with Value.custom"
