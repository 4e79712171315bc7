"""Numbers in registers, with Python's operators: the derivative rules of the ops table run on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.native.rows import Rows
    from micrograd.compiler.native.text import Function

Number: TypeAlias = "Register | float"


class Registers:
    """The namespace `m` of the rules: every row of the table with a fixed number of operands, as instructions."""

    def __init__(self, function: Function, rows: Rows) -> None:
        self._function, self._rows = function, rows

    def of(self, register: str) -> Register:
        """Return what a register holds, ready to compute with."""
        return Register(self, register)

    def __getattr__(self, row: str) -> Callable[..., Register]:
        def apply(*operands: Number) -> Register:
            registers = [x.name if isinstance(x, Register) else self._function.number(x) for x in operands]
            return Register(self, self._rows.call(self._function, row, registers, 1))

        return apply


@dataclass(frozen=True, eq=False)
class Register:
    """A number in a register."""

    all: Registers
    name: str

    def __add__(self, other: Number) -> Register:
        return self.all.add(self, other)

    def __radd__(self, other: float) -> Register:
        return self.all.add(other, self)

    def __sub__(self, other: Number) -> Register:
        return self.all.sub(self, other)

    def __rsub__(self, other: float) -> Register:
        return self.all.sub(other, self)

    def __mul__(self, other: Number) -> Register:
        return self.all.mul(self, other)

    def __rmul__(self, other: float) -> Register:
        return self.all.mul(other, self)

    def __neg__(self) -> Register:
        return self.all.neg(self)
