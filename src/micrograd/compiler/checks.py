"""Checks of the first call: the program must compute what the plain function computes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from micrograd import functions
from micrograd.autodiff import gradients_by
from micrograd.engine import Value
from micrograd.errors import CompileError, NonFiniteWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# How far numbers may lie apart, relative to the larger of the number itself and the largest of its kind: sums are
# added up in another order, so that what cancels keeps an error of the size of what was added.
TOLERANCES = {"float64": 1e-9, "float32": 1e-4}


def compare_outputs(
    compiled: NDArray[np.float64],
    outputs: Sequence[Value],
    traced: NDArray[np.float64],
    dtype: str,
) -> None:
    """Raise CompileError where a second run of the function, or its program, gives other results than the first."""
    plain = np.array([float(x) for x in outputs])
    if plain.size != traced.size or not np.array_equal(plain, traced, equal_nan=True):
        message = (
            "two runs of the function with the same arguments differ, so it cannot be compiled: it is random, or "
            "changes what it reaches from outside. Draw random numbers before the call and pass them as arguments"
        )
        raise CompileError(message)
    place = _difference(compiled, plain, dtype)
    if place is not None:
        name = f"output {place}"
        raise _wrong(name, compiled[place], plain[place])


def compare_gradient(
    compiled: NDArray[np.float64],
    expected: NDArray[np.float64],
    captured: Sequence[Value],
    dtype: str,
) -> None:
    """Raise CompileError where the gradient is not that of the plain function, which may itself be not finite."""
    if not np.isfinite(expected).all():
        return
    place = _difference(compiled, expected, dtype)
    if place is None:
        return
    named = f"parameter {place}" if place < len(captured) else f"Value {place - len(captured)} of the arguments"
    label = captured[place].label if place < len(captured) else ""
    where = f"the gradient by {named}" + (f" ({label})" if label else "")
    raise _wrong(where, compiled[place], expected[place])


def gradient_of(outputs: Sequence[Value], captured: Sequence[Value], values: Sequence[Value]) -> NDArray[np.float64]:
    """Return the gradient of the sum of the outputs, as the engine has it; no gradient on a Value is changed.

    Args:
        outputs: results of the plain function.
        captured: Values from outside.
        values: leaves that were made for the call.
    """
    root = functions.sum([Value(0.0), *outputs])
    leaves = [*captured, *values]
    if any(value.parents for value in captured):  # backward() would go on into what they were computed from
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


def _difference(compiled: NDArray[np.float64], expected: NDArray[np.float64], dtype: str) -> int | None:
    """Return the place of the largest difference that is too large, None where there is none."""
    with np.errstate(invalid="ignore"):
        apart = np.abs(compiled - expected)
    finite = np.abs(expected[np.isfinite(expected)])
    scale = np.maximum(np.abs(expected), finite.max(initial=0.0))
    same = (compiled == expected) | (np.isnan(compiled) & np.isnan(expected)) | (apart <= TOLERANCES[dtype] * scale)
    return None if same.all() else int(np.argmax(np.where(same, -1.0, np.nan_to_num(apart, nan=np.inf))))


def _wrong(what: str, compiled: float, expected: float) -> CompileError:
    """Return the error that says what the program gets wrong."""
    message = (
        f"{what} is {compiled!r} compiled and {expected!r} in the plain function: this is a fault of the compiler, "
        'which backend="numpy" may not have; please report it'
    )
    return CompileError(message)
