"""Tests of `fit`: what it moves, in which batches, and how it ends; `compiler/test_fit.py` tests the compiled loop."""

from __future__ import annotations

import math
import random
import sys
from typing import TYPE_CHECKING, Any

import pytest

import micrograd
from micrograd.engine import Value
from micrograd.errors import NonFiniteWarning
from micrograd.losses import squared_error
from micrograd.nn import MLP
from micrograd.optim import SGD, Adam
from micrograd.schedules import linear
from micrograd.train import State, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

POINTS = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
TARGETS = [1.0, -1.0, -1.0, 1.0]


def lecture() -> tuple[MLP, Callable[..., Value]]:
    """Return the network of the lecture, and its loss."""
    network = MLP(3, [4, 4, 1], rng=random.Random(7))

    def loss(xs: Sequence[Sequence[float]], ys: Sequence[float]) -> Value:
        value: Value = squared_error([network(x) for x in xs], ys)
        return value

    return network, loss


def seen(columns: Sequence[Any], **settings: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401  # what fit takes
    """Return the batches that a loss is given."""
    batches: list[tuple[Any, ...]] = []
    weight = Value(1.0)

    def loss(*batch: object) -> Value:
        batches.append(batch)
        return weight * 1.0

    fit(loss, *columns, optimizer=SGD([weight]), progress=False, compiled=False, **settings)
    return batches


def test_the_package_exports_fit() -> None:
    """`micrograd.fit` is this function."""
    assert micrograd.fit is fit


def test_it_is_the_loop_of_the_lecture() -> None:
    """All rows at every step give the losses of the loop written by hand, to the last bit."""
    network, loss = lecture()
    twin, _ = lecture()
    by_hand = []
    for _ in range(20):
        total = sum(((twin(x) - y) ** 2 for x, y in zip(POINTS, TARGETS, strict=True)), Value(0.0))
        twin.zero_grad()
        total.backward()
        for p in twin.parameters():
            p.data -= 0.1 * p.grad
        by_hand.append(total.data)
    history = fit(loss, POINTS, TARGETS, optimizer=SGD(lr=0.1), steps=20, progress=False, compiled=False)
    assert history.losses == by_hand
    assert network.state_dict() == twin.state_dict()
    assert len(history) == len(history.rates) == len(history.times) == 20
    assert history.times == sorted(history.times)
    assert not history.interrupted
    assert not history.diverged


def test_it_finds_the_parameters() -> None:
    """The leaves that stay the same from call to call are trained; inputs, even given as Values, are not."""
    network, loss = lecture()
    rows = [[Value(x) for x in row] for row in POINTS]
    optimizer = SGD(lr=0.1)
    fit(loss, rows, TARGETS, optimizer=optimizer, steps=1, progress=False, compiled=False)
    assert set(optimizer.params) == set(network.parameters())
    assert [[x.data for x in row] for row in rows] == POINTS


def test_it_takes_parameters_or_a_network() -> None:
    """What is named is trained, and nothing else."""
    network, loss = lecture()
    last = network.layers[-1]
    before = network.state_dict()
    for parameters in (last, last.parameters()):
        optimizer = SGD(lr=0.1)
        fit(loss, POINTS, TARGETS, optimizer=optimizer, steps=1, progress=False, parameters=parameters)
        assert optimizer.params == last.parameters()
    changed = {name for name, number in network.state_dict().items() if number != before[name]}
    assert {name.partition(".")[0] for name in changed} == {"layers[2]"}


def test_a_bound_optimiser_keeps_its_parameters() -> None:
    """An optimiser that was made with parameters moves those, and refuses others."""
    a, b = Value(1.0), Value(1.0)

    def loss() -> Value:
        return a * b

    fit(loss, optimizer=SGD([a], lr=0.5), steps=1, progress=False)
    assert (a.data, b.data) == (0.5, 1.0)
    with pytest.raises(ValueError, match="make a new one"):
        fit(loss, optimizer=SGD([a]), steps=1, progress=False, parameters=[b])


def test_a_schedule_learns_the_number_of_steps() -> None:
    """A rate that falls to its end does so over the whole run."""
    _, loss = lecture()
    history = fit(loss, POINTS, TARGETS, optimizer=SGD(lr=linear(1.0, 0.1)), steps=100, progress=False)
    assert history.rates == [linear(1.0, 0.1, 100)(k) for k in range(100)]
    by_epochs = fit(loss, POINTS, TARGETS, optimizer=SGD(lr=linear(1.0, 0.2)), epochs=2, batch_size=2, progress=False)
    assert by_epochs.rates == pytest.approx([1.0, 0.8, 0.6, 0.4])


def test_without_batches_the_columns_come_as_they_are() -> None:
    """The loss is given the very columns, in their order."""
    column = [3, 1, 2]
    batches = seen([column], steps=2)
    assert batches[0][0] is column
    assert len(batches) == 2


def test_an_epoch_shows_each_row_once() -> None:
    """Batches cut all columns alike, hold every row once an epoch, and come in another order each time."""
    batches = seen([list(range(10)), "abcdefghij"], epochs=2, batch_size=4)
    assert [len(xs) for xs, _ in batches] == [4, 4, 2] * 2
    assert all(ys == ["abcdefghij"[x] for x in xs] for xs, ys in batches)
    first, second = ([x for xs, _ in batches[i : i + 3] for x in xs] for i in (0, 3))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_the_seed_chooses_the_batches() -> None:
    """The same seed gives the same batches; without shuffling they keep the order of the rows."""
    rows = [list(range(20))]
    assert seen(rows, epochs=2, batch_size=7, seed=3) == seen(rows, epochs=2, batch_size=7, seed=3)
    assert seen(rows, epochs=1, batch_size=7, seed=3) != seen(rows, epochs=1, batch_size=7, seed=4)
    assert seen(rows, epochs=1, batch_size=15, shuffle=False) == [(rows[0][:15],), (rows[0][15:],)]


def test_steps_may_end_within_an_epoch() -> None:
    """So many steps are taken, over as many epochs as that needs."""
    batches = seen([list(range(5))], steps=4, batch_size=2, shuffle=False)
    assert [batch for (batch,) in batches] == [[0, 1], [2, 3], [4], [0, 1]]


def test_arrays_are_cut_into_arrays() -> None:
    """A NumPy column comes as an array, and a column with labels is cut by position."""
    numpy = pytest.importorskip("numpy")

    class Labelled:
        """A column whose square brackets go by label, as those of pandas do."""

        def __len__(self) -> int:
            return 3

        def to_numpy(self) -> object:
            return numpy.array([10, 11, 12])

    batches = seen([numpy.eye(3), Labelled()], epochs=1, batch_size=2, shuffle=False)
    assert [array.tolist() for array in batches[0]] == [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [10, 11]]


def test_a_callback_is_told_each_step_and_may_stop() -> None:
    """It sees steps and epochs, and True ends the run after the step."""
    _, loss = lecture()
    states: list[State] = []

    def watch(state: State) -> bool:
        states.append(state)
        return state.step == 5

    settings: dict[str, Any] = {"epochs": 9, "batch_size": 2, "progress": False, "compiled": False}
    history = fit(loss, POINTS, TARGETS, optimizer=Adam(), callback=watch, **settings)
    assert len(history) == 5
    assert [(s.step, s.epoch, s.ends_epoch) for s in states] == [
        (1, 1, False), (2, 1, True), (3, 2, False), (4, 2, True), (5, 3, False)
    ]  # fmt: skip
    assert states[0].history is history


def test_ctrl_c_ends_the_run() -> None:
    """The history says so, and holds the steps until then."""
    _, loss = lecture()

    def interrupt(state: State) -> None:
        if state.step == 3:
            raise KeyboardInterrupt

    settings: dict[str, Any] = {"steps": 9, "progress": False, "compiled": False}
    history = fit(loss, POINTS, TARGETS, optimizer=SGD(), callback=interrupt, **settings)
    assert history.interrupted
    assert len(history) == 3


def test_ctrl_c_leaves_no_half_step() -> None:
    """When it comes while parameters are being moved, none has moved."""

    class Interrupted(SGD):
        """An optimiser that is interrupted after its first parameter."""

        def _update(self, rate: float) -> None:
            self.params[0].data -= rate
            raise KeyboardInterrupt

    a, b = Value(1.0), Value(2.0)
    history = fit(lambda: a * b, optimizer=Interrupted(), steps=9, progress=False, compiled=False)
    assert history.interrupted
    assert (a.data, b.data) == (1.0, 2.0)


def test_a_loss_that_is_not_finite_ends_the_run() -> None:
    """Nothing moves, and the engine's warning names what went wrong."""
    x = Value(0.0, label="x")
    with pytest.warns(NonFiniteWarning, match="label='x'"):
        history = fit(x.log, optimizer=SGD(), steps=9, progress=False)
    assert history.diverged
    assert history.losses == [-math.inf]
    assert x.data == 0.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give steps= or epochs="),
        ({"steps": 1, "epochs": 1}, "give steps= or epochs="),
        ({"steps": 0}, "1 or more"),
        ({"steps": 2.5}, "a whole number, 1 or more; got steps=2.5"),
        ({"epochs": 1, "batch_size": 0}, "1 or more"),
        ({"epochs": 1, "batch_size": 2.5}, "a whole number, 1 or more, of rows of data; got 2.5"),
    ],
)
def test_it_refuses_settings_without_sense(settings: dict[str, Any], message: str) -> None:
    """Numbers of steps, epochs and rows are given once and are 1 or more."""
    _, loss = lecture()
    with pytest.raises(ValueError, match=message):
        fit(loss, POINTS, TARGETS, optimizer=SGD(), progress=False, **settings)


def test_it_refuses_data_that_cannot_be_cut() -> None:
    """Columns have one length, and batches need rows."""
    _, loss = lecture()
    with pytest.raises(ValueError, match=r"got \[3, 4\]"):
        fit(loss, POINTS, TARGETS[:3], optimizer=SGD(), steps=1, progress=False)
    with pytest.raises(ValueError, match="rows of data"):
        fit(loss, optimizer=SGD(), steps=1, batch_size=2, progress=False)
    for batch_size in (None, 2):
        with pytest.raises(ValueError, match="the columns are empty"):
            fit(loss, [], [], optimizer=SGD(), steps=1, batch_size=batch_size, progress=False)


def test_it_refuses_an_optimiser_that_was_not_made() -> None:
    """The class alone has no learning rate: the message shows how to make one."""
    with pytest.raises(TypeError, match=r"such as SGD\(lr=0\.1\); got <class"):
        fit(lambda: Value(1.0) * 2.0, optimizer=SGD, steps=1, progress=False)  # type: ignore[arg-type]


def test_it_refuses_a_loss_that_cannot_be_trained() -> None:
    """A loss is a Value, and it reaches parameters."""
    with pytest.raises(TypeError, match=r"got 1\.0"):
        fit(lambda: 1.0, optimizer=SGD(), steps=1, progress=False)  # type: ignore[arg-type,return-value]
    with pytest.raises(ValueError, match="give parameters="):
        fit(lambda: Value(1.0) * 2.0, optimizer=SGD(), steps=1, progress=False)


def test_the_bar_shows_the_loss(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar is on stderr, with the loss and what the callback notes beside it."""
    pytest.importorskip("tqdm")
    x = Value(3.0)

    def note(state: State) -> None:
        state.note["accuracy"] = 0.75

    fit(lambda: x * x, optimizer=SGD(lr=0.0), steps=2, callback=note)
    shown = capsys.readouterr()
    assert "loss=9, accuracy=0.75" in shown.err
    assert "2/2" in shown.err
    assert not shown.out


@pytest.mark.parametrize("progress", [None, False])
def test_the_bar_can_be_left_out(progress: bool | None, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001
    """False shows no bar, and neither does None where stderr is no terminal."""
    x = Value(3.0)
    fit(lambda: x * x, optimizer=SGD(), steps=2, progress=progress)
    assert capsys.readouterr().err == ""


def test_it_trains_without_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar is a convenience: where tqdm is missing there is none."""
    monkeypatch.setitem(sys.modules, "tqdm", None)
    x = Value(3.0)
    assert len(fit(lambda: x * x, optimizer=SGD(), steps=2)) == 2


def test_a_history_draws_itself() -> None:
    """The picture has a point for each step."""
    pytest.importorskip("matplotlib")
    _, loss = lecture()
    history = fit(loss, POINTS, TARGETS, optimizer=SGD(lr=0.1), steps=5, progress=False)
    (line,) = history.plot().lines
    assert [*line.get_ydata()] == history.losses  # type: ignore[misc]
