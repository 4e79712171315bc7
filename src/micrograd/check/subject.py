"""The subject of a gradient check: a function, the numbers it is differentiated by, and what they are called."""

from __future__ import annotations

import inspect
import math
import warnings
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

from micrograd.autodiff import gradients_by
from micrograd.engine import Value, as_value, dot, topological_order, zero_grads
from micrograd.errors import GradientError, NoGradientWarning
from micrograd.graph import gradients_kept, walk
from micrograd.module import Module
from micrograd.naming import name_nodes
from micrograd.structure import flatten, like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

__all__ = ["Subject", "subject_of"]

_DEEPEST = 99  # levels of nesting; variables may hold lists that hold themselves
_GOLDEN = 0.6180339887498949  # its multiples, less their whole parts, are spread evenly and never in step


@dataclass(frozen=True, slots=True)
class Subject:
    """A function of some leaves.

    Args:
        call: evaluates the function on the present data of the leaves.
        leaves: what it is differentiated by.
        names: what the leaves are called.
        kept: other nodes from outside that `backward()` reaches.
        remark: what is not checked.
    """

    call: Callable[[], Value]
    leaves: list[Value]
    names: list[str]
    kept: list[Value]
    remark: str = ""

    def kept_gradients(self) -> AbstractContextManager[None]:
        """Return a context after which all gradients are what they were before."""
        return gradients_kept([*self.leaves, *self.kept])

    def function(self, order: int) -> Callable[[], Value]:
        """Return the function of an order.

        That of order 1 is the function itself. That of order n + 1 is a weighted sum of the gradients of that of
        order n: it has a wrong derivative if any of them has one.
        """
        return self.call if order == 1 else self._derived(self.function(order - 1))

    def gradients(self, order: int) -> tuple[list[float], float]:
        """Return the gradients of the function of an order, which `backward()` leaves, and the size of what it adds up.

            size = √ Σ (node · ∂f/∂node)²

        A node that is off by a relative ε moves the result by ε · node · ∂f/∂node; errors of many nodes add up like
        the steps of a random walk. Of a compiled function only the arguments and the result are seen.
        """
        out = self.function(order)()
        zero_grads(self.leaves)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoGradientWarning)  # a function may return one of its arguments
            out.backward()
        nodes = topological_order(out)
        size = math.hypot(*[node.data * float(node.grad) for node in nodes])
        return [float(leaf.grad) for leaf in self.leaves], size

    def _derived(self, call: Callable[[], Value]) -> Callable[[], Value]:
        """Return the function that sums up the gradients of a function."""
        return lambda: _one_number(gradients_by(call(), self.leaves, exact=True))


def subject_of(f: Callable[..., Any], args: tuple[Any, ...], parameters: Module | Iterable[Value] | None) -> Subject:
    """Return what is to be checked of a function.

    Raises:
        TypeError: the function does not return numbers, or a parameter is not a Value.
        ValueError: there is no number to differentiate by.
        GradientError: the function gives another result each time.
    """
    inputs = [_with_leaves(arg) for arg in args] if parameters is None else list(args)

    def call() -> Value:
        return _one_number(f(*inputs))

    if parameters is not None:
        named = _named(parameters)
        return Subject(call, list(named), list(named.values()), [*_compared(call, set(named))[0]])
    named = {leaf: leaf.label or name for i, arg in enumerate(inputs) for leaf, name in _paths(arg, f"args[{i}]")}
    kept, order = _compared(call, set(named))
    inner = [node for node in kept if node.parents]
    below = {node for value in inner for node in topological_order(value)}
    leaves = [node for node in kept if node not in below]
    named |= _names(f, order, leaves)
    if not named:
        raise ValueError(_NOTHING if not below else _STALE)
    remark = f"not checked: what Values that were computed before the call come from ({len(inner)})" if below else ""
    return Subject(call, list(named), list(named.values()), list(kept), remark)


_NOTHING = (
    "the function reaches no Value and takes no number to differentiate by: give it arguments, or compute the result"
    " from Values, without .data or float()"
)
_STALE = (
    "the function returns what was computed before the call, and so cannot follow when a number is moved: compute it"
    " inside, as in check_grad(lambda: loss(model(x), y))"
)


def _compared(call: Callable[[], Value], own: set[Value]) -> tuple[dict[Value, None], Value]:
    """Return the nodes from outside that two calls reach, and the result of the first, or say that the two differ."""
    first, second = call(), call()
    if first.data != second.data and not (math.isnan(first.data) and math.isnan(second.data)):
        message = (
            f"the function gives another result each time: {first.data!r}, then {second.data!r}; let it start from the"
            " same random numbers and the same state at every call"
        )
        raise GradientError(message)
    again = set(topological_order(second)) - own
    return {node: None for node in topological_order(first) if node in again}, first


def _one_number(out: Any) -> Value:  # noqa: ANN401  # whatever a function returns
    """Return a result as one Value; of several, a sum with weights in which no two can hide each other."""
    try:
        values = [as_value(number) for number in flatten(out)]
    except TypeError:
        message = f"the function must return numbers, alone or in lists, tuples, dicts or arrays; it returned {out!r}"
        raise TypeError(message) from None
    if len(values) == 1:
        return values[0]
    return dot([0.5 + _GOLDEN * i % 1.0 for i in range(len(values))], values)


def _with_leaves(x: Any) -> Any:  # noqa: ANN401  # any argument
    """Return an argument with a fresh leaf in the place of every number and Value."""
    return like(x, [_leaf(part) if _is_number(part) else part for part in flatten(x)])


def _leaf(number: Any) -> Value:  # noqa: ANN401  # whatever behaves as a number
    """Return a leaf of the number of a Value, with its label, or of a plain number."""
    return Value(number.data, label=number.label) if isinstance(number, Value) else Value(number)


def _is_number(x: object) -> bool:
    """Tell numbers from what is passed on as it is: text, None, True and False, networks, functions."""
    return isinstance(x, (Value, Real)) and not isinstance(x, bool)


def _paths(x: Any, path: str, depth: int = _DEEPEST) -> Iterator[tuple[Value, str]]:  # noqa: ANN401  # any argument
    """Yield the leaves of an argument with the paths that lead to them, such as `args[1][3]`."""
    if isinstance(x, Value):
        yield x, path
    elif isinstance(x, dict) and depth:
        for key, part in x.items():
            yield from _paths(part, f"{path}[{key!r}]", depth - 1)
    elif isinstance(x, (list, tuple)) and depth:
        for i, part in enumerate(x):
            yield from _paths(part, f"{path}[{i}]", depth - 1)
    elif isinstance(getattr(x, "shape", None), tuple) and x.shape:
        yield from _paths(x.tolist(), path)


def _named(parameters: Module | Iterable[Value]) -> dict[Value, str]:
    """Return the parameters that were given, each with its name."""
    if isinstance(parameters, Module):
        return {p: p.label or name for name, p in parameters.named_parameters()}
    given = list(parameters)
    strangers = [p for p in given if not isinstance(p, Value)]
    if strangers or not given:
        message = f"parameters must be a network, or Values, one or more; got {strangers[0] if strangers else given!r}"
        raise TypeError(message)
    named: dict[Value, str] = {}
    for i, p in enumerate(given):
        named.setdefault(p, p.label or f"parameters[{i}]")
    return named


def _names(f: Callable[..., Any], root: Value, leaves: list[Value]) -> dict[Value, str]:
    """Return leaves that a function reaches from outside with their names: label, place in the model, variable."""
    graph = walk(root)
    known = dict(zip(graph.nodes, name_nodes(graph).names, strict=True))
    variables = {leaf: name for name, item in _variables(f).items() for leaf, name in _paths(item, name)}
    return {leaf: known[leaf] or variables.get(leaf, f"leaf {i}") for i, leaf in enumerate(leaves, start=1)}


def _variables(f: Callable[..., Any]) -> Mapping[str, Any]:
    """Return the variables from outside that a function uses, or the attributes of the object that it belongs to."""
    attributes = getattr(getattr(f, "__self__", f), "__dict__", {})
    try:
        found = inspect.getclosurevars(inspect.unwrap(f))
    except (TypeError, ValueError):  # an object that is called; a variable without a value yet
        return attributes
    return {**attributes, **found.globals, **found.nonlocals}
