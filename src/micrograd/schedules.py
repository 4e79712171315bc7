"""Learning-rate schedules: small callables that give the learning rate of every step of a training run.

A schedule is called with the number of steps taken so far (0 before the first) and returns the rate of the
next one. Where its length is left open (`steps=None`) the training run sets it, with `with_horizon`. Anything
callable in that way will do as a schedule; those here can also be compared, printed and copied.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Self

__all__ = ["Schedule", "constant", "cosine", "linear", "step_decay"]

Schedule = Callable[[int], float]  # from the number of steps taken to the rate of the next


@dataclass(frozen=True, slots=True)
class constant:  # noqa: N801  # called like a function, as functools.partial is
    """A schedule that gives the same rate at every step.

        rate(k) = lr

    Args:
        lr: the learning rate, 0 or more.

    Raises:
        ValueError: lr is negative, infinite or not a number.

    Example:
        >>> constant(0.1)(1000)
        0.1
    """

    lr: float

    def __post_init__(self) -> None:
        """Refuse a rate that cannot be one."""
        check_rate(self.lr, "lr")

    def __call__(self, step: int) -> float:  # noqa: ARG002  # a schedule is called with the step
        """Return the rate after `step` steps."""
        return self.lr

    def with_horizon(self, steps: int) -> Self:  # noqa: ARG002  # the same at any length
        """Return this schedule: it needs no length."""
        return self


@dataclass(frozen=True, slots=True)
class linear:  # noqa: N801  # called like a function
    """A schedule that goes from one rate to another in equal steps, and stays there.

        rate(k) = start + (end - start) * min(k, steps) / steps

    Args:
        start: rate of the first step, 0 or more.
        end: rate from step number `steps` on, 0 or more; a run of `steps` steps stops one short of it.
        steps: number of steps from start to end; None leaves it to the training run.

    Raises:
        ValueError: a rate is negative, infinite or not a number; steps is less than 1; the schedule is called
            while steps is None.

    Example:
        The schedule of micrograd's moons demo, `1.0 - 0.9 * k / 100`:

        >>> rate = linear(1.0, 0.1, steps=100)
        >>> rate(0), rate(50), rate(100), rate(101)
        (1.0, 0.55, 0.1, 0.1)
        >>> linear(1.0, 0.1).with_horizon(100) == rate
        True
    """

    start: float
    end: float
    steps: int | None = None

    def __post_init__(self) -> None:
        """Refuse rates and lengths that cannot be."""
        _check_slope(self.start, self.end, self.steps)

    def __call__(self, step: int) -> float:
        """Return the rate after `step` steps."""
        steps = _known(self.steps, self)
        if step >= steps:
            return self.end  # exactly, which the formula would miss by a rounding
        return self.start + (self.end - self.start) * step / steps

    def with_horizon(self, steps: int) -> Self:
        """Return this schedule over `steps` steps, or unchanged where its length was given."""
        return replace(self, steps=steps) if self.steps is None else self


@dataclass(frozen=True, slots=True)
class step_decay:  # noqa: N801  # called like a function
    """A schedule that multiplies the rate by a factor after every so many steps.

        rate(k) = lr * factor ** (k // every)

    Args:
        lr: rate of the first steps, 0 or more.
        every: number of steps at one rate, 1 or more.
        factor: what the rate is multiplied by, 0 or more; a tenth is the usual choice, and PyTorch's.

    Raises:
        ValueError: lr or factor is negative, infinite or not a number; every is less than 1.

    Example:
        >>> rate = step_decay(1.0, every=30, factor=0.5)
        >>> rate(0), rate(29), rate(30), rate(60)
        (1.0, 1.0, 0.5, 0.25)
    """

    lr: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        """Refuse rates, factors and lengths that cannot be."""
        check_rate(self.lr, "lr")
        check_rate(self.factor, "factor")
        _check_steps(self.every, "every")

    def __call__(self, step: int) -> float:
        """Return the rate after `step` steps."""
        return self.lr * self.factor ** (step // self.every)

    def with_horizon(self, steps: int) -> Self:  # noqa: ARG002  # the same at any length
        """Return this schedule: it needs no length."""
        return self


@dataclass(frozen=True, slots=True)
class cosine:  # noqa: N801  # called like a function
    """A schedule that goes from one rate to another along half a wave of the cosine, and stays there.

        rate(k) = end + (start - end) * (1 + cos(pi * min(k, steps) / steps)) / 2

    Args:
        start: rate of the first step, 0 or more.
        end: rate from step number `steps` on, 0 or more.
        steps: number of steps from start to end; None leaves it to the training run.

    Raises:
        ValueError: a rate is negative, infinite or not a number; steps is less than 1; the schedule is called
            while steps is None.

    Example:
        >>> rate = cosine(1.0, 0.0, steps=100)
        >>> rate(0), round(rate(25), 4), rate(50), rate(100)
        (1.0, 0.8536, 0.5, 0.0)

    Source:
        Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), equation 5; here
        nothing restarts.
    """

    start: float
    end: float = 0.0
    steps: int | None = None

    def __post_init__(self) -> None:
        """Refuse rates and lengths that cannot be."""
        _check_slope(self.start, self.end, self.steps)

    def __call__(self, step: int) -> float:
        """Return the rate after `step` steps."""
        steps = _known(self.steps, self)
        return self.end + (self.start - self.end) * (0.5 + 0.5 * math.cos(math.pi * min(step, steps) / steps))

    def with_horizon(self, steps: int) -> Self:
        """Return this schedule over `steps` steps, or unchanged where its length was given."""
        return replace(self, steps=steps) if self.steps is None else self


def check_rate(value: float, name: str) -> None:
    """Refuse a negative, infinite or undefined rate.

    Raises:
        ValueError: value is not a finite number, 0 or more.
    """
    if not (isinstance(value, Real) and 0.0 <= value < math.inf):
        message = f"{name} must be a finite number, 0 or more; got {value!r}"
        raise ValueError(message)


def _check_slope(start: float, end: float, steps: int | None) -> None:
    """Refuse two rates and a length that cannot be."""
    check_rate(start, "start")
    check_rate(end, "end")
    if steps is not None:
        _check_steps(steps, "steps")


def _check_steps(steps: int, name: str) -> None:
    """Refuse a number of steps that is not a whole number, 1 or more."""
    if not (isinstance(steps, Integral) and steps >= 1):
        message = f"{name} must be a whole number, 1 or more; got {steps!r}"
        raise ValueError(message)


def _known(steps: int | None, schedule: object) -> int:
    """Return the length of a schedule, which has to be known by the time it is called."""
    if steps is None:
        message = f"{schedule} has no length yet: give steps=, or call with_horizon(steps)"
        raise ValueError(message)
    return steps
