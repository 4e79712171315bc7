"""Ports: the numbers that go into an executable and come out of it, in doubles, whatever it works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrograd.compiler.pipeline import Executable
    from micrograd.compiler.program import Array
    from micrograd.compiler.trace import Group


class Ports:
    """The inputs and outputs of an executable: one-dimensional arrays of doubles.

    Args:
        executable: the program.
        groups: the groups of leaves of the trace that it was made from.

    Attributes:
        executable: as given.
        inputs: for each group, what the caller fills.
        seed: the seeds, where the program takes some; else empty.
        output: the results.
        gradient: the gradients of all groups that have one, one after the other.
        before: pairs of arrays (to, from) to copy before a run.
        after: pairs of arrays (to, from) to copy after a run.
    """

    def __init__(self, executable: Executable, groups: Sequence[Group]) -> None:
        self.executable = executable
        self.before: list[tuple[NDArray[Any], NDArray[Any]]] = []
        self.after: list[tuple[NDArray[Any], NDArray[Any]]] = []
        program = executable.program
        named = {array.name: array for array in program.arguments}
        self.inputs = [self._entrance(named.get(group.name), _size(group)) for group in groups]
        self.seed = self._entrance(program.seed, 0)
        self.output = self._exit(executable.view(program.output))
        gradients = {array.name: gradient for array, gradient in program.gradients.items()}
        chosen = [group for group in groups if group.differentiable and _size(group)]
        self.gradient = self._gradient([(gradients.get(group.name), _size(group)) for group in chosen])

    def run(self) -> None:
        """Fill the outputs and the gradient from the inputs.

        Raises:
            IndexError: an index of `take` is out of range.
        """
        for target, source in self.before:
            target[:] = source
        self.executable.run()
        for target, source in self.after:
            target[:] = source

    def _entrance(self, array: Array | None, size: int) -> NDArray[np.float64]:
        """Return the doubles that an array is filled from; what the program does not use is filled in vain."""
        if array is None:
            return np.zeros(size)
        view = self.executable.view(array)
        if view.dtype == np.float64:
            return view
        self.before.append((view, np.zeros(view.size)))
        return self.before[-1][1]

    def _exit(self, view: NDArray[Any]) -> NDArray[np.float64]:
        """Return the doubles that a result is read from."""
        if view.dtype == np.float64:
            return view
        self.after.append((np.zeros(view.size), view))
        return self.after[-1][0]

    def _gradient(self, arrays: list[tuple[Array | None, int]]) -> NDArray[np.float64]:
        """Return the doubles that the whole gradient is read from: those of the program itself where it can be."""
        views = [None if array is None else self.executable.view(array) for array, _ in arrays]
        if len(views) == 1 and views[0] is not None:
            return self._exit(views[0])
        whole, place = np.zeros(sum(size for _, size in arrays)), 0
        for view, (_, size) in zip(views, arrays, strict=True):
            if view is not None:
                self.after.append((whole[place : place + size], view))
            place += size
        return whole


def _size(group: Group) -> int:
    """Return how many numbers a group has."""
    return int(np.prod(group.shape, dtype=np.int64))
