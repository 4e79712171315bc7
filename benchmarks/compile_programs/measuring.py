"""What the timed programs share: they read their data, measure their work, and print one line of JSON about it."""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Data: TypeAlias = "dict[str, NDArray[Any]]"
Report: TypeAlias = dict[str, Any]  # "compile" and "run" in seconds; "losses", to be compared; "facts", to be shown

BUDGET = 1.0  # seconds of measuring, where the command line says nothing
SAMPLES = 9  # measurements of a run, of which the median counts
CHECKED, LONG = 20, 100_000  # steps of a run whose losses are compared, and of one that is timed


def run(*programs: Callable[[Data], Report]) -> None:
    """Print what the program that the command line names reports of the data there, as JSON."""
    program = next(p for p in programs if p.__name__ == sys.argv[1])
    with np.load(sys.argv[2]) as file:
        data = dict(file)
    print(json.dumps(program(data)))


def budget() -> float:
    """Return how many seconds to spend on measuring."""
    return float(sys.argv[3]) if len(sys.argv) > 3 else BUDGET  # noqa: PLR2004  # the program's name is counted


def first(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a first call takes, compilation and all, and what it returns."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def seconds_a_call(work: Callable[[], object]) -> float:
    """Return the time of a call: the median over batches of calls that fill the budget.

    Of the processor's time and the clock's the smaller counts: the one leaves out what else the machine does, the
    other what a library's own threads do beside the call.
    """
    work()
    once, _ = first(work)
    batch = max(1, round(budget() / SAMPLES / max(once, 1e-7)))
    batches = max(1, min(SAMPLES, round(budget() / (batch * once))))
    return statistics.median(_batch(work, batch) for _ in range(batches))


def _batch(work: Callable[[], object], calls: int) -> float:
    """Return the mean time of so many calls."""
    start, start_of_process = time.perf_counter(), time.process_time()
    for _ in range(calls):
        work()
    return min(time.perf_counter() - start, time.process_time() - start_of_process) / calls


def sizes(data: Data) -> tuple[tuple[int, int], ...]:
    """Return the numbers of inputs and outputs of each layer."""
    widths = data["widths"].tolist()
    return tuple(itertools.pairwise(widths))


def rates(steps: int) -> NDArray[np.float64]:
    """Return the learning rates of a run over moons: from 1 down to nearly 0.1."""
    return 1.0 - 0.9 * np.arange(steps) / steps


def report(compile_time: float, run_time: float, losses: Any, **facts: object) -> Report:  # any row of numbers
    """Return the report of a program: times in seconds, and the numbers that must be those of the others."""
    return {"compile": compile_time, "run": run_time, "losses": np.ravel(losses).tolist(), "facts": facts}
