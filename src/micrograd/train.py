"""Training: `fit` makes a loss small, batch by batch, and tells in a `History` how it went."""

from __future__ import annotations

import math
import time
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from micrograd.engine import Value, topological_order
from micrograd.errors import CompileWarning
from micrograd.history import History, State
from micrograd.hooks import watched
from micrograd.module import Module
from micrograd.optim import Optimizer
from micrograd.rounds import Plan
from micrograd.structure import flatten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from micrograd.compiled_loop import CompiledLoop
    from micrograd.rounds import Batch

__all__ = ["History", "State", "fit"]


def fit(  # noqa: PLR0913  # each is a choice of its own
    loss: Callable[..., Value],
    *data: Any,  # noqa: ANN401  # sequences of whatever the loss takes
    optimizer: Optimizer,
    steps: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int = 0,
    callback: Callable[[State], object] | None = None,
    progress: bool | None = True,
    parameters: Module | Iterable[Value] | None = None,
    compiled: bool = True,
) -> History:
    """Return the history of training: the optimiser moves the parameters to where the loss is small.

    The loss is compiled, if it is not yet, and whole stretches of training run in machine code: batches, loss,
    gradient and optimiser, with the dtype and backend of a loss that is compiled already. The batches and updates are
    those of the steps taken in Python, to rounding. A loss or optimiser that cannot be compiled is run in Python, and
    a warning says why.

    Ctrl-C ends the run as its last step would: the parameters are those of the last whole step. So does a
    loss that is infinite or not a number, before anything moves; the warning of `backward()` says why.

    Args:
        loss: takes the batch of each column of data and returns the loss, a Value.
        data: columns with one entry for each of n rows: lists, tuples, arrays.
        optimizer: moves the parameters; its schedule learns how many steps there will be.
        steps: how often to move the parameters; give either this or epochs.
        epochs: how often to go through all rows.
        batch_size: rows a step; None takes all of them, in their order.
        shuffle: whether the rows are cut into batches in another order in each epoch.
        seed: the same seed gives the same batches.
        callback: called after each step; in the compiled loop after each stretch of about a tenth of a second, with
            the last of its steps, and at the end of each longer epoch. The run ends when it returns True.
        progress: whether to show a bar on stderr (with tqdm installed); None shows it on a terminal only.
        parameters: what to train, or the network that has it. None leaves it to the optimiser, and where that
            has none, takes each Value that is not computed from others and that the loss reaches in both of
            two trial calls: the numbers of a batch become new Values each time, parameters stay the same. Of a
            table that `take` reads, these are all rows when it is compiled, else those that the first batch takes.
        compiled: whether to compile; False takes every step in Python, and calls the callback after each. So does a
            run that `micrograd.anomaly` or `micrograd.doctor` watches.

    Warns:
        CompileWarning: the steps are taken in Python; says why.

    Raises:
        TypeError: the loss is not a Value, or the optimiser is a class that has not been called.
        ValueError: both or neither of steps and epochs are given, or one is less than 1; columns differ in
            length, or are empty; batches are asked for and there is no data; there are no parameters, or the
            optimiser has others.
        TraceError, CompileError: the loss was given as a compiled function, and cannot be compiled.

    Example:
        >>> from micrograd.optim import SGD
        >>> slope = Value(0.0)
        >>> def loss(xs, ys):
        ...     return sum((slope * x - y) ** 2 for x, y in zip(xs, ys))
        >>> history = fit(loss, [1.0, 2.0], [3.0, 6.0], optimizer=SGD(lr=0.05), steps=20, progress=False)
        >>> history.losses[0], round(slope, 4)
        (45.0, 3.0)
    """
    if not isinstance(optimizer, Optimizer):
        message = f"optimizer must be an optimiser that has been made, such as SGD(lr=0.1); got {optimizer!r}"
        raise TypeError(message)
    plan = Plan.of(data, steps=steps, epochs=epochs, batch_size=batch_size, shuffle=shuffle, seed=seed)
    chosen = parameters.parameters() if isinstance(parameters, Module) else parameters
    run = _Run(loss, plan, optimizer, None if chosen is None else list(chosen), callback, progress)
    watching = getattr(callback, "watching", nullcontext)  # that of a doctor, who wants to see the steps themselves
    with watching():
        return run.go(compiled=compiled and not watched())


@dataclass(frozen=True)
class _Run:
    """What `fit` was given, checked."""

    loss: Callable[..., Value]
    plan: Plan
    optimizer: Optimizer
    parameters: list[Value] | None
    callback: Callable[[State], object] | None
    progress: bool | None

    def go(self, *, compiled: bool) -> History:
        """Return the history of the run."""
        loop = _compiled(self.loss, self.plan, self.optimizer, self.parameters) if compiled else None
        if loop is None or isinstance(loop, str):
            _bind(self.optimizer, self.parameters, self.loss, self.plan.first)
        if isinstance(loop, str):
            message = f"training goes step by step in Python, because {loop}"
            warnings.warn(message, CompileWarning, stacklevel=3)
        self.optimizer.set_horizon(self.plan.total)
        history = History()
        with _bar(self.plan.total, self.progress) as bar:
            listener = _listener(self.callback, bar)
            try:
                if loop is None or isinstance(loop, str):
                    batches = islice(self.plan.batches(), self.plan.total)
                    _take_steps(batches, self.loss, self.optimizer, history, listener)
                else:
                    loop.run(history, listener)
            except KeyboardInterrupt:
                history.interrupted = True
        return history


def _compiled(
    loss: Callable[..., Value], plan: Plan, optimizer: Optimizer, parameters: list[Value] | None
) -> CompiledLoop | str:
    """Return the compiled loop, its optimiser bound; or why there is none."""
    try:
        from micrograd import compiled_loop  # noqa: PLC0415  # it needs NumPy, which training does not
    except ImportError as error:
        return str(error)
    return compiled_loop.prepare(loss, plan, optimizer, parameters)


def _take_steps(
    source: Iterator[Batch],
    loss: Callable[..., Value],
    optimizer: Optimizer,
    history: History,
    listener: Callable[[State, int], object],
) -> None:
    """Take the steps, until the batches end, the loss is not finite, or the listener returns True."""
    start = time.perf_counter()
    note: dict[str, float] = {}
    for step, batch in enumerate(source, 1):
        rate = optimizer.rate
        number = _step(loss, batch.columns, optimizer)
        history.losses.append(number)
        history.rates.append(rate)
        history.times.append(time.perf_counter() - start)
        history.diverged = not math.isfinite(number)
        if listener(State(step, batch.epoch, batch.ends_epoch, history, note), 1) is True or history.diverged:
            break


def _step(loss: Callable[..., Value], columns: Sequence[Any], optimizer: Optimizer) -> float:
    """Return the loss of a batch, after moving the parameters against its gradient where it is finite."""
    value = _value(loss, columns)
    optimizer.zero_grad()
    value.backward()
    if math.isfinite(value.data):
        _move(optimizer)
    return value.data


def _move(optimizer: Optimizer) -> None:
    """Take a step of the optimiser, or, when it is interrupted, none."""
    before = [p.data for p in optimizer.params]
    try:
        optimizer.step()
    except KeyboardInterrupt:
        for p, number in zip(optimizer.params, before, strict=True):
            p.data = number
        raise


def _value(loss: Callable[..., Value], columns: Sequence[Any]) -> Value:
    """Return the loss of a batch, or say that it is none."""
    value = loss(*columns)
    if not isinstance(value, Value):
        message = f"the loss must be a Value, computed from the parameters; got {value!r}"
        raise TypeError(message)
    return value


def _bind(
    optimizer: Optimizer, parameters: list[Value] | None, loss: Callable[..., Value], columns: Sequence[Any]
) -> None:
    """Tell the optimiser its parameters, unless it has them already."""
    if parameters is not None or not optimizer.params:
        optimizer.bind(_found(loss, columns) if parameters is None else parameters)


def _found(loss: Callable[..., Value], columns: Sequence[Any]) -> list[Value]:
    """Return the leaves that the loss reaches in both of two calls, and that are not part of the batch."""
    first, second = [topological_order(_value(loss, columns)) for _ in range(2)]
    again = set(second) - {x for x in flatten(list(columns)) if isinstance(x, Value)}
    leaves = [node for node in first if not node.parents and node in again]
    if not leaves:
        message = "the loss reaches no Value that stays the same from call to call: give parameters="
        raise ValueError(message)
    return leaves


def _listener(callback: Callable[[State], object] | None, bar: Any) -> Callable[[State, int], object]:  # noqa: ANN401
    """Return what is called after some steps: the callback, and tqdm's bar where there is one."""

    def listen(state: State, count: int) -> object:
        stop = None if callback is None else callback(state)
        if bar is not None:
            shown = {"loss": state.history.losses[-1], **state.note}
            bar.set_postfix({name: f"{number:.4g}" for name, number in shown.items()}, refresh=False)
            bar.update(count)
        return stop

    return listen


def _bar(total: int, progress: bool | None) -> AbstractContextManager[Any]:  # noqa: FBT001  # three states
    """Return a progress bar, or nothing where tqdm is not installed."""
    try:
        from tqdm import tqdm  # noqa: PLC0415  # training goes without it too
    except ImportError:
        return nullcontext()
    return tqdm(total=total, unit="step", disable=None if progress is None else not progress)  # type: ignore[no-any-return]
