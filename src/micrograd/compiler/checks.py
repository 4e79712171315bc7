"""Checks of the first call: the program must compute what the plain function computes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd import functions
from micrograd.autodiff import gradients_by
from micrograd.engine import Value, topological_order
from micrograd.errors import CompileError, NonFiniteWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

# How far numbers may lie apart, relative to the larger of the number itself and the largest of its kind.
TOLERANCES = {"float64": 1e-9, "float32": 1e-4}
_ROUNDINGS = 4096  # so many may add up before it is said that a number is wrong
_NEARBY = 4  # so many times the program is run close by, to see what roundings do to its results


class Plain:
    """What a plain run of the function returned.

    Args:
        outputs: the results, Values and numbers.
        captured: Values from outside.
        values: leaves that were made for the call.
    """

    def __init__(self, outputs: Sequence[Any], captured: Sequence[Value], values: Sequence[Value]) -> None:
        self.numbers, self._captured = np.array([float(x) for x in outputs]), captured
        self.leaves = [*captured, *values]
        self.root = functions.sum([Value(0.0), *outputs])

    def check_repetition(self, traced: NDArray[np.float64]) -> None:
        """Raise CompileError where the results are not those of the run that was traced."""
        if not np.array_equal(self.numbers, traced, equal_nan=True):
            message = (
                "two runs of the function with the same arguments differ, so it cannot be compiled: it is random, or "
                "changes what it reaches from outside, or its arguments. Draw random numbers before the call and pass "
                "them as arguments; work on copies of lists"
            )
            raise CompileError(message)

    def compare(
        self,
        program: Callable[[Sequence[NDArray[np.float64]]], NDArray[np.float64]],
        inputs: Sequence[NDArray[np.float64]],
        differentiable: Sequence[bool],
        dtype: str,
    ) -> None:
        """Raise CompileError where the program computes something else, by more than roundings explain.

        Args:
            program: returns the outputs, and after them perhaps the gradient of their sum.
            inputs: the numbers of each group of leaves.
            differentiable: whether it has a gradient, for each group.
            dtype: what the program works with.
        """
        compiled = program(inputs)
        n, expected = len(self.numbers), self.numbers
        if compiled.size > n:
            expected = np.append(expected, gradient_of(self.root, self.leaves))
        apart = np.append(_apart(compiled[:n], expected[:n], dtype), _apart(compiled[n:], expected[n:], dtype))
        if not np.isfinite(expected[n:]).all():  # at such places conventions differ
            apart = apart[:n]
        if apart.any():
            moved = [program(_moved(inputs, differentiable, dtype, seed)) for seed in range(_NEARBY)]
            with np.errstate(invalid="ignore"):
                room = self._room(n, compiled.size - n, dtype) + np.abs(np.array(moved) - compiled).max(axis=0)
            apart[apart <= np.nan_to_num(room)[: apart.size]] = 0.0
            self._complain(apart, compiled, expected, dtype)

    def _room(self, outputs: int, derivatives: int, dtype: str) -> NDArray[np.float64]:
        """Return what rounding may do to each number, where what is added up on the way to it cancels."""
        there, back = _largest(self.root, set(self.leaves))
        room: NDArray[np.float64] = np.repeat([there, back], [outputs, derivatives])
        return room * (_ROUNDINGS * np.finfo(dtype).eps)

    def _complain(
        self, apart: NDArray[np.float64], compiled: NDArray[np.float64], expected: NDArray[np.float64], dtype: str
    ) -> None:
        """Raise CompileError for the largest of some differences, if any is not 0."""
        if not apart.any():
            return
        place = int(np.argmax(apart))
        cause = (
            'float32 holds 7 digits, and numbers up to 3e38; compile(dtype="float64") holds 16, and up to 1e308'
            if dtype == "float32"
            else 'this is a fault of the compiler, which backend="numpy" may not have; please report it'
        )
        numbers = f"{float(compiled[place])!r} compiled and {float(expected[place])!r} in the plain function"
        message = f"{self._name(place)} is {numbers}, which roundings do not explain: {cause}"
        raise CompileError(message)

    def _name(self, place: int) -> str:
        """Return what a number is: an output, or a derivative."""
        n, captured = len(self.numbers), len(self._captured)
        if place < n:
            return f"output {place}"
        if place - n >= captured:
            return f"the gradient by Value {place - n - captured} of the arguments"
        label = self._captured[place - n].label
        return f"the gradient by parameter {place - n}" + (f" ({label})" if label else "")


def gradient_of(root: Value, leaves: Sequence[Value]) -> NDArray[np.float64]:
    """Return the gradient of a Value by leaves, as the engine has it; no gradient on them is changed."""
    if any(leaf.parents for leaf in leaves):  # backward() would go on into what they were computed from
        return np.array(gradients_by(root, leaves, exact=False), dtype=np.float64)
    kept = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NonFiniteWarning)  # that is for the user's own backward()
        root.backward()
    found = np.array([leaf.grad for leaf in leaves], dtype=np.float64)
    for leaf, gradient in zip(leaves, kept, strict=True):
        leaf.grad = gradient
    return found


def _apart(compiled: NDArray[np.float64], expected: NDArray[np.float64], dtype: str) -> NDArray[np.float64]:
    """Return how far numbers of one kind lie apart, 0 where that is within the tolerance."""
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        apart = np.abs(compiled - expected)
        same = compiled == expected.astype(dtype)
    finite = np.abs(expected[np.isfinite(expected)])
    scale = np.maximum(np.abs(expected), finite.max(initial=0.0))
    same |= np.isnan(compiled) & np.isnan(expected)
    same |= apart <= TOLERANCES[dtype] * scale + np.finfo(dtype).tiny
    return np.where(same, 0.0, np.nan_to_num(apart, nan=np.inf, posinf=np.inf))


def _largest(root: Value, ends: set[Value]) -> tuple[float, float]:
    """Return the largest share of a node in the root, and the largest that it passes on in the backward walk.

    The share of a node is its number times the derivative of the root by it.
    """
    gradients, there, back = {root: 1.0}, 0.0, 0.0
    for node in reversed(topological_order(root)):
        gradient = gradients.get(node, 0.0)
        there = max(there, abs(gradient * node.data))
        for parent, slope in zip(node.parents, () if node in ends else node.local_grads, strict=False):
            share = gradient * slope
            gradients[parent] = gradients.get(parent, 0.0) + share
            back = max(back, abs(share))
    return there, back


def _moved(
    inputs: Sequence[NDArray[np.float64]], differentiable: Sequence[bool], dtype: str, seed: int
) -> list[NDArray[np.float64]]:
    """Return inputs a few roundings away."""
    rng = np.random.default_rng(seed)
    size = _ROUNDINGS * np.finfo(dtype).eps
    return [
        numbers * (1.0 + size * rng.uniform(-1.0, 1.0, numbers.size)) if moves else numbers
        for numbers, moves in zip(inputs, differentiable, strict=True)
    ]
