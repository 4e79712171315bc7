"""Curves of training: a number for each step, such as the loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from micrograd.errors import require
from micrograd.plot.given import losses as numbers_of
from micrograd.plot.style import GREY, colour, new_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from micrograd.history import History

__all__ = ["draw_curve", "loss_curve", "scale"]

WIDE = 10.0  # from this ratio on, a loss is drawn on a logarithmic scale
VERY_WIDE = 1000.0  # and from this one on, only powers of 10 are written there


def loss_curve(  # noqa: PLR0913  # each is a choice of its own
    losses: Sequence[float] | History,
    *,
    held_out: Sequence[float] | History = (),
    unit: str = "step",
    name: str = "loss",
    title: str = "Loss in training",
    ax: Axes | None = None,
) -> Axes:
    """Return the axes of a picture of the loss, logarithmic where it spans a factor of 10 or more.

    Args:
        losses: n numbers, one a step or an epoch, or a History, for its losses; those that are not finite
            leave gaps.
        held_out: as many, of rows that were not trained on, or none.
        unit: what each number belongs to.
        name: what is drawn.
        title: says what the picture shows.
        ax: axes to draw in; None makes a new figure.

    Raises:
        MissingExtraError: matplotlib is not installed.
        TypeError: losses or held_out are something else.

    Example:
        >>> loss_curve([1.0, 0.5, 0.25]).get_xlabel()
        'step'
    """
    training, others = numbers_of(losses, "losses"), numbers_of(held_out, "held_out")
    ax = new_axes(ax)
    draw_curve(ax, training, 0, "training rows" if others else name)
    if others:
        draw_curve(ax, others, 1, "held-out rows", "--")
        ax.legend(frameon=False)
    ax.set(xlabel=unit, ylabel=name, title=title)
    finite = [x for x in (*training, *others) if math.isfinite(x)]
    scale(ax, finite)
    if finite:
        ax.grid(alpha=0.3)
    else:
        _say(ax, f"no {unit} has a finite {name}" if training or others else f"no {unit}s yet")
    return ax


def draw_curve(ax: Axes, numbers: Sequence[float], index: int, label: str | None = None, stroke: str = "-") -> None:
    """Draw numbers over their positions from 1, with a dot where a line would not show: between two gaps."""
    shown = [x if math.isfinite(x) else math.nan for x in numbers]
    around = [math.nan, *shown, math.nan]
    lone = [i for i in range(len(shown)) if math.isnan(around[i]) and math.isnan(around[i + 2])]
    dots = {"marker": "o", "markersize": 5.0, "markevery": lone} if lone else {}
    style: dict[str, Any] = {"linestyle": stroke, "color": colour(index), "label": label, **dots}
    ax.plot(range(1, len(shown) + 1), shown, **style)


def _say(ax: Axes, words: str) -> None:
    """Write why there is no curve, where it would be."""
    ax.set(xticks=[], yticks=[])
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=GREY)


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
