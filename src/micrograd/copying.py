"""Deep copies and pickles of graphs, of any depth: no recursion, and what was shared stays shared.

A pickle of a Value is the list of a `_Cell` for every node it was made from, parents first. A cell refers to the cells
of its parents, which the pickler has written by then, so it never descends. Unpickled, a cell is the Value itself.
"""

from __future__ import annotations

import copy
import pickle  # for the name of its error alone
import weakref
from typing import Any

from micrograd import closures
from micrograd.engine import Value, topological_order

_cells: weakref.WeakValueDictionary[int, _Cell] = weakref.WeakValueDictionary()


class _Cell:
    """Stands for a node while a pickle is written; one for each node, so that sharing is seen."""

    __slots__ = ("__weakref__", "node")

    def __init__(self, node: Value) -> None:
        self.node = node

    def __reduce__(self) -> tuple[Any, ...]:
        node = self.node
        if node.rule is not None:
            message = f"the op {node.op!r} has an assigned `_backward`, which no file can hold: use Value.custom"
            raise pickle.PicklingError(message)
        built: tuple[Any, ...] = (_restore, (type(node), node.pack(_cell_of)))
        return (*built, node.attributes or None, None, None, _set_attributes)


def _cell_of(node: Value) -> _Cell:
    """Return the one cell of a node."""
    cell = _cells.get(id(node))
    if cell is None or cell.node is not node:
        cell = _cells[id(node)] = _Cell(node)
    return cell


def reduce(root: Value) -> tuple[Any, ...]:
    """Return what `pickle` needs to write a Value and all it was made from."""
    return _last, ([_cell_of(node) for node in _all_nodes(root)],)


def deep_copy(root: Value, memo: dict[int, Any]) -> Value:
    """Return a copy of a Value and of all it was made from; `memo` is that of `copy.deepcopy`."""
    order = [node for node in _all_nodes(root) if id(node) not in memo]
    for node in order:
        memo[id(node)] = _restore(type(node), node.pack(lambda other: memo[id(other)]))
    for node in order:
        twin = memo[id(node)]
        _set_attributes(twin, copy.deepcopy(node.attributes, memo))
        if node.rule is not None:
            twin._backward = closures.with_contents(node.rule, lambda content: _twin(content, memo))  # noqa: SLF001
    twin_of_root: Value = memo[id(root)]
    return twin_of_root


def _all_nodes(root: Value) -> list[Value]:
    """Return every node that `root` holds, each after those it holds: its parents, and a custom op's derivatives."""
    order = topological_order(root)
    if all(node.exact_local_grads is None for node in order):
        return order
    done: dict[Value, None] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        missing = [other for other in _held(node) if other not in done]
        if missing:
            stack += missing
        else:
            done[stack.pop()] = None
    return list(done)


def _held(node: Value) -> tuple[Value, ...]:
    """Return the Values that a node holds."""
    return node.parents + (node.exact_local_grads or ())


def shallow_copy(node: Value) -> Value:
    """Return a new Value with the same numbers and the same parents."""
    twin = _restore(type(node), node.pack(lambda parent: parent))
    _set_attributes(twin, node.attributes)
    if node.rule is not None:
        twin._backward = closures.with_contents(node.rule, lambda content: _twin(content, {id(node): twin}))  # noqa: SLF001
    return twin


def _last(nodes: list[Value]) -> Value:
    """Return the root from the list of all nodes of its graph."""
    return nodes[-1]


def _restore(kind: type[Value], packed: tuple[Any, ...]) -> Value:
    """Return a node from what `Value.pack` gave."""
    node = kind.__new__(kind)
    node.unpack(packed)
    return node


def _set_attributes(node: Value, attributes: dict[str, Any]) -> None:
    """Set the attributes of the user's own."""
    for name, value in attributes.items():
        setattr(node, name, value)


def _twin(content: Any, memo: dict[int, Any]) -> Any:
    """Return the copy of what a closure holds: of a node, held strongly or weakly, or of a container of nodes."""
    held = closures.referent(content)
    if isinstance(held, (list, tuple, dict, set)):
        return copy.deepcopy(held, memo)
    return memo.get(id(held), content) if isinstance(held, Value) else content
