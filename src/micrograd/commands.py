"""What each command of the command line does, from arguments that have been read."""

from __future__ import annotations

import os
import sys
import unicodedata
import warnings
import webbrowser
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from micrograd.errors import InputError, NoGradientWarning, NonFiniteWarning
from micrograd.files import check_ending, check_writable, whole_file
from micrograd.options import Options

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from micrograd.engine import Value

__all__ = ["demo", "doctor", "explain", "predict", "train"]

FOUND = 1
BAD_INPUT = 2
INTERRUPTED = 130  # as shells report a program that Ctrl-C ended: 128 and the number of the signal


def train(arguments: argparse.Namespace) -> int:
    """Train on a table, and return the exit status."""
    from micrograd import tabular  # noqa: PLC0415  # help and complaints need not wait for it

    chosen = {f.name: getattr(arguments, f.name) for f in fields(Options) if hasattr(arguments, f.name)}
    chosen["categories"], chosen["drop"] = tuple(arguments.categories), tuple(arguments.drop)
    options = Options(**chosen, progress=False if arguments.quiet else None)
    outcome = tabular.train(arguments.file, options, _silent if arguments.quiet else print)
    return INTERRUPTED if outcome.history.interrupted else 0


def predict(arguments: argparse.Namespace) -> int:
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


def demo(arguments: argparse.Namespace) -> int:
    """Show what the package does, and return the exit status."""
    from micrograd.demo import run  # noqa: PLC0415  # help and complaints need not wait for it

    run(Path(arguments.out))
    return 0


def explain(arguments: argparse.Namespace) -> int:
    """Write the page that explains an expression, and return the exit status."""
    from micrograd.draw import explanation  # noqa: PLC0415  # help and complaints need not wait for it
    from micrograd.expression import parse  # noqa: PLC0415

    root = parse(arguments.expression, **_numbers(arguments.numbers))
    check_writable(arguments.out)
    check_ending(arguments.out, explanation.PAGE_ENDINGS, "a page")
    _differentiate(root)
    sys.stdout.write(_table(root))
    explanation.explain(root, arguments.out)
    sys.stdout.write(f"wrote {arguments.out}\n")
    if arguments.open and not webbrowser.open(Path(arguments.out).resolve().as_uri()):
        sys.stderr.write(f"micrograd: found no browser to open {arguments.out} with; open it by hand\n")
    return 0


def _numbers(words: Iterable[str]) -> dict[str, float]:
    """Return the number of each name, from words such as `a=2`."""
    numbers: dict[str, float] = {}
    for word in words:
        name, _, text = word.partition("=")
        name = unicodedata.normalize("NFKC", name)  # as Python reads names
        if not name.isidentifier() or "=" not in word:
            message = f"expected a name and its number, such as a=2, got {word!r}"
            raise InputError(message)
        if name in numbers:
            message = f"{name} is given twice, as {numbers[name]:g} and as {text}; leave one out"
            raise InputError(message)
        numbers[name] = _number(name, text)
    return numbers


def _number(name: str, text: str) -> float:
    """Return the number in a text, or say whose number it should have been."""
    try:
        return float(text)
    except ValueError:
        message = f"expected a number for {name}, such as {name}=-1.5, got {text!r}"
        raise InputError(message) from None


def _differentiate(root: Value) -> None:
    """Run backward(), and say on stderr in a line which value is not finite."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", NonFiniteWarning)
        warnings.simplefilter("ignore", NoGradientWarning)  # of a lone name, which is an expression too
        root.backward()
    for warning in caught:
        sys.stderr.write(f"micrograd: {warning.message}\n")


def _table(root: Value) -> str:
    """Return the number of each name and the derivative of the root by it, as columns."""
    from micrograd.engine import topological_order  # noqa: PLC0415

    named = [node for node in topological_order(root) if node.label and node is not root]
    name = root.label or "result"
    rows = [("", "value", f"d{name}/d"), (name, f"{root.data:.6g}", "1")]
    rows += [(node.label, f"{node.data:.6g}", f"{node.grad:.6g}") for node in reversed(named)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join("  ".join(_cells(row, widths)) + "\n" for row in rows)


def _cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return the cells of a row padded: the name to the right, numbers to the left."""
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]


def doctor(arguments: argparse.Namespace) -> int:
    """Run a script under the doctor's eyes, and return the exit status: 1 where something was found."""
    script, *rest = arguments.script[arguments.script[:1] == ["--"] :] or [None]
    if script is None:
        message = "expected a script to run, such as train.py; micrograd doctor --help tells what can be given"
        raise InputError(message)
    from micrograd.check.script import run  # noqa: PLC0415  # help and complaints need not wait for it

    return run(script, rest)


def _check_other(out: str, *inputs: str) -> None:
    """Refuse to write over a file that is read."""
    if os.path.realpath(out) in map(os.path.realpath, inputs):
        message = f"{out}: the predictions would replace a file that they are made from; choose another name"
        raise InputError(message)


def _silent(_: str) -> None:
    """Say nothing."""
