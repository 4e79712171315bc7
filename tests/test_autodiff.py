"""Derivatives of functions, of any order, against closed forms; their shapes; and that they touch nothing."""

from __future__ import annotations

import math
import random
import threading
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd import functions
from micrograd.autodiff import derivative, grad, hessian, hvp, jacobian, value_and_grad
from micrograd.engine import Value
from micrograd.errors import NoGradientWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Number = Value | float

EXACT = 1e-12


def is_near(expected: Any) -> Any:  # noqa: ANN401  # whatever pytest.approx takes, and what it gives
    """Return what compares equal to numbers that agree to 12 digits."""
    return pytest.approx(expected, rel=EXACT, abs=EXACT)


# Closed forms.


def tanh_derivatives(x: float) -> list[float]:
    """Return tanh and its first four derivatives, as polynomials of t = tanh(x)."""
    t = math.tanh(x)
    s = 1 - t * t
    return [t, s, -2 * t * s, (6 * t * t - 2) * s, (16 * t - 24 * t**3) * s]


def falling(n: float, k: int) -> float:
    """Return n (n - 1) … (n - k + 1), the factor of the k-th derivative of x ** n."""
    return math.prod(n - i for i in range(k))


def geometric(x: Number) -> Number:
    """Return 1 / (1 - x), whose k-th derivative is k! / (1 - x) ** (k + 1)."""
    return 1 / (1 - x)


CLOSED_FORMS: dict[str, tuple[Callable[[Any], Any], Callable[[float, int], float]]] = {
    "sin": (functions.sin, lambda x, k: math.sin(x + k * math.pi / 2)),
    "cos": (functions.cos, lambda x, k: math.cos(x + k * math.pi / 2)),
    "exp": (functions.exp, lambda x, _: math.exp(x)),
    "exp(2x)": (lambda x: functions.exp(2 * x), lambda x, k: 2**k * math.exp(2 * x)),
    "log": (lambda x: functions.log(x + 3), lambda x, k: -math.prod(range(1, k)) * (-1 / (x + 3)) ** k),
    "x**7": (lambda x: x**7, lambda x, k: falling(7, k) * x ** (7 - k)),
    "(x+3)**2.5": (lambda x: (x + 3) ** 2.5, lambda x, k: falling(2.5, k) * (x + 3) ** (2.5 - k)),
    "2**x": (lambda x: 2**x, lambda x, k: math.log(2) ** k * 2**x),
    "1/(1-x)": (geometric, lambda x, k: math.factorial(k) / (1 - x) ** (k + 1)),
    "tanh": (functions.tanh, lambda x, k: tanh_derivatives(x)[k]),
    "x*exp(x)": (lambda x: x * functions.exp(x), lambda x, k: (x + k) * math.exp(x)),
    "erf": (lambda x: functions.erf(x) * math.sqrt(math.pi) / 2, lambda x, k: hermite(x, k) * math.exp(-x * x)),
}


def hermite(x: float, k: int) -> float:
    """Return the factor of exp(-x²) in the k-th derivative of erf(x) √π/2, for k from 1 to 4."""
    return (1.0, -2 * x, 4 * x * x - 2, -8 * x**3 + 12 * x)[k - 1]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_derivatives_agree_with_closed_forms(name: str, order: int) -> None:
    """Up to the fourth order, to twelve digits."""
    f, expected = CLOSED_FORMS[name]
    for x in (-0.9, -0.3, 0.2, 0.7):
        assert derivative(f, order)(x) == is_near(expected(x, order))


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_nested_gradients_agree_with_closed_forms(name: str) -> None:
    """grad(grad(grad(f))) is the third derivative."""
    f, expected = CLOSED_FORMS[name]
    assert grad(f)(0.4) == is_near(expected(0.4, 1))
    assert grad(grad(f))(0.4) == is_near(expected(0.4, 2))
    assert grad(grad(grad(f)))(0.4) == is_near(expected(0.4, 3))


@pytest.mark.parametrize(("n", "at", "expected"), [(0, 1, 0), (1, 0, 0), (2, 0, 2), (3, 0, 0), (2, 5, 2)])
def test_powers_at_zero_have_finite_derivatives(n: int, at: float, expected: float) -> None:
    """The second derivative of xⁿ is n (n - 1) xⁿ⁻², where 0 times infinity does not come up."""
    assert derivative(lambda x: x**n, 2)(at) == expected
    assert derivative(lambda x: x**n, 5)(at) == 0.0


def test_the_order_of_a_derivative() -> None:
    """Order 0 is the function itself; a negative one is refused."""
    assert derivative(lambda x: x**3, 0)(2.0) == 8.0
    with pytest.raises(ValueError, match=r"the order of a derivative is 0, 1, 2, \.\.\.; got -1"):
        derivative(functions.sin, -1)


def test_the_hessian_of_a_power_at_exponent_zero() -> None:
    """The mixed second derivative of xʸ is xʸ⁻¹ (1 + y log x), at y = 0 too; the matrix is symmetric."""
    found = hessian(lambda p: p[0] ** p[1])([2.0, 0.0])
    assert [*found[0], *found[1]] == is_near([0.0, 0.5, 0.5, math.log(2.0) ** 2])


def rosenbrock(p: Sequence[Any]) -> Any:  # noqa: ANN401  # a Value or a float, as p
    """Return the banana-shaped function of two numbers."""
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_the_hessian_of_rosenbrock(x: float, y: float) -> None:
    """Gradient and Hessian are the textbook's."""
    assert grad(rosenbrock)([x, y]) == is_near([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
    (h_xx, h_xy), (h_yx, h_yy) = hessian(rosenbrock)([x, y])
    assert [h_xx, h_xy, h_yx, h_yy] == is_near([2 - 400 * y + 1200 * x * x, -400 * x, -400 * x, 200.0])


def test_a_hessian_vector_product_is_the_product() -> None:
    """It gives H v without H, for every v."""
    random_numbers = random.Random(0)
    for _ in range(10):
        x, v = ([random_numbers.uniform(-2, 2) for _ in range(2)] for _ in range(2))
        rows = hessian(rosenbrock)(x)
        assert hvp(rosenbrock)(x, v) == is_near([row[0] * v[0] + row[1] * v[1] for row in rows])


def test_a_hessian_vector_product_needs_vectors_of_one_shape() -> None:
    """Another count of numbers raises ValueError with both."""
    with pytest.raises(ValueError, match=r"must have the shape of x: 2 numbers; got 3"):
        hvp(rosenbrock)([1.0, 2.0], [1.0, 0.0, 0.0])


@given(st.floats(0.1, 3), st.floats(-3, 3))
def test_the_jacobian_of_polar_coordinates(r: float, angle: float) -> None:
    """Its determinant is r, and the way back has the inverse matrix."""
    to_plane = jacobian(lambda p: [p[0] * functions.cos(p[1]), p[0] * functions.sin(p[1])])
    (a, b), (c, d) = to_plane([r, angle])
    sine, cosine = math.sin(angle), math.cos(angle)
    assert [a, b, c, d] == is_near([cosine, -r * sine, sine, r * cosine])
    back = jacobian(lambda q: [(q[0] ** 2 + q[1] ** 2).sqrt(), q[1].atan2(q[0])])
    (e, f), (g, h) = back([r * cosine, r * sine])
    assert [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h] == pytest.approx([1, 0, 0, 1], abs=1e-10)


def test_second_derivatives_are_those_of_pytorch() -> None:
    """The Hessian of a small network's loss by all of its weights."""
    torch = pytest.importorskip("torch")
    random_numbers = random.Random(1)
    weights = [random_numbers.uniform(-1, 1) for _ in range(9)]

    def ours(w: Sequence[Value]) -> Any:  # noqa: ANN401  # a Value
        hidden = [(w[2 * i] * 0.5 + w[2 * i + 1] * -1.5).tanh() for i in range(3)]
        return (functions.dot(hidden, w[6:9]).sigmoid() - 1) ** 2

    def theirs(w: Any) -> Any:  # noqa: ANN401  # tensors
        hidden = torch.tanh(w[:6].reshape(3, 2) @ torch.tensor([0.5, -1.5], dtype=torch.float64))
        return (torch.sigmoid(hidden @ w[6:]) - 1) ** 2

    expected = torch.autograd.functional.hessian(theirs, torch.tensor(weights, dtype=torch.float64)).tolist()
    for row, expected_row in zip(hessian(ours)(weights), expected, strict=True):
        assert row == is_near(expected_row)


# Arguments and results of any shape.


class Line(NamedTuple):
    """Two parameters by name."""

    slope: Any
    start: Any


def test_gradients_have_the_shape_of_the_argument() -> None:
    """A number, a list, a tuple, a named tuple, a dictionary, and any nest of them."""
    assert grad(lambda x: x * x)(3) == 6.0
    assert grad(lambda p: p[0] * p[1])([3.0, 4]) == [4.0, 3.0]
    assert grad(lambda p: p[0] * p[1])((3.0, 4)) == (4.0, 3.0)
    assert grad(lambda p: p.slope * 2 + p.start)(Line(3.0, 4.0)) == Line(2.0, 1.0)
    assert grad(lambda p: p["w"] * p["b"])({"w": 3.0, "b": 4.0}) == {"w": 4.0, "b": 3.0}
    nest = {"layers": [(1.0, [2.0]), (3.0, [])], "scale": Fraction(1, 2)}
    found = grad(lambda p: p["layers"][0][0] * p["layers"][0][1][0] * p["layers"][1][0] * p["scale"])(nest)
    assert found == {"layers": [(3.0, [1.5]), (1.0, [])], "scale": 6.0}
    assert grad(lambda _: 1.0)([]) == []


def test_gradients_by_arrays() -> None:
    """An array of any shape gives an array of floats of that shape."""
    numpy = pytest.importorskip("numpy")
    x = numpy.array([[1, 2], [3, 4]])
    found = grad(lambda a: (a * a).sum() + a[0, 0])(x)
    assert (found.dtype, found.tolist()) == (float, [[3.0, 4.0], [6.0, 8.0]])
    both = grad(lambda p: (p["w"] @ p["x"])[0] + p["b"])({"w": x, "x": numpy.ones(2), "b": numpy.float64(0)})
    assert (both["w"].tolist(), both["x"].tolist(), both["b"]) == ([[1.0, 1.0], [0.0, 0.0]], [1.0, 2.0], 1.0)
    values = grad(lambda a: (a**3).sum())(numpy.array([Value(2.0), Value(3.0)]))
    assert values.dtype == object
    assert [v.data for v in values] == [12.0, 27.0]


def test_jacobians_have_the_shape_of_the_result_over_that_of_the_argument() -> None:
    """For each number of the result there is something of the shape of the argument."""
    assert jacobian(lambda x: x * 3)(2.0) == 3.0
    assert jacobian(lambda x: (x, x * x))(2.0) == (1.0, 4.0)
    assert jacobian(lambda p: p[0] * p[1])([3.0, 4.0]) == [4.0, 3.0]
    found = jacobian(lambda p: {"sum": p[0] + p[1], "constants": [7, p[0] * 0]})((3.0, 4.0))
    assert found == {"sum": (1.0, 1.0), "constants": [(0.0, 0.0), (0.0, 0.0)]}


def test_jacobians_and_hessians_of_arrays() -> None:
    """Each row is an array."""
    numpy = pytest.importorskip("numpy")
    matrix = numpy.array([[1.0, 2.0], [3.0, 4.0]])
    rows = jacobian(lambda x: matrix @ x)(numpy.array([5.0, 6.0]))
    assert [row.tolist() for row in rows] == matrix.tolist()
    rows = hessian(lambda x: x @ matrix @ x)(numpy.array([5.0, 6.0]))
    assert [row.tolist() for row in rows] == (matrix + matrix.T).tolist()


def test_arguments_are_chosen_by_position() -> None:
    """One or several, by `argnums`; other arguments and keywords are passed on as they are."""

    def f(x: Any, name: str, y: Any, *, scale: float = 1.0) -> Any:  # noqa: ANN401  # numbers
        assert name == "name"
        return x * x * y * scale

    assert grad(f)(2.0, "name", 3.0) == 12.0
    assert grad(f, argnums=2)(2.0, "name", 3.0, scale=10.0) == 40.0
    assert grad(f, argnums=(2, 0))(2.0, "name", 3.0) == (4.0, 12.0)
    assert grad(f, argnums=-1)(2.0, "name", 3.0) == 4.0
    assert grad(f, argnums=(0,))(2.0, "name", y=3.0) == (12.0,)
    assert value_and_grad(f, (0, 2))(2.0, "name", 3.0) == (12.0, (12.0, 4.0))


def test_one_evaluation_gives_value_and_gradient() -> None:
    """The function is called once, and results are floats."""
    calls = []

    def f(p: list[Value]) -> Value:
        calls.append(p)
        return p[0] * p[1] + 1

    value, slopes = value_and_grad(f)([3.0, 4.0])
    assert (value, slopes, len(calls)) == (13.0, [4.0, 3.0], 1)
    assert {type(value), type(slopes[0])} == {float}


def test_derived_functions_keep_name_and_words() -> None:
    """They are wrapped: whoever prints them sees the function they came from."""
    for derive in (grad, value_and_grad, jacobian, hessian, hvp, derivative):
        derived: Any = derive(rosenbrock)
        assert (derived.__name__, derived.__doc__) == ("rosenbrock", rosenbrock.__doc__)


def test_branches_and_loops_are_differentiated_as_they_run() -> None:
    """A function may look at its numbers; the derivative is that of the path that was taken."""

    def f(x: Any) -> Any:  # noqa: ANN401  # a number
        while x < 100:
            x = x * x if x > 2 else x + 1
        return x

    assert grad(f)(3.0) == is_near(8 * 3.0**7)
    assert grad(f)(1.5) == is_near(8 * 2.5**7)


def test_functions_that_do_not_depend_on_their_argument() -> None:
    """Constants have a gradient of 0, whether a Value, a number or of another graph; the identity has 1."""
    other = Value(5.0)
    for f in (lambda _: 3, lambda _: Value(3.0), lambda _: other * 2, lambda x: 0 * x):
        assert grad(f)(1.0) == 0.0
        assert grad(grad(f))(1.0) == 0.0
        assert derivative(f, 3)(1.0) == 0.0
    assert grad(lambda x: x)(5.0) == 1.0
    assert grad(lambda p: p[0])([1.0, 2.0]) == [1.0, 0.0]


@pytest.mark.parametrize("out", [[1.0], (1.0, 2.0), None, "1.0", 1j, {}])
def test_a_gradient_needs_one_number(out: object) -> None:
    """Anything else raises TypeError, which says what was returned and what to use instead."""
    with pytest.raises(TypeError, match=r"must return one number to have a gradient; it returned .*: use jacobian"):
        grad(lambda _: out)(1.0)


@pytest.mark.parametrize("x", ["1.0", None, [1.0, None], {"a": "b"}])
def test_a_gradient_is_by_numbers(x: object) -> None:
    """An argument with something else in it raises TypeError."""
    with pytest.raises(TypeError, match="a Value holds one real number"):
        grad(lambda _: 1.0)(x)


# Values in, Values out.


def test_values_as_arguments_give_values_that_can_be_differentiated() -> None:
    """The result of grad at a Value is a node; backward from it reaches that Value."""
    x = Value(2.0)
    slope = grad(lambda t: t**3)(x)
    assert isinstance(slope, Value)
    assert slope.data == 12.0
    slope.backward()
    assert x.grad == 12.0
    value, slope = value_and_grad(functions.exp)(x)
    assert value.data == slope.data == math.exp(2.0)
    assert isinstance(derivative(functions.sin, 2)(x), Value)


def test_a_gradient_inside_of_a_loss() -> None:
    """A penalty on the slope by the input is trained by the parameter: a mixed second derivative."""
    w, x = Value(0.7), Value(1.3)

    def output(t: Any) -> Any:  # noqa: ANN401  # a number
        return (w * t).tanh()

    loss = grad(output)(x) ** 2
    loss.backward()
    t = math.tanh(0.7 * 1.3)
    s = 1 - t * t
    assert loss.data == is_near((0.7 * s) ** 2)
    assert w.grad == is_near(2 * 0.7 * s * (s + 0.7 * -2 * t * s * 1.3))


def test_a_derivative_inside_of_a_function_is_part_of_it() -> None:
    """d/dx (x · d/dy (x y)) is 2 x: the inner derivative depends on the outer variable."""
    assert derivative(lambda x: x * derivative(lambda y: x * y)(3.0))(2.0) == 4.0


def test_inner_and_outer_variables_are_not_confused() -> None:
    """d/dx (x · d/dy (x + y)) is 1, for every x and y."""
    assert derivative(lambda x: x * derivative(lambda y: x + y)(Value(1.0)))(1.0) == 1.0


def test_derivatives_inside_of_derivatives_are_values() -> None:
    """Whatever kind: gradients, Jacobians, Hessians; outside they are floats again, after a failure too."""
    inner: list[Any] = []

    def f(x: Any) -> Any:  # noqa: ANN401  # a number
        inner[:] = [
            grad(lambda y: x * y * y)(3.0),
            jacobian(lambda p: [x * p[0]])([1.0])[0][0],
            hessian(lambda p: x * p[0] * p[0])([1.0])[0][0],
            value_and_grad(lambda y: x * y)(2.0)[0],
            derivative(lambda y: x * y**3, 2)(1.0),
        ]
        return functions.sum(inner)

    assert grad(f)(2.0) == 6.0 + 1.0 + 2.0 + 2.0 + 6.0
    assert {type(d) for d in inner} == {Value}
    with pytest.raises(ZeroDivisionError):
        grad(lambda _: 1 / 0)(1.0)
    assert type(grad(lambda y: y * y)(3.0)) is float


def test_threads_do_not_nest_in_each_other() -> None:
    """A derivative taken by another thread, while one is at work here, is a float."""
    found: list[Any] = []

    def f(x: Any) -> Any:  # noqa: ANN401  # a number
        thread = threading.Thread(target=lambda: found.append(grad(lambda y: y * y)(3.0)))
        thread.start()
        thread.join()
        return x * 2

    assert grad(f)(1.0) == 2.0
    assert found == [6.0]
    assert type(found[0]) is float


# Purity.


def test_no_gradient_is_touched() -> None:
    """Neither of the arguments, nor of parameters that the function uses, nor of what they were made from."""
    leaf = Value(2.0)
    parameter = leaf * 3
    x = Value(5.0)
    for v in (leaf, parameter, x):
        v.grad = 7.0

    def f(p: Any) -> Any:  # noqa: ANN401  # a number
        return p * p * parameter

    for derive in (grad, value_and_grad, jacobian, hessian, derivative):
        derive(f)(x)
        derive(f)(5.0)
    hvp(f)(x, 1.0)
    assert [leaf.grad, parameter.grad, x.grad] == [7.0] * 3
    assert [leaf.data, parameter.data, x.data] == [2.0, 6.0, 5.0]
    assert grad(f)(5.0) == 60.0


def test_arguments_are_not_changed() -> None:
    """The lists and arrays given are left as they were."""
    x = [1.0, 2.0]
    hessian(rosenbrock)(x)
    assert x == [1.0, 2.0]
    assert [type(number) for number in x] == [float, float]


# backward(create_graph=True).


def test_create_graph_leaves_gradients_that_can_be_differentiated() -> None:
    """The derivative of x⁴ at 3 is the Value 108; from it, x gets the second derivative, and so on."""
    x = Value(3.0)
    root, slopes = x**4, []
    for _ in range(5):
        root.backward(create_graph=True)
        root = x.grad
        slopes.append(root)
        x.grad = 0.0
    assert {type(slope) for slope in slopes} == {Value}
    assert [slope.data for slope in slopes] == [108.0, 108.0, 72.0, 24.0, 0.0]


def test_create_graph_and_ordinary_backward_mix() -> None:
    """Gradients add up over both; set to zero, they start again."""
    x, y = Value(2.0), Value(5.0)
    (x * x * y).backward(create_graph=True)
    (x * y).backward()
    assert (float(x.grad), float(y.grad)) == (25.0, 6.0)
    (x * x).backward(create_graph=True)
    assert (float(x.grad), float(y.grad)) == (29.0, 6.0)
    x.grad = y.grad = 0.0
    assert (x.grad, type(x.grad)) == (0.0, float)
    (x**3 * y).backward(create_graph=True)
    slope = x.grad
    x.grad = y.grad = 0.0
    slope.backward()
    assert (x.grad, y.grad) == (60.0, 12.0)


def test_create_graph_accumulates_values() -> None:
    """Two calls add up to one Value, whose derivative is that of the sum."""
    x = Value(2.0)
    (x**3).backward(create_graph=True)
    (x**2).backward(create_graph=True)
    slope = x.grad
    x.grad = 0.0
    slope.backward()
    assert (slope.data, x.grad) == (16.0, 14.0)


def test_create_graph_from_a_leaf() -> None:
    """Its gradient is the Value 1, and adds up."""
    x = Value(2.0)
    for _ in range(2):
        with pytest.warns(NoGradientWarning, match="computed from nothing"):
            x.backward(create_graph=True)
    assert float(x.grad) == 2.0


def test_create_graph_gives_the_numbers_of_backward() -> None:
    """With and without it, all leaves and inner nodes have the same gradients."""
    found = []
    for create_graph in (False, True):
        x, y = Value(0.5), Value(-1.5)
        h = functions.dot([x, y, x], [y, 2.0, x], 1.0)
        out = functions.logsumexp([h.tanh(), x * y, functions.maximum(x, y)]) / functions.mean([h, x])
        out.backward(create_graph=create_graph)
        found.append([float(v.grad) for v in (x, y, h, out)])
    assert found[0] == is_near(found[1])


# Operations of the user's own.


def cube(x: Value) -> Value:
    """Return x³ as an op whose derivative is made of Values."""
    return Value.custom(x.data**3, [x], [3 * x * x], op="cube")


def test_a_custom_op_is_differentiated_as_often_as_its_derivative() -> None:
    """Local derivatives made of Values give gradients of any order."""
    assert [derivative(cube, n)(2.0) for n in (1, 2, 3, 4)] == [12.0, 12.0, 6.0, 0.0]
    assert grad(grad(lambda x: cube(x * x)))(1.5) == is_near(30 * 1.5**4)
    x = Value(2.0)
    cube(x).backward(create_graph=True)
    slope = x.grad
    x.grad = 0.0
    slope.backward()
    assert x.grad == 12.0


def test_a_custom_op_of_two_operands() -> None:
    """The mixed second derivative of x y² is 2 y."""

    def f(p: list[Value]) -> Value:
        x, y = p
        return Value.custom(x.data * y.data**2, [x, y], [y * y, 2 * x * y], op="xy²")

    assert hessian(f)([3.0, 5.0]) == [[0.0, 10.0], [10.0, 6.0]]


@pytest.mark.parametrize("local_grads", [[12.0], [12]])
def test_a_custom_op_with_numbers_is_differentiated_once(local_grads: list[float]) -> None:
    """A second time raises ValueError, which names the op and says what to do."""

    def f(x: Value) -> Value:
        return Value.custom(x.data**3, [x], local_grads, op="cube")

    assert grad(f)(2.0) == 12.0
    with pytest.raises(ValueError, match=r"the op 'cube' cannot be differentiated twice, .*Value\.custom"):
        grad(grad(f))(2.0)
    with pytest.raises(ValueError, match="the op 'cube' cannot be differentiated twice"):
        f(Value(2.0)).backward(create_graph=True)


def doubled(x: Value) -> Value:
    """Return 2 x as an op of the lecture's kind."""
    out = Value(x.data * 2, (x,), "double")

    def _backward() -> None:
        x.grad += 2 * out.grad

    out._backward = _backward  # noqa: SLF001  # the lecture's way
    return out


def test_an_assigned_backward_can_be_run_by_backward_alone() -> None:
    """The functions of this module raise ValueError for a closure, which names the op and says what to do."""
    with pytest.raises(ValueError, match=r"the op 'double' has an assigned `_backward`.*Value\.custom"):
        grad(doubled)(2.0)
    with pytest.raises(ValueError, match=r"the op 'double' has an assigned `_backward`"):
        grad(grad(doubled))(2.0)
    with pytest.raises(ValueError, match=r"the op 'double' has an assigned `_backward`"):
        doubled(Value(2.0)).backward(create_graph=True)


def test_what_does_not_depend_on_the_argument_is_not_walked() -> None:
    """A parameter, or an argument, that was made by a closure is a constant, or an end, like any other."""
    parameter, x = doubled(Value(3.0)), doubled(Value(1.0))
    assert grad(lambda t: t * parameter)(2.0) == 6.0
    assert grad(lambda t: t * t)(x).data == 4.0
    assert derivative(lambda t: t * t, 2)(x).data == 2.0
    assert hessian(lambda t: t * t * parameter)(2.0) == 12.0


def test_a_custom_op_with_one_number_among_its_derivatives_is_differentiated_once() -> None:
    """All of them must be Values, to be differentiated again."""

    def f(x: Value) -> Value:
        return Value.custom(x.data * x.data * 2, [x, x], [x * 2, x.data * 2], op="mixed")

    assert grad(f)(3.0) == 12.0
    with pytest.raises(ValueError, match="the op 'mixed' cannot be differentiated twice"):
        grad(grad(f))(3.0)


# Depth and size.


def test_deep_functions() -> None:
    """A loop of a hundred thousand steps has a gradient, one of a few thousand a Hessian."""

    def power(x: Any, n: int) -> Any:  # noqa: ANN401  # a number
        out = x
        for _ in range(n - 1):
            out = out * x
        return out

    assert grad(lambda x: power(x, 100_000))(1.0) == 100_000.0
    assert derivative(lambda x: power(x, 5_000), 2)(1.0) == 5_000.0 * 4_999.0


def test_many_inputs() -> None:
    """The gradient by ten thousand numbers is one walk; so is a Hessian-vector product."""
    xs = [float(i) for i in range(10_000)]
    assert grad(lambda p: functions.dot(p, p))(xs) == [2 * x for x in xs]
    assert hvp(lambda p: functions.sum([x**3 for x in p]))(xs, [1.0] * 10_000) == [6 * x for x in xs]
