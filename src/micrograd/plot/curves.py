"""Curves of training: a number for each step, such as the loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from micrograd.errors import require
from micrograd.plot.style import colour, new_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["loss_curve", "scale"]

WIDE = 10.0  # from this ratio on, a loss is drawn on a logarithmic scale
VERY_WIDE = 1000.0  # and from this one on, only powers of 10 are written there


def loss_curve(  # noqa: PLR0913  # each is a choice of its own
    losses: Sequence[float],
    *,
    held_out: Sequence[float] = (),
    unit: str = "step",
    name: str = "loss",
    title: str = "Loss in training",
    ax: Axes | None = None,
) -> Axes:
    """Return the axes of a picture of the loss, logarithmic where it spans a factor of 10 or more.

    Args:
        losses: n numbers, one a step or an epoch; those that are not finite leave gaps.
        held_out: as many, of rows that were not trained on, or none.
        unit: what each number belongs to.
        name: what is drawn.
        title: says what the picture shows.
        ax: axes to draw in; None makes a new figure.

    Raises:
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> loss_curve([1.0, 0.5, 0.25]).get_xlabel()
        'step'
    """
    ax = new_axes(ax)
    several = len(held_out) > 0
    _curve(ax, losses, 0, "training rows" if several else name, "-")
    if several:
        _curve(ax, held_out, 1, "held-out rows", "--")
        ax.legend(frameon=False)
    ax.set(xlabel=unit, ylabel=name, title=title)
    ax.grid(alpha=0.3)
    scale(ax, [x for x in (*losses, *held_out) if math.isfinite(x)])
    return ax


def _curve(ax: Axes, numbers: Sequence[float], index: int, label: str, line: str) -> None:
    """Draw numbers over their positions from 1, with a dot where a line would not show."""
    finite = [x if math.isfinite(x) else math.nan for x in numbers]
    marker = "o" if len(finite) == 1 else None
    ax.plot(range(1, len(finite) + 1), finite, line, color=colour(index), label=label, marker=marker)


def scale(ax: Axes, numbers: Sequence[float]) -> None:
    """Count steps in whole numbers, and make the scale logarithmic where numbers span much and none is 0."""
    ticker = require("matplotlib.ticker", "plot")
    ax.xaxis.set_major_locator(ticker.MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if numbers and 0.0 < WIDE * min(numbers) <= max(numbers):
        ax.set_yscale("log")
        subs = (1.0, 2.0, 5.0) if max(numbers) < VERY_WIDE * min(numbers) else (1.0,)
        ax.yaxis.set_major_locator(ticker.LogLocator(subs=subs))
        ax.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_formatter(ticker.NullFormatter())
