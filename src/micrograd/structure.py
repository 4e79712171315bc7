"""Nested lists, tuples, dicts and arrays of numbers: taken apart into a flat list and put together again."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def flatten(x: Any) -> list[Any]:
    """Return the numbers of a nested structure, from left to right; a number alone is a structure too.

    Example:
        >>> flatten([1, (2, {"a": 3}), []])
        [1, 2, 3]
    """
    if _is_array(x):
        return list(x.flat)
    if isinstance(x, dict):
        return [leaf for part in x.values() for leaf in flatten(part)]
    if isinstance(x, (list, tuple)):
        return [leaf for part in x for leaf in flatten(part)]
    return [x]


def like(x: Any, leaves: Iterable[Any]) -> Any:
    """Return a structure of the shape of x that holds the given leaves.

    Example:
        >>> like([1, (2, {"a": 3})], "xyz")
        ['x', ('y', {'a': 'z'})]
    """
    return _fill(x, iter(leaves))


def _fill(x: Any, leaves: Iterator[Any]) -> Any:
    """Return a structure like x, its leaves drawn from the iterator."""
    if _is_array(x):
        return _array([next(leaves) for _ in range(x.size)], x.shape)
    if isinstance(x, dict):
        return {key: _fill(part, leaves) for key, part in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*[_fill(part, leaves) for part in x])
    if isinstance(x, (list, tuple)):
        return type(x)(_fill(part, leaves) for part in x)
    return next(leaves)


def _is_array(x: Any) -> bool:
    """Tell a NumPy array from a NumPy scalar and from everything else."""
    return hasattr(x, "flat") and hasattr(x, "shape") and x.ndim > 0


def _array(leaves: list[Any], shape: tuple[int, ...]) -> Any:
    """Return a NumPy array: of floats where every leaf is one, else of objects."""
    numpy = importlib.import_module("numpy")
    kind = float if all(isinstance(leaf, float) for leaf in leaves) else object
    out = numpy.empty(len(leaves), dtype=kind)
    out[:] = leaves
    return out.reshape(shape)
