"""Whole steps of training in machine code: batch, loss and gradient, optimiser, again and again."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.compiler.native.arena import COMPUTE, PREPARE, Arena
from micrograd.compiler.native.generate import arrays_of, entry, written
from micrograd.compiler.native.layout import Layout
from micrograd.compiler.native.machine import code
from micrograd.compiler.native.schedule import kernels
from micrograd.compiler.program import BAD_INDEX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrograd.compiler.native.generate import NativeExecutable
    from micrograd.compiler.program import Array
    from micrograd.compiler.updates import Update

_UPDATE, _TRAIN = "mg_update", "mg_train"
_FIELDS = 6  # of the plan that `mg_train` is given, before the addresses of the columns


class NativeTraining(Arena):
    """An executable and an optimiser, run for many steps without a return to Python.

    Args:
        executable: gives the loss, its first output, and the gradient of the parameters.
        update: how the optimiser moves them.
        columns: the arguments that batches are cut for, each with its numbers for all rows, of shape (rows, numbers).

    Its memory is a copy of the executable's, with the optimiser's numbers behind it.
    """

    def __init__(
        self, executable: NativeExecutable, update: Update, columns: Sequence[tuple[Array, NDArray[Any]]]
    ) -> None:
        self.executable, self.update = executable, update
        base, dtype = executable.layout, executable.dtype
        arrays = dict.fromkeys([*update.states, update.settings, *arrays_of(update.statements)])
        super().__init__(Layout(update.statements, arrays, base.itemsize, base.width, base), dtype)
        self.memory[: base.size] = executable.memory
        self._columns = [(array, np.ascontiguousarray(rows, dtype)) for array, rows in columns]
        text, names = written(kernels(update.statements), self.layout, dtype)
        self._code = code(text + entry(_UPDATE, names) + self._driver(), (_TRAIN,))
        self._train = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(self._code.addresses[_TRAIN])

    def run(self, rows: NDArray[np.int64] | None, settings: NDArray[np.float64], losses: NDArray[np.float64]) -> int:
        """Return how many steps were taken: one for each loss, or fewer if one is not finite, which then is the last.

        Args:
            rows: the rows of each batch, of shape (steps, batch size); None to leave the arguments as they are.
            settings: the optimiser's settings of each step, of shape (steps, 3).
            losses: is filled with the loss of each step, before the step; one or more.

        Raises:
            IndexError: an index of `take` is out of range.
        """
        numbers = np.ascontiguousarray(settings, self.dtype)
        batches = None if rows is None else np.ascontiguousarray(rows, np.int64)
        start = 0 if batches is None else batches.ctypes.data
        addresses = self.executable.code.addresses
        fields = [len(losses), start, numbers.ctypes.data, losses.ctypes.data, addresses[PREPARE], addresses[COMPUTE]]
        plan = np.array([*fields, *(column.ctypes.data for _, column in self._columns)], np.uint64)
        done: int = self._train(self.arena, plan.ctypes.data)
        if done < 0:
            raise IndexError(BAD_INDEX)
        return done

    def _driver(self) -> str:
        """Return the text of the function that takes the steps."""
        real = "double" if self.dtype == "float64" else "float"
        places, program = self.layout.places, self.executable.program
        size = self.layout.itemsize
        batch = 1
        copies = ""
        for k, (array, column) in enumerate(self._columns):
            batch = array.size // column.shape[1]
            copies += _COPY.format(k=k, field=_FIELDS + k, start=places[array].start, width=column.shape[1] * size)
        widen = "fadd double %loss, -0.0" if real == "double" else "fpext float %loss to double"
        return _DRIVER.format(
            real=real, batch=batch, copies=copies, widen=widen, loss=places[program.output].start,
            settings=places[self.update.settings].start, count=self.update.settings.size * size,
        )  # fmt: skip


_DRIVER = """
define i64 @mg_train(ptr %arena, ptr %plan) {{
entry:
  %steps = load i64, ptr %plan
  %p.rows = getelementptr i64, ptr %plan, i64 1
  %rows = load ptr, ptr %p.rows
  %p.settings = getelementptr i64, ptr %plan, i64 2
  %settings = load ptr, ptr %p.settings
  %p.losses = getelementptr i64, ptr %plan, i64 3
  %losses = load ptr, ptr %p.losses
  %p.prepare = getelementptr i64, ptr %plan, i64 4
  %prepare = load ptr, ptr %p.prepare
  %p.compute = getelementptr i64, ptr %plan, i64 5
  %compute = load ptr, ptr %p.compute
  %whole = icmp eq ptr %rows, null
  %first = call i32 %prepare(ptr %arena)
  br label %step
step:
  %n = phi i64 [ 0, %entry ], [ %next, %move ]
  br i1 %whole, label %ready, label %gather
gather:
  br label %row
row:
  %r = phi i64 [ 0, %gather ], [ %r.next, %row ]
  %before = mul i64 %n, {batch}
  %place = add i64 %before, %r
  %p.row = getelementptr i64, ptr %rows, i64 %place
  %row.number = load i64, ptr %p.row
{copies}
  %r.next = add i64 %r, 1
  %r.more = icmp ult i64 %r.next, {batch}
  br i1 %r.more, label %row, label %gathered
gathered:
  %again = call i32 %prepare(ptr %arena)
  br label %ready
ready:
  %status = call i32 %compute(ptr %arena)
  %next = add i64 %n, 1
  %bad = icmp ne i32 %status, 0
  br i1 %bad, label %failed, label %computed
failed:
  %code = sub i64 0, %next
  ret i64 %code
computed:
  %p.loss = getelementptr i8, ptr %arena, i64 {loss}
  %loss = load {real}, ptr %p.loss
  %wide = {widen}
  %p.out = getelementptr double, ptr %losses, i64 %n
  store double %wide, ptr %p.out
  %nothing = fsub double %wide, %wide
  %finite = fcmp ord double %nothing, 0.0
  br i1 %finite, label %set, label %done
set:
  %passed = mul i64 %n, {count}
  %p.from = getelementptr i8, ptr %settings, i64 %passed
  %p.to = getelementptr i8, ptr %arena, i64 {settings}
  call void @llvm.memcpy.p0.p0.i64(ptr %p.to, ptr %p.from, i64 {count}, i1 false)
  %updated = call i32 @mg_update(ptr %arena)
  br label %move
move:
  %more = icmp ult i64 %next, %steps
  br i1 %more, label %step, label %done
done:
  ret i64 %next
}}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""

_COPY = """
  %c{k}.plan = getelementptr i64, ptr %plan, i64 {field}
  %c{k}.base = load ptr, ptr %c{k}.plan
  %c{k}.skip = mul i64 %row.number, {width}
  %c{k}.from = getelementptr i8, ptr %c{k}.base, i64 %c{k}.skip
  %c{k}.far = mul i64 %r, {width}
  %c{k}.on = add i64 %c{k}.far, {start}
  %c{k}.to = getelementptr i8, ptr %arena, i64 %c{k}.on
  call void @llvm.memcpy.p0.p0.i64(ptr %c{k}.to, ptr %c{k}.from, i64 {width}, i1 false)
"""
