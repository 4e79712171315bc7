"""Symptoms of numbers that are infinite or not a number (nan), with what made them so."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, named, number
from micrograd.faults import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.check.doctor.look import Look
    from micrograd.check.doctor.run import Run
    from micrograd.engine import Value

__all__ = ["not_finite"]

_SHOWN = 3  # operands
_GROWN = 100.0  # times; in a training that goes well, weights stay within a few times what they began with
_KEEP_OUT = "Keep the operand away from there: "
_RATE = "Lower the learning rate, by 10 at first: the parameters have been thrown far out."

_Cause = tuple[str, str]


def not_finite(run: Run) -> Finding | None:
    """Find the first node, or else the first gradient, that is infinite or nan, and say what made it so."""
    look = run.look
    if look is None:
        return None
    node = next((node for node in look.order if not math.isfinite(node.data)), None)
    if node is None:
        return _bad_gradient(run, look)
    if not node.parents:
        return _bad_leaf(run, look, node)
    operands = ", ".join(describe(parent) for parent in node.parents[:_SHOWN])
    more = f" and {len(node.parents) - _SHOWN} more" if len(node.parents) > _SHOWN else ""
    why, advice = _cause(node)
    if _off_its_path(run):
        why, advice = f"{why} {_grown(run)}", _RATE
    return Finding(
        "a number is not finite",
        run.line_of(node),
        f"In step {run.count} the first one is {node.data}, the result of {node.op!r} on {operands}{more}. {why} Every "
        "number computed from it, and every gradient, is spoilt.",
        advice,
    )


def _bad_leaf(run: Run, look: Look, leaf: Value) -> Finding:
    """Say where a leaf that is not finite comes from."""
    if leaf not in look.parameters:
        return Finding(
            "a number is not finite",
            look.place,
            f"The data hold {leaf.data}: it went into the graph of step {run.count} as a number of no computation"
            f"{named([leaf])}.",
            "Look for missing or overflown numbers in the data, and drop or replace these rows.",
        )
    losses = ", ".join(number(step.loss) for step in run.steps[-_SHOWN:])
    return Finding(
        "a number is not finite",
        look.parameters[leaf],
        f"A parameter{named([leaf])} became {leaf.data} in the update before step {run.count}. The losses before were "
        f"{losses}: the steps were so long that the numbers ran out of range.",
        _RATE,
    )


def _bad_gradient(run: Run, look: Look) -> Finding | None:
    """Say at which node a gradient becomes infinite or nan, while all numbers are finite."""
    for node in reversed(look.order):
        shares = zip(node.parents, node.local_grads, strict=False)
        bad = next((local for _, local in shares if not math.isfinite(local * float(node.grad))), None)
        if bad is not None:
            operands = ", ".join(describe(parent) for parent in node.parents[:_SHOWN])
            return Finding(
                "a gradient is not finite",
                run.line_of(node),
                f"In step {run.count} all numbers are finite; the derivative of {node.op!r} at {operands} is {bad}, "
                f"and the gradient that comes in is {number(float(node.grad))}. The gradients of all that it was "
                "computed from are spoilt.",
                f"{_KEEP_OUT}`(x + 1e-12).sqrt()`, for instance, has a slope at 0 too.",
            )
    return None


def _cause(node: Value) -> _Cause:
    """Return why a node is not finite although its operands are, and what to do."""
    row = node.row
    explain = _CAUSES.get("" if row is None else row.name, _overflow)
    return explain(*[parent.data for parent in node.parents])


def _logarithm(x: float) -> _Cause:
    which = "The logarithm of 0 is -inf" if x == 0.0 else "A number below 0 has no logarithm"
    advice = (
        "`log(maximum(x, 1e-12))`; or let the loss take logits, as `micrograd.losses.cross_entropy` and "
        "`binary_cross_entropy` do, which need no logarithm of a probability."
    )
    return f"{which}.", _KEEP_OUT + advice


def _exponential(x: float) -> _Cause:
    return (
        f"e to the power {number(x)} is beyond the largest float; 709 is the limit.",
        "Use `micrograd.softmax`, `logsumexp`, `sigmoid`, `softplus` or `tanh`, which do without such exponentials.",
    )


def _quotient(x: float, y: float) -> _Cause:
    if y != 0.0:
        return _overflow(x, y)
    return f"{number(x)} is divided by 0.", _KEEP_OUT + "add a small number to the divisor, such as `x / (y + 1e-12)`."


def _power(x: float, *_: float) -> _Cause:
    if x > 0.0:
        return _overflow(x)
    which = "0 has no negative power" if x == 0.0 else "A number below 0 has no root"
    return f"{which}.", _KEEP_OUT + "`maximum(x, 1e-12)`, for instance."


def _overflow(*_: float) -> _Cause:
    return (
        "The result is out of the range of floats.",
        "Make the numbers smaller: the inputs, the weights, or the steps.",
    )


_CAUSES: dict[str, Callable[..., _Cause]] = {
    "log": _logarithm,
    "exp": _exponential,
    "div": _quotient,
    "powc": _power,
    "pow": _power,
    "sqrt": _power,
}


def _off_its_path(run: Run) -> bool:
    """Tell whether the parameters, or the loss, have grown far beyond what they began with."""
    if not run.steps:
        return False
    return run.thrown_out(_GROWN) or run.steps[-1].loss > _GROWN * (1.0 + abs(run.steps[0].loss))


def _grown(run: Run) -> str:
    """Say how far the parameters and the loss have grown."""
    size = max(abs(p.data) for p in run.parameters)
    return (
        f"The training had left its path before: the loss was {number(run.steps[0].loss)} at first and "
        f"{number(run.steps[-1].loss)} in the step before, and the largest parameter is now {number(size)}."
    )
