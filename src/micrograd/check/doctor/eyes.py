"""Eyes: what the program does between two `backward()`, seen in full or only by what moves."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from micrograd import engine
from micrograd.check.doctor.look import Events, Update
from micrograd.check.places import Place
from micrograd.frames import is_library, user_frame
from micrograd.hooks import unwatch, watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from micrograd.engine import Value

    Lines = Literal["all", "own"] | None

__all__ = ["Eyes"]

_ENGINE = "" if engine.compiled else engine.__file__  # compiled, it has no frames


class Eyes:
    """Watches new nodes, numbers that are read and numbers that are written, from `open` to `close`."""

    def __init__(self) -> None:
        self._events = Events()
        self._places: dict[tuple[int, int], Place] = {}  # which hold their code, so that its id stays its own
        self._watching: list[tuple[str, Callable[[Value], object]]] = []

    def open(self, *, nodes: bool, lines: Lines = None, moves: bool) -> None:
        """Watch from now on.

        Args:
            nodes: every new node.
            lines: the line of each, which takes longer than making it; "own" for those alone that the program makes
                itself, and no library for it.
            moves: the leaves that are updated, and numbers that are read.
        """
        self._events = Events(complete=nodes)
        if nodes:
            none = self._events.made.setdefault  # of C: there are many nodes
            self._start("node", self._made if lines == "all" else self._made_by if lines == "own" else none)
        if moves:
            self._start("read", self._was_read)
            self._start("write", self._written)

    def close(self) -> Events:
        """Watch no longer, and return what was seen."""
        for event, call in self._watching:
            unwatch(event, call)
        self._watching.clear()
        events, self._events = self._events, Events()
        return events

    def _start(self, event: str, call: Callable[[Value], object]) -> None:
        watch(event, call)
        self._watching.append((event, call))

    def _made(self, node: Value) -> None:
        self._events.made[node] = self._place(user_frame())

    def _made_by(self, node: Value) -> None:
        frame = sys._getframe(1)  # noqa: SLF001  # the documented way to the caller's line
        while frame.f_code.co_filename == _ENGINE and frame.f_back is not None:
            frame = frame.f_back
        self._events.made[node] = None if is_library(frame.f_code.co_filename) else self._place(frame)

    def _place(self, frame: FrameType) -> Place:
        """Return the line of a frame, of which there is one Place."""
        key = frame.f_lasti, id(frame.f_code)  # their hashes are made of numbers alone
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = Place(frame.f_code, frame.f_lasti)
        return place

    def _was_read(self, node: Value) -> None:
        if node.parents:
            self._events.reads.append((node, self._place(user_frame())))
        else:
            self._events.leaves.add(node)

    def _written(self, node: Value) -> None:
        if node in self._events.leaves and node not in self._events.updates:
            made = len(self._events.made)
            self._events.updates[node] = Update(self._place(user_frame()), node.data, float(node.grad), made)
