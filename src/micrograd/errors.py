"""The errors and warnings of micrograd, and the one way to import an optional library."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from micrograd.check.report import GradientReport
    from micrograd.engine import Value

__all__ = [
    "AnomalyError",
    "CompileError",
    "CompileWarning",
    "GradientError",
    "InputError",
    "MissingExtraError",
    "MisspeltWarning",
    "NoGradientWarning",
    "NoRuleWarning",
    "NonFiniteWarning",
    "TraceError",
    "require",
]


class AnomalyError(FloatingPointError):
    """A value or a gradient is infinite or not a number, inside of `micrograd.anomaly()`.

    Args:
        message: what went wrong, and the lines that led to it.
        node: the Value that, or whose gradient, is not finite; `micrograd.draw_dot(error.node)` shows how it was made.
    """

    def __init__(self, message: str, node: Value | None = None) -> None:
        super().__init__(message)
        self.node = node


class CompileError(RuntimeError):
    """A compiled function cannot stand in for the plain one; the message says why, and what to do."""


class CompileWarning(UserWarning):
    """The compiler does less than it could here; the message says why."""


class GradientError(ArithmeticError):
    """A gradient is not the derivative of its function, or cannot be checked.

    Args:
        message: what is wrong; a table of the gradients where they have been checked.
        report: what `micrograd.check_grad` found; None where it could not check.
    """

    def __init__(self, message: str, report: GradientReport | None = None) -> None:
        super().__init__(message)
        self.report = report


class InputError(ValueError):
    """What a person gave (a file, a column, a setting) cannot be used; the message says why."""


class MisspeltWarning(UserWarning):
    """An attribute was set that nothing reads, and whose name is nearly that of a field of a Value."""


class MissingExtraError(ImportError):
    """An optional library is not installed; the message names the extra that brings it."""


class TraceError(RuntimeError):
    """A function to be compiled would turn a number that it computes with into a constant of the compiled program."""


class NonFiniteWarning(RuntimeWarning):
    """A value became infinite or not a number on the way to the root of `backward()`."""


class NoGradientWarning(RuntimeWarning):
    """No gradient was computed: `backward()` from a leaf, or the first step of an optimiser before any `backward()`."""


class NoRuleWarning(RuntimeWarning):
    """A node has parents but no derivative towards them, so no gradient flows through it."""


def require(module: str, extra: str) -> ModuleType:
    """Return the imported optional `module`, or say which extra installs it.

    Args:
        module: dotted name of the library, such as "matplotlib.pyplot".
        extra: name of the extra of this package that depends on it, such as "plot".

    Raises:
        MissingExtraError: the library is not installed.

    Example:
        >>> require("math", "plot").sqrt(4.0)
        2.0
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        message = f"{module} is needed here and is not installed: pip install 'micrograd[{extra}]'"
        raise MissingExtraError(message) from error
