"""Symbols: the numbers of a loop nest before they are known. The derivative rules of the ops table run on them.

A rule computes with operators and with the rows of a namespace `m`. On symbols each step appends a map to a list of
statements, unless it can be done without: constants are folded, a factor is kept beside the symbol, and a map that is
there already is used again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from micrograd.compiler.nest import moving, row_major
from micrograd.compiler.program import Access, Array, Map
from micrograd.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from micrograd.compiler.program import Operand, Statement

Number: TypeAlias = "Symbol | float"


def key(axes: tuple[int, ...], access: Access) -> Hashable:
    """Return what two accesses have in common that touch the same elements at every point of a nest."""
    steps = tuple(stride if n > 1 else 0 for n, stride in zip(axes, access.strides, strict=True))
    index = None if access.index is None else key(axes, access.index)
    return access.array, access.offset, steps, id(access.table), index, access.step, access.count


def restride(access: Access, loops: Iterable[int | None]) -> Access:
    """Return an access over other loops: each is one of the old ones, by number, or None for one that changes nothing.

    Loops that change nothing may be left out.
    """
    ks = tuple(loops)
    index = None if access.index is None else restride(access.index, ks)
    return replace(access, strides=tuple(0 if k is None else access.strides[k] for k in ks), index=index)


class Names:
    """Names for new arrays, none of them twice."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._numbers: Counter[str] = Counter()

    def fresh(self, wish: str) -> str:
        """Return the wish, with a number if it is taken."""
        name = wish
        while name in self._taken:
            self._numbers[wish] += 1
            name = f"{wish}{self._numbers[wish] + 1}"
        self._taken.add(name)
        return name


@dataclass(slots=True)
class Maps:
    """A list of statements to which maps are appended, each result once.

    Attributes:
        names: names of the program's arrays.
        statements: the statements, in order.
        known: where results stand, by what was computed.
    """

    names: Names
    statements: list[Statement] = field(default_factory=list)
    known: dict[Hashable, Access] = field(default_factory=dict)

    def result(self, axes: tuple[int, ...], op: str, operands: tuple[Operand, ...], *parameter: float) -> Access:
        """Return where a row's result stands, at every point of a nest; loops that change nothing do not run."""
        recipe = (axes, op, parameter, *(key(axes, x) if isinstance(x, Access) else x for x in operands))
        if recipe not in self.known:
            kept = sorted({k for x in operands if isinstance(x, Access) for k in moving(axes, x)})
            shape = tuple(axes[k] for k in kept)
            out = Access(Array(self.names.fresh("u"), "local", shape), 0, row_major(shape))
            reads = tuple(restride(x, kept) if isinstance(x, Access) else x for x in operands)
            self.statements.append(Map(shape, out, op, reads, *parameter))
            self.known[recipe] = restride(out, (kept.index(k) if k in kept else None for k in range(len(axes))))
        return self.known[recipe]


@dataclass(frozen=True, eq=False, slots=True)
class Symbol:
    """The numbers that an access reads over a nest, times a constant.

    Attributes:
        m: where its rows come from.
        access: what is read.
        coefficient: the constant.
    """

    m: Rows
    access: Access
    coefficient: float = 1.0

    def __add__(self, other: Number) -> Number:
        return self.m.add(self, other)

    def __radd__(self, other: Number) -> Number:
        return self.m.add(other, self)

    def __sub__(self, other: Number) -> Number:
        return self.m.sub(self, other)

    def __rsub__(self, other: Number) -> Number:
        return self.m.sub(other, self)

    def __mul__(self, other: Number) -> Number:
        return self.m.mul(self, other)

    def __rmul__(self, other: Number) -> Number:
        return self.m.mul(other, self)

    def __neg__(self) -> Symbol:
        return self.times(-1.0)

    def times(self, factor: float) -> Symbol:
        """Return the symbol times a constant."""
        return replace(self, coefficient=self.coefficient * factor)


class Rows:
    """The rows of the ops table as functions of symbols over one loop nest: the `m` of the derivative rules."""

    def __init__(self, axes: tuple[int, ...], maps: Maps) -> None:
        self._axes = axes
        self._maps = maps

    def __getattr__(self, name: str) -> Callable[..., Number]:
        """Return the row of a name."""
        op = TABLE[name]
        return lambda *operands: self._apply(name, operands[: op.arity], *operands[op.arity :])

    def symbol(self, operand: Operand) -> Number:
        """Return an operand of a statement as the rules want it."""
        return Symbol(self, operand) if isinstance(operand, Access) else operand

    def add(self, x: Number, y: Number) -> Number:
        """Return x + y; nothing is added to, or by, zero."""
        if _is(x, 0.0) or _is(y, 0.0):
            return y if _is(x, 0.0) else x
        return self._apply("add", (x, y))

    def sub(self, x: Number, y: Number) -> Number:
        """Return x - y; nothing is taken from, or by, zero."""
        if _is(x, 0.0) or _is(y, 0.0):
            return -y if _is(x, 0.0) else x
        return self._apply("sub", (x, y))

    def mul(self, x: Number, y: Number) -> Number:
        """Return x · y; constants go to the coefficient, and zero wins."""
        if isinstance(x, Symbol):
            return self._times(x, y)
        return self._times(y, x) if isinstance(y, Symbol) else x * y

    def _times(self, symbol: Symbol, y: Number) -> Number:
        """Return a symbol times anything."""
        if isinstance(y, Symbol):
            product = self._result("mul", (symbol.access, y.access))
            return Symbol(self, product, symbol.coefficient * y.coefficient)
        return symbol.times(y) if y != 0.0 else 0.0

    def div(self, x: Number, y: Number) -> Number:
        """Return x / y; a coefficient of x goes to the quotient."""
        if isinstance(x, Symbol) and x.coefficient != 1.0:
            return self.div(replace(x, coefficient=1.0), y) * x.coefficient
        if isinstance(x, float) and x not in {0.0, 1.0} and isinstance(y, Symbol):
            return self.div(1.0, y) * x
        return self._apply("div", (x, y))

    def powc(self, x: Number, exponent: float) -> Number:
        """Return x to a constant power, of which the first and the zeroth are known."""
        if isinstance(x, Symbol) and exponent in {0.0, 1.0}:
            return x if exponent == 1.0 else 1.0
        return self._apply("powc", (x,), exponent)

    def where(self, condition: Number, x: Number, y: Number) -> Number:
        """Return x where the condition is not 0, else y."""
        if not isinstance(condition, Symbol):
            return x if condition else y
        return self._apply("where", (condition, x, y))

    def _apply(self, name: str, operands: tuple[Number, ...], *parameter: float) -> Number:
        """Return a row of numbers or symbols; without symbols, a number."""
        if not any(isinstance(x, Symbol) for x in operands):
            return TABLE[name].forward(*operands, *parameter)
        return Symbol(self, self._result(name, tuple(map(self._operand, operands)), *parameter))

    def _operand(self, x: Number) -> Operand:
        """Return a symbol as something that a map can read."""
        if not isinstance(x, Symbol) or x.coefficient == 1.0:
            return x.access if isinstance(x, Symbol) else x
        if x.coefficient == -1.0:
            return self._result("neg", (x.access,))
        return self._result("mul", (x.access, x.coefficient))

    def _result(self, name: str, operands: tuple[Operand, ...], *parameter: float) -> Access:
        """Return where the result of a row stands."""
        return self._maps.result(self._axes, name, operands, *parameter)


def _is(x: Number, number: float) -> bool:
    """Tell whether x is this constant."""
    return not isinstance(x, Symbol) and x == number
