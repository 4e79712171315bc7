"""The interpreter of tapes: one for all of them, with a function for each row of the ops table."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from micrograd.compiler.lower import TOP
from micrograd.compiler.native.arena import COMPUTE, PREPARE, RUN
from micrograd.compiler.native.machine import Code
from micrograd.compiler.native.registers import Registers
from micrograd.compiler.native.rows import Rows
from micrograd.compiler.native.text import Function
from micrograd.compiler.tape import HEAD
from micrograd.ops import OPS, TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.native.text import Number
    from micrograd.compiler.native.vectors import DType

_OUT = 2  # where an instruction has the slot of its result
_ARGUMENTS = "ptr %arena, ptr %v, ptr %a, ptr %ins"  # memory, numbers, adjoints, instruction


@functools.cache
def interpreter(dtype: DType) -> Code:
    """Return the machine code that runs any tape of a type of numbers."""
    rows = Rows(dtype)
    needs: dict[str, str] = {}
    parts: list[str] = []
    tables: dict[str, list[str]] = {"forward": ["ptr null"], "backward": ["ptr null"]}
    for code in range(1, TOP + 1):
        name = "top" if code == TOP else OPS[code - 1].name
        for table, write in (("forward", _Row.forward), ("backward", _Row.backward)):
            row = _Row(rows, dtype)
            write(row, name)
            parts.append(row.function.text(f"{table}.{name}", _ARGUMENTS))
            needs.update(row.function.needs)
            tables[table].append(f"ptr @{table}.{name}")
    for table, entries in tables.items():
        parts.append(f"@{table} = internal constant [{len(entries)} x ptr] [{', '.join(entries)}]")
    real, size = ("double", 8) if dtype == "float64" else ("float", 4)
    parts += [*(needs | rows.definitions).values(), _driver(real, size)]
    return Code("\n".join(parts), (PREPARE, COMPUTE, RUN))


class _Row:
    """Writes the function of a row: it reads an instruction, and computes its result, or the adjoints it leads to."""

    def __init__(self, rows: Rows, dtype: DType) -> None:
        self.rows, self.function = rows, Function(dtype)
        self.real = self.function.real

    def forward(self, name: str) -> None:
        """Write the function that computes a row."""
        operands = self._numbers(name)
        result = self._reduced(name) if operands is None else self.rows.call(self.function, name, operands, 1)
        self._write(result, "%v", self._slot(_OUT))

    def backward(self, name: str) -> None:
        """Write the function that adds to the adjoints of the operands of a row."""
        gradient = self._read("%a", self._slot(_OUT))
        operands = self._numbers(name)
        if operands is None:
            self._spread(name, gradient)
            return
        m = Registers(self.function, self.rows)
        out, xs = m.of(self._read("%v", self._slot(_OUT))), [m.of(x) for x in operands]
        for k, local in enumerate(TABLE[name].derivative(m, out, *xs)):
            if isinstance(local, float) and local == 0.0:
                continue
            if name == "powc":  # the rule, which sees a register, could not compare the exponent with 0
                local = m.where(m.equal(xs[1], 0.0), 0.0, local)  # noqa: PLW2901
            self._add(self._slot(HEAD + k), (m.of(gradient) * local).name)

    def _numbers(self, name: str) -> list[str] | None:
        """Return the operands of a row, its parameter included; None where their number varies."""
        op = TABLE.get(name)
        if op is None or op.arity is None:
            return None
        count = op.arity + (op.parameter is not None)
        return [self._read("%v", self._slot(HEAD + k)) for k in range(count)]

    def _reduced(self, name: str) -> str:
        """Return the result of a row that takes any number of operands."""
        if name == "take":
            return self._read("%v", self._taken())
        if name == "dot":
            half = self.function.let(f"lshr i64 {self._count()}, 1")
            return self._loop(
                half, self._start(half), lambda i, total: self._join("add", total, self._product(i, half))
            )
        first, row = (-math.inf, "maximum") if name == "top" else (0.0, "add")
        number = self.function.number(first)
        total = self._loop(self._count(), number, lambda i, so_far: self._join(row, so_far, self._operand(i)))
        return self._join("div", total, self._real_count()) if name == "mean" else total

    def _spread(self, name: str, gradient: str) -> None:
        """Add to the adjoints of any number of operands."""
        if name == "top":  # stands for a constant
            return
        if name == "take":
            self._add(self._taken(), gradient)
        elif name == "dot":
            self._spread_products(gradient)
        else:
            share = self._join("div", gradient, self._real_count()) if name == "mean" else gradient
            self._each(self._count(), lambda i: self._add(self._slot_at(i), share))

    def _spread_products(self, gradient: str) -> None:
        """Add to the adjoints of the factors of a dot product, and of what it starts with."""
        half = self.function.let(f"lshr i64 {self._count()}, 1")

        def pair(i: str) -> None:
            far = self.function.let(f"add i64 {i}, {half}")
            x, y = self._operand(i), self._operand(far)
            self._add(self._slot_at(i), self._join("mul", gradient, y))
            self._add(self._slot_at(far), self._join("mul", gradient, x))

        self._each(half, pair)
        odd = self.function.let(f"and i64 {self._count()}, 1")
        last = self.function.let(f"shl i64 {half}, 1")
        place = self.function.let(f"mul i64 {last}, {odd}")  # the first operand where there is no start
        share = self.function.let(f"uitofp i64 {odd} to {self.real}")
        self._add(self._slot_at(place), self._join("mul", gradient, share))

    def _start(self, half: str) -> str:
        """Return the number that a dot product starts with: its last operand where their count is odd, else 0."""
        odd = self.function.let(f"and i64 {self._count()}, 1")
        last = self.function.let(f"shl i64 {half}, 1")
        place = self.function.let(f"mul i64 {last}, {odd}")
        is_odd = self.function.let(f"trunc i64 {odd} to i1")
        number, zero = self._operand(place), self.function.number(0.0)
        return self.function.let(f"select i1 {is_odd}, {self.real} {number}, {self.real} {zero}")

    def _product(self, i: str, half: str) -> str:
        """Return the i-th product of a dot product."""
        far = self.function.let(f"add i64 {i}, {half}")
        return self._join("mul", self._operand(i), self._operand(far))

    def _taken(self) -> str:
        """Return the slot that an index chooses; one outside of the rows is noted in the arena."""
        let, number = self.function.let, self._read("%v", self._slot(HEAD))
        name = f"@llvm.fptosi.sat.i64.{self.function.suffix(1)}"
        index = self.function.call(name, "i64", (self.real, number))
        count = let(f"sub i64 {self._count()}, 1")
        far, again = let(f"icmp uge i64 {index}, {count}"), let(f"sitofp i64 {index} to {self.real}")
        outside = let(f"or i1 {far}, {let(f'fcmp une {self.real} {number}, {again}')}")
        noted = let(f"zext i1 {outside} to i32")
        status = let("load i32, ptr %arena, align 4")
        self.function.do(f"store i32 {let(f'or i32 {status}, {noted}')}, ptr %arena, align 4")
        safe = let(f"select i1 {outside}, i64 0, i64 {index}")
        return self._slot_at(let(f"add i64 {safe}, 1"))

    def _loop(self, rounds: str, first: str, body: Callable[[str, str], str]) -> str:
        """Return what a loop carries in the end."""
        carried = [(self.real, first)]
        return self.function.loop(0, rounds, 1, carried, lambda i, values: [body(f"{i[0]}", values[0])])[0]

    def _each(self, rounds: str, body: Callable[[str], None]) -> None:
        """Write a loop that carries nothing."""

        def round_(i: Number, _: list[str]) -> list[str]:
            body(f"{i[0]}")
            return []

        self.function.loop(0, rounds, 1, [], round_)

    def _join(self, row: str, x: str, y: str) -> str:
        """Return the result of a row of two operands."""
        return self.rows.call(self.function, row, [x, y], 1)

    def _count(self) -> str:
        """Return the number of operands."""
        return self._slot(1)

    def _real_count(self) -> str:
        """Return the number of operands as a number to compute with."""
        return self.function.let(f"uitofp i64 {self._count()} to {self.real}")

    def _operand(self, i: str) -> str:
        """Return the i-th operand."""
        return self._read("%v", self._slot_at(i))

    def _slot_at(self, i: str) -> str:
        """Return the slot of the i-th operand."""
        return self._slot(self.function.let(f"add i64 {i}, {HEAD}"))

    def _slot(self, place: int | str) -> str:
        """Return a number of the instruction."""
        pointer = self.function.let(f"getelementptr i32, ptr %ins, i64 {place}")
        short = self.function.let(f"load i32, ptr {pointer}")
        return self.function.let(f"zext i32 {short} to i64")

    def _read(self, base: str, slot: str) -> str:
        """Return the number or the adjoint in a slot."""
        pointer = self.function.let(f"getelementptr {self.real}, ptr {base}, i64 {slot}")
        return self.function.let(f"load {self.real}, ptr {pointer}")

    def _write(self, register: str, base: str, slot: str) -> None:
        """Put a number or an adjoint into a slot."""
        pointer = self.function.let(f"getelementptr {self.real}, ptr {base}, i64 {slot}")
        self.function.do(f"store {self.real} {register}, ptr {pointer}")

    def _add(self, slot: str, register: str) -> None:
        """Add to an adjoint."""
        self._write(self._join("add", self._read("%a", slot), register), "%a", slot)


# The plan behind the first line: numbers, adjoints, seeds, code, places (bytes into the arena); count of instructions,
# and of those to go back through; slot and number of the outputs.
_DRIVER = """
define i32 @mg_prepare(ptr %arena) {{
  ret i32 0
}}
define i32 @mg_compute(ptr %arena) {{
entry:
  %status = call i32 @mg_run(ptr %arena)
  ret i32 %status
}}
define i32 @mg_run(ptr %arena) {{
entry:
  store i32 0, ptr %arena
  %plan = getelementptr i8, ptr %arena, i64 64
{fields}
  %v = getelementptr i8, ptr %arena, i64 %f0
  %a = getelementptr i8, ptr %arena, i64 %f1
  %seed = getelementptr i8, ptr %arena, i64 %f2
  %code = getelementptr i8, ptr %arena, i64 %f3
  %places = getelementptr i8, ptr %arena, i64 %f4
  br label %forward
forward:
  %n = phi i64 [ 0, %entry ], [ %n.next, %forward ]
  %p.place = getelementptr i64, ptr %places, i64 %n
  %place = load i64, ptr %p.place
  %ins = getelementptr i32, ptr %code, i64 %place
  %row = load i32, ptr %ins
  %p.call = getelementptr ptr, ptr @forward, i32 %row
  %call = load ptr, ptr %p.call
  call void %call(ptr %arena, ptr %v, ptr %a, ptr %ins)
  %n.next = add i64 %n, 1
  %n.more = icmp ult i64 %n.next, %f5
  br i1 %n.more, label %forward, label %computed
computed:
  %with = icmp ne i64 %f6, 0
  br i1 %with, label %clear, label %done
clear:
  %bytes = sub i64 %f2, %f1
  call void @llvm.memset.p0.i64(ptr %a, i8 0, i64 %bytes, i1 false)
  %outputs = mul i64 %f8, {size}
  %p.out = getelementptr {real}, ptr %a, i64 %f7
  call void @llvm.memcpy.p0.p0.i64(ptr %p.out, ptr %seed, i64 %outputs, i1 false)
  br label %backward
backward:
  %m = phi i64 [ %f6, %clear ], [ %m.next, %backward ]
  %m.next = sub i64 %m, 1
  %p.back = getelementptr i64, ptr %places, i64 %m.next
  %back = load i64, ptr %p.back
  %ins.back = getelementptr i32, ptr %code, i64 %back
  %row.back = load i32, ptr %ins.back
  %p.pull = getelementptr ptr, ptr @backward, i32 %row.back
  %pull = load ptr, ptr %p.pull
  call void %pull(ptr %arena, ptr %v, ptr %a, ptr %ins.back)
  %m.more = icmp ne i64 %m.next, 0
  br i1 %m.more, label %backward, label %done
done:
  %status = load i32, ptr %arena
  ret i32 %status
}}
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


def _driver(real: str, size: int) -> str:
    """Return the text of the functions that run a tape."""
    fields = "\n".join(
        f"  %p{k} = getelementptr i64, ptr %plan, i64 {k}\n  %f{k} = load i64, ptr %p{k}" for k in range(9)
    )
    return _DRIVER.format(real=real, size=size, fields=fields)
