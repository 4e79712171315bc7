"""Exponentials and logarithms of vectors, as polynomials after a reduction of the argument.

Each result is within 2 units in the last place of the true value. The coefficients have the least relative error of
their degree over the reduced interval, by Remez's exchange; the reductions are those of every such library:

    exp(x) = 2ⁿ exp(r),          x = n log 2 + r,   |r| ≤ (log 2) / 2
    log(x) = n log 2 + log(m),   x = 2ⁿ m,          √½ ≤ m < √2
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrograd.compiler.native.vectors import DType, Vector

INF, NAN = math.inf, math.nan


class _Constants(NamedTuple):
    """What the formulas need for a number format.

    Attributes:
        log2: the logarithm of 2, and what its rounding leaves.
        exp: (exp(r) - 1 - r) / r² in powers of r.
        log: (log((1 + s) / (1 - s)) / s - 2) / s² in powers of s².
        tanh: (tanh(x) / x - 1) / x² in powers of x², for |x| ≤ 0.625.
        underflow: where exp has become 0.
        overflow: where exp has become infinite.
        tiny: below, expm1(x) and log1p(x) are x.
    """

    log2: tuple[float, float]
    exp: tuple[float, ...]
    log: tuple[float, ...]
    tanh: tuple[float, ...]
    underflow: float
    overflow: float
    tiny: float


_CONSTANTS: dict[DType, _Constants] = {
    "float64": _Constants(
        log2=(0.6931471805599453, 2.3190468138462996e-17),
        exp=(
            0.5,
            0.16666666666666677,
            0.0416666666666667,
            0.00833333333332161,
            0.0013888888888866774,
            0.00019841269886192848,
            2.4801587360694812e-05,
            2.755724412980041e-06,
            2.7557242637156375e-07,
            2.510906838515624e-08,
            2.0924481706971897e-09,
        ),
        log=(
            0.6666666666666666,
            0.40000000000005637,
            0.28571428569238405,
            0.2222222262795256,
            0.18181776942927055,
            0.15387042340888937,
            0.13251080895500444,
            0.13243504746827123,
        ),
        tanh=(
            -0.33333333333332926,
            0.13333333333269465,
            -0.05396825393407149,
            0.02186948763064561,
            -0.008863221624565126,
            0.0035919936154627857,
            -0.0014549793318930217,
            0.000586377243654548,
            -0.000228676364983854,
            7.726170415939439e-05,
            -1.6125667137485187e-05,
        ),
        underflow=-746.0,
        overflow=710.0,
        tiny=2.0**-54,
    ),
    "float32": _Constants(
        log2=(0.6931471824645996, -1.9046542121259336e-09),
        exp=(
            0.5,
            0.1666666716337204,
            0.04166635498404503,
            0.008333273231983185,
            0.0013941011857241392,
            0.0001991419558,
        ),
        log=(0.6666666865348816, 0.4000032842159271, 0.2853763997554779, 0.23576784133911133),
        tanh=(
            -0.3333328366279602,
            0.1333150863647461,
            -0.053744565695524216,
            0.020653221756219864,
            -0.005719284992665052,
        ),
        underflow=-104.0,
        overflow=89.0,
        tiny=2.0**-25,
    ),
}


def polynomial(x: Vector, coefficients: Sequence[float]) -> Vector:
    """Return c₀ + c₁x + c₂x² + …, by halves, so that the processor can work on several parts at a time (Estrin)."""
    powers = [x]
    while 2 ** len(powers) < len(coefficients):
        powers.append(powers[-1] * powers[-1])
    return _halves(powers, coefficients)


def _halves(powers: list[Vector], coefficients: Sequence[float]) -> Vector:
    """Return the polynomial from its lower and its upper half; powers are those of 1, 2, 4, … times the exponent."""
    if len(coefficients) == 1:
        return powers[0].body.constant(coefficients[0])
    k = (len(coefficients) - 1).bit_length() - 1
    upper = _halves(powers, coefficients[1 << k :])
    return upper.fma(powers[k], _halves(powers, coefficients[: 1 << k]))


class _Reduced(NamedTuple):
    """The parts of exp(x), of x = n log 2 + r.

    Attributes:
        n: an integer whose low bits are n + 2 bias.
        r: the rest.
        square: r².
        q: (exp(r) - 1 - r) / r².
    """

    n: Vector
    r: Vector
    square: Vector
    q: Vector

    def power(self) -> Vector:
        """Return exp(r) - 1."""
        return self.square.fma(self.q, self.r)

    def scale(self, less: int = 0) -> Vector:
        """Return 2ⁿ, over 2 to the power `less`; it must be a normal number."""
        form = self.n.body.format
        return ((self.n - (form.bias + less)) << form.mantissa).number()

    def scaled(self, scale: Vector, offset: Vector) -> Vector:
        """Return scale · (exp(r) - 1) + offset, without the rounding of exp(r) - 1."""
        return (scale * self.square).fma(self.q, scale.fma(self.r, offset))


def _reduce(x: Vector) -> _Reduced:
    """Return the parts of exp(x).

    Adding a number whose last bit is worth 1 rounds to an integer, which then stands in the low bits.
    """
    c, form = _CONSTANTS[x.body.dtype], x.body.format
    shift = 1.5 * 2.0**form.mantissa + 2 * form.bias
    shifted = x.fma(1.0 / math.log(2.0), shift)
    n = shifted - shift
    r = n.fma(-c.log2[1], n.fma(-c.log2[0], x))
    return _Reduced(shifted.bits(), r, r * r, polynomial(r, c.exp))


def exp_within(x: Vector) -> Vector:
    """Return eˣ for x between underflow and overflow, scaled in two steps: 2ⁿ itself may be too large or small."""
    parts, mantissa = _reduce(x), x.body.format.mantissa
    half = parts.n >> 1
    return (1.0 + parts.power()) * (half << mantissa).number() * ((parts.n - half) << mantissa).number()


def exp(x: Vector) -> Vector:
    """Return eˣ."""
    c = _CONSTANTS[x.body.dtype]
    return exp_within(x.at_least(c.underflow).at_most(c.overflow))


def _exp_of_minus(magnitude: Vector) -> Vector:
    """Return exp(-|x|) from |x|."""
    return exp_within((-magnitude).at_least(_CONSTANTS[magnitude.body.dtype].underflow))


def expm1(x: Vector) -> Vector:
    """Return eˣ - 1 = 2 (2ⁿ⁻¹ (exp(r) - 1) + 2ⁿ⁻¹ - ½): twice the half, since 2ⁿ overflows before the result does."""
    c = _CONSTANTS[x.body.dtype]
    parts = _reduce(x.at_least(-44.0).at_most(c.overflow))
    scale = parts.scale(less=1)
    return abs(x).is_("olt", c.tiny).choose(x, 2.0 * parts.scaled(scale, scale - 0.5))


def tanh(x: Vector) -> Vector:
    """Return x + x³ P(x²) for small x; else the sign of x times 1 - 2 / (exp(2|x|) + 1)."""
    magnitude, square = abs(x), x * x
    small = (x * square).fma(polynomial(square, _CONSTANTS[x.body.dtype].tanh), x)
    parts = _reduce((magnitude + magnitude).at_most(44.0))
    scale = parts.scale()
    large = 1.0 - 2.0 / scale.fma(parts.power(), scale + 1.0)
    return magnitude.is_("olt", 0.625).choose(small, large).signed_as(x)


def sigmoid(x: Vector) -> Vector:
    """Return 1 / (1 + e⁻ˣ); below 0, z / (1 + z) with z = eˣ, which cannot overflow; far below, z - z² / (1 + z)."""
    z = _exp_of_minus(abs(x))
    ratio = x.is_("olt", 0.0).choose(z, x.body.constant(1.0)) / (1.0 + z)
    return x.is_("olt", -1.0).choose((-z).fma(ratio, z), ratio)


def _mantissa(x: Vector) -> tuple[Vector, Vector, Vector]:
    """Return n, m and the stored exponent of 2ⁿ, of a normal x = 2ⁿ m > 0 with √½ ≤ m < √2."""
    form = x.body.format
    root, unit = form.image(math.sqrt(0.5)), 2.0**form.mantissa
    moved = x.bits() + (form.image(1.0) - root)
    stored = moved >> form.mantissa
    n = (stored | form.image(unit)).number() - (unit + form.bias)
    return n, ((moved & ((1 << form.mantissa) - 1)) + root).number(), stored


def _log_of(n: Vector, f: Vector) -> Vector:
    """Return n log 2 + log(1 + f), where log(1 + f) = f - f²/2 + s (f²/2 + R(s²)) with s = f / (2 + f)."""
    c = _CONSTANTS[f.body.dtype]
    s, h = f / (2.0 + f), 0.5 * f * f
    z = s * s
    tail = s.fma(h + z * polynomial(z, c.log), n * c.log2[1])
    return n.fma(c.log2[0], f - (h - tail))


def log(x: Vector) -> Vector:
    """Return log x; a subnormal number is made a normal one first."""
    form = x.body.format
    subnormal = x.is_("olt", 2.0 ** (1 - form.bias))
    lift = form.mantissa + 2
    n, m, _ = _mantissa(subnormal.choose(x * 2.0**lift, x))
    result = _log_of(subnormal.choose(n - lift, n), m - 1.0)
    return _at_the_ends(x, 0.0, result)


def _at_the_ends(x: Vector, pole: float, result: Vector) -> Vector:
    """Return a logarithm with its values at the pole, below it, at infinity and for nan."""
    finite = x.is_("olt", INF).choose(result, x)
    return x.is_("olt", pole).choose(NAN, x.is_("oeq", pole).choose(-INF, finite))


def _log1p_above(x: Vector) -> Vector:
    """Return log(1 + x) for finite x > -1: what is lost in 1 + x is given back to the reduced argument."""
    u = 1.0 + x
    above = u - 1.0
    lost = (1.0 - (u - above)) + (x - above)
    n, m, stored = _mantissa(u)
    form = x.body.format
    scale = ((2 * form.bias - stored) << form.mantissa).number()
    f = m - 1.0
    return _log_of(n, x.is_("olt", 2.0**form.size).choose(lost.fma(scale, f), f))


def log1p(x: Vector) -> Vector:
    """Return log(1 + x)."""
    small = abs(x).is_("olt", _CONSTANTS[x.body.dtype].tiny)
    return small.choose(x, _at_the_ends(x, -1.0, _log1p_above(x)))


def softplus(x: Vector) -> Vector:
    """Return log(1 + eˣ) = max(x, 0) + log(1 + exp(-|x|))."""
    return x.at_least(0.0) + _log1p_above(_exp_of_minus(abs(x)))
