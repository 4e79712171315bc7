"""Places: the line of the user's own code that is being run, kept so cheaply that every node can have one."""

from __future__ import annotations

import linecache
import os
import re
from typing import TYPE_CHECKING

from micrograd.frames import user_frame

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["Place", "user_place"]

# What notebooks call the code of a cell: IPython in a terminal, Jupyter and VS Code, xeus, marimo.
_CELL = re.compile(r"<ipython-input-|[/\\](ipykernel|xpython|marimo)_\d+[/\\]")


class Place:
    """A line of a program, known by its code and the instruction in it; all else is looked up when it is asked for.

    Args:
        code: of the function (or module, or cell) that was running.
        instruction: position in the bytecode, as `frame.f_lasti` has it.
    """

    __slots__ = ("_code", "_instruction")

    def __init__(self, code: CodeType, instruction: int) -> None:
        self._code = code
        self._instruction = instruction

    @property
    def file(self) -> str:
        """The file as Python names it; `<stdin>` and the like for what was typed."""
        return self._code.co_filename

    @property
    def function(self) -> str:
        """Name of the function; `<module>` outside of functions."""
        return self._code.co_name

    @property
    def line(self) -> int:
        """Number of the line, from 1."""
        lines = (line for _, end, line in self._code.co_lines() if line and end > self._instruction)
        return next(lines, self._code.co_firstlineno)

    def text(self) -> str:
        """Return the line itself without its indentation; empty where the source is not to be had."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        """Return `file.py:12`, the file as seen from the working directory, or `cell line 12`."""
        return f"cell line {self.line}" if _CELL.search(self.file) else f"{_short(self.file)}:{self.line}"

    def __repr__(self) -> str:
        return f"<Place {self}>"

    def __eq__(self, other: object) -> bool:
        """Tell whether two places are the same line of the same file."""
        return isinstance(other, Place) and (self.file, self.line) == (other.file, other.line)

    def __hash__(self) -> int:
        return hash((self.file, self.line))


def user_place() -> Place:
    """Return the innermost line of the user's own code that is being run now.

    Passed over are this package, Python's own modules, NumPy and what runs the cells of notebooks. Where all code is
    of that kind, it is the outermost line.

    Example:
        >>> user_place().function
        '<module>'
    """
    frame = user_frame()
    return Place(frame.f_code, frame.f_lasti)


def _short(file: str) -> str:
    """Return a file as seen from the working directory, if it lies there."""
    here = os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118  # text, as code objects have it
    return file.removeprefix(here)
