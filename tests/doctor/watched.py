"""What the doctor finds in a piece of a program, by name."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from micrograd.check.doctor import doctor

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.check.doctor import Finding


def findings(program: Callable[[], object]) -> list[Finding]:
    """Return what is found."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of steps without gradients, say
        with doctor(report=None) as watch:
            program()
    return watch.findings


def kinds(program: Callable[[], object]) -> list[str]:
    """Return the names of what is found."""
    return [finding.kind for finding in findings(program)]
