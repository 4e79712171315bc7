"""A Value graph as others read it: nodes in topological order, parents by position, local derivatives.

Nothing here changes a graph, and nothing recurses.
"""

from __future__ import annotations

import functools
import math
import types
from collections import Counter, deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micrograd.closures import referent
from micrograd.engine import Value, _lock, topological_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Graph", "gradients_kept", "local_derivatives", "walk"]

LARGE = 1024.0  # a gradient that shows clipping; a power of 2, which adds no rounding
ROUNDING = 1e-9  # relative, of a function that rounds all the same, for it computes otherwise than by multiplying


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

    Where a function was assigned to `_backward`, it is tried out twice: from 0 on, what it leaves at the parents must
    be the same multiple of either gradient at the node, and that is the derivative. All gradients are put back. A
    parent that appears twice receives the sum of both shares; each is then reported as half of it, so that what flows
    to the parent in all is right.

    Returns:
        A number for each parent, none for a leaf; None where there is no derivative, where the function raises or is
        not linear in the gradient, as one that clips it, and for the outputs of a compiled function that has several,
        whose gradients go back together.

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
    with _lock, gradients_kept(list(dict.fromkeys([node, *parents, *_within_reach(node.rule)]))):
        try:
            once, again = _left_at(parents, node, -1.0), _left_at(parents, node, LARGE)  # of either sign
        except Exception:  # noqa: BLE001  # whatever the function raises is for backward() to show, not for a picture
            return None
    if not all(_same(-LARGE * x, y) for x, y in zip(once, again, strict=True)):
        return None
    times = Counter(map(id, parents))
    return tuple([(0.0 - share) / times[id(parent)] for parent, share in zip(parents, once, strict=True)])


def _left_at(parents: tuple[Value, ...], node: Value, gradient: float) -> list[float]:
    """Return the gradients that the function assigned to a node leaves at its parents, for a gradient at the node."""
    for parent in parents:
        parent.grad = 0.0
    node.grad = gradient
    node.rule()
    return [float(parent.grad) for parent in parents]


def _same(x: float, y: float) -> bool:
    """Return whether two numbers are the same but for rounding, or both none."""
    return math.isclose(x, y, rel_tol=ROUNDING) or (math.isnan(x) and math.isnan(y))


def _within_reach(rule: Any) -> list[Value]:  # noqa: ANN401  # whatever was assigned
    """Return the Values that a function can get hold of by itself, whose gradients it may change."""
    found: list[Value] = []
    seen: set[int] = set()
    stack: list[tuple[Any, bool]] = [(rule, True)]  # and whether to look at the attributes of an object
    while stack:
        item, deep = stack.pop()
        item = referent(item)
        if isinstance(item, Value):
            found.append(item)
        elif id(item) not in seen:
            seen.add(id(item))
            within = _within(item)
            if within is not None:
                stack += [(inner, deep) for inner in within if not isinstance(inner, (float, int, str))]
            elif deep and hasattr(item, "__dict__") and not isinstance(item, (type, types.ModuleType)):
                stack += [(inner, False) for inner in vars(item).values()]  # a model in there is not walked to its ends
    return found


def _within(item: Any) -> Iterable[Any] | None:  # noqa: ANN401  # anything
    """Return what a container or a function holds; None for anything else."""
    if isinstance(item, dict):
        return [*item, *item.values()]
    if isinstance(item, (list, tuple, set, frozenset, deque)):
        return item
    if isinstance(item, types.MethodType):
        return (item.__self__, item.__func__)
    if isinstance(item, functools.partial):
        return (item.func, item.args, item.keywords)
    if isinstance(item, types.FunctionType):
        named = [item.__globals__.get(name) for name in item.__code__.co_names]
        return [*_cells(item), item.__defaults__, item.__kwdefaults__, *[each for each in named if type(each) is Value]]
    return None


def _cells(function: types.FunctionType) -> Iterator[Any]:
    """Yield what the closure of a function holds."""
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # its variable has no value yet
            yield cell.cell_contents


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
