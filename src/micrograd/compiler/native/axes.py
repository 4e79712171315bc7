"""Along which axes of arrays the loops of statements run, and which of these belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.compiler.nest import row_major
from micrograd.compiler.program import Access, Array, Map, Sum, Top, accesses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Dim = tuple[Array, int]


def coordinates(access: Access, extents: tuple[int, ...]) -> tuple[list[int], list[list[int]]] | None:
    """Return offset and strides of an access along each axis of the array; None where it does not keep to the axes.

    The step of a dynamic index, where there is one, comes last, as one more stride.
    """
    if access.table is not None:
        return None
    shape = access.array.shape
    runs = list(zip(access.strides, extents, strict=True))
    if access.index is not None:
        runs.append((access.step, access.count))
    if access.offset < 0 or any(stride < 0 for stride, _ in runs):
        return None
    offsets = _digits(access.offset, shape)
    steps = [_digits(stride, shape) if n > 1 else [0] * len(shape) for stride, n in runs]
    ends = [o + sum(s[d] * (n - 1) for s, (_, n) in zip(steps, runs, strict=True)) for d, o in enumerate(offsets)]
    return (offsets, steps) if all(end < n for end, n in zip(ends, shape, strict=True)) else None


def _digits(number: int, shape: tuple[int, ...]) -> list[int]:
    """Return a number of elements as so many steps along each axis."""
    digits = []
    for stride in row_major(shape):
        digit, number = divmod(number, stride)
        digits.append(digit)
    return digits


@dataclass(frozen=True)
class Walk:
    """One loop of a statement: the axes of local arrays that it runs along, its extent, and what there is to gain.

    A loop of a sum counts half, for the lanes of its vectors are to be added up. `smooth` is 1 where no array that
    lies as it is numbered would have to be read in strides, else 0.
    """

    dims: list[Dim]
    extent: int
    work: float
    smooth: int


def walks(statement: Map | Sum | Top) -> Iterator[Walk]:
    """Yield the loops of a statement, those of its terms too."""
    nests = [(statement.axes, [x for axes, x in accesses(statement) if axes == statement.axes])]
    if isinstance(statement, Sum):
        nests = [(statement.axes + term.extents, list(term.factors)) for term in statement.terms]
    elif isinstance(statement, Top):
        nests = [(statement.axes + extents, [x]) for extents, x in statement.operands]
    for extents, reads in nests:
        touched = [(extents, x) for x in reads] + [(statement.axes, statement.out)]
        for axis, extent in enumerate(extents):
            yield _walk(touched, axis, extent, math.prod(extents) * (1.0 if axis < len(statement.axes) else 0.5))


def _walk(touched: list[tuple[tuple[int, ...], Access]], axis: int, extent: int, work: float) -> Walk:
    """Return what a loop runs along."""
    dims: list[Dim] = []
    smooth = 1
    for extents, access in touched:
        if axis >= len(extents) or access.strides[axis] == 0:
            continue
        found = coordinates(access, extents)
        if access.array.role != "local" or found is None:
            smooth *= access.strides[axis] == 1 and access.table is None
        else:
            dims += [(access.array, d) for d, step in enumerate(found[1][axis]) if step == 1]
    return Walk(dims, extent, work, int(smooth))


class Classes:
    """Axes of local arrays, those together that loops of the statements run along together."""

    def __init__(self, statements: Iterable[Map | Sum | Top]) -> None:
        self._above: dict[Dim, Dim] = {}
        for statement in statements:
            for walk in walks(statement):
                for dim in walk.dims:
                    self._unite(walk.dims[0], dim)

    def find(self, dim: Dim) -> Dim:
        """Return the one that stands for all that are united with this one."""
        while dim in self._above:
            dim = self._above[dim]
        return dim

    def _unite(self, x: Dim, y: Dim) -> None:
        """Put two into one class."""
        x, y = self.find(x), self.find(y)
        if x != y:
            self._above[x] = y


def gains(statements: Iterable[Map | Sum | Top], classes: Classes) -> dict[Dim, tuple[float, int]]:
    """Return, for each class of axes, what there is to gain from running along it in vectors, and its extent."""
    found: dict[Dim, tuple[float, int]] = {}
    for walk in [walk for statement in statements for walk in walks(statement)]:
        for root in {classes.find(dim) for dim in walk.dims}:
            work, widest = found.get(root, (0.0, 0))
            found[root] = (work + walk.work * walk.smooth, max(widest, walk.extent))
    return found
