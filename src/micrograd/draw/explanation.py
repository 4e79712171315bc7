"""`explain`: a graph step by step, as a page in a file or as a widget in a notebook."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrograd.draw.page import html
from micrograd.draw.payload import payload
from micrograd.engine import Value
from micrograd.errors import MissingExtraError
from micrograd.files import check_ending, whole_file

if TYPE_CHECKING:
    import os

__all__ = ["PAGE_ENDINGS", "explain"]

PAGE_ENDINGS = (".html", ".htm")


def explain(root: Value, path: str | os.PathLike[str] | None = None, *, model: Any = None) -> Any:  # noqa: ANN401  # a Path, or a widget of an optional library
    """Return the path of a page that steps through a graph, forward and backward; without a path, a notebook widget.

    The page is one file that needs no network and no server: open it in any browser. It computes the gradients by
    itself, so `backward()` need not have run.

    Args:
        root: the Value whose derivatives are to be seen, such as a loss.
        path: where to write the page, in .html or .htm; None shows it in the cell of a notebook.
        model: the Module that made the root, whose names its parameters then carry.

    Returns:
        The path as a `pathlib.Path`, or the widget.

    Raises:
        TypeError: root is not a Value.
        InputError: the file cannot be written, or has another ending.
        MissingExtraError: no path is given, and the library for widgets is not installed.

    Example:
        >>> import tempfile
        >>> a = Value(2.0, label="a")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     explain(a * a, Path(folder, "square.html")).name
        'square.html'
    """
    if not isinstance(root, Value):
        message = f"explain() takes the Value at the end of a computation, such as a loss; got {root!r} of type "
        raise TypeError(message + f"{type(root).__name__}: give a Value, or build one from Values")
    if path is None:
        return _widget(root, model)
    check_ending(path, PAGE_ENDINGS, "a page")
    text = html(payload(root, model=model))
    with whole_file(path) as file:
        file.write(text.encode())
    return Path(path)


def _widget(root: Value, model: Any) -> Any:  # noqa: ANN401  # anywidget's types are known where it is installed
    """Return the widget, or say how to do without."""
    try:
        return import_module("micrograd.draw.widget").Explanation(root, model=model)
    except MissingExtraError as error:
        message = f"{error}; or give explain() a path to write a page to: explain(root, 'out.html')"
        raise MissingExtraError(message) from error
