"""Scripts under the doctor's eyes: `run` runs one as Python would, and tells whether something was found."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager, suppress
from importlib.abc import ExecutionLoader
from importlib.util import decode_source
from types import ModuleType
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
    traceback first, as Python would show it. A training in a thread that the script starts is not watched.

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
    watch, script = doctor(report=None), _Script(path)
    try:
        with _as_main(script, [path, *args]) as main, watch:
            failed = _failed(script, main)
    finally:
        with suppress(AttributeError, OSError, ValueError):  # there may be no stdout, or none any longer
            sys.stdout.flush()
        if watch.findings:
            sys.stderr.write(f"{watch}\n")
    return FAILED if failed else FOUND * bool(watch.findings)


class _Script(ExecutionLoader):
    """Reads and runs a script, whose frames and `__file__` have the absolute path whatever was typed.

    Args:
        path: the script.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)  # noqa: PTH100  # text, as code objects have it

    def get_filename(self, _fullname: str) -> str:
        """Return the path."""
        return self.path

    def get_source(self, _fullname: str) -> str:
        """Return the text."""
        with open(self.path, "rb") as file:  # noqa: PTH123
            return decode_source(file.read())


@contextmanager
def _as_main(script: _Script, argv: list[str]) -> Iterator[ModuleType]:
    """Return a context in which arguments, the path for imports and the main module are those of a script."""
    before, paths, caller = sys.argv, list(sys.path), sys.modules["__main__"]
    sys.argv = argv
    sys.path[0] = os.path.dirname(os.path.realpath(script.path))  # noqa: PTH120
    main = sys.modules["__main__"] = ModuleType("__main__")
    main.__file__, main.__loader__ = script.path, script
    try:
        yield main
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = before, paths, caller


def _failed(script: _Script, main: ModuleType) -> bool:
    """Run the script, show its traceback where it raises, and tell whether it failed."""
    try:
        script.exec_module(main)
    except SystemExit as end:
        return _exit_status(end.code) != 0
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a script may raise anything, and Python would show it
        traceback.print_exception(type(error), error, _own_frames(error.__traceback__, script.path))
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
