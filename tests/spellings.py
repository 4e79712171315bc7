"""How Python spells the rows of the ops table that have an operator or, for a copy, the class itself."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from micrograd.engine import Value

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATORS: dict[str, Callable[..., Any]] = {
    "copy": Value,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "pow": operator.pow,
    "powc": operator.pow,
    "abs": operator.abs,
}
