"""History: how a training run went, and what a callback is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["History", "State"]


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
