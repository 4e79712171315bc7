"""The command line: `micrograd train`, `micrograd predict` and `micrograd demo`."""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Never

from micrograd import __version__, engine
from micrograd.errors import InputError, MissingExtraError
from micrograd.io import check_writable, whole_file
from micrograd.nn import ACTIVATIONS
from micrograd.options import OPTIMIZERS, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

BAD_INPUT = 2
INTERRUPTED = 130  # as shells report a program that Ctrl-C ended: 128 and the number of the signal
ENDINGS = f"""exit status: 0 when all went well; {BAD_INPUT} when something given cannot be used, which one line on
stderr says; {INTERRUPTED} after Ctrl-C. No file is ever left half-written."""


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status of a command line.

    Args:
        argv: what was written after `micrograd`; None takes it from `sys.argv`.

    Returns:
        0 when all went well, 2 when something given cannot be used, 130 after Ctrl-C.

    Raises:
        SystemExit: --help or --version was asked for, and is answered.
    """
    _tolerate_any_text()
    try:
        arguments = _parser().parse_args(argv)
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except (InputError, MissingExtraError) as error:
        _complain(" ".join(str(error).split()))
        return BAD_INPUT
    except KeyboardInterrupt:
        _complain("interrupted; no file is left half-written")
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _tolerate_any_text() -> None:
    """Let the terminal show as an escape what its encoding lacks, where Python would raise an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _complain(message: str) -> None:
    """Say on stderr what is wrong."""
    sys.stderr.write(f"micrograd: {message}\n")


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are a line and no page."""

    def error(self, message: str) -> Never:
        """Raise what `main` says in one line."""
        problem = f"{message}; {self.prog} --help tells what can be given"
        raise InputError(problem)


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(
        prog="micrograd",
        description="Train small neural networks on tables, number by number.",
        epilog=ENDINGS,
        allow_abbrev=False,
    )
    life = "compiled" if engine.compiled else "pure Python"
    version = f"micrograd {__version__}, {life} engine, {platform.python_implementation()} {platform.python_version()}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_train(commands.add_parser("train", help="train a network on a table", allow_abbrev=False, epilog=ENDINGS))
    _add_predict(commands.add_parser("predict", help="predict the rows of a table", allow_abbrev=False, epilog=ENDINGS))
    _add_demo(commands.add_parser("demo", help="train three networks and show what they learn", allow_abbrev=False))
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    """Tell a parser what `micrograd train` takes."""
    parser.description = (
        "Train a multi-layer perceptron on a CSV file, judge it on rows that it has not seen, and write the model "
        "with a picture of the loss, and of the plane where there are two inputs. Ctrl-C stops early: the best "
        "epoch so far on the training rows is judged and written all the same, and the exit status is "
        f"{INTERRUPTED}."
    )
    parser.set_defaults(run=_train)
    parser.add_argument("file", metavar="FILE.csv", help="a table whose first line names the columns")
    _add_columns(parser)
    _add_network(parser)
    _add_training(parser)
    add = _adder(parser)
    add("--out", Path, "MODEL", "the model file to write, in .json or .npz; pictures go beside it")
    parser.add_argument("--no-plot", dest="pictures", action="store_false", help="draw nothing")
    parser.add_argument("--quiet", action="store_true", help="say nothing but what is wrong")


def _add_columns(parser: argparse.ArgumentParser) -> None:
    """Tell a parser the options about the columns of the table."""
    parser.add_argument("--target", metavar="COLUMN", required=True, help="the column to predict")
    kinds = ("class", "number")
    parser.add_argument(
        "--kind",
        choices=kinds,
        default="auto",
        help="what the target is (default: text, and few different whole numbers, are classes)",
    )
    for name, key, text in (
        ("--category", "categories", "a column whose numbers are names, such as a postcode; may be repeated"),
        ("--drop", "drop", "a column to leave out, such as an id; may be repeated"),
    ):
        parser.add_argument(name, dest=key, metavar="COLUMN", action="append", default=[], help=text)


def _add_network(parser: argparse.ArgumentParser) -> None:
    """Tell a parser the options about the network."""
    add = _adder(parser)
    add("--hidden", _sizes, "SIZES", "sizes of the hidden layers, such as 16,16, or none", shown="16,16")
    parser.add_argument(
        "--activation",
        choices=tuple(ACTIVATIONS),
        default=Options.activation,
        help=f"of the hidden layers (default: {Options.activation})",
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    """Tell a parser the options about the training."""
    add = _adder(parser)
    add("--epochs", _count, "N", "times to go through the training rows")
    add("--batch-size", _count, "N", "rows a step")
    add("--lr", _above_zero, "RATE", "learning rate at the start; it falls to 0 along a cosine")
    parser.add_argument(
        "--optimizer",
        choices=tuple(OPTIMIZERS),
        default=Options.optimizer,
        help=f"how to move the parameters (default: {Options.optimizer})",
    )
    add("--l2", _not_negative, "STRENGTH", "penalty on large parameters", shown="0.001 for classes, 0.01 for numbers")
    add("--seed", _seed, "N", "chooses split, first weights and batches: the same seed gives the same model")
    add("--test", _share, "SHARE", "share of the rows held out to judge the model")


def _add_predict(parser: argparse.ArgumentParser) -> None:
    """Tell a parser what `micrograd predict` takes."""
    parser.description = "Write a line for each row of a table, as CSV: the class and its probability, or the number."
    parser.set_defaults(run=_predict)
    parser.add_argument("model", metavar="MODEL", help="a model file that micrograd train wrote")
    parser.add_argument("file", metavar="FILE.csv", help="a table with the columns that the model was trained on")
    parser.add_argument("--out", metavar="FILE", help="where to write to (default: to the terminal)")


def _add_demo(parser: argparse.ArgumentParser) -> None:
    """Tell a parser what `micrograd demo` takes."""
    parser.description = (
        "Train on the four points of the lecture, on two moons, and on a real table; draw what was learnt, and "
        "measure how long the classic engine takes."
    )
    parser.set_defaults(run=_demo)
    parser.add_argument("--out", metavar="FOLDER", default="demo", help="where to write to (default: demo)")


def _adder(parser: argparse.ArgumentParser) -> Callable[..., None]:
    """Return a function that adds an option with the default of `Options`, and says it in the help."""

    def add(name: str, kind: Callable[[str], object], metavar: str, text: str, *, shown: object = None) -> None:
        default = getattr(Options, name.removeprefix("--").replace("-", "_"))
        text = f"{text} (default: {default if shown is None else shown})"
        parser.add_argument(name, type=kind, metavar=metavar, default=default, help=text)

    return add


def _train(arguments: argparse.Namespace) -> int:
    """Train on a table, and return the exit status."""
    from micrograd import tabular  # noqa: PLC0415  # help and complaints need not wait for it

    chosen = {f.name: getattr(arguments, f.name) for f in fields(Options) if hasattr(arguments, f.name)}
    chosen["categories"], chosen["drop"] = tuple(arguments.categories), tuple(arguments.drop)
    options = Options(**chosen, progress=False if arguments.quiet else None)
    outcome = tabular.train(arguments.file, options, _silent if arguments.quiet else print)
    return INTERRUPTED if outcome.history.interrupted else 0


def _predict(arguments: argparse.Namespace) -> int:
    """Predict the rows of a table, and return the exit status."""
    from micrograd import tabular  # noqa: PLC0415  # help and complaints need not wait for it

    if arguments.out is None:
        sys.stdout.write(tabular.predict(arguments.model, arguments.file))
        return 0
    _check_other(arguments.out, arguments.model, arguments.file)
    check_writable(arguments.out)
    text = tabular.predict(arguments.model, arguments.file)
    with whole_file(arguments.out) as file:
        file.write(text.encode())
    sys.stdout.write(f"wrote {arguments.out}\n")
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    """Show what the package does, and return the exit status."""
    from micrograd import demo  # noqa: PLC0415  # help and complaints need not wait for it

    demo.run(Path(arguments.out))
    return 0


def _check_other(out: str, *inputs: str) -> None:
    """Refuse to write over a file that is read."""
    if os.path.realpath(out) in map(os.path.realpath, inputs):
        message = f"{out}: the predictions would replace a file that they are made from; choose another name"
        raise InputError(message)


def _silent(_: str) -> None:
    """Say nothing."""


def _number(text: str, kind: Callable[[str], float], fits: Callable[[float], bool], wanted: str) -> float:
    """Return the number in a text, or say what was wanted."""
    try:
        number = kind(text)
    except ValueError:
        number = math.nan
    if not fits(number):
        message = f"expected {wanted}, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return number


def _count(text: str) -> int:
    """Return a whole number from 1 on."""
    return int(_number(text, int, lambda n: n >= 1, "a whole number, 1 or more"))


def _seed(text: str) -> int:
    """Return a whole number from 0 on."""
    return int(_number(text, int, lambda n: n >= 0, "a whole number, 0 or more"))


def _above_zero(text: str) -> float:
    """Return a number above 0."""
    return _number(text, float, lambda x: 0.0 < x < math.inf, "a number above 0")


def _not_negative(text: str) -> float:
    """Return a number from 0 on."""
    return _number(text, float, lambda x: 0.0 <= x < math.inf, "a number, 0 or more")


def _share(text: str) -> float:
    """Return a number between 0 and 1."""
    return _number(text, float, lambda x: 0.0 < x < 1.0, "a share between 0 and 1, such as 0.2")


def _sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of layers."""
    return () if text == "none" else tuple(map(_count, text.split(",")))
