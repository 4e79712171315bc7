"""Functions assigned to `_backward`: copies of them whose closures refer to other nodes, or weakly to their own.

The lecture writes a custom op as a closure over its own node, and assigns it to that node. The node then holds the
function and the function holds the node: a cycle that reference counting never frees. A copy of the function with
another cell in that place does the same work and lets go.
"""

from __future__ import annotations

import types
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_EMPTY = object()  # what a cell holds while its variable has no value


def weak_towards(node: Any, rule: Callable[[], Any]) -> Callable[[], Any]:
    """Return a function that does what `rule` does and holds `node` weakly, if its closure holds it."""
    if any(_content(cell) is node for cell in getattr(rule, "__closure__", None) or ()):
        return with_contents(rule, lambda content: weakref.proxy(node) if content is node else content)
    return rule


def with_contents(rule: Callable[[], Any], replace: Callable[[Any], Any]) -> Callable[[], Any]:
    """Return a function like `rule` whose closure holds `replace(content)` in the place of each content.

    `rule` itself is returned where nothing is replaced, or where it is no plain function.
    """
    cells = getattr(rule, "__closure__", None)
    if not cells or not isinstance(rule, types.FunctionType):
        return rule
    replaced = tuple(_replaced(cell, replace) for cell in cells)
    if all(new is old for new, old in zip(replaced, cells, strict=True)):  # cells compare by content
        return rule
    twin = types.FunctionType(rule.__code__, rule.__globals__, rule.__name__, rule.__defaults__, replaced)
    twin.__kwdefaults__ = rule.__kwdefaults__
    return twin


def referent(content: Any) -> Any:
    """Return what a weak proxy stands for, and anything else as it is."""
    return getattr(content.__repr__, "__self__", content) if isinstance(content, weakref.ProxyType) else content


def _content(cell: types.CellType) -> Any:
    """Return what a cell holds, _EMPTY if nothing."""
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY


def _replaced(cell: types.CellType, replace: Callable[[Any], Any]) -> types.CellType:
    """Return the cell itself, or a new one where its content is replaced."""
    content = _content(cell)
    other = content if content is _EMPTY else replace(content)
    return cell if other is content else types.CellType(other)
