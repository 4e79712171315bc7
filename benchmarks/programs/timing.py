"""What the timed programs share: they measure their work, and print one line of JSON about it."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import micrograd.engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.engine import Value

BUDGET = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0  # seconds to spend on measuring
FEWEST = 2  # timed calls, however long they take
STACK = 1 << 28
RECURSION = 10**8

# The programs compute in one thread, and what else the machine does meanwhile is not their time. Where the clock
# of the process only ticks (Windows), it is too coarse for them.
_FINEST = 1e-6
clock = time.process_time if time.get_clock_info("process_time").resolution < _FINEST else time.perf_counter


def seconds_a_call(work: Callable[[], object]) -> float:
    """Return the mean time of as many calls as fit in the budget, after one that is not timed.

    The mean, because the garbage collector is on, as it is where such programs run: its large collections come once
    in many calls, and each call is to bear its share.
    """
    work()
    calls = 0
    end = time.perf_counter() + BUDGET
    start = clock()
    while calls < FEWEST or time.perf_counter() < end:
        work()
        calls += 1
    return (clock() - start) / calls


def count_nodes(root: Value) -> int:
    """Return the number of nodes that a value was made from, leaves and itself included."""
    seen = {root}
    stack = [root]
    while stack:
        new = stack.pop()._prev - seen  # noqa: SLF001  # the one name that both engines have for the parents
        seen |= new
        stack += new
    return len(seen)


def run(program: Callable[[], dict[str, Any]]) -> None:
    """Print what a program returns and which engine it ran on, as JSON; exit with 1 if it fails.

    It runs in a thread with a large stack, because the published engine recurses as deep as the graph is.
    """
    reports: list[dict[str, Any]] = []
    sys.setrecursionlimit(RECURSION)
    threading.stack_size(STACK)
    thread = threading.Thread(target=lambda: reports.append(program()))
    thread.start()
    thread.join()
    if not reports:
        sys.exit(1)
    engine = {
        "file": micrograd.engine.__file__,
        "compiled": getattr(micrograd.engine, "compiled", False),
        "python": sys.version.split()[0],
    }
    print(json.dumps({"engine": engine, **reports[0]}))
