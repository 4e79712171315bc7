"""Which statements have to wait for which others: those that read, or write again, what these write."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from micrograd.compiler.native.fusion import are_apart
from micrograd.compiler.nest import bounds
from micrograd.compiler.program import Access, Array, Statement, Sum, accesses, straight

if TYPE_CHECKING:
    from micrograd.compiler.native.fusion import Plain


class _Writers:
    """The statements that write an array; those of a single element are found by the element."""

    def __init__(self) -> None:
        self.numbers: set[int] = set()
        self._points: defaultdict[int, list[tuple[int, Plain]]] = defaultdict(list)
        self._others: list[tuple[int, Plain]] = []

    def add(self, k: int, statement: Plain) -> None:
        """Note that statement k, or one inside of it, writes the array."""
        self.numbers.add(k)
        element = _element(statement.axes, statement.out)
        (self._others if element is None else self._points[element]).append((k, statement))

    def before(self, statement: Plain) -> list[int]:
        """Return the writers so far that have to write before a statement does."""
        element = _element(statement.axes, statement.out)
        points = list(self._points.values()) if element is None else [self._points.get(element, [])]
        return [k for found in (*points, self._others) for k, other in found if not _commute(statement, other)]


def _element(axes: tuple[int, ...], out: Access) -> int | None:
    """Return the only element that a statement writes; None where it may write several."""
    low, high = bounds(axes, out)
    return low if low == high and out.table is None and out.index is None else None


def before(statements: tuple[Statement, ...]) -> list[set[int]]:
    """Return, for each statement, the earlier ones that it has to wait for."""
    waits: list[set[int]] = [set() for _ in statements]
    writers: defaultdict[Array, _Writers] = defaultdict(_Writers)
    readers: defaultdict[Array, set[int]] = defaultdict(set)
    for k, statement in enumerate(statements):
        for inner in straight((statement,)):
            for _, access in accesses(inner):
                waits[k] |= writers[access.array].numbers
                readers[access.array].add(k)
            out = inner.out.array
            waits[k] |= readers[out]
            waits[k].update(writers[out].before(inner))
            writers[out].add(k, inner)
        waits[k].discard(k)
    return waits


def _commute(x: Plain, y: Plain) -> bool:
    """Tell whether the order of two writes to an array does not matter: both add, or they never meet."""
    both_add = isinstance(x, Sum) and isinstance(y, Sum) and x.accumulate and y.accumulate
    return both_add or are_apart(x.out, x.axes, y.out, y.axes)


def dependencies(statements: tuple[Statement, ...]) -> tuple[list[int], list[list[int]]]:
    """Return how many statements each one waits for, and which ones wait for it."""
    waits = before(statements)
    after: list[list[int]] = [[] for _ in statements]
    for k, earlier in enumerate(waits):
        for j in earlier:
            after[j].append(k)
    return [len(earlier) for earlier in waits], after
