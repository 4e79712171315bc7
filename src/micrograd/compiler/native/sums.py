"""The loops inside of sums and of maxima: several chains at once, and vectors where the plan asks for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from micrograd.compiler.native.plan import inner_axis

if TYPE_CHECKING:
    from micrograd.compiler.native.emit import Block
    from micrograd.compiler.native.layout import Reach
    from micrograd.compiler.native.text import Number

_CHAIN = 8  # sums under way at once, so that no addition waits for the one before
_UNROLLED = 4  # rounds of a sum that need no loop


class Looped:
    """The loops of a term of a sum, around sums for all points of a block."""

    def __init__(self, block: Block, reaches: list[Reach], extents: tuple[int, ...]) -> None:
        self.block, self.reaches, self.extents = block, reaches, extents
        self.function, self.memory = block.function, block.memory
        self.first = len(block.kernel.axes)
        inner = inner_axis(reaches, self.first, extents)
        self.order = [k for k in range(len(extents)) if k != inner] + [inner]
        self.inside = block.plan.inside
        self.width = block.writer.width if self.inside else block.width
        self.vector = self.first + inner if self.inside else block.vector

    def write(self, totals: list[str] | None) -> list[str]:
        """Return the sums, which start from the totals."""
        sums = self._loops(self.order, {}, totals or [self._neutral()] * len(self.block.points))
        return [self._added_up(x) for x in sums] if self.inside else sums

    def rows(self) -> list[str]:
        """Return the sums, as many in each vector as it has lanes."""
        vectors = self._loops(self.order, {}, [self._neutral()] * len(self.block.points))
        size = 1
        while size < self.width:
            vectors = [self._merged(x, y, size) for x, y in zip(vectors[::2], vectors[1::2], strict=True)]
            size *= 2
        return vectors

    def _merged(self, x: str, y: str, size: int) -> str:
        """Return a vector with the sums of neighbouring runs of `size` lanes, of x and of y in turns."""
        kind, runs = self.function.kind(self.width), range(0, self.width, 2 * size)
        halves = []
        for half in (0, size):
            lanes = [start + run + half + k for run in runs for start in (0, self.width) for k in range(size)]
            mask = ", ".join(f"i32 {lane}" for lane in lanes)
            halves.append(self.function.let(f"shufflevector {kind} {x}, {kind} {y}, <{self.width} x i32> <{mask}>"))
        return self.function.let(f"fadd {kind} {halves[0]}, {halves[1]}")

    def _added_up(self, x: str) -> str:
        """Return the sum of the lanes of a vector, in any order."""
        kind, real = self.function.kind(self.width), self.function.real
        name = f"@llvm.vector.reduce.fadd.{self.function.suffix(self.width)}"
        return self.function.call(name, real, (real, "-0.0"), (kind, x), flags="reassoc ")

    def _neutral(self) -> str:
        return self.function.number(0.0, self.width)

    def _loops(self, loops: list[int], at: dict[int, Number], sums: list[str]) -> list[str]:
        """Write the loops that are left, and return the sums."""
        loop, *inner = loops
        if not inner:
            return self._innermost(loop, at, sums)
        kind = self.function.kind(self.width)

        def body(i: Number, values: list[str]) -> list[str]:
            self.memory.enter()
            results = self._loops(inner, {**at, loop: i}, values)
            self.memory.leave()
            return results

        return self.function.loop(0, self.extents[loop], 1, [(kind, x) for x in sums], body)

    def _innermost(self, loop: int, at: dict[int, Number], sums: list[str]) -> list[str]:
        """Write the innermost loop, several rounds at once where there are few sums."""
        extent, unit = self.extents[loop], self.width if self.inside else 1
        rounds = extent // unit
        chains = max(1, min(_CHAIN // len(sums), rounds))
        if rounds:
            sums = self._chained(loop, at, sums, rounds, chains)
        if rounds * unit < extent:
            sums = self._step({**at, loop: (None, rounds * unit)}, sums, extent - rounds * unit)
        return sums

    def _chained(self, loop: int, at: dict[int, Number], sums: list[str], rounds: int, chains: int) -> list[str]:
        """Write rounds of a loop with several chains of sums, and add the chains up."""
        n, unit = len(sums), self.width if self.inside else 1
        values = sums + [self._neutral()] * (n * (chains - 1))
        values = self._run(loop, at, values, range(0, rounds // chains * chains * unit, chains * unit))
        for k in range(1, chains):
            values[:n] = [self._combine(x, y) for x, y in zip(values[:n], values[k * n : (k + 1) * n], strict=True)]
        if rounds % chains:
            return self._run(loop, at, values[:n], range(rounds // chains * chains * unit, rounds * unit, unit))
        return values[:n]

    def _run(self, loop: int, at: dict[int, Number], values: list[str], places: range) -> list[str]:
        """Write the rounds at these places of a loop: as many chains of sums as the values allow."""
        n, unit = len(self.block.points), self.width if self.inside else 1
        kind = self.function.kind(self.width)

        def body(i: Number, sums: list[str]) -> list[str]:
            self.memory.enter()
            out: list[str] = []
            for k in range(len(values) // n):
                out += self._step({**at, loop: (i[0], i[1] + k * unit)}, sums[k * n : (k + 1) * n], self.width)
            self.memory.leave()
            return out

        if len(places) * (len(values) // n) > _UNROLLED:
            return self.function.loop(places.start, len(places), places.step, [(kind, x) for x in values], body)
        for place in places:
            values = body((None, place), values)
        return values

    def _step(self, at: dict[int, Number], sums: list[str], lanes: int) -> list[str]:
        """Return the sums with one more product each, of the first so many lanes."""
        tail = [at[k] for k in range(len(self.extents))]
        results = []
        for point, total in zip(self.block.points, sums, strict=True):
            place = [*point, *tail]
            factors = [self.memory.load(reach, place, self.vector, self.width, lanes) for reach in self.reaches]
            results.append(self._join(factors, total))
        return results

    def _join(self, factors: list[str], total: str) -> str:
        return self.block.add_product(factors, total, self.width)

    def _combine(self, x: str, y: str) -> str:
        return self.function.let(f"fadd {self.function.kind(self.width)} {x}, {y}")


class LoopedTop(Looped):
    """The loops of a maximum: never in vectors inside of a point."""

    def __init__(self, block: Block, reaches: list[Reach], extents: tuple[int, ...]) -> None:
        super().__init__(block, reaches, extents)
        self.inside, self.width, self.vector = False, block.width, block.vector

    def _neutral(self) -> str:
        return self.function.number(-math.inf, self.width)

    def _join(self, factors: list[str], total: str) -> str:
        return self.block.rows.apply(self.function, "maximum", [total, *factors], None, self.width)

    def _combine(self, x: str, y: str) -> str:
        return self._join([y], x)
