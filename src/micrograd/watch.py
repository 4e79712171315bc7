"""Watch: judges a model on a table after each epoch of training, and keeps the best one."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from micrograd import losses
from micrograd.predictor import Predictor, forward
from micrograd.quality import accuracy, r_squared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from micrograd.engine import Value
    from micrograd.train import State

__all__ = ["Part", "Watch"]


class Part(NamedTuple):
    """Some rows of a table, in their own units.

    Attributes:
        rows: the inputs of each row.
        targets: the index of the class, or the number, of each row.
    """

    rows: list[list[float]]
    targets: list[Any]


class Watch:
    """The judge of one training run, which knows the training rows from the held-out ones.

    Best is what training makes small: the loss on the training rows with its penalty. The held-out rows do
    not choose, since they could not judge fairly what they had chosen.

    Args:
        model: its network is being trained.
        train: the rows to train on.
        test: the rows that are held out.
        l2: strength of the penalty on the squares of all parameters, 0 or more.

    Attributes:
        model, l2: as given.
        parts: the training rows, then those held out; xs and ys are their inputs and targets standardised.
        parameters: what is trained.
        losses: after each epoch, the loss without the penalty on the training rows, and on those held out.
        scores: after each epoch, accuracy or R² on the training rows, and on those held out.
        best_epoch: the epoch after which the model was best, from 1; 0 before the end of the first.
    """

    def __init__(self, model: Predictor, train: Part, test: Part, l2: float) -> None:
        self.model, self.l2, self.parts = model, l2, (train, test)
        self.parameters = model.network.parameters()
        self.xs = [model.inputs.transform(part.rows) for part in self.parts]
        self.ys = [_scaled(model, part.targets) for part in self.parts]
        self.losses: tuple[list[float], list[float]] = ([], [])
        self.scores: tuple[list[float], list[float]] = ([], [])
        self.best_epoch = 0
        self._best = math.inf
        self._kept: list[float] = []
        self._loss = _loss(model)

    @property
    def measure(self) -> str:
        """What the scores are called."""
        return "accuracy" if self.model.target is None else "R²"

    def loss(self, xs: Sequence[Sequence[float]], ys: Sequence[Any]) -> Value:
        """Return the loss of a batch of standardised rows, with the penalty."""
        value: Value = self._loss([self.model.network(x) for x in xs], ys)
        return value + losses.l2(self.parameters, self.l2) if self.l2 else value

    def after_step(self, state: State) -> None:
        """Judge the model where an epoch ends, and keep it if it is the best so far."""
        if not state.ends_epoch:
            return
        for i, (xs, ys) in enumerate(zip(self.xs, self.ys, strict=True)):
            answers = forward(self.model.network, xs)
            self.losses[i].append(self._loss(answers, ys))
            self.scores[i].append(_score(self.model, answers, ys))
        state.note[self.measure] = self.scores[0][-1]
        self._keep(state.epoch)

    def _keep(self, epoch: int) -> None:
        """Remember the parameters if none were better."""
        numbers = [p.data for p in self.parameters]
        whole = self.losses[0][-1] + losses.l2(numbers, self.l2)
        if whole < self._best:
            self._best, self._kept, self.best_epoch = whole, numbers, epoch

    def restore(self) -> None:
        """Set the parameters to what they were after the best epoch, if there was one."""
        for p, number in zip(self.parameters, self._kept, strict=False):
            p.data = number


def _loss(model: Predictor) -> Callable[..., Any]:
    """Return the loss that suits the target: of numbers, of two classes, of more."""
    if model.target is not None:
        return partial(losses.squared_error, reduction="mean")
    return losses.binary_cross_entropy if model.network.sz[-1] == 1 else losses.cross_entropy


def _scaled(model: Predictor, targets: Sequence[Any]) -> list[Any]:
    """Return the targets as the network is to answer them: numbers standardised, classes as they are."""
    if model.target is None:
        return list(targets)
    return [number for (number,) in model.target.transform([[y] for y in targets])]


def _score(model: Predictor, answers: Sequence[Sequence[float]], ys: Sequence[Any]) -> float:
    """Return the accuracy, or R², of the answers of the network."""
    if model.target is not None:
        return r_squared([number for (number,) in answers], ys)
    return accuracy([_winner(scores) for scores in answers], ys)


def _winner(scores: Sequence[float]) -> int:
    """Return the index of the class that wins: one score is that of the second of two classes."""
    return int(scores[0] > 0.0) if len(scores) == 1 else max(range(len(scores)), key=scores.__getitem__)
