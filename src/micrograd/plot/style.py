"""What all pictures share: colours, axes that belong to no window, and the way to a file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrograd.errors import require
from micrograd.files import whole_file

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["COLOURS", "GREY", "colour", "extent", "legend_below", "new_axes", "save_figure"]

# Colours that colour-blind eyes tell apart (Okabe and Ito, "Color Universal Design", 2008).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
GREY = "#666666"  # of what stays in the background


def save_figure(ax: Axes, path: str | os.PathLike[str]) -> None:
    """Write the figure of these axes to a file, whole or not at all.

    Args:
        ax: what a function here returned.
        path: ends in the format: .png, .svg, .pdf.

    Raises:
        InputError: the file cannot be written.
        ValueError: matplotlib knows no such format.
    """
    figure: Any = ax.figure
    with whole_file(path) as file, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # a box stands for it
        figure.savefig(file, format=Path(path).suffix[1:], dpi=150)


def new_axes(ax: Axes | None, height: float = 4.6) -> Axes:
    """Return the axes given, or those of a new figure, of a height in inches, that belongs to no window."""
    if ax is not None:
        return ax
    figure = require("matplotlib.figure", "plot").Figure(figsize=(6.4, height), layout="constrained")
    new: Axes = figure.add_subplot()
    return new


def colour(index: int) -> str:
    """Return the colour of a class or a curve."""
    return COLOURS[index % len(COLOURS)]


def extent(numbers: Sequence[float]) -> tuple[float, float]:
    """Return the least and the largest of the numbers, at some distance where they are one."""
    low, high = min(numbers), max(numbers)
    return (low, high) if low < high else (low - 0.5, low + 0.5)


def legend_below(ax: Axes, columns: int, distance: float = 0.14) -> None:
    """Put a legend below the axes, where it covers nothing, at a distance in heights of the axes."""
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -distance), ncols=columns, frameon=False)
