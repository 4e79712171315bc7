"""Pictures from DOT text, by the Graphviz in the wheels of pygraphviz, so that nothing is to be installed by hand."""

from __future__ import annotations

import functools
import os
import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from micrograd.errors import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

FORMATS = ("svg", "png", "pdf", "ps", "jpg", "gif", "dot")
SHARP = "-Gdpi=144"  # for formats that are made of pixels
_PIXELS = {"png", "jpg", "gif"}
_STDERR = 2
_ABOUT_FONTS = b"Fontconfig "

_lock = threading.Lock()  # Graphviz draws one picture at a time


def rendered(source: str, form: str) -> bytes:
    """Return the picture of a DOT text in one of FORMATS.

    Raises:
        MissingExtraError: pygraphviz is not installed.
        ValueError: there is no such format.
    """
    check_format(form)
    if form == "dot":
        return source.encode()
    graphviz = require("pygraphviz", "draw")
    with _lock:
        _find_fonts(graphviz)
        arguments = SHARP if form in _PIXELS else ""
        picture: bytes = graphviz.AGraph(string=source).draw(format=form, prog="dot", args=arguments)
    return picture


def check_format(form: str) -> None:
    """Refuse a format that is not one of FORMATS."""
    if form not in FORMATS:
        message = f"a picture is written as one of {', '.join(FORMATS)}; got {form!r}"
        raise ValueError(message)


@functools.cache
def _find_fonts(graphviz: ModuleType) -> None:
    """Let Graphviz find the fonts of the system, which it does with the first picture of a process, and quietly.

    The library that finds them is older in the wheels than the settings that newer systems have for it, and says so on
    the terminal, where nothing but a line for each setting that it does not know would be read.
    """
    with _quiet_about_fonts():
        graphviz.AGraph(string="digraph { a }").draw(format="svg", prog="dot")


@contextmanager
def _quiet_about_fonts() -> Iterator[None]:
    """Return a context in which what is written to the standard error waits, and then goes on without such lines."""
    try:
        terminal = os.dup(_STDERR)
    except OSError:  # there is none
        yield
        return
    with tempfile.TemporaryFile() as waiting:
        os.dup2(waiting.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(terminal, _STDERR)
            os.close(terminal)
        waiting.seek(0)
        for line in waiting:
            if not line.startswith(_ABOUT_FONTS):
                os.write(_STDERR, line)
