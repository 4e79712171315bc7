"""Verdicts: whether a number is the derivative of a function at a point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.check.report import GradientEntry
from micrograd.check.slopes import central, slope

if TYPE_CHECKING:
    from micrograd.check.slopes import Curve, Slope, Step

__all__ = ["Gradient", "judged"]

_CONVINCING = 100.0  # a slope that may be farther off than so many times rtol convinces nobody
_BENT = 1e-2  # relative: so much may the slope change within the first step, for the first step to settle it
_DOUBT = 4.0  # how many times farther off than estimated a number may be


@dataclass(frozen=True, slots=True)
class Gradient:
    """A gradient to be judged.

    Args:
        name: of the number that it is the derivative by.
        order: 1 for a gradient, 2 for a gradient of gradients.
        number: the gradient.
    """

    name: str
    order: int
    number: float

    def entry(self, numerical: float, error: float, verdict: str, note: str = "") -> GradientEntry:
        """Return a verdict on it as an entry of the report."""
        return GradientEntry(self.name, self.order, self.number, numerical, error, verdict, note)


def judged(gradient: Gradient, curve: Curve, rtol: float) -> GradientEntry:
    """Return the verdict on a gradient of a curve.

    Args:
        gradient: the gradient.
        curve: the function that it should be the derivative of.
        rtol: the largest relative error of a right gradient.
    """
    number = gradient.number
    if not math.isfinite(curve.x):
        return gradient.entry(math.nan, math.nan, "unsure", f"{curve.x!r} cannot be moved")
    first = central(curve)
    if not math.isfinite(number):
        return gradient.entry(first.across, math.nan, "not finite")
    if _settles(first, number, rtol):
        return gradient.entry(first.across, _relative(number, first.across), "right")
    found = slope(curve)
    hidden = 0.0 < found.height < abs(number * curve.x) * curve.eps  # in less than the last bit of x
    verdict = "unsure" if hidden else _verdict(found, number, rtol)
    error = _relative(number, found.number)
    if verdict in {"kink", "jump"}:
        error = math.nan
    elif verdict == "right" and number == 0.0:  # as exactly as can be told
        error = 0.0
    return gradient.entry(found.number, error, verdict, _note(verdict, number, found))


def _settles(step: Step, gradient: float, rtol: float) -> bool:
    """Tell whether a difference confirms a gradient beyond doubt: to many digits, and without a kink."""
    size = max(abs(gradient), abs(step.across))
    return abs(gradient - step.across) <= rtol * size and abs(step.bend) < _BENT * size


def _verdict(found: Slope, gradient: float, rtol: float) -> str:
    """Return the verdict on a gradient that is finite."""
    size, doubt = max(abs(gradient), abs(found.number)), _DOUBT * found.error
    if found.kind == "jump":
        return "jump"
    if found.kind == "unknown":
        return "unsure"
    if found.kind == "kink":
        slack = _CONVINCING * rtol * max(abs(found.left), abs(found.right)) + doubt
        low, high = sorted([found.left, found.right])
        return "kink" if low - slack <= gradient <= high + slack else "wrong"
    if abs(gradient - found.number) > rtol * size + doubt:
        return "wrong"
    return "right" if doubt <= _CONVINCING * rtol * size or gradient == 0.0 else "unsure"


def _relative(gradient: float, number: float) -> float:
    """Return the relative error; 0 where both are 0."""
    return 0.0 if gradient == number else abs(gradient - number) / max(abs(gradient), abs(number))


def _note(verdict: str, gradient: float, found: Slope) -> str:
    """Return what else is known: the slopes of both sides, or the likely mistake."""
    if verdict == "kink" or (verdict == "wrong" and found.kind == "kink"):
        return f"slopes {found.left:.6g} and {found.right:.6g}"
    if verdict != "wrong":
        return ""
    if gradient == 0.0:
        return "no gradient arrives: look for .data, float() or detach on the way, or a missing derivative"
    if found.number == 0.0:
        return "the function does not change"
    return f"{gradient / found.number:.6g} times the slope"
