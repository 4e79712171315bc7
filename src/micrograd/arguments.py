"""What can be written after `micrograd`: the commands, their options, and how each is read."""

from __future__ import annotations

import argparse
import math
import platform
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Never

from micrograd import __version__, commands, engine
from micrograd.errors import InputError
from micrograd.nn import ACTIVATIONS
from micrograd.options import OPTIMIZERS, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["read"]

_INTERRUPTED = f"{commands.INTERRUPTED} after Ctrl-C"
_REFUSED = f"{commands.BAD_INPUT} when something given cannot be used, which one line on stderr says"
_WHOLE = "No file is ever left half-written."
ENDINGS = f"exit status: 0 when all went well; {_REFUSED}; {_INTERRUPTED}. {_WHOLE}"
ALL_ENDINGS = (
    f"exit status: 0 when all went well; {commands.FOUND} when the doctor found something; {_REFUSED}; "
    f"{_INTERRUPTED}. {_WHOLE}"
)
EXPLAIN_ENDINGS = (
    f"exit status: 0 when the page is written; {_REFUSED}, with two more that point at the place in the expression; "
    f"{_INTERRUPTED}. {_WHOLE}"
)
DOCTOR_ENDINGS = (
    f"exit status: 0 when nothing was found; {commands.FOUND} when something was; {commands.BAD_INPUT} when the script "
    f"fails by itself, or when there is none, which one line on stderr says; {_INTERRUPTED}."
)


def read(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return what was asked for; its `run` is the function of `commands` that does it.

    Raises:
        InputError: it cannot be read.
        SystemExit: --help or --version was asked for, and is answered.
    """
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if any(word.startswith("-") or not hasattr(arguments, "numbers") for word in rest):
        hint = "; put an expression that starts with - in parentheses" if hasattr(arguments, "numbers") else ""
        parser.error(f"unrecognized arguments: {' '.join(rest)}{hint}")
    if rest:  # numbers after an option
        arguments.numbers += rest
    return arguments


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
        description="Train small neural networks on tables, see every gradient, and be told what is wrong.",
        epilog=ALL_ENDINGS,
        allow_abbrev=False,
    )
    life = "compiled" if engine.compiled else "pure Python"
    version = f"micrograd {__version__}, {life} engine, {platform.python_implementation()} {platform.python_version()}"
    parser.add_argument("--version", action="version", version=version)
    add = partial(parser.add_subparsers(metavar="COMMAND", required=True).add_parser, allow_abbrev=False)
    _add_train(add("train", help="train a network on a table", epilog=ENDINGS))
    _add_predict(add("predict", help="predict the rows of a table", epilog=ENDINGS))
    _add_demo(add("demo", help="train three networks and show what they learn", epilog=ENDINGS))
    _add_explain(add("explain", help="see how the gradients of an expression come about", epilog=EXPLAIN_ENDINGS))
    _add_doctor(add("doctor", help="run a script and be told what is wrong with its training", epilog=DOCTOR_ENDINGS))
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    """Tell a parser what `micrograd train` takes."""
    parser.description = (
        "Train a multi-layer perceptron on a CSV file, judge it on rows that it has not seen, and write the model "
        "with a picture of the loss, and of the plane where there are two inputs. Ctrl-C stops early: the best "
        "epoch so far on the training rows is judged and written all the same, and the exit status is "
        f"{commands.INTERRUPTED}."
    )
    parser.set_defaults(run=commands.train)
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
    parser.set_defaults(run=commands.predict)
    parser.add_argument("model", metavar="MODEL", help="a model file that micrograd train wrote")
    parser.add_argument("file", metavar="FILE.csv", help="a table with the columns that the model was trained on")
    parser.add_argument("--out", metavar="FILE", help="where to write to (default: to the terminal)")


def _add_demo(parser: argparse.ArgumentParser) -> None:
    """Tell a parser what `micrograd demo` takes."""
    parser.description = (
        "Train on the four points of the lecture, on two moons, and on a real table; draw what was learnt, and "
        "measure how long the classic engine takes."
    )
    parser.set_defaults(run=commands.demo)
    parser.add_argument("--out", metavar="FOLDER", default="demo", help="where to write to (default: demo)")


def _add_explain(parser: argparse.ArgumentParser) -> None:
    """Tell a parser what `micrograd explain` takes."""
    parser.description = (
        "Write one HTML page that steps through the forward pass and through backpropagation of an expression, such as "
        '"(a*b + c).tanh()" a=2 b=-3 c=10, or "e = a*b; d = e + c; L = d*f", which names its parts. It may hold '
        "numbers, names, + - * / **, parentheses, and the operations of micrograd as functions or methods; it is "
        "read, and never run as Python."
    )
    parser.set_defaults(run=commands.explain)
    parser.add_argument("expression", metavar="EXPRESSION", help="in quotes, so that the shell leaves it alone")
    parser.add_argument("numbers", metavar="NAME=NUMBER", nargs="*", help="a number for each name in the expression")
    parser.add_argument(
        *("-o", "--out"), metavar="FILE", default="explain.html", help="the page to write (default: explain.html)"
    )
    parser.add_argument("--open", action="store_true", help="show the page in the browser")


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    """Tell a parser what `micrograd doctor` takes."""
    parser.description = (
        "Run a script as Python would, watch its training, and say in a paragraph each, with the line, what is wrong "
        "and how to mend it. Options of the script come after its name, and reach it untouched."
    )
    parser.usage = "micrograd doctor [-h] SCRIPT.py [ARGS ...]"
    parser.set_defaults(run=commands.doctor)
    # One argument for both, because argparse would drop a `--` that follows the script.
    parser.add_argument(
        "script", metavar="SCRIPT.py [ARGS ...]", nargs=argparse.REMAINDER, help="the script, and what it is given"
    )


def _adder(parser: argparse.ArgumentParser) -> Callable[..., None]:
    """Return a function that adds an option with the default of `Options`, and says it in the help."""

    def add(name: str, kind: Callable[[str], object], metavar: str, text: str, *, shown: object = None) -> None:
        default = getattr(Options, name.removeprefix("--").replace("-", "_"))
        text = f"{text} (default: {default if shown is None else shown})"
        parser.add_argument(name, type=kind, metavar=metavar, default=default, help=text)

    return add


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
