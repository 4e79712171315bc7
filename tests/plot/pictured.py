"""What the tests of pictures read from Axes."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def legend(ax: Axes) -> list[str]:
    """Return what the legend says."""
    box = ax.get_legend()
    return [] if box is None else [text.get_text() for text in box.get_texts()]


def drawn(ax: Axes) -> bytes:
    """Return the picture as PNG, which draws everything."""
    file = BytesIO()
    figure = ax.figure
    assert hasattr(figure, "savefig")
    figure.savefig(file)
    return file.getvalue()
