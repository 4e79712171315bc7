"""Sine, cosine and the error function of vectors of 64-bit numbers, as polynomials.

Coefficients as in `polynomials`. Results are within 2 units in the last place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from micrograd.compiler.native.polynomials import exp_within, polynomial

if TYPE_CHECKING:
    from micrograd.compiler.native.vectors import Vector

FAR = 1e9  # beyond, the reduction below is not exact any more

_QUARTER_TURN = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33)  # π/2, and what is left, twice

_SIN = (  # (sin(r) / r - 1) / r² in powers of r²
    -0.16666666666666666,
    0.008333333333333323,
    -0.00019841269841255294,
    2.7557319214294404e-06,
    -2.5052104936169945e-08,
    1.605836952863043e-10,
    -7.578833070756007e-13,
)
_COS = (  # (cos(r) - 1 + r²/2) / r⁴ in powers of r²
    0.041666666666666616,
    -0.0013888888888876133,
    2.480158729057636e-05,
    -2.755731463442017e-07,
    2.0875758070561884e-09,
    -1.1361303611255272e-11,
)
_ERF = (  # erf(x) / x - 1 in powers of x², 0 ≤ x ≤ 1
    0.1283791670955126,
    -0.3761263890318375,
    0.11283791670954885,
    -0.026866170645077864,
    0.0052239776248283335,
    -0.0008548326981420758,
    0.00012055331132807185,
    -1.4925595769145757e-05,
    1.64610084365668e-06,
    -1.6350395854324983e-07,
    1.4660326646023797e-08,
    -1.1374949067447646e-09,
    5.960676073335479e-11,
)
_ERFC = (  # -log(1 - erf(x)) in powers of x, 1 ≤ x ≤ 6, most exact where the logarithm is small
    -3.3636629547742554e-08,
    1.12837962019141,
    0.6366169584068481,
    0.10278340080822103,
    -0.019157318136991505,
    -0.000151763306443257,
    0.0016077132462419968,
    -0.0004816817804551734,
    -8.164898713940798e-05,
    0.00015163761801821005,
    -8.763672514475808e-05,
    3.4789509517411405e-05,
    -1.0749014786824451e-05,
    2.696021575440933e-06,
    -5.577447677297922e-07,
    9.554379859848142e-08,
    -1.3505272567597267e-08,
    1.5602048944382691e-09,
    -1.449666925467397e-10,
    1.0570188050729442e-11,
    -5.823313801360713e-13,
    2.278169314924922e-14,
    -5.638032689119391e-16,
    6.6329632571337646e-18,
)


def _quadrant(x: Vector) -> tuple[Vector, Vector]:
    """Return an integer whose low bits are n, and r, of x = n π/2 + r with |r| ≤ π/4 (Cody and Waite).

    The first step is exact, since x and n π/2 are multiples of one power of 2; each later one is rounded once.
    """
    shift = 1.5 * 2.0**52
    shifted = x.fma(2.0 / math.pi, shift)
    r, n = x, shifted - shift
    for part in _QUARTER_TURN:
        r = n.fma(-part, r)
    return shifted.bits(), r


def _turned(n: Vector, r: Vector) -> Vector:
    """Return sin(n π/2 + r): by turns sin(r), cos(r), -sin(r), -cos(r)."""
    z = r * r
    sine = (r * z).fma(polynomial(z, _SIN), r)
    cosine = z.fma(z.fma(polynomial(z, _COS), -0.5), 1.0)
    chosen = (n << 63).is_("slt", 0).choose(cosine, sine)
    return (chosen.bits() ^ ((n & 2) << 62)).number()


def sin(x: Vector) -> Vector:
    """Return the sine, for |x| up to FAR; that of -0 is -0."""
    return x.is_("oeq", 0.0).choose(x, _turned(*_quadrant(x)))


def cos(x: Vector) -> Vector:
    """Return the cosine, which is the sine of x + π/2, for |x| up to FAR."""
    n, r = _quadrant(x)
    return _turned(n + 1, r)


def erf(x: Vector) -> Vector:
    """Return the error function: x + x P(x²) below 1, and 1 - exp(-Q(x)) above; from 6 on it is 1."""
    magnitude = abs(x).at_most(6.0)
    large = (1.0 - exp_within(-polynomial(magnitude, _ERFC))).signed_as(x)
    return magnitude.is_("olt", 1.0).choose(x.fma(polynomial(x * x, _ERF), x), large)


def gelu(x: Vector) -> Vector:
    """Return x Φ(x), Φ being the standard normal distribution function."""
    return x * 0.5 * (1.0 + erf(x * math.sqrt(0.5)))
