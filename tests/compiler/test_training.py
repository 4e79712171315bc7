"""Whole steps of training by programs, in machine code and in NumPy, against steps of the eager optimisers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from builders import moons, numbers, taken

pytest.importorskip("llvmlite", reason="machine code needs llvmlite")

from micrograd import Value
from micrograd.compiler.derive import derive
from micrograd.compiler.native import compile_llvm
from micrograd.compiler.native.training import NativeTraining
from micrograd.compiler.program import Array, Program
from micrograd.compiler.reference import compile_numpy
from micrograd.compiler.training import NumpyTraining
from micrograd.compiler.updates import update_of
from micrograd.optim import SGD, Adam, AdamW, Optimizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrograd.compiler.native.vectors import DType

    Columns = dict[str, NDArray[np.float64]]

BATCH, ROWS = 5, 23
PROGRAM = derive(moons(BATCH), seeds=False)
OPTIMISERS: dict[str, Callable[[], Optimizer]] = {
    "plain": SGD,
    "decay": lambda: SGD(weight_decay=0.1),
    "momentum": lambda: SGD(momentum=0.9),
    "nesterov": lambda: SGD(momentum=0.8, nesterov=True, weight_decay=0.01),
    "adam": lambda: Adam(betas=(0.8, 0.99), weight_decay=0.02),
    "adamw": lambda: AdamW(weight_decay=0.3),
}
RATES = np.linspace(0.3, 0.05, 9)

every_optimiser = pytest.mark.parametrize("name", OPTIMISERS)


class Run:
    """A program and an optimiser, ready to train.

    Args:
        program: gives the loss and its gradient.
        optimizer: says how parameters move.
        columns: the numbers of all rows, by argument.
        dtype: type of the numbers, for machine code; None for NumPy.
    """

    def __init__(self, program: Program, optimizer: Optimizer, columns: Columns, dtype: DType | None) -> None:
        arrays = {array.name: array for array in program.arguments}
        ((self.parameters, gradient),) = program.gradients.items()
        update = update_of(optimizer, self.parameters, gradient)
        assert update is not None
        self.update = update
        cut = [(arrays[name], column) for name, column in columns.items()]
        self.executable: Any = compile_numpy(program) if dtype is None else compile_llvm(program, dtype)
        given = numbers(program)
        for array in program.arguments:
            self.executable.view(array)[:] = given[array.name]
        runner: Any = NumpyTraining if dtype is None else NativeTraining
        self.training = runner(self.executable, update, cut)

    def take(self, rows: NDArray[np.int64] | None, rates: NDArray[np.float64], first: int = 0) -> list[float]:
        """Return the losses of some steps."""
        losses = np.zeros(len(rates))
        settings = self.update.of_steps(np.arange(first, first + len(rates)), rates)
        done = self.training.run(rows, settings, losses)
        found: list[float] = losses[:done].tolist()
        return found

    def state(self) -> list[list[float]]:
        """Return the parameters, and the state of the optimiser."""
        return [self.training.view(array).tolist() for array in (self.parameters, *self.update.states)]


def by_hand(
    program: Program, optimizer: Optimizer, columns: Columns, rows: NDArray[np.int64] | None
) -> tuple[list[float], list[list[float]]]:
    """Return the losses, and what `Run.state` gives, of the loop in Python, up to a loss that is not finite."""
    executable, given = compile_numpy(program), numbers(program)
    ((parameters, gradient),) = program.gradients.items()
    values = [Value(x) for x in given[parameters.name]]
    optimizer.bind(values)
    losses: list[float] = []
    for step, rate in enumerate(RATES):
        if rows is not None:
            given |= {name: column[rows[step]].ravel() for name, column in columns.items()}
        for array in program.arguments:
            executable.view(array)[:] = given[array.name]
        executable.view(parameters)[:] = [value.data for value in values]
        executable.run()
        losses.append(float(executable.view(program.output)[0]))
        if not math.isfinite(losses[-1]):
            break
        for value, slope in zip(values, executable.view(gradient), strict=True):
            value.grad = float(slope)
        optimizer.lr = float(rate)
        optimizer.step()
    states = [getattr(optimizer, name) for name in optimizer.buffers]
    return losses, [[value.data for value in values], *states]


def data() -> tuple[Columns, NDArray[np.int64]]:
    """Return the columns of x and y, and the rows of each batch, some of them twice."""
    rng = np.random.default_rng(4)
    columns = {"x": rng.normal(size=(ROWS, 2)), "y": np.sign(rng.normal(size=(ROWS, 1)))}
    return columns, rng.integers(0, ROWS, (len(RATES), BATCH))


@every_optimiser
@pytest.mark.parametrize("dtype", ["float64", None])
@pytest.mark.parametrize("batches", [True, False])
def test_steps_are_those_of_the_eager_optimiser(name: str, dtype: DType | None, batches: bool) -> None:  # noqa: FBT001
    """Losses, parameters and states agree to rounding, for batches by rows and for arguments as they are."""
    columns, rows = data()
    chosen = rows if batches else None
    losses, state = by_hand(PROGRAM, OPTIMISERS[name](), columns, chosen)
    run = Run(PROGRAM, OPTIMISERS[name](), columns if batches else {}, dtype)
    assert run.take(chosen, RATES) == pytest.approx(losses, rel=1e-12)
    for found, expected in zip(run.state(), state, strict=True):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-13)


@every_optimiser
def test_single_precision(name: str) -> None:
    """The same steps, to fewer digits; losses are given in double precision."""
    columns, rows = data()
    losses, _ = by_hand(PROGRAM, OPTIMISERS[name](), columns, rows)
    assert Run(PROGRAM, OPTIMISERS[name](), columns, "float32").take(rows, RATES) == pytest.approx(losses, rel=1e-3)


@every_optimiser
def test_steps_can_be_taken_in_several_calls(name: str) -> None:
    """The state stays in memory from call to call."""
    columns, rows = data()
    at_once, parts = (Run(PROGRAM, OPTIMISERS[name](), columns, "float64") for _ in range(2))
    losses = at_once.take(rows, RATES)
    assert parts.take(rows[:4], RATES[:4]) + parts.take(rows[4:], RATES[4:], first=4) == losses
    assert parts.state() == at_once.state()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("dtype", ["float64", "float32", None])
def test_a_loss_that_is_not_finite_ends_it(bad: float, dtype: DType | None) -> None:
    """It is the last of the losses, and moves nothing."""
    columns, rows = data()
    rows[:] = np.arange(BATCH)
    rows[4, 2] = ROWS - 1
    columns["x"][-1, 1], columns["y"][-1] = bad, -1.0
    run, before = (Run(PROGRAM, Adam(), columns, dtype) for _ in range(2))
    losses = run.take(rows, RATES)
    assert len(losses) == 5
    assert [math.isfinite(loss) for loss in losses] == [True] * 4 + [False]
    assert before.take(rows[:4], RATES[:4]) == losses[:4]
    assert run.state() == before.state()


@pytest.mark.parametrize("dtype", ["float64", None])
def test_an_index_out_of_range(dtype: DType | None) -> None:
    """It is an error; the steps before it have been taken."""
    program = derive(taken(), seeds=True)
    columns = {"index": np.array([[0.0, 1.0, 2.0], [3.0, 5.0, 1.0]])}
    run = Run(program, SGD(), columns, dtype)
    with pytest.raises(IndexError, match="index"):
        run.take(np.array([[0], [1], [0]]), RATES[:3])


def test_the_executable_keeps_its_own_numbers() -> None:
    """Training moves a copy: the executable can be called in between."""
    columns, rows = data()
    run = Run(PROGRAM, SGD(), columns, "float64")
    before = run.executable.view(run.parameters).tolist()
    run.take(rows, RATES)
    assert run.executable.view(run.parameters).tolist() == before != run.state()[0]


def test_an_optimiser_of_the_users_own_has_no_update() -> None:
    """Only the package's own are known as statements; a class derived from one may do anything."""

    class Mine(SGD):
        """An optimiser of the user's own."""

    p, g = Array("p", "parameter", (3,)), Array("g", "gradient", (3,))
    assert update_of(Mine(), p, g) is None
