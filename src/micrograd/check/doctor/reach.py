"""Symptoms of a `backward()` that does not reach what it should, or begins elsewhere than at the loss."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, named
from micrograd.engine import topological_order

if TYPE_CHECKING:
    from collections.abc import Collection

    from micrograd.check.doctor.look import Look
    from micrograd.check.doctor.run import Run
    from micrograd.check.places import Place
    from micrograd.engine import Value

__all__ = ["not_the_loss", "unreached"]

_STEPS = 3  # what is not reached in as many may be for good
_TURNS_BACK = {"abs", "mul", "maximum", "relu"}  # rows that can make a loss of a number that is none
_SHIFTS = {"add", "sub", "sum"}
_NAMED_READS = 200  # places at which numbers are read, of the many that there may be, to look for a leak


def unreached(run: Run) -> Finding | None:
    """Find parameters that the program updates and no `backward()` reaches, while it reaches the same ones each time.

    Where it reaches others from step to step, as the rows of a table of embeddings that occur in a batch, a parameter
    may simply not have had its turn; nor may whole rows that the data do not name, while they name others. What a line
    of its own updates, such as a running mean, is no parameter.
    """
    if not run.unreached:
        return None
    lines = {place for p, place in run.parameters.items() if p not in run.unreached}
    lost = [p for p, place in run.parameters.items() if p in run.unreached and (not lines or place in lines)]
    lost = [p for p in lost if p not in run.waiting]
    if not lost or run.varies or run.count < _STEPS or not run.alone:
        return None
    everything = len(lost) == len(run.parameters)
    which = "none" if everything else f"{len(run.parameters) - len(lost)}"
    seen = (
        f"Of the {len(run.parameters)} parameters that are updated at {run.parameters[lost[0]]}, {which} "
        f"{'is' if which in {'none', '1'} else 'are'} reached by backward(); the gradient of the other "
        f"{len(lost)}{named(lost)} stays 0, and they never learn."
    )
    if everything:
        seen = seen.replace(f"the gradient of the other {len(lost)}", "the gradient of all")
    if run.leak is None:
        advice = "Compute the loss with all parts of the network, or leave those that are not used out of the update."
        return Finding("the loss does not reach all parameters", run.place, seen, advice)
    advice = (
        "Compute with the Value itself: `.data`, `float(x)` and the functions of `math` give plain numbers, through "
        "which no gradient flows."
    )
    return Finding("the loss does not reach all parameters", run.leak, f"{seen} The way to them ends here.", advice)


def leak_in(look: Look, lost: set[Value]) -> Place | None:
    """Return the line at which a number was read that depends on lost parameters, and that the loss knows not."""
    for node, place in look.events.reads[:_NAMED_READS]:
        if node not in look.nodes and not lost.isdisjoint(topological_order(node)):
            return place
    return None


def not_the_loss(run: Run) -> Finding | None:
    """Find a `backward()` from a node that this step goes on to compute the loss from."""
    look = run.look
    if look is None or not look.events.complete or not run.alone:
        return None
    node = _more_than_a_figure(look, _computed_from(look), [run.loss, *(step.loss for step in run.steps)])
    line = run.first_line("goes on", None if node is None else look.events.made[node])
    if run.in_a_row("goes on", holds=node is not None and bool(run.updates)) < _STEPS - 1 or node is None:
        return None
    return Finding(
        "backward() is not called on the loss",
        look.place,
        f"backward() ran here on {_described(look.root)}, but before that this step had gone on to compute "
        f"{_described(node)} from it (at {line}). What is computed later has no say in the gradients.",
        "Call backward() on the last number of the step, the loss with everything that belongs to it.",
    )


def _computed_from(look: Look) -> dict[Value, None]:
    """Return the nodes of this step that were computed from the root before its backward()."""
    found: dict[Value, None] = {}
    later = takewhile(lambda node: node is not look.root, reversed(look.events.made))  # the loss mostly comes last
    for node in reversed(list(later)):
        if any(parent is look.root or parent in found for parent in node.parents):
            found[node] = None
    return found


def _more_than_a_figure(look: Look, beyond: Collection[Value], losses: list[float]) -> Value | None:
    """Return a node that was computed from the root and is more than a figure, to be printed say.

    It is, where another part of this step's loss is added to the root, or where a number that is to be near a target,
    since it is below 0 or less than something else, is turned into one that is to be small.
    """
    slopes = {look.root: 1.0}  # of each node along the root
    turns = {look.root} if min(losses) < 0.0 else set()
    for node in beyond:
        row = node.row
        pairs = zip(node.parents, node.local_grads, strict=True)
        slopes[node] = sum(local * slopes.get(parent, 0.0) for parent, local in pairs)
        others = [parent for parent in node.parents if parent not in slopes]
        if not turns.isdisjoint(node.parents) or (_is(node, _SHIFTS) and _shifts(others, losses)):
            turns.add(node)
        if _is(node, {"add", "sum"}) and slopes[node] > 0.0 and any(_is_a_part(other, look) for other in others):
            return node
        square = row is not None and row.name == "powc" and node.parameter == 2.0  # noqa: PLR2004
        if not others and not turns.isdisjoint(node.parents) and (square or _is(node, _TURNS_BACK)):
            return node
    return None


def _is(node: Value, rows: Collection[str]) -> bool:
    """Tell whether one of some rows has made a node."""
    return node.row is not None and node.row.name in rows


def _shifts(others: list[Value], losses: list[float]) -> bool:
    """Tell whether something is added or subtracted that is no earlier loss, which only shows the progress."""
    return any(other.data != 0.0 and other.data not in losses for other in others)


def _is_a_part(node: Value, look: Look) -> bool:
    """Tell whether a node was computed in this step alone and is no part of the root's graph."""
    made = look.events.made
    if not node.parents or node in look.nodes or node not in made:
        return False
    return all(n in made for n in topological_order(node) if n.parents)


def _described(node: Value) -> str:
    """Return a node as a sentence names it."""
    return f"`{node.label}`" if node.label else f"the result of {node.op!r} ({node.data:.4g})"
