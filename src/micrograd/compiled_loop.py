"""The compiled loop of `fit`: whole stretches of training run as machine code, with a return to Python in between."""

from __future__ import annotations

import math
import random
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.compiler.frontend import Compiled, compile  # noqa: A004  # as users call it
from micrograd.compiler.layout import EVEN, take_apart
from micrograd.compiler.slots import Memory, Slot
from micrograd.compiler.training import Steps, UnsuitedError, rates_of
from micrograd.compiler.variant import plainly
from micrograd.engine import topological_order
from micrograd.history import History, State
from micrograd.rounds import Plan, cut
from micrograd.structure import flatten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from micrograd.compiler.variant import Variant
    from micrograd.engine import Value
    from micrograd.optim import Optimizer

PAUSE = 0.1  # seconds between two returns to Python


class Rows:
    """The rows of each batch, as `Plan.batches` draws them, for many steps at a time."""

    def __init__(self, plan: Plan) -> None:
        self._n = len(plan.columns[0]) if plan.batch_size else 0
        self._size, self._shuffle = plan.batch_size or 0, plan.shuffle
        self._rng = random.Random(plan.seed)
        self._order = np.zeros(0, dtype=np.int64)  # what is left of the present epoch

    def take(self, count: int) -> Sequence[NDArray[np.int64] | None]:
        """Return the rows of the next steps, an array of shape (steps, rows) for each run of batches of one size.

        Where the steps take all rows, None stands for all of them.
        """
        if not self._size:
            return [None]
        found: list[NDArray[np.int64]] = []
        while count > 0:
            if not len(self._order):
                self._order = self._epoch()
            steps = max(min(count, len(self._order) // self._size), 1)
            size = min(self._size, len(self._order))
            found.append(self._order[: steps * size].reshape(steps, size))
            self._order = self._order[steps * size :]
            count -= steps
        return _joined(found)

    def _epoch(self) -> NDArray[np.int64]:
        """Return all rows, in the order of the next epoch."""
        if not self._shuffle:
            return np.arange(self._n)
        order = list(range(self._n))
        self._rng.shuffle(order)
        return np.array(order, dtype=np.int64)


class CompiledLoop:
    """A loss and an optimiser, compiled for the data and the sizes of batches that there are.

    Args:
        loss: the compiled loss.
        plan: what to go through.
        optimizer: one of the package's own, which has its parameters.

    Raises:
        UnsuitedError: rows of a column look differently; the loss reaches none of the parameters, or reaches Values
            that are computed from others; the optimiser is not one of the package's own.
    """

    def __init__(self, loss: Compiled, plan: Plan, optimizer: Optimizer) -> None:
        self._loss, self._plan, self._optimizer = loss, plan, optimizer
        self._numbers: list[NDArray[np.float64]] | None = None
        if plan.batch_size is not None:
            numbers = [_numbers(column, f"column {i}") for i, column in enumerate(plan.columns)]
            self._numbers = [each for each in numbers if each.size]
        self._rows = Rows(plan)
        self._last: list[int] | None = None  # the rows of the last batch
        self._steps: dict[int, Steps] = {}
        self._steps_for(0 if plan.batch_size is None else min(plan.batch_size, len(plan.columns[0])))

    def run(self, history: History, listener: Callable[[State, int], object]) -> None:
        """Take the steps of the plan, stretch by stretch.

        Args:
            history: grows with each stretch; Ctrl-C waits for that.
            listener: is told of the last step of each stretch and the number of its steps; True ends the run.
        """
        start, pace = time.perf_counter(), 0.0
        note: dict[str, float] = {}
        while len(history) < self._plan.total:
            before = time.perf_counter()
            with _whole():
                losses, rates = self.take(stretch(len(history), self._plan, pace))
                now = time.perf_counter()
                _note(history, losses, rates, (before - start, now - start))
            pace = (now - before) / len(losses)
            if history.diverged:
                self.complain()
            step, epoch = len(history), self._plan.epoch
            state = State(step, (step - 1) // epoch + 1, step % epoch == 0, history, note)
            if listener(state, len(losses)) is True or history.diverged:
                return

    def take(self, count: int) -> tuple[list[float], list[float]]:
        """Return losses and learning rates of the next steps; fewer where a loss is not finite, which is the last."""
        losses: list[float] = []
        rates = rates_of(self._optimizer, count)
        current: dict[int, Steps] = {}
        steps: Steps | None = None
        try:
            for rows in self._rows.take(count):
                size = 0 if rows is None else rows.shape[1]
                if size not in current:
                    current[size] = self._steps_for(size)
                current[size].load(steps)
                steps = current[size]
                end = len(losses) + (count if rows is None else len(rows))
                found = steps.take(rows, rates[len(losses) : end])
                losses += found
                self._last = None if rows is None else rows[len(found) - 1].tolist()
                if not math.isfinite(losses[-1]):
                    break
        finally:
            if steps is not None:
                steps.store()
        return losses, rates[: len(losses)].tolist()

    def complain(self) -> None:
        """Let `backward()` of the plain function say what is not finite in the last batch."""
        columns = self._plan.columns
        if self._last is not None:
            columns = [cut(column, self._last) for column in columns]
        self._optimizer.zero_grad()
        value: Value = self._loss.function(*columns)
        value.backward()

    def _steps_for(self, size: int) -> Steps:
        """Return the steps for batches of a size, made anew where the loss reaches something else than before."""
        columns = self._plan.columns
        if size:
            columns = [cut(column, list(range(size))) for column in columns]
        variant = self._loss.trace(*columns)
        steps = self._steps.get(size)
        if steps is None or steps.variant is not variant:
            check(variant)
            steps = self._steps[size] = Steps(variant, self._optimizer, self._numbers)
        return steps


def prepare(
    loss: Callable[..., Value], plan: Plan, optimizer: Optimizer, parameters: list[Value] | None
) -> CompiledLoop | str:
    """Return the loop for a loss, its optimiser bound to parameters; or why there is none.

    Args:
        loss: compiled or not; what keeps a compiled one from being compiled is an error.
        plan: what to go through.
        optimizer: moves the parameters.
        parameters: None for those that it has, or else for those that the loss reaches.
    """
    try:
        compiled = loss if isinstance(loss, Compiled) else compile(loss)
        variant = compiled.trace(*plan.first)
        check(variant)
    except Exception as error:
        if isinstance(loss, Compiled) and not isinstance(error, UnsuitedError):
            raise
        return f"{type(error).__name__}: {error}"
    if parameters is not None or not optimizer.params:
        optimizer.bind(_in_order(variant) if parameters is None else parameters)
    try:
        return CompiledLoop(compiled, plan, optimizer)
    except UnsuitedError as error:
        return str(error)


def _in_order(variant: Variant) -> list[Value]:
    """Return the captured Values in the order in which the loop in Python finds them."""
    captured = set(variant.captured)
    return [value for value in topological_order(plainly(variant.call)) if value in captured]


def stretch(step: int, plan: Plan, pace: float) -> int:
    """Return how many steps to take before the next return to Python.

    The end of an epoch is such a return, where epochs are not shorter than the pause between two.

    Args:
        step: steps taken.
        plan: how many there are in all, and in an epoch.
        pace: seconds a step; 0 where it is not known.
    """
    wanted = max(int(PAUSE / pace), 1) if pace else 1
    left = plan.epoch - step % plan.epoch
    if plan.epoch > wanted:
        return min(wanted, left, plan.total - step)
    return min(left + math.ceil(max(wanted - left, 0) / plan.epoch) * plan.epoch, plan.total - step)


def _note(history: History, losses: list[float], rates: list[float], times: tuple[float, float]) -> None:
    """Add a stretch to a history; its steps are taken to have lasted equally long."""
    start, end = times
    history.losses += losses
    history.rates += rates
    history.times += np.linspace(start, end, len(losses) + 1)[1:].tolist()
    history.diverged = not math.isfinite(losses[-1])


def check(variant: Variant) -> None:
    """Raise UnsuitedError for what the compiled loop would do otherwise than the eager one."""
    if not variant.entry.alone:
        message = f"the loss must return one Value; it returns {len(flatten(variant.template))} results"
        raise UnsuitedError(message)
    if not variant.captured:
        message = "the loss reaches no Value that it did not make itself"
        raise UnsuitedError(message)
    if not variant.reaches_leaves or variant.call.values:
        message = "the loss reaches Values that are computed from others, or that are part of the data"
        raise UnsuitedError(message)


def _numbers(column: Any, name: str) -> NDArray[np.float64]:  # noqa: ANN401  # a sequence of whatever the loss takes
    """Return the numbers of all rows of a column, of shape (rows, numbers)."""
    n = len(column)
    if isinstance(column, np.ndarray) and column.dtype.kind in "biuf":
        return np.ascontiguousarray(column.reshape(n, -1), dtype=np.float64)
    row = take_apart(column[0], f"{name}, row 0")
    numbers = np.zeros(n * len(row.numbers))
    nothing = Memory(np.zeros(0))
    if not Slot((EVEN, type(column), n, row.layout), Memory(numbers), nothing).take(column) or row.values:
        message = (
            f"the rows of {name} differ in more than their numbers (in length, keys, text or bools), or hold Values"
        )
        raise UnsuitedError(message)
    return numbers.reshape(n, -1)


def _joined(parts: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Return the parts, neighbours with batches of one size as one."""
    found: list[list[NDArray[np.int64]]] = []
    for part in parts:
        if found and found[-1][0].shape[1] == part.shape[1]:
            found[-1].append(part)
        else:
            found.append([part])
    return [np.concatenate(each) for each in found]


@contextmanager
def _whole() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block."""
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or usual is not signal.default_int_handler:
        yield
        return
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if pressed:
        raise KeyboardInterrupt
