"""Symptoms of the step: uphill, too large, too small. Each is judged over a window, never by one step.

The demo of the published micrograd doubles its loss in the first step and learns all the same.
"""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, count, number
from micrograd.check.doctor.inputs import is_raw
from micrograd.check.doctor.run import cosine
from micrograd.check.doctor.terms import is_a_loss
from micrograd.naming import live_modules

if TYPE_CHECKING:
    from micrograd.check.doctor.run import Run
    from micrograd.check.places import Place

__all__ = ["too_high", "too_low", "uphill"]

# Uphill: every step from the first one on. A plain step of the wrong sign has a cosine of exactly 1 with the gradient;
# momentum and Adam, of the right sign, do climb for several steps when they overshoot, but begin downhill. After 20
# such steps the smallest rise will do. Who climbs on purpose climbs a reward or a likelihood, and no sum of errors.
_UPHILL_STEPS, _UPHILL, _RISE, _SURE, _LOOKS = 5, 0.5, 1.05, 20, 2
# Too high. Worse than at the start, by a fifth at the least in each of five steps, after ten steps downhill.
_LONG, _RECENT, _WORSE, _STRAIGHT_DOWN, _FAR = 10, 5, 1.2, -0.7, 10.0
# Or back and forth: in 12 of 15 steps the gradient turns back (a cosine under -0.5; in a healthy descent it is near 1,
# and with noise near 0), none of them improves on the best loss before, and most of the first loss is still there. A
# step across a valley to the same height on the other side promises four times what is above the ground of it.
_SWING_STEPS, _SWINGS, _TURNED, _STILL, _PROMISED = 15, 12, -0.5, 0.3, 0.5
# Where each step sees other data, a loss may differ from the next by chance, or get more difficult: all of the last ten
# are three times the largest of the first ten, and the parameters have been thrown out.
_OTHER_DATA_STEPS, _TIMES, _GROWN = 20, 3.0, 100.0
# Too low: 20 steps, the length of the lecture's loops, which lower the loss by a third at the least; here by less than
# 0.5%, in one direction, although to change all parameters by a tenth would change the loss by a twentieth or more.
_SLOW_STEPS, _FALL, _STRAIGHT, _LEVER = 20, 0.005, 0.99, 0.5


def uphill(run: Run) -> Finding | None:
    """Find steps along the gradient of a sum of errors, which rises."""
    steps = run.steps
    if run.look is not None and run.look.step == run.count and run.parameters:
        run.in_a_row("a sum of errors", holds=is_a_loss(run.look))
    if run.facts["a sum of errors"] < _LOOKS or len(steps) < _UPHILL_STEPS or not run.alone:
        return None
    rise = _RISE if len(steps) < _SURE else 1.0
    if not run.loss > rise * steps[0].loss or not all(step.along > _UPHILL and step.loss > 0.0 for step in steps):
        return None
    if _moves_inputs_of_a_model(run):
        return None
    return Finding(
        "the step goes uphill",
        _updates(run),
        f"In each of the first {len(steps)} steps the parameters moved along the gradient instead of against it: "
        f"the last move was to raise the loss by {number(steps[-1].slope)}, to first order, and so far it "
        f"rose from {number(steps[0].loss)} to {number(run.loss)}.",
        "The gradient points to where the loss grows; subtract it: `p.data -= lr * p.grad`.",
    )


def _moves_inputs_of_a_model(run: Run) -> bool:
    """Tell whether the loss reaches a Module that stays as it is, as one does who looks for inputs that it fails on."""
    parameters = {p for module in live_modules() for p in module.parameters()}
    return parameters.isdisjoint(run.parameters) and any(p.has_grad for p in parameters)


def too_high(run: Run) -> Finding | None:
    """Find steps that should lower the loss, and lead to a larger one or back and forth.

    Where two loops take turns, as the two players of a game do, each may raise the loss of the other.
    """
    if not run.alone:
        return None
    seen = _other_data_explodes(run) if not run.same_data else (_gets_worse(run) or _swings(run))
    if seen is None or is_raw(run):  # of that the end tells
        return None
    return Finding(
        "the learning rate is too high",
        _updates(run),
        seen,
        "The slope that the gradient tells holds only nearby. Divide the learning rate by 3 or 10 until the loss falls "
        "steadily.",
    )


def _gets_worse(run: Run) -> str | None:
    """Return what was seen where the loss is above the first one, and stays there.

    One that falls in each of the steps may have begun anew, as that of another phase of the training does. Moves that
    are partly chance, as those of a sampler are, point downhill somewhat only, and keep the parameters near.
    """
    recent = [step.loss for step in run.steps[-_RECENT:]]
    if len(run.steps) < _LONG or not min(recent) > _WORSE * abs(run.steps[0].loss) or not _mostly_downhill(run, _LONG):
        return None
    falls = all(after < before for before, after in pairwise(recent)) and recent[-1] < (1.0 - _FALL) * recent[0]
    straight = fmean(step.along for step in run.steps) < _STRAIGHT_DOWN
    if falls or not (straight or run.thrown_out(_FAR)):
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
    if fmean(-step.slope for step in window) < _PROMISED * fmean(losses):
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
    if not lowest > _TIMES * abs(highest) or not run.thrown_out(_GROWN):
        return None
    return (
        f"Each move was to lower the loss, but it was at most {number(highest)} in the first {_LONG} steps, and is at "
        f"least {number(lowest)} in the last {_LONG}."
    )


def too_low(run: Run) -> Finding | None:
    """Find a loop that hardly moves, always in one direction, with much left to learn."""
    if run.found or run.resumed or len(run.steps) < _SLOW_STEPS:  # what is trained already may move little
        return None
    if not run.same_data or len(run.first) != len(run.grads):
        return None
    first, last = run.steps[0].loss, run.steps[-1].loss
    slow = 0.0 < first - last < _FALL * first and all(step.slope < 0.0 for step in run.steps)
    size = math.hypot(*run.start) or math.sqrt(len(run.start))  # that of parameters of 1, where all begin at 0
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
