"""The frame of the user's own code that is being run, beneath those of this package and of libraries."""

from __future__ import annotations

import functools
import linecache
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_LIBRARIES = ("numpy", "IPython", "ipykernel", "traitlets", "tornado")  # installed packages that call a user's code
_PACKAGES = ("site-packages", "dist-packages")  # folders of what is installed; the first lies inside Python's own
_OURS = os.path.join(os.path.dirname(__file__), "")  # noqa: PTH118, PTH120  # text, as code objects have it
_PYTHONS = os.path.join(os.path.dirname(linecache.__file__), "")  # noqa: PTH118, PTH120


def user_frame() -> FrameType:
    """Return the innermost frame of the user's own code; the outermost of all where there is none.

    Example:
        >>> user_frame().f_code.co_name
        '<module>'
    """
    frame = sys._getframe(1)  # noqa: SLF001  # the documented way to the caller's line
    while frame.f_back is not None and is_library(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


@functools.cache
def is_library(file: str) -> bool:
    """Tell whether the code of a file belongs to this package, to Python, or to a library such as NumPy.

    Names of files decide and not names of modules: users do call their modules `test` or `random`.

    Args:
        file: as code objects name it, such as "train.py", "<stdin>", "<frozen runpy>".

    Example:
        >>> is_library(linecache.__file__), is_library("linecache.py"), is_library("<stdin>")
        (True, False, False)
    """
    if file.startswith((_OURS, "<frozen ", "<__array_function__")):
        return True
    parts = file.replace("\\", "/").split("/")
    installed = [parts[i + 1] for i, part in enumerate(parts[:-1]) if part in _PACKAGES]
    return installed[-1].removesuffix(".py") in _LIBRARIES if installed else file.startswith(_PYTHONS)
