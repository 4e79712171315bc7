"""The derivative rules of the ops table as trees, for the page to compute local derivatives from edited numbers.

A rule of the table runs here on symbols, whose operators and rows write down what they are asked to do. So the page
differentiates by the table alone. A tree is a number, ["out"], ["x", i] for operand i, or a row's name followed by
its operands and its parameter, if it has one. The numbers that JSON lacks are the texts "nan", "inf" and "-inf".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from micrograd.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.engine import Value
    from micrograd.graph import Graph

Tree: TypeAlias = "float | str | list[Any]"
Key: TypeAlias = "tuple[str, int, str]"


@dataclass(frozen=True, eq=False, slots=True)
class Symbol:
    """A number that is not known yet: the tree that says how to compute it."""

    tree: Tree

    def __add__(self, other: Symbol | float) -> Symbol | float:
        return _row("add", self, other)

    def __radd__(self, other: float) -> Symbol | float:
        return _row("add", other, self)

    def __sub__(self, other: Symbol | float) -> Symbol | float:
        return _row("sub", self, other)

    def __rsub__(self, other: float) -> Symbol | float:
        return _row("sub", other, self)

    def __mul__(self, other: Symbol | float) -> Symbol | float:
        return _row("mul", self, other)

    def __rmul__(self, other: float) -> Symbol | float:
        return _row("mul", other, self)

    def __truediv__(self, other: Symbol | float) -> Symbol | float:
        return _row("div", self, other)

    def __rtruediv__(self, other: float) -> Symbol | float:
        return _row("div", other, self)

    def __neg__(self) -> Symbol | float:
        return _row("neg", self)


class Rows:
    """The rows of the table as functions of symbols and numbers: the `m` of the derivative rules."""

    def __getattr__(self, name: str) -> Callable[..., Symbol | float]:
        """Return the row of a name."""
        if name not in TABLE:
            raise AttributeError(name)
        return lambda *operands: _row(name, *operands)


def _row(name: str, *operands: Symbol | float) -> Symbol | float:
    """Return a row of symbols and numbers; of numbers alone, a number."""
    if not any(isinstance(x, Symbol) for x in operands):
        return TABLE[name].forward(*operands)
    return Symbol([name, *map(tree, operands)])


def tree(x: Symbol | float) -> Tree:
    """Return the tree of a symbol, or a number as JSON can hold it."""
    if isinstance(x, Symbol):
        return x.tree
    return x if math.isfinite(x) else str(x)


def derivatives(name: str, count: int, parameter: float | None = None) -> list[Tree]:
    """Return the local derivatives of a row of the ops table as trees, one towards each operand.

    Args:
        name: the row.
        count: number of operands.
        parameter: the row's constant, where it has one.

    Example:
        >>> derivatives("tanh", 1)
        [['sub', 1.0, ['mul', ['out'], ['out']]]]
    """
    operands = [Symbol(["x", i]) for i in range(count)]
    constants = () if parameter is None else (parameter,)
    return [tree(each) for each in TABLE[name].derivative(Rows(), Symbol(["out"]), *operands, *constants)]


def rules_of(graph: Graph) -> tuple[list[dict[str, Any]], list[int | None]]:
    """Return the derivative rules that a graph needs, and for each node which of them is its own.

    There is one rule for each row, number of operands and parameter in use; leaves and operations of the user's own
    have None.
    """
    rules: list[dict[str, Any]] = []
    known: dict[Key, int] = {}
    chosen = [_rule(node, len(parents), rules, known) for node, parents in zip(graph.nodes, graph.parents, strict=True)]
    return rules, chosen


def _rule(node: Value, count: int, rules: list[dict[str, Any]], known: dict[Key, int]) -> int | None:
    """Return the place of a node's rule in the list, to which it is added if it is not there yet."""
    row = node.row
    if row is None or node.rule is not None or count == 0:
        return None
    key = (row.name, count, repr(node.parameter))  # as text, because nan differs from itself and -0.0 does not from 0
    if key not in known:
        known[key] = len(rules)
        trees = derivatives(row.name, count, node.parameter)
        rules.append({"row": row.name, "words": row.words, "derivatives": trees})
    return known[key]
