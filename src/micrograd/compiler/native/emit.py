"""The text of a kernel: its loop nest, with the blocks and vectors that its plan asks for."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeAlias

from micrograd.compiler.native.memory import Memory
from micrograd.compiler.native.plan import adds_rows
from micrograd.compiler.native.sums import Looped, LoopedTop
from micrograd.compiler.program import Access, Map, Sum, Term, Top

if TYPE_CHECKING:
    from micrograd.compiler.native.fusion import Plain
    from micrograd.compiler.native.layout import Layout, Reach
    from micrograd.compiler.native.plan import Plan
    from micrograd.compiler.native.rows import Rows
    from micrograd.compiler.native.schedule import Kernel
    from micrograd.compiler.native.text import Function, Number
    from micrograd.compiler.program import Array

Element: TypeAlias = "tuple[Array, int, tuple[int, ...]]"


class Writer:
    """Writes one kernel into a function.

    Args:
        function: where to.
        layout: where the arrays lie.
        rows: the operations on numbers.
        width: numbers in a vector.
    """

    def __init__(self, function: Function, layout: Layout, rows: Rows, width: int) -> None:
        self.function, self.layout, self.rows, self.width = function, layout, rows, width
        self.memory = Memory(function, layout.itemsize, set())

    def kernel(self, kernel: Kernel, plan: Plan) -> None:
        """Write a kernel."""
        self._announce([kernel])
        self._nest(kernel, plan, list(plan.order), {}, 1)

    def rounds(self, bodies: list[tuple[Kernel, Plan]], *, extent: int, reverse: bool) -> None:
        """Write a loop that runs kernels one after the other; it is the first axis of each of them."""
        self._announce([kernel for kernel, _ in bodies])

        def body(i: Number, _: list[str]) -> list[str]:
            self.memory.enter()
            here = (self.function.let(f"sub i64 {extent - 1}, {i[0] or i[1]}"), 0) if reverse else i
            for kernel, plan in bodies:
                self.memory.enter()
                self._nest(kernel, plan, list(plan.order), {0: [here]}, 1)
                self.memory.leave()
            self.memory.leave()
            return []

        self.function.loop(0, extent, 1, [], body)

    def _announce(self, kernels: list[Kernel]) -> None:
        """Tell the memory what is going to be written."""
        stored = {array for kernel in kernels for array in kernel.stored | kernel.tangled}
        self.memory = Memory(self.function, self.layout.itemsize, {self.layout.places[array].start for array in stored})

    def _nest(self, kernel: Kernel, plan: Plan, axes: list[int], at: dict[int, list[Number]], width: int) -> None:
        """Write the loops over the axes that are left, around the points found so far."""
        if not axes:
            Block(self, kernel, plan, at, width).write()
            return
        axis, *rest = axes
        unit = self.width if axis == plan.vector else 1
        for start, rounds, size, lanes in _parts(kernel.axes[axis], unit, plan.tiles.get(axis, 1), whole=plan.whole):
            step = lanes if axis == plan.vector else 1

            def body(i: Number, _: list[str], size: int = size, step: int = step, lanes: int = lanes) -> list[str]:
                places = [(i[0], i[1] + k * step) for k in range(size)]
                self._nest(kernel, plan, rest, {**at, axis: places}, lanes if axis == plan.vector else width)
                return []

            self.memory.enter()
            self.function.loop(start, rounds, size * step, [], body)
            self.memory.leave()


def _parts(extent: int, unit: int, size: int, *, whole: bool) -> list[tuple[int, int, int, int]]:
    """Return the loops that an axis is cut into: start, rounds, elements or vectors a round, lanes.

    First come rounds of `size` vectors of `unit` lanes, then what is left of whole vectors, then single elements.
    """
    vectors = -(-extent // unit) if whole else extent // unit
    parts = []
    if vectors >= size:
        parts.append((0, vectors // size, size, unit))
    if vectors % size:
        parts.append((vectors // size * size * unit, 1, vectors % size, unit))
    if vectors * unit < extent:
        parts.append((vectors * unit, extent - vectors * unit, 1, 1))
    return parts


def _element(access: Access) -> Element:
    """Return what tells one element of an array from another, at one point of a nest."""
    return access.array, access.offset, access.strides


class Block:
    """The unrolled points of a kernel that are computed together, every statement for all of them in turn."""

    def __init__(self, writer: Writer, kernel: Kernel, plan: Plan, at: dict[int, list[Number]], width: int) -> None:
        self.writer, self.kernel, self.plan = writer, kernel, plan
        self.function, self.memory, self.rows = writer.function, writer.memory, writer.rows
        axes = range(len(kernel.axes))
        self.points = [list(point) for point in itertools.product(*[at[a] for a in axes])]
        self.vector, self.width = (plan.vector, width) if width > 1 else (None, 1)
        self.made: dict[Element, list[str]] = {}
        whole = plan.inside and adds_rows(kernel, writer.layout, writer.width) and len(at[axes[-1]]) % writer.width == 0
        self.row = writer.width if whole else 1  # results that are added up, and stored, in one vector

    def write(self) -> None:
        """Write all statements, then store what is kept."""
        self.memory.enter()
        if self.row > 1:
            self._write_rows()
            self.memory.leave()
            return
        last: dict[Element, Plain] = {}
        for statement in self.kernel.statements:
            results = self._results(statement)
            if statement.out.array in self.kernel.tangled:
                self._store(statement, results)
                self.memory.forget()
            else:
                self.made[_element(statement.out)] = results
                last[_element(statement.out)] = statement
        for element, statement in last.items():
            if statement.out.array in self.kernel.stored:
                self._store(statement, self.made[element])
        self.memory.leave()

    def _write_rows(self) -> None:
        """Write a sum whose results lie side by side, a vector of them at a time."""
        (statement,) = self.kernel.statements
        assert isinstance(statement, Sum)
        (term,) = statement.terms
        extents, last = self.kernel.axes + term.extents, len(self.kernel.axes) - 1
        reaches = [self.writer.layout.reach(x, extents) for x in term.factors]
        out = self.writer.layout.reach(statement.out, self.kernel.axes)
        for k, row in enumerate(Looped(self, reaches, term.extents).rows()):
            point = self.points[k * self.row]
            total = self.memory.load(out, point, last, self.row) if statement.accumulate else None
            factors = [row] if term.coefficient == 1.0 else [row, self.function.number(term.coefficient, self.row)]
            self.memory.store(self.add_product(factors, total, self.row), out, point, last, self.row)

    def _store(self, statement: Plain, results: list[str]) -> None:
        """Store the results of a statement."""
        reach = self.writer.layout.reach(statement.out, self.kernel.axes)
        for point, register in zip(self.points, results, strict=True):
            self.memory.store(register, reach, point, self.vector, self.width)

    def _results(self, statement: Plain) -> list[str]:
        """Return the results of a statement at every point."""
        if isinstance(statement, Map):
            operands = [self._operand(x) for x in statement.operands]
            return [
                self.rows.apply(self.function, statement.op, list(each), statement.parameter, self.width)
                for each in (zip(*operands, strict=True) if operands else [()] * len(self.points))
            ]
        if isinstance(statement, Sum):
            return self._sum(statement)
        return self._top(statement)

    def _operand(self, x: Access | float) -> list[str]:
        """Return an operand at every point."""
        if not isinstance(x, Access):
            return [self.function.number(x, self.width)] * len(self.points)
        if _element(x) in self.made:
            return self.made[_element(x)]
        reach = self.writer.layout.reach(x, self.kernel.axes)
        return [self.memory.load(reach, point, self.vector, self.width) for point in self.points]

    def _sum(self, statement: Sum) -> list[str]:
        """Return the sums at every point: plain terms first, then those with loops, which start from there."""
        totals = self._operand(statement.out) if statement.accumulate else None
        for term in sorted(statement.terms, key=lambda term: len(term.extents)):
            totals = self._plain(term, totals) if not term.extents else self._looped(term, totals)
        return totals or [self.function.number(0.0, self.width)] * len(self.points)

    def _plain(self, term: Term, totals: list[str] | None) -> list[str]:
        """Return the totals with a term added that has no loops."""
        factors = [self._operand(x) for x in term.factors]
        results = []
        for k, each in enumerate(zip(*factors, strict=True)):
            parts = list(each)
            if term.coefficient != 1.0:
                parts.append(self.function.number(term.coefficient, self.width))
            results.append(self.add_product(parts, None if totals is None else totals[k], self.width))
        return results

    def add_product(self, factors: list[str], total: str | None, width: int) -> str:
        """Return a product, added to a total if there is one."""
        kind, let = self.function.kind(width), self.function.let
        *first, last = factors
        product = None
        for factor in first:
            product = factor if product is None else let(f"fmul {kind} {product}, {factor}")
        if total is None:
            return last if product is None else let(f"fmul {kind} {product}, {last}")
        if product is None:
            return let(f"fadd {kind} {total}, {last}")
        return self.rows.multiply_add(self.function, product, last, total, width)

    def _looped(self, term: Term, totals: list[str] | None) -> list[str]:
        """Return the totals with a term added that has loops."""
        extents = self.kernel.axes + term.extents
        reaches = [self.writer.layout.reach(x, extents) for x in term.factors]
        joined = term.coefficient == 1.0 and not self.plan.inside and totals is not None
        loops = Looped(self, reaches, term.extents)
        sums = loops.write(totals if joined else None)
        if joined:
            return sums
        if term.coefficient != 1.0:
            by = self.function.number(term.coefficient, self.width)
            sums = [self.function.let(f"fmul {self.function.kind(self.width)} {x}, {by}") for x in sums]
        if totals is None:
            return sums
        return [self.add_product([x], total, self.width) for x, total in zip(sums, totals, strict=True)]

    def _top(self, statement: Top) -> list[str]:
        """Return the maxima at every point."""
        tops: list[str] = []
        for extents, access in statement.operands:
            reach = self.writer.layout.reach(access, self.kernel.axes + extents)
            found = self._looped_top(reach, extents, access)
            tops = [self._larger(x, y) for x, y in zip(tops, found, strict=True)] if tops else found
        return tops

    def _looped_top(self, reach: Reach, extents: tuple[int, ...], access: Access) -> list[str]:
        """Return the maxima over some loops, at every point."""
        if not extents:
            return self._operand(access)
        return LoopedTop(self, [reach], extents).write(None)

    def _larger(self, x: str, y: str) -> str:
        return self.rows.apply(self.function, "maximum", [x, y], None, self.width)
