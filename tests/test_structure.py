"""Nested structures of numbers: taken apart from left to right, and put together again in the same shape."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd.engine import Value
from micrograd.structure import flatten, like

NUMBERS = st.integers() | st.floats(allow_nan=False)
NESTS = st.recursive(
    NUMBERS,
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.lists(parts, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3), parts, max_size=4)
    ),
    max_leaves=20,
)


class Pair(NamedTuple):
    """Two numbers by name."""

    left: Any
    right: Any


class Stack(list[Any]):
    """A list of somebody's own."""


@given(NESTS)
def test_what_is_taken_apart_can_be_put_together(nest: object) -> None:
    """The same leaves in the same shape are the same structure; other leaves go to the same places."""
    leaves = flatten(nest)
    assert like(nest, leaves) == nest
    replaced = like(nest, [object() for _ in leaves])
    assert len(flatten(replaced)) == len(leaves)
    assert flatten(like(replaced, leaves)) == leaves


def test_leaves_come_from_left_to_right() -> None:
    """In the order in which lists and tuples hold them, and dictionaries were filled."""
    assert flatten({"b": [1, (2, [3])], "a": 4, "c": ()}) == [1, 2, 3, 4]
    assert flatten(5) == [5]
    assert flatten([]) == []


def test_values_are_leaves() -> None:
    """Nothing looks inside of a Value."""
    v, w = Value(1.0), Value(2.0)
    assert flatten([v, {"w": w}]) == [v, w]
    assert flatten(v) == [v]


def test_the_kinds_of_structures_are_kept() -> None:
    """Named tuples stay named tuples, lists of a subclass stay of it, dictionaries keep their order."""
    nest = [Pair(1, [2]), Stack([3]), OrderedDict(b=4, a=5), (6,)]
    out = like(nest, "uvwxyz")
    assert out == [Pair("u", ["v"]), ["w"], {"b": "x", "a": "y"}, ("z",)]
    assert [type(part) for part in out[:2]] == [Pair, Stack]
    assert list(out[2]) == ["b", "a"]
    assert nest[0] == Pair(1, [2])


def test_arrays_are_structures() -> None:
    """They are read row by row, and come back as floats, or as objects where a leaf is no float."""
    numpy = pytest.importorskip("numpy")
    matrix = numpy.array([[1, 2, 3], [4, 5, 6]])
    assert flatten([matrix.T, 7]) == [1, 4, 2, 5, 3, 6, 7]
    floats, number = like((matrix, 0), [float(i) for i in range(7)])
    assert (floats.dtype, floats.tolist(), number) == (float, [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], 6.0)
    v = Value(1.0)
    objects = like(matrix, [v] * 6)
    assert (objects.dtype, objects.shape) == (object, (2, 3))
    assert objects[1, 2] is v
    lists = like(numpy.zeros(2), [[1.0, 2.0], [3.0, 4.0]])
    assert lists.shape == (2,)
    assert lists[1] == [3.0, 4.0]


def test_scalars_of_numpy_are_numbers() -> None:
    """A scalar, or an array without dimensions, is one leaf; an empty array has none and keeps its shape."""
    numpy = pytest.importorskip("numpy")
    for scalar in (numpy.float64(1.5), numpy.array(1.5)):
        assert flatten(scalar) == [1.5]
        assert like(scalar, [2.5]) == 2.5
    assert like(numpy.zeros((0, 3)), []).shape == (0, 3)
