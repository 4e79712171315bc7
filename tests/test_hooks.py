"""Hooks: who is told of what, in which thread, and that nothing is left behind."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from micrograd import Value, fit
from micrograd.hooks import unwatch, watch, watched, watched_threads, watching
from micrograd.optim import SGD

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_every_new_node_is_told_of_complete() -> None:
    """A watcher sees leaves, operations with their parents, and ops of one's own with their symbol."""
    seen: list[tuple[str, int]] = []
    with watching(node=lambda node: seen.append((node.op, len(node.parents)))):
        x = Value(2.0)
        x * 3
        Value.custom(8.0, [x], [12.0], op="cube")
        Value(4.0, (x, x), "mine")
    assert seen == [("", 0), ("", 0), ("*", 2), ("cube", 1), ("mine", 2)]


def test_reads_and_writes_are_told_of() -> None:
    """Reading data, turning it into a plain number and replacing it are events; gradients are none."""
    reads: list[Value] = []
    writes: list[float] = []
    x = Value(2.0)
    with watching(read=reads.append, write=lambda node: writes.append(node.data)):
        float(x)
        bool(x < 3)
        assert len(reads) == 2
        x.grad = 1.0
        x.data = 5.0
    assert writes == [2.0]  # the number that is about to go
    assert all(node is x for node in reads)


def test_backward_is_told_of_before_and_after() -> None:
    """Gradients are those of before, then those of after."""
    grads: list[float] = []
    x = Value(3.0)
    y = x * x
    with watching(before=lambda _: grads.append(x.grad), after=lambda _: grads.append(x.grad)):
        y.backward()
    assert grads == [0.0, 6.0]


def test_several_may_watch_and_leave_nothing_behind() -> None:
    """Each watcher is told until it leaves, whatever was raised."""
    first: list[Value] = []
    second: list[Value] = []

    def inside() -> None:
        with watching(node=first.append):
            Value(1.0)
            with watching(node=second.append):
                Value(2.0)
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        inside()
    Value(3.0)
    assert (len(first), len(second)) == (2, 1)
    assert not watched()


def test_another_thread_is_not_watched() -> None:
    """Who watches, watches the thread that asked for it."""
    seen: list[Value] = []
    answers: list[bool] = []

    def work() -> None:
        answers.append(watched())
        Value(1.0)

    watch("node", seen.append)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    unwatch("node", seen.append)
    assert answers == [False]
    assert not seen


def test_what_a_watcher_raises_reaches_the_program() -> None:
    """The operation that was watched does not go on."""

    def refuse(_: Value) -> None:
        raise ArithmeticError

    with watching(node=refuse), pytest.raises(ArithmeticError):
        Value(1.0)


def test_training_takes_its_steps_in_python_while_it_is_watched() -> None:
    """`fit` makes nodes for every step."""
    slope = Value(0.0)
    roots: list[Value] = []

    def loss(xs: Sequence[float], ys: Sequence[float]) -> Value:
        return sum(((slope * x - y) ** 2 for x, y in zip(xs, ys, strict=True)), Value(0.0))

    with watching(before=roots.append):
        fit(loss, [1.0, 2.0], [3.0, 6.0], optimizer=SGD(lr=0.05), steps=4, progress=False)
    assert len(roots) == 4


def test_what_watchers_do_is_no_event() -> None:
    """A watcher may read and make Values without being told of it, and is told of the next event again."""
    seen: list[float] = []

    def look(node: Value) -> None:
        Value(1.0)
        seen.append(node.data)

    with watching(node=look, read=look):
        Value(2.0)
        float(Value(3.0))
    assert seen == [2.0, 3.0, 3.0]


def test_two_threads_may_watch_at_once() -> None:
    """Each is told of its own events alone, before, while and after the other watches."""
    mine: list[float] = []
    theirs: list[float] = []
    entered, may_leave = threading.Event(), threading.Event()

    def look(node: Value) -> None:
        Value(-1.0)
        theirs.append(node.data)

    def work() -> None:
        with watching(node=look):
            entered.set()
            may_leave.wait(10.0)
            Value(20.0)

    thread = threading.Thread(target=work)
    with watching(node=lambda node: mine.append(node.data)):
        Value(1.0)
        thread.start()
        entered.wait(10.0)
        Value(2.0)
        may_leave.set()
        thread.join()
        Value(3.0)
    assert (mine, theirs) == ([1.0, 2.0, 3.0], [20.0])


def test_many_threads_may_come_and_go() -> None:
    """Each sees all of its own events and no other, whatever the others do meanwhile."""
    wrong: list[object] = []

    def work(mark: float) -> None:
        for _ in range(200):
            seen: list[Value] = []
            with watching(node=seen.append):
                if not watched():
                    wrong.append("not watched")
                Value(mark)
            if [node.data for node in seen] != [mark]:
                wrong.append(seen)

    threads = [threading.Thread(target=work, args=(float(i),)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert not watched_threads


def test_a_context_may_end_in_another_thread() -> None:
    """A generator that holds one is closed wherever it happens to be."""
    seen: list[Value] = []
    context = watching(node=seen.append)
    context.__enter__()
    thread = threading.Thread(target=context.__exit__, args=(None, None, None))
    thread.start()
    thread.join()
    Value(1.0)
    assert not seen
    assert not watched_threads
