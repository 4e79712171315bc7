"""Pictures from DOT text, by the Graphviz in the wheels of pygraphviz, so that nothing is to be installed by hand."""

from __future__ import annotations

import functools
import os
import threading
from contextlib import ExitStack, contextmanager, suppress
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
_PIECE = 65536  # bytes that are read at once

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
    """Return a context in which what is written to the standard error waits, and then goes on without such lines.

    Where that cannot be had, as where there is no standard error, everything is written at once.
    """
    try:
        terminal, waiting = _set_aside()
    except (OSError, AttributeError):  # older Pythons on Windows have no os.set_blocking
        yield
        return
    try:
        yield
    finally:
        os.set_blocking(_STDERR, True)  # for a program that another thread has started meanwhile, which writes there
        os.dup2(terminal, _STDERR)
        _pass_on(waiting, terminal)


def _set_aside() -> tuple[int, int]:
    """Put a pipe in the place of the standard error; return what was there before, and the end to read from.

    Neither end waits: Graphviz lets no other thread of Python run, so nobody could empty a full pipe.
    """
    with ExitStack() as opened:
        terminal = os.dup(_STDERR)
        opened.callback(os.close, terminal)
        waiting, pipe = os.pipe()
        opened.callback(os.close, waiting)
        with ExitStack() as writing:
            writing.callback(os.close, pipe)
            os.set_blocking(waiting, False)
            os.set_blocking(pipe, False)
            os.dup2(pipe, _STDERR)
        opened.pop_all()
        return terminal, waiting


def _pass_on(waiting: int, terminal: int) -> None:
    """Write what waits to where it was meant to go, and close both; later, if a program can still write more."""
    everything, ended = b"", False
    with suppress(BlockingIOError):
        while piece := os.read(waiting, _PIECE):
            everything += piece
        ended = True
    lines = everything.splitlines(keepends=True)
    _write(terminal, b"".join(line for line in lines if not line.startswith(_ABOUT_FONTS)))
    if ended:
        _close(waiting, terminal)
    else:
        threading.Thread(target=_follow, args=(waiting, terminal), daemon=True).start()


def _follow(waiting: int, terminal: int) -> None:
    """Pass on what a program writes that was started while the pipe stood in the place of the standard error."""
    os.set_blocking(waiting, True)
    while piece := os.read(waiting, _PIECE):
        _write(terminal, piece)
    _close(waiting, terminal)


def _write(terminal: int, text: bytes) -> None:
    """Write all of a text, or give up: whoever read it may be gone."""
    with suppress(OSError), open(terminal, "wb", closefd=False) as file:
        file.write(text)


def _close(*descriptors: int) -> None:
    """Close some descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)
