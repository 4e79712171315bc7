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
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from micrograd.draw.groups import Group, Grouping
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
    what is in a group that is wanted. Other neurons, calls and likes stay folded, for many of them are unreadable; of
    those right in a wanted group that opens by itself anyway, as many open as fit. A graph of at most `limit` nodes is
    opened altogether.

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

    def fits(more: Sequence[int]) -> bool:
        seen = sizes[-1] + sum(sizes[i] - 1 for i in chosen.union(more))
        return seen <= limit and len(fold(graph, grouping, chosen.union(more)).edges) <= MOST_EDGES

    for level in _levels(grouping, _inside(grouping, wanted)):
        more = [i for i in level if i not in chosen and (groups[i].parent < 0 or groups[i].parent in chosen)]
        some = [i for i in more if groups[i].parent in wanted and _opens_by_itself(groups[groups[i].parent])]
        chosen.update(more if fits(more) else _beginning(some, fits))
    return frozenset(chosen)


def _opens_by_itself(group: Group) -> bool:
    """Return whether a group opens where there is room, without being wanted."""
    return group.parent < 0 or group.kind in {MODEL, LAYER}


def _beginning(items: Sequence[int], fits: Callable[[Sequence[int]], bool]) -> Sequence[int]:
    """Return the longest beginning of some items that fits, by halving: where one fits, shorter ones do too."""
    least, most = 0, len(items)
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(items[:middle]) else (least, middle - 1)
    return items[:least]


def unchanged(
    graph: Graph, grouping: Grouping, limit: int, wanted: Collection[int], opened: Collection[int]
) -> Iterator[str]:
    """Yield what to say of each wanted group that is open anyway, where nothing of it opens besides.

    Args:
        graph: the graph.
        grouping: its groups.
        limit: number of boxes.
        wanted: groups that were to be opened.
        opened: what `initial_open` made of that.
    """
    anyway = initial_open(graph, grouping, limit) if wanted else frozenset()
    for group in sorted(anyway.intersection(wanted)):
        inside = _inside(grouping, {group})
        folded = [i for i in sorted(inside) if i not in opened and grouping.groups[i].parent in opened]
        if folded and not any(i in opened and i not in anyway for i in inside):
            names = ", ".join(repr(grouping.groups[i].name) for i in folded[:_SUGGESTED])
            yield (
                f"{grouping.groups[group].name} is open already, and with any more of it more than {limit} boxes or"
                f" {MOST_EDGES} edges would be seen: open some of it by name, such as {names}, or give a larger limit"
            )


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


def _inside(grouping: Grouping, wanted: Collection[int]) -> set[int]:
    """Return the groups inside of some others, at any depth."""
    inside: set[int] = set()
    for i, group in enumerate(grouping.groups):
        if group.parent in inside or group.parent in wanted:
            inside.add(i)
    return inside


def _levels(grouping: Grouping, inside: Collection[int]) -> list[list[int]]:
    """Return the groups of each depth and kind that may open by themselves, outer ones first."""
    depths: list[int] = []
    levels: dict[tuple[int, int], list[int]] = {}
    for i, group in enumerate(grouping.groups):
        outer = group.parent
        depths.append(depths[outer] + 1 if outer >= 0 else 0)
        if i in inside or _opens_by_itself(group):
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
