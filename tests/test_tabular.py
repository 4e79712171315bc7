"""Tests of the whole job: from a table to a model, its quality, its pictures, and predictions."""

from __future__ import annotations

import csv
import os
import random
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from micrograd import io, losses, tabular
from micrograd.data import Standardizer, blobs, moons
from micrograd.errors import InputError, MissingExtraError
from micrograd.options import OPTIMIZERS, Options
from micrograd.tabular import train
from micrograd.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from micrograd.train import State

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
COLOURS = ("red", "green, dark", "blau")


def write(path: Path, names: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """Write a table and return its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path


def cells(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table by the names of its columns."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def clouds(tmp_path: Path) -> Path:
    """Return a table of points in three clouds, in units of very different size."""
    xs, ys = blobs(60, noise=0.15)
    rows = [[1e6 * a, 1e-3 * b + 7.0, COLOURS[y]] for (a, b), y in zip(xs, ys, strict=True)]
    return write(tmp_path / "clouds.csv", ["width", "depth", "colour"], rows)


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    """Return a table of prices that follow from size and town, with a column that says nothing."""
    rng = random.Random(0)
    rows = []
    for i in range(60):
        size, town = rng.uniform(30.0, 90.0), rng.choice(("Bonn", "Ulm"))
        rows.append([i, f"{size:.1f}", town, 3000.0 * size + (50000.0 if town == "Ulm" else 0.0)])
    return write(tmp_path / "prices.csv", ["id", "size", "town", "price"], rows)


def quick(folder: Path, target: str) -> Options:
    """Return options for a small network that learns the tables here soon."""
    out = folder / "model.json"
    return Options(target, hidden=(6,), epochs=25, batch_size=8, lr=0.05, out=out, pictures=False, progress=False)


def silent(_: str) -> None:
    """Say nothing."""


def files_in(folder: Path) -> list[str]:
    """Return the names of all files in a folder but tables."""
    return sorted(name for name in os.listdir(folder) if not name.endswith(".csv"))  # noqa: PTH208  # hidden ones too


def test_it_learns_classes(clouds: Path, tmp_path: Path) -> None:
    """Clouds of points are told apart, and the report says how well, class by class."""
    said: list[str] = []
    outcome = train(clouds, quick(tmp_path, "colour"), said.append)
    assert outcome.score >= 0.9
    text = "\n".join(said)
    assert outcome.report in text
    assert "60 rows; colour is one of 3 classes, told from 2 columns" in text
    assert "48 rows to train on, 12 held out" in text
    assert "quality on the 12 held-out rows" in text
    assert all(name in outcome.report for name in COLOURS)
    assert outcome.predictor.network.sz == [2, 6, 3]
    assert [outcome.watch.ys[1].count(index) for index in range(3)] == [4, 4, 4]


def test_it_learns_two_classes(tmp_path: Path) -> None:
    """Two classes need one output only."""
    xs, ys = moons(60, noise=0.05)
    table = write(tmp_path / "moons.csv", ["a", "b", "side"], [[*x, y] for x, y in zip(xs, ys, strict=True)])
    outcome = train(table, replace(quick(tmp_path, "side"), epochs=40), silent)
    assert outcome.score >= 0.8
    assert outcome.predictor.network.sz == [2, 6, 1]
    assert outcome.predictor.encoder.classes == ("0", "1")


def test_it_learns_numbers(prices: Path, tmp_path: Path) -> None:
    """Prices are predicted in their own units, from numbers and categories; an id is left out."""
    options = replace(quick(tmp_path, "price"), drop=("id",), l2=0.0)
    outcome = train(prices, options, silent)
    assert outcome.score > 0.95
    assert outcome.report.startswith(f"R² {outcome.score:.3f}")
    assert [*outcome.predictor.encoder.input_names] == ["size", "town=Bonn", "town=Ulm"]
    text = tabular.predict(options.out, prices).splitlines()
    assert text[0] == "prediction"
    actual = [float(row["price"]) for row in cells(prices)]
    errors = [abs(float(p) - y) for p, y in zip(text[1:], actual, strict=True)]
    assert sum(errors) / len(errors) < 20000.0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_learns(name: str, clouds: Path, tmp_path: Path) -> None:
    """Each makes the loss smaller."""
    outcome = train(clouds, replace(quick(tmp_path, "colour"), optimizer=name, epochs=10), silent)
    first, *_, last = outcome.watch.losses[0]
    assert last < 0.7 * first
    assert outcome.history.rates[0] == 0.05
    assert outcome.history.rates[-1] < 0.001


def test_a_model_without_hidden_layers_is_linear(clouds: Path, tmp_path: Path) -> None:
    """That is a choice too, and so is an activation."""
    outcome = train(clouds, replace(quick(tmp_path, "colour"), hidden=(), epochs=5), silent)
    assert outcome.predictor.network.sz == [2, 3]
    outcome = train(clouds, replace(quick(tmp_path, "colour"), activation="relu", epochs=1), silent)
    assert [layer.neurons[0].activation for layer in outcome.predictor.network.layers] == ["relu", "linear"]


def test_the_same_seed_gives_the_same_model(clouds: Path, tmp_path: Path) -> None:
    """To the last byte; another seed gives another one."""
    options = replace(quick(tmp_path, "colour"), epochs=2)
    contents = []
    for seed in (3, 3, 4):
        train(clouds, replace(options, seed=seed), silent)
        contents.append(options.out.read_bytes())
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


def test_held_out_rows_have_no_influence(tmp_path: Path) -> None:
    """Whatever stands in them, the model is the same: they serve the report alone."""
    rng = random.Random(1)
    rows = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(30)]
    targets = [a - 2 * b for a, b in rows]
    options = replace(quick(tmp_path, "y"), epochs=4, kind="number")
    before = train(
        write(tmp_path / "a.csv", "aby", [[*x, y] for x, y in zip(rows, targets, strict=True)]), options, silent
    )
    held_out = before.watch.xs[1]
    spoilt = [
        [*x, y] if before.predictor.inputs.transform([x])[0] not in held_out else [99.0, -99.0, 1e6 * y]
        for x, y in zip(rows, targets, strict=True)
    ]
    assert sum(row[0] == 99.0 for row in spoilt) == 6
    after = train(write(tmp_path / "b.csv", "aby", spoilt), options, silent)
    assert after.predictor.to_dict() == before.predictor.to_dict()
    assert after.score < before.score


def test_scales_are_those_of_the_training_rows(prices: Path, tmp_path: Path) -> None:
    """Means and deviations are learnt from the rows that are trained on."""
    outcome = train(prices, replace(quick(tmp_path, "price"), epochs=1), silent)
    xs = outcome.watch.xs[0]
    again = Standardizer.fit(xs)
    assert again.mean == pytest.approx([0.0] * len(again.mean), abs=1e-9)
    assert again.scale == pytest.approx([1.0] * len(again.scale))
    assert Standardizer.fit([[y] for y in outcome.watch.ys[0]]).scale == pytest.approx([1.0])


@pytest.mark.parametrize("name", ["model.json", "deep.name.npz"])
def test_a_model_file_predicts_what_the_model_did(name: str, clouds: Path, tmp_path: Path) -> None:
    """Prediction needs nothing but the file, in either format."""
    options = replace(quick(tmp_path, "colour"), epochs=3, out=tmp_path / name)
    outcome = train(clouds, options, silent)
    loaded = io.load(options.out)
    assert loaded.to_dict() == outcome.predictor.to_dict()
    assert loaded.outputs([[1e6, 7.0]]) == outcome.predictor.outputs([[1e6, 7.0]])


def test_predictions_are_a_table(clouds: Path, tmp_path: Path) -> None:
    """A class with its probability a row, in the order of the rows; names with commas are quoted."""
    options = quick(tmp_path, "colour")
    train(clouds, options, silent)
    rows = list(csv.reader(tabular.predict(options.out, clouds).splitlines()))
    assert rows[0] == ["prediction", "probability"]
    actual = [row["colour"] for row in cells(clouds)]
    right = sum(name == y for (name, _), y in zip(rows[1:], actual, strict=True))
    assert right >= 0.9 * len(actual)
    assert all(1 / 3 <= float(probability) <= 1.0 for _, probability in rows[1:])


def test_the_target_may_be_absent_and_columns_elsewhere(clouds: Path, tmp_path: Path) -> None:
    """Prediction goes by the names of the columns."""
    options = replace(quick(tmp_path, "colour"), epochs=2)
    train(clouds, options, silent)
    rows = [[row["depth"], "?", row["width"]] for row in cells(clouds)]
    bare = write(tmp_path / "bare.csv", ["depth", "other", "width"], rows)
    assert tabular.predict(options.out, bare) == tabular.predict(options.out, clouds)


def test_pictures_are_drawn(clouds: Path, prices: Path, tmp_path: Path) -> None:
    """The loss always, and the plane where the inputs are two numbers."""
    pytest.importorskip("matplotlib")
    options = replace(quick(tmp_path, "colour"), epochs=2, pictures=True)
    outcome = train(clouds, options, silent)
    assert [path.name for path in outcome.files] == ["model.json", "model-loss.png", "model-boundary.png"]
    (tmp_path / "p").mkdir()
    number = replace(options, target="price", out=tmp_path / "p" / "m.npz")
    train(prices, replace(number, drop=("town",)), silent)
    assert files_in(tmp_path / "p") == ["m-loss.png", "m-surface.png", "m.npz"]
    assert train(prices, replace(number, drop=("id",)), silent).files[1:] == [tmp_path / "p" / "m-loss.png"]
    assert all(path.read_bytes().startswith(PNG_MAGIC) for path in tmp_path.rglob("*.png"))


def test_pictures_bear_any_name(tmp_path: Path) -> None:
    """Names that matplotlib would take for formulas, or for nothing, or has no letters for."""
    pytest.importorskip("matplotlib")
    rows = [[i, i % 5, ("$x$", "_y", "東", r"$\\frac{$")[i % 4]] for i in range(16)]
    table = write(tmp_path / "odd.csv", ["a $", "$b_{$", "$c^{$"], rows)
    options = replace(quick(tmp_path, "$c^{$"), epochs=1, pictures=True)
    assert len(train(table, options, silent).files) == 3
    assert len(train(table, replace(options, target="a $", drop=("$c^{$",), hidden=()), silent).files) == 2
    assert train(table, replace(options, target="a $", kind="number"), silent).files


def interrupt_after(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Ctrl-C come after so many epochs."""
    after_step = Watch.after_step

    def interrupted(watch: Watch, state: State) -> None:
        if state.epoch > epochs:
            raise KeyboardInterrupt
        after_step(watch, state)

    monkeypatch.setattr(Watch, "after_step", interrupted)


def test_ctrl_c_keeps_the_best_so_far(clouds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was learnt until then is judged and written."""
    interrupt_after(3, monkeypatch)
    said: list[str] = []
    outcome = train(clouds, quick(tmp_path, "colour"), said.append)
    assert outcome.history.interrupted
    assert "stopped by Ctrl-C after 3 of 25 epochs" in "\n".join(said)
    assert io.load(tmp_path / "model.json").to_dict() == outcome.predictor.to_dict()


def test_ctrl_c_before_anything_is_learnt_writes_nothing(
    clouds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random weights are no model."""
    interrupt_after(0, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(clouds, quick(tmp_path, "colour"), silent)
    assert files_in(tmp_path) == []


def test_training_that_diverges_at_once_is_told(prices: Path, tmp_path: Path) -> None:
    """Nothing is written, and the remedy is a smaller rate."""
    options = replace(quick(tmp_path, "price"), lr=1e300, optimizer="sgd")
    with pytest.raises(InputError, match="try a smaller --lr than 1e"):
        train(prices, options, silent)
    assert files_in(tmp_path) == []


def test_training_that_diverges_later_keeps_the_best(prices: Path, tmp_path: Path) -> None:
    """The epochs before are not lost, and it is said why there are no more."""
    said: list[str] = []
    options = replace(quick(tmp_path, "price"), lr=2.0, optimizer="sgd", hidden=(), l2=0.0, epochs=300)
    outcome = train(prices, options, said.append)
    assert outcome.history.diverged
    best = outcome.watch.best_epoch
    answers = [number for (number,) in outcome.predictor.outputs(outcome.watch.parts[0].rows)]
    kept = losses.squared_error(answers, outcome.watch.ys[0], reduction="mean")
    assert kept == pytest.approx(outcome.watch.losses[0][best - 1])
    assert kept < outcome.watch.losses[0][-1]
    assert "since the loss grew beyond all bounds" in "\n".join(said)
    assert files_in(tmp_path) == ["model.json"]


def test_a_missing_matplotlib_is_found_out_first(clouds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the extra and the way without; without pictures all goes well."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    options = replace(quick(tmp_path, "colour"), epochs=1, pictures=True)
    with pytest.raises(MissingExtraError, match=r"micrograd\[plot\].*--no-plot"):
        train(clouds, options, silent)
    assert files_in(tmp_path) == []
    train(clouds, replace(options, pictures=False), silent)
    assert files_in(tmp_path) == ["model.json"]


@pytest.mark.parametrize("blocked", ["model.json", "model-loss.png", "model-boundary.png"])
def test_a_place_that_is_taken_is_found_out_first(
    blocked: str, clouds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file that will be written is checked before any training."""
    pytest.importorskip("matplotlib")
    (tmp_path / blocked).mkdir()
    monkeypatch.setattr(tabular, "fit", lambda *_, **__: pytest.fail("it trained"))
    with pytest.raises(InputError, match="got a folder"):
        train(clouds, replace(quick(tmp_path, "colour"), pictures=True), silent)
    assert files_in(tmp_path) == [blocked]


def test_a_write_that_fails_leaves_the_old_model(clouds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up in the end costs the new model, not the old one."""
    (tmp_path / "model.json").write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        train(clouds, replace(quick(tmp_path, "colour"), epochs=1), silent)
    assert (tmp_path / "model.json").read_text() == "old"
    assert files_in(tmp_path) == ["model.json"]


def test_iris_is_learnt(tmp_path: Path) -> None:
    """A real table of scikit-learn, in much less time than the defaults take."""
    datasets = pytest.importorskip("sklearn.datasets")
    iris = datasets.load_iris()
    rows = [[*x, iris.target_names[y]] for x, y in zip(iris.data.tolist(), iris.target, strict=True)]
    table = write(tmp_path / "iris.csv", [*iris.feature_names, "species"], rows)
    options = replace(quick(tmp_path, "species"), epochs=15, batch_size=16, lr=0.03, hidden=(8,))
    assert train(table, options, silent).score >= 0.9
