"""The scripts of the page as one text: each module it needs once, in the order of dependence, without imports."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"\./([\w.-]+)";[ \t]*\n', re.MULTILINE)
LIST_OF_EXPORTS = re.compile(r"^export\s+(?:default\s[^;]*|\{[^}]*\});[ \t]*\n", re.MULTILINE)
EXPORT = re.compile(r"^export\s+(?=async |class |const |function |let )", re.MULTILINE)

STYLES = ("colours.css", "frame.css", "drawing.css", "controls.css", "quiz.css", "nodes.css")


def pages() -> Traversable:
    """Return the folder of the page's files inside the package."""
    return resources.files("micrograd.draw") / "page"


def asset(name: str) -> str:
    """Return the text of one of the page's files."""
    return (pages() / name).read_text(encoding="utf-8")


def styles() -> str:
    """Return the style sheet of the view, which a widget needs beside its script."""
    return "\n".join(asset(name) for name in STYLES)


def modules(entry: str) -> list[str]:
    """Return the names of the modules that an entry needs, itself last, each after those that it imports.

    Raises:
        ValueError: modules import one another in a circle.
    """
    order: list[str] = []
    _visit(entry, order, ())
    return order


def _visit(name: str, order: list[str], path: tuple[str, ...]) -> None:
    """Put a module at the end of the order, after those that it imports."""
    if name in path:
        message = f"modules import one another in a circle: {' -> '.join((*path, name))}"
        raise ValueError(message)
    if name in order:
        return
    for needed in IMPORT.findall(asset(name)):
        _visit(needed, order, (*path, name))
    order.append(name)


def bundle(entry: str) -> str:
    """Return a module of the page and all that it imports as the text of one script.

    The names on the top level of the modules are unique, so they can share one scope.

    Args:
        entry: file name of the module, such as "main.js".

    Raises:
        ValueError: modules import one another in a circle.
    """
    return "\n".join(_plain(asset(name)) for name in modules(entry))


def _plain(source: str) -> str:
    """Return a module without the lines that import and the words that export."""
    return EXPORT.sub("", LIST_OF_EXPORTS.sub("", IMPORT.sub("", source)))
