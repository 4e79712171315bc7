"""A function in LLVM's text form, written instruction by instruction."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Number: TypeAlias = tuple[str | None, int]  # of a loop: the register that counts, if it does, plus a constant

_REAL = {"float64": "double", "float32": "float"}


class Function:
    """The text of a function `void name(ptr %arena)` while it is written.

    Attributes:
        real: LLVM's name of the type of a number.
        needs: declarations of the functions of LLVM that are called, by name.
        loops: the loops that are open, the outermost first: the register that counts, and what comes before the loop.
    """

    def __init__(self, dtype: str) -> None:
        self.dtype, self.real = dtype, _REAL[dtype]
        self.needs: dict[str, str] = {}
        self.loops: list[tuple[str, list[str]]] = []
        self._lines: list[str | list[str]] = []
        self._target: list[str | list[str]] | list[str] = self._lines
        self._count = 0
        self._block = "entry"

    def text(self, name: str, arguments: str = "ptr noalias %arena") -> str:
        """Return the whole function."""
        lines = [line for part in self._lines for line in ([part] if isinstance(part, str) else part)]
        body = "\n".join(lines)
        return f"define internal void @{name}({arguments}) noinline {{\nentry:\n{body}\n  ret void\n}}\n"

    def do(self, instruction: str) -> None:
        """Write an instruction without a result."""
        self._target.append(f"  {instruction}")

    def let(self, instruction: str) -> str:
        """Write an instruction and return the register of its result."""
        self._count += 1
        register = f"%r{self._count}"
        self._target.append(f"  {register} = {instruction}")
        return register

    @contextmanager
    def ahead(self, depth: int) -> Iterator[None]:
        """Write what is in the block before the loop that is inside of so many others, if that one is open."""
        before = self._target
        if depth < len(self.loops):
            self._target = self.loops[depth][1]
        yield
        self._target = before

    def call(self, name: str, result: str, *operands: tuple[str, str], flags: str = "") -> str:
        """Return the result of a function of LLVM's own, from the kinds of result and operands, and registers."""
        kinds = ", ".join(kind for kind, _ in operands)
        self.needs[name] = f"declare {result} {name}({kinds})"
        arguments = ", ".join(f"{kind} {register}" for kind, register in operands)
        return self.let(f"call {flags}{result} {name}({arguments})")

    def suffix(self, width: int) -> str:
        """Return how LLVM's functions call a vector of so many numbers."""
        bits = "f64" if self.real == "double" else "f32"
        return bits if width == 1 else f"v{width}{bits}"

    def kind(self, width: int) -> str:
        """Return the type of a vector of so many numbers; of a number alone for 1."""
        return self.real if width == 1 else f"<{width} x {self.real}>"

    def number(self, x: float, width: int = 1) -> str:
        """Return a constant, in every lane of a vector."""
        if self.dtype == "float32":
            x = _to_single(x)
        bits = struct.unpack("<Q", struct.pack("<d", x))[0]
        literal = f"0x{bits:016X}"
        return literal if width == 1 else f"<{', '.join([f'{self.real} {literal}'] * width)}>"

    def splat(self, register: str, width: int) -> str:
        """Return a vector with a number in every lane."""
        if width == 1:
            return register
        kind = self.kind(width)
        first = self.let(f"insertelement {kind} poison, {self.real} {register}, i64 0")
        return self.let(f"shufflevector {kind} {first}, {kind} poison, <{width} x i32> zeroinitializer")

    def loop(
        self,
        start: int,
        rounds: int | str,
        step: int,
        carried: Sequence[tuple[str, str]],
        body: Callable[[Number, list[str]], list[str]],
    ) -> list[str]:
        """Write a loop and return what it carries in the end.

        Args:
            start: the first value of the counter.
            rounds: number of rounds, 1 or more, or the register that holds it; a single one is written without a loop.
            step: how far a round moves the counter.
            carried: the type and the first value of each number that goes from round to round.
            body: writes a round, given the counter and what is carried, and returns what is carried on.
        """
        values = [value for _, value in carried]
        if rounds == 1:
            return body((None, start), values)
        self._count += 1
        name, before = f"b{self._count}", self._block
        self.loops.append((f"%i.{name}", []))
        self._lines.append(self.loops[-1][1])
        self._enter(name)
        place = len(self._lines)
        counter, names = f"%i.{name}", [f"%c{k}.{name}" for k in range(len(carried))]
        results = body((counter, 0), names)
        self.loops.pop()
        latch = f"{name}.end"
        self._enter(latch)
        phis = [f"  {counter} = phi i64 [ {start}, %{before} ], [ {counter}.next, %{latch} ]"]
        phis += [
            f"  {register} = phi {kind} [ {value}, %{before} ], [ {result}, %{latch} ]"
            for register, (kind, value), result in zip(names, carried, results, strict=True)
        ]
        self._lines[place:place] = phis
        self.do(f"{counter}.next = add nuw nsw i64 {counter}, {step}")
        end = rounds if isinstance(rounds, str) else start + rounds * step
        self.do(f"%more.{name} = icmp ult i64 {counter}.next, {end}")
        self.do(f"br i1 %more.{name}, label %{name}, label %{name}.done")
        self._label(f"{name}.done")
        return results

    def _enter(self, label: str) -> None:
        """Go on in a block of its own."""
        self.do(f"br label %{label}")
        self._label(label)

    def _label(self, label: str) -> None:
        self._lines.append(f"{label}:")
        self._block = label


def _to_single(x: float) -> float:
    """Return the nearest number of 32 bits; infinity past the largest."""
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return float("inf") if x > 0 else float("-inf")
    return rounded
