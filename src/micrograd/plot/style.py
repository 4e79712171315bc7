"""What all pictures share: colours, axes that belong to no window, and the way to a file."""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from micrograd.errors import require
from micrograd.files import check_ending, whole_file
from micrograd.ieee import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

__all__ = ["COLOURS", "GREY", "colour", "extent", "inches", "legend_below", "new_axes", "save_figure", "write_figure"]

# Colours that colour-blind eyes tell apart (Okabe and Ito, "Color Universal Design", 2008).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
GREY = "#666666"  # of what stays in the background
USUAL = (".png", ".svg", ".pdf")  # of the many that matplotlib writes, those that a message names


def save_figure(ax: Axes, path: str | os.PathLike[str]) -> None:
    """Write the figure of these axes to a file, whole or not at all.

    Args:
        ax: what a function here returned.
        path: ends in the format: .png, .svg, .pdf, or another that matplotlib writes.

    Raises:
        InputError: the file cannot be written, or matplotlib writes no such format.
        TypeError: ax or path is something else.
    """
    figure: Any = getattr(ax, "figure", None)
    if not hasattr(figure, "canvas"):
        message = f"ax must be the Axes that a function of micrograd.plot returned; got {shorten(ax)}"
        raise TypeError(message)
    if not isinstance(path, str | os.PathLike):
        message = f"path must be the name of a file, such as 'picture.png'; got {shorten(path)}"
        raise TypeError(message)
    ending = Path(path).suffix[1:].lower()
    if ending not in figure.canvas.get_supported_filetypes():
        check_ending(path, USUAL, "a picture")
    with whole_file(path) as file:
        write_figure(figure, file, ending)


def write_figure(figure: Any, file: BinaryIO, ending: str) -> None:  # noqa: ANN401  # a Figure or a part of one
    """Write a whole figure in the format that an ending names."""
    with _boxes_for_glyphs():
        figure.canvas.figure.savefig(file, format=ending, dpi=150)


def inches(ax: Axes) -> tuple[float, float]:
    """Return width and height of axes, in inches, as they are once everything in their figure has its place."""
    figure: Any = ax.figure
    engine, whole = figure.get_layout_engine(), figure.canvas.figure
    if engine is not None:
        with _boxes_for_glyphs():
            engine.execute(whole)
    box, dpi = ax.get_window_extent(), whole.dpi
    return box.width / dpi, box.height / dpi


@contextmanager
def _boxes_for_glyphs() -> Iterator[None]:
    """Return a context in which a letter that the font lacks is no cause to warn: a box stands for it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def new_axes(ax: Axes | None, width: float = 6.4, height: float = 4.6) -> Axes:
    """Return the axes given, or those of a new figure, of a size in inches, that belongs to no window."""
    if ax is None:
        figure = require("matplotlib.figure", "plot").Figure(figsize=(width, height), layout="constrained")
        from micrograd.plot.picture import Picture  # noqa: PLC0415  # it needs matplotlib

        new: Axes = figure.add_subplot(axes_class=Picture)
        return new
    _check_axes(ax)
    return ax


def _check_axes(ax: object) -> None:
    """Refuse what nothing can be drawn on, such as a figure."""
    if not isinstance(ax, require("matplotlib.axes", "plot").Axes):
        message = f"ax must be matplotlib's Axes, such as figure.add_subplot() returns; got {shorten(ax)}"
        raise TypeError(message)


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
