"""What a network's settings may be: sizes, activations, and how weights and biases start."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Sequence
from numbers import Real

from micrograd.engine import Value

__all__ = ["ACTIVATIONS", "activation", "bias", "bound", "size", "sizes"]


def _same(x: Value) -> Value:
    """Return x."""
    return x


# Functions of the class, not methods looked up by name at every call of every neuron.
ACTIVATIONS: dict[str, Callable[[Value], Value]] = {
    "tanh": Value.tanh,
    "relu": Value.relu,
    "leaky_relu": Value.leaky_relu,
    "gelu": Value.gelu,
    "softplus": Value.softplus,
    "sigmoid": Value.sigmoid,
    "sin": Value.sin,
    "linear": _same,
    "identity": _same,
}


def size(number: int, name: str) -> int:
    """Return a size as an int, or say why it cannot be one."""
    message = f"{name} must be a whole number, 1 or more; got {number!r}"
    try:
        n = operator.index(number)
    except TypeError:
        raise TypeError(message) from None
    if n < 1:
        raise ValueError(message)
    return n


def sizes(nin: int, nouts: Sequence[int]) -> list[int]:
    """Return the sizes of an MLP, from its inputs to its outputs."""
    if not isinstance(nouts, Collection) or len(nouts) == 0:
        message = f"nouts must be a sequence of sizes, at least one, such as [16, 1]; got {nouts!r}"
        raise ValueError(message)
    return [size(nin, "nin"), *(size(nout, f"nouts[{i}]") for i, nout in enumerate(nouts))]


def activation(nonlin: bool | None, activation: str) -> str:  # noqa: FBT001  # as published
    """Return the name of the activation that the two arguments ask for."""
    if activation not in ACTIVATIONS:
        message = f"unknown activation {activation!r}: choose one of {', '.join(ACTIVATIONS)}"
        raise ValueError(message)
    if nonlin is None:
        return activation
    if not isinstance(nonlin, bool) or activation != "tanh":
        message = f"nonlin must be True (relu) or False (linear), and activation= not given; got {nonlin!r}"
        raise TypeError(message)
    return "relu" if nonlin else "linear"


def bias(bias: bool | str, init: str | float, activation: str) -> bool | str:  # noqa: FBT001  # one of several
    """Return how a bias starts, "uniform" or "zero", or False for none."""
    if bias is True:
        return "uniform" if (activation, init) == ("tanh", "uniform") else "zero"
    if bias is False or bias in {"uniform", "zero"}:
        return bias
    message = f'bias must be True, False, "uniform" or "zero"; got {bias!r}'
    raise ValueError(message)


def bound(init: str | float, nin: int, nout: int) -> float:
    """Return the half-width of the interval that weights are drawn from."""
    if isinstance(init, Real) and 0.0 <= init < math.inf:
        return float(init)
    bounds = {"uniform": 1.0, "xavier": math.sqrt(6.0 / (nin + nout)), "kaiming": math.sqrt(6.0 / nin)}
    if init in bounds:
        return bounds[str(init)]
    message = f"init must be one of {', '.join(bounds)}, or a number, 0 or more; got {init!r}"
    raise ValueError(message)
