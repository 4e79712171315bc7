"""`check_grad`: compares gradients with differences of the function's values."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

from micrograd.check.report import GradientEntry, GradientReport
from micrograd.check.slopes import Curve
from micrograd.check.subject import subject_of
from micrograd.check.verdicts import Gradient, judged
from micrograd.errors import GradientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from micrograd.check.subject import Subject
    from micrograd.engine import Value
    from micrograd.module import Module

__all__ = ["GradientEntry", "GradientReport", "check_grad"]

_EPS = {"float64": 2.0**-52, "float32": 2.0**-23}
_EPS_OF_GRADIENT = 1000.0  # rounding errors that an analytic gradient may have gathered


def check_grad(  # noqa: PLR0913  # each is a choice of its own
    f: Callable[..., Any],
    *args: Any,  # noqa: ANN401  # whatever the function takes
    order: int = 1,
    parameters: Module | Iterable[Value] | None = None,
    sample: int | None = None,
    seed: int = 0,
    rtol: float = 1e-5,
    raises: bool = True,
) -> GradientReport:
    """Return a report that compares the gradients of a function with the slopes of its values.

        error = |analytic - numerical| / max(|analytic|, |numerical|) <= rtol

    There is no absolute tolerance, so that gradients of 1e-12 are checked as hard as those of 1; what the rounding
    errors of the function hide is called "unsure". The first try is a central difference with the step
    h = ∛ε · max(1, |x|), rounded to a power of two. What it does not confirm is looked at with steps of all
    sizes, and is called wrong only where it differs from the best of them by more than that may be off.

    At a kink, as of `relu` or `abs` at 0 or of `maximum` at a tie, a gradient between the slopes of both sides is
    accepted, and reported as a kink. So is any gradient where the function itself jumps.

    Args:
        f: returns a number, or lists, tuples, dicts or arrays of numbers. It may be compiled; it is then the
            gradient of the machine code that is checked. It must give the same result at every call.
        args: what it is called with. All numbers and Values in them, nested as you like, are checked; the rest is
            passed on as it is. So is each Value that the function reaches from outside: the parameters of a network.
        order: 2 checks the gradients of the gradients too, and so on; each order in a weighted sum of the
            gradients of the one before.
        parameters: Values, or a network: check by these alone, and pass the arguments on as they are.
        sample: check so many gradients, drawn at random; None checks all.
        seed: the same seed draws the same ones.
        rtol: the largest error of a right gradient; 1e-4 at least in single precision.
        raises: whether a wrong gradient raises an error; False leaves it to whoever reads the report.

    Returns:
        True in an `if` when no gradient is wrong; printed, a table. `sys.exit(report.exit_code)` ends a script with
        0 or 1. All data and gradients are what they were before the call.

    Raises:
        GradientError: a gradient is wrong, or not finite; the function is not finite, or is random.
        TypeError: f is no function, or does not return numbers.
        ValueError: there is nothing to differentiate by, or a number is out of its range; with order 2, a derivative
            cannot be differentiated again.

    Example:
        >>> from micrograd import Value
        >>> check_grad(lambda x, y: x * y + x.exp(), 2.0, 3.0).worst.verdict
        'right'
        >>> def cube(x):
        ...     return Value.custom(x.data**3, [x], [2 * x**2], op="cube")
        >>> check_grad(cube, 2.0, raises=False)
        1 gradient of cube: 1 wrong
                          analytic  numerical    error
          wrong  args[0]         8         12  3.3e-01  0.666667 times the slope

    Source:
        Press et al., Numerical Recipes, section 5.7, for the step; Ridders, Advances in Engineering Software, 1982,
        for judging differences by what they disagree.
    """
    if not callable(f):
        message = f"check_grad takes a function and its arguments, such as check_grad(lambda x: x * x, 2.0); got {f!r}"
        raise TypeError(message)
    if order < 1 or rtol <= 0.0 or (sample is not None and sample < 1):
        message = f"order and sample are 1 or more, and rtol is above 0; got {order}, {sample} and {rtol}"
        raise ValueError(message)
    subject = subject_of(f, args, parameters)
    chosen = range(len(subject.leaves))
    if sample is not None and sample < len(chosen):
        chosen = sorted(random.Random(seed).sample(chosen, sample))  # type: ignore[assignment]
    eps = _EPS.get(getattr(getattr(f, "options", None), "dtype", ""), _EPS["float64"])
    rtol = max(rtol, _EPS_OF_GRADIENT * eps)
    with subject.kept_gradients():
        entries = [entry for n in range(1, order + 1) for entry in _entries(subject, n, chosen, eps, rtol)]
    report = GradientReport(getattr(f, "__name__", type(f).__name__), tuple(entries), subject.remark)
    return report.raise_if_wrong() if raises else report


def _entries(subject: Subject, order: int, chosen: Iterable[int], eps: float, rtol: float) -> Iterator[GradientEntry]:
    """Yield the verdicts on the gradients of an order by the chosen leaves."""
    call = subject.function(order)
    middle = _finite(call().data)
    gradients, size = subject.gradients(order)
    for i in chosen:
        leaf = subject.leaves[i]
        curve = Curve(_along(call, leaf), leaf.data, middle, eps, size)
        yield judged(Gradient(subject.names[i], order, gradients[i]), curve, rtol)


def _finite(number: float) -> float:
    """Return a result, or say that it has no slope."""
    if math.isfinite(number):
        return number
    message = (
        f"the function gives {number!r} here, which has no slope: check it where it is finite;"
        " micrograd.anomaly() names the operation that went wrong"
    )
    raise GradientError(message)


def _along(call: Callable[[], Value], leaf: Value) -> Callable[[float], float]:
    """Return a function of the data of one leaf alone; nan where it cannot be computed."""

    def at(number: float) -> float:
        before = leaf.data
        leaf.data = number
        try:
            return call().data
        except (ArithmeticError, ValueError):  # outside of its domain
            return math.nan
        finally:
            leaf.data = before

    return at
