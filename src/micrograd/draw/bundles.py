"""Nests of nodes and of nests, and how what is too much for one of them is bundled: what is alike, and in runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from micrograd.draw.kinds import CALL, OP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")

LOOSE = 20  # of more nodes than these side by side, those that are alike are bundled,
ALIKE = 8  # so many or more of them
FANOUT = 100  # and more than these are bundled in runs,
CALLS = 30  # calls of a neuron sooner, for each of them is joined to all neurons of the next layer:
CALLS_IN_RUN = 10  # so many at a time


@dataclass(slots=True)
class Nest:
    """A group of nodes that is being filled.

    Args:
        name: what it is called.
        kind: that of the group.
        nodes: positions of the nodes that are in it and in no nest of it, ascending.
        nests: the nests in it.
        alike: whether all of them are of one sort, so that only their order is left to go by.
    """

    name: str
    kind: str
    nodes: list[int] = field(default_factory=list)
    nests: list[Nest] = field(default_factory=list)
    alike: bool = False


def all_nests(top: Nest) -> Iterator[Nest]:
    """Yield a nest, then those in it as they are by then, and so on."""
    stack = [top]
    while stack:
        nest = stack.pop()
        yield nest
        stack += nest.nests[::-1]


def bundle(nest: Nest, words: Sequence[str]) -> None:
    """Put what is too much in a nest into further nests in it; these may be too full in their turn.

    Args:
        nest: the nest.
        words: for each node what it is a kind of.
    """
    if nest.alike and len(nest.nodes) > FANOUT:
        nest.nests += [Nest(f"{nest.name}{run}", nest.kind, part, alike=True) for run, part in _runs(nest.nodes)]
        nest.nodes = []
    elif not nest.alike and len(nest.nodes) > LOOSE:
        _bundle_likes(nest, words)
    for kind in dict.fromkeys(inner.kind for inner in nest.nests):
        _bundle_nests(nest, kind)


def _bundle_likes(nest: Nest, words: Sequence[str]) -> None:
    """Put nodes that are alike into nests of their own, and the others into one if they are too many."""
    alike: dict[str, list[int]] = {}
    for node in nest.nodes:
        alike.setdefault(words[node], []).append(node)
    before = "" if nest.kind == OP else f"{nest.name} "
    nest.nests += [Nest(before + word, OP, nodes, alike=True) for word, nodes in alike.items() if len(nodes) >= ALIKE]
    nest.nodes = sorted(i for nodes in alike.values() if len(nodes) < ALIKE for i in nodes)
    if len(nest.nodes) > LOOSE:
        nest.nests.append(Nest(f"{before}others", OP, nest.nodes, alike=True))
        nest.nodes = []


def _bundle_nests(nest: Nest, kind: str) -> None:
    """Put the nests of a kind in a nest into runs, if they are too many."""
    some = [inner for inner in nest.nests if inner.kind == kind]
    most, size = (CALLS, CALLS_IN_RUN) if kind == CALL else (FANOUT, FANOUT)
    if len(some) > most:
        name = f"{nest.name} {kind}s".strip()
        nest.nests = [inner for inner in nest.nests if inner.kind != kind]
        nest.nests += [Nest(f"{name}{run}", kind, nests=part, alike=True) for run, part in _runs(some, size)]


def _runs(items: list[T], size: int = FANOUT) -> list[tuple[str, list[T]]]:
    """Return items in up to FANOUT runs of `size` or more, each with its place as a slice is written."""
    while len(items) > size * FANOUT:
        size *= FANOUT
    starts = range(0, len(items), size)
    return [(f"[{i}:{min(i + size, len(items))}]", items[i : i + size]) for i in starts]
