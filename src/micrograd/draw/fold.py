"""Which groups are open, and so what is seen: boxes for nodes and for folded groups, and the edges between them.

`page/fold.js` does the same in a browser; a test holds the two against each other.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.draw.kinds import CALL, LAYER, MODEL, NEURON, OP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from micrograd.draw.groups import Grouping
    from micrograd.graph import Graph

LIMIT = 300  # boxes that a person can still look through, and Graphviz lays out in less than a second,
MOST_EDGES = 1000  # with no more edges than these
_ORDER = (MODEL, LAYER, NEURON, CALL, OP)
_SUGGESTED = 3  # names like one that is unknown


@dataclass(frozen=True, slots=True)
class Box:
    """What is seen of one node or of one folded group.

    Args:
        group: position of the group, -1 for a node by itself.
        members: positions of the nodes, ascending.
    """

    group: int
    members: list[int]


@dataclass(frozen=True, slots=True)
class Folded:
    """What is seen of a graph.

    Args:
        boxes: in the order of their first nodes.
        edges: for each pair of boxes, by position, the links in between: (child, which of its operands).
    """

    boxes: list[Box]
    edges: dict[tuple[int, int], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Spread:
    """How some numbers spread; min, mean and max are those of the finite ones, nan if there are none."""

    least: float
    mean: float
    most: float
    finite: int
    not_finite: int


def initial_open(graph: Graph, grouping: Grouping, limit: int = LIMIT, wanted: Collection[int] = ()) -> frozenset[int]:
    """Return the groups to open so that at most `limit` boxes and MOST_EDGES edges are seen.

    Breadth first, all of one kind at one depth or none of them: models and layers, whatever is in no other group, and
    what is in a group that is wanted. Other neurons, calls and likes stay folded, for many of them are unreadable. A
    graph of at most `limit` nodes is opened altogether.

    Args:
        graph: the graph.
        grouping: its groups.
        limit: number of boxes.
        wanted: groups to open in any case, each with those that it is a part of.
    """
    groups, sizes = grouping.groups, _sizes(grouping)
    if len(grouping.of) <= limit:
        return frozenset(range(len(groups)))
    chosen = _with_outer(grouping, wanted)
    seen = sizes[-1] + sum(sizes[i] - 1 for i in chosen)
    for level in _levels(grouping, wanted):
        more = [i for i in level if i not in chosen and (groups[i].parent < 0 or groups[i].parent in chosen)]
        growth = sum(sizes[i] - 1 for i in more)
        if seen + growth <= limit and len(fold(graph, grouping, chosen.union(more)).edges) <= MOST_EDGES:
            chosen.update(more)
            seen += growth
    return frozenset(chosen)


def _with_outer(grouping: Grouping, wanted: Collection[int]) -> set[int]:
    """Return some groups and those that they are a part of."""
    found: set[int] = set()
    for i in wanted:
        while i >= 0 and i not in found:
            found.add(i)
            i = grouping.groups[i].parent  # noqa: PLW2901  # on to the next one around
    return found


def _sizes(grouping: Grouping) -> list[int]:
    """Return how many nodes and groups each group holds itself; the last is for what is in no group."""
    sizes = [0] * (len(grouping.groups) + 1)
    for group in grouping.of:
        sizes[group] += 1
    for each in grouping.groups:
        sizes[each.parent] += 1
    return sizes


def _levels(grouping: Grouping, wanted: Collection[int]) -> list[list[int]]:
    """Return the groups of each depth and kind that may open by themselves, outer ones first."""
    depths: list[int] = []
    inside: list[bool] = []  # of a group that is wanted
    levels: dict[tuple[int, int], list[int]] = {}
    for i, group in enumerate(grouping.groups):
        outer = group.parent
        depths.append(depths[outer] + 1 if outer >= 0 else 0)
        inside.append(outer >= 0 and (inside[outer] or outer in wanted))
        if inside[i] or outer < 0 or group.kind in {MODEL, LAYER}:
            levels.setdefault((depths[i], _ORDER.index(group.kind)), []).append(i)
    return [levels[level] for level in sorted(levels)]


def named_groups(grouping: Grouping, names: Iterable[str] | str) -> frozenset[int]:
    """Return the groups of some names; "all" is every group.

    Raises:
        ValueError: no group has a name; the message suggests some that are like it.
    """
    wanted = [names] if isinstance(names, str) else list(names)
    if "all" in wanted:
        return frozenset(range(len(grouping.groups)))
    positions = {group.name: i for i, group in enumerate(grouping.groups)}
    for name in wanted:
        if name not in positions:
            raise ValueError(_unknown(name, list(positions)))
    return frozenset(positions[name] for name in wanted)


def _unknown(name: str, names: Sequence[str]) -> str:
    """Return what to say of a name that no group has."""
    if not names:
        return f"no group is called {name!r}: this graph has no groups to open, and is drawn node by node"
    near = difflib.get_close_matches(name, names, _SUGGESTED, cutoff=0.0)
    return f'no group is called {name!r}; near to it: {", ".join(map(repr, near))}; or open="all"'


def fold(graph: Graph, grouping: Grouping, opened: Collection[int]) -> Folded:
    """Return what is seen of a graph where these groups are open.

    A group is seen as one box where it is folded and all that it is a part of is open.
    """
    covers = _covers(grouping, opened)
    boxes: list[Box] = []
    known: dict[int, int] = {}
    place: list[int] = []
    for node, group in enumerate(grouping.of):
        cover = covers[group]
        if cover < 0 or cover not in known:
            known[cover] = len(boxes)
            boxes.append(Box(cover, []))
        place.append(known[cover])
        boxes[place[node]].members.append(node)
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for child, parents in enumerate(graph.parents):
        for operand, parent in enumerate(parents):
            if place[parent] != place[child]:
                edges.setdefault((place[parent], place[child]), []).append((child, operand))
    return Folded(boxes, edges)


def _covers(grouping: Grouping, opened: Collection[int]) -> list[int]:
    """Return for each group the outermost folded group around it, -1 for none; the last is for no group."""
    covers: list[int] = [-1] * (len(grouping.groups) + 1)
    for i, group in enumerate(grouping.groups):
        outer = covers[group.parent] if group.parent >= 0 else -1
        covers[i] = outer if outer >= 0 or i in opened else i
    return covers


def spread(numbers: Iterable[float]) -> Spread:
    """Return the least, the mean and the greatest of some numbers, those that are not finite apart.

    Example:
        >>> spread([1.0, 2.0, math.inf])
        Spread(least=1.0, mean=1.5, most=2.0, finite=2, not_finite=1)
    """
    everything = list(numbers)
    finite = [x for x in everything if math.isfinite(x)]
    others = len(everything) - len(finite)
    if not finite:
        return Spread(math.nan, math.nan, math.nan, 0, others)
    mean = math.fsum(x / len(finite) for x in finite)  # no sum overflows
    return Spread(min(finite), mean, max(finite), len(finite), others)
