"""Hooks: calls functions when nodes are made, read, written or differentiated, so that checks can look on."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from micrograd.engine import set_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from micrograd.engine import Value

    Watcher = Callable[[Value], object]

__all__ = ["unwatch", "watch", "watched", "watched_threads", "watching"]

_watchers: dict[str, list[tuple[int, Watcher]]] = {"node": [], "read": [], "write": [], "before": [], "after": []}
watched_threads: set[int] = set()  # in which somebody watches
_lock = threading.RLock()  # one change at a time
_telling: set[int] = set()  # in which watchers are being called, where several threads are watched


def watch(event: str, call: Watcher) -> None:
    """Call a function with a node at each event of a kind in this thread, until `unwatch`.

    What it raises goes on to the program. What it does with Values itself is no event.
    Meanwhile compiled functions run as they are written, in this thread, so that there is something to see.

    Args:
        event: "node", a node was made, complete but for a label that is assigned later;
            "read", its data became a plain number of Python's (`.data`, `float`, a comparison);
            "write", its data is about to be replaced;
            "before" and "after", a `backward()` from it begins, or has ended.
        call: a function of one Value.

    Raises:
        KeyError: there is no such event.

    Example:
        >>> from micrograd import Value
        >>> made = []
        >>> watch("node", made.append)
        >>> y = Value(2.0) * 3
        >>> unwatch("node", made.append)
        >>> made
        [Value(data=2.0), Value(data=3.0), Value(data=6.0)]
    """
    _start(event, (threading.get_ident(), call))


def unwatch(event: str, call: Watcher) -> None:
    """Call the function no longer; it must be watching in this thread."""
    _stop(event, (threading.get_ident(), call))


@contextmanager
def watching(**calls: Watcher) -> Iterator[None]:
    """Return a context inside which functions are called at the events that they are given for."""
    here = threading.get_ident()  # a generator may be closed in another thread
    for event, call in calls.items():
        _start(event, (here, call))
    try:
        yield
    finally:
        for event, call in calls.items():
            _stop(event, (here, call))


def watched() -> bool:
    """Tell whether anybody watches this thread."""
    return threading.get_ident() in watched_threads


def _start(event: str, watcher: tuple[int, Watcher]) -> None:
    """Let a function be called."""
    with _lock:
        _watchers[event].append(watcher)
        _tell_engine(event)


def _stop(event: str, watcher: tuple[int, Watcher]) -> None:
    """Let a function be called no longer."""
    with _lock:
        _watchers[event].remove(watcher)
        _tell_engine(event)


def _tell_engine(event: str) -> None:
    """Let the engine call those who watch for an event, or nobody, which costs nothing."""
    before = set(watched_threads)
    now = {thread for watchers in _watchers.values() for thread, _ in watchers}
    watched_threads.update(now)  # in place, and never without a thread that goes on being watched
    watched_threads.difference_update(before - now)
    # Of one thread the engine itself knows which events count; with the second, or without it, all hooks change.
    for each in _watchers if max(len(before), len(now)) > 1 else (event,):
        set_hook(each, *_hook(tuple(_watchers[each])))


def _hook(watchers: tuple[tuple[int, Watcher], ...]) -> tuple[Watcher | None, int]:
    """Return what the engine is to call for an event, and the thread whose events count, 0 for several."""
    thread = next(iter(watched_threads)) if len(watched_threads) == 1 else 0
    if not watchers:
        return None, thread
    if not thread:
        return partial(_tell_each, watchers), 0
    calls = [call for _, call in watchers]
    return (calls[0] if len(calls) == 1 else partial(_call_all, calls)), thread


def _call_all(calls: list[Watcher], node: Value) -> None:
    """Call all watchers of the one thread that is watched."""
    for call in calls:
        call(node)


def _tell_each(watchers: tuple[tuple[int, Watcher], ...], node: Value) -> None:
    """Call the watchers of this thread, unless it is one of them that makes the event."""
    here = threading.get_ident()
    if here in _telling:
        return
    _telling.add(here)
    try:
        for thread, call in watchers:
            if thread == here:
                call(node)
    finally:
        _telling.discard(here)
