"""Anomalies: the first value or gradient that is not finite becomes an error that tells where it came from."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from micrograd.check.places import user_place
from micrograd.engine import topological_order
from micrograd.errors import AnomalyError
from micrograd.graph import walk
from micrograd.hooks import watching
from micrograd.naming import name_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from micrograd.check.places import Place
    from micrograd.engine import Value

__all__ = ["anomaly"]

_SHOWN = 6  # operands of a node that a message describes


@contextmanager
def anomaly() -> Iterator[None]:
    """Return a context in which the first value or gradient that is not finite raises an error.

    The error names the operation, its operands with labels, names in the model and numbers, and the line that made
    each of them. Of a gradient it names the two factors that met, such as 0 and infinity. The gradients of that
    `backward()` have been left by then.

    An infinite number that is given, such as `Value(math.inf)`, is told of when something is computed from it that is
    not finite either. Infinities that are meant, such as `log(0)` on the side that `where` does not choose, or a mask
    of -inf that becomes an operand, raise as well: compute `log(maximum(x, 1e-12))`, and mask with -1e9.

    It holds for the thread that enters it, until it is left. As a decorator, `@anomaly()`, it holds for each call of a
    function. Compiled functions run as they are written meanwhile, and `fit` takes its steps in Python, so that each
    value is seen. What `micrograd.grad` returns as floats is not looked at; the values on the way to it are.

    Raises:
        AnomalyError: inside, as told above.

    Example:
        >>> from micrograd import Value
        >>> with anomaly():
        ...     p = Value(0.0, label="p")
        ...     loss = -p.log()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        micrograd.errors.AnomalyError: <doctest ...>:3: log gave -inf, the first result that is not finite: ...
          operand 1: p = 0.0, made at <doctest ...>:2: p = Value(0.0, label="p")
    """
    watch = _Watch()
    with watching(node=watch.made, write=watch.written, before=watch.begun, after=watch.ended):
        yield


class _Watch:
    """What sees the nodes of one context, and remembers where each was made, as long as it lives."""

    def __init__(self) -> None:
        self._makers: WeakKeyDictionary[Value, Place] = WeakKeyDictionary()
        self._writers: WeakKeyDictionary[Value, Place] = WeakKeyDictionary()

    def made(self, node: Value) -> None:
        """Remember where a node was made, and raise if it went wrong."""
        self._makers[node] = user_place()
        if not math.isfinite(node.data) and node.parents:
            raise AnomalyError(self._of_value(node), node)

    def written(self, node: Value) -> None:
        """Remember where the data of a node was last set."""
        self._writers[node] = user_place()

    def begun(self, root: Value) -> None:
        """Raise for a root that went wrong before the context was entered, or that is a leaf."""
        if not math.isfinite(root.data):
            first = next(node for node in topological_order(root) if not math.isfinite(node.data))
            raise AnomalyError(self._of_root(root, first), first)

    def ended(self, root: Value) -> None:
        """Raise if `backward()` left a gradient that is not finite."""
        nodes = topological_order(root)
        if all(math.isfinite(node.grad) for node in nodes):
            return
        for node in reversed(nodes):  # the order in which gradients are passed on
            for position, parent in enumerate(node.parents):
                if not math.isfinite(_share(node, position)) and not math.isfinite(parent.grad):
                    raise AnomalyError(self._of_gradient(root, node, position), parent)
        parent = next(node for node in reversed(nodes) if not math.isfinite(node.grad))
        raise AnomalyError(self._of_sum(root, parent), parent)

    def _of_value(self, node: Value) -> str:
        """Return what is said of a node that was computed just now."""
        told, place = _Names(node), self._makers[node]
        causes = [str(i) for i, parent in enumerate(node.parents, start=1) if not math.isfinite(parent.data)]
        why = f", because operand {' and '.join(causes[:_SHOWN])} is not" if causes else ""
        head = f"{place}: {node.op} gave {node.data!r}, the first result that is not finite{why}{_quoted(place)}"
        return "\n".join([head, *self._operands(node, told)])

    def _of_root(self, root: Value, node: Value) -> str:
        """Return what is said of a node that the root of `backward()` was computed from, or of the root itself."""
        told, place = _Names(root), user_place()
        head = f"{place}: backward() from {told(root)}, which is not finite{_quoted(place)}"
        return "\n".join([head, self._line(node, told, "the first such value: "), *self._operands(node, told)])

    def _of_gradient(self, root: Value, node: Value, position: int) -> str:
        """Return what is said where a gradient that is finite meets a local derivative that is not, or overflows."""
        told, g = _Names(root), float(node.grad)
        if node.rule is None:
            why = (
                f"  it received {node.local_grads[position]!r} * {g!r}: the local derivative of {node.op}"
                f" towards operand {position + 1}, times the gradient of {told(node)}"
            )
        else:
            why = f"  the function assigned to `_backward` of {told(node)} gave it, from the gradient {g!r}"
        head = self._head(root, node.parents[position], told)
        return "\n".join([head, why, self._line(node, told), *self._operands(node, told)])

    def _of_sum(self, root: Value, node: Value) -> str:
        """Return what is said where only the sum of all that a node received is not finite."""
        told = _Names(root)
        why = "  what it received is finite, and adds up to more than a float holds, or it was not finite before"
        return "\n".join([self._head(root, node, told), why, self._line(node, told)])

    @staticmethod
    def _head(root: Value, node: Value, told: _Names) -> str:
        """Return the first line of what is said of a gradient."""
        number = float(node.grad)
        place = user_place()
        return (
            f"{place}: in backward() from {told(root)}, the gradient of {told(node)} became {number!r},"
            f" the first that is not finite{_quoted(place)}"
        )

    def _operands(self, node: Value, told: _Names) -> list[str]:
        """Return a line for each operand of a node, or for those that matter most."""
        chosen = sorted(enumerate(node.parents, start=1), key=lambda pair: -_weight(pair[1]))[:_SHOWN]
        lines = [self._line(parent, told, f"operand {i}: ") for i, parent in sorted(chosen, key=lambda pair: pair[0])]
        rest = len(node.parents) - len(lines)
        return lines + [f"  and {rest} operands that are smaller"] * (rest > 0)

    def _line(self, node: Value, told: _Names, before: str = "") -> str:
        """Return what there is to say of a node: its name and number, and where they are from."""
        place, writer = self._makers.get(node), self._writers.get(node)
        made = f"made at {place}{_quoted(place)}" if place else "made before anomaly() was entered"
        later = f"; its data was set at {writer}{_quoted(writer)}" if writer else ""
        return f"  {before}{told(node)}, {made}{later}"


class _Names:
    """What the nodes of a graph are called in messages."""

    def __init__(self, root: Value) -> None:
        graph = walk(root)
        self._names = dict(zip(graph.nodes, name_nodes(graph).names, strict=True))

    def __call__(self, node: Value) -> str:
        """Return a node such as `layers[0].neurons[3].b = 0.5`, `y = ReLU -> 0.0`, or `0.0`."""
        name = self._names[node]
        made_by = f"{node.op} -> " if node.op else ""
        return f"{name} = {made_by}{node.data!r}" if name else f"{made_by}{node.data!r}"


def _share(node: Value, position: int) -> float:
    """Return what a node gave to the gradient of a parent; where only its own function knows, what the parent has."""
    if node.rule is not None or not node.local_grads:
        return float(node.parents[position].grad)
    return node.local_grads[position] * float(node.grad)


def _weight(node: Value) -> float:
    """Return how much an operand matters: not being finite most of all, then its size."""
    return abs(node.data) if math.isfinite(node.data) else math.inf


def _quoted(place: Place | None) -> str:
    """Return the text of a line behind a colon, if it is to be had."""
    text = place.text() if place else ""
    return f": {text}" if text else ""
