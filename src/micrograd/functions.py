"""Every operation as a function of Values or plain numbers, which gives a float where no Value is among them.

The module is also what the derivative rules of `ops` see as `m` when they are applied to Values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from micrograd import engine, ieee
from micrograd.engine import Value
from micrograd.ieee import to_float
from micrograd.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "abs", "acos", "asin", "atan", "atan2", "cos", "cosh", "detach", "div", "dot", "equal", "erf", "exp", "expm1",
    "gelu", "leaky_relu", "less", "log", "log1p", "logsumexp", "maximum", "mean", "minimum", "pow", "powc", "relu",
    "sigmoid", "sin", "sinh", "softmax", "softplus", "sqrt", "step", "sum", "take", "tan", "tanh", "where",
]  # fmt: skip


def _function(name: str) -> Callable[..., Any]:
    """Return the function of a row of the table that takes a fixed number of operands and no parameter."""
    op = TABLE[name]
    method = getattr(Value, name, None)

    def function(*operands: Any) -> Any:
        if len(operands) != op.arity:
            message = f"{name}() takes {op.arity} operand(s), numbers or Values; got {len(operands)}"
            raise TypeError(message)
        if method is not None and isinstance(operands[0], Value):
            return method(*operands)
        if any(isinstance(x, Value) for x in operands):
            return engine.apply(name, *operands)
        return op.forward(*map(to_float, operands))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return {name} of {op.arity} Value(s) or number(s): {op.words}."
    return function


exp, log, log1p, expm1, sqrt = map(_function, ("exp", "log", "log1p", "expm1", "sqrt"))
sin, cos, tan, asin, acos, atan = map(_function, ("sin", "cos", "tan", "asin", "acos", "atan"))
sinh, cosh, tanh, sigmoid, erf = map(_function, ("sinh", "cosh", "tanh", "sigmoid", "erf"))
relu, softplus, gelu = map(_function, ("relu", "softplus", "gelu"))
abs = _function("abs")  # noqa: A001  # the row's name
pow, div, atan2 = map(_function, ("pow", "div", "atan2"))  # noqa: A001
maximum, minimum, less, equal = map(_function, ("maximum", "minimum", "less", "equal"))
_where = _function("where")


def detach(x: Any) -> Any:
    """Return x, taken for a constant: no gradient flows back through it.

        y = x,   ∂y/∂x = 0

    Example:
        >>> x = Value(3.0)
        >>> (x * detach(x)).backward()
        >>> x.grad
        3.0
    """
    return x.detach() if isinstance(x, Value) else to_float(x)


def where(condition: Any, x: Any, y: Any) -> Any:
    """Return x where the condition is not 0, else y: a choice that a compiled function makes anew at every call.

    Both x and y are computed. A derivative that is infinite makes the gradient nan even where it is not chosen, as in
    `where(less(0.0, x), log(x), 0.0)` at 0; `log(maximum(x, 1e-12))` there avoids it.

    Args:
        condition: a comparison such as `less(x, y)` or `equal(x, y)`, which is 1 or 0. It gets no gradient.
        x: what to choose where it holds.
        y: what to choose elsewhere.

    Example:
        >>> where(less(1.0, 2.0), Value(3.0), 4.0)
        Value(data=3.0)
    """
    return _where(condition, x, y)


def powc(x: Any, exponent: float) -> Any:
    """Return x to a constant power, which has no derivative by the exponent."""
    return x ** to_float(exponent) if isinstance(x, Value) else ieee.powc(to_float(x), to_float(exponent))


def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """Return x above 0 and slope * x below.

    Example:
        >>> leaky_relu(-2.0, slope=0.1)
        -0.2
    """
    return x.leaky_relu(slope) if isinstance(x, Value) else ieee.leaky_relu(to_float(x), to_float(slope))


def step(x: Any, at_zero: float = 0.0) -> Any:
    """Return 0 below zero, 1 above, `at_zero` at zero; its derivative is 0 everywhere.

    Example:
        >>> step(-1.0), step(0.0, at_zero=0.5), step(2.0)
        (0.0, 0.5, 1.0)
    """
    return x.step(at_zero) if isinstance(x, Value) else ieee.step(to_float(x), to_float(at_zero))


def _listed(name: str, xs: Iterable[Any]) -> list[Any]:
    """Return what a sequence holds, or say that it is none."""
    if not isinstance(xs, Iterable):
        message = f"{name}() takes a sequence of numbers or Values, as in {name}([x, y]); got {ieee.shorten(xs)}"
        raise TypeError(message)
    return list(xs)


def _reduction(name: str, xs: Iterable[Any]) -> Any:
    """Return one node for a row that takes any number of operands; a float where no operand is a Value."""
    operands = tuple(_listed(name, xs))
    if not operands:
        message = f"{name}() of an empty sequence: give at least one number or Value"
        raise ValueError(message)
    if any(isinstance(x, Value) for x in operands):
        return engine.apply(name, *operands)
    return TABLE[name].forward(*map(to_float, operands))


def sum(xs: Iterable[Any]) -> Any:  # noqa: A001  # the row's name
    """Return x₁ + x₂ + … as one node, where Python's own `sum` makes one for each addition.

    Raises:
        ValueError: there is nothing to add.

    Example:
        >>> sum([Value(1.0), 2.0, 3.0])
        Value(data=6.0)
    """
    return _reduction("sum", xs)


def dot(xs: Iterable[Any], ys: Iterable[Any], start: Any = None) -> Any:
    """Return start + x₁y₁ + x₂y₂ + … as one node; a float where no operand is a Value: see `engine.dot`.

    Raises:
        ValueError: the lengths differ.

    Example:
        >>> dot([1.0, 2.0], [3.0, 4.0])
        11.0
    """
    left, right = _listed("dot", xs), _listed("dot", ys)
    out = engine.dot(left, right, start)
    return out if any(isinstance(x, Value) for x in (*left, *right, start)) else out.data


def mean(xs: Iterable[Any]) -> Any:
    """Return (x₁ + … + xₙ) / n as one node.

    Raises:
        ValueError: the sequence is empty.

    Example:
        >>> mean([1.0, 2.0, 6.0])
        3.0
    """
    return _reduction("mean", xs)


def logsumexp(xs: Iterable[Any]) -> Any:
    """Return log(exp(x₁) + … + exp(xₙ)) as one node, computed so that no exponential overflows.

    Raises:
        ValueError: the sequence is empty.

    Example:
        >>> logsumexp([1000.0, 1000.0])
        1000.6931471805599
    """
    return _reduction("logsumexp", xs)


def take(rows: Iterable[Any], index: Any) -> Any:
    """Return rows[index], where the index may be a Value: then what it chooses is computed, one node for each number.

    Args:
        rows: n numbers or Values; or n sequences of these, all of one length, as the rows of an embedding are.
        index: a whole number from 0 to n - 1. A Value gets no gradient.

    Returns:
        What is chosen: a number, or a list of the numbers of a row.

    Raises:
        ValueError: the index is not whole, or the rows have several lengths.
        IndexError: the index is not one of 0 … n - 1.

    Example:
        >>> take([[1.0, 2.0], [3.0, 4.0]], Value(1.0))
        [Value(data=3.0), Value(data=4.0)]
        >>> take([5.0, 6.0], 0)
        5.0
    """
    candidates = _listed("take", rows)
    if not isinstance(index, Value):
        return candidates[ieee.position(to_float(index), len(candidates))]
    if not any(isinstance(row, Iterable) for row in candidates):
        return engine.apply("take", index, *candidates)
    lengths = sorted({len(row) for row in candidates})
    if len(lengths) != 1:
        message = f"the rows to take from must have one length; got rows of {lengths} numbers"
        raise ValueError(message)
    return [take(column, index) for column in zip(*candidates, strict=True)]


def softmax(xs: Sequence[Any]) -> list[Any]:
    """Return exp(xᵢ) / (exp(x₁) + … + exp(xₙ)) for every i: positive numbers that add up to 1.

        softmax(x)ᵢ = exp(xᵢ - logsumexp(x))

    Raises:
        ValueError: the sequence is empty.

    Example:
        >>> softmax([0.0, 0.0])
        [0.5, 0.5]
    """
    operands = _listed("softmax", xs)
    total = logsumexp(operands)
    return [exp(x - total) for x in operands]
