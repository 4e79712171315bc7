"""Bytes a node, measured by how the process grows, since allocators round and collectors keep books."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timing import run

from micrograd.engine import Value

if TYPE_CHECKING:
    from collections.abc import Callable

NODES = 300_000
STATM = Path("/proc/self/statm")


def resident() -> int:
    """Return the bytes of memory that the process holds; where only the most it ever held is told, that."""
    import resource  # noqa: PLC0415  # not on Windows

    if STATM.exists():
        return int(STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def growth(build: Callable[[], Any], kept: list[Any]) -> float:
    """Return by how many bytes a node the process grows; all is kept, so that nothing is built in freed memory."""
    before = resident()
    kept.append(build())
    return (resident() - before) / NODES


def products() -> list[Value]:
    """Return products of two values."""
    a, b = Value(1.5), Value(2.5)
    return [a * b for _ in range(NODES)]


def chain() -> Value:
    """Return the end of a chain of products and sums."""
    w = Value(0.5)
    y = Value(1.0)
    for _ in range(NODES // 2):
        y = w * y + w
    return y


def report() -> dict[str, Any]:
    """Return the bytes of a node; nothing where the system does not tell."""
    if sys.platform == "win32":
        return {"figures": {}}
    kept: list[Any] = []
    pointers = growth(lambda: [None] * NODES, kept)
    figures = {"a chain": growth(chain, kept), "a * b, in a list": growth(products, kept) - pointers}
    return {"figures": {name: [size, "B"] for name, size in figures.items()}}


if __name__ == "__main__":
    run(report)
