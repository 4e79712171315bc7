"""What a loss adds up: its terms with their signs, found through sums, means and constant factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from micrograd.check.doctor.look import Look
    from micrograd.engine import Value

__all__ = ["is_a_loss", "row_of", "terms_of"]

_SUMS = {"add", "sum", "mean"}
_NEVER_BELOW_0 = {"abs", "relu", "softplus", "sqrt"}


def row_of(node: Value) -> str:
    """Return the name of the row that made a node; nothing for a leaf."""
    row = node.row
    return "" if row is None else row.name


def terms_of(look: Look) -> Iterator[tuple[Value, float]]:
    """Yield the terms of the root, each with the sign that it enters with; plain numbers are left out."""
    stack = [(look.root, 1.0)]
    while stack:
        node, sign = stack.pop()
        parts = _parts(node, look)
        if parts:
            stack += [(part, sign * factor) for part, factor in parts if factor != 0.0]
        elif node.parents or node in look.parameters:
            yield node, sign


def _parts(node: Value, look: Look) -> list[tuple[Value, float]]:
    """Return what a node adds up, with the factors; nothing for a term."""
    name, parents = row_of(node), node.parents
    if name in _SUMS:
        return [(parent, 1.0) for parent in parents]
    if name == "neg":
        return [(parents[0], -1.0)]
    if name == "sub" and not _is_cross_entropy(node):
        return [(parents[0], 1.0), (parents[1], -1.0)]
    if name in {"mul", "div"} and parents[0] is not parents[1]:
        return _scaled(node, look)
    return []


def _scaled(node: Value, look: Look) -> list[tuple[Value, float]]:
    """Return the operand that a constant scales, with that factor; nothing where both are computed."""
    x, y = node.parents
    factors = [(y, x)] if row_of(node) == "div" else sorted([(x, y), (y, x)], key=lambda pair: len(pair[0].parents))
    return next(([(other, factor.data)] for factor, other in factors if _is_constant(factor, look)), [])


def _is_constant(node: Value, look: Look) -> bool:
    """Tell whether no parameter moves a node."""
    return node not in look.dependent if node.parents else node not in look.parameters


def _is_cross_entropy(node: Value) -> bool:
    """Tell whether a difference is softplus(z) - y z, or logsumexp(z) - one of the z."""
    x, y = node.parents
    name = row_of(x)
    return (name == "softplus" and x.parents[0] in {y, *y.parents}) or (name == "logsumexp" and y in x.parents)


def is_a_loss(look: Look) -> bool:
    """Tell whether each term of the root is an error that can only be 0 or above, or the logarithm of a likelihood."""
    found = list(terms_of(look))
    return bool(found) and all(_is_error(node, sign, look) for node, sign in found)


def _is_error(node: Value, sign: float, look: Look) -> bool:
    """Tell whether a term is an error."""
    name, parents = row_of(node), node.parents
    if sign < 0.0:
        return name == "log"
    if name == "powc":
        return node.parameter is not None and node.parameter % 2.0 == 0.0 < node.parameter
    if name == "mul":
        return _are_the_same(*parents)
    if name == "maximum":
        return any(_is_constant(parent, look) and parent.data >= 0.0 for parent in parents)
    return name in _NEVER_BELOW_0 or (name == "sub" and _is_cross_entropy(node))


def _are_the_same(x: Value, y: Value) -> bool:
    """Tell whether two nodes are one, or computed alike: their product is a square."""
    if x is y:
        return True
    return x.row is not None and x.row is y.row and x.data == y.data and not {*x.parents}.isdisjoint(y.parents)
