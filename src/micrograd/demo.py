"""The demo: the lecture's four points, two moons and a real table, and what the classic engine would take."""

from __future__ import annotations

import csv
import io
import random
import time
from typing import TYPE_CHECKING, Any

from micrograd import losses, plot, tabular
from micrograd.classic import Network, Node, step_seconds
from micrograd.errors import InputError, require
from micrograd.files import check_writable, whole_file
from micrograd.nn import MLP
from micrograd.optim import SGD
from micrograd.options import Options
from micrograd.predictor import forward
from micrograd.quality import accuracy
from micrograd.schedules import linear
from micrograd.train import fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from micrograd.engine import Value
    from micrograd.train import History

    Say = Callable[[str], object]
    Row = list[float]

__all__ = ["run"]

POINTS = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
TARGETS = [1.0, -1.0, -1.0, 1.0]
SEED = 1337  # that of the published demo
PENALTY = 1e-4
MOON_STEPS = 100  # as there
TABLE_EPOCHS = 20  # enough for this table, and soon done without a compiler too
MEASURED = 3  # steps of the classic engine


def run(folder: Path, say: Say = print, progress: bool | None = None) -> None:  # noqa: FBT001  # three states
    """Train three networks, say how it goes, and write pictures, a table and a model into a folder.

    Args:
        folder: where to write; it is made if it is not there.
        say: takes each line that tells a person how it goes.
        progress: whether to show bars; None shows them on a terminal only.

    Raises:
        InputError: the folder cannot be made or written to.
        MissingExtraError: matplotlib or scikit-learn is not installed.
    """
    start = time.perf_counter()
    require("matplotlib", "plot")
    datasets = require("sklearn.datasets", "sklearn")
    _make(folder)
    four_points(folder, say, progress)
    two_moons(folder, datasets, say, progress)
    real_table(folder, datasets, say, progress)
    say(f"\nAll of it took {time.perf_counter() - start:.0f} s. The pictures are in {folder}.")


def four_points(folder: Path, say: Say, progress: bool | None) -> None:  # noqa: FBT001  # three states
    """Train on the four points of the lecture."""
    network = MLP(3, [4, 4, 1], rng=random.Random(SEED))
    say(f"1. The lecture's four points: {network}, squared error")

    def loss(xs: Sequence[Row], ys: Sequence[float]) -> Value:
        value: Value = losses.squared_error([network(x) for x in xs], ys)
        return value

    settings: dict[str, Any] = {"progress": progress, "parameters": network, "compiled": False}  # the engines are shown
    history = fit(loss, POINTS, TARGETS, optimizer=SGD(lr=0.1), steps=50, **settings)
    _say_losses(history, say)
    for x, y in zip(POINTS, TARGETS, strict=True):
        say(f"   {x!s:16}  target {y:4}  prediction {network(x).data:6.3f}")
    curve = plot.loss_curve(history.losses, name="squared error", title="Learning the four points")
    plot.save_figure(curve, folder / "four-points-loss.png")
    _compare(history, network, _classic_squares, say)


def two_moons(folder: Path, datasets: Any, say: Say, progress: bool | None) -> None:  # noqa: ANN401, FBT001  # a module
    """Train on the moons of the published library's demo, with its seed, loss and rates."""
    points, labels = datasets.make_moons(n_samples=100, noise=0.1, random_state=SEED)
    xs, ys = points.tolist(), (labels * 2 - 1).tolist()
    network = MLP(2, [16, 16, 1], activation="relu", rng=random.Random(SEED))
    parameters = network.parameters()
    say(f"\n2. Two moons, 100 points: {network}, max-margin loss")

    def loss(xs: Sequence[Row], ys: Sequence[float]) -> Value:
        value: Value = losses.hinge([network(x) for x in xs], ys)
        return value + losses.l2(parameters, PENALTY)

    optimizer = SGD(lr=linear(1.0, 0.1))
    settings: dict[str, Any] = {"progress": progress, "parameters": network, "compiled": False}  # as above
    history = fit(loss, xs, ys, optimizer=optimizer, steps=MOON_STEPS, **settings)
    _say_losses(history, say)
    sides = [1 if score > 0.0 else -1 for (score,) in forward(network, xs)]
    say(f"   accuracy {accuracy(sides, ys):.0%} on the points it was trained on")
    curve = plot.loss_curve(history.losses, name="max-margin loss and penalty", title="Learning two moons")
    plot.save_figure(curve, folder / "moons-loss.png")
    moons = plot.decision_boundary(
        lambda x: forward(network, [x])[0],
        xs,
        ys,
        classes=("upper moon", "lower moon"),
        title="Two moons, as the network sees them",
    )
    plot.save_figure(moons, folder / "moons-boundary.png")
    _compare(history, network, lambda copy: _classic_margins(copy, xs, ys), say)


def real_table(folder: Path, datasets: Any, say: Say, progress: bool | None) -> None:  # noqa: ANN401, FBT001  # a module
    """Train on measurements of tumours, in the way of `micrograd train`."""
    data = datasets.load_breast_cancer()
    table = folder / "breast-cancer.csv"
    _write_table(table, [*data.feature_names, "diagnosis"], data.data.tolist(), data.target_names[data.target])
    model = folder / "breast-cancer.json"
    say(f"\n3. A real table: micrograd train {table} --target diagnosis --epochs {TABLE_EPOCHS} --out {model}")
    options = Options(target="diagnosis", epochs=TABLE_EPOCHS, out=model, progress=progress)
    outcome = tabular.train(table, options, lambda lines: say(f"   {lines}".replace("\n", "\n   ")))
    if outcome.history.interrupted:
        raise KeyboardInterrupt
    xs, ys = (column[0][: options.batch_size] for column in (outcome.watch.xs, outcome.watch.ys))
    strength = outcome.watch.l2
    _compare(
        outcome.history,
        outcome.predictor.network,
        lambda copy: _classic_entropy(copy, xs, ys, strength),
        say,
    )


def _make(folder: Path) -> None:
    """Make the folder, and find out whether it can be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder}: expected a folder to write to, got: {error.strerror}; choose another with --out"
        raise InputError(message) from error
    check_writable(folder / "breast-cancer.csv")


def _say_losses(history: History, say: Say) -> None:
    """Say the loss of the first step, of some, and of the last; after Ctrl-C, go no further."""
    if history.interrupted:
        raise KeyboardInterrupt
    steps = len(history)
    for i in (*range(0, steps - 1, steps // 5), steps - 1):
        say(f"   step {i:3}  loss {history.losses[i]:.6f}")


def _write_table(path: Path, names: Sequence[str], rows: Sequence[Row], targets: Sequence[str]) -> None:
    """Write a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *([*x, y] for x, y in zip(rows, targets, strict=True))])
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


def _compare(history: History, network: MLP, loss: Callable[[Network], Node], say: Say) -> None:
    """Say how long training took, and how long it would have taken in the classic engine."""
    steps, seconds = len(history), history.times[-1]
    each = step_seconds(Network(network), loss, MEASURED)
    say(
        f"   measured: {steps} steps in {_duration(seconds)} here; the classic engine, over {MEASURED} steps, "
        f"{_duration(each)} a step\n   extrapolated: {steps} steps of the classic engine, {_duration(each * steps)}: "
        f"{each * steps / seconds:.0f} times as long"
    )


def _duration(seconds: float) -> str:
    """Return a time to two or three digits."""
    return f"{1000.0 * seconds:.2g} ms" if seconds < 0.1 else f"{seconds:.1f} s"  # noqa: PLR2004  # 100 ms


def _classic_squares(copy: Network) -> Node:
    """Return the loss of the four points in the classic engine."""
    errors = [copy(x)[0] + -y for x, y in zip(POINTS, TARGETS, strict=True)]
    return _total([error * error for error in errors])


def _classic_margins(copy: Network, xs: Sequence[Row], ys: Sequence[int]) -> Node:
    """Return the loss of the moons in the classic engine."""
    margins = [(copy(x)[0] * -y + 1.0).relu() for x, y in zip(xs, ys, strict=True)]
    return _total(margins) * (1.0 / len(ys)) + _classic_penalty(copy, PENALTY)


def _classic_entropy(copy: Network, xs: Sequence[Row], ys: Sequence[Any], strength: float) -> Node:
    """Return the loss of a batch of the table in the classic engine."""
    logits = [copy(x)[0] for x in xs]
    terms = [z.softplus() + z * -y for z, y in zip(logits, ys, strict=True)]
    return _total(terms) * (1.0 / len(ys)) + _classic_penalty(copy, strength)


def _classic_penalty(copy: Network, strength: float) -> Node:
    """Return the penalty on all parameters in the classic engine."""
    return _total([p * p for p in copy.parameters()]) * strength


def _total(nodes: Sequence[Node]) -> Node:
    """Return the sum of nodes, added up one after the other."""
    return sum(nodes[1:], nodes[0])
