"""A Value graph as others read it: nodes in topological order, parents by position, local derivatives.

Nothing here changes a graph, and nothing recurses.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micrograd.closures import referent
from micrograd.engine import Value, _lock, topological_order

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Graph", "gradients_kept", "local_derivatives", "walk"]


@dataclass(frozen=True, slots=True)
class Graph:
    """All that a value was computed from.

    Args:
        nodes: n nodes, each after its parents, the root last.
        parents: for each node the positions of its parents, in the order of the operands: (0, 0) for a * a.
    """

    nodes: tuple[Value, ...]
    parents: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def root(self) -> Value:
        """The node that the others lead to."""
        return self.nodes[-1]

    def consumers(self) -> list[list[int]]:
        """Return for each node the positions of those computed from it, each once, in topological order.

        Example:
            >>> a = Value(3.0)
            >>> walk(a * a + 1.0).consumers()
            [[1], [3], [3], []]
        """
        consumers: list[list[int]] = [[] for _ in self.nodes]
        for child, parents in enumerate(self.parents):
            for parent in dict.fromkeys(parents):
                consumers[parent].append(child)
        return consumers


def walk(root: Value) -> Graph:
    """Return the graph of all that a value was computed from.

    Example:
        >>> a, b = Value(2.0), Value(-3.0)
        >>> walk(a * b + a).parents
        ((), (), (0, 1), (2, 0))

    Raises:
        TypeError: root is not a Value.
    """
    if not isinstance(root, Value):
        message = f"a graph starts at a Value, such as a loss; got {root!r} of type {type(root).__name__}"
        raise TypeError(message)
    nodes = topological_order(root)
    position = {id(node): i for i, node in enumerate(nodes)}
    return Graph(tuple(nodes), tuple([tuple([position[id(p)] for p in node.parents]) for node in nodes]))


def local_derivatives(node: Value) -> tuple[float, ...] | None:
    """Return the derivative of a node by each of its parents, as `backward()` would use them.

    Where a function was assigned to `_backward`, it is tried out: with gradient 1 at the node and 0 at its parents,
    it leaves the local derivatives there. All gradients are put back. A parent that appears twice receives the sum of
    both shares; each is then reported as half of it, so that what flows to the parent in all is right.

    Returns:
        A number for each parent, none for a leaf; None where there is no derivative, where the function raises, and
        for the outputs of a compiled function that has several, whose gradients go back together.

    Example:
        >>> a, b = Value(2.0), Value(-3.0)
        >>> local_derivatives(a * b)
        (-3.0, 2.0)
    """
    if hasattr(node.rule, "shares"):  # it remembers what it is given until all outputs have their gradients
        return None
    if node.rule is not None:
        return _tried_out(node)
    derivatives = node.local_grads
    return derivatives if derivatives or not node.parents else None


def _tried_out(node: Value) -> tuple[float, ...] | None:
    """Return the local derivatives that the function assigned to a node leaves at its parents."""
    parents = node.parents
    with _lock, gradients_kept([node, *parents, *_in_closure(node.rule)]):
        for parent in parents:
            parent.grad = 0.0
        node.grad = 1.0
        try:
            node.rule()
        except Exception:  # noqa: BLE001  # whatever the function raises is for backward() to show, not for a picture
            return None
        return tuple([float(parent.grad) / sum(parent is other for other in parents) for parent in parents])


def _in_closure(rule: Any) -> list[Value]:  # noqa: ANN401  # whatever was assigned
    """Return the Values that a function holds by itself, whose gradients it may change."""
    contents = []
    for cell in getattr(rule, "__closure__", None) or ():
        try:
            contents.append(referent(cell.cell_contents))
        except ValueError:  # its variable has no value yet
            continue
    return [content for content in contents if isinstance(content, Value)]


@contextmanager
def gradients_kept(nodes: list[Value]) -> Iterator[None]:
    """Return a context after which these nodes have the gradients they had before, or again none."""
    before = [(node, node.grad, node.has_grad) for node in nodes]
    try:
        yield
    finally:
        for node, gradient, known in before:
            node.grad = gradient
            if known and not node.has_grad:  # a computed gradient of 0, which an assignment takes for none
                Value.custom(0.0, [node], [0.0])._backward()  # noqa: SLF001  # adds 0 to it, as `backward()` would
