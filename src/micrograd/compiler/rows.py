"""The rows of the ops table on NumPy arrays: what `ieee` says of one number, of all numbers of an array at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Numbers: TypeAlias = "NDArray[Any]"

_erf = np.frompyfunc(math.erf, 1, 1)


def erf(x: Numbers) -> Numbers:
    """Return the error function, one number after another: NumPy has none."""
    return np.asarray(_erf(x), dtype=x.dtype)


def sigmoid(x: Numbers) -> Numbers:
    """Return 1 / (1 + exp(-x)), with the exponential taken on the side where it cannot overflow."""
    z = np.exp(np.where(x >= 0.0, -x, x))
    return np.where(x >= 0.0, 1.0, z) / (1.0 + z)


def softplus(x: Numbers) -> Numbers:
    """Return log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))."""
    return maximum(x, np.zeros_like(x)) + np.log1p(np.exp(-np.fabs(x)))


def maximum(x: Numbers, y: Numbers) -> Numbers:
    """Return the larger; nan if either is nan; x where the two are equal."""
    return np.where((x >= y) | (x != x), x, y)  # noqa: PLR0124  # nan is the number that differs from itself


def minimum(x: Numbers, y: Numbers) -> Numbers:
    """Return the smaller; nan if either is nan; x where the two are equal."""
    return np.where((x <= y) | (x != x), x, y)  # noqa: PLR0124


def power(x: Numbers, y: Numbers) -> Numbers:
    """Return x to the power y, as C's pow does.

    Where all exponents are one number NumPy takes shortcuts that differ from it at -inf and -0: one more makes two.
    """
    bases, exponents = np.broadcast_arrays(x, y)
    powers: Numbers = np.power(np.append(bases, x.dtype.type(1.0)), np.append(exponents, x.dtype.type(1.5)))
    return powers[:-1].reshape(bases.shape)


def step(x: Numbers, at_zero: Numbers) -> Numbers:
    """Return 0 below zero, 1 above, `at_zero` at zero; nan stays nan."""
    return np.where(x == 0.0, at_zero, np.where(x > 0.0, 1.0, np.where(x < 0.0, 0.0, x)))


def where(condition: Numbers, x: Numbers, y: Numbers) -> Numbers:
    """Return x where the condition is not 0, else y."""
    return np.where(condition != 0.0, x, y)


ROWS: dict[str, Callable[..., Numbers]] = {
    "copy": lambda x: x,
    "detach": lambda x: x,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "pow": power,
    "powc": power,
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": lambda x: np.where(x < 0.0, 0.0, x),
    "leaky_relu": lambda x, slope: np.where(x > 0.0, x, slope * x),
    "softplus": softplus,
    "gelu": lambda x: x * 0.5 * (1.0 + erf(x * math.sqrt(0.5))),
    "erf": erf,
    "abs": np.fabs,
    "step": step,
    "less": np.less,
    "equal": np.equal,
    "maximum": maximum,
    "minimum": minimum,
    "atan2": np.arctan2,
    "where": where,
}
