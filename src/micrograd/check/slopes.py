"""Slopes: the derivative of a function of one number from its values, and how far off it may be.

Verdicts about gradients must not be verdicts about steps. So the first try is one central difference; what it does not
settle is looked at with steps of every size, whose disagreement tells how exact each is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Curve", "Slope", "Step", "central", "slope"]

_RATIO = 8.0  # of one step to the next; a central difference is then 64 times as exact
_SMALLEST = 2.0**-44  # step for a number of size 1: the last bits of it are left for the difference
_SMALLEST_AT_ZERO = 2.0**-100  # 0 has no size
_LEAST = math.ulp(0.0)  # rounding error of a result next to 0
_PERSISTS = 0.7  # how much of a kink is left when the step is an eighth; of a curvature, an eighth is
_CLEAR = 1e-3  # relative error of a slope that can be relied upon, and difference of two that differ
_SEEN = 64.0  # rounding errors that a kink or a jump must exceed


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of one number around a point.

    Args:
        at: the function.
        x: the point.
        middle: the function at the point.
        eps: relative rounding error of each operation.
        size: of what the function adds up on the way to its result, where that is known: it tells the rounding error
            of numbers that cancel.
    """

    at: Callable[[float], float]
    x: float
    middle: float
    eps: float = 2.0**-52
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Slope:
    """What the values of a function say of its derivative at a point.

    Args:
        number: the derivative.
        error: how far off it may be, from truncation and rounding.
        kind: "smooth"; "kink", the slopes on both sides differ; "jump", the function itself jumps; "edge", it is
            finite on one side only; "unknown", it is not finite around, or has several kinks next to each other.
        left: the slope below the point.
        right: the slope above.
        height: the largest value or change of the function that was seen.
    """

    number: float
    error: float
    kind: str
    left: float
    right: float
    height: float


@dataclass(frozen=True, slots=True)
class Step:
    """What a step gives.

    Args:
        h: the step.
        left: the slope from below to the point.
        right: the slope from the point to above.
        across: the slope from below to above.
        rounding: how far off that may be because f is rounded, and its argument, as in single precision.
    """

    h: float
    left: float
    right: float
    across: float
    rounding: float

    @property
    def bend(self) -> float:
        """How much the slope changes from one side to the other."""
        return self.right - self.left

    @property
    def rise(self) -> float:
        """How much the function changes across."""
        return abs(2.0 * self.h * self.across)


def central(curve: Curve) -> Step:
    """Return the difference at the step that is best for most functions.

        h = ∛ε · max(1, |x|), rounded to a power of two

    The truncation error grows as h², the rounding error as ε / h; this h balances them where the function changes over
    lengths of about max(1, |x|). With a power of two, x + h and x - h are mostly exact; the distance between them is.

    Source:
        Press et al., Numerical Recipes, section 5.7: Numerical Derivatives.
    """
    return _step(curve, _power_of_two(math.cbrt(curve.eps) * max(1.0, abs(curve.x))))


def slope(curve: Curve) -> Slope:
    """Return the derivative from steps of all sizes, from half the size of x down to its last bits.

    For each step the next larger one tells the truncation error, the next smaller one the rounding error, also that of
    numbers that cancelled inside of f; the best step is the one with the least sum, and Richardson's extrapolation
    makes it more exact.

    Source:
        Ridders, Accurate computation of F'(x) and F'(x) F''(x), Advances in Engineering Software, 1982: to choose
        among steps by what they disagree.

    Example:
        >>> found = slope(Curve(math.exp, 0.0, 1.0))
        >>> found.kind, abs(found.number - 1.0) < found.error < 1e-9
        ('smooth', True)
        >>> slope(Curve(abs, 0.0, 0.0)).kind
        'kink'
    """
    steps = [_step(curve, h) for h in _sizes(curve.x)]
    rated = [
        (_error(larger, step, smaller), larger, step)
        for larger, step, smaller in zip(steps, steps[1:], steps[2:], strict=False)
        if math.isfinite(larger.across + step.across + smaller.across)
    ]
    height = max([abs(curve.middle), *(step.rise for step in steps if math.isfinite(step.rise))])
    if not rated:
        return _from_one_side(steps, height)
    best = min(rated, key=lambda each: each[0])
    if _is_kink(*best):  # look closer: it may be next to the point and not at it
        closer = [each for each in rated if each[2].h < best[2].h and _is_clear(*each)]
        best = min(closer, key=lambda each: each[0], default=best)
    error, larger, step = best
    number = _extrapolated(larger.across, step.across, order=2)
    return Slope(number, error, _kind(steps, *best), step.left, step.right, height)


def _sizes(x: float) -> Iterator[float]:
    """Yield the steps for a point, the largest first."""
    h = _power_of_two(max(1.0, abs(x)) / 2.0)
    smallest = abs(x) * _SMALLEST if x else _SMALLEST_AT_ZERO
    while h >= smallest and h > 0.0:
        yield h
        h /= _RATIO


def _step(curve: Curve, h: float) -> Step:
    """Return what one step gives, with the distances as they are after rounding."""
    above, below = curve.x + h, curve.x - h
    high, low = curve.at(above), curve.at(below)
    left, right = _ratio(curve.middle - low, curve.x - below), _ratio(high - curve.middle, above - curve.x)
    across = _ratio(high - low, above - below)
    size = max(abs(number) for number in (high, low, curve.middle, curve.size) if math.isfinite(number))
    return Step(h, left, right, across, (curve.eps * size + _LEAST) / h)


def _ratio(rise: float, run: float) -> float:
    """Return a slope; nan where the step is lost in rounding."""
    return rise / run if run else math.nan


def _error(larger: Step, step: Step, smaller: Step) -> float:
    """Return how far off the difference of a step may be, also where it converges slowly, as of x√|x| at 0."""
    truncation = abs(larger.across - step.across) / (_RATIO**2 - 1.0)
    return truncation + abs(step.across - smaller.across) + step.rounding


def _extrapolated(coarse: float, fine: float, *, order: int) -> float:
    """Return what differences tend to, from two of them whose error grows as a power of the step."""
    return fine + (fine - coarse) / (_RATIO**order - 1.0)


def _kind(steps: list[Step], error: float, larger: Step, step: Step) -> str:
    """Return what the function does at the point, judged by the best step."""
    if _jumps(steps) and error > abs(step.across) / _RATIO:
        return "jump"
    if not _is_kink(error, larger, step):
        return "smooth"
    finer = [s for s in steps if s.h < step.h and _SEEN * s.rounding < abs(step.bend)]
    return "unknown" if any(abs(s.across - step.across) > abs(step.bend) / _RATIO for s in finer) else "kink"


def _is_kink(_: float, larger: Step, step: Step) -> bool:
    """Tell whether the slopes of both sides differ as much as with the next larger step."""
    seen = max(_SEEN * step.rounding, _CLEAR * max(abs(step.left), abs(step.right)))
    return abs(step.bend) > max(seen, _PERSISTS * abs(larger.bend))


def _is_clear(error: float, larger: Step, step: Step) -> bool:
    """Tell whether a step shows a slope, and no kink."""
    return error < _CLEAR * abs(step.across) and not _is_kink(error, larger, step)


def _jumps(steps: list[Step]) -> bool:
    """Tell whether the function changes as much over the smallest steps as over larger ones."""
    larger, step = steps[-2:]
    return step.rise > max(_PERSISTS * larger.rise, _SEEN * step.rounding * step.h)


def _from_one_side(steps: list[Step], height: float) -> Slope:
    """Return the slope of a function that is finite on one side only, or nowhere around."""
    for side in ("right", "left"):
        numbers = [getattr(step, side) for step in steps]
        rated = [
            (abs(coarse - fine) + abs(fine - finer) + step.rounding, coarse, fine)
            for coarse, fine, finer, step in zip(numbers, numbers[1:], numbers[2:], steps[1:], strict=False)
            if math.isfinite(coarse + fine + finer)
        ]
        if rated:
            error, coarse, fine = min(rated)
            return Slope(_extrapolated(coarse, fine, order=1), error, "edge", math.nan, math.nan, height)
    return Slope(math.nan, math.inf, "unknown", math.nan, math.nan, height)


def _power_of_two(number: float) -> float:
    """Return the power of two next to a number."""
    return 2.0 ** round(math.log2(number))
