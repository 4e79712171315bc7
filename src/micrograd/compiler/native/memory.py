"""Loading and storing the elements of arrays, in vectors where they lie side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.native.layout import Reach
    from micrograd.compiler.native.text import Function, Number


class Memory:
    """Access to the arena from the function being written.

    What was loaded, and what was computed for an address, is remembered until the loop around it ends, so that
    unrolled rounds share it; and it is written before the loops on which it does not depend.

    Args:
        function: the function.
        itemsize: bytes of a number.
        written: where the arrays start that the function writes; what is read of these stays in its place.
    """

    def __init__(self, function: Function, itemsize: int, written: set[int]) -> None:
        self.function, self.itemsize, self._written = function, itemsize, written
        self._scopes: list[tuple[int, dict[object, str]]] = [(0, {})]

    def enter(self) -> None:
        """Open the scope of a loop, or of a part of one."""
        self._scopes.append((len(self.function.loops), {}))

    def leave(self) -> None:
        """Close the scope of a loop."""
        self._scopes.pop()

    def forget(self) -> None:
        """Forget what was loaded: it may have been written since."""
        for _, scope in self._scopes:
            for key in [key for key in scope if isinstance(key, tuple) and key[0] == "load"]:
                del scope[key]

    def load(self, reach: Reach, point: list[Number], vector: int | None, width: int, lanes: int | None = None) -> str:
        """Return the elements of an access: `width` of them along the loop `vector`, else one.

        Where fewer lanes than that are asked for, the others are 0.
        """
        lanes = lanes or width
        along = None if vector is None else (vector, reach.strides[vector], reach.index)
        key = ("load", *self._element(reach, point), along, width, lanes)
        return self._once(key, lambda: self._load(reach, point, vector, width, lanes), self._depth(reach, point))

    def store(self, register: str, reach: Reach, point: list[Number], vector: int | None, width: int) -> None:
        """Write elements, as `load` reads them."""
        if width > 1 and vector is not None and not _is_straight(reach, vector):
            for lane in range(width):
                kind = self.function.kind(width)
                one = self.function.let(f"extractelement {kind} {register}, i64 {lane}")
                self.store(one, reach, _moved(point, vector, lane), None, 1)
            return
        pointer = self._pointer(reach, point)
        kind = self.function.kind(width)
        self.function.do(f"store {kind} {register}, ptr {pointer}, align {self.itemsize}")

    def _load(self, reach: Reach, point: list[Number], vector: int | None, width: int, lanes: int) -> str:
        """Write what `load` returns."""
        function = self.function
        if width == 1 or vector is None or not _depends(reach, vector):
            one = ("load", *self._element(reach, point))
            number = self._once(one, lambda: self._load_plain(reach, point, 1), self._depth(reach, point))
            whole = function.splat(number, width)
            return whole if lanes == width else self._cut(whole, width, lanes)
        if _is_straight(reach, vector):
            whole = self._load_plain(reach, point, width)  # memory goes on behind the end of every array
            return whole if lanes == width else self._cut(whole, width, lanes)
        kind, whole = function.kind(width), function.number(0.0, width)
        for lane in range(lanes):
            one_lane = self.load(reach, _moved(point, vector, lane), None, 1)
            whole = function.let(f"insertelement {kind} {whole}, {function.real} {one_lane}, i64 {lane}")
        return whole

    def _cut(self, whole: str, width: int, lanes: int) -> str:
        """Return a vector with 0 after its first lanes."""
        kind = self.function.kind(width)
        mask = ", ".join(f"i1 {'true' if lane < lanes else 'false'}" for lane in range(width))
        zero = self.function.number(0.0, width)
        return self.function.let(f"select <{width} x i1> <{mask}>, {kind} {whole}, {kind} {zero}")

    def _load_plain(self, reach: Reach, point: list[Number], width: int) -> str:
        """Return neighbouring elements."""
        pointer, kind = self._pointer(reach, point), self.function.kind(width)
        return self.function.let(f"load {kind}, ptr {pointer}, align {self.itemsize}")

    def _pointer(self, reach: Reach, point: list[Number]) -> str:
        """Return a register that points to an element."""
        if reach.table is None and reach.index is None:
            moving, constant = self._place(reach, point)
            distance = reach.start + constant * self.itemsize
            return self._at(self._moved_base(moving, self.itemsize), distance, _inbounds(moving))
        chosen = self._looked_up(reach, point) if reach.table is not None else self._chosen(reach, point)
        element = self.function.let(f"getelementptr inbounds {self.function.real}, ptr %arena, i64 {chosen}")
        return self._at(element, reach.start)

    def _looked_up(self, reach: Reach, point: list[Number]) -> str:
        """Return the element that a table gives."""
        assert reach.table is not None
        if reach.index is not None:
            place = self.function.let(f"getelementptr inbounds i64, ptr %arena, i64 {self._chosen(reach, point)}")
            pointer = self._at(place, reach.table)
        else:
            moving, constant = self._place(reach, point)
            pointer = self._at(self._moved_base(moving, 8), reach.table + constant * 8, _inbounds(moving))
        return self.function.let(f"load i64, ptr {pointer}, align 8")

    def _chosen(self, reach: Reach, point: list[Number]) -> str:
        """Return the position that a number of the program chooses; one out of range is noted in the arena."""
        assert reach.index is not None
        let, real = self.function.let, self.function.real
        number = self.load(reach.index, point[: len(reach.index.strides)], None, 1)
        whole = self.function.call(f"@llvm.fptosi.sat.i64.{self.function.suffix(1)}", "i64", (real, number))
        far, again = let(f"icmp uge i64 {whole}, {reach.count}"), let(f"sitofp i64 {whole} to {real}")
        outside = let(f"or i1 {far}, {let(f'fcmp une {real} {number}, {again}')}")
        status = let("load i32, ptr %arena, align 4")
        noted = let(f"zext i1 {outside} to i32")
        self.function.do(f"store i32 {let(f'or i32 {status}, {noted}')}, ptr %arena, align 4")
        safe = let(f"select i1 {outside}, i64 0, i64 {whole}")
        total = let(f"mul i64 {safe}, {reach.step}")
        moving, constant = self._place(reach, point)
        for register, stride in moving:
            part = let(f"mul i64 {register}, {stride}")
            total = let(f"add i64 {total}, {part}")
        return let(f"add i64 {total}, {constant}")

    def _element(self, reach: Reach, point: list[Number]) -> tuple[object, ...]:
        """Return what two accesses have in common that touch the same element at a point."""
        index = reach.index and self._element(reach.index, point[: len(reach.index.strides)])
        return reach.start, reach.table, *self._place(reach, point), index, reach.step, reach.count

    def _place(self, reach: Reach, point: list[Number]) -> tuple[tuple[tuple[str, int], ...], int]:
        """Return how an element depends on the registers that count, and the constant part."""
        constant, moving = reach.offset, []
        for (register, number), stride in zip(point, reach.strides, strict=True):
            constant += number * stride
            if register is not None and stride != 0:
                moving.append((register, stride))
        return tuple(moving), constant

    def _moved_base(self, moving: tuple[tuple[str, int], ...], size: int) -> str:
        """Return the arena's start, moved on as the loops have it."""
        if not moving:
            return "%arena"
        *rest, (register, stride) = moving
        base = self._moved_base(tuple(rest), size)

        def write() -> str:
            distance = self.function.let(f"mul nsw i64 {register}, {stride * size}")
            return self.function.let(f"getelementptr {_inbounds(moving)}i8, ptr {base}, i64 {distance}")

        return self._once(("base", moving, size), write, self._inside(moving))

    def _at(self, base: str, constant: int, inbounds: str = "inbounds ") -> str:
        """Return a register that points so many bytes further."""
        return self.function.let(f"getelementptr {inbounds}i8, ptr {base}, i64 {constant}")

    def _depth(self, reach: Reach, point: list[Number]) -> int | None:
        """Return how many loops an access is to be inside of; None for where it stands."""
        if reach.start in self._written or reach.index is not None:
            return None
        return self._inside(self._place(reach, point)[0])

    def _inside(self, moving: tuple[tuple[str, int], ...]) -> int | None:
        """Return the number of loops around the innermost of those that count with these registers, itself included."""
        counters = [counter for counter, _ in self.function.loops]
        if any(register not in counters for register, _ in moving):
            return None
        return max((counters.index(register) + 1 for register, _ in moving), default=0)

    def _once(self, key: object, write: Callable[[], str], depth: int | None) -> str:
        """Return the register that holds what the key stands for, written now if it is not at hand.

        It is written inside of as many loops as `depth` tells; None for where things stand.
        """
        for _, scope in self._scopes:
            if key in scope:
                return scope[key]
        depth = len(self.function.loops) if depth is None else depth
        with self.function.ahead(depth):
            register = write()
        next(scope for level, scope in reversed(self._scopes) if level <= depth)[key] = register
        return register


def _inbounds(moving: tuple[tuple[str, int], ...]) -> str:
    """Return the promise not to leave the arena on the way; steps back, taken first, may lead before its start."""
    return "" if any(stride < 0 for _, stride in moving) else "inbounds "


def _moved(point: list[Number], loop: int, lane: int) -> list[Number]:
    """Return a point so many rounds of a loop further."""
    register, number = point[loop]
    return [*point[:loop], (register, number + lane), *point[loop + 1 :]]


def _depends(reach: Reach, loop: int) -> bool:
    """Tell whether an access changes along a loop."""
    inner = reach.index is not None and loop < len(reach.index.strides) and reach.index.strides[loop] != 0
    return reach.strides[loop] != 0 or inner


def _is_straight(reach: Reach, loop: int) -> bool:
    """Tell whether a loop goes from neighbour to neighbour."""
    moves_index = reach.index is not None and loop < len(reach.index.strides) and reach.index.strides[loop] != 0
    return reach.strides[loop] == 1 and reach.table is None and not moves_index
