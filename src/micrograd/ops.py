"""The table of primitives: every operation of the engine is one row, with its derivative.

A derivative is written once, with operators and other rows only, so that the same rule runs on floats, on `Value`s
(gradients of gradients) and on the symbols of a compiler. Its first argument `m` is the module that holds the rows
for that kind of number: `ieee` for floats, `functions` for Values. So the table is closed under differentiation.

Subgradients are PyTorch's: relu'(0) = 0, abs'(0) = 0, and a tie of maximum or minimum is shared half and half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micrograd import ieee

if TYPE_CHECKING:
    from collections.abc import Callable

Interval = tuple[float, float]

ANY: Interval = (-4.0, 4.0)
POSITIVE: Interval = (0.05, 5.0)
UNIT: Interval = (-0.95, 0.95)
WIDE: Interval = (-50.0, 50.0)


@dataclass(frozen=True, slots=True)
class Op:
    """One primitive operation.

    Args:
        name: the row's name, the same in Python, in pictures of the table and in every backend.
        symbol: what a picture writes in the node.
        forward: the value, from floats; its name and meaning in `ieee`.
        derivative: `(m, out, *operands) -> local derivatives`, one towards each operand.
        words: the derivative in the notation of a textbook.
        domain: an interval for each operand inside which the op is smooth or has the listed kinks; tests draw there.
        kinks: values of the first operand (less the second, where there are two) at which the derivative jumps.
        parameter: name of the constant that follows the operands, such as the exponent of `x ** 3`, if any.
        variadic: whether the op takes any number of operands; `domain` then holds one interval for all.
    """

    name: str
    symbol: str
    forward: Callable[..., float]
    derivative: Callable[..., tuple[Any, ...]]
    words: str
    domain: tuple[Interval, ...]
    kinks: tuple[float, ...] = ()
    parameter: str | None = None
    variadic: bool = False

    @property
    def arity(self) -> int | None:
        """Number of operands; None where any number is taken."""
        return None if self.variadic else len(self.domain)


def _d_pow(m: Any, out: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the derivatives of x ** y; where a factor is 0 it wins over an infinite one, as in PyTorch."""
    nothing = m.equal(y, 0.0) * (1.0 - m.less(x, 0.0) - m.less(0.0, x))
    by_base = m.where(nothing, 0.0, y * m.pow(x, y - 1.0))
    flat = m.equal(x, 0.0) * (m.less(0.0, y) + m.equal(y, 0.0))
    return by_base, m.where(flat, 0.0, out * m.log(x))


def _d_powc(m: Any, _out: Any, x: Any, exponent: float) -> tuple[Any]:
    """Return the derivative of x ** exponent for a constant exponent."""
    if exponent == 0.0:
        return (0.0,)
    return (exponent * m.powc(x, exponent - 1.0),)


def _d_relu(m: Any, out: Any, _x: Any) -> tuple[Any]:
    """Return 1 where x > 0 (or is nan, which must not be hidden), else 0."""
    return (1.0 - m.equal(out, 0.0),)


def _d_gelu(m: Any, _out: Any, x: Any) -> tuple[Any]:
    """Return Φ(x) + x φ(x), with φ the standard normal density."""
    cumulative = 0.5 * (1.0 + m.erf(x * math.sqrt(0.5)))
    return (cumulative + x * m.exp(-0.5 * (x * x)) * (1.0 / math.sqrt(2.0 * math.pi)),)


def _d_atan2(m: Any, _out: Any, y: Any, x: Any) -> tuple[Any, Any]:
    """Return (x, -y) / (x² + y²); at the origin, where no direction is special, zero."""
    square = x * x + y * y
    return m.where(square, m.div(x, square), 0.0), m.where(square, m.div(-y, square), 0.0)


def _d_maximum(m: Any, _out: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return 1 towards the larger, 0 towards the smaller, a half each at a tie."""
    tie = 0.5 * m.equal(x, y)
    return 1.0 - m.less(x, y) - tie, 1.0 - m.less(y, x) - tie


def _d_minimum(m: Any, _out: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return 1 towards the smaller, 0 towards the larger, a half each at a tie."""
    tie = 0.5 * m.equal(x, y)
    return 1.0 - m.less(y, x) - tie, 1.0 - m.less(x, y) - tie


def _d_where(m: Any, _out: Any, condition: Any, _x: Any, _y: Any) -> tuple[Any, Any, Any]:
    """Return 1 towards the operand that was chosen, 0 towards the other and towards the condition."""
    return 0.0, m.where(condition, 1.0, 0.0), m.where(condition, 0.0, 1.0)


def _d_take(m: Any, _out: Any, index: Any, *candidates: Any) -> tuple[Any, ...]:
    """Return 1 towards the candidate that was chosen, 0 towards the others and towards the index."""
    return 0.0, *(m.equal(index, float(k)) for k in range(len(candidates)))


def _d_dot(_m: Any, _out: Any, *xys: Any) -> tuple[Any, ...]:
    """Return the ys towards the xs, the xs towards the ys, and 1 towards the start, if there is one."""
    n = len(xys) // 2
    return xys[n : 2 * n] + xys[:n] + (1.0,) * (len(xys) % 2)


OPS: tuple[Op, ...] = (
    Op("copy", "=", ieee.copy, lambda m, out, x: (1.0,), "∂x/∂x = 1", (ANY,)),
    Op("add", "+", ieee.add, lambda m, out, x, y: (1.0, 1.0), "∂(x+y)/∂x = 1, ∂/∂y = 1", (ANY, ANY)),
    Op("sub", "-", ieee.sub, lambda m, out, x, y: (1.0, -1.0), "∂(x-y)/∂x = 1, ∂/∂y = -1", (ANY, ANY)),
    Op("mul", "*", ieee.mul, lambda m, out, x, y: (y, x), "∂(x·y)/∂x = y, ∂/∂y = x", (ANY, ANY)),
    Op(
        "div",
        "/",
        ieee.div,
        lambda m, out, x, y: (m.div(1.0, y), m.div(-out, y)),
        "∂(x/y)/∂x = 1/y, ∂/∂y = -x/y²",
        (ANY, POSITIVE),
    ),
    Op("neg", "neg", ieee.neg, lambda m, out, x: (-1.0,), "∂(-x)/∂x = -1", (ANY,)),
    Op("pow", "**", ieee.pow, _d_pow, "∂(xʸ)/∂x = y·xʸ⁻¹, ∂/∂y = xʸ·log x", (POSITIVE, ANY)),
    Op("powc", "**", ieee.powc, _d_powc, "∂(xⁿ)/∂x = n·xⁿ⁻¹", (POSITIVE,), parameter="exponent"),
    Op("exp", "exp", ieee.exp, lambda m, out, x: (out,), "∂eˣ/∂x = eˣ", (ANY,)),
    Op("log", "log", ieee.log, lambda m, out, x: (m.div(1.0, x),), "∂log x/∂x = 1/x", (POSITIVE,)),
    Op(
        "log1p",
        "log1p",
        ieee.log1p,
        lambda m, out, x: (m.div(1.0, 1.0 + x),),
        "∂log(1+x)/∂x = 1/(1+x)",
        (UNIT,),
    ),
    Op("expm1", "expm1", ieee.expm1, lambda m, out, x: (out + 1.0,), "∂(eˣ-1)/∂x = eˣ", (ANY,)),
    Op("sqrt", "sqrt", ieee.sqrt, lambda m, out, x: (m.div(0.5, out),), "∂√x/∂x = 1/(2√x)", (POSITIVE,)),
    Op("sin", "sin", ieee.sin, lambda m, out, x: (m.cos(x),), "∂sin x/∂x = cos x", (WIDE,)),
    Op("cos", "cos", ieee.cos, lambda m, out, x: (-m.sin(x),), "∂cos x/∂x = -sin x", (WIDE,)),
    Op("tan", "tan", ieee.tan, lambda m, out, x: (1.0 + out * out,), "∂tan x/∂x = 1 + tan²x", (UNIT,)),
    Op(
        "asin",
        "asin",
        ieee.asin,
        lambda m, out, x: (m.div(1.0, m.sqrt(1.0 - x * x)),),
        "∂asin x/∂x = 1/√(1-x²)",
        (UNIT,),
    ),
    Op(
        "acos",
        "acos",
        ieee.acos,
        lambda m, out, x: (m.div(-1.0, m.sqrt(1.0 - x * x)),),
        "∂acos x/∂x = -1/√(1-x²)",
        (UNIT,),
    ),
    Op(
        "atan",
        "atan",
        ieee.atan,
        lambda m, out, x: (m.div(1.0, 1.0 + x * x),),
        "∂atan x/∂x = 1/(1+x²)",
        (ANY,),
    ),
    Op("sinh", "sinh", ieee.sinh, lambda m, out, x: (m.cosh(x),), "∂sinh x/∂x = cosh x", (ANY,)),
    Op("cosh", "cosh", ieee.cosh, lambda m, out, x: (m.sinh(x),), "∂cosh x/∂x = sinh x", (ANY,)),
    Op("tanh", "tanh", ieee.tanh, lambda m, out, x: (1.0 - out * out,), "∂tanh x/∂x = 1 - tanh²x", (ANY,)),
    Op(
        "sigmoid",
        "sigmoid",
        ieee.sigmoid,
        lambda m, out, x: (out * (1.0 - out),),
        "∂σ(x)/∂x = σ(x)(1-σ(x))",
        (ANY,),
    ),
    Op("relu", "ReLU", ieee.relu, _d_relu, "∂relu(x)/∂x = 1 if x > 0 else 0", (ANY,), kinks=(0.0,)),
    Op(
        "leaky_relu",
        "LeakyReLU",
        ieee.leaky_relu,
        lambda m, out, x, slope: (m.where(m.less(0.0, x), 1.0, slope),),
        "∂leaky_relu(x)/∂x = 1 if x > 0 else slope",
        (ANY,),
        kinks=(0.0,),
        parameter="slope",
    ),
    Op(
        "softplus",
        "softplus",
        ieee.softplus,
        lambda m, out, x: (m.sigmoid(x),),
        "∂log(1+eˣ)/∂x = σ(x)",
        (ANY,),
    ),
    Op("gelu", "GELU", ieee.gelu, _d_gelu, "∂(x·Φ(x))/∂x = Φ(x) + x·φ(x)", (ANY,)),
    Op(
        "erf",
        "erf",
        ieee.erf,
        lambda m, out, x: (2.0 / math.sqrt(math.pi) * m.exp(-(x * x)),),
        "∂erf(x)/∂x = 2/√π·exp(-x²)",
        (ANY,),
    ),
    Op(
        "abs",
        "abs",
        ieee.abs,
        lambda m, out, x: (m.less(0.0, x) - m.less(x, 0.0),),
        "∂|x|/∂x = sign(x)",
        (ANY,),
        kinks=(0.0,),
    ),
    Op(
        "step",
        "step",
        ieee.step,
        lambda m, out, x, at_zero: (0.0,),
        "∂step(x)/∂x = 0",
        (ANY,),
        (0.0,),
        "at_zero",
    ),
    Op("less", "<", ieee.less, lambda m, out, x, y: (0.0, 0.0), "∂[x<y] = 0", (ANY, ANY), kinks=(0.0,)),
    Op("equal", "==", ieee.equal, lambda m, out, x, y: (0.0, 0.0), "∂[x=y] = 0", (ANY, ANY), kinks=(0.0,)),
    Op(
        "maximum",
        "max",
        ieee.maximum,
        _d_maximum,
        "∂max(x,y)/∂x = 1 if x > y else 0",
        (ANY, ANY),
        kinks=(0.0,),
    ),
    Op(
        "minimum",
        "min",
        ieee.minimum,
        _d_minimum,
        "∂min(x,y)/∂x = 1 if x < y else 0",
        (ANY, ANY),
        kinks=(0.0,),
    ),
    Op("atan2", "atan2", ieee.atan2, _d_atan2, "∂atan2(y,x) = (x, -y)/(x²+y²)", (POSITIVE, ANY)),
    Op("where", "where", ieee.where, _d_where, "1 towards the chosen operand, 0 elsewhere", (ANY, ANY, ANY)),
    Op("sum", "sum", ieee.sum, lambda m, out, *xs: (1.0,) * len(xs), "∂Σx/∂xᵢ = 1", (ANY,), variadic=True),
    Op(
        "mean",
        "mean",
        ieee.mean,
        lambda m, out, *xs: (1.0 / len(xs),) * len(xs),
        "∂/∂xᵢ = 1/n",
        (ANY,),
        variadic=True,
    ),
    Op("dot", "dot", ieee.dot, _d_dot, "∂Σxᵢyᵢ/∂xᵢ = yᵢ, ∂/∂yᵢ = xᵢ", (ANY,), variadic=True),
    Op(
        "logsumexp",
        "logsumexp",
        ieee.logsumexp,
        lambda m, out, *xs: tuple(m.exp(x - out) for x in xs),
        "∂log Σeˣ/∂xᵢ = eˣⁱ / Σeˣ",
        (ANY,),
        variadic=True,
    ),
    Op("detach", "detach", ieee.detach, lambda m, out, x: (0.0,), "taken for a constant: ∂/∂x = 0", (ANY,)),
    Op("take", "take", ieee.take, _d_take, "1 towards the chosen operand, 0 elsewhere", (ANY,), variadic=True),
)

TABLE: dict[str, Op] = {op.name: op for op in OPS}
CODES: dict[str, int] = {op.name: code for code, op in enumerate(OPS, start=1)}  # 0 means: no row (a leaf, a custom op)
