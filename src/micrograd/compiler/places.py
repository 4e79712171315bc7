"""How the printer writes an element of an array: letters for loops, brackets by dimension, names for tables."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from micrograd.compiler.nest import row_major

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from micrograd.compiler.program import Access

LETTERS = "ijklmnabcdefghopqrsuvwxyz"
ROUNDS = "tτ"  # for the rounds of a loop


class Places:
    """Elements as text.

    Args:
        taken: names of arrays, which are neither letters nor names of tables.
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._letters = "".join(x for x in LETTERS if x not in taken)
        self._rounds = next(x for x in ROUNDS if x not in taken)
        self._tables: dict[int, tuple[str, NDArray[np.int64]]] = {}

    def letters(self, *, loop: bool = False) -> str:
        """Return the letters of a nest's loops, the outermost first."""
        return self._rounds + self._letters if loop else self._letters

    def tables(self) -> Iterable[tuple[str, NDArray[np.int64]]]:
        """Return the tables that were named so far."""
        return self._tables.values()

    def text(self, axes: tuple[int, ...], access: Access, letters: str) -> str:
        """Return an element: its array, and its place in brackets unless there is only one."""
        array = access.array
        loops = [*zip(access.strides, axes, letters, strict=False)]
        if access.index is not None:
            loops.append((access.step, access.count, self.text(axes, access.index, letters)))
        moving = [loop for loop in loops if loop[0] != 0 and loop[1] > 1]
        if access.table is not None:
            return f"{array.name}[{self._table(access.table)}[{_linear(access.offset, moving)}]]"
        if not array.shape:
            return array.name
        apart = _by_dimension(access.offset, moving, array.shape)
        return f"{array.name}[{','.join(apart) if apart else _linear(access.offset, moving)}]"

    def _table(self, table: NDArray[np.int64]) -> str:
        """Return the name of a table, a new one where it has none."""
        if id(table) not in self._tables:
            free = (f"t{n}" for n in count(len(self._tables) + 1))
            self._tables[id(table)] = (next(name for name in free if name not in self._taken), table)
        return self._tables[id(table)][0]


def number(x: float) -> str:
    """Return a number with as many digits as a reader wants."""
    return f"{x:.6g}"


def _linear(offset: int, loops: Iterable[tuple[int, int, str]]) -> str:
    """Return offset + Σ stride·letter."""
    parts = [str(offset)] if offset else []
    for stride, _, letter in loops:
        size = "" if abs(stride) == 1 else f"{abs(stride)}"
        parts.append(f"{'-' if stride < 0 else '+'} {size}{letter}")
    return " ".join(parts).removeprefix("+ ") or "0"


def _by_dimension(offset: int, loops: list[tuple[int, int, str]], shape: tuple[int, ...]) -> list[str] | None:
    """Return what goes between commas, or None where loops run across dimensions."""
    found = list(_dimensions(offset, loops, shape))
    fits = all(low >= 0 and high < n for (_, low, high), n in zip(found, shape, strict=True))
    return [part for part, _, _ in found] if fits else None


def _dimensions(
    offset: int, loops: list[tuple[int, int, str]], shape: tuple[int, ...]
) -> Iterator[tuple[str, int, int]]:
    """Yield for each dimension its place as text, and the lowest and the highest place.

    A stride is as many steps of the outermost dimension as it holds, and so on with the rest.
    """
    left = loops
    for extent, step in zip(shape, row_major(shape), strict=True):
        room = step if extent > 1 else abs(offset) + sum(abs(s) for s, _, _ in left) + 1
        mine = [(int(s / room), n, letter) for s, n, letter in left if abs(s) >= room]
        left = [(s - int(s / room) * room, n, letter) for s, n, letter in left if s % room]
        start, offset = divmod(offset, step)
        reaches = [s * (n - 1) for s, n, _ in mine]
        yield _linear(start, mine), start + sum(min(r, 0) for r in reaches), start + sum(max(r, 0) for r in reaches)
