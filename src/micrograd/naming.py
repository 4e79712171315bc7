"""What nodes are called: by their labels, else by the places that the model gives its parameters.

The model is found by itself: of all Modules alive, the outermost ones that hold leaves of the graph.
"""

from __future__ import annotations

import gc
import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micrograd.engine import Value
from micrograd.module import Module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from micrograd.graph import Graph

__all__ = ["Naming", "Part", "name_nodes"]

_CONTAINERS = (list, tuple, dict)
_NUMBERS = frozenset({float, int, bool, str, bytes, complex, type(None)})  # and texts: what leads no further
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
    inside: set[int]  # the ids of all its parts, and of the containers that were walked


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
    """Return the leaves of a graph, numbered by the first node that is computed from each, then by their order."""
    uses: dict[int, int] = {}
    for child, parents in enumerate(graph.parents):
        for parent in parents:
            uses.setdefault(parent, child)
    leaves = [i for i, parents in enumerate(graph.parents) if not parents]
    return {graph.nodes[i]: rank for rank, i in enumerate(sorted(leaves, key=lambda i: uses.get(i, i)))}


def _models_of(uses: dict[Value, int]) -> list[_Model]:
    """Return the outermost live Modules that hold leaves of a graph, in the order in which they are used there."""
    live = live_modules()
    held = {id(module): _held_directly(module) for module in live}
    inner = {id(each) for items in held.values() for each in items}
    # Of Modules that hold each other, as with pointers to a parent, none is outermost: there the ranks decide.
    outermost_first = sorted(live, key=lambda module: (id(module) in inner, *_rank(module, held, uses)))
    reached: set[int] = set()
    found = []
    for module in outermost_first:
        if id(module) not in reached:  # else it is a part of one that was taken apart
            model = _take_apart(module)
            reached |= model.inside
            if any(value in uses for value in model.values):
                found.append(model)
    return sorted(found, key=lambda model: _order(model, uses))


def _rank(module: Module, held: dict[int, list[Module | Value]], uses: dict[Value, int]) -> tuple[int, str, int, int]:
    """Return what Modules that hold each other are sorted by; never the collector's order, which changes as it runs."""
    own = held[id(module)]
    parts = [each for each in own if isinstance(each, Module)]
    deeper = [each for part in parts for each in held.get(id(part), ())]
    return (-len(parts), type(module).__name__, _earliest(own, uses), _earliest(deeper, uses))


def _earliest(items: Iterable[Module | Value], uses: dict[Value, int]) -> int:
    """Return where a graph first uses one of the Values among some items; far behind where it uses none."""
    return min((uses[item] for item in items if isinstance(item, Value) and item in uses), default=sys.maxsize)


def _order(model: _Model, uses: dict[Value, int]) -> tuple[int, int, int, str, list[tuple[int, str]]]:
    """Return what models are sorted by: first use, then what tells apart those that share Values, the larger first."""
    places = sorted((uses[value], path) for value, (path, _) in model.values.items() if value in uses)
    return (places[0][0], -len(places), len(model.values), model.name, places)


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
    name = "parameters" if isinstance(model, _CONTAINERS) else type(model).__name__
    found = _Model(name, [("", -1)], {}, {id(model)})
    plain = not isinstance(model, Module)
    parts: list[object] = [model]
    stack = [(item, path, 0) for path, item in _items(model, "", plain=plain)][::-1]
    while stack:
        item, path, part = stack.pop()
        if isinstance(item, Value):
            found.values.setdefault(item, (path, part))
        elif id(item) not in found.inside:
            found.inside.add(id(item))
            if not isinstance(item, _CONTAINERS):
                parts.append(item)
                found.parts.append((path, part))
                part = len(found.parts) - 1
            stack += [(inner, place, part) for place, inner in _items(item, path, plain=plain)][::-1]
    if not plain and any(map(_lists_by_itself, parts)):
        for i, value in enumerate(dict.fromkeys(_listed(model))):
            found.values.setdefault(value, (f"parameters()[{i}]", 0))
    return found


def _lists_by_itself(module: Any) -> bool:  # noqa: ANN401  # a part of a model of Modules
    """Return whether a Module has a `parameters()` of its own, which may list more than the attributes hold."""
    return type(module).parameters is not Module.parameters or "parameters" in vars(module)


def _listed(module: Any) -> list[Value]:  # noqa: ANN401  # as above
    """Return what a Module lists as its parameters, nothing where that fails: it may be no part of what is drawn."""
    try:
        return [value for value in module.parameters() if isinstance(value, Value)]
    except Exception:  # noqa: BLE001  # RecursionError, where a list holds itself, or whatever a subclass raises
        return []


def _items(item: Any, path: str, *, plain: bool) -> Iterator[tuple[str, object]]:  # noqa: ANN401  # a container or an object
    """Yield the Values, parts and containers in a container or an object, each with the path that leads to it."""
    if _only_numbers(item):
        return
    if isinstance(item, (list, tuple)):
        yield from ((f"{path}[{i}]", inner) for i, inner in _walked(enumerate(item), plain=plain))
    elif isinstance(item, dict):
        yield from ((f"{path}[{key!r}]", inner) for key, inner in _walked(item.items(), plain=plain))
    else:
        pairs = _walked(vars(item).items(), plain=plain)
        yield from ((f"{path}.{name}" if path else name, inner) for name, inner in pairs)


def _only_numbers(container: object) -> bool:
    """Return whether a list or tuple holds nothing that leads on, as fast as for millions of numbers it has to be."""
    return isinstance(container, (list, tuple)) and _NUMBERS.issuperset(map(type, container))


def _walked(pairs: Iterable[tuple[Any, object]], *, plain: bool) -> Iterator[tuple[Any, object]]:
    """Yield those of some keys and items that lead on, before anybody writes down the path to the others."""
    return (pair for pair in pairs if type(pair[1]) not in _NUMBERS and _leads_on(pair[1], plain=plain))


def _leads_on(item: object, *, plain: bool) -> bool:
    """Return whether an item is a Value, a container or a part; in a plain model any object with attributes may be."""
    if issubclass(type(item), (Value, Module, *_CONTAINERS)):  # unlike isinstance, it asks no proxy for what is gone
        return True
    return plain and hasattr(item, "__dict__") and not isinstance(item, _NO_PARTS)


def _held_directly(module: Module) -> list[Module | Value]:
    """Return the Modules and Values that a Module holds itself, in attributes and in lists, tuples and dicts there."""
    found: list[Module | Value] = []
    seen: set[int] = set()
    stack: list[Any] = [vars(module)]
    while stack:
        container = stack.pop()
        if id(container) in seen or _only_numbers(container):
            continue
        seen.add(id(container))
        for item in container.values() if isinstance(container, dict) else container:
            kind = type(item)
            if kind in _NUMBERS:
                continue
            if issubclass(kind, (Value, Module)):
                found.append(item)
            elif issubclass(kind, _CONTAINERS):
                stack.append(item)
    return found
