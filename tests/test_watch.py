"""Tests of the watch over a training run: what it measures, and which epoch it keeps."""

from __future__ import annotations

import random

import pytest

from micrograd import losses
from micrograd.data import Standardizer
from micrograd.encoder import Encoder, Feature
from micrograd.nn import MLP
from micrograd.predictor import Predictor
from micrograd.quality import r_squared
from micrograd.train import History, State
from micrograd.watch import Part, Watch

UNITS = Standardizer((0.0, 0.0), (1.0, 1.0))
ROWS = [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [-1.0, 1.0]]
FEATURES = (Feature("a", None), Feature("b", None))


def watch(classes: int, l2: float = 0.0) -> Watch:
    """Return a watch over a network for so many classes, 0 for a number."""
    names = tuple(f"c{i}" for i in range(classes))
    network = MLP(2, [3, classes if classes > 2 else 1], last="linear", rng=random.Random(0))
    scaling = None if classes else Standardizer((10.0,), (2.0,))
    model = Predictor(network, Encoder(FEATURES, "y", names or None), UNITS, scaling)
    targets = [i % classes for i in range(4)] if classes else [8.0, 10.0, 12.0, 14.0]
    return Watch(model, Part(ROWS[:3], targets[:3]), Part(ROWS[3:], targets[3:]), l2)


def state(epoch: int, *, ends: bool = True) -> State:
    """Return what the watch is told after a step."""
    return State(epoch, epoch, ends, History(), {})


def set_all(judge: Watch, number: float) -> None:
    """Set every parameter to a number."""
    for p in judge.parameters:
        p.data = number


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_a_batch_and_an_epoch_have_the_same_loss(classes: int) -> None:
    """The loss that is trained is the one that is shown, plus the penalty."""
    judge = watch(classes, l2=0.1)
    judge.after_step(state(1))
    penalty = losses.l2([p.data for p in judge.parameters], 0.1)
    assert judge.loss(judge.xs[0], judge.ys[0]).data == pytest.approx(judge.losses[0][0] + penalty)


def test_numbers_are_learnt_standardised() -> None:
    """The targets of the loss are scaled, and R² is the same in either scale."""
    judge = watch(0)
    assert judge.ys == [[-1.0, 0.0, 1.0], [2.0]]
    judge.after_step(state(1))
    assert judge.scores[0][0] == pytest.approx(r_squared(judge.model.numbers(ROWS[:3]), [8.0, 10.0, 12.0]))
    assert judge.measure == "R²"


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_are_scored_by_accuracy(classes: int) -> None:
    """The share of right answers on each part, the training part's in the note."""
    judge, told = watch(classes), state(1)
    judge.after_step(told)
    for part, rows, targets in ((0, ROWS[:3], judge.ys[0]), (1, ROWS[3:], judge.ys[1])):
        best = [max(range(classes), key=row.__getitem__) for row in judge.model.probabilities(rows)]
        right = sum(b == y for b, y in zip(best, targets, strict=True))
        assert judge.scores[part] == [pytest.approx(right / len(rows))]
    assert told.note == {"accuracy": judge.scores[0][0]}


def test_only_the_end_of_an_epoch_counts() -> None:
    """Between, nothing is measured."""
    judge = watch(2)
    judge.after_step(state(1, ends=False))
    assert judge.losses == ([], [])
    assert judge.best_epoch == 0


def test_it_keeps_the_best_epoch_on_the_training_rows() -> None:
    """The least loss with its penalty wins, whatever the held-out rows say, and comes back at the end."""
    judge = watch(0)
    for epoch, number in enumerate((1.0, 0.1, 0.5), 1):
        set_all(judge, number)
        judge.after_step(state(epoch))
    train, test = judge.losses
    assert judge.best_epoch == 1 + train.index(min(train))
    assert judge.best_epoch != 1 + test.index(min(test))
    judge.restore()
    assert {p.data for p in judge.parameters} == {(1.0, 0.1, 0.5)[judge.best_epoch - 1]}


def test_the_penalty_has_a_say() -> None:
    """An epoch with a little more loss and much smaller parameters is better."""
    judge = watch(0, l2=1.0)
    for epoch, number in enumerate((-0.3, 0.0), 1):
        set_all(judge, number)
        judge.after_step(state(epoch))
    assert judge.losses[0][0] < judge.losses[0][1]
    assert judge.best_epoch == 2


def test_an_epoch_that_is_not_a_number_is_never_the_best() -> None:
    """A network that diverged is not kept."""
    judge = watch(2)
    set_all(judge, float("nan"))
    judge.after_step(state(1))
    assert judge.best_epoch == 0
