"""Symptoms of the step: uphill, too large, too small. Each is judged over a window, never by one step.

The demo of the published micrograd doubles its loss in the first step and learns all the same.
"""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, count, number
from micrograd.check.doctor.run import cosine

if TYPE_CHECKING:
    from micrograd.check.doctor.run import Run
    from micrograd.check.places import Place

__all__ = ["too_high", "too_low", "uphill"]

# Uphill: every step from the first one on. A plain step of the wrong sign has a cosine of exactly 1 with the gradient;
# momentum and Adam, of the right sign, do climb for several steps when they overshoot, but begin downhill.
_UPHILL_STEPS, _UPHILL_BY, _UPHILL, _RISE = 5, 20, 0.5, 1.05
# Too high. Worse than at the start, by a fifth at the least in each of five steps, after ten steps downhill.
_LONG, _RECENT, _WORSE = 10, 5, 1.2
# Or back and forth: in 12 of 15 steps the gradient turns back (a cosine under -0.5; in a healthy descent it is near 1,
# and with noise near 0), none of them improves on the best loss before, and most of the first loss is still there.
_SWING_STEPS, _SWINGS, _TURNED, _STILL = 15, 12, -0.5, 0.3
# Where each step sees other data, a loss may differ from the next by chance: all of the last ten are three times the
# largest of the first ten.
_OTHER_DATA_STEPS, _TIMES = 20, 3.0
# Too low: 20 steps, the length of the lecture's loops, which lower the loss by a third at the least; here by less than
# 1%, in one direction, although to change all parameters by a tenth would change the loss by a hundredth or more.
_SLOW_STEPS, _FALL, _STRAIGHT, _LEVER = 20, 0.01, 0.99, 0.1


def uphill(run: Run) -> Finding | None:
    """Find steps along the gradient, with a loss that is above 0 and rises."""
    steps = run.steps
    if not _UPHILL_STEPS <= len(steps) <= _UPHILL_BY or not run.loss > _RISE * steps[0].loss:
        return None
    if not all(step.along > _UPHILL and step.loss > 0.0 for step in steps):
        return None
    return Finding(
        "the step goes uphill",
        _updates(run),
        f"In each of the {len(steps)} steps the parameters moved along the gradient instead of against it: "
        f"the last move was to raise the loss by {number(steps[-1].slope)}, to first order, and so far it "
        f"rose from {number(steps[0].loss)} to {number(run.loss)}.",
        "The gradient points to where the loss grows; subtract it: `p.data -= lr * p.grad`.",
    )


def too_high(run: Run) -> Finding | None:
    """Find steps that should lower the loss, and lead to a larger one or back and forth."""
    seen = _other_data_explodes(run) if not run.same_data else (_gets_worse(run) or _swings(run))
    if seen is None:
        return None
    return Finding(
        "the learning rate is too high",
        _updates(run),
        seen,
        "The slope that the gradient tells holds only nearby. Divide the learning rate by 3 or 10 until the loss falls "
        "steadily.",
    )


def _gets_worse(run: Run) -> str | None:
    """Return what was seen where the loss is above the first one, and stays there."""
    recent = [step.loss for step in run.steps[-_RECENT:]]
    if len(run.steps) < _LONG or not min(recent) > _WORSE * abs(run.steps[0].loss) or not _mostly_downhill(run, _LONG):
        return None
    return (
        f"Each move was to lower the loss, but it was {number(run.steps[0].loss)} at first, and between "
        f"{number(min(recent))} and {number(max(recent))} in the last {_RECENT} of {len(run.steps)} steps: the moves "
        "are so long that they land higher up on the other side."
    )


def _swings(run: Run) -> str | None:
    """Return what was seen where the parameters go back and forth across a valley."""
    window, former = run.steps[-_SWING_STEPS:], run.steps[:-_SWING_STEPS]
    turns = sum(1 for step in window if step.turn < _TURNED)
    if len(window) < _SWING_STEPS or turns < _SWINGS or not former or not _mostly_downhill(run, _SWING_STEPS):
        return None
    losses = [step.loss for step in window]
    if min(losses) < min(step.loss for step in former) or fmean(losses) < _STILL * run.steps[0].loss:
        return None
    return (
        f"In {turns} of the last {_SWING_STEPS} steps the gradient pointed back to where the step before had come "
        f"from, and the loss has not fallen: it was {number(losses[0])} and is {number(losses[-1])}. The parameters "
        "jump from one side of a valley to the other."
    )


def _other_data_explodes(run: Run) -> str | None:
    """Return what was seen where the losses of changing batches are far above the first ones."""
    first, last = run.steps[:_LONG], run.steps[-_LONG:]
    if len(run.steps) < _OTHER_DATA_STEPS or not _mostly_downhill(run, _LONG):
        return None
    highest, lowest = max(step.loss for step in first), min(step.loss for step in last)
    if not lowest > _TIMES * abs(highest):
        return None
    return (
        f"Each move was to lower the loss, but it was at most {number(highest)} in the first {_LONG} steps, and is at "
        f"least {number(lowest)} in the last {_LONG}."
    )


def too_low(run: Run) -> Finding | None:
    """Find a loop that hardly moves, always in one direction, with much left to learn."""
    if run.found or len(run.steps) < _SLOW_STEPS or not run.same_data or len(run.first) != len(run.grads):
        return None
    first, last = run.steps[0].loss, run.steps[-1].loss
    slow = 0.0 < first - last < _FALL * first and all(step.slope < 0.0 for step in run.steps)
    size = math.hypot(*run.start)
    lever = math.hypot(*run.grads) * size / last if last > 0.0 else 0.0
    if not slow or lever < _LEVER or cosine(run.first, run.grads) < _STRAIGHT:
        return None
    moved = math.dist(run.start, [p.data for p in run.parameters]) / size
    return Finding(
        "the learning rate is too low",
        _updates(run),
        f"In {count(len(run.steps), 'step')} the loss went from {number(first)} to {number(last)}, and the parameters "
        f"moved by {100.0 * moved:.2g}% of their size, always in the same direction: there is a long way to go, and "
        "the steps are short.",
        "Multiply the learning rate by 10 until the loss falls within a few steps; if it then jumps, go back by 3.",
    )


def _mostly_downhill(run: Run, n: int) -> bool:
    """Tell whether the gradient predicted a lower loss for most of the last n moves."""
    last = run.steps[-n:]
    return 4 * sum(1 for step in last if step.slope < 0.0) >= 3 * len(last)


def _updates(run: Run) -> Place:
    """Return the line that moves the parameters."""
    return next(iter(run.parameters.values()))
