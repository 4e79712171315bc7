"""Tests of the film of training: which frames are taken, and what reaches the file."""

from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from micrograd import MLP, History, fit, plot
from micrograd.errors import InputError
from micrograd.losses import squared_error
from micrograd.optim import SGD
from micrograd.plot.gif import write_gif

if TYPE_CHECKING:
    from pathlib import Path

image = pytest.importorskip("PIL.Image")

XS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
YS = [-1, 1, 1, -1]


def film(model: Any = None, **options: Any) -> plot.Film:  # noqa: ANN401  # what Film takes
    """Return a film of few points."""
    return plot.Film(model or (lambda x: x[0] - x[1]), XS, YS, resolution=4, **options)


def train(model: MLP, callback: Any, steps: int, *, compiled: bool = False) -> History:  # noqa: ANN401  # a film
    """Train a network on four points."""
    return fit(
        lambda xs, ys: squared_error([model(x) for x in xs], ys),
        XS,
        YS,
        optimizer=SGD(lr=0.1),
        steps=steps,
        callback=callback,
        parameters=model,
        compiled=compiled,
        progress=False,
    )


def steps(of: plot.Film) -> list[int]:
    """Return the step of each frame."""
    return [frame.step for frame in of.frames]


def test_fit_fills_a_film() -> None:
    """There is a frame before training and one after every few steps, each of its own network; losses are all there."""
    model = MLP(2, [3, 1], rng=random.Random(1))
    taken = film(model, every=4)
    history = train(model, taken, 10)
    assert steps(taken) == [0, 4, 8]
    assert taken.losses == history.losses
    assert len({frame.scores.tobytes() for frame in taken.frames}) == 3


def test_training_can_go_on() -> None:
    """A second run continues the film of the first."""
    model = MLP(2, [3, 1], rng=random.Random(1))
    taken = film(model, every=4)
    losses = [loss for _ in range(2) for loss in train(model, taken, 6).losses]
    assert steps(taken) == [0, 4, 8, 12]
    assert taken.losses == losses


def test_a_loop_of_ones_own_fills_a_film() -> None:
    """It hands over its losses, numbers or Values."""
    model = MLP(2, [3, 1], rng=random.Random(1))
    taken = film(model, every=2)
    for _ in range(4):
        taken.frame(squared_error([model(x) for x in XS], YS))
    taken.frame(0.5)
    assert steps(taken) == [0, 2, 4]
    assert taken.losses[-1] == 0.5
    assert len(taken) == 3


def test_a_long_film_is_thinned_out_evenly() -> None:
    """There are never more frames than asked for, always at equal distances, from the first step on."""
    taken = film(most=5)
    for step in range(1, 101):
        taken.frame(1.0 / step)
        assert len(taken) <= 5
        assert len({b - a for a, b in zip(steps(taken), steps(taken)[1:], strict=False)}) == 1
    assert steps(taken) == [0, 32, 64, 96]


def test_a_film_is_an_animated_gif(tmp_path: Path) -> None:
    """It ends with the last step, which stays longer, and begins again."""
    model = MLP(2, [3, 1], rng=random.Random(1))
    taken = film(model, every=4)
    train(model, taken, 10)
    taken.save(tmp_path / "film.gif", fps=5.0, hold=1.5)
    with image.open(tmp_path / "film.gif") as gif:
        durations = []
        for i in range(gif.n_frames):
            gif.seek(i)
            durations.append(gif.info["duration"])
        assert durations == [200, 200, 200, 1500]
        assert gif.info["loop"] == 0
        assert gif.convert("RGB").getpixel((1, 1)) == (255, 255, 255)
    assert [path.name for path in tmp_path.iterdir()] == ["film.gif"]


def test_a_frame_shows_nothing_of_the_others(tmp_path: Path) -> None:
    """Where the whole plane changes sides and back, the last frame is as the first but for the loss, which goes on."""
    scores = iter([1.0, -1.0, 1.0])
    current = [next(scores)]
    taken = film(lambda _: current[0])
    for score in scores:
        current[0] = score
        taken.frame(2.0 + score)
    taken.save(tmp_path / "film.gif")
    with image.open(tmp_path / "film.gif") as gif:
        frames = []
        for i in range(3):
            gif.seek(i)
            frames.append(np.asarray(gif.convert("RGB")))
    half = frames[0].shape[1] // 2
    planes, curves = [each[40:-100, :half] for each in frames], [each[:, -300:] for each in frames]
    assert (planes[0] == planes[2]).all()
    assert (planes[0] != planes[1]).any(axis=2).mean() > 0.5
    assert (curves[1] != curves[2]).any()


def test_a_notebook_shows_a_film(tmp_path: Path) -> None:
    """It is the picture that a file would hold."""
    taken = film(loss='a "loss"')
    taken.frame(1.0)
    taken.save(tmp_path / "film.gif")
    head, _, data = taken._repr_html_().partition("base64,")
    assert head == '<img alt="training, step by step: the boundary beside the a &quot;loss&quot;" src="data:image/gif;'
    assert base64.b64decode(data.removesuffix('">')) == (tmp_path / "film.gif").read_bytes()


@pytest.mark.parametrize("losses", [[], [1.0], [float("nan"), float("inf")], [2.0, 0.0], [100.0, 1.0, float("inf")]])
def test_any_losses_can_be_filmed(losses: list[float], tmp_path: Path) -> None:
    """None at all, and such as are not finite."""
    taken = film()
    for loss in losses:
        taken.frame(loss)
    taken.save(tmp_path / "film.gif")
    assert (tmp_path / "film.gif").read_bytes().startswith(b"GIF89a")


def test_the_compiled_loop_is_warned_of(tmp_path: Path) -> None:
    """It calls back too rarely for a film, and the warning says what to do."""
    pytest.importorskip("llvmlite")
    model = MLP(2, [3, 1], rng=random.Random(1))
    taken = film(model)
    train(model, taken, 2000, compiled=True)
    with pytest.warns(UserWarning, match="compiled=False"):
        taken.save(tmp_path / "film.gif")


def test_what_cannot_be_filmed_is_refused(tmp_path: Path) -> None:
    """Each error says what is wrong; where it stands, no file is left."""
    taken = film()
    with pytest.raises(InputError, match=r"'film.mp4': expected the name of an animated GIF, which ends in .gif"):
        taken.save("film.mp4")
    for wrong in ({"fps": 0.0}, {"fps": 51.0}, {"hold": -1.0}, {"hold": 61.0}):
        with pytest.raises(ValueError, match=r"fps must be from 0.1 to 50"):
            taken.save(tmp_path / "film.gif", **wrong)
    with pytest.raises(InputError, match="cannot be written"):
        taken.save(tmp_path / "no" / "film.gif")
    with pytest.raises(ValueError, match="every must be a whole number, 1 or more"):
        film(every=0)
    with pytest.raises(ValueError, match="most must be a whole number, 1 or more"):
        film(most=0)
    with pytest.raises(ValueError, match="no points"):
        plot.Film(lambda x: x[0], [], [])
    with pytest.raises(ValueError, match="ys must have one class for each point of xs; got 3 for 4 points"):
        plot.Film(lambda x: x[0], XS, YS[:-1])
    with pytest.raises(ValueError, match="classes must name each of the 2 classes"):
        film(classes=["only one"])
    with pytest.raises(TypeError, match="loss must be numbers"):
        taken.frame("0.5")
    assert not [*tmp_path.iterdir()]


def test_frequent_colours_are_exact(tmp_path: Path) -> None:
    """Of more colours than a GIF has, the frequent ones come back as they are, and rare ones nearly."""
    rng = np.random.default_rng(1)
    picture = np.full((64, 64, 3), (250, 128, 7), dtype=np.uint8)
    picture[:20] = rng.integers(0, 256, (20, 64, 3))
    with (tmp_path / "two.gif").open("wb") as file:
        write_gif(file, [picture, picture[::-1]], [100, 100])
    with image.open(tmp_path / "two.gif") as gif:
        first = np.asarray(gif.convert("RGB"))
        gif.seek(1)
        second = np.asarray(gif.convert("RGB"))
    assert (first[20:] == (250, 128, 7)).all()
    assert (second == first[::-1]).all()
    assert np.abs(first[:20].astype(int) - picture[:20]).mean() < 40.0  # at random it would be twice as much
