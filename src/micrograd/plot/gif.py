"""Animated GIFs: pictures one after the other, in 255 colours that all of them share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from micrograd.errors import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["write_gif"]

MOST = 255  # colours: a GIF has 256, and Pillow needs one for what does not change from picture to picture


def write_gif(file: BinaryIO, pictures: Iterable[NDArray[np.uint8]], durations: Sequence[int]) -> None:
    """Write pictures as an animated GIF that begins again at its end.

    Args:
        file: takes the bytes.
        pictures: 1 or more, of shape (height, width, 3 or 4): red, green and blue, from 0 to 255.
        durations: milliseconds that each is shown; a GIF counts them in tens.

    Raises:
        MissingExtraError: Pillow is not installed.

    Example:
        >>> from io import BytesIO
        >>> file = BytesIO()
        >>> write_gif(file, [np.zeros((4, 4, 3), dtype=np.uint8)], [100])
        >>> file.getvalue()[:6]
        b'GIF89a'
    """
    packed = [_packed(picture) for picture in pictures]
    # Pillow would choose the nearest colour roughly, and make white grey.
    colours, place = _shared(packed)
    images = [require("PIL.Image", "plot").fromarray(place[picture]) for picture in packed]
    for image in images:
        image.putpalette(colours.astype(np.uint8).tobytes())
    images[0].save(file, format="GIF", save_all=True, append_images=images[1:], duration=list(durations), loop=0)


def _packed(picture: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return a picture with one number for each colour."""
    parts = picture.astype(np.int32)
    return parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]


def _shared(packed: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return the most frequent colours of all pictures, and for each colour there is the place of the nearest."""
    counts: Counter[int] = Counter()
    for picture in packed:
        colours, times = np.unique(picture, return_counts=True)
        counts.update(dict(zip(colours.tolist(), times.tolist(), strict=True)))
    ordered = np.array([colour for colour, _ in counts.most_common()], dtype=np.int32)
    parts = np.stack([ordered >> 16, ordered >> 8 & 255, ordered & 255], axis=1)
    place = np.zeros(2**24, dtype=np.uint8)
    place[ordered] = [np.abs(parts[:MOST] - part).sum(axis=1).argmin() for part in parts]
    return parts[:MOST], place
