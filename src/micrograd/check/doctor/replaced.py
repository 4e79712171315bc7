"""Symptoms of parameters that become new Values instead of moving, and of graphs that reach into earlier steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, count, named, number
from micrograd.check.doctor.run import MODEL

if TYPE_CHECKING:
    from micrograd.check.doctor.look import Look
    from micrograd.check.doctor.run import Run
    from micrograd.check.places import Place
    from micrograd.engine import Value

__all__ = ["computed_once", "grows", "rebound_names", "replaced_parameters"]

_SAME_RATE = 1e-9  # relative: rates that differ only by the rounding of rate * gradient
_GROWING = 3  # graphs, each larger than the one before, of which the second might still be settling


def rebound_names(run: Run) -> Finding | None:
    """Find `p = p - lr * p.grad` in a loop: the new Value has a name for a moment, and the parameter stays."""
    look = run.look
    new = _new_for_old(run)
    line = run.first_line("rebound", look.events.made.get(next(iter(new))) if look is not None and new else None)
    lost = look is not None and look.nodes.isdisjoint(new)
    if run.in_a_row("rebound", holds=len(new) >= MODEL and lost) < 2 or look is None:  # noqa: PLR2004  # once may be a trial
        return None
    return Finding(
        "the parameters never move",
        line,
        f"This line computes {count(len(new), 'new Value')} from parameters{named(list(new.values()))} and their "
        f"gradients, but the next loss is computed from the old ones: after {count(run.count - 1, 'step')} none has "
        f"moved, and the loss is {number(run.loss)}. `p = p - lr * p.grad` (and `p -= lr * p.grad`) only makes the "
        "name p mean something else.",
        "Change the number inside: `p.data -= lr * p.grad`.",
    )


def replaced_parameters(run: Run) -> Finding | None:
    """Find `n.w = [w - lr * w.grad for w in n.w]`: each parameter is now computed from the one before."""
    look, before = run.look, run.before
    if look is None or before is None:
        return None
    new = {node: old for node, old in _new_for_old(run).items() if node in look.nodes}
    kept = run.replaced
    line = run.first_line("replaced", look.events.made.get(next(iter(new))) if new else None)
    if len(new) >= MODEL:
        run.replaced = new, line
    if kept is None or not look.nodes.issuperset(kept[0]):
        return None
    nodes, place = kept
    return Finding(
        "parameters are replaced instead of being moved",
        place,
        f"{count(len(nodes), 'parameter')}{named(list(nodes.values()))} became new Values here that are computed from "
        f"the old ones. So they are no leaves any more, and the graph keeps all earlier steps: it had {before.size:,} "
        f"nodes in step {before.step} and {look.size:,} in step {look.step}.",
        "Change the number inside: `p.data -= lr * p.grad`.",
    )


def _new_for_old(run: Run) -> dict[Value, Value]:
    """Return the nodes made since the last backward() that are a leaf of it, less one rate times its gradient.

    Where parameters move as they should there are none.
    """
    look, before = run.look, run.before
    if run.updates or look is None or before is None or not look.events.complete or before.step != look.step - 1:
        return {}
    rates: dict[Value, tuple[Value, float]] = {}
    for node in look.events.made:
        row = node.row
        if row is not None and row.name in {"add", "sub"}:
            x, y = node.parents
            gradient = before.grads.get(x, 0.0)
            if gradient * y.data != 0.0 and x is not y:
                rates[node] = x, y.data / gradient
    usual = _most_frequent([rate for _, rate in rates.values()])
    return {node: x for node, (x, rate) in rates.items() if math.isclose(rate, usual, rel_tol=_SAME_RATE)}


def _most_frequent(rates: list[float]) -> float:
    """Return the rate that occurs most often but for rounding: a loss such as (p - k) ** 2 has some by chance."""
    rates.sort()
    groups: list[list[float]] = []
    for rate in rates:
        if groups and math.isclose(rate, groups[-1][0], rel_tol=_SAME_RATE):
            groups[-1].append(rate)
        else:
            groups.append([rate])
    return max(groups, key=len)[0] if groups else math.nan


def grows(run: Run) -> Finding | None:
    """Find graphs that hold the graphs of earlier steps, which were computed before the parameters moved."""
    look = run.look
    sizes = run.sizes[-_GROWING:]
    larger = len(sizes) == _GROWING and sizes[0] < sizes[1] < sizes[2]
    if look is None or not _reaches_back(run) or not larger:
        return None
    return Finding(
        "the graph grows from step to step",
        run.first_line("joint", None),
        f"The graph under backward() at {look.place} had {sizes[-2]:,} nodes when it was last looked at, and has "
        f"{sizes[-1]:,} now: {count(len(look.old), 'node')} of it were computed in earlier steps, before the "
        "parameters moved. Each step takes longer than the one before, and its gradient mixes in old ones.",
        "Carry numbers from step to step, not Values: `total += loss.data` instead of `total += loss`, and "
        "`state = Value(state.data)` for a state that is handed on; call backward() on the loss of this step alone.",
    )


def computed_once(run: Run) -> Finding | None:
    """Find a part of the loss that was computed before the loop, so that it does not follow the parameters."""
    look = run.look
    if look is None or not _reaches_back(run):
        return None
    old = look.old
    last = old[-1]
    return Finding(
        "a part of the loss is out of date",
        look.place,
        f"The loss uses {count(len(old), 'node')} that were computed before the parameters moved, {_described(last)} "
        "among them. They keep the numbers and derivatives of back then.",
        "Compute everything that depends on parameters anew in each step, inside of the loop.",
    )


def _reaches_back(run: Run) -> bool:
    """Tell whether two graphs in a row hold nodes from before the last move of the parameters.

    Only graphs are asked that come first after a move: several backward() may share what was computed after it.
    """
    look = run.look
    if look is not None and look is not run.judged and run.updates and _is_of_this_step(run, look):
        if look.old:
            run.first_line("joint", _joint(look))
        run.in_a_row("reaches back", holds=bool(look.old))
    run.judged = look  # two symptoms ask
    return run.facts["reaches back"] >= 2  # noqa: PLR2004


def _is_of_this_step(run: Run, look: Look) -> bool:
    """Tell whether a root is known to have been made in this step, or to be the same in each.

    Of two losses that are computed together the second is older than the step of the first, which may be meant.
    """
    if not look.events.complete:
        return False
    return look.root in look.events.made or (run.before is not None and run.before.root is look.root)


def _joint(look: Look) -> Place | None:
    """Return the line that made the first new node from an old one."""
    old = set(look.old)
    for node, place in look.events.made.items():
        if place is not None and node in look.nodes and any(parent in old for parent in node.parents):
            return place
    return None


def _described(node: Value) -> str:
    """Return a node as a sentence names it."""
    return (
        f"the {'`' + node.label + '`' if node.label else 'one'} made by {node.op!r} with the number {number(node.data)}"
    )
