"""The lecture's four points, its network and its loop, for programs that the doctor is to examine."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from micrograd import MLP, Value
from micrograd.losses import squared_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

XS = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
YS = [1.0, -1.0, -1.0, 1.0]


def network(seed: int = 1337, nouts: Sequence[int] = (4, 4, 1), **settings: Any) -> MLP:  # noqa: ANN401  # MLP's
    """Return a network for the four points."""
    return MLP(3, list(nouts), rng=random.Random(seed), **settings)


def error(model: Callable[[list[float]], Any]) -> Value:
    """Return the squared error over the four points."""
    loss: Value = squared_error([model(x) for x in XS], YS)
    return loss


def descend(loss_of: Callable[[], Value], parameters: Sequence[Value], *, rate: float = 0.05, steps: int = 20) -> None:
    """Train as the lecture does."""
    for _ in range(steps):
        loss = loss_of()
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= rate * p.grad
