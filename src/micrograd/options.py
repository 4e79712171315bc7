"""Options: what can be chosen about training on a table, with the defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from micrograd.optim import SGD, Adam, AdamW

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.optim import Optimizer
    from micrograd.schedules import Schedule

__all__ = ["OPTIMIZERS", "Options"]

OPTIMIZERS: dict[str, Callable[[Schedule], Optimizer]] = {
    "adam": lambda rate: Adam(lr=rate),
    "adamw": lambda rate: AdamW(lr=rate),
    "sgd": lambda rate: SGD(lr=rate, momentum=0.9),
}


@dataclass(frozen=True)
class Options:
    """What can be chosen about training on a table.

    The defaults were chosen on the tables of scikit-learn and on toy points of the plane: 100 epochs of Adam
    at a rate that falls from 0.01 to 0 along a cosine, in batches of 32, through two layers of 16 tanh.

    Attributes:
        target: the column to predict.
        kind: "class", "number" or "auto", which tells by the column.
        categories: columns whose numbers are names.
        drop: columns to leave out.
        hidden: sizes of the hidden layers; none makes the model linear.
        activation: that of the hidden layers.
        epochs: how often to go through the training rows.
        batch_size: rows a step.
        lr: the learning rate at the start.
        optimizer: a name in `OPTIMIZERS`; "sgd" has a momentum of 0.9.
        l2: strength of the penalty on the squares of all parameters, which holds them near 0; None is 0.001
            for classes and 0.01 for numbers, whose noise a network would learn by heart.
        seed: chooses the split, the first weights and the batches: the same seed gives the same model.
        test: share of the rows that are held out to judge the model.
        out: the model file; the pictures are written beside it.
        pictures: whether to draw the loss, and the plane where there are two inputs.
        progress: whether to show a bar; None shows it on a terminal only.
    """

    target: str
    kind: str = "auto"
    categories: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    hidden: tuple[int, ...] = (16, 16)
    activation: str = "tanh"
    epochs: int = 100
    batch_size: int = 32
    lr: float = 0.01
    optimizer: str = "adam"
    l2: float | None = None
    seed: int = 0
    test: float = 0.2
    out: Path = Path("model.json")
    pictures: bool = True
    progress: bool | None = None
