"""What networks and optimisers may be made of: sizes, activations, how weights and biases start, parameters."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from numbers import Real

from micrograd.engine import Value
from micrograd.ieee import shorten

__all__ = ["ACTIVATIONS", "activation", "bias", "bound", "parameters", "size", "sizes", "uniform"]


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
    if isinstance(nin, Sequence) and not isinstance(nin, str) and len(nin) > 1:
        message = f"nin is the number of inputs alone; got {nin!r}: write MLP({nin[0]}, {list(nin[1:])})"
        raise TypeError(message)
    if not isinstance(nouts, Collection) or len(nouts) == 0:
        hint = f"; write [{nouts}] for one layer" if isinstance(nouts, int) else ""
        message = f"nouts must be a sequence of sizes, at least one, such as [16, 1]; got {nouts!r}{hint}"
        raise ValueError(message)
    return [size(nin, "nin"), *(size(nout, f"nouts[{i}]") for i, nout in enumerate(nouts))]


def activation(nonlin: bool | None, activation: str) -> str:  # noqa: FBT001  # as published
    """Return the name of the activation that the two arguments ask for."""
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        hint = _nearest(activation, ACTIVATIONS)
        message = f"unknown activation {activation!r}{hint}: choose one of {', '.join(ACTIVATIONS)}"
        raise ValueError(message)
    if nonlin is None:
        return activation
    if not isinstance(nonlin, bool) or activation != "tanh":
        hint = f"; write activation={nonlin!r}" if isinstance(nonlin, str) else ""
        message = f"nonlin must be True (relu) or False (linear), and activation= not given; got {nonlin!r}{hint}"
        raise TypeError(message)
    return "relu" if nonlin else "linear"


def bias(bias: bool | str, init: str | float, activation: str) -> bool | str:  # noqa: FBT001  # one of several
    """Return how a bias starts, "uniform" or "zero", or False for none."""
    if bias is True:
        return "uniform" if (activation, init) == ("tanh", "uniform") else "zero"
    if bias is False or bias in {"uniform", "zero"}:
        return bias
    message = f'bias must be True, False, "uniform" or "zero"; got {bias!r}{_nearest(bias, ("uniform", "zero"))}'
    raise ValueError(message)


def bound(init: str | float, nin: int, nout: int) -> float:
    """Return the half-width of the interval that weights are drawn from."""
    if isinstance(init, Real) and 0.0 <= init < math.inf:
        return float(init)
    bounds = {"uniform": 1.0, "xavier": math.sqrt(6.0 / (nin + nout)), "kaiming": math.sqrt(6.0 / nin)}
    if init in bounds:
        return bounds[str(init)]
    hint = _nearest(_OTHER_NAMES.get(init, init), bounds) if isinstance(init, str) else ""
    message = f"init must be one of {', '.join(bounds)}, or a number, 0 or more; got {init!r}{hint}"
    raise ValueError(message)


_OTHER_NAMES = {"he": "kaiming", "glorot": "xavier"}  # of the same inits


def uniform(rng: random.Random | None) -> Callable[[float, float], float]:
    """Return the function that draws weights."""
    if rng is None:
        return random.uniform
    if not hasattr(rng, "uniform"):
        message = f"rng must be a generator such as random.Random(42); got {rng!r}"
        raise TypeError(message)
    return rng.uniform


def parameters(params: Iterable[Value]) -> list[Value]:
    """Return the parameters of an optimiser as a list, or say why they cannot be moved."""
    if not isinstance(params, Iterable):
        hint = "; call it, with parentheses" if hasattr(params, "__self__") else ""
        message = f"params must be a sequence of Values, such as model.parameters(); got {params!r}{hint}"
        raise TypeError(message)
    values = list(params)
    for i, value in enumerate(values):
        if not isinstance(value, Value) or value.parents:
            message = f"params[{i}] must be a Value that was not computed from others; got {shorten(value)}"
            raise TypeError(message)
    if not values or len(set(values)) < len(values):
        message = f"params must hold at least one Value, and each only once; got {len(values)} of them"
        raise ValueError(message)
    return values


def _nearest(given: object, names: Iterable[str]) -> str:
    """Return a question about the name that was meant; nothing where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415  # only a mistake needs it

    name = given if isinstance(given, str) else getattr(given, "__name__", "")
    close = get_close_matches(name.casefold(), list(names), 1)
    return f"; did you mean {close[0]!r}?" if close else ""
