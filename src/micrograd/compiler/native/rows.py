"""The rows of the ops table as instructions: one of LLVM's own where there is one, else a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrograd.compiler.native import elementary

if TYPE_CHECKING:
    from micrograd.compiler.native.text import Function
    from micrograd.compiler.native.vectors import DType

_SAME = {"copy", "detach"}
_OWN = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}


class Rows:
    """Writes operations.

    Attributes:
        definitions: the text of every function that was called, by name.
    """

    def __init__(self, dtype: DType) -> None:
        self.dtype = dtype
        self.definitions: dict[str, str] = {}

    def apply(self, function: Function, op: str, operands: list[str], parameter: float | None, width: int) -> str:
        """Return the result of a row of the table, whose parameter is known."""
        if parameter is None:
            return self.call(function, op, operands, width)
        if op == "powc":
            return self._call(function, elementary.power(parameter, width, self.dtype), operands, width)
        return self.call(function, op, [*operands, function.number(parameter, width)], width)

    def call(self, function: Function, op: str, operands: list[str], width: int) -> str:
        """Return the result of a row of the table, whose parameter is its last operand."""
        kind = function.kind(width)
        if op in _SAME:
            return operands[0]
        if op == "neg":
            return function.let(f"fneg {kind} {operands[0]}")
        if op in _OWN:
            return function.let(f"{_OWN[op]} {kind} {operands[0]}, {operands[1]}")
        return self._call(function, elementary.row(op, width, self.dtype), operands, width)

    def _call(self, function: Function, found: tuple[str, dict[str, str]], operands: list[str], width: int) -> str:
        """Return the result of a function, which is defined from now on."""
        symbol, definitions = found
        self.definitions.update(definitions)
        kind = function.kind(width)
        return function.let(f"call {kind} {symbol}({', '.join(f'{kind} {x}' for x in operands)})")

    @staticmethod
    def multiply_add(function: Function, x: str, y: str, z: str, width: int) -> str:
        """Return x · y + z, with one rounding where the processor does that in one instruction."""
        kind = function.kind(width)
        name = f"@llvm.fmuladd.{function.suffix(width)}"
        return function.call(name, kind, (kind, x), (kind, y), (kind, z))
