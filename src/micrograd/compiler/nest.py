"""Loop nests in numbers: which elements an access touches, how often, and when each statement of a program runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from micrograd.compiler.program import Loop, Map, Sum, Top

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from micrograd.compiler.program import Access, Array, Statement

Simple: TypeAlias = Map | Sum | Top


def row_major(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return how far one step along each dimension moves on where elements are numbered row by row.

    Example:
        >>> row_major((5, 3, 2))
        (6, 2, 1)
    """
    steps = [1]
    for extent in shape[:0:-1]:
        steps.append(steps[-1] * extent)
    return tuple(reversed(steps))[: len(shape)]


def moving(axes: tuple[int, ...], access: Access) -> tuple[int, ...]:
    """Return the numbers of the loops that change which element is touched."""
    index = moving(axes, access.index) if access.index is not None else ()
    return tuple(k for k, n in enumerate(axes) if n > 1 and (access.strides[k] != 0 or k in index))


def places(axes: tuple[int, ...], access: Access) -> NDArray[np.int64]:
    """Return offset + Σ strides · i at every point, before tables and indices; extent 1 along a loop of stride 0."""
    found = np.array(access.offset, dtype=np.int64)
    for extent, stride in zip(axes, access.strides, strict=True):
        found = found[..., np.newaxis] + (np.arange(extent, dtype=np.int64) * stride if stride else np.zeros(1, int))
    return found


def elements(axes: tuple[int, ...], access: Access) -> NDArray[np.int64]:
    """Return the elements touched at every point, with a last axis for the choices of an index (else of extent 1).

    Along loops that change nothing the extent is 1.
    """
    found = places(axes, access)[..., np.newaxis]
    if access.index is not None:
        found = found + access.step * np.arange(access.count)
    return found if access.table is None else access.table[found]


def bounds(axes: tuple[int, ...], access: Access) -> tuple[int, int]:
    """Return the lowest and the highest place of an access, before its table and with every choice of its index."""
    reaches = [stride * (n - 1) for n, stride in zip(axes, access.strides, strict=True)]
    if access.index is not None:
        reaches.append(access.step * (access.count - 1))
    return access.offset + sum(min(r, 0) for r in reaches), access.offset + sum(max(r, 0) for r in reaches)


def is_injective(axes: tuple[int, ...], access: Access) -> bool:
    """Tell whether no two points of the nest touch the same element."""
    if access.index is not None or len(moving(axes, access)) < sum(n > 1 for n in axes):
        return False
    if access.table is None and _nested(axes, access.strides):
        return True
    touched = elements(axes, access).ravel()
    return np.unique(touched).size == touched.size


def _nested(axes: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Tell whether each loop's step is longer than all the way that the loops with shorter steps go."""
    reach = 0
    for stride, extent in sorted((abs(s), n) for n, s in zip(axes, strides, strict=True) if n > 1):
        if stride <= reach:
            return False
        reach += stride * (extent - 1)
    return True


def dimensions(axes: tuple[int, ...], access: Access) -> tuple[int, ...] | None:
    """Return the loop that runs over each dimension of the array, where the access goes over all of it in that way.

    The answer is None where the access is no such walk: each dimension of an extent above 1 must be walked, whole and
    from its start, by exactly one loop. For a dimension of extent 1 the answer holds -1.
    """
    if access.offset != 0 or access.table is not None or access.index is not None:
        return None
    loops = {access.strides[k]: k for k in moving(axes, access)}
    walk = tuple(
        loops.get(step, -1) if n > 1 else -1
        for n, step in zip(access.array.shape, row_major(access.array.shape), strict=True)
    )
    extents = tuple(axes[k] if k >= 0 else 1 for k in walk)
    is_whole = extents == access.array.shape and len(moving(axes, access)) == sum(k >= 0 for k in walk)
    return walk if is_whole else None


def timeline(statements: tuple[Statement, ...]) -> Iterator[tuple[Simple, NDArray[np.int64]]]:
    """Yield every statement with the time at which it runs, to be broadcast against `elements`.

    A statement in a loop runs at one time for each round, along its first axis.
    """
    clock = 0
    for statement in statements:
        body = statement.body if isinstance(statement, Loop) else (statement,)
        rounds = np.arange(statement.extent) if isinstance(statement, Loop) else np.zeros(1, dtype=np.int64)
        starts = clock + len(body) * (rounds[::-1] if isinstance(statement, Loop) and statement.reverse else rounds)
        for number, simple in enumerate(body):
            loops = len(simple.axes) if isinstance(statement, Loop) else 1
            yield simple, (starts + number).reshape((-1,) + (1,) * loops)
        clock += len(body) * len(rounds)


class Writes:
    """When each element of each array is written first, and last.

    Attributes:
        never: a time after the end of the program.
    """

    def __init__(self, steps: list[tuple[Simple, NDArray[np.int64]]]) -> None:
        self.never = np.iinfo(np.int64).max
        self.first: dict[Array, NDArray[np.int64]] = {}
        self.last: dict[Array, NDArray[np.int64]] = {}
        for statement, time in steps:
            self._note(statement, time)

    def _note(self, statement: Simple, time: NDArray[np.int64]) -> None:
        """Enter what one statement writes."""
        array = statement.out.array
        if array not in self.first:
            self.first[array] = np.full(array.size, self.never)
            self.last[array] = np.full(array.size, -1)
        touched, times = np.broadcast_arrays(elements(statement.axes, statement.out), time)
        np.minimum.at(self.first[array], touched, times)
        np.maximum.at(self.last[array], touched, times)
