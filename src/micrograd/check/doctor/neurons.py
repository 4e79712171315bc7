"""Neurons: weighted sums of parameters, found in a graph whatever they were written with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from micrograd.engine import Value

__all__ = ["Neuron", "add_to_columns", "neurons_in"]

_SUMS = {"add", "sum", "sub"}
_SAMPLES = 16  # as many neurons of the same weights tell what a layer is
_ENOUGH = 64  # numbers of a column of the data


@dataclass(slots=True)
class Neuron:
    """One weighted sum: weights[0] inputs[0] + weights[1] inputs[1] + … and perhaps a bias.

    Args:
        weights: parameters.
        inputs: as many nodes.
        bias: the parameter that is added, if there is one.
    """

    weights: tuple[Value, ...]
    inputs: tuple[Value, ...]
    bias: Value | None = None

    @property
    def parameters(self) -> tuple[Value, ...]:
        """The weights, then the bias."""
        return self.weights if self.bias is None else (*self.weights, self.bias)

    def seen(self) -> tuple[Value | float, ...]:
        """Return the inputs in a form that is equal for neurons that see the same: leaves of the data by their numbers.

        Each neuron makes nodes of its own from plain numbers.
        """
        return tuple([x if x.parents else x.data for x in self.inputs])


def neurons_in(order: list[Value], parameters: Container[Value]) -> dict[Value, Neuron]:
    """Return the weighted sums in a topological order by the nodes that hold them; none is inside of another.

    Of the dot products that begin with the same parameter, only the last few are returned: there may be many samples.
    """
    found: dict[Value, Neuron] = {}
    inside: set[Value] = set()
    seen: Counter[Value] = Counter()
    for node in reversed(order):
        row = node.row
        if row is None:
            continue
        name, neuron = row.name, None
        if name == "dot" and node not in inside:
            operands = node.parents
            seen[operands[0]] += 1
            neuron = _from_dot(operands, parameters) if seen[operands[0]] <= _SAMPLES else None
        elif name in _SUMS and node not in inside:
            neuron = _from_dot_and_bias(node, parameters, inside) or _from_sum(node, parameters, inside)
        if neuron is not None:
            found[node] = neuron
    return dict(reversed(found.items()))


def _from_dot(operands: tuple[Value, ...], parameters: Container[Value]) -> Neuron | None:
    """Return the neuron that a dot product of parameters is; a start that is no parameter or constant makes it none."""
    n = len(operands) // 2
    left, right, start = operands[:n], operands[n : 2 * n], operands[2 * n :]
    if any(node.parents for node in start):
        return None
    bias = start[0] if start and start[0] in parameters else None
    for weights, inputs in ((left, right), (right, left)):
        if all(weight in parameters for weight in weights):
            return Neuron(weights, inputs, bias)
    return None


def _from_dot_and_bias(node: Value, parameters: Container[Value], inside: set[Value]) -> Neuron | None:
    """Return the neuron that a dot product plus a parameter is, and remember the product as a part of it."""
    if len(node.parents) != 2:  # noqa: PLR2004  # a sum of several
        return None
    x, y = node.parents
    product, bias = (x, y) if y in parameters else (y, x)
    row = product.row
    if row is None or row.name != "dot" or bias not in parameters:
        return None
    neuron = _from_dot(product.parents, parameters)
    if neuron is None or neuron.bias is not None:
        return None
    inside.add(product)
    return Neuron(neuron.weights, neuron.inputs, bias)


def _from_sum(node: Value, parameters: Container[Value], inside: set[Value]) -> Neuron | None:
    """Return the neuron that a chain of sums is, if each of its terms is a parameter times something, or a leaf."""
    weights, inputs = [], []
    bias = None
    for term in _terms(node, inside):
        row = term.row
        if row is not None and row.name == "mul":
            pair = _pair(term.parents, parameters)
            if pair is None:
                return None
            weights.append(pair[0])
            inputs.append(pair[1])
        elif term.parents:
            return None
        elif term in parameters:
            bias = term
    return Neuron(tuple(weights), tuple(inputs), bias) if weights else None


def _terms(node: Value, inside: set[Value]) -> list[Value]:
    """Return the terms of a chain of sums from left to right, and remember the sums in it."""
    terms: list[Value] = []
    stack = list(reversed(node.parents))
    while stack:
        term = stack.pop()
        row = term.row
        if row is not None and row.name in _SUMS:
            inside.add(term)
            stack += reversed(term.parents)
        else:
            terms.append(term)
    return terms


def _pair(operands: tuple[Value, ...], parameters: Container[Value]) -> tuple[Value, Value] | None:
    """Return the parameter of a product and what it is multiplied with; None where both are one, or neither is one."""
    x, y = operands
    if x is y:
        return None
    if x in parameters:
        return x, y
    return (y, x) if y in parameters else None


def add_to_columns(columns: dict[Value, list[float]], neurons: Iterable[Neuron], parameters: Container[Value]) -> None:
    """Add the numbers of the data that each weight is multiplied with, until there are enough."""
    for neuron in neurons:
        known = len(columns.get(neuron.weights[0], ()))
        if known < _ENOUGH and not any(x.parents or x in parameters for x in neuron.inputs):
            for weight, x in zip(neuron.weights, neuron.inputs, strict=True):
                columns.setdefault(weight, []).append(x.data)
