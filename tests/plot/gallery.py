"""Every picture of `micrograd.plot`, from small networks trained here with fixed seeds: `draw_all(folder)`."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrograd import MLP, fit, losses, plot, relu
from micrograd.data import Standardizer, moons
from micrograd.errors import MissingExtraError, require
from micrograd.optim import SGD, Adam
from micrograd.predictor import forward
from micrograd.schedules import linear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from micrograd import Value

    Rows = list[list[float]]

SEED = 1337
STEPS = 100  # of the moons, as in the published demo


def draw_all(folder: Path) -> list[Path]:
    """Return the files of all pictures, which are written into a folder that exists."""
    pictures = {
        "tangent": plot.tangent(lambda x: 3 * x**2 - 4 * x + 5, 3.0, h=1.0, title="f(x) = 3x² - 4x + 5"),
        "tangent-kink": plot.tangent(relu, 0.0, title="relu, where it has a kink"),
        "surface": hills(),
        **two_moons(folder / "moons.gif"),
        **untrained(),
        **digits(),
    }
    for name, ax in pictures.items():
        plot.save_figure(ax, folder / f"{name}.png")
    return [folder / "moons.gif", *(folder / f"{name}.png" for name in pictures)]


def two_moons(film_path: Path) -> dict[str, Axes]:
    """Return the pictures of the moons by name, and write the film of their training."""
    xs, classes = moons(100, noise=0.1, seed=1)
    ys = [2 * label - 1 for label in classes]
    model = MLP(2, [16, 16, 1], activation="relu", rng=random.Random(SEED))

    def loss(xs: Rows, ys: Sequence[float]) -> Value:
        value: Value = losses.hinge([model(x) for x in xs], ys) + losses.l2(model.parameters(), 1e-4)
        return value

    names = ("upper moon", "lower moon")
    film = plot.Film(lambda x: forward(model, [x])[0], xs, ys, every=2, classes=names)
    optimizer = SGD(lr=linear(1.0, 0.1))
    options: dict[str, Any] = {"parameters": model, "compiled": False, "progress": False}
    history = fit(loss, xs, ys, optimizer=optimizer, steps=STEPS, callback=film, **options)
    film.save(film_path)
    return {
        "loss-curve": plot.loss_curve(history.losses, name="max-margin loss", title="Learning two moons"),
        "decision-boundary": plot.decision_boundary(model, xs, ys, classes=names, title="Two moons, told apart"),
        "activation-histogram": plot.activation_histogram(model, xs, title="Two moons: activations of each layer"),
        "weights": plot.weights(model, names=("x1", "x2")),
        "weights-hidden": plot.weights(model, 1),
        "weights-last": plot.weights(model, -1),
    }


def hills() -> Axes:
    """Return the picture of a number learnt from points of the plane."""
    rng = random.Random(SEED)
    xs = [[rng.uniform(-2.0, 2.0), rng.uniform(-2.0, 2.0)] for _ in range(60)]
    ys = [x * x - y for x, y in xs]
    model = MLP(2, [12, 1], activation="tanh", last="linear", init="xavier", rng=rng)
    loss = losses.squared_error
    options: dict[str, Any] = {"parameters": model, "progress": False}
    fit(lambda xs, ys: loss([model(x) for x in xs], ys), xs, ys, optimizer=Adam(lr=0.05), steps=300, **options)
    return plot.surface(lambda x: forward(model, [x])[0][0], xs, ys, title="Learning x1² - x2 from 60 points")


def untrained() -> dict[str, Axes]:
    """Return the pictures of two deep networks at their start: weights too large for tanh, gradients of sigmoid."""
    xs, classes = moons(100, noise=0.1, seed=1)
    rows = Standardizer.fit(xs).transform(xs)
    large = MLP(2, [16, 16, 16, 1], rng=random.Random(SEED))
    deep = MLP(2, [16, 16, 16, 16, 1], activation="sigmoid", init="xavier", rng=random.Random(SEED))
    losses.squared_error([deep(x) for x in rows], classes).backward()
    return {
        "activation-histogram-tanh": plot.activation_histogram(large, rows, title="Weights too large for tanh"),
        "gradient-histogram": plot.gradient_histogram(deep, title="Gradients vanish in a deep network of sigmoids"),
    }


def digits() -> dict[str, Axes]:
    """Return the picture of what a layer learnt from handwritten digits; none without scikit-learn."""
    try:
        data = require("sklearn.datasets", "sklearn").load_digits()
    except MissingExtraError:
        return {}
    xs = (data.data[:600] / 16.0).tolist()
    ys = data.target[:600].tolist()
    model = MLP(64, [10], last="linear", init="kaiming", rng=random.Random(SEED))
    optimizer = Adam(lr=0.02)

    def loss(xs: Rows, ys: Sequence[int]) -> Value:
        value: Value = losses.cross_entropy([model(x) for x in xs], ys) + losses.l2(model.parameters(), 1e-3)
        return value

    fit(loss, xs, ys, optimizer=optimizer, epochs=8, batch_size=20, parameters=model, progress=False)
    title = "Weights of the ten neurons that tell digits apart"
    return {"weights-digits": plot.weights(model, shape=(8, 8), title=title)}


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    draw_all(target)
