"""`Value`: its numbers, its interface, backward(), and that graphs of any depth are built, differentiated and freed."""

# ruff: noqa: SLF001  # the lecture's own names begin with an underscore: _backward, _prev, _op

from __future__ import annotations

import copy
import functools
import gc
import itertools
import math
import operator
import os
import random
import subprocess
import sys
import threading
import weakref
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from lecture import lecture_tanh

from micrograd import engine, functions, ieee
from micrograd.engine import Value, dot, topological_order, zero_grads
from micrograd.errors import NoGradientWarning, NonFiniteWarning, NoRuleWarning
from micrograd.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

INF, NAN = math.inf, math.nan
_random = random.Random(2)
EDGES = (
    *(0.0, -0.0, 5e-324, -5e-324, 1e-200, 1e-8, 0.5, 1.0, -1.0, 2.0, -2.5, 3.0, 25.0, -25.0, 1e22),
    *(709.78, 710.0, -745.2, 800.0, -800.0, 1e200, 1e308, -1e308, INF, -INF, NAN),
)
POINTS = (*EDGES, *(_random.uniform(-5.0, 5.0) for _ in range(50)))


@pytest.fixture
def np() -> ModuleType:
    """Return NumPy, or skip the test."""
    module: ModuleType = pytest.importorskip("numpy")
    return module


def bits(x: float) -> str:
    """Return a float in hexadecimal: equal for equal floats, with the sign of zero, and for two nans."""
    return x.hex()


def gradients(root: Value, *values: Value) -> list[float]:
    """Return the gradients of some values after root.backward()."""
    root.backward()
    return [v.grad for v in values]


# The hand-written paths and the table.


def is_the_row(out: Value, name: str, *operands: float) -> bool:
    """Tell whether a node has the numbers of its row in the table, bit for bit."""
    row = TABLE[name]
    data = row.forward(*operands)
    local_grads = row.derivative(ieee, data, *operands)[: len(out.local_grads)]
    return out.row is row and list(map(bits, (out.data, *out.local_grads))) == list(map(bits, (data, *local_grads)))


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "cos", "tanh", "relu"])
def test_a_fast_function_is_its_row(name: str) -> None:
    """Value and derivative are those of the table at every kind of float, bit for bit."""
    assert [x for x in POINTS if not is_the_row(getattr(Value(x), name)(), name, x)] == []


def test_fast_negation_is_its_row() -> None:
    """A minus sign is the row `neg`, bit for bit."""
    assert [x for x in POINTS if not is_the_row(-Value(x), "neg", x)] == []


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}


@pytest.mark.parametrize("name", OPERATORS)
def test_a_fast_operator_is_its_row(name: str) -> None:
    """An operator between two Values is its row for every pair of kinds of floats, bit for bit."""
    f = OPERATORS[name]
    pairs = itertools.product(EDGES, repeat=2)
    assert [(x, y) for x, y in pairs if not is_the_row(f(Value(x), Value(y)), name, x, y)] == []


def test_a_constant_power_is_its_row() -> None:
    """A power with a plain number on the right is the row `powc`, bit for bit."""
    exponents = (*EDGES, 0.5, 1 / 3, -0.5, -1.0, -2.0, -3.0, 4.0, 5.0)
    pairs = itertools.product(EDGES, exponents)
    assert [(x, n) for x, n in pairs if not is_the_row(Value(x) ** n, "powc", x, n)] == []


@pytest.mark.parametrize("n", [1, 2, 3, 10])
@pytest.mark.parametrize("start", [(), (0.5,)])
def test_a_dot_product_is_its_row(n: int, start: tuple[float, ...]) -> None:
    """The dot product is the row `dot`, and has the numbers of products added one by one, bit for bit."""
    for _ in range(50):
        xs, ys = _random.choices(POINTS, k=n), _random.choices(POINTS, k=n)
        total = start[0] if start else 0.0
        for x, y in zip(xs, ys, strict=True):
            total += x * y
        out = engine.dot(list(map(Value, xs)), ys, *start)
        assert is_the_row(out, "dot", *xs, *ys, *start)
        assert bits(out.data) == bits(total)


def test_a_dot_product_keeps_a_negative_zero() -> None:
    """A sum that starts with -0.0 and adds -0.0 is -0.0."""
    assert bits(engine.dot([-1.0], [0.0], -0.0).data) == bits(-0.0)


def test_a_dot_product_takes_sequences_of_one_length() -> None:
    """Any iterables of numbers and Values will do, and the lists given are left as they were; lengths must agree."""
    xs: list[Value | float] = [Value(1.0), 2.0]
    assert engine.dot(xs, (y for y in (3, True)), Value(1.0)).data == 6.0
    assert type(xs[1]) is float
    assert engine.dot([], []).data == 0.0
    with pytest.raises(ValueError, match=r"takes two sequences of one length; got 2 and 1 numbers"):
        engine.dot(xs, [1.0])


def test_apply_refuses_a_wrong_number_of_operands() -> None:
    """The message names the row and the numbers of operands."""
    with pytest.raises(TypeError, match=r"maximum takes 2 operand\(s\), numbers or Values; got 1"):
        engine.apply("maximum", 1.0)


# The interface.


def test_a_value_is_made_by_position_or_by_name() -> None:
    """data, _children, _op and label, in this order."""
    a, b = Value(1.0), Value(2, (), "", "b")
    c = Value(data=3.0, _children=(a, b), _op="+", label="c")
    assert (a.data, a.grad, a.label, a.op, a.parents, a._prev) == (1.0, 0.0, "", "", (), set())
    assert (type(b.data), b.label) == (float, "b")
    assert (c.data, c.parents, c._prev, c._op, c.op, c.label) == (3.0, (a, b), {a, b}, "+", "+", "c")
    assert c.local_grads == ()
    assert c.row is None


def test_children_may_be_any_iterable_of_numbers() -> None:
    """A set or a generator of parents is taken too, and plain numbers among them become leaves."""
    a = Value(1.0)
    assert Value(1.0, {a}).parents == (a,)
    assert [p.data for p in Value(1.0, (x for x in (a, 2))).parents] == [1.0, 2.0]


def test_a_value_of_a_value_is_a_differentiable_copy() -> None:
    """Its only parent is that value, and its gradient flows on."""
    a = Value(3.0, label="a")
    b = Value(a, label="b")
    assert (b.parents, b.op, b.label, b.local_grads) == ((a,), "=", "b", (1.0,))
    assert gradients(b * b, a) == [6.0]
    with pytest.raises(TypeError, match="has that Value as its only parent"):
        Value(a, (b,))


def test_data_grad_label_and_op_can_be_set() -> None:
    """As the lecture does: `p.data += ...`, `p.grad = 0.0`, `e.label = 'e'`, `e._op = ...`."""
    a, b = Value(2.0), Value(3.0)
    e = a * b
    a.data += 1
    a.grad = 5
    e.label = "e"
    assert e._op == "*"
    e._op = "times"
    assert (a.data, a.grad, e.label, e._op, e.op) == (3.0, 5.0, "e", "times", "times")
    assert type(a.grad) is float
    assert e.data == 6.0
    assert e.row is TABLE["mul"]


@pytest.mark.parametrize("wrong", [None, 5, b"e"])
def test_a_label_and_an_op_are_text(wrong: Any) -> None:  # noqa: ANN401  # that is the point
    """Anything else raises TypeError, which says what was given."""
    v = Value(1.0)
    for give in (
        lambda: Value(1.0, label=wrong),
        lambda: Value(1.0, (), wrong),
        lambda: setattr(v, "label", wrong),
        lambda: setattr(v, "_op", wrong),
    ):
        with pytest.raises(TypeError, match=type(wrong).__name__):
            give()
    assert (v.label, v._op) == ("", "")


def test_data_set_later_does_not_change_what_was_computed() -> None:
    """Local derivatives belong to the forward pass: moving a parameter after it moves no gradient of it."""
    a = Value(3.0)
    square = a * a
    a.data = 100.0
    assert gradients(square, a) == [6.0]


def test_parents_keep_the_order_of_operands() -> None:
    """The parents of a * a are (a, a), 1 - a has the constant first, and `_prev` is the set of them."""
    a, b = Value(2.0), Value(3.0)
    assert (a * a).parents == (a, a)
    assert (a * a)._prev == {a}
    assert (b - a).parents == (b, a)
    assert (1 - a).parents[1] is a
    assert (-a).parents == (a,)
    assert functions.where(a, b, a).parents == (a, b, a)
    assert engine.dot([a, b], [b, a], a).parents == (a, b, b, a, a)


def test_local_grads_are_on_the_edges() -> None:
    """The derivative towards each parent is known before backward() is called."""
    a, b = Value(2.0), Value(4.0)
    assert (a * b).local_grads == (4.0, 2.0)
    assert (a / b).local_grads == (0.25, -0.125)
    assert (a**3).local_grads == (12.0,)
    assert functions.sum([a, b, a]).local_grads == (1.0, 1.0, 1.0)
    assert a.local_grads == ()


def test_symbols() -> None:
    """Every node says how it was made; a power says which."""
    a = Value(2.0)
    symbols = [v.op for v in (a + 1, a - 1, a * 2, a / 2, a**3, a**0.5, a**-1, 2**a, -a, a.relu(), a.tanh(), a)]
    assert symbols == ["+", "-", "*", "/", "**3", "**0.5", "**-1", "**", "neg", "ReLU", "tanh", ""]


def test_in_place_forms_make_new_nodes() -> None:
    """`c += c + 1` is `c = c + (c + 1)`: the old node stays, with its gradient."""
    a = Value(2.0)
    c = a
    c += c + 1
    c *= 3
    c -= a
    c /= 2
    c **= 2
    assert a.data == 2.0
    assert c.data == ((2 + 3) * 3 - 2) ** 2 / 4
    assert gradients(c, a) == [2 * 6.5 * (6 - 1) / 2]


@pytest.mark.parametrize(
    ("data", "text"),
    [(-8, "-8.0"), (0.1, "0.1"), (1e300, "1e+300"), (-0.0, "-0.0"), (INF, "inf"), (NAN, "nan")],
)
def test_repr_shows_the_number(data: float, text: str) -> None:
    """As the lecture prints it, with all the digits that tell the number from its neighbours."""
    assert repr(Value(data)) == str(Value(data)) == f"{Value(data)}" == f"Value(data={text})"


def test_a_value_stands_for_its_number() -> None:
    """float, int, bool, round, format, abs and `math` see the data."""
    v = Value(-2.625)
    assert (float(v), int(v), bool(v), round(v), round(v, 1)) == (-2.625, -2, True, -3, -2.6)
    assert type(round(v)) is int
    assert f"{v:.1f}|{v:>8.2f}|{v:e}" == "-2.6|   -2.62|-2.625000e+00"
    assert math.floor(v) == -3
    assert math.sin(v) == math.sin(-2.625)
    assert (bool(Value(0.0)), bool(Value(-0.0)), bool(Value(NAN))) == (False, False, True)
    assert (abs(v).data, abs(v).op, +v) == (2.625, "abs", v)


def test_a_number_that_no_int_can_hold_raises_what_float_raises() -> None:
    """int() of nan and of infinity fail as for floats."""
    with pytest.raises(ValueError, match="NaN"):
        int(Value(NAN))
    with pytest.raises(OverflowError, match="infinity"):
        int(Value(INF))


def test_comparisons_compare_numbers() -> None:
    """Between Values and with any kind of number, on either side; nan is neither below nor above."""
    a, b = Value(1.0), Value(2.0)
    assert a < b <= 2 < Fraction(5, 2) > b >= a > 0
    assert not b < a
    assert not a > b
    assert 1 <= a <= True
    assert sorted([b, a]) == [a, b]
    assert max(a, b) is b
    assert not any(f(Value(NAN), a) for f in (operator.lt, operator.le, operator.gt, operator.ge))


def test_equality_is_identity_between_values_and_by_number_with_numbers() -> None:
    """So sets, dictionaries and `in` find nodes, not numbers."""
    a, same = Value(1.0), Value(1.0)
    assert a == a  # noqa: PLR0124  # the point
    assert a != same
    assert a == 1.0
    assert 1 == a  # noqa: SIM300  # the other side
    assert a != 2
    assert not a == "1.0"  # noqa: SIM201  # the other operator
    assert a != None  # noqa: E711  # the operator
    assert Value(NAN) != NAN
    assert {a, same, a} == {same, a}
    assert len({a, same}) == 2
    assert {a: "a", same: "same"}[same] == "same"
    assert same not in [a, Value(1.0)]
    assert [a, same].index(same) == 1


NUMBERS = [3, 3.0, True, False, -0.5, Fraction(1, 3), Decimal("0.25"), 2**70]


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_operators_take_any_real_number_on_either_side(name: str, number: float) -> None:
    """The result is a Value with the number that floats give, and the gradient towards the Value is right."""
    f, x = OPERATORS[name], float(number)
    for left, right, floats in ((Value(1.5), number, (1.5, x)), (number, Value(1.5), (x, 1.5))):
        out = f(left, right)
        assert type(out) is Value
        assert bits(out.data) == bits(getattr(ieee, name)(*floats))
        i = 0 if isinstance(left, Value) else 1
        assert bits(out.local_grads[i]) == bits(TABLE[name].derivative(ieee, out.data, *floats)[i])


# NumPy.

SCALARS = ["float64", "float32", "float16", "longdouble", "int64", "int8", "uint8", "bool_"]


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("kind", SCALARS)
def test_operators_take_numpy_scalars_on_either_side(np: ModuleType, name: str, kind: str) -> None:
    """A scalar of NumPy is a number like any other; the result is a Value, not an array."""
    f, scalar = OPERATORS[name], getattr(np, kind)(1)
    for left, right in ((Value(1.5), scalar), (scalar, Value(1.5))):
        out = f(left, right)
        assert type(out) is Value
        assert out.data == f(float(left), float(right))
        assert out.row in {TABLE[name], TABLE["powc"]}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_spread_over_numpy_arrays(np: ModuleType, name: str) -> None:
    """An array on either side gives an array of Values, one for each number, each with its gradient."""
    f, numbers = OPERATORS[name], np.array([[0.5, 2.0], [3.0, 4.0]])
    for swapped in (False, True):
        v = Value(1.5)
        out = f(numbers, v) if swapped else f(v, numbers)
        assert (out.dtype, out.shape) == (object, (2, 2))
        assert {type(o) for o in out.flat} == {Value}
        expected = f(numbers, 1.5) if swapped else f(1.5, numbers)
        assert [o.data for o in out.flat] == pytest.approx(list(expected.flat))
        assert out[1, 1].parents[1 if swapped else 0] is v


def test_arrays_of_values_add_multiply_and_sum(np: ModuleType) -> None:
    """Sums, products and matrix products over arrays of Values are graphs of Values."""
    v, w = Value(2.0), Value(3.0)
    pair = np.array([v, w])
    assert pair.dtype == object
    assert gradients(pair.sum(), v, w) == [1.0, 1.0]
    assert pair.mean().data == 2.5
    v.grad = w.grad = 0.0
    assert gradients(np.dot(pair, pair), v, w) == [4.0, 6.0]
    assert (pair @ np.array([[1.0, 2.0], [3.0, 4.0]]))[1].data == 16.0
    assert [x.data for x in (pair * 2 - pair / v) ** 2] == [9.0, 20.25]


UFUNCS = [
    *(("exp", 0.5), ("log", 0.5), ("sqrt", 0.5), ("sin", 0.5), ("cos", 0.5), ("tan", 0.5), ("arcsin", 0.5)),
    *(("arccos", 0.5), ("arctan", 0.5), ("sinh", 0.5), ("cosh", 0.5), ("tanh", 0.5), ("log1p", 0.5), ("expm1", 0.5)),
    *(("abs", -0.5), ("fabs", -0.5), ("absolute", -0.5), ("negative", 0.5), ("positive", 0.5), ("square", 0.5)),
]


@pytest.mark.parametrize(("name", "x"), [u for u in UFUNCS if u[0] != "fabs"])
def test_functions_of_numpy_work_on_values(np: ModuleType, name: str, x: float) -> None:
    """NumPy's function of a Value is a Value, of an array of Values an array of them, with the right derivative."""
    f, h = getattr(np, name), 1e-6
    slope = (f(x + h) - f(x - h)) / (2 * h)
    v = Value(x)
    for out in (f(v), f(np.array([Value(0.25), v]))[1]):
        assert type(out) is Value
        assert out.data == pytest.approx(f(x), rel=1e-15)
        v.grad = 0.0
        (out * 1).backward()  # np.positive gives the Value itself
        assert v.grad == pytest.approx(slope, rel=1e-8)


@pytest.mark.parametrize("name", ["arctan2", "power", "add", "subtract", "multiply", "divide"])
def test_functions_of_numpy_with_two_operands(np: ModuleType, name: str) -> None:
    """So are its functions of two Values."""
    f = getattr(np, name)
    v, w = Value(2.0), Value(3.0)
    for out in (f(v, w), f(np.array([v]), np.array([w]))[0], f(v, np.array([1.0, w]))[1]):
        assert out.data == pytest.approx(f(2.0, 3.0))
        assert out.parents == (v, w)
    assert f(v, 3.0).data == pytest.approx(f(2.0, 3.0))


def test_numpy_s_maximum_chooses_one_of_two_values(np: ModuleType) -> None:
    """It compares, so it returns an operand itself, which gets the whole gradient."""
    v, w = Value(2.0), Value(3.0)
    assert np.maximum(v, w) is w
    assert np.minimum(v, w) is v
    assert np.maximum(np.array([v, w]), 2.5).tolist() == [2.5, w]
    assert np.array([w, v]).min() is v
    assert np.array([v, w]).argmax() == 1


def test_arrays_of_floats_take_the_numbers(np: ModuleType) -> None:
    """An array of floats made from Values holds their data."""
    assert np.array([Value(1.0), Value(2.5)], dtype=float).tolist() == [1.0, 2.5]
    assert np.float64(Value(1.5)) == 1.5


def test_comparisons_with_numpy(np: ModuleType) -> None:
    """Scalars of NumPy compare by number, on either side."""
    v = Value(1.0)
    assert v < np.float64(2.0)
    assert np.float32(2.0) > v
    assert v == np.int64(1)
    assert np.float64(1.0) == v


# What is refused.

WRONG = ["2.0", None, 1j, [1.0], (1.0,), {"a": 1.0}, {1.0}, b"1", object(), float]
wrong_kinds = pytest.mark.parametrize("wrong", WRONG, ids=lambda x: type(x).__name__)


def wrong_of_numpy(np: ModuleType) -> list[object]:
    """Return what NumPy has that is no real number."""
    return [np.complex64(1), np.complex128(1j), np.array([1.0, 2.0]), np.array([1.0]), np.array([[1.0]])]


def refusals(wrong: Any) -> list[Callable[[], object]]:  # noqa: ANN401  # that it is of no use is the point
    """Return all ways to give something to a Value, operators aside."""
    v = Value(1.0)
    return [
        lambda: Value(wrong),
        lambda: Value(data=wrong, label="x"),
        lambda: Value(1.0, (wrong,)),
        lambda: Value.custom(wrong, [v], [1.0]),
        lambda: Value.custom(1.0, [wrong], [1.0]),
        lambda: Value.custom(1.0, [v], [wrong]),
        lambda: setattr(v, "data", wrong),
        lambda: setattr(v, "grad", wrong),
        lambda: v.maximum(wrong),
        lambda: v.atan2(wrong),
        lambda: v.where(wrong, v),
        lambda: v.less(wrong),
        lambda: engine.apply("minimum", wrong, v),
        lambda: engine.as_value(wrong),
        lambda: engine.dot([v], [wrong]),
        lambda: engine.dot([wrong], [v]),
        lambda: functions.sum([v, wrong]),
        lambda: functions.exp(wrong),
        lambda: functions.maximum(wrong, 1.0),
        lambda: functions.where(wrong, v, v),
        lambda: functions.leaky_relu(wrong),
        lambda: functions.step(wrong),
        lambda: functions.powc(wrong, 2.0),
        lambda: functions.mean([1.0, wrong]),
    ]


@wrong_kinds
def test_what_is_no_real_number_is_refused_at_once(wrong: object) -> None:
    """Wherever a number is expected, anything else raises a TypeError that says what was given."""
    for give in refusals(wrong):
        with pytest.raises(TypeError, match=type(wrong).__name__):
            give()


def test_what_numpy_has_beside_real_numbers_is_refused_at_once(np: ModuleType) -> None:
    """Complex scalars, even with nothing imaginary, and arrays, even with one number in them."""
    for wrong in wrong_of_numpy(np):
        for give in refusals(wrong):
            with pytest.raises(TypeError, match=type(wrong).__name__):
                give()


@pytest.mark.parametrize("name", OPERATORS)
@wrong_kinds
def test_operators_refuse_what_is_no_real_number(name: str, wrong: object) -> None:
    """On either side, with the words that Python has for it; complex scalars of NumPy too."""
    f, v = OPERATORS[name], Value(1.0)
    for left, right in ((v, wrong), (wrong, v)):
        with pytest.raises(TypeError, match=r"Value"):
            f(left, right)


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_refuse_complex_scalars_of_numpy(np: ModuleType, name: str) -> None:
    """A complex scalar on either side raises, in whatever way NumPy asks."""
    f, v = OPERATORS[name], Value(1.0)
    for left, right in ((v, np.complex64(1)), (np.complex64(1), v)):
        with pytest.raises(TypeError, match="Value"):
            f(left, right)


@pytest.mark.parametrize("f", [operator.floordiv, operator.mod, divmod, operator.matmul, operator.and_])
def test_operators_without_a_derivative_do_not_exist(f: Callable[[object, object], object]) -> None:
    """// and % and the like raise TypeError, and so does a power with a modulus."""
    with pytest.raises(TypeError, match="Value"):
        f(Value(5.0), 2)
    with pytest.raises(TypeError):
        pow(Value(5.0), 2, 3)  # type: ignore[call-overload]


@wrong_kinds
def test_order_against_what_is_no_number_is_refused(wrong: Any) -> None:  # noqa: ANN401  # that is the point
    """< and its kin raise TypeError, as they do for floats."""
    for f in (operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(TypeError):
            f(Value(1.0), wrong)
        with pytest.raises(TypeError):
            f(wrong, Value(1.0))


def test_properties_that_follow_from_the_graph_cannot_be_set() -> None:
    """Parents, row and local derivatives belong to the node."""
    v = Value(1.0) + 1
    for name in ("parents", "_prev", "local_grads", "row", "parameter", "op"):
        with pytest.raises(AttributeError):
            setattr(v, name, ())


# Attributes of the user's own, and subclasses.


@pytest.mark.parametrize("name", ["m", "v", "velocity", "x", "y", "name", "tag", "_hidden", "history", "μ"])
def test_a_value_takes_attributes_of_any_name(name: str) -> None:
    """An optimiser may keep its state on the parameter; the next Value has none of it."""
    a, b = Value(1.0), Value(1.0)
    assert not hasattr(a, name)
    with pytest.raises(AttributeError, match=rf"'Value' object has no attribute '{name}'"):
        getattr(a, name)
    state = object()
    setattr(a, name, state)
    assert getattr(a, name) is state
    assert a.attributes == {name: state}
    assert not hasattr(b, name)
    assert b.attributes == {}
    delattr(a, name)
    assert not hasattr(a, name)
    with pytest.raises(AttributeError, match=name):
        delattr(a, name)


def test_attributes_and_gradients_are_not_inherited_from_freed_values() -> None:
    """Memory that was a Value before holds nothing of it afterwards."""
    for _ in range(3):
        old = [Value(1.0, (), "op", "label") for _ in range(1000)]
        for v in old:
            v.extra = v.label
            v.grad = 7.0
            v._backward = print
        del old, v
        for fresh in [Value(1.0) for _ in range(1000)] + [Value(1.0) + 1 for _ in range(10)]:
            assert (fresh.grad, fresh.label, fresh.attributes) == (0.0, "", {})
            assert not hasattr(fresh, "extra")


class Parameter(Value):
    """A leaf with a name and a switch."""

    frozen = False

    def __init__(self, data: float, name: str, *, scale: float = 1.0) -> None:
        """Keep two attributes beside the number."""
        super().__init__(data, label=name)
        self.scale = scale

    def scaled(self) -> Value:
        """Return the number times its scale."""
        return self * self.scale


def test_subclasses_are_values() -> None:
    """A subclass adds arguments, methods and attributes; results of operations are plain Values."""
    p = Parameter(3.0, "p", scale=2.0)
    out = p.scaled() + Value(1.0) * p
    assert isinstance(p, Value)
    assert (p.label, p.scale, p.frozen, type(out)) == ("p", 2.0, False, Value)
    assert out.parents[0].parents[0] is p
    assert gradients(out, p) == [3.0]
    p.frozen = True
    p.extra = "extra"
    assert (p.frozen, Parameter.frozen, p.extra) == (True, False, "extra")
    assert p.attributes == {"scale": 2.0, "frozen": True, "extra": "extra"}
    del p.frozen, p.extra
    assert (p.frozen, hasattr(p, "extra")) == (False, False)
    assert gradients(engine.dot([p], [p], p) + functions.where(p, p, 0.0), p) == [3.0 + 6 + 1 + 1]


class Traced(Value):
    """A Value with an operator of its own."""

    def __add__(self, other: Value | float) -> Traced:
        """Return the sum, of this class."""
        other = engine.as_value(other)
        out = Traced(self.data + other.data, (self, other), "+")

        def rule() -> None:
            self.grad += out.grad
            other.grad += out.grad

        out._backward = rule
        return out


def test_a_subclass_may_redefine_an_operator() -> None:
    """The operator of the subclass is used, and its nodes mix with others in one graph."""
    a, b = Traced(2.0), Value(3.0)
    out = (a + b + 1) * a
    assert type(a + b) is Traced
    assert gradients(out, a, b) == [8.0, 2.0]


def test_methods_can_be_added_to_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lecture adds an operation to Value when it needs one."""
    monkeypatch.setattr(Value, "swish", lambda x: x * x.sigmoid(), raising=False)
    x = Value(1.0)
    assert gradients(x.swish(), x) == pytest.approx([functions.sigmoid(1.0) * (2 - functions.sigmoid(1.0))])
    monkeypatch.undo()
    assert not hasattr(Value(0.0), "swish")


# Operations of the user's own.


def lecture_add(x: Value, y: Value) -> Value:
    """Return a sum as a lecture writes it."""
    out = Value(x.data + y.data, (x, y), "+")

    def _backward() -> None:
        x.grad += out.grad
        y.grad += out.grad

    out._backward = _backward
    return out


class Slope:
    """A derivative kept in an object."""

    def __init__(self, x: Value, slope: float) -> None:
        """Keep the operand and the number."""
        self.x, self.slope = x, slope

    def add(self) -> None:
        """Add the slope to the gradient of the operand."""
        self.x.grad += self.slope


def test_an_assigned_backward_is_the_derivative() -> None:
    """A custom op may be a closure; among other nodes it gives the same gradients as the op of the engine."""
    a, b, c, d = (Value(x) for x in (0.5, -1.5, 0.5, -1.5))
    lecture_tanh(lecture_add(a * b, a)).backward()
    (c * d + c).tanh().backward()
    assert (a.grad, b.grad) == (c.grad, d.grad)


def test_an_assigned_backward_wins_over_the_row() -> None:
    """The rule of a node that the engine made can be replaced: here, the gradient goes straight through."""
    x = Value(0.3)
    out = Value(round(x.data), (x,), "round")
    out._backward = lambda: setattr(x, "grad", x.grad + out.grad)
    y = 5 * out
    clipped = y.relu()
    clipped._backward = lambda: setattr(y, "grad", y.grad + 100.0)
    assert gradients(clipped, x) == [500.0]


def test_a_rule_that_fails_fails_backward() -> None:
    """What a rule raises reaches the caller, and the engine is as usable as before, from every thread."""
    x = Value(1.0)
    out = Value(1.0, (x,), "bad")

    def _backward() -> None:
        message = "on purpose"
        raise ZeroDivisionError(message)

    out._backward = _backward
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        (out + 1).backward()
    thread = threading.Thread(target=(x * 3).backward)
    thread.start()
    thread.join()
    assert x.grad == 3.0


def test_a_rule_may_differentiate_something_else() -> None:
    """backward() inside of backward(): the inner one has a graph of its own."""
    x = Value(2.0)
    out = Value(x.data**2, (x,), "square")

    def _backward() -> None:
        inner = Value(x.data)
        (inner * inner).backward()
        x.grad += inner.grad * out.grad

    out._backward = _backward
    assert gradients(out * 3 + x, x) == [13.0]


def test_a_custom_op_has_its_derivatives_given() -> None:
    """Value.custom takes data, parents and local derivatives; numbers among the parents become leaves."""
    x, y = Value(3.0), Value(4.0)
    out = Value.custom(math.hypot(3.0, 4.0), [x, y], (d for d in (0.6, 0.8)), op="hypot")
    assert (out.data, out.parents, out.local_grads, out.op, out.row) == (5.0, (x, y), (0.6, 0.8), "hypot", None)
    assert gradients(out * 10, x, y) == [6.0, 8.0]
    assert Value.custom(1.0, [2.0], [1]).op == "custom"
    assert Value.custom(1.0, [], []).parents == ()


def test_a_rule_may_be_any_function() -> None:
    """With defaults, with keywords, with a variable that has no value yet, a bound method, a partial function."""
    x = Value(2.0)
    out = Value(6.0, (x,), "triple")
    other = Value(0.0)

    def _backward(factor: float = 2.0, *, extra: float = 1.0) -> None:
        if later:
            x.grad += (factor + extra) * out.grad

    out._backward = _backward
    later = True
    assert gradients(out, x) == [3.0]
    for rule in (functools.partial(_backward, 4.0, extra=0.0), Slope(x, 5.0).add):
        x.grad = 0.0
        other._backward = out._backward = rule
        out.backward()
        assert x.grad in {4.0, 5.0}
        assert out._backward is rule or out._backward == rule


@pytest.mark.parametrize("local_grads", [[], [1.0], [1.0, 2.0, 3.0]])
def test_a_custom_op_needs_a_derivative_for_each_parent(local_grads: list[float]) -> None:
    """Too few or too many raise ValueError with both counts."""
    expected = rf"'f' has 2 parents and {len(local_grads)} local derivatives: give one for each"
    with pytest.raises(ValueError, match=expected):
        Value.custom(1.0, [Value(1.0), Value(2.0)], local_grads, op="f")


# backward().


def test_the_example_of_the_published_library() -> None:
    """Its numbers have been on its front page from the first day."""
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_diamonds() -> None:
    """A node used twice, whose users are used twice, gets the sum over all paths."""
    a = Value(3.0)
    b = a + a
    c = b + b
    assert gradients(c, a, b, c) == [4.0, 2.0, 1.0]
    x, y = Value(-2.0), Value(3.0)
    d, e = x * y, x + y
    f = d * e
    assert gradients(f, x, y, d, e) == [-3.0, -8.0, 1.0, -6.0]


def doublings(x: Value, n: int) -> Value:
    """Return 2**n times x, by a graph of n diamonds, one on the other."""
    for _ in range(n):
        x = x + x
    return x


def test_deep_diamonds_are_walked_once() -> None:
    """A graph with 2**60 paths has 60 inner nodes, and takes no longer than that."""
    x = Value(1.0)
    out = doublings(x, 60)
    assert gradients(out, x) == [2.0**60]
    assert len(topological_order(out)) == 61


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_second_backward_adds_the_same_again(create_graph: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Leaves accumulate exactly; inner nodes are computed afresh by every call."""
    x = Value(3.0)
    square = x * x
    cube = square * x
    out = doublings(cube, 20)
    for calls in (1, 2, 3):
        out.backward(create_graph=create_graph)
        assert float(x.grad) == calls * 27.0 * 2**20
        assert float(square.grad) == 3.0 * 2**20
        assert float(cube.grad) == 2.0**20
        assert float(out.grad) == 1.0


def test_leaves_accumulate_over_roots_until_set_to_zero() -> None:
    """Two losses over shared parameters add their gradients, as everywhere in the field."""
    a, b = Value(2.0), Value(5.0)
    (a * b).backward()
    (a + b).backward()
    assert (a.grad, b.grad) == (6.0, 3.0)
    a.grad = 0.0
    assert gradients(a * 10, a, b) == [10.0, 3.0]


def test_inner_nodes_belong_to_the_last_root() -> None:
    """A node in two graphs has the gradient of the one differentiated last, not of both."""
    x = Value(2.0)
    h = x * x
    assert gradients(h * 3, h, x) == [3.0, 12.0]
    assert gradients(h * 5, h, x) == [5.0, 12.0 + 20.0]


def test_backward_from_a_leaf() -> None:
    """The gradient of a number by itself is 1, and adds up as that of any leaf."""
    x = Value(3.0, label="x")
    with pytest.warns(NoGradientWarning, match=r"Value\(data=3.0, label='x'\), which was computed from nothing"):
        assert [gradients(x, x), gradients(x, x)] == [[1.0], [2.0]]


def test_backward_from_an_inner_node_leaves_the_rest_alone() -> None:
    """Only what the root was made from gets a gradient."""
    x, y = Value(2.0), Value(3.0)
    h = x * 4
    out = h * y
    assert gradients(h, x, y, out) == [4.0, 0.0, 0.0]


def by_hand(root: Value) -> None:
    """Call `_backward` on every node, from the output to the inputs, as the lecture does before it has `backward`."""
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        node._backward()


def expression(x: Value, y: Value) -> Value:
    """Return something with every shape of node in it."""
    total = functions.sum([x, y, x * y, engine.dot([x, y], [y, 2.0], x)])
    chosen = functions.where(x < y, total, x) + Value.custom(x.data**2, [x], [2 * x.data])
    return lecture_tanh(lecture_add(chosen / 50, y.exp() * 0.01)) ** 2 - x / y


def test_backward_by_hand_is_backward() -> None:
    """`_backward` of every kind of node adds its share to the gradients of its parents; that of a leaf does nothing."""
    x, y, v, w = (Value(n) for n in (2.0, 3.0, 2.0, 3.0))
    expression(x, y).backward()
    by_hand(expression(v, w))
    assert (v.grad, w.grad) == (x.grad, y.grad)
    assert 0.0 not in (x.grad, y.grad)
    x._backward()
    assert (v.grad, w.grad) == (x.grad, y.grad)


def test_topological_order_puts_parents_first() -> None:
    """Every node once, the root last, each one after all of its parents."""
    x, y = Value(2.0), Value(3.0)
    root = expression(x, y)
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is root
    assert {x, y} < set(order)
    assert all(place[parent] < place[node] for node in order for parent in node.parents)
    assert topological_order(x) == [x]
    leaves = [Value(1.0) for _ in range(4)]
    assert topological_order(functions.sum(leaves))[:4] == leaves
    assert topological_order((leaves[0] - leaves[1]) * leaves[2])[:2] == leaves[:2]


def test_results_follow_ieee_754() -> None:
    """Where Python raises, a Value has infinity or nan."""
    zero, one, big = Value(0.0), Value(1.0), Value(1000.0)
    assert [(one / 0).data, (-one / zero).data, zero.log().data] == [INF, -INF, -INF]
    assert math.isnan((zero / zero).data)
    assert math.isnan((Value(-8.0) ** 0.5).data)
    assert math.isnan((Value(-8.0) ** Value(0.5)).data)
    assert math.isnan(Value(-1.0).sqrt().data)
    assert [big.exp().data, big.tanh().data, big.sigmoid().data, (-big).exp().data] == [INF, 1.0, 1.0, 0.0]
    assert [(big**200).data, ((-big) ** 201).data, (zero**-1).data, (0.0**zero).data] == [INF, -INF, INF, 1.0]
    assert ((1e308 * one) * 10).data == INF


# Warnings, in their exact words.

START = "backward() from "
MIDDLE = ": the first value that is not finite is "


def message_of(root: Value) -> str:
    """Return what backward() says of a value that is not finite."""
    with pytest.warns(NonFiniteWarning) as caught:
        root.backward()
    (warning,) = caught
    return str(warning.message)


def test_the_warning_names_the_first_node_that_went_wrong() -> None:
    """Its op, its operands and their labels; not the nodes that inherited the infinity."""
    x, y = Value(0.0, label="x"), Value(2.0)
    h = x * 3
    h.label = "h"
    out = h.log() * y + 1
    expected = "log -> Value(data=-inf), computed from * -> Value(data=0.0, label='h')"
    assert message_of(out) == f"{START}Value(data=-inf){MIDDLE}{expected}"
    assert x.grad == INF


def test_the_warning_names_all_operands() -> None:
    """In their order, with the number of each; and a label of the node itself."""
    q = Value(1.0) / Value(0.0, label="count")
    q.label = "mean"
    expected = "/ -> Value(data=inf, label='mean'), computed from Value(data=1.0), Value(data=0.0, label='count')"
    assert message_of(q.sqrt()) == f"{START}Value(data=inf){MIDDLE}{expected}"


def test_the_warning_names_a_leaf() -> None:
    """Data that was not finite from the beginning."""
    assert message_of(Value(NAN, label="x") * 2) == f"{START}Value(data=nan){MIDDLE}Value(data=nan, label='x'), a leaf"
    assert message_of(Value(INF) + 1) == f"{START}Value(data=inf){MIDDLE}Value(data=inf), a leaf"


def test_the_warning_comes_with_create_graph_too() -> None:
    """Gradients as Values are no reason to be silent."""
    with pytest.warns(NonFiniteWarning, match="log -> Value"):
        Value(0.0).log().backward(create_graph=True)


def test_a_finite_root_warns_of_nothing() -> None:
    """An infinity that did no harm on the way, as in 1 / (1 + exp(1000)), is no fault."""
    x = Value(1000.0)
    assert gradients(1 / (1 + x.exp()), x)[0] != 0.0


def test_a_node_without_a_derivative_is_named() -> None:
    """A node made by hand whose `_backward` was forgotten: a warning, and the rest is differentiated."""
    x, y = Value(2.0), Value(3.0)
    out = Value(4.0, (x,), "square", "s") + y
    expected = (
        "square -> Value(data=4.0, label='s') has parents but no derivative: "
        "assign `_backward`, or make it with Value.custom"
    )
    with pytest.warns(NoRuleWarning) as caught:
        out.backward()
    assert [str(warning.message) for warning in caught] == [expected]
    assert (x.grad, y.grad) == (0.0, 1.0)


# Depth: nothing recurses.

LONGEST = 10_000_000 if engine.compiled else 1_000_000  # ten million take the pure engine 40 seconds and more

# Half a megabyte, the least that threads are given anywhere; Python 3.13 frees its own objects at a depth for more.
STACK = 512 * 1024 if engine.compiled else 0

LINKS: dict[str, Callable[[Value, Value], Value]] = {
    "+": lambda x, leaf: x + leaf,
    "neg": lambda x, _: -x,
    "copy": lambda x, _: Value(x),
    "maximum": lambda x, leaf: x.maximum(leaf),
    "sum": lambda x, leaf: functions.sum([x, leaf, leaf]),
    "dot": lambda x, leaf: engine.dot([x], [leaf], leaf),
    "where": lambda x, leaf: functions.where(leaf, x, leaf),
    "custom": lambda x, leaf: Value.custom(x.data, [x, leaf], [1.0, 0.0]),
    "exact": lambda x, leaf: Value.custom(x.data, [x], [x * 0 + leaf]),
    "closure": lecture_add,
    "closure, +": lambda x, leaf: lecture_add(x + leaf, leaf),
    "subclass": lambda x, leaf: Traced.__add__(x, leaf) if isinstance(x, Traced) else Traced(x.data),
    "label": lambda x, leaf: labelled(x + leaf),
}


def labelled(x: Value) -> Value:
    """Give a value a label, an attribute and a gradient."""
    x.label, x.grad = "x", 1.0
    x.extra = []
    return x


def chain(length: int, link: Callable[[Value, Value], Value]) -> tuple[Value, Value]:
    """Return a leaf and the end of a chain of nodes that begins with it."""
    leaf = x = Value(1.0)
    for _ in range(length):
        x = link(x, leaf)
    return leaf, x


def test_the_longest_chain() -> None:
    """Ten million additions are built, differentiated and freed; the leaf is in every one."""
    leaf = x = Value(1.0)
    for _ in range(LONGEST):
        x = x + leaf
    x.backward()
    assert leaf.grad == x.data == LONGEST + 1
    alive = weakref.ref(x)
    del x
    assert alive() is None


def free_in_a_small_stack(values: list[Value]) -> None:
    """Drop the last reference to a graph in a thread that has little stack."""
    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=values.clear)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()


@pytest.mark.parametrize("link", LINKS)
def test_a_long_chain_of_any_kind_of_node(link: str) -> None:
    """Thirty thousand nodes of one kind are differentiated, and freed on a small stack."""
    leaf, x = chain(30_000, LINKS[link])
    before_last = next(parent for parent in x.parents if parent is not leaf)
    x.backward()
    assert before_last.grad == (x.local_grads[x.parents.index(before_last)] if x.local_grads else 1.0)
    assert leaf.grad != 0.0
    alive = weakref.ref(before_last)
    del before_last
    values = [x]
    del x
    free_in_a_small_stack(values)
    assert alive() is None


def test_a_chain_built_in_a_thread_with_a_small_stack() -> None:
    """Building and differentiating need no stack either."""
    results: list[float] = []

    def work() -> None:
        leaf, x = chain(50_000, lambda x, leaf: (x + leaf) * 1.0)
        x.backward()
        results.append(leaf.grad)

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=work)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert results == [50_001.0]


def test_a_wide_graph() -> None:
    """A node may have a hundred thousand parents, and a leaf as many users."""
    xs = [Value(1.0) for _ in range(100_000)]
    w = Value(2.0)
    (functions.sum([x * w for x in xs]) + engine.dot(xs, xs)).backward()
    assert w.grad == 100_000.0
    assert {x.grad for x in xs} == {4.0}


def test_a_long_chain_is_differentiated_with_create_graph() -> None:
    """Gradients as Values of a deep graph are found without recursion, and are deep graphs themselves."""
    leaf, x = chain(20_000, lambda x, leaf: x * leaf)
    x.backward(create_graph=True)
    slope = leaf.grad
    assert slope.data == 20_001.0
    leaf.grad = 0.0
    assert gradients(slope, leaf) == [20_001.0 * 20_000.0]


# Memory: nothing is kept.


@pytest.fixture
def no_gc() -> Iterator[None]:
    """Leave freeing to reference counts alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.skipif(not engine.compiled, reason="the pure engine's nodes are objects of Python as any other")
def test_nodes_are_nothing_to_the_garbage_collector() -> None:
    """It would otherwise take most of the time: a graph is many thousands of objects."""
    x = Value(1.0, label="x")
    x.extra = 1.0
    nodes = [x, x + 1, x.exp(), x.sigmoid(), functions.sum([x, x]), engine.dot([x], [x]), Value.custom(1.0, [x], [x])]
    assert [gc.is_tracked(node) for node in nodes] == [False] * len(nodes)


BUILDS: dict[str, Callable[[Value], Value]] = {
    "expression": lambda x: expression(x, Value(3.0)),
    "closures": lambda x: lecture_tanh(lecture_add(lecture_tanh(x), x)),
    "subclass": lambda x: Traced(1.0) + x + 1,
    "custom": lambda x: Value.custom(x.data**2, [x], [2 * x]) + Value.custom(1.0, [x], [3.0]),
    "labels": lambda x: labelled(labelled(x * 2) + 1),
}


@pytest.mark.usefixtures("no_gc")
@pytest.mark.parametrize("build", BUILDS)
def test_dropping_the_root_frees_the_graph(build: str) -> None:
    """Every inner node is freed with the last reference to the root, before the garbage collector could come by."""
    x = Value(0.5)
    root = BUILDS[build](x)
    root.backward()
    nodes = [weakref.ref(node) for node in topological_order(root) if node is not x]
    assert len(nodes) > 1
    del root
    assert [ref() for ref in nodes] == [None] * len(nodes)


@pytest.mark.usefixtures("no_gc")
@pytest.mark.skipif(not hasattr(sys, "getallocatedblocks"), reason="only CPython counts blocks of memory")
@pytest.mark.parametrize("build", BUILDS)
def test_a_graph_rebuilt_a_thousand_times_leaves_nothing(build: str) -> None:
    """No block of memory is left behind once Python's own lists of spare objects are full."""
    x = Value(0.5)

    def rebuild(times: int) -> int:
        for _ in range(times):
            BUILDS[build](x).backward()
        return sys.getallocatedblocks()

    before = rebuild(1500)
    assert rebuild(1000) - before < 300


@pytest.mark.usefixtures("no_gc")
def test_gradients_that_are_values_hold_the_graph_until_they_are_set_to_zero() -> None:
    """After create_graph the leaves have Values as gradients; inner nodes have floats, so that they hold nothing."""
    x, y = Value(2.0), Value(3.0)
    root = (x * y).exp() * x
    root.backward(create_graph=True)
    nodes = [weakref.ref(node) for node in topological_order(root) if node.parents]
    assert [type(ref().grad) for ref in nodes] == [float] * 3  # type: ignore[union-attr]
    assert [type(leaf.grad) for leaf in (x, y)] == [Value, Value]
    del root
    assert None not in [ref() for ref in nodes[:2]]
    x.grad = y.grad = 0.0
    assert [ref() for ref in nodes] == [None] * 3


@pytest.mark.usefixtures("no_gc")
def test_a_rule_keeps_what_it_refers_to() -> None:
    """A node lives as long as it is used, even if only the closure of another holds its operands."""
    x = Value(2.0)
    out = lecture_add(x * 3, x * 4)
    inner = [weakref.ref(parent) for parent in out.parents]
    assert gradients(out, x) == [7.0]
    rule = out._backward
    del out
    assert None not in [ref() for ref in inner]
    del rule
    assert [ref() for ref in inner] == [None, None]


STRESS = """
import gc, math, threading
from micrograd import engine, functions
from micrograd.engine import Value

class Weight(Value):
    def __init__(self, data, name):
        super().__init__(data, label=name)
        self.name = name

def square(x):
    out = Value(x.data * x.data, (x,), "square")
    def _backward():
        x.grad += 2 * x.data * out.grad
    out._backward = _backward
    return out

def build(x, n):
    for i in range(n):
        x = x + 1.0 if i % 3 else functions.sum([x, 1.0]) if i % 2 else engine.dot([x], [1.0], 1.0)
        if i % 50 == 0:
            x.note, x.label = [i], str(i)
        if i % 70 == 0:
            x = Value.custom(x.data, [x], [1.0 + 0 * x])
    return x

def work(w, n):
    for _ in range(3):
        x = build(w * 1.0, n)
        (square(x * 1e-9) + x).backward()
        x = None

w = Weight(1.0, "w")
work(w, 20000)
threading.stack_size(512 * 1024 if engine.compiled else 0)
threads = [threading.Thread(target=work, args=(w, 2000)) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
for _ in range(2000):
    values = [Weight(float(i), "v") for i in range(10)]
    v = engine.dot(values, values, 1.0); v.tag = values; v.grad = v * 2; del v.tag, v
y = w * w * w
y.backward(create_graph=True)
for node in engine.topological_order(y): node.grad = 0.0
del y; gc.collect()
assert 15 <= w.grad <= 16 or w.grad == 0.0, w.grad
print("done")
"""


def test_no_byte_of_memory_is_misused() -> None:
    """Python's debugging allocator, which notices every write beside an object or after its end, has no complaint."""
    environment = os.environ | {"PYTHONMALLOC": "debug"}
    command = [sys.executable, "-X", "faulthandler", "-c", STRESS]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr, run.returncode) == ("done\n", "", 0)


AGAIN = """
from micrograd.engine import Value
a, b, c = Value(1.0), Value(2.0), Value(3.0)
for _ in range(1000):
    v = Value(1.0, (a, b), "op", "label") if _ % 2 else a * b
    v.__init__(2.0, (c,))
    assert v.parents == (c,) and v.data == 2.0 and v.local_grads == (), v.parents
    v.__init__(a)
    assert v.parents == (a,), v.parents
    v.__init__(5.0)
    assert v.parents == (), v.parents
print("done")
"""


def test_a_constructor_may_run_twice() -> None:
    """As in a diamond of classes: the value is what the last call says, and no memory is misused."""
    run = subprocess.run([sys.executable, "-c", AGAIN], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr, run.returncode) == ("done\n", "", 0)


# Threads.


@pytest.mark.parametrize("create_graph", [False, True])
def test_threads_share_parameters(create_graph: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Threads that build and differentiate graphs over the same parameters lose no gradient."""
    xs, rounds, workers = [Value(float(i)) for i in range(10)], 100, 4

    def work() -> None:
        for _ in range(rounds):
            functions.sum([x * x for x in xs]).backward(create_graph=create_graph)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=work) for _ in range(workers)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert [float(x.grad) for x in xs] == [rounds * workers * 2 * x.data for x in xs]


# Whether a gradient has been computed.


def test_a_gradient_is_told_from_none() -> None:
    """Before backward() there is none; then there is one, even where it is 0; zeroing takes it away."""
    x, y = Value(3.0), Value(4.0)
    out = x * 0.0 + (y - y)
    inner = out.parents[0]
    assert not any(v.has_grad for v in (x, y, inner, out))
    out.backward()
    assert all(v.has_grad for v in (x, y, inner, out))
    assert (x.grad, y.grad) == (0.0, 0.0)
    zero_grads([x])
    y.grad = 0.0
    assert not x.has_grad
    assert not y.has_grad


def test_only_what_backward_reached_has_a_gradient() -> None:
    """Nodes beside and above the root have none."""
    x, y = Value(3.0), Value(4.0)
    below = x * 2
    above = below * y
    below.backward()
    assert (x.has_grad, below.has_grad, y.has_grad, above.has_grad) == (True, True, False, False)


def test_gradients_by_hand_count() -> None:
    """A number that is assigned, and what `_backward` adds, are gradients; a wide node and copies know it too."""
    x = Value(3.0)
    out = dot([x, 2.0], [0.0, 0.0])
    out.grad = 1.0
    out._backward()
    assert out.has_grad
    assert x.has_grad
    assert copy.deepcopy(out).parents[0].has_grad
    assert not copy.deepcopy(x * 2).has_grad


def test_a_gradient_of_zero_that_is_a_value_counts() -> None:
    """With create_graph=True as without."""
    x = Value(2.0)
    ((0.0 * x) * x).backward(create_graph=True)
    assert (float(x.grad), x.has_grad) == (0.0, True)
