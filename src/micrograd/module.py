"""Module: a part of a network, which finds its parameters by itself, names, saves and restores them."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

from micrograd.engine import Value, zero_grads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Module"]


class Module:
    """A part of a network: it finds its parameters by itself, in whatever attributes they are kept.

    Parameters are the leaf Values among the attributes, in the attributes of other Modules, and in lists,
    tuples and dicts of these, in the order in which they were set. A Value computed from others is a result
    and no parameter: write `Value(0.1 * x)`, not `0.1 * Value(x)`. A subclass may override `parameters()`;
    the other methods then follow it.

    Example:
        >>> class Line(Module):
        ...     def __init__(self):
        ...         self.slope, self.offset = Value(2.0), Value(1.0)
        ...     def __call__(self, x):
        ...         return self.slope * x + self.offset
        >>> line = Line()
        >>> line
        Line(2 parameters)
        >>> line.state_dict()
        {'slope': 2.0, 'offset': 1.0}
    """

    def parameters(self) -> list[Value]:
        """Return every parameter once, in the order in which the attributes were set."""
        found: dict[Value, None] = {}
        _collect(vars(self).values(), found)
        return list(found)

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Yield every parameter with the path that leads to it, such as `layers[0].neurons[3].w[1]`.

        What an overridden `parameters()` lists and no attribute holds is called `parameters()[i]`.
        """
        names: dict[Value, str] = {}
        for name, value in _named(self, ""):
            names.setdefault(value, name)
        for i, parameter in enumerate(dict.fromkeys(self.parameters())):
            yield names.get(parameter, f"parameters()[{i}]"), parameter

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        zero_grads(self.parameters())

    def state_dict(self) -> dict[str, float]:
        """Return the data of every parameter under its name."""
        return {name: p.data for name, p in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set the data of every parameter to what the state holds under its name.

        Args:
            state: a number for every name that `named_parameters()` yields, and for no other.

        Raises:
            ValueError: a name is missing or unexpected, or its entry is not a number; the message lists all
                that is wrong, and nothing is changed.

        Example:
            >>> from micrograd.nn import MLP
            >>> old, new = MLP(2, [3, 1]), MLP(2, [3, 1])
            >>> new.load_state_dict(old.state_dict())
            >>> new.state_dict() == old.state_dict()
            True
        """
        named = dict(self.named_parameters())
        problems = _state_problems(state, named)
        if problems:
            message = f"this state does not fit {type(self).__name__}: {'; '.join(problems)}"
            raise ValueError(message)
        for name, parameter in named.items():
            parameter.data = state[name]

    def __repr__(self) -> str:
        n = len(self.parameters())
        return f"{type(self).__name__}({self._sizes()}{n} parameter{'' if n == 1 else 's'})"

    def _sizes(self) -> str:
        """Return what the printed form says before the number of parameters."""
        return ""


def _collect(items: Iterable[object], found: dict[Value, None]) -> None:
    """Add the parameters among the items, and inside of them, to those found."""
    for item in items:
        if isinstance(item, Value):
            if not item.parents:
                found[item] = None
        elif isinstance(item, Module):
            if type(item).parameters is Module.parameters:
                _collect(vars(item).values(), found)
            else:
                found.update(dict.fromkeys(item.parameters()))
        elif isinstance(item, (list, tuple)):
            _collect(item, found)
        elif isinstance(item, dict):
            _collect(item.values(), found)


def _named(item: object, path: str) -> Iterator[tuple[str, Value]]:
    """Yield every Value in an item with the path that leads to it."""
    if isinstance(item, Value):
        yield path, item
    elif isinstance(item, Module):
        for name, part in vars(item).items():
            yield from _named(part, f"{path}.{name}" if path else name)
    elif isinstance(item, (list, tuple)):
        for i, part in enumerate(item):
            yield from _named(part, f"{path}[{i}]")
    elif isinstance(item, dict):
        for key, part in item.items():
            yield from _named(part, f"{path}[{key!r}]")


def _state_problems(state: Mapping[str, object], named: Mapping[str, Value]) -> list[str]:
    """Return what keeps a state from being loaded into the parameters of these names."""
    missing = [f"{name} is missing" for name in named if name not in state]
    unexpected = [f"{name} is unexpected" for name in state if name not in named]
    present = [(name, state[name]) for name in named if name in state]
    wrong = [f"{name} must be a number, got {item!r}" for name, item in present if not _is_number(item)]
    return missing + unexpected + wrong


def _is_number(item: object) -> bool:
    """Return whether an entry of a state is a real number; True and False are none here."""
    return isinstance(item, Real) and not isinstance(item, bool)
