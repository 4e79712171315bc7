"""Arithmetic on floats that answers as IEEE 754 does: infinity or not-a-number, never an exception.

Python's `math` raises where the processor would answer: `math.log(0.0)`, `math.exp(1000.0)`, `1.0 / 0.0`.
Every function here has the name of a row of the table in `ops`, and stands for that row on plain floats.
"""

from __future__ import annotations

import functools
import math
import operator
import reprlib
from numbers import Complex, Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

INF = math.inf
NAN = math.nan

_shortened = reprlib.Repr()
_shortened.maxstring = _shortened.maxother = 100
shorten = _shortened.repr  # what messages show of what was given, which may be long


def to_float(x: Any) -> float:
    """Return a real number as a float.

    Raises:
        TypeError: x is not a real number (text, None, a complex number, a sequence).
    """
    if isinstance(x, (float, int)):
        return float(x)
    is_complex = isinstance(x, Complex) and not isinstance(x, Real)
    is_more = isinstance(x, (str, bytes)) or getattr(x, "ndim", 0) != 0
    if is_complex or is_more or not (hasattr(x, "__float__") or hasattr(x, "__index__")):
        message = f"a Value holds one real number; got {shorten(x)} of type {type(x).__name__}{_remedy(x)}"
        raise TypeError(message)
    return float(x)


def _remedy(x: Any) -> str:
    """Return what to do with what is no real number; nothing where that cannot be told."""
    if isinstance(x, (str, bytes)):
        return "; float(text) makes a number of text, and a name goes to label="
    if x is None:
        return "; does the function that it comes from return its result?"
    if getattr(x, "ndim", 0) or isinstance(x, (list, tuple)):
        return "; make a Value of each: [Value(x) for x in xs]"
    if isinstance(x, Complex):
        return "; take its .real part"
    return "; call it for its result, with parentheses" if callable(x) and not isinstance(x, type) else ""


def _total(function: Callable[[float], float], *, on_overflow: float = INF) -> Callable[[float], float]:
    """Extend a function of `math` to all floats: nan outside its domain, `on_overflow` past the largest float."""

    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return NAN
        except OverflowError:
            return on_overflow

    total.__name__ = total.__qualname__ = function.__name__
    total.__doc__ = f"Return {function.__name__}(x) for any float."
    return total


exp = _total(math.exp)
expm1 = _total(math.expm1)
sqrt = _total(math.sqrt)
sin = _total(math.sin)
cos = _total(math.cos)
tan = _total(math.tan)
asin = _total(math.asin)
acos = _total(math.acos)
atan = math.atan
cosh = _total(math.cosh)
tanh = math.tanh
erf = math.erf
abs = math.fabs  # noqa: A001  # the row's name
atan2 = math.atan2


def neg(x: float) -> float:
    """Return -x."""
    return -x


def copy(x: float) -> float:
    """Return x."""
    return x


def detach(x: float) -> float:
    """Return x, whose derivative counts as 0."""
    return x


def add(x: float, y: float) -> float:
    """Return x + y."""
    return x + y


def sub(x: float, y: float) -> float:
    """Return x - y."""
    return x - y


def mul(x: float, y: float) -> float:
    """Return x * y."""
    return x * y


def div(x: float, y: float) -> float:
    """Return x / y, with x / ±0 = ±inf and 0 / 0 = nan."""
    try:
        return x / y
    except ZeroDivisionError:
        return x * math.copysign(INF, y) if x else NAN


def pow(x: float, y: float) -> float:  # noqa: A001  # the row's name
    """Return x to the power y: nan for a fractional power of a negative number, as C does."""
    try:
        return math.pow(x, y)
    except ValueError:
        return _pow_of_zero(x, y) if x == 0.0 else NAN
    except OverflowError:
        return -INF if x < 0.0 and y % 2.0 == 1.0 else INF


def _pow_of_zero(x: float, y: float) -> float:
    """Return (±0) ** y for y < 0: infinite, with the sign of x where y is odd."""
    return math.copysign(INF, x) if y % 2.0 == 1.0 else INF


def powc(x: float, exponent: float) -> float:
    """Return x to a constant power."""
    return pow(x, exponent)


def log(x: float) -> float:
    """Return the natural logarithm: -inf at 0, nan below."""
    if x > 0.0:
        return math.log(x)
    return -INF if x == 0.0 else NAN


def log1p(x: float) -> float:
    """Return log(1 + x): -inf at -1, nan below."""
    if x > -1.0:
        return math.log1p(x)
    return -INF if x == -1.0 else NAN


def sinh(x: float) -> float:
    """Return the hyperbolic sine; past the largest float, infinity of the sign of x."""
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(INF, x)


def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)), with the exponential taken on the side where it cannot overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    z = exp(x)
    return z / (1.0 + z)


def softplus(x: float) -> float:
    """Return log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), which does not overflow."""
    return maximum(x, 0.0) + log1p(exp(-abs(x)))


def relu(x: float) -> float:
    """Return max(x, 0); nan stays nan."""
    return 0.0 if x < 0.0 else x  # noqa: FURB136  # nan stays nan


def leaky_relu(x: float, slope: float) -> float:
    """Return x above 0 and slope * x below."""
    return x if x > 0.0 else slope * x


def gelu(x: float) -> float:
    """Return x * Φ(x), Φ being the standard normal distribution function."""
    return x * 0.5 * (1.0 + math.erf(x * math.sqrt(0.5)))


def step(x: float, at_zero: float) -> float:
    """Return 0 below zero, 1 above, `at_zero` at zero; nan stays nan."""
    if x == 0.0:
        return at_zero
    return 1.0 if x > 0.0 else 0.0 if x < 0.0 else x  # noqa: FURB136


def less(x: float, y: float) -> float:
    """Return 1 where x < y, else 0."""
    return 1.0 if x < y else 0.0


def equal(x: float, y: float) -> float:
    """Return 1 where x = y, else 0."""
    return 1.0 if x == y else 0.0


def maximum(x: float, y: float) -> float:
    """Return the larger; nan if either is nan."""
    return x if x >= y or x != x else y  # noqa: PLR0124  # nan is the number that differs from itself


def minimum(x: float, y: float) -> float:
    """Return the smaller; nan if either is nan."""
    return x if x <= y or x != x else y  # noqa: PLR0124


def where(condition: float, x: float, y: float) -> float:
    """Return x where the condition is not 0, else y."""
    return x if condition else y


def take(index: float, *candidates: float) -> float:
    """Return the candidate at the place that an index says: see `position`."""
    return candidates[position(index, len(candidates))]


def position(index: float, n: int) -> int:
    """Return an index into n things as an int.

    Raises:
        ValueError: it is not a whole number.
        IndexError: it is not one of 0 … n - 1, or n is 0.
    """
    if n == 0:
        message = f"there is nothing to take from, with index {index!r} or any other"
        raise IndexError(message)
    if not float(index).is_integer():
        message = f"an index is a whole number from 0 to {n - 1}; got {index!r}"
        raise ValueError(message)
    if not 0 <= index < n:
        message = f"an index into {n} is a whole number from 0 to {n - 1}; got {index!r}"
        raise IndexError(message)
    return int(index)


def sum(*xs: float) -> float:  # noqa: A001  # the row's name
    """Return x₁ + x₂ + …, added from left to right with one rounding each, as a loop would."""
    return functools.reduce(operator.add, xs, 0.0)


def mean(*xs: float) -> float:
    """Return the sum divided by the count."""
    return sum(*xs) / len(xs)


def dot(*xys: float) -> float:
    """Return x₁y₁ + x₂y₂ + …, for all the xs followed by all the ys; an odd last operand is where the sum starts."""
    n = len(xys) // 2
    total = xys[2 * n] if len(xys) % 2 else 0.0
    for x, y in zip(xys[:n], xys[n : 2 * n], strict=True):
        total += x * y
    return total


def logsumexp(*xs: float) -> float:
    """Return log(exp(x₁) + exp(x₂) + …), with the largest taken out so that nothing overflows."""
    top = max(xs)
    if math.isinf(top):
        return top if not any(map(math.isnan, xs)) else NAN
    return top + log(sum(*(exp(x - top) for x in xs)))
