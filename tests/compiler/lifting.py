"""Trace functions of lists of numbers, lift them, and run the programs with NumPy, for the tests of lifting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd import Value
from micrograd.compiler.lift import LIMIT, Lifted, lift
from micrograd.compiler.reference import compile_numpy
from micrograd.compiler.trace import Group, Trace, record_call
from micrograd.compiler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


def traced(function: Callable[..., Any], **inputs: Any) -> Trace:  # noqa: ANN401  # nested lists of numbers
    """Return the trace of a function of nested lists."""
    leaves, arguments = [], {}
    for name, numbers in inputs.items():
        array = np.asarray(numbers, dtype=float)
        values = [Value(float(x)) for x in array.flat]
        leaves.append((Group(name, array.shape, differentiable=False), values))
        arguments[name] = np.array(values, dtype=object).reshape(array.shape).tolist()
    return record_call(function, (), arguments, leaves).trace


def run(lifted: Lifted, trace: Trace) -> Numbers:
    """Return what a program computes from the leaves of a trace."""
    executable = compile_numpy(lifted.program)
    places = {group.name: i for i, group in enumerate(trace.groups)}
    for array in lifted.program.arguments:
        leaves = trace.group == places[array.name]
        executable.view(array)[trace.slot[leaves]] = trace.data[leaves]
    executable.run()
    return executable.view(lifted.program.output)


def checked(
    function: Callable[..., Any],
    limit: int = LIMIT,
    **inputs: Any,  # noqa: ANN401  # nested lists of numbers
) -> Lifted:
    """Return a function's program, after comparing its results with the trace's, and for other inputs too."""
    trace = traced(function, **inputs)
    lifted = lift(trace, limit=limit)
    assert lifted is not None
    verify(lifted.program)
    compare(run(lifted, trace), trace)
    moved = {name: 0.9 * np.asarray(x) if np.asarray(x).dtype == float else x for name, x in inputs.items()}
    other = traced(function, **moved)
    compare(run(lifted, replace(other, groups=trace.groups)), other)
    return lifted


def compare(results: Numbers, trace: Trace) -> None:
    """Check results against those of the eager run."""
    np.testing.assert_allclose(results, trace.data[trace.outputs], rtol=1e-9, atol=1e-12)
