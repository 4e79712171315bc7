"""Files: written whole or not at all, where that is possible, under a name that says what they hold."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from micrograd.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["check_ending", "check_writable", "whole_file"]


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Return a context with a binary file to write, which takes the place of `path` when all went well.

    Until then it has a name of its own in the same folder; on an error it is removed, and what was at `path`
    stays there untouched.

    Args:
        path: the file to be, in a folder that exists.

    Raises:
        InputError: the system refuses to create, write or rename the file.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "note.txt")
        ...     with whole_file(path) as file:
        ...         size = file.write(b"all of it")
        ...     path.read_text()
        'all of it'
    """
    target = Path(os.path.realpath(path))  # through a link to the file itself
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():  # who may read it stays as it was
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except OSError as error:
        _check_folder(os.fspath(path), target)
        message = f"{os.fspath(path)} cannot be written: {error.strerror or error}; choose another place"
        raise InputError(message) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Find out whether a file can be written, before the work that it is to hold.

    Args:
        path: the file to be; one that is there may be replaced.

    Raises:
        InputError: it is a folder, its folder does not exist, or no file can be created in that.
    """
    name, target = os.fspath(path) or "''", Path(os.path.realpath(path))
    if target.exists() and not (target.is_file() or target.is_dir()):
        message = f"{name} cannot be written: it is no ordinary file; choose another"
        raise InputError(message)
    if target.is_dir():
        message = f"{name}: expected the name of a file to write, got a folder; add a name"
        raise InputError(message)
    _check_folder(name, target)
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        message = f"{name} cannot be written: {error.strerror or error}; choose another folder"
        raise InputError(message) from error


def check_ending(path: str | os.PathLike[str], endings: Collection[str], what: str) -> None:
    """Refuse a name that does not say what the file holds.

    Args:
        path: the file to be.
        endings: those that do, in lower case.
        what: what it holds, for the message.

    Raises:
        InputError: the name has another ending, or none.
    """
    if Path(path).suffix.lower() not in endings:
        *some, last = endings
        wanted = f"{', '.join(some)} or {last}" if some else last
        message = f"{os.fspath(path)!r}: expected the name of {what}, which ends in {wanted}; give it that ending"
        raise InputError(message)


def _check_folder(name: str, target: Path) -> None:
    """Refuse a file in a folder that is not there."""
    if not target.parent.is_dir():
        message = f"{name} cannot be written: there is no folder {target.parent}; make it, or choose another"
        raise InputError(message)
