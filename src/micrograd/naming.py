"""What nodes are called: by their labels, else by the places that the model gives its parameters.

The model is found by itself: of all Modules alive, the outermost ones that hold leaves of the graph.
"""

from __future__ import annotations

import gc
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micrograd.engine import Value
from micrograd.module import Module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from micrograd.graph import Graph

__all__ = ["Naming", "Part", "name_nodes"]

_NO_PARTS = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a model that holds parameters, directly or in parts of its own.

    Args:
        name: the path that leads to it, such as `layers[0].neurons[3]`; that of a whole model is its class.
        parent: position of the part that it belongs to, -1 for a whole model.
    """

    name: str
    parent: int


@dataclass(frozen=True, slots=True)
class Naming:
    """What the nodes of a graph are called, and which parts of models its parameters belong to.

    Args:
        names: for each node its label, else the model's name for it, else an empty text.
        parts: the parts of all models, each after the one it belongs to.
        owners: for each node the position of the innermost part that holds it, -1 for what is no parameter.
    """

    names: tuple[str, ...]
    parts: tuple[Part, ...]
    owners: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Model:
    """A model, taken apart: its parts (path, position of the parent), and its Values (path, position of the part)."""

    name: str
    parts: list[tuple[str, int]]
    values: dict[Value, tuple[str, int]]
    inside: set[int]  # the ids of all its parts


def name_nodes(graph: Graph, model: object = None) -> Naming:
    """Return the names of all nodes, and the parts of the model that they belong to.

    Args:
        graph: the graph.
        model: a Module, any other object that keeps its parameters and its parts in attributes, or a list or dict of
            these. None finds the Modules by itself.

    Raises:
        TypeError: the model is no object that could hold parameters.
        ValueError: it holds no leaf of the graph.

    Example:
        >>> from micrograd.graph import walk
        >>> from micrograd.nn import Neuron
        >>> n = Neuron(2)
        >>> name_nodes(walk(n([1.0, 2.0]))).names
        ('w[0]', 'w[1]', '', '', 'b', '', '')
    """
    leaves = {node: i for i, (node, parents) in enumerate(zip(graph.nodes, graph.parents, strict=True)) if not parents}
    models = _models_of(_first_uses(graph)) if model is None else [_given(model, leaves)]
    names, owners = [node.label for node in graph.nodes], [-1] * len(graph)
    parts: list[Part] = []
    for prefix, found in zip(_prefixes(models), models, strict=True):
        first = len(parts)
        parts += [
            Part(_join(prefix, path) or found.name, parent + first * (parent >= 0)) for path, parent in found.parts
        ]
        for value, (path, part) in found.values.items():
            if value in leaves and owners[leaves[value]] < 0:
                owners[leaves[value]] = first + part
                names[leaves[value]] = value.label or _join(prefix, path)
    return Naming(tuple(names), tuple(parts), tuple(owners))


def live_modules() -> list[Module]:
    """Return the Modules that are alive in this process, copies and unpickled ones included."""
    return [item for item in gc.get_objects() if issubclass(type(item), Module)]


def _first_uses(graph: Graph) -> dict[Value, int]:
    """Return for each leaf of a graph the position of the first node that is computed from it."""
    uses: dict[int, int] = {}
    for child, parents in enumerate(graph.parents):
        for parent in parents:
            uses.setdefault(parent, child)
    return {graph.nodes[i]: uses.get(i, i) for i, parents in enumerate(graph.parents) if not parents}


def _models_of(uses: dict[Value, int]) -> list[_Model]:
    """Return the outermost live Modules that hold leaves of a graph, in the order in which they are used there."""
    live = live_modules()
    held = {id(part) for module in live for part in _modules_in(module)}
    outermost_first = sorted(live, key=lambda module: id(module) in held)  # a stable sort
    reached: set[int] = set()
    found = []
    for module in outermost_first:
        if id(module) not in reached:  # else it is a part of one that was taken apart
            model = _take_apart(module)
            reached |= model.inside
            used = [uses[value] for value in model.values if value in uses]
            if used:
                found.append((min(used), model))
    return [model for _, model in sorted(found, key=lambda pair: pair[0])]


def _given(model: object, leaves: dict[Value, int]) -> _Model:
    """Return the model that somebody names, taken apart, or say that it is another one's."""
    if not isinstance(model, (list, tuple, dict)) and (isinstance(model, Value) or not hasattr(model, "__dict__")):
        message = f"a model is an object that keeps parameters in attributes, or a list or dict of them; got {model!r}"
        raise TypeError(message)
    found = _take_apart(model)
    if any(value in leaves for value in found.values):
        return found
    message = (
        f"the model {found.name} holds none of the {len(leaves)} leaves of this graph: give the model that it was"
        " computed with, and compute the graph anew where parameters were replaced"
    )
    raise ValueError(message)


def _prefixes(models: list[_Model]) -> list[str]:
    """Return what to write before the names of each model: nothing where there is one, else its class, numbered."""
    names = [model.name for model in models]
    if len(models) == 1:
        return [""]
    return [name if names.count(name) == 1 else f"{name}{names[: i + 1].count(name)}" for i, name in enumerate(names)]


def _join(prefix: str, path: str) -> str:
    """Return a path behind a prefix, either of which may be empty."""
    return f"{prefix}.{path}" if prefix and path and not path.startswith("[") else prefix + path


def _take_apart(model: object) -> _Model:
    """Return the parts of a model and the Values that it holds, each by the first path that leads to it."""
    name = "parameters" if isinstance(model, (list, tuple, dict)) else type(model).__name__
    found = _Model(name, [("", -1)], {}, {id(model)})
    stack = [(item, path, 0) for path, item in _items(model, "")][::-1]
    while stack:
        item, path, part = stack.pop()
        if isinstance(item, Value):
            found.values.setdefault(item, (path, part))
        elif isinstance(item, (list, tuple, dict)):
            stack += [(inner, place, part) for place, inner in _items(item, path)][::-1]
        elif id(item) not in found.inside and _is_part(item, plain=not isinstance(model, Module)):
            found.inside.add(id(item))
            found.parts.append((path, part))
            stack += [(inner, place, len(found.parts) - 1) for place, inner in _items(item, path)][::-1]
    if isinstance(model, Module):
        for i, value in enumerate(dict.fromkeys(model.parameters())):
            found.values.setdefault(value, (f"parameters()[{i}]", 0))
    return found


def _is_part(item: object, *, plain: bool) -> bool:
    """Return whether an item is a part of a model; in a plain one any object with attributes may be."""
    return isinstance(item, Module) or (plain and hasattr(item, "__dict__") and not isinstance(item, _NO_PARTS))


def _items(item: Any, path: str) -> Iterator[tuple[str, object]]:  # noqa: ANN401  # a container or an object
    """Yield what a container or an object holds, each with the path that leads to it."""
    if isinstance(item, (list, tuple)):
        yield from ((f"{path}[{i}]", inner) for i, inner in enumerate(item))
    elif isinstance(item, dict):
        yield from ((f"{path}[{key!r}]", inner) for key, inner in item.items())
    else:
        yield from ((f"{path}.{name}" if path else name, inner) for name, inner in vars(item).items())


def _modules_in(module: Module) -> Iterator[Module]:
    """Yield the Modules that a Module holds itself, in attributes and in lists, tuples and dicts there."""
    stack: list[Iterable[object]] = [vars(module).values()]
    while stack:
        for item in stack.pop():
            if isinstance(item, Module):
                yield item
            elif isinstance(item, (list, tuple)):
                stack.append(item)
            elif isinstance(item, dict):
                stack.append(item.values())
