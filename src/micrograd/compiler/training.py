"""Training by programs: steps that compute a loss and move its parameters, many for each return to Python."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from micrograd.compiler.pipeline import build
from micrograd.compiler.program import Program
from micrograd.compiler.reference import compile_numpy
from micrograd.compiler.trace import Group
from micrograd.compiler.updates import update_of
from micrograd.engine import read_data
from micrograd.schedules import check_rate, constant, linear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrograd.compiler.pipeline import Backend, Executable
    from micrograd.compiler.program import Array
    from micrograd.compiler.trace import Trace
    from micrograd.compiler.updates import Update
    from micrograd.compiler.variant import Variant
    from micrograd.engine import Value
    from micrograd.optim import Optimizer


class UnsuitedError(ValueError):
    """Steps cannot be taken by a program; the message says why."""


class Runner(Protocol):
    """An executable and an optimiser, run for many steps."""

    def view(self, array: Array) -> NDArray[Any]:
        """Return the numbers of an argument, or of a state of the optimiser."""

    def run(self, rows: NDArray[np.int64] | None, settings: NDArray[np.float64], losses: NDArray[np.float64]) -> int:
        """Return how many steps were taken: one for each loss, or fewer if one is not finite, which then is the last.

        Args:
            rows: the rows of each batch, of shape (steps, batch size); None to leave the arguments as they are.
            settings: the optimiser's settings of each step, of shape (steps, 3).
            losses: is filled with the loss of each step, before the step.
        """


class NumpyTraining:
    """The runner of the NumPy backend.

    Args:
        executable: gives the loss, its first output, and the gradient of the parameters.
        update: how the optimiser moves them.
        columns: the arguments that batches are cut for, each with its numbers for all rows, of shape (rows, numbers).
    """

    def __init__(
        self, executable: Executable, update: Update, columns: Sequence[tuple[Array, NDArray[np.float64]]]
    ) -> None:
        self._executable, self._update, self._columns = executable, update, columns
        ((self._parameters, self._gradient),) = executable.program.gradients.items()
        arguments = (self._parameters, self._gradient, *update.states, update.settings)
        moves = Program(update.statements, arguments, self._parameters)
        self._mover = compile_numpy(moves, executable.view(self._gradient).dtype.name)

    def view(self, array: Array) -> NDArray[Any]:
        """Return the numbers of an argument, or of a state of the optimiser."""
        return (self._mover if array in self._update.states else self._executable).view(array)

    def run(self, rows: NDArray[np.int64] | None, settings: NDArray[np.float64], losses: NDArray[np.float64]) -> int:
        """Take the steps: see `Runner`."""
        for step, setting in enumerate(settings):
            if rows is not None:
                for array, column in self._columns:
                    self.view(array)[:] = column[rows[step]].ravel()
            self._executable.run()
            losses[step] = self._executable.view(self._executable.program.output)[0]
            if not math.isfinite(losses[step]):
                return step + 1
            self._move(setting)
        return len(settings)

    def _move(self, setting: NDArray[np.float64]) -> None:
        """Let the optimiser move the parameters."""
        parameters = self._executable.view(self._parameters)
        self._mover.view(self._parameters)[:] = parameters
        self._mover.view(self._gradient)[:] = self._executable.view(self._gradient)
        self._mover.view(self._update.settings)[:] = setting
        self._mover.run()
        parameters[:] = self._mover.view(self._parameters)


class Steps:
    """A compiled loss of batches of one size, and an optimiser that moves its parameters.

    Args:
        variant: the loss, compiled for such a batch.
        optimizer: one of the package's own.
        columns: for each argument, its numbers for all rows, of shape (rows, numbers); None where the arguments are
            the same at every step.

    Raises:
        UnsuitedError: the loss reaches none of the parameters, or the optimiser is not one of the package's own.
    """

    def __init__(self, variant: Variant, optimizer: Optimizer, columns: Sequence[NDArray[np.float64]] | None) -> None:
        self.variant, self._optimizer = variant, optimizer
        trace, self._order, self._held = _for_parameters(variant.trace, variant.captured, optimizer.params)
        executable = variant.built.executable
        if trace is not variant.trace:
            options = variant.options
            executable = build(trace, backend=options.backend, dtype=options.dtype, gradient="one").executable
        self._arrays = {array.name: array for array in executable.program.arguments}
        self._groups = [group.name for group in trace.groups]
        self._fixed = columns is None
        cut = [] if columns is None else [
            (self._arrays[name], column) for name, column in zip(self._groups[1:], columns, strict=False)
        ]  # fmt: skip
        self._runner, self._update = _runner(executable, optimizer, cut, variant.options.backend)
        self._moving = [self._runner.view(array) for array in (self._arrays["p"], *self._update.states)]

    def load(self, before: Steps | None) -> None:
        """Read Values and arguments; parameters and the optimiser's state come from the steps before, if any."""
        if self._held:
            self._set(self._groups[-1], [value.data for value in self._held])
        if self._fixed:
            for name, numbers in zip(self._groups[1:], self.variant.ports.inputs[1:], strict=False):
                self._set(name, numbers)
        for view, numbers in zip(self._moving, self._state() if before is None else before.moved(), strict=True):
            view[:] = numbers[self._order]

    def moved(self) -> list[NDArray[Any]]:
        """Return the parameters and the optimiser's state as the steps left them, in the order of the parameters."""
        found = [np.empty_like(view) for view in self._moving]
        for numbers, view in zip(found, self._moving, strict=True):
            numbers[self._order] = view
        return found

    def store(self) -> None:
        """Write the parameters and the state of the optimiser back."""
        numbers, *states = [numbers.tolist() for numbers in self.moved()]
        for p, number in zip(self._optimizer.params, numbers, strict=True):
            p.data = number
        vars(self._optimizer).update(zip(self._optimizer.buffers, states, strict=True))

    def _state(self) -> list[NDArray[Any]]:
        """Return the parameters and the optimiser's state as they are outside."""
        parameters = np.empty(len(self._optimizer.params))
        read_data(self._optimizer.params, parameters, parameters.ctypes.data)
        return [parameters, *(np.array(getattr(self._optimizer, name)) for name in self._optimizer.buffers)]

    def take(self, rows: NDArray[np.int64] | None, rates: NDArray[np.float64]) -> list[float]:
        """Return the losses of steps, one for each rate, or fewer where one is not finite.

        Args:
            rows: the rows of each batch, of shape (steps, batch size); None where arguments are the same.
            rates: the learning rate of each step.
        """
        steps, losses = (
            np.arange(self._optimizer.steps, self._optimizer.steps + len(rates)),
            np.full(len(rates), np.nan),
        )
        try:
            done = self._runner.run(rows, self._update.of_steps(steps, rates), losses)
        except IndexError:  # the steps before the one with the bad index have been taken
            self._optimizer.steps += int(np.count_nonzero(np.isfinite(losses)))
            raise
        found: list[float] = losses[:done].tolist()
        self._optimizer.steps += done if math.isfinite(found[-1]) else done - 1
        return found

    def _set(self, name: str, numbers: Any) -> None:  # noqa: ANN401  # a list or an array
        """Set the numbers of an argument, if the program has it."""
        if name in self._arrays:
            self._runner.view(self._arrays[name])[:] = numbers


def rates_of(optimizer: Optimizer, count: int) -> NDArray[np.float64]:
    """Return the learning rates of the next steps."""
    steps = np.arange(optimizer.steps, optimizer.steps + count)
    lr = optimizer.lr
    if isinstance(lr, linear) and lr.steps is not None:  # the most frequent one, at the speed of machine code
        slope = lr.start + (lr.end - lr.start) * steps / lr.steps
        rates = np.where(steps >= lr.steps, lr.end, slope)
    elif isinstance(lr, constant) or not callable(lr):
        rates = np.full(count, lr.lr if isinstance(lr, constant) else lr, dtype=np.float64)
    else:
        rates = np.array([lr(int(step)) for step in steps], dtype=np.float64)
    for rate in (rates.min(), rates.max()):
        check_rate(float(rate), f"a learning rate of the steps {steps[0]} to {steps[-1]}")
    return rates


def _runner(
    executable: Executable, optimizer: Optimizer, columns: list[tuple[Array, NDArray[np.float64]]], backend: Backend
) -> tuple[Runner, Update]:
    """Return what takes the steps, and how parameters are moved."""
    found = list(executable.program.gradients.items())
    update = update_of(optimizer, *found[0]) if found else None
    if update is None:
        message = f"{type(optimizer).__name__} moves parameters in a way of its own, or the loss reaches none of them"
        raise UnsuitedError(message)
    if backend == "numpy":
        return NumpyTraining(executable, update, columns), update
    from micrograd.compiler.native.training import NativeTraining  # noqa: PLC0415  # it needs llvmlite

    return NativeTraining(executable, update, columns), update  # type: ignore[arg-type]  # of the same backend


def _for_parameters(
    trace: Trace, captured: list[Value], parameters: list[Value]
) -> tuple[Trace, NDArray[np.int64], list[Value]]:
    """Return a trace whose first group is the parameters, in which order they are there, and the other captured Values.

    Parameters that are captured come first, as they are; then those that are not. Captured Values that are no
    parameters, which do not move, become the last group. Where there is nothing of either kind, the trace is as it was.
    """
    places = {value: i for i, value in enumerate(parameters)}
    found = np.array([places.get(value, -1) for value in captured], dtype=np.int64)
    inside, unused = found >= 0, np.ones(len(parameters), dtype=bool)
    unused[found[inside]] = False
    order = np.append(found[inside], np.flatnonzero(unused))
    held = [captured[i] for i in np.flatnonzero(~inside).tolist()]
    if not held and len(order) == len(captured):
        return trace, order, held
    slots = np.where(inside, np.cumsum(inside), np.cumsum(~inside)) - 1
    mine = trace.group == 0
    group, slot = trace.group.copy(), trace.slot.copy()
    group[mine] = np.where(inside[trace.slot[mine]], 0, len(trace.groups))
    slot[mine] = slots[trace.slot[mine]]
    name = max((each.name for each in trace.groups), key=len) + "_"  # no other group's
    others = (Group(name, (len(held),), differentiable=False),) if held else ()
    groups = (Group("p", (len(parameters),), differentiable=True), *trace.groups[1:], *others)
    return replace(trace, group=group, slot=slot, groups=groups), order, held
