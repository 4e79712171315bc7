"""The command line: `micrograd train`, `predict`, `demo`, `explain` and `doctor`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from micrograd import arguments
from micrograd.commands import BAD_INPUT, INTERRUPTED
from micrograd.errors import InputError, MissingExtraError
from micrograd.expression import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status of a command line.

    Args:
        argv: what was written after `micrograd`; None takes it from `sys.argv`.

    Returns:
        0 when all went well, 1 when the doctor found something, 2 when something given cannot be used, 130 after
        Ctrl-C.

    Raises:
        SystemExit: --help or --version was asked for, and is answered.
    """
    _tolerate_any_text()
    try:
        asked = arguments.read(argv)
        status: int = asked.run(asked)
        with suppress(ValueError, AttributeError):  # a script under the doctor may have closed it
            sys.stdout.flush()
    except (InputError, MissingExtraError) as error:
        pointed = isinstance(error, ExpressionError)  # its lines point at the place
        _complain(str(error) if pointed else " ".join(str(error).split()))
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
