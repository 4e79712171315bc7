"""Fit a curve with SciPy's BFGS: the loss is plain scalar code, the value and gradient it needs are compiled."""

from __future__ import annotations

import math
import random
from typing import Any

from scipy.optimize import minimize

import micrograd
from micrograd import Value

rng = random.Random(1)
times = [0.1 * k for k in range(60)]
heights = [2.0 * math.exp(-0.3 * t) * math.cos(2.5 * t) + rng.gauss(0.0, 0.02) for t in times]

size, decay, frequency = parameters = Value(1.0), Value(0.1), Value(2.2)


@micrograd.compile
def misfit(ts: Any, ys: Any) -> Any:  # noqa: ANN401  # numbers outside, Values inside
    """Return the mean square of what a damped oscillation leaves over."""
    curve = [size * (-decay * t).exp() * (frequency * t).cos() for t in ts]
    return micrograd.mean([(c - y) ** 2 for c, y in zip(curve, ys, strict=True)])


start = [p.data for p in parameters]
found = minimize(misfit.flat(parameters, times, heights), start, jac=True, method="BFGS")
for p, number in zip(parameters, found.x, strict=True):
    p.data = float(number)

print(f"misfit {misfit(times, heights).data:.6f} after {found.nfev} evaluations")
print(f"size {size.data:.2f}, decay {decay.data:.2f}, frequency {frequency.data:.2f}")
print(misfit.report().nodes, "scalar operations became", misfit.report().operations, "array operations")
