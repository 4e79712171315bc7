"""Eyes: what the program does between two `backward()`, seen in full or only by what moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrograd.check.doctor.look import Events, Update
from micrograd.check.places import user_place
from micrograd.hooks import unwatch, watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.engine import Value

__all__ = ["Eyes"]


class Eyes:
    """Watches new nodes, numbers that are read and numbers that are written, from `open` to `close`."""

    def __init__(self) -> None:
        self._events = Events()
        self._read: set[Value] = set()  # the leaves that were read
        self._watching: list[tuple[str, Callable[[Value], object]]] = []

    def open(self, *, nodes: bool, lines: bool, moves: bool) -> None:
        """Watch from now on.

        Args:
            nodes: every new node.
            lines: the line of each, which takes longer than making it.
            moves: the leaves that are updated, and numbers that are read.
        """
        self._events = Events(complete=nodes)
        if nodes:
            self._start("node", self._made if lines else self._events.made.setdefault)  # of C: there are many nodes
        if moves:
            self._start("read", self._was_read)
            self._start("write", self._written)

    def close(self) -> Events:
        """Watch no longer, and return what was seen."""
        for event, call in self._watching:
            unwatch(event, call)
        self._watching.clear()
        self._read.clear()
        events, self._events = self._events, Events()
        return events

    def _start(self, event: str, call: Callable[[Value], object]) -> None:
        watch(event, call)
        self._watching.append((event, call))

    def _made(self, node: Value) -> None:
        self._events.made[node] = user_place()

    def _was_read(self, node: Value) -> None:
        if node.parents:
            self._events.reads.append((node, user_place()))
        else:
            self._read.add(node)

    def _written(self, node: Value) -> None:
        if node in self._read and node not in self._events.updates:
            made = len(self._events.made)
            self._events.updates[node] = Update(user_place(), node.data, float(node.grad), made)
