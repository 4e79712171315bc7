"""A film of training: the boundary between classes beside the loss, frame by frame, as an animated GIF."""

from __future__ import annotations

import base64
import html
import math
import warnings
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from micrograd.errors import require
from micrograd.files import check_ending, whole_file
from micrograd.plot.curves import draw_curve, scale
from micrograd.plot.gif import write_gif
from micrograd.plot.given import check_names, classed, losses
from micrograd.plot.plane import finish, grid, regions, samples, scores
from micrograd.plot.style import colour
from micrograd.settings import size

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from micrograd.history import History, State

__all__ = ["Film"]

SLOWEST, FASTEST = 0.1, 50.0  # frames a second: a GIF counts hundredths of a second, and not very many
LONGEST = 60.0  # seconds
FPS, HOLD = 10.0, 2.0  # what suits most films: frames a second, and seconds that the last one stays


@dataclass(frozen=True)
class Frame:
    """What a frame shows: how many steps have been taken, and the scores at the points of a grid."""

    step: int
    scores: NDArray[np.float64]


class Film:
    """A film of training on points of the plane: a callback of `fit`, or filled by a loop of one's own.

    It begins with the network as it is when the film is made. Frames are evenly spaced; when there are too many,
    every other one is dropped, and from then on frames are taken half as often.

    `fit` in its compiled loop calls back only about ten times a second, so give it `compiled=False`: it then calls
    after each step. A notebook shows a film that is a cell's last line.

    Args:
        function: takes a point [x1, x2], and gives a score, above 0 for the second of two classes, or a score
            for each class, of which the highest wins: numbers or Values, such as a network gives.
        xs: n points to show.
        ys: their classes: 0, 1, 2, ..., or -1 and 1.
        every: number of steps from a frame to the next, 1 or more.
        most: number of frames to keep, 1 or more, besides the last.
        classes: what to call the classes, in their order.
        names: what to call the coordinates.
        loss: what to call the loss.
        resolution: points to evaluate along each side for each frame, 2 or more.

    Raises:
        TypeError: points or classes are something else.
        ValueError: there are no points, or one has more or fewer than 2 numbers; there is not one class for
            each point, or a class that is no such number; every or most is less than 1.

    Example:
        >>> import tempfile
        >>> from micrograd import MLP, fit
        >>> from micrograd.losses import squared_error
        >>> from micrograd.optim import SGD
        >>> xs, ys, model = [[0.0, 1.0], [1.0, 0.0]], [-1, 1], MLP(2, [1])
        >>> film = Film(model, xs, ys, every=5, resolution=8)
        >>> history = fit(lambda xs, ys: squared_error([model(x) for x in xs], ys), xs, ys, optimizer=SGD(lr=0.1),
        ...     steps=20, parameters=model, callback=film, compiled=False, progress=False)
        >>> len(film)
        5
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     film.save(f"{folder}/learning.gif")
    """

    def __init__(  # noqa: PLR0913  # each is a choice of its own
        self,
        function: Callable[[list[float]], Any],
        xs: Sequence[Sequence[float]],
        ys: Sequence[float],
        *,
        every: int = 1,
        most: int = 60,
        classes: Sequence[str] = (),
        names: tuple[str, str] = ("x1", "x2"),
        loss: str = "loss",
        resolution: int = 40,
    ) -> None:
        self.function, self.points = function, classed(xs, ys, ("xs", "ys"))
        check_names(self.points[1], classes)
        self.every, self.most = size(every, "every"), size(most, "most")
        self.classes, self.names, self.loss = classes, names, loss
        self.losses: list[float] = []
        self.sides = grid(self.points[0], resolution)
        self.frames = [self._frame()]
        self._run: History | None = None
        self._read = 0  # losses of this run that have been taken over

    def __len__(self) -> int:
        """Return the number of frames taken."""
        return len(self.frames)

    def __call__(self, state: State) -> None:
        """Take a frame where one is due; `fit` calls this after its steps."""
        if state.history is not self._run:
            self._run, self._read = state.history, 0
        self.losses += state.history.losses[self._read :]
        self._read = len(state.history.losses)
        self._take()

    def frame(self, loss: Any) -> None:  # noqa: ANN401  # a number or a Value
        """Take a frame where one is due; a loop of one's own calls this after each step.

        Args:
            loss: the loss of the step, a number or a Value.

        Example:
            >>> film = Film(lambda x: x[0] - x[1], [[0.0, 1.0]], [0], every=2, resolution=2)
            >>> for step in range(4):
            ...     film.frame(1.0 / (step + 1))
            >>> len(film)
            3
        """
        self.losses += losses([loss], "loss")
        self._take()

    def save(self, path: str | os.PathLike[str], *, fps: float = FPS, hold: float = HOLD) -> None:
        """Write the film to a GIF, whole or not at all; the last frame is that of the last step.

        Args:
            path: ends in .gif.
            fps: frames a second, from 0.1 to 50, the most that browsers show.
            hold: seconds that the last frame stays before the film begins again, up to 60.

        Raises:
            InputError: the file cannot be written, or its name has another ending.
            MissingExtraError: matplotlib is not installed.
            ValueError: fps or hold is out of its range.

        Warns:
            UserWarning: frames are missing, since `fit` did not call back often enough.
        """
        check_ending(path, [".gif"], "an animated GIF")
        _check(fps, hold)
        self._warn()
        with whole_file(path) as file:
            self._write(file, fps, hold)

    def _repr_html_(self) -> str:
        """Return the film as a notebook shows it: a picture that moves."""
        self._warn()
        file = BytesIO()
        self._write(file, FPS, HOLD)
        words = html.escape(f"training, step by step: the boundary beside the {self.loss}")
        data = base64.b64encode(file.getvalue()).decode("ascii")
        return f'<img alt="{words}" src="data:image/gif;base64,{data}">'

    def _write(self, file: BinaryIO, fps: float, hold: float) -> None:
        """Write the film as a GIF; the last frame is that of the last step."""
        shown = [*self.frames] if self.frames[-1].step == len(self.losses) else [*self.frames, self._frame()]
        quick, long = round(1000.0 / fps), round(1000.0 * max(hold, 1.0 / fps))
        write_gif(file, _pictures(self, shown), [quick] * (len(shown) - 1) + [long])

    def _frame(self) -> Frame:
        """Return the network as it is now."""
        return Frame(len(self.losses), scores(self.function, self.sides))

    def _take(self) -> None:
        """Take a frame if enough steps have gone by since the last one, and thin them out if they are too many."""
        if len(self.losses) - self.frames[-1].step < self.every:
            return
        self.frames.append(self._frame())
        if len(self.frames) > self.most:
            self.frames = self.frames[::2]
            self.every *= 2

    def _warn(self) -> None:
        """Say when steps between two frames were so many that some frames were never taken."""
        steps = [frame.step for frame in self.frames]
        if any(b - a >= 2 * self.every for a, b in pairwise(steps)):
            message = (
                f"the film has frames at steps {', '.join(map(str, steps[:5]))}, ..., not at every {self.every}: the "
                "compiled loop of fit calls back about ten times a second; fit(..., compiled=False) calls after each "
                "step"
            )
            warnings.warn(message, stacklevel=3)


def _check(fps: float, hold: float) -> None:
    """Refuse what no film can be written with."""
    if not (SLOWEST <= fps <= FASTEST and 0.0 <= hold <= LONGEST):
        message = (
            f"fps must be from {SLOWEST:g} to {FASTEST:g} frames a second and hold from 0 to {LONGEST:g} seconds; "
            f"got fps={fps!r}, hold={hold!r}"
        )
        raise ValueError(message)


def _pictures(film: Film, frames: Sequence[Frame]) -> Iterator[NDArray[np.uint8]]:
    """Yield the picture of each frame as red, green, blue; what stays the same is drawn and laid out once."""
    figure, plane, curve = _stage(film)
    canvas = require("matplotlib.backends.backend_agg", "plot").FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_layout_engine("none")  # where things are now they stay, so that nothing shakes
    for frame in frames:
        before = [{*ax.get_children()} for ax in (plane, curve)]
        _play(film, frame, plane, curve)
        canvas.draw()
        yield np.array(canvas.buffer_rgba())[..., :3]
        for ax, kept in zip((plane, curve), before, strict=True):
            for artist in [each for each in ax.get_children() if each not in kept]:
                artist.remove()


def _stage(film: Film) -> tuple[Figure, Axes, Axes]:
    """Return a figure with all that the frames have in common."""
    figure: Figure = require("matplotlib.figure", "plot").Figure(figsize=(8.4, 4.2), dpi=100, layout="constrained")
    plane, curve = figure.subplots(1, 2, width_ratios=[1.25, 1.0])
    samples(plane, film.points, ((), ()), film.classes)
    finish(plane, film.names, "step 0", ringed=False)
    plane.set(xlim=film.sides[0][[0, -1]], ylim=film.sides[1][[0, -1]])
    finite = {step: x for step, x in enumerate(film.losses, 1) if math.isfinite(x)}
    curve.plot(list(finite), list(finite.values()), alpha=0.0)  # makes room for the whole curve
    curve.set(xlabel="step", ylabel=film.loss, title=f"{film.loss} 0.000")
    curve.grid(alpha=0.3)
    scale(curve, list(finite.values()))
    return figure, plane, curve


def _play(film: Film, frame: Frame, plane: Axes, curve: Axes) -> None:
    """Draw what this frame alone shows."""
    regions(plane, film.sides, frame.scores)
    plane.set_title(f"step {frame.step}")
    losses = film.losses[: frame.step]
    draw_curve(curve, losses, 0)
    if losses and math.isfinite(losses[-1]):
        curve.plot([len(losses)], losses[-1:], "o", color=colour(0))
    curve.set_title(f"{film.loss} {losses[-1]:.3g}" if losses else film.loss)
