"""Scripts under the doctor's eyes: `run` runs one as Python would, and tells whether something was found."""

from __future__ import annotations

import os
import runpy
import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from micrograd.check.doctor import doctor
from micrograd.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

__all__ = ["run"]

FOUND = 1
FAILED = 2


def run(path: str, args: Sequence[str]) -> int:
    """Return whether something was found in a script, which is run as `python SCRIPT ARGS` would run it.

    What the doctor finds is written to stderr after all that the script writes itself; a script that fails shows its
    traceback first, as Python would show it.

    Args:
        path: the script.
        args: what it finds in `sys.argv` after its own name.

    Returns:
        0 when nothing was found, 1 when something was; 2 when the script failed by itself, by an exception or by an
        exit status other than 0, whatever was found until then.

    Raises:
        InputError: there is no such file.
        KeyboardInterrupt: Ctrl-C, after what was found until then has been written.
    """
    if not os.path.isfile(path):  # noqa: PTH113  # text, as Python itself takes it
        message = f"{path}: expected a Python script to run, found no file of this name; check it and the folder"
        raise InputError(message)
    watch = doctor(report=None)
    try:
        with _as_main(path, args), watch:
            failed = _failed(path)
    finally:
        sys.stdout.flush()
        if watch.findings:
            sys.stderr.write(f"{watch}\n")
    return FAILED if failed else FOUND * bool(watch.findings)


@contextmanager
def _as_main(path: str, args: Sequence[str]) -> Iterator[None]:
    """Return a context in which arguments and the path for imports are those of a script."""
    argv, paths = sys.argv, list(sys.path)
    sys.argv = [path, *args]
    sys.path[0] = os.path.dirname(os.path.realpath(path))  # noqa: PTH120
    try:
        yield
    finally:
        sys.argv, sys.path[:] = argv, paths


def _failed(path: str) -> bool:
    """Run the script, show its traceback where it raises, and tell whether it failed."""
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        return _exit_status(end.code) != 0
    except Exception as error:  # noqa: BLE001  # a script may raise anything, and Python would show it
        traceback.print_exception(type(error), error, _own_frames(error.__traceback__, path))
        return True
    return False


def _exit_status(code: object) -> object:
    """Return the status that Python would end with, having written a message that stands in its place."""
    if code is None or isinstance(code, int):
        return code or 0
    sys.stderr.write(f"{code}\n")
    return 1


def _own_frames(trace: TracebackType | None, path: str) -> TracebackType | None:
    """Return a traceback from where the script begins; nothing where it was not even read."""
    while trace is not None and trace.tb_frame.f_code.co_filename != path:
        trace = trace.tb_next
    return trace
