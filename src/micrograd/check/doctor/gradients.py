"""Symptoms of gradients that are not those of this step: not zeroed, wiped too early, of an old graph."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, count, named, number
from micrograd.check.doctor.run import MODEL
from micrograd.optim import Optimizer

if TYPE_CHECKING:
    from micrograd.check.doctor.run import Run

__all__ = ["not_zeroed", "nothing_moves", "stale_graph", "wiped"]

# Once may be a look at the gradients before the loop begins, as in a notebook; twice in a row is the loop itself.
_TWICE = 2
_UNMOVED = 10  # backward() with the same loss and fresh gradients; to see one loss two or three times is common


def not_zeroed(run: Run) -> Finding | None:
    """Find parameters that have moved and to whose old gradient `backward()` has added."""
    left = len(run.leftover)
    if run.in_a_row("not zeroed", holds=left >= MODEL) < _TWICE:
        return None
    parameters = list(run.parameters)
    names = named([parameters[i] for i in run.leftover])
    return Finding(
        "gradients are not set to zero",
        run.place,
        f"When backward() ran here for the {_nth(run.count)} time, {left} of the {len(parameters)} parameters{names} "
        "had moved and still held the gradient of before. backward() adds to what is there, so each step follows the "
        "sum of all gradients since the start, most of them out of date.",
        "Set them to 0 before each backward(): `model.zero_grad()` or `optimizer.zero_grad()`, or "
        "`for p in parameters: p.grad = 0.0`.",
    )


def wiped(run: Run) -> Finding | None:
    """Find updates that are made with gradients of 0, although `backward()` has left others."""
    events, look = run.events, run.look
    if events is None or look is None or look.step != run.count or len(events.updates) < MODEL:
        return None
    computed = sum(1 for p in events.updates if look.grads.get(p, 0.0) != 0.0)
    at_zero = all(update.grad == 0.0 for update in events.updates.values())
    if run.in_a_row("wiped", holds=at_zero and computed >= MODEL) < _TWICE:
        return None
    place = next(iter(events.updates.values())).place
    return Finding(
        "the gradients are gone before the step",
        place,
        f"backward() at {run.place} has left gradients at {count(computed, 'parameter')}, but all of them were 0 "
        "again when the parameters were updated here, so the step moves by nothing that was learned.",
        "Keep this order: `loss.backward()`, then the step, and zero the gradients only after it, or just before the "
        "next backward().",
    )


def stale_graph(run: Run) -> Finding | None:
    """Find parameters that move after the loss was computed and before `backward()` is called on it."""
    look = run.look
    if look is None or not look.events.complete:
        return None
    moved = [p for p in look.events.late(look.root) if p in look.nodes]
    if run.in_a_row("stale graph", holds=len(moved) >= MODEL) < _TWICE:
        return None
    return Finding(
        "the step comes between the loss and its backward()",
        look.events.updates[moved[0]].place,
        f"{count(len(moved), 'parameter')}{named(moved)} moved here after the loss had been computed, and then "
        f"backward() at {run.place} took the derivatives of the old graph. So each step follows the gradient of "
        "the step before.",
        "Keep this order: compute the loss, zero the gradients, `loss.backward()`, and only then the step.",
    )


def nothing_moves(run: Run) -> Finding | None:
    """Find a loop that computes the same loss and the same gradients again and again, and never takes a step."""
    look, before = run.look, run.before
    if look is not None and before is not None:
        pairs = [(grad, before.grads[leaf]) for leaf, grad in look.grads.items() if leaf in before.grads]
        alike = look.root is not before.root and all(new == old for new, old in pairs) and any(map(any, pairs))
        run.in_a_row("same gradients", holds=alike)
    repeated = run.in_a_row("same loss", holds=run.same_loss and not run.parameters)
    if repeated != _UNMOVED or not run.facts["same gradients"] or not _is_meant_to_learn(run):
        return None
    return Finding(
        "no step is taken",
        run.place,
        f"In the first {run.count} times that backward() ran here the gradients were set to zero in between, and the "
        f"loss was {number(run.loss)} each time: nothing moved the parameters.",
        "Update them after `loss.backward()`: `optimizer.step()`, or `for p in parameters: p.data -= lr * p.grad`.",
    )


def _is_meant_to_learn(run: Run) -> bool:
    """Tell whether a loop that moves nothing is more than a measurement of time.

    It reads the loss, to be printed say, or the numbers of leaves; or there is an optimiser for some of them.
    """
    events = run.events
    if events is not None and (events.leaves or any(node.data == run.loss for node, _ in events.reads)):
        return True
    optimizers = [thing for thing in gc.get_objects() if isinstance(thing, Optimizer)]
    return any(p.has_grad for optimizer in optimizers for p in optimizer.params)


def _nth(n: int) -> str:
    """Return 1st, 2nd, 3rd, 4th and so on."""
    teens = 10 <= n % 100 <= 20  # noqa: PLR2004  # 11th, 12th, 13th
    return f"{n}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"
