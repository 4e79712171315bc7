"""A chain of a million nodes: how long it takes to build, to differentiate and to free."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

from timing import RECURSION, clock, run

from micrograd.engine import Value

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 1_000_000
USUAL_RECURSION = 1000  # Python's own setting


def build(length: int) -> tuple[Value, Value]:
    """Return the first value of a chain and the last."""
    first = last = Value(0.5)
    for _ in range(length):
        last += first
    return first, last


def needs_recursion() -> bool:
    """Return whether `backward()` of a long chain fails under Python's usual recursion limit."""
    sys.setrecursionlimit(USUAL_RECURSION)
    try:
        build(2 * USUAL_RECURSION)[1].backward()
    except RecursionError:
        return True
    finally:
        sys.setrecursionlimit(RECURSION)
    return False


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what the work returns, and its time."""
    start = clock()
    result = work()
    return result, clock() - start


def report() -> dict[str, Any]:
    """Return the three times."""
    recursive = needs_recursion()
    (first, last), building = timed(lambda: build(LENGTH))
    _, backward = timed(last.backward)
    if first.grad != LENGTH + 1:
        message = f"the gradient must be {LENGTH + 1}, and is {first.grad}"
        raise ValueError(message)
    start = clock()
    del first, last
    gc.collect()  # the published engine's nodes are part of reference cycles
    figures = {"build": building, "backward": backward, "free": clock() - start}
    facts = {"at the usual depth": "RecursionError" if recursive else "works"}
    return {"figures": {name: [seconds, "s"] for name, seconds in figures.items()}, "facts": facts}


if __name__ == "__main__":
    run(report)
