"""Symptoms of a `backward()` that does not reach what it should, or begins elsewhere than at the loss."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, named
from micrograd.engine import topological_order

if TYPE_CHECKING:
    from micrograd.check.doctor.look import Look
    from micrograd.check.doctor.run import Run
    from micrograd.check.places import Place
    from micrograd.engine import Value

__all__ = ["not_the_loss", "unreached"]

_STEPS = 3  # what is not reached in as many may be for good
_TURNS_BACK = {"abs", "mul", "maximum", "relu"}  # rows that can make a loss of a number that is none
_NAMED_READS = 200  # places at which numbers are read, of the many that there may be, to look for a leak


def unreached(run: Run) -> Finding | None:
    """Find parameters that the program updates and no `backward()` reaches, while it reaches the same ones each time.

    Where it reaches others from step to step, as the rows of a table of embeddings that occur in a batch, a parameter
    may simply not have had its turn. What a line of its own updates, such as a running mean, is no parameter.
    """
    if not run.unreached:
        return None
    lines = {place for p, place in run.parameters.items() if p not in run.unreached}
    lost = [p for p, place in run.parameters.items() if p in run.unreached and (not lines or place in lines)]
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
    node = _more_than_a_figure(look, _computed_from(look))
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


def _more_than_a_figure(look: Look, beyond: dict[Value, None]) -> Value | None:
    """Return a node that was computed from the root and is more than its mean or its square root, say, to be printed.

    It is, where it joins other nodes of this step that are no part of the root's graph, or where it does something
    that turns a number which is to be near a target into one which is to be small.
    """
    for node in beyond:
        row = node.row
        if any(p.parents and p in look.events.made and p not in beyond and p not in look.nodes for p in node.parents):
            return node
        if row is not None and row.name in _TURNS_BACK and all(p is look.root or p in beyond for p in node.parents):
            return node
        if row is not None and row.name == "powc" and node.parameter == 2.0:  # noqa: PLR2004  # a square
            return node
    return None


def _described(node: Value) -> str:
    """Return a node as a sentence names it."""
    return f"`{node.label}`" if node.label else f"the result of {node.op!r} ({node.data:.4g})"
