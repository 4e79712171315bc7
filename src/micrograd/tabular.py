"""The job of the command line: train a network on a table, and predict the rows of another."""

from __future__ import annotations

import csv
import io
import os
import random
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micrograd import plot
from micrograd.data import Standardizer, train_test_split
from micrograd.encoder import Encoder
from micrograd.errors import InputError, MissingExtraError, NonFiniteWarning, require
from micrograd.files import check_writable
from micrograd.io import check_model_name, load, save
from micrograd.nn import MLP
from micrograd.options import OPTIMIZERS
from micrograd.predictor import TWO_CLASSES, Predictor, likeliest
from micrograd.quality import class_report, number_report
from micrograd.schedules import cosine
from micrograd.table import read_csv
from micrograd.train import fit
from micrograd.watch import Part, Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes

    from micrograd.options import Options
    from micrograd.table import Table
    from micrograd.train import History

__all__ = ["Outcome", "predict", "train"]

ONE_SIDED = {"relu", "leaky_relu", "gelu", "softplus"}  # they let about half of a signal through
PLANE = 2  # model and loss; a third file shows the plane


@dataclass(frozen=True)
class Outcome:
    """What training on a table gave.

    Attributes:
        predictor: the trained model.
        score: accuracy, or R², on the held-out rows.
        report: the quality on the held-out rows, in lines for a person.
        watch: losses and scores after each epoch, and which epoch the model is from.
        history: loss with penalty, rate and time of each step, and whether Ctrl-C ended the training.
        files: what was written.
    """

    predictor: Predictor
    score: float
    report: str
    watch: Watch
    history: History
    files: list[Path]


def train(source: str | os.PathLike[str], options: Options, say: Callable[[str], object] = print) -> Outcome:
    """Return what came of training a network on a table; the model and its pictures are written to files.

    The held-out rows serve the report and the curve, and nothing else: not the means, not when to stop, not
    what to keep. Ctrl-C ends the training, and what was best until then is judged and written.

    Args:
        source: a CSV file.
        options: what to predict, and how.
        say: takes each line that tells a person how it goes.

    Raises:
        InputError: the table, the options or the place to write to cannot be used, which is found out before
            training; or the loss grew beyond all bounds in the first epoch.
        MissingExtraError: there are pictures to draw, and matplotlib is not installed.
        KeyboardInterrupt: Ctrl-C came before the end of the first epoch, so there is nothing to keep.
    """
    check_model_name(options.out)
    table = read_csv(source)
    encoder = Encoder.fit(table, options.target, kind=options.kind, categories=options.categories, drop=options.drop)
    files = _files(options, encoder)
    if os.path.realpath(source) in map(os.path.realpath, files):
        message = f"{source}: the model would replace the table that it learns from; choose another name"
        raise InputError(message)
    _check_matplotlib(options)
    learnt, held_out = _split(table, encoder, options)
    model = _untrained(encoder, learnt, options)
    say(_beginning(table, model, learnt, held_out))
    watch = Watch(model, learnt, held_out, _penalty(model, options))
    history = _run(watch, options)
    say(_ending(watch, history, options))
    report = _report(model, held_out)
    say(f"quality on the {len(held_out.rows)} held-out rows:\n  {report}")
    save(model, options.out)
    if options.pictures:
        _draw(files, watch)
    say(f"wrote {', '.join(map(str, files))}")
    return Outcome(model, watch.scores[1][watch.best_epoch - 1], report, watch, history, files)


def predict(model: str | os.PathLike[str], source: str | os.PathLike[str]) -> str:
    """Return the predictions for the rows of a table as CSV: a class and its probability, or a number.

    Args:
        model: a model file.
        source: a CSV file with the columns that the model was trained on; the target may be there or not.

    Raises:
        InputError: one of the files cannot be read, or the table has not the columns and levels of the model.
    """
    predictor = load(model)
    answers = predictor.predict(read_csv(source))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["prediction"] if predictor.encoder.classes is None else ["prediction", "probability"])
    for answer in answers:
        writer.writerow([answer] if isinstance(answer, float) else [answer[0], f"{answer[1]:.4f}"])
    return text.getvalue()


def _check_matplotlib(options: Options) -> None:
    """Find out whether pictures can be drawn, before the work that they are to show."""
    if not options.pictures:
        return
    try:
        require("matplotlib", "plot")
    except MissingExtraError as error:
        message = f"{error}, or leave out the pictures with --no-plot"
        raise MissingExtraError(message) from error


def _files(options: Options, encoder: Encoder) -> list[Path]:
    """Return the files to write: the model, the loss, and the plane if the model sees one; all can be written."""
    kinds = ["loss"] if options.pictures else []
    if kinds and _is_plane(encoder):
        kinds.append("surface" if encoder.classes is None else "boundary")
    files = [options.out, *[options.out.with_name(f"{options.out.stem}-{kind}.png") for kind in kinds]]
    for file in files:
        check_writable(file)
    return files


def _is_plane(encoder: Encoder) -> bool:
    """Return whether the inputs are two numbers."""
    return [feature.levels for feature in encoder.features] == [None, None]


def _split(table: Table, encoder: Encoder, options: Options) -> tuple[Part, Part]:
    """Return the rows to train on and those to hold out, each with its share of every class."""
    rows, targets = encoder.inputs(table), encoder.targets(table)
    classes = None if encoder.classes is None else targets
    parts = train_test_split(rows, targets, test=options.test, seed=options.seed, stratify=classes)
    return Part(parts[0], parts[2]), Part(parts[1], parts[3])


def _untrained(encoder: Encoder, learnt: Part, options: Options) -> Predictor:
    """Return the model before training: random weights, and means and scales of the training rows."""
    classes = len(encoder.classes or ())
    network = MLP(
        len(encoder.input_names),
        [*options.hidden, classes if classes > TWO_CLASSES else 1],
        activation=options.activation,
        last="linear",
        init="kaiming" if options.activation in ONE_SIDED else "xavier",
        rng=random.Random(options.seed),
    )
    scaling = None if classes else Standardizer.fit([[y] for y in learnt.targets])
    return Predictor(network, encoder, Standardizer.fit(learnt.rows), scaling)


def _penalty(model: Predictor, options: Options) -> float:
    """Return the strength of the penalty on the squares of the parameters."""
    return (0.001 if model.target is None else 0.01) if options.l2 is None else options.l2


def _run(watch: Watch, options: Options) -> History:
    """Return the history of the training, after which the network is as it was at its best."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NonFiniteWarning)  # the history has it, and `_ending` says it
        history = fit(
            watch.loss,
            watch.xs[0],
            watch.ys[0],
            optimizer=OPTIMIZERS[options.optimizer](cosine(options.lr)).bind(watch.parameters),
            epochs=options.epochs,
            batch_size=options.batch_size,
            seed=options.seed,
            callback=watch.after_step,
            progress=options.progress,
            compiled=False,  # every epoch is judged
        )
    if watch.best_epoch == 0 and not history.interrupted:
        message = f"the loss grew beyond all bounds in the first epoch; try a smaller --lr than {options.lr:g}"
        raise InputError(message)
    if watch.best_epoch == 0:
        raise KeyboardInterrupt
    watch.restore()
    return history


def _beginning(table: Table, model: Predictor, learnt: Part, held_out: Part) -> str:
    """Return the lines that say what is about to be done."""
    encoder = model.encoder
    kind = "a number" if encoder.classes is None else f"one of {len(encoder.classes)} classes"
    return (
        f"{table.source}: {len(table)} rows; {encoder.target} is {kind}, told from {len(encoder.features)} columns\n"
        f"{model.network}; {len(learnt.rows)} rows to train on, {len(held_out.rows)} held out"
    )


def _ending(watch: Watch, history: History, options: Options) -> str:
    """Return the line that says how training went."""
    done = f"{len(watch.scores[1])} of {options.epochs} epochs in {history.times[-1]:.1f} s"
    if history.interrupted:
        done = f"stopped by Ctrl-C after {done}"
    if history.diverged:
        done = f"stopped after {done}, since the loss grew beyond all bounds (a smaller --lr may help)"
    return f"{done}; kept epoch {watch.best_epoch}, the best on the training rows"


def _report(model: Predictor, held_out: Part) -> str:
    """Return what is to be said about the quality on the held-out rows."""
    if model.encoder.classes is None:
        return number_report(model.numbers(held_out.rows), held_out.targets, model.encoder.target)
    names = model.encoder.classes
    predicted = [likeliest(names, row)[0] for row in model.probabilities(held_out.rows)]
    return class_report(predicted, [names[y] for y in held_out.targets], names)


def _draw(files: list[Path], watch: Watch) -> None:
    """Write the picture of the loss, and that of the plane if it is among the files."""
    model = watch.model
    name = "squared error, standardised" if model.target else "cross-entropy"
    title = f"Learning {_plain(model.encoder.target)}"
    curve = plot.loss_curve(watch.losses[0], held_out=watch.losses[1], unit="epoch", name=name, title=title)
    plot.save_figure(curve, files[1])
    if len(files) > PLANE:
        plot.save_figure(_plane(model, *watch.parts), files[2])


def _plane(model: Predictor, learnt: Part, held_out: Part) -> Axes:
    """Return the axes of a picture of what the model answers to every point of the plane."""
    x, y = map(_plain, model.encoder.input_names)
    target = _plain(model.encoder.target)
    common: dict[str, Any] = {
        "held_out": held_out,
        "names": (x, y),
        "title": f"{target}, as the network sees it",
    }
    if model.encoder.classes is None:
        return plot.surface(lambda row: model.numbers([row])[0], *learnt, name=target, **common)
    classes = [*map(_plain, model.encoder.classes)]
    return plot.decision_boundary(lambda row: model.outputs([row])[0], *learnt, classes=classes, **common)


def _plain(name: str) -> str:
    """Return a name so that pictures show it as it is: for matplotlib, $ begins a formula, and _ hides a name."""
    return f" {name}".replace("$", r"\$") if name.startswith("_") else name.replace("$", r"\$")
