"""The Axes of a new figure, which a notebook shows as a picture.

Only those who have matplotlib can import this module.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from micrograd.errors import require
from micrograd.plot.style import write_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
else:
    Axes = require("matplotlib.axes", "plot").Axes

__all__ = ["Picture"]

DOTS = 100.0  # of a screen in an inch; a finer screen has more, so the picture itself has, too


class Picture(Axes):
    """matplotlib's Axes, whose figure belongs to no window: a notebook shows it where they are a cell's last line.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure(figsize=(6.0, 4.0)).add_subplot(axes_class=Picture)
        >>> png, size = ax._repr_png_()
        >>> png[1:4], size
        (b'PNG', {'width': 600, 'height': 400})
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]] | None:
        """Return the whole figure, other axes included, and its size on the screen; None once it was removed."""
        figure: Any = self.figure
        if figure is None:
            return None
        file = BytesIO()
        write_figure(figure, file, "png")
        width, height = figure.canvas.figure.get_size_inches()
        return file.getvalue(), {"width": round(DOTS * width), "height": round(DOTS * height)}
