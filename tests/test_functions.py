"""The functions of the package: numbers in, a float out; a Value in, one node out; sequences; softmax."""

from __future__ import annotations

import inspect
import math
import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import micrograd
from micrograd import functions, ieee
from micrograd.autodiff import grad, hessian, jacobian
from micrograd.engine import Value
from micrograd.ops import OPS, TABLE

BY_OPERATOR = {"copy", "add", "sub", "mul", "neg"}  # rows that are no functions, because Python has operators for them
PARAMETERS = {"powc": 3.0, "leaky_relu": 0.2, "step": 0.5}
FIXED = [op.name for op in OPS if not op.variadic and op.name not in BY_OPERATOR]
SEQUENCES = ["sum", "mean", "logsumexp"]
OPERANDS = (0.5, 0.25, -2.0)


def operands_of(name: str) -> tuple[float, ...]:
    """Return operands for a row of a fixed number of them."""
    return OPERANDS[: TABLE[name].arity]


def parameter_of(name: str) -> tuple[float, ...]:
    """Return the parameter for a row that has one."""
    return (PARAMETERS[name],) if TABLE[name].parameter else ()


def test_every_row_is_a_function_or_an_operator() -> None:
    """The public names are the rows of the table and softmax, which is made of them."""
    assert set(functions.__all__) == {op.name for op in OPS} - BY_OPERATOR | {"softmax"}


@pytest.mark.parametrize("name", functions.__all__)
def test_a_function_stands_in_the_package_and_is_documented(name: str) -> None:
    """`micrograd.exp` is `micrograd.functions.exp`, by its own name, and its documentation says what it returns."""
    function = getattr(functions, name)
    assert getattr(micrograd, name) is function
    assert function.__name__ == name
    assert "Return " in (inspect.getdoc(function) or "")


@pytest.mark.parametrize("name", FIXED)
def test_numbers_give_a_float(name: str) -> None:
    """Without a Value among the operands the result is the float of `ieee`, whatever kinds of numbers they are."""
    operands, parameter = operands_of(name), parameter_of(name)
    exact = [Fraction(x) for x in operands]
    for numbers in (operands, exact):
        out = getattr(functions, name)(*numbers, *parameter)
        assert type(out) is float
        assert out == getattr(ieee, name)(*operands, *parameter)


@pytest.mark.parametrize("name", FIXED)
def test_integers_and_numpy_scalars_give_a_float(name: str) -> None:
    """So do ints, bools and scalars of NumPy; the float is Python's own."""
    numpy = pytest.importorskip("numpy")
    parameter = parameter_of(name)
    for kind in (int, bool, numpy.float64, numpy.float32, numpy.int64, numpy.bool_):
        out = getattr(functions, name)(*[kind(1) for _ in operands_of(name)], *parameter)
        assert type(out) is float
        assert out == getattr(ieee, name)(*[1.0 for _ in operands_of(name)], *parameter)


@pytest.mark.parametrize("name", FIXED)
def test_a_value_at_any_place_gives_a_value(name: str) -> None:
    """One Value among numbers is enough; the node has all operands as parents and the numbers of the row."""
    numbers, parameter = operands_of(name), parameter_of(name)
    for i in range(len(numbers)):
        v = Value(numbers[i])
        out = getattr(functions, name)(*numbers[:i], v, *numbers[i + 1 :], *parameter)
        row = TABLE["powc" if name == "pow" and i == 0 else name]
        assert type(out) is Value
        assert out.row is row
        assert out.parents[i] is v
        assert out.data == getattr(ieee, name)(*numbers, *parameter)
        out.backward()
        assert v.grad == TABLE[name].derivative(ieee, out.data, *numbers, *parameter)[i]


@pytest.mark.parametrize("name", [name for name in FIXED if name not in PARAMETERS])
@pytest.mark.parametrize("value", [True, False])
def test_a_wrong_number_of_operands_is_refused(name: str, value: bool) -> None:  # noqa: FBT001  # of the test
    """None, or one too many, of numbers and of Values: TypeError, which names the function."""
    for n in {0, (TABLE[name].arity or 0) + 1}:
        operands = [Value(1.0) if value else 1.0] * n
        with pytest.raises(TypeError, match=name if n == 0 or not value else None):
            getattr(functions, name)(*operands)


def test_parameters_have_names_and_defaults() -> None:
    """The slope of a leaky relu is 0.01 as in PyTorch, the step at zero is 0; both for Values and numbers."""
    assert functions.leaky_relu(-2) == -0.02
    assert functions.leaky_relu(-2, slope=0.5) == -1.0
    assert functions.leaky_relu(Value(-2.0)).data == -0.02
    assert functions.leaky_relu(Value(-2.0), slope=0.5).parameter == 0.5
    assert Value(-2.0).leaky_relu().local_grads == (0.01,)
    assert Value(-2.0).leaky_relu(slope=0.5).local_grads == (0.5,)
    assert (functions.step(0), functions.step(0, at_zero=1)) == (0.0, 1.0)
    assert functions.step(Value(0.0), at_zero=0.5).data == 0.5
    assert Value(0.0).step().data == 0.0
    assert functions.powc(Value(2.0), exponent=3).parameter == 3.0


def test_powers() -> None:
    """A plain exponent is a constant, without a parent; a Value as exponent has a derivative of its own."""
    x, y = Value(2.0), Value(3.0)
    assert functions.pow(x, 3).parents == (x,)
    assert functions.pow(x, y).parents == (x, y)
    assert functions.pow(2, y).parents[1] is y
    assert x.pow(3).op == "**3"
    assert x.pow(y).op == "**"
    functions.pow(x, y).backward()
    assert (x.grad, y.grad) == (12.0, 8.0 * math.log(2.0))


def test_conditions_may_be_anything_with_a_truth() -> None:
    """`where` takes a comparison, a number or a Value as condition; all choices are floats if no operand is a Value."""
    x, y = Value(1.0), Value(2.0)
    assert functions.where(x < y, x, y).data == 1.0
    assert functions.where(x > y, x, y).data == 2.0
    assert functions.where(x.less(y), x, y).data == 1.0
    assert functions.where(functions.equal(x, y), x, y).data == 2.0
    assert functions.where(2, 10, 20) == 10.0
    assert x.where(5, 6).data == 5.0


def test_comparisons_that_stay_in_the_graph() -> None:
    """`less` and `equal` give 0 or 1, as nodes, with no slope."""
    x, y = Value(1.0), Value(2.0)
    out = functions.less(x, y) + functions.less(y, x) * 10 + functions.equal(x, 1.0) * 100
    assert out.data == 101.0
    out.backward()
    assert (x.grad, y.grad) == (0.0, 0.0)
    assert (functions.less(1, 2), functions.less(2, 1), functions.equal(1, 1.0)) == (1.0, 0.0, 1.0)


def test_detach() -> None:
    """A number that counts as a constant: the derivative by it is 0, of any order, and the graph remains."""
    x = Value(3.0)
    out = x * x.detach()
    out.backward()
    assert (out.data, x.grad) == (9.0, 3.0)
    assert x.detach().parents == (x,)
    assert functions.detach(2) == 2.0
    assert grad(lambda z: z * functions.detach(z**2))(2.0) == 4.0
    assert hessian(lambda p: p[0] * functions.detach(p[0] * p[1]))([2.0, 3.0]) == [[0.0, 0.0], [0.0, 0.0]]


# Choosing by an index.


@pytest.mark.parametrize("kind", [int, float, "int64", "float32"])
def test_take_with_a_number_is_an_index(kind: type[float] | str) -> None:
    """The very thing that lies there, be it a Value, a number or a row."""
    make = getattr(pytest.importorskip("numpy"), kind) if isinstance(kind, str) else kind
    xs = [Value(1.0), 2.0, [3.0]]
    assert all(functions.take(xs, make(k)) is x for k, x in enumerate(xs))


def test_take_with_a_value_is_one_node() -> None:
    """The derivative is 1 towards what is chosen and 0 towards the rest, the index included."""
    xs, index = [Value(1.0), Value(2.0), Value(3.0)], Value(2.0)
    out = functions.take((x for x in xs), index)
    out.backward()
    assert (out.data, out.row, out.parents) == (3.0, TABLE["take"], (index, *xs))
    assert [v.grad for v in (index, *xs)] == [0.0, 0.0, 0.0, 1.0]
    assert functions.take([5, 6], Value(1.0)).data == 6.0


def test_take_a_row() -> None:
    """A row of an embedding: one node for each column, whatever kinds of sequences the rows are."""
    numpy = pytest.importorskip("numpy")
    rows = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    for table in (rows, tuple(map(tuple, rows)), numpy.array(rows), [rows[0], numpy.array(rows[1])]):
        assert [x.data for x in functions.take(table, Value(1.0))] == rows[1]
    nested = functions.take([[[1.0], [2.0]], [[3.0], [4.0]]], Value(0.0))
    assert [[x.data for x in row] for row in nested] == [[1.0], [2.0]]


def test_the_derivative_of_take_can_be_differentiated() -> None:
    """Through what is chosen; and a derivative of an embedding is one-hot."""
    index = Value(1.0)
    assert hessian(lambda p: functions.take([p[0] ** 3, p[0] ** 2 * p[1]], index))([2.0, 3.0]) == [
        [6.0, 4.0],
        [4.0, 0.0],
    ]
    assert jacobian(lambda rows: functions.take(rows, index))([[1.0, 2.0], [3.0, 4.0]]) == [
        [[0.0, 0.0], [1.0, 0.0]],
        [[0.0, 0.0], [0.0, 1.0]],
    ]


@pytest.mark.parametrize("make", [float, Value])
def test_an_index_out_of_range_is_refused(make: type[float | Value]) -> None:
    """As a number and as a Value alike; there is no index into nothing."""
    for index in (-1, 2, 1e10):
        with pytest.raises(IndexError, match="an index into 2 is a whole number from 0 to 1; got"):
            functions.take([1.0, 2.0], make(index))
    for index in (0.5, math.nan):
        with pytest.raises(ValueError, match="an index is a whole number from 0 to 1; got"):
            functions.take([1.0, 2.0], make(index))
    with pytest.raises(IndexError, match="nothing to take from"):
        functions.take([], make(0))


def test_rows_to_take_from_have_one_length() -> None:
    """Else columns would have holes."""
    with pytest.raises(ValueError, match=r"must have one length; got rows of \[1, 2\] numbers"):
        functions.take([[1.0], [1.0, 2.0]], Value(0.0))


# Sequences.


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_of_numbers_gives_a_float(name: str) -> None:
    """Lists, tuples, generators and ranges of any kind of number."""
    function, expected = getattr(functions, name), getattr(ieee, name)(1.0, 2.0, 3.0)
    for xs in ([1, 2.0, Fraction(3)], (1, 2, 3), range(1, 4), (x for x in (1, 2, 3))):
        assert type(function(xs)) is float
    assert function([1, 2, 3]) == expected


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_with_a_value_gives_one_node(name: str) -> None:
    """However many operands there are, the result is one node with all of them as parents, in order."""
    xs = [Value(0.5), 1.0, Value(-2.0)]
    for given_xs in (xs, tuple(xs), (x for x in xs)):
        out = getattr(functions, name)(given_xs)
        assert out.row is TABLE[name]
        assert [p.data for p in out.parents] == [0.5, 1.0, -2.0]
        assert (out.parents[0], out.parents[2]) == (xs[0], xs[2])
        assert out.data == getattr(ieee, name)(0.5, 1.0, -2.0)


@pytest.mark.parametrize("name", SEQUENCES)
def test_one_operand_is_a_sequence_too(name: str) -> None:
    """Sum, mean and logsumexp of one number are that number, with slope 1."""
    x = Value(0.3)
    out = getattr(functions, name)([x])
    out.backward()
    assert (out.data, x.grad) == (0.3, 1.0)


@pytest.mark.parametrize("name", [*SEQUENCES, "softmax"])
@pytest.mark.parametrize("empty", [(), [], ""])
def test_an_empty_sequence_is_refused(name: str, empty: str) -> None:
    """There is nothing to add, and nothing to be the largest: ValueError says so."""
    with pytest.raises(ValueError, match=r"of an empty sequence: give at least one number or Value"):
        getattr(functions, name)(empty)


def test_arrays_are_sequences() -> None:
    """Arrays of floats and of Values are summed, averaged and multiplied as lists are."""
    numpy = pytest.importorskip("numpy")
    numbers, values = numpy.array([1.0, 2.0, 3.0]), numpy.array([Value(1.0), Value(2.0), Value(3.0)])
    assert (functions.sum(numbers), functions.sum(values).data) == (6.0, 6.0)
    assert (functions.mean(numbers), functions.mean(values).data) == (2.0, 2.0)
    assert functions.dot(numbers, values).data == 14.0
    assert [p.data for p in functions.softmax(values)] == functions.softmax(numbers)


def test_a_sum_is_the_sum_of_a_loop() -> None:
    """One node has the same number, bit for bit, as one node for each addition."""
    values = [Value(random.Random(i).uniform(-1, 1)) for i in range(100)]
    total = Value(0.0)
    for v in values:
        total = total + v
    assert functions.sum(values).data == total.data
    assert functions.mean(values).data == total.data / 100


def test_dot_products() -> None:
    """The gradient by one side is the other side, and 1 by the start."""
    w, x, b = [Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)], Value(1.0)
    out = functions.dot(w, x, b)
    out.backward()
    assert out.data == 32.0
    assert [v.grad for v in (*w, *x, b)] == [5.0, 7.0, 2.0, 3.0, 1.0]
    square = functions.dot(w, w)
    w[0].grad = 0.0
    square.backward()
    assert w[0].grad == 4.0


def test_a_dot_product_of_numbers_is_a_float() -> None:
    """As every other function of numbers."""
    assert not isinstance(functions.dot([1.0, 2.0], [3.0, 4.0], 1.0), Value)


def test_logsumexp_does_not_overflow() -> None:
    """Its gradient is the softmax, far beyond where exp ends too."""
    xs = [Value(1000.0), Value(999.0), Value(-1000.0)]
    out = functions.logsumexp(xs)
    out.backward()
    assert out.data == pytest.approx(1000.0 + math.log1p(math.exp(-1.0)), rel=1e-15)
    assert [x.grad for x in xs] == functions.softmax([1000.0, 999.0, -1000.0])


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6))
def test_softmax_is_a_distribution(xs: list[float]) -> None:
    """Its terms are not negative, add up to 1, are ordered as the operands, and do not move with a common shift."""
    ps = functions.softmax(xs)
    assert all(type(p) is float and 0.0 <= p <= 1.0 for p in ps)
    assert math.fsum(ps) == pytest.approx(1.0, abs=1e-12)
    assert functions.softmax([x + 10.0 for x in xs]) == pytest.approx(ps, abs=1e-12)
    assert all((p <= q) or (x > y) for x, p in zip(xs, ps, strict=True) for y, q in zip(xs, ps, strict=True))


def test_the_derivative_of_softmax() -> None:
    """By the closed form ∂pᵢ/∂xⱼ = pᵢ (δᵢⱼ - pⱼ); the terms of Values are Values."""
    xs = [0.5, -1.0, 2.0]
    ps = functions.softmax(xs)
    for i in range(3):
        slopes = grad(lambda q, i=i: functions.softmax(q)[i])(xs)
        assert slopes == pytest.approx([ps[i] * ((i == j) - ps[j]) for j in range(3)], abs=1e-15)
    assert [type(p) for p in functions.softmax([Value(1.0), 2.0])] == [Value, Value]


def test_the_second_derivative_of_logsumexp() -> None:
    """The Hessian of logsumexp is diag(p) - p pᵀ."""
    xs = [0.5, -1.0, 2.0]
    ps = functions.softmax(xs)
    expected = [[ps[i] * ((i == j) - ps[j]) for j in range(3)] for i in range(3)]
    for row, expected_row in zip(hessian(functions.logsumexp)(xs), expected, strict=True):
        assert row == pytest.approx(expected_row, abs=1e-15)


@pytest.mark.parametrize("wrong", ["1.0", None, 1j, [1.0], object()], ids=lambda x: type(x).__name__)
def test_what_is_no_number_is_refused(wrong: object) -> None:
    """Alone, beside a number and beside a Value: TypeError, which says what was given."""
    kind = type(wrong).__name__
    for name in FIXED:
        n = TABLE[name].arity or 0
        for i in range(n):
            for other in (1.0, Value(1.0)):
                operands = [wrong if j == i else other for j in range(n)]
                with pytest.raises(TypeError, match=kind):
                    getattr(functions, name)(*operands, *parameter_of(name))
    for name in [*SEQUENCES, "softmax"]:
        for other in (1.0, Value(1.0)):
            with pytest.raises(TypeError, match=kind):
                getattr(functions, name)([other, wrong])


def test_a_parameter_is_a_number() -> None:
    """A slope or an exponent that is none is refused as an operand would be."""
    wrong: Any = "1.0"
    for give in (functions.leaky_relu, functions.step, functions.powc):
        for x in (0.0, 1.0, Value(1.0)):
            with pytest.raises(TypeError, match="str"):
                give(x, wrong)


@pytest.mark.parametrize("name", ["sum", "mean", "logsumexp", "softmax"])
def test_what_is_no_sequence_is_refused(name: str) -> None:
    """A Value alone is none, and the error shows how to write one."""
    with pytest.raises(TypeError, match=rf"{name}\(\) takes a sequence .* {name}\(\[x, y\]\); got Value\(data=1.0\)"):
        getattr(functions, name)(Value(1.0))


def test_dot_and_take_need_sequences_too() -> None:
    """One on each side, and one to take from."""
    with pytest.raises(TypeError, match=r"dot\(\) takes a sequence"):
        functions.dot([1.0], Value(1.0))
    with pytest.raises(TypeError, match=r"take\(\) takes a sequence"):
        functions.take(Value(1.0), 0)
