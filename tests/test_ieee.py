"""Arithmetic on floats: an answer for every float, that of IEEE 754, and never an exception."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd import ieee
from micrograd.ops import OPS

if TYPE_CHECKING:
    from collections.abc import Callable

INF, NAN = math.inf, math.nan
TINY = 5e-324  # the smallest float above 0


def is_same(x: float, y: float) -> bool:
    """Tell whether two floats are the same number, with the same sign of zero; every nan is one nan."""
    return (math.isnan(x) and math.isnan(y)) or (x == y and math.copysign(1.0, x) == math.copysign(1.0, y))


EDGES: list[tuple[str, tuple[float, ...], float]] = [
    ("neg", (0.0,), -0.0),
    ("add", (INF, -INF), NAN),
    ("add", (-0.0, -0.0), -0.0),
    ("sub", (INF, INF), NAN),
    ("mul", (0.0, INF), NAN),
    ("mul", (1e308, 10.0), INF),
    ("div", (1.0, 0.0), INF),
    ("div", (1.0, -0.0), -INF),
    ("div", (-1.0, 0.0), -INF),
    ("div", (0.0, 0.0), NAN),
    ("div", (NAN, 0.0), NAN),
    ("div", (INF, 0.0), INF),
    ("div", (-INF, -0.0), INF),
    ("div", (TINY, 0.0), INF),
    ("div", (1.0, INF), 0.0),
    ("pow", (-8.0, 0.5), NAN),
    ("pow", (-8.0, 3.0), -512.0),
    ("pow", (0.0, 0.0), 1.0),
    ("pow", (NAN, 0.0), 1.0),
    ("pow", (1.0, NAN), 1.0),
    ("pow", (0.0, -1.0), INF),
    ("pow", (-0.0, -1.0), -INF),
    ("pow", (-0.0, -3.0), -INF),
    ("pow", (-0.0, -2.0), INF),
    ("pow", (-0.0, -0.5), INF),
    ("pow", (0.0, -0.5), INF),
    ("pow", (-0.0, 3.0), -0.0),
    ("pow", (1e200, 2.0), INF),
    ("pow", (-1e200, 2.0), INF),
    ("pow", (-1e200, 3.0), -INF),
    ("pow", (1e-200, 2.0), 0.0),
    ("pow", (-INF, 3.0), -INF),
    ("pow", (-INF, 0.5), INF),
    ("pow", (2.0, 5000.0), INF),
    ("pow", (2.0, -5000.0), 0.0),
    ("exp", (1000.0,), INF),
    ("exp", (-1000.0,), 0.0),
    ("exp", (INF,), INF),
    ("exp", (-INF,), 0.0),
    ("log", (0.0,), -INF),
    ("log", (-0.0,), -INF),
    ("log", (-1.0,), NAN),
    ("log", (INF,), INF),
    ("log1p", (-1.0,), -INF),
    ("log1p", (-2.0,), NAN),
    ("log1p", (INF,), INF),
    ("log1p", (-0.0,), -0.0),
    ("log1p", (1e-300,), 1e-300),
    ("expm1", (1000.0,), INF),
    ("expm1", (-1000.0,), -1.0),
    ("expm1", (1e-300,), 1e-300),
    ("sqrt", (-1.0,), NAN),
    ("sqrt", (-0.0,), -0.0),
    ("sqrt", (INF,), INF),
    ("sin", (INF,), NAN),
    ("sin", (-0.0,), -0.0),
    ("cos", (-INF,), NAN),
    ("tan", (INF,), NAN),
    ("asin", (1.5,), NAN),
    ("acos", (-1.5,), NAN),
    ("atan", (INF,), math.pi / 2),
    ("sinh", (1000.0,), INF),
    ("sinh", (-1000.0,), -INF),
    ("cosh", (-1000.0,), INF),
    ("tanh", (1000.0,), 1.0),
    ("tanh", (-INF,), -1.0),
    ("sigmoid", (1000.0,), 1.0),
    ("sigmoid", (-1000.0,), 0.0),
    ("sigmoid", (0.0,), 0.5),
    ("sigmoid", (INF,), 1.0),
    ("sigmoid", (-INF,), 0.0),
    ("sigmoid", (-700.0,), math.exp(-700.0)),
    ("softplus", (1000.0,), 1000.0),
    ("softplus", (-1000.0,), 0.0),
    ("softplus", (-700.0,), math.exp(-700.0)),
    ("softplus", (INF,), INF),
    ("softplus", (-INF,), 0.0),
    ("relu", (-INF,), 0.0),
    ("relu", (INF,), INF),
    ("leaky_relu", (-2.0, 0.5), -1.0),
    ("leaky_relu", (INF, 0.5), INF),
    ("gelu", (50.0,), 50.0),
    ("gelu", (INF,), INF),
    ("erf", (INF,), 1.0),
    ("abs", (-0.0,), 0.0),
    ("abs", (-INF,), INF),
    ("step", (0.0, 0.5), 0.5),
    ("step", (-0.0, 0.5), 0.5),
    ("step", (TINY, 0.5), 1.0),
    ("step", (-TINY, 0.5), 0.0),
    ("step", (INF, 0.5), 1.0),
    ("less", (1.0, 1.0), 0.0),
    ("less", (-INF, INF), 1.0),
    ("less", (NAN, 1.0), 0.0),
    ("equal", (0.0, -0.0), 1.0),
    ("equal", (NAN, NAN), 0.0),
    ("maximum", (INF, 1.0), INF),
    ("minimum", (-INF, 1.0), -INF),
    ("atan2", (0.0, -0.0), math.pi),
    ("atan2", (-0.0, 0.0), -0.0),
    ("where", (NAN, 1.0, 2.0), 1.0),
    ("where", (-0.0, 1.0, 2.0), 2.0),
    ("where", (1.0, 3.0, NAN), 3.0),
    ("sum", (1e308, 1e308, -1e308), INF),
    ("sum", (INF, -INF), NAN),
    ("mean", (1.0, INF), INF),
    ("dot", (), 0.0),
    ("dot", (2.0, 3.0, 4.0, 5.0), 23.0),
    ("dot", (2.0, 3.0, 4.0, 5.0, 1.0), 24.0),
    ("dot", (7.0,), 7.0),
    ("dot", (INF, 0.0), NAN),
    ("logsumexp", (1000.0, 1000.0), 1000.0 + math.log(2.0)),
    ("logsumexp", (-1000.0, -1000.0), -1000.0 + math.log(2.0)),
    ("logsumexp", (-INF, -INF), -INF),
    ("logsumexp", (-INF, 3.0), 3.0),
    ("logsumexp", (INF, 3.0), INF),
    ("logsumexp", (INF, INF), INF),
    ("logsumexp", (INF, -INF), INF),
]

# A comparison is 0, a choice may be the other, 1 ** nan is 1.
HIDES_NAN = {"less", "equal", "where", "take", "pow", "powc"}


@pytest.mark.parametrize(("name", "operands", "expected"), EDGES)
def test_edges(name: str, operands: tuple[float, ...], expected: float) -> None:
    """Beside zeros, infinities and poles, the answer is that of IEEE 754, with its sign."""
    assert is_same(getattr(ieee, name)(*operands), expected)


def operands_of(name: str) -> int:
    """Return how many floats to give a row: its operands and its parameter, three for one that takes any number."""
    op = next(op for op in OPS if op.name == name)
    return (op.arity or 3) + (op.parameter is not None)


@pytest.mark.parametrize("name", [op.name for op in OPS if op.name != "take"])  # an index is no measurement
@given(data=st.data())
def test_any_floats_give_a_float(name: str, data: st.DataObject) -> None:
    """No float, however large, tiny, infinite or nan, makes a row raise."""
    n = operands_of(name)
    operands = data.draw(st.lists(st.floats(), min_size=n, max_size=n))
    assert type(getattr(ieee, name)(*operands)) is float


@pytest.mark.parametrize("name", [op.name for op in OPS if op.name not in HIDES_NAN])
def test_nan_stays_nan(name: str) -> None:
    """One operand that is nan makes the result nan, whichever it is."""
    n = operands_of(name) - (name in {"leaky_relu", "step"})
    for i in range(n):
        operands = [NAN if j == i else 1.0 for j in range(operands_of(name))]
        assert math.isnan(getattr(ieee, name)(*operands))


def exactly(f: Callable[[Decimal], Decimal], x: float) -> float:
    """Return a function's value from decimals of 60 digits."""
    with localcontext(prec=60):
        return float(f(Decimal(x)))


@given(st.floats(-700.0, 700.0))
def test_sigmoid_keeps_all_digits(x: float) -> None:
    """Far out on the left too, where 1 - sigmoid(-x) would be 0."""
    assert ieee.sigmoid(x) == pytest.approx(exactly(lambda d: 1 / (1 + (-d).exp()), x), rel=1e-15)


@given(st.floats(-700.0, 700.0))
def test_softplus_keeps_all_digits(x: float) -> None:
    """Far out on both sides, where log(1 + exp(x)) would be 0 or overflow."""
    assert ieee.softplus(x) == pytest.approx(exactly(lambda d: (1 + d.exp()).ln(), x), rel=1e-15)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6), st.floats(-1e4, 1e4))
def test_logsumexp_moves_with_its_operands(xs: list[float], shift: float) -> None:
    """Adding a number to all operands adds it to the result, and the largest operand is exceeded by log n at most."""
    result = ieee.logsumexp(*xs)
    assert ieee.logsumexp(*(x + shift for x in xs)) == pytest.approx(result + shift, abs=1e-10)
    assert max(xs) <= result <= max(xs) + math.log(len(xs)) + 1e-10


@given(st.lists(st.floats(-1e3, 1e3), max_size=8))
def test_a_sum_goes_from_left_to_right(xs: list[float]) -> None:
    """`sum` rounds after every addition, as a loop does; Python's own is more exact since 3.12."""
    total = 0.0
    for x in xs:
        total += x
    assert ieee.sum(*xs) == total


def test_functions_carry_their_names() -> None:
    """What wraps a function of `math` says so in its name and documentation."""
    assert ieee.exp.__name__ == "exp"
    assert ieee.exp.__doc__ == "Return exp(x) for any float."


class Indexed:
    """An integer of somebody's own."""

    def __index__(self) -> int:
        """Return the integer."""
        return 7


@pytest.mark.parametrize("x", [3, 3.0, True, Fraction(1, 4), Decimal("0.25"), Indexed(), -0.0, 2**60])
def test_real_numbers_are_taken(x: float) -> None:
    """Whatever Python turns into a float without guessing is a real number."""
    assert type(ieee.to_float(x)) is float
    assert is_same(ieee.to_float(x), float(x))


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "longdouble", "int8", "uint64", "bool_"])
def test_numpy_scalars_are_taken(kind: str) -> None:
    """A scalar of NumPy is a real number, and so is an array without dimensions."""
    numpy = pytest.importorskip("numpy")
    assert ieee.to_float(getattr(numpy, kind)(1)) == 1.0
    assert ieee.to_float(numpy.array(1, dtype=kind)) == 1.0


@pytest.mark.parametrize("x", ["1.0", b"1", None, 1j, [1.0], (1.0,), {}, {1.0}, object(), float, range(1)])
def test_what_is_no_real_number_is_refused(x: object) -> None:
    """Text, nothing, complex numbers and sequences raise TypeError, even where they look like a number."""
    with pytest.raises(TypeError):
        ieee.to_float(x)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ("1.0", r"'1\.0' of type str; float\(text\) makes a number of text, and a name goes to label=$"),
        (None, r"None of type NoneType; does the function that it comes from return its result\?$"),
        ([1.0], r"\[1\.0\] of type list; make a Value of each: \[Value\(x\) for x in xs\]$"),
        (list(range(999)), r"\[0, 1, 2, 3, 4, 5, \.\.\.\] of type list; make a Value of each"),
        (1j, r"1j of type complex; take its \.real part$"),
        (math.sin, r"<built-in function sin> of type .*; call it for its result, with parentheses$"),
        ({}, r"\{\} of type dict$"),
    ],
)
def test_the_refusal_says_what_was_given(x: object, words: str) -> None:
    """The message names the value and its type, and what to do where that can be told."""
    with pytest.raises(TypeError, match=f"^a Value holds one real number; got {words}"):
        ieee.to_float(x)


@pytest.mark.parametrize("make", ["complex64(1)", "array([1.0])", "array([1.0, 2.0])", "array([[1.0]])"])
def test_numpy_s_complex_numbers_and_arrays_are_refused(make: str) -> None:
    """Neither a complex scalar of NumPy nor an array with a dimension is one real number."""
    numpy = pytest.importorskip("numpy")
    given_by_name = {
        "complex64(1)": numpy.complex64(1),
        "array([1.0])": numpy.array([1.0]),
        "array([1.0, 2.0])": numpy.array([1.0, 2.0]),
        "array([[1.0]])": numpy.array([[1.0]]),
    }
    remedy = "make a Value of each" if make.startswith("array") else "take its .real part"
    with pytest.raises(TypeError, match=f"^a Value holds one real number; (.|\n)*; {remedy}"):
        ieee.to_float(given_by_name[make])


@pytest.mark.parametrize("kind", ["str_", "bytes_"])
def test_numpy_s_texts_are_refused(kind: str) -> None:
    """A text of NumPy is no number either, even where it looks like one."""
    numpy = pytest.importorskip("numpy")
    text = getattr(numpy, kind)(b"1.5" if kind == "bytes_" else "1.5")
    with pytest.raises(TypeError, match="a Value holds one real number"):
        ieee.to_float(text)


@pytest.mark.parametrize(("index", "expected"), [(0.0, 5.0), (-0.0, 5.0), (1.0, 6.0), (2.0, NAN), (True, 6.0)])
def test_take_chooses_by_a_whole_number(index: float, expected: float) -> None:
    """Whatever the others are."""
    assert is_same(ieee.take(index, 5.0, 6.0, NAN), expected)


@pytest.mark.parametrize("index", [0.5, NAN, INF, -INF, 1e-300])
def test_an_index_is_whole(index: float) -> None:
    """Another one is refused, and not rounded."""
    with pytest.raises(ValueError, match=r"an index is a whole number from 0 to 1; got"):
        ieee.take(index, 5.0, 6.0)


@pytest.mark.parametrize("index", [-1.0, 2.0, 1e300])
def test_an_index_counts_from_the_front(index: float) -> None:
    """From 0 to n - 1: -1 is not the last."""
    with pytest.raises(IndexError, match=r"an index into 2 is a whole number from 0 to 1; got"):
        ieee.take(index, 5.0, 6.0)
