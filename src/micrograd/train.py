"""Training: `fit` makes a loss small, batch by batch, and tells in a `History` how it went."""

from __future__ import annotations

import math
import random
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from micrograd.data import batches
from micrograd.engine import Value, topological_order
from micrograd.module import Module
from micrograd.structure import flatten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes

    from micrograd.optim import Optimizer

__all__ = ["History", "State", "fit"]


@dataclass
class History:
    """How a training run went: a number for each step, and how it ended.

    Attributes:
        losses: the loss of each step, before the step moved the parameters.
        rates: the learning rate of each step.
        times: seconds from the start of the run to the end of each step.
        interrupted: whether Ctrl-C ended the run.
        diverged: whether a loss that was infinite or not a number ended it, before moving anything.
    """

    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    interrupted: bool = False
    diverged: bool = False

    def __len__(self) -> int:
        """Return the number of steps taken."""
        return len(self.losses)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return the axes of a picture of the loss, drawn in those given or in a new figure.

        Raises:
            MissingExtraError: matplotlib is not installed.
        """
        from micrograd.plot import loss_curve  # noqa: PLC0415  # training needs no pictures

        return loss_curve(self.losses, ax=ax)


@dataclass(frozen=True)
class State:
    """What a callback is told after a step.

    Attributes:
        step: number of steps taken.
        epoch: number of the epoch that the step is in, from 1.
        ends_epoch: whether every row has been seen in this epoch now.
        history: the run so far, this step included.
        note: numbers by name, which the progress bar shows; the callback may change them.
    """

    step: int
    epoch: int
    ends_epoch: bool
    history: History
    note: dict[str, float]


class _Batch(NamedTuple):
    """The rows of one step: the part of each column, the number of the epoch, and whether it ends there."""

    columns: tuple[Any, ...]
    epoch: int
    ends_epoch: bool


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
) -> History:
    """Return the history of training: the optimiser moves the parameters to where the loss is small.

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
        callback: called after each step; the run ends when it returns True.
        progress: whether to show a bar on stderr (with tqdm installed); None shows it on a terminal only.
        parameters: what to train, or the network that has it. None leaves it to the optimiser, and where that
            has none, takes each Value that is not computed from others and that the loss reaches in both of
            two trial calls: the numbers of a batch become new Values each time, parameters stay the same.

    Raises:
        TypeError: the loss is not a Value.
        ValueError: both or neither of steps and epochs are given, or one is less than 1; columns differ in
            length; batches are asked for and there is no data; there are no parameters, or the optimiser has
            others.

    Example:
        >>> from micrograd.optim import SGD
        >>> slope = Value(0.0)
        >>> def loss(xs, ys):
        ...     return sum((slope * x - y) ** 2 for x, y in zip(xs, ys))
        >>> history = fit(loss, [1.0, 2.0], [3.0, 6.0], optimizer=SGD(lr=0.05), steps=20, progress=False)
        >>> history.losses[0], round(slope, 4)
        (45.0, 3.0)
    """
    columns = [_column(x) for x in data]
    total = _total(_epoch(columns, batch_size), steps, epochs)
    _bind(optimizer, parameters, loss, next(_batches(columns, batch_size, shuffle=False, seed=seed)))
    optimizer.set_horizon(total)
    source = _batches(columns, batch_size, shuffle=shuffle, seed=seed)
    history = History()
    with _bar(total, progress) as bar:
        try:
            _run(islice(source, total), loss, optimizer, history, _listener(callback, bar))
        except KeyboardInterrupt:
            history.interrupted = True
    return history


def _run(
    source: Iterator[_Batch],
    loss: Callable[..., Value],
    optimizer: Optimizer,
    history: History,
    listener: Callable[[State], object],
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
        if listener(State(step, batch.epoch, batch.ends_epoch, history, note)) is True or history.diverged:
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
    optimizer: Optimizer,
    parameters: Module | Iterable[Value] | None,
    loss: Callable[..., Value],
    batch: _Batch,
) -> None:
    """Tell the optimiser its parameters, unless it has them already."""
    if parameters is not None:
        optimizer.bind(parameters.parameters() if isinstance(parameters, Module) else parameters)
    elif not optimizer.params:
        optimizer.bind(_found(loss, batch.columns))


def _found(loss: Callable[..., Value], columns: Sequence[Any]) -> list[Value]:
    """Return the leaves that the loss reaches in both of two calls, and that are not part of the batch."""
    first, second = [topological_order(_value(loss, columns)) for _ in range(2)]
    again = set(second) - {x for x in flatten(list(columns)) if isinstance(x, Value)}
    leaves = [node for node in first if not node.parents and node in again]
    if not leaves:
        message = "the loss reaches no Value that stays the same from call to call: give parameters="
        raise ValueError(message)
    return leaves


def _column(x: Any) -> Any:  # noqa: ANN401  # a sequence of whatever the loss takes
    """Return a column that is cut by position: a column of pandas goes by its labels, its array does not."""
    return x.to_numpy() if hasattr(x, "to_numpy") else x


def _epoch(columns: Sequence[Sequence[Any]], batch_size: int | None) -> int:
    """Return the number of steps in an epoch, or say what keeps the data from being cut."""
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        message = f"the columns must have one length, an entry for each row; got {sorted(lengths)}"
        raise ValueError(message)
    if batch_size is None:
        return 1
    if not any(lengths) or batch_size < 1:
        message = f"batches of 1 row or more are cut from data with rows; got {batch_size} and {lengths or 'no data'}"
        raise ValueError(message)
    return math.ceil(lengths.pop() / batch_size)


def _total(epoch: int, steps: int | None, epochs: int | None) -> int:
    """Return the number of steps to take."""
    wanted = [number for number in (steps, epochs) if number is not None]
    if len(wanted) != 1 or wanted[0] < 1:
        message = f"give steps= or epochs=, one of them, 1 or more; got steps={steps}, epochs={epochs}"
        raise ValueError(message)
    return wanted[0] if epochs is None else wanted[0] * epoch


def _batches(columns: Sequence[Any], batch_size: int | None, *, shuffle: bool, seed: int) -> Iterator[_Batch]:
    """Yield the batches of one epoch after the other, without end."""
    rng, epoch = random.Random(seed), 0
    while True:
        epoch += 1
        if batch_size is None:
            yield _Batch(tuple(columns), epoch, ends_epoch=True)
            continue
        n, seen = len(columns[0]), 0
        for (rows,) in batches(range(n), size=batch_size, shuffle=shuffle, rng=rng):
            seen += len(rows)
            yield _Batch(tuple(_rows(column, rows) for column in columns), epoch, ends_epoch=seen == n)


def _rows(column: Any, rows: list[int]) -> Any:  # noqa: ANN401  # a sequence of whatever the loss takes
    """Return some rows of a column, as an array where it is one."""
    return column[rows] if hasattr(column, "shape") else [column[row] for row in rows]


def _listener(callback: Callable[[State], object] | None, bar: Any) -> Callable[[State], object]:  # noqa: ANN401  # tqdm
    """Return what is called after each step: the callback, and the bar where there is one."""

    def listen(state: State) -> object:
        stop = None if callback is None else callback(state)
        if bar is not None:
            shown = {"loss": state.history.losses[-1], **state.note}
            bar.set_postfix({name: f"{number:.4g}" for name, number in shown.items()}, refresh=False)
            bar.update()
        return stop

    return listen


def _bar(total: int, progress: bool | None) -> AbstractContextManager[Any]:  # noqa: FBT001  # three states
    """Return a progress bar, or nothing where tqdm is not installed."""
    try:
        from tqdm import tqdm  # noqa: PLC0415  # training goes without it too
    except ImportError:
        return nullcontext()
    return tqdm(total=total, unit="step", disable=None if progress is None else not progress)  # type: ignore[no-any-return]
