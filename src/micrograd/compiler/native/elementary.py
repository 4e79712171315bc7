"""Every row of the ops table with a fixed number of operands, as LLVM functions on vectors.

The functions of several calls go together into one module, each text once:

    tanh, texts = row("tanh", 8, "float64")
    cube, more = power(3.0, 8, "float64")
    module = os.linesep.join([*(texts | more).values(), f"define ... call <8 x double> {tanh}(<8 x double> %x) ..."])
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from micrograd.compiler.native import doubles, polynomials
from micrograd.compiler.native.vectors import Body, Texts, Vector, function
from micrograd.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.native.vectors import DType

_INLINE = "alwaysinline nounwind"
_LIBM = {name: name for name in ("tan", "asin", "acos", "atan", "sinh", "cosh", "atan2", "pow")} | {"powc": "pow"}


def _maximum(x: Vector, y: Vector) -> Vector:
    """Return the larger; nan if either is nan. The first choice is the processor's own, which hides a nan in y."""
    return y.is_("uno", y).choose(y, y.is_("ogt", x).choose(y, x))


def _minimum(x: Vector, y: Vector) -> Vector:
    """Return the smaller; nan if either is nan."""
    return y.is_("uno", y).choose(y, y.is_("olt", x).choose(y, x))


def _step(x: Vector, at_zero: Vector) -> Vector:
    """Return 0 below zero, 1 above, `at_zero` at zero; nan stays nan."""
    signed = x.is_("olt", 0.0).choose(0.0, x.is_("ogt", 0.0).choose(1.0, x))
    return x.is_("oeq", 0.0).choose(at_zero, signed)


_VECTORS: dict[str, Callable[..., Vector]] = {
    "copy": lambda x: x,
    "detach": lambda x: x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "abs": abs,
    "sqrt": Vector.sqrt,
    "relu": lambda x: x.at_least(0.0),
    "leaky_relu": lambda x, slope: x.is_("ogt", 0.0).choose(x, slope * x),
    "step": _step,
    "less": lambda x, y: x.is_("olt", y).truth(),
    "equal": lambda x, y: x.is_("oeq", y).truth(),
    "maximum": _maximum,
    "minimum": _minimum,
    "where": lambda condition, x, y: condition.is_("une", 0.0).choose(x, y),
    "exp": polynomials.exp,
    "expm1": polynomials.expm1,
    "log": polynomials.log,
    "log1p": polynomials.log1p,
    "tanh": polynomials.tanh,
    "sigmoid": polynomials.sigmoid,
    "softplus": polynomials.softplus,
}
_DOUBLES: dict[str, Callable[..., Vector]] = {  # a polynomial for 64 bits only
    "sin": doubles.sin,
    "cos": doubles.cos,
    "erf": doubles.erf,
    "gelu": doubles.gelu,
}
_FAR = ("sin", "cos")  # rows that leave large operands to the C library


def symbol(name: str, width: int, dtype: DType) -> str:
    """Return the name of the function of a row: `@mg.exp.f64x4`."""
    return f"@mg.{name}.{Body(width, dtype).suffix}"


def row(name: str, width: int, dtype: DType) -> tuple[str, Texts]:
    """Return the function of a row of the ops table: its symbol, and its text with all that it calls.

    A row's parameter, where it has one, is the last operand, a vector like the others. Short functions are always
    inlined. Results are within 2 units in the last place, given that the C library's are.

    Args:
        name: the row; any with a fixed number of operands.
        width: lanes of the vectors; 1 for plain numbers.
        dtype: what a lane holds.

    Returns:
        The symbol, then functions and declarations by their symbols, in no order that matters.
    """
    return symbol(name, width, dtype), _definition(name, width, dtype)


def power(exponent: float, width: int, dtype: DType) -> tuple[str, Texts]:
    """Return the function x ↦ x ** exponent: its symbol, and its text with all that it calls.

    Small integers and halves become products and roots, with pow's values at ±0 and ±inf; the rest is left to pow.
    """
    target = symbol(f"powc.{exponent!r}".replace("+", ""), width, dtype)
    if exponent in _POWERS:
        return target, function(target, 1, Body(width, dtype), _POWERS[exponent], _INLINE)
    body = Body(width, dtype)
    general, texts = row("pow", width, dtype)
    return target, texts | function(target, 1, body, lambda x: body.call(general, x, body.constant(exponent)), _INLINE)


def _definition(name: str, width: int, dtype: DType) -> Texts:
    """Return the function of one row, with all that it calls."""
    target, count = symbol(name, width, dtype), _operands(name)
    if name in _VECTORS:
        return function(target, count, Body(width, dtype), _VECTORS[name], _INLINE)
    if dtype == "float32":
        return _widened(name, width) | _definition(name, width, "float64")
    if name in _FAR:
        return _branched(name, width) | _by_lane(f"far.{name}", name, width)
    if name in _DOUBLES:
        return function(target, count, Body(width, dtype), _DOUBLES[name], _INLINE)
    return _by_lane(name, _LIBM[name], width)


def _operands(name: str) -> int:
    """Return how many vectors the function of a row takes."""
    row = TABLE[name]
    return len(row.domain) + (row.parameter is not None)


def _branched(name: str, width: int) -> Texts:
    """Return a function that computes all lanes with the C library where one of them is too far for the polynomial."""

    def formula(x: Vector) -> Vector:
        x.body.leave(abs(x).is_("ogt", doubles.FAR), symbol(f"far.{name}", width, "float64"), x)
        return _DOUBLES[name](x)

    return function(symbol(name, width, "float64"), 1, Body(width, "float64"), formula, _INLINE)


def _by_lane(name: str, library: str, width: int) -> Texts:
    """Return a function that calls the C library for one lane after the other."""
    count = _operands(library)
    body = Body(width, "float64", needs={f"@{library}": f"declare double @{library}({_list('double', count)})"})

    def formula(*xs: Vector) -> Vector:
        if width == 1:
            return body.call(f"@{library}", *xs)
        result = "poison"
        for lane in range(width):
            numbers = [body.emit(f"extractelement {body.type()} {x.name}, i32 {lane}") for x in xs]
            number = body.emit(f"call double @{library}({', '.join(f'double {x}' for x in numbers)})")
            result = body.emit(f"insertelement {body.type()} {result}, double {number}, i32 {lane}")
        return Vector(body, result)

    return function(symbol(name, width, "float64"), count, body, formula, "nounwind")


def _widened(name: str, width: int) -> Texts:
    """Return the function for 32 bits that computes in 64."""
    body, wide = Body(width, "float32"), Body(width, "float64").type()

    def formula(*xs: Vector) -> Vector:
        numbers = [body.emit(f"fpext {body.type()} {x.name} to {wide}") for x in xs]
        arguments = ", ".join(f"{wide} {x}" for x in numbers)
        result = body.emit(f"call {wide} {symbol(name, width, 'float64')}({arguments})")
        return Vector(body, body.emit(f"fptrunc {wide} {result} to {body.type()}"))

    return function(symbol(name, width, "float32"), _operands(name), body, formula, _INLINE)


def _list(word: str, count: int) -> str:
    """Return a word so many times, with commas."""
    return ", ".join([word] * count)


def _root(x: Vector) -> Vector:
    """Return x ** 0.5: +0 for -0 and inf for -inf, where a square root says otherwise."""
    return x.is_("oeq", -math.inf).choose(math.inf, (x + 0.0).sqrt())


def _square(x: Vector) -> Vector:
    """Return x²."""
    return x * x


_POWERS: dict[float, Callable[[Vector], Vector]] = {
    -2.0: lambda x: _square(1.0 / x),
    -1.0: lambda x: 1.0 / x,
    -0.5: lambda x: 1.0 / _root(x),
    0.0: lambda x: x.body.constant(1.0),
    0.5: _root,
    1.0: lambda x: x,
    1.5: lambda x: x.is_("oeq", -math.inf).choose(math.inf, (x + 0.0) * (x + 0.0).sqrt()),
    2.0: _square,
    3.0: lambda x: x * x * x,
    4.0: lambda x: _square(_square(x)),
}
