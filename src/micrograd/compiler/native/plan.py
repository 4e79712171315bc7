"""How a kernel runs its loops: which one in vectors, and how many rounds of which are unrolled into registers.

A round costs about one step for each vector it loads or multiplies; what is read in strides is loaded lane by lane.
Sums inside of a kernel are blocked: unrolling two loops by u and v keeps u · v sums in registers, and each number that
is loaded serves several of them.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from micrograd.compiler.native.fusion import is_heavy, is_private
from micrograd.compiler.program import Map, Sum, accesses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from micrograd.compiler.native.layout import Layout, Reach
    from micrograd.compiler.native.schedule import Kernel

_HORIZONTAL = 4.0  # steps to add up the lanes of a vector
_LONG = 16.0  # steps of a row that is a polynomial or a call
_SHORT = frozenset(
    {"copy", "detach", "add", "sub", "mul", "div", "neg", "abs", "relu", "less", "equal", "where", "sqrt"}
)
_FEW = 6  # rounds of a short loop that are unrolled are fewer
_CHAIN = 8  # sums that must be under way at once to hide the latency of an addition


@dataclass(frozen=True)
class Plan:
    """How a kernel runs.

    Attributes:
        order: the axes, outermost first.
        vector: the axis that runs in vectors; None where none does.
        inside: whether, instead, the loops inside of sums run in vectors.
        whole: whether the last vector may reach past the end of the axis.
        tiles: rounds to unroll, by axis; 1 where not given.
    """

    order: tuple[int, ...]
    vector: int | None = None
    inside: bool = False
    whole: bool = False
    tiles: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Read:
    """What a kernel loads, stores or computes at each point: strides over the axes and the extents, and its cost."""

    strides: tuple[int, ...]
    extents: tuple[int, ...]
    looks_up: bool = False
    steps: float = 1.0

    @property
    def times(self) -> float:
        """Steps at each point of the nest, without vectors."""
        return self.steps * math.prod(self.extents)

    def lanes(self, axis: int, width: int) -> float:
        """Return the cost of the access when an axis runs in vectors."""
        if axis < len(self.strides) and (self.looks_up or self.strides[axis] not in {0, 1}):
            return float(width)
        return 1.0


def choose(kernel: Kernel, layout: Layout, width: int, registers: int, *, in_order: bool = False) -> Plan:
    """Return how to run a kernel on vectors of `width` numbers, with so many vector registers; or point by point."""
    axes = range(kernel.outer, len(kernel.axes))
    if in_order or not all(is_private(statement, kernel.outer) for statement in kernel.statements):
        return Plan(tuple(axes))
    reads = list(_reads(kernel, layout))
    plans: list[tuple[float, int, int | None]] = [(_cost_of_scalars(kernel, reads), 0, None)]
    plans += [(_cost(kernel, reads, axis, layout, width), 1, axis) for axis in axes if kernel.axes[axis] > 1]
    if any(map(is_heavy, kernel.statements)):
        plans.append((_cost_inside(kernel, reads, width), 2, None))
    _, kind, axis = min(plans, key=lambda plan: (plan[0], plan[1]))
    whole = axis is not None and _may_overrun(kernel, layout, axis)
    row = width if kind == 2 and adds_rows(kernel, layout, width) else 1  # noqa: PLR2004  # the third kind
    tiles = _tiles(kernel, reads, axis, width if kind == 1 else 1, registers, whole=whole, row=row)
    blocked = any(a != axis for a in tiles)
    order = sorted(axes, key=lambda a: (a in tiles or a == axis, a != axis if blocked else a == axis, a))
    return Plan(tuple(order), axis, kind == 2, whole, tiles)  # noqa: PLR2004  # the third kind


def adds_rows(kernel: Kernel, layout: Layout, width: int) -> bool:
    """Tell whether a kernel is a single sum with loops, whose results lie side by side in rows of a vector or more."""
    statement = kernel.statements[0]
    if len(kernel.statements) > 1 or not isinstance(statement, Sum) or len(statement.terms) > 1:
        return False
    long = len(kernel.axes) > kernel.outer and kernel.axes[-1] >= width > 1 and is_heavy(statement)
    return long and not kernel.tangled and layout.reach(statement.out, kernel.axes).strides[-1] == 1


def inner_axis(reads: list[Reach], first: int, extents: tuple[int, ...]) -> int:
    """Return the loop of a sum that runs in vectors: the one with the fewest strided reads, then the longest."""

    def rank(k: int) -> tuple[int, int]:
        bad = sum(r.table is not None or r.index is not None or r.strides[first + k] not in {0, 1} for r in reads)
        return (-bad, extents[k])

    return max(range(len(extents)), key=rank)


def _reads(kernel: Kernel, layout: Layout) -> Iterator[_Read]:
    """Yield what a kernel loads and stores; what it made itself it has in registers."""
    made = {statement.out.array for statement in kernel.statements}
    for statement in kernel.statements:
        for extents, access in accesses(statement):
            if access.array not in made:
                reach = layout.reach(access, extents)
                looks_up = reach.table is not None or reach.index is not None
                yield _Read(reach.strides, extents[len(kernel.axes) :], looks_up)
        if statement.out.array in kernel.stored:
            reach = layout.reach(statement.out, kernel.axes)
            yield _Read(reach.strides, ())
        if isinstance(statement, Map) and statement.op not in _SHORT:
            yield _Read((0,) * len(kernel.axes), (), steps=_LONG)


def _steps(extent: int, width: int, *, whole: bool) -> int:
    """Return how many rounds a loop takes in vectors, with its last few elements one by one."""
    return -(-extent // width) if whole else extent // width + extent % width


def _cost_of_scalars(kernel: Kernel, reads: list[_Read]) -> float:
    """Return what a kernel costs without vectors."""
    return math.prod(kernel.axes) * sum(read.times for read in reads)


def _cost(kernel: Kernel, reads: list[_Read], axis: int, layout: Layout, width: int) -> float:
    """Return what a kernel costs when one of its axes runs in vectors."""
    rounds = _steps(kernel.axes[axis], width, whole=_may_overrun(kernel, layout, axis))
    others = math.prod(kernel.axes) // kernel.axes[axis]
    return others * rounds * sum(read.times * read.lanes(axis, width) for read in reads)


def _cost_inside(kernel: Kernel, reads: list[_Read], width: int) -> float:
    """Return what a kernel costs when the loops inside of its sums run in vectors."""
    first, cost = len(kernel.axes), 0.0
    for read in reads:
        best = math.inf if read.extents else read.steps
        for k, extent in enumerate(read.extents):
            rounds = _steps(extent, width, whole=True) * math.prod(read.extents) // extent
            best = min(best, rounds * read.lanes(first + k, width) + _HORIZONTAL)
        cost += best
    return math.prod(kernel.axes) * cost


def _may_overrun(kernel: Kernel, layout: Layout, axis: int) -> bool:
    """Tell whether a kernel may run past the end of an axis, up to a whole vector, in what it stores and reads."""
    for statement in kernel.statements:
        if statement.out.array in kernel.stored and not layout.pads(statement.out, kernel.axes, axis):
            return False
        reads = [layout.reach(x, extents) for extents, x in accesses(statement)]
        if any(x.table is not None or x.index is not None or x.strides[axis] not in {0, 1} for x in reads):
            return False  # what is read in strides would be far behind the array
    return True


def _tiles(  # noqa: PLR0913  # what the choice depends on
    kernel: Kernel, reads: list[_Read], vector: int | None, width: int, registers: int, *, whole: bool, row: int
) -> dict[int, int]:
    """Return how many rounds of which two axes to unroll, so that what is loaded serves many sums."""
    inner = [read for read in reads if math.prod(read.extents) > 1]
    counts = [1] * kernel.outer + list(kernel.axes[kernel.outer :])
    if vector is not None:
        counts[vector] = _steps(counts[vector], width, whole=True) if whole else counts[vector] // width
    if not inner:
        even = [u for u in range(2, _FEW) if vector is not None and counts[vector] % u == 0]
        return {vector: even[-1]} if vector is not None and even and sum(r.times for r in reads) < _LONG else {}
    free = [a for a in range(len(counts)) if counts[a] > 1 and a != vector]
    free.sort(key=lambda a: (sum(read.strides[a] == 0 for read in inner), counts[a]), reverse=True)
    chosen = ([] if vector is None or counts[vector] < 1 else [vector]) + free
    return _best_tiles(inner, counts, chosen[:2], registers, row)


def _best_tiles(inner: list[_Read], counts: list[int], axes: list[int], registers: int, row: int) -> dict[int, int]:
    """Return the unrolling of up to two axes that takes the fewest steps: of the last one, so many rounds at least."""
    most = registers * 3 // 4
    best, cheapest = {}, math.inf
    steps = [row if a == len(counts) - 1 else 1 for a in axes]
    for sizes in itertools.product(*[range(u, min(counts[a], most) + 1, u) for a, u in zip(axes, steps, strict=True)]):
        if math.prod(sizes) > most:
            continue
        cost = sum(_block(inner, dict(block)) * times for times, block in _blocks(counts, axes, sizes))
        cost *= 1.0 + 0.02 * sum(counts[a] % u > 0 for a, u in zip(axes, sizes, strict=True))
        if cost <= cheapest:
            best, cheapest = dict(zip(axes, sizes, strict=True)), cost
    return {axis: size for axis, size in best.items() if size > 1}


def _blocks(counts: list[int], axes: list[int], sizes: tuple[int, ...]) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield the blocks that axes are cut into: how many of a kind there are, and the rounds along each axis."""
    parts = [[(counts[a] // u, u), (1, counts[a] % u)] for a, u in zip(axes, sizes, strict=True)]
    for combination in itertools.product(*parts):
        times = math.prod(n for n, u in combination if u)
        if all(u for _, u in combination) and times:
            yield times, [(a, u) for a, (_, u) in zip(axes, combination, strict=True)]


def _block(inner: list[_Read], block: dict[int, int]) -> float:
    """Return the steps that a block takes: multiplications and loads, two at a time, or the latency of the sums."""
    sums = math.prod(block.values())
    loads = sum(math.prod(u for a, u in block.items() if read.strides[a]) for read in inner)
    return max(sums / 2, loads / 2, 4.0 * min(sums, _CHAIN) / _CHAIN) + 0.25
