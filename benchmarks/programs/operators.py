"""Loops of one operator over Values, in turns with the same loop over floats (for relu, of max(a, 0.0))."""

from __future__ import annotations

import gc
import statistics
import time
from timeit import Timer
from typing import Any

from timing import BUDGET, clock, run

from micrograd.engine import Value

LOOPS = 20_000
FEWEST = 5
ON_FLOATS = {"a * b": "a * b", "a + b": "a + b", "a / b": "a / b", "a ** 2": "a ** 2", "-a": "-a"}
ON_FLOATS["a.relu()"] = "max(a, 0.0)"


def timer(expression: str, a: object, b: object) -> Timer:
    """Return the timer of a loop; each compiles code of its own, so that none sees the operands of another."""
    names = {"gc": gc, "first": a, "second": b, "loops": LOOPS}
    setup = "gc.enable(); a, b, n = first, second, loops"  # Timer turns the garbage collector off
    return Timer(f"for _ in range(n): {expression}", setup, clock, names)


def compare(expression: str, on_floats: str, seconds: float) -> tuple[float, float]:
    """Return the median time of the operator on Values, and the median of its ratio to that on floats."""
    values, floats = timer(expression, Value(1.5), Value(2.5)), timer(on_floats, 1.5, 2.5)
    times: list[float] = []
    ratios: list[float] = []
    begin = time.perf_counter()
    while len(times) < FEWEST or time.perf_counter() - begin < seconds:
        before, between, after = floats.timeit(1), values.timeit(1), floats.timeit(1)
        times.append(between / LOOPS)
        ratios.append(2.0 * between / (before + after))
    return statistics.median(times), statistics.median(ratios)


def report() -> dict[str, Any]:
    """Return the time of each operator, and how many times that is the time on floats."""
    figures: dict[str, list[Any]] = {}
    for expression, on_floats in ON_FLOATS.items():
        seconds, ratio = compare(expression, on_floats, BUDGET / len(ON_FLOATS))
        figures[expression] = [seconds, "s"]
        figures[f"{expression}, against floats"] = [ratio, "x"]
    return {"figures": figures}


if __name__ == "__main__":
    run(report)
