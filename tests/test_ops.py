"""The ops table, row by row: forward, derivative and second derivative, against `math`, differences and PyTorch."""

from __future__ import annotations

import itertools
import math
import operator
import random
import statistics
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, NamedTuple

import pytest
from spellings import OPERATORS

from micrograd import engine, functions, ieee
from micrograd.autodiff import derivative, grad, hessian
from micrograd.engine import Value
from micrograd.ops import CODES, OPS, TABLE, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    Point = tuple[float, ...]

INF, NAN = math.inf, math.nan
STEP = 1e-4  # of the central differences below, whose error is of the order of its fourth power
VARIADIC = 5  # operands given to a row that takes any number
PARAMETERS = {"powc": (2.0, 3.0, 0.5, -1.0, 0.0, 1.0, -0.5, -2.0), "leaky_relu": (0.01, 0.0, 0.2), "step": (0.0, 0.5)}

# Operands without a slope to compare with: a detached one counts as a constant, an index is a whole number.
HELD = {"detach": 0, "take": 0}

# What each row means, said without the package.
REFERENCE: dict[str, Callable[..., float]] = {
    "copy": float,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "pow": operator.pow,
    "powc": operator.pow,
    "exp": math.exp,
    "log": math.log,
    "log1p": math.log1p,
    "expm1": math.expm1,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "sigmoid": lambda x: (1 + math.tanh(x / 2)) / 2,
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x, slope: max(x, 0.0) + slope * min(x, 0.0),
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "gelu": lambda x: x * math.erfc(-x / math.sqrt(2)) / 2,
    "erf": math.erf,
    "abs": abs,
    "step": lambda x, at_zero: at_zero if x == 0 else float(x > 0),
    "less": lambda x, y: float(x < y),
    "equal": lambda x, y: float(x == y),
    "maximum": max,
    "minimum": min,
    "atan2": math.atan2,
    "where": lambda condition, x, y: x if condition != 0 else y,
    "sum": lambda *xs: math.fsum(xs),
    "mean": lambda *xs: statistics.fmean(xs),
    "dot": lambda *xs: math.fsum([*map(operator.mul, xs[:2], xs[2:4]), *xs[4:]]),
    "logsumexp": lambda *xs: math.log(math.fsum(map(math.exp, xs))),
    "detach": float,
    "take": lambda index, *xs: xs[round(index)],
}


every_row = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)


def constants(op: Op) -> Sequence[tuple[float, ...]]:
    """Return the parameters to try a row with: one empty tuple where the row takes none."""
    return [(p,) for p in PARAMETERS[op.name]] if op.parameter else [()]


def is_smooth_at(op: Op, point: Point) -> bool:
    """Tell whether a point is far enough from every kink for central differences."""
    place = point[0] if len(point) == 1 else point[0] - point[1]
    return all(abs(place - kink) > 10 * STEP for kink in op.kinks)


def draws(op: Op, count: int) -> list[Point]:
    """Return random points of a row's domain, the same in every run."""
    random_numbers = random.Random(op.name)
    domain = op.domain * VARIADIC if op.variadic else op.domain
    points = [tuple(random_numbers.uniform(*interval) for interval in domain) for _ in range(count)]
    if op.name == "take":
        points = [(float(k % (VARIADIC - 1)), *point[1:]) for k, point in enumerate(points)]
    return [point for point in points if is_smooth_at(op, point)]


def cases(op: Op, count: int) -> list[tuple[Point, tuple[float, ...]]]:
    """Return points of a row's domain, each with each parameter."""
    return list(itertools.product(draws(op, count), constants(op)))


def node(op: Op, point: Sequence[Value | float], constant: tuple[float, ...]) -> Value:
    """Return what the engine makes of a row."""
    return engine.apply(op.name, *point, parameter=constant[0] if constant else None)


def made(op: Op, constant: tuple[float, ...]) -> Callable[[Sequence[Value | float]], Value]:
    """Return `node` as a function of the point alone."""
    return lambda point: node(op, point, constant)


def on_a_line(op: Op, point: Point, constant: tuple[float, ...]) -> Callable[[Value | float], Value]:
    """Return `node` as a function of one number: at (1 + t) times the point, save what is held."""
    return lambda t: node(op, [x if HELD.get(op.name) == i else x * (1 + t) for i, x in enumerate(point)], constant)


def forward(op: Op, constant: tuple[float, ...]) -> Callable[[Point], float]:
    """Return the row's forward function of a point."""
    return lambda point: op.forward(*point, *constant)


def partial_derivative(op: Op, constant: tuple[float, ...], i: int) -> Callable[[Point], float]:
    """Return the row's derivative by its i-th operand, as a function of a point."""
    return lambda point: row_derivatives(op, point, constant)[i]


def difference(f: Callable[[Point], float], point: Point, i: int) -> float:
    """Return the slope of f by its i-th operand, from four values of f."""

    def at(h: float) -> float:
        return f((*point[:i], point[i] + h, *point[i + 1 :]))

    return (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP)


def slope(op: Op, f: Callable[[Point], float], point: Point, i: int) -> float:
    """Return the difference, or 0 for an operand that is held."""
    return 0.0 if HELD.get(op.name) == i else difference(f, point, i)


def slope_at_zero(f: Callable[[float], float]) -> float:
    """Return the slope of a function of one number."""
    return difference(lambda point: f(*point), (0.0,), 0)


def row_derivatives(op: Op, point: Point, constant: tuple[float, ...]) -> tuple[float, ...]:
    """Return the derivatives of a row on floats, by the rule in the table."""
    return op.derivative(ieee, op.forward(*point, *constant), *point, *constant)


def test_the_table_names_every_row_once() -> None:
    """Names are the keys of TABLE and of CODES, where 0 is left free for nodes without a row."""
    assert [op.name for op in OPS] == list(TABLE) == list(CODES)
    assert list(CODES.values()) == list(range(1, len(OPS) + 1))


def test_every_row_has_a_reference_in_this_file() -> None:
    """A new row fails here until it is said once more, independently, what it means."""
    assert list(REFERENCE) == [op.name for op in OPS]


def test_a_row_needs_a_derivative_words_and_a_domain() -> None:
    """A row cannot be written without them, nor changed once it stands."""
    with pytest.raises(TypeError, match="derivative"):
        Op("half", "half", lambda x: x / 2)  # type: ignore[call-arg]
    with pytest.raises(FrozenInstanceError):
        TABLE["exp"].name = "other"  # type: ignore[misc]


@every_row
def test_a_row_is_complete(op: Op) -> None:
    """Symbol, words and intervals are there, and the forward function is the one of `ieee` by that name."""
    assert op.symbol
    assert op.words
    assert op.domain
    assert all(math.isfinite(low) and math.isfinite(high) and low < high for low, high in op.domain)
    assert op.forward is getattr(ieee, op.name)
    assert op.arity == (None if op.variadic else len(op.domain))


@every_row
def test_a_row_gives_a_derivative_for_each_operand(op: Op) -> None:
    """The rule answers with as many numbers as there are operands, for floats and for Values."""
    for point, constant in cases(op, 3):
        values = [Value(x) for x in point]
        symbolic = op.derivative(functions, node(op, values, constant), *values, *constant)
        assert len(row_derivatives(op, point, constant)) == len(symbolic) == len(point)


@every_row
def test_forward_agrees_with_math(op: Op) -> None:
    """On its domain a row gives what `math` gives, to the last bits."""
    for point, constant in cases(op, 60):
        expected = REFERENCE[op.name](*point, *constant)
        assert op.forward(*point, *constant) == pytest.approx(expected, rel=5e-15, abs=5e-15)


@every_row
def test_derivative_agrees_with_central_differences(op: Op) -> None:
    """On its domain, kinks aside, a row's derivative is the slope of its forward function; 0 for what is held."""
    for point, constant in cases(op, 30):
        found = row_derivatives(op, point, constant)
        slopes = [slope(op, forward(op, constant), point, i) for i in range(len(point))]
        assert found == pytest.approx(slopes, rel=1e-7, abs=1e-8)


@every_row
def test_the_engine_holds_the_numbers_of_the_table(op: Op) -> None:
    """A node made by the engine has the row's data and local derivatives, bit for bit, and knows its row."""
    for point, constant in cases(op, 20):
        values = [Value(x) for x in point]
        out = node(op, values, constant)
        assert out.data == op.forward(*point, *constant)
        assert out.local_grads == row_derivatives(op, point, constant)
        assert out.parents == tuple(values)
        assert out.row is op
        assert (() if out.parameter is None else (out.parameter,)) == constant


@every_row
def test_backward_gives_the_derivative_of_the_table(op: Op) -> None:
    """After backward() the operands' gradients are the row's derivatives."""
    for point, constant in cases(op, 10):
        values = [Value(x) for x in point]
        node(op, values, constant).backward()
        assert tuple(v.grad for v in values) == row_derivatives(op, point, constant)


@every_row
def test_the_rule_gives_the_same_on_values_as_on_floats(op: Op) -> None:
    """`m` may be `ieee` or `functions`: the derivative is the same number."""
    for point, constant in cases(op, 10):
        values = [Value(x) for x in point]
        symbolic = op.derivative(functions, node(op, values, constant), *values, *constant)
        assert [float(d) for d in symbolic] == pytest.approx(row_derivatives(op, point, constant), rel=1e-15)


@every_row
def test_second_derivatives_agree_with_central_differences(op: Op) -> None:
    """The Hessian of a row is the slope of its derivatives."""
    for point, constant in cases(op, 6):
        found = hessian(made(op, constant))(list(point))
        for i, j in itertools.product(range(len(point)), repeat=2):
            expected = slope(op, partial_derivative(op, constant, i), point, j)
            assert found[i][j] == pytest.approx(expected, rel=1e-6, abs=1e-7)


@every_row
def test_the_table_is_closed_under_differentiation(op: Op) -> None:
    """Along a line through its domain a row can be differentiated three times: the slope of the second derivative."""
    for point, constant in cases(op, 2):
        line = on_a_line(op, point, constant)
        assert derivative(line, 3)(0.0) == pytest.approx(slope_at_zero(derivative(line, 2)), rel=1e-5, abs=1e-6)


def spelled(op: Op, operands: Sequence[Value], constant: tuple[float, ...]) -> list[Value]:
    """Return a row's node once for each way to write it: function, method, operator."""
    ways = []
    if op.name == "dot":
        ways.append(functions.dot(operands[:2], operands[2:4], *operands[4:]))
    elif op.name == "take":
        ways.append(functions.take(operands[1:], operands[0]))
    elif op.variadic:
        ways.append(getattr(functions, op.name)(operands))
    elif hasattr(functions, op.name):
        ways.append(getattr(functions, op.name)(*operands, *constant))
    if hasattr(Value, op.name):
        ways.append(getattr(operands[0], op.name)(*operands[1:], *constant))
    if op.name in OPERATORS:
        ways.append(OPERATORS[op.name](*operands, *constant))
    return ways


@every_row
def test_every_spelling_of_a_row_makes_its_node(op: Op) -> None:
    """A row is a function or an operator, a method unless it takes any number of operands; all make the same node."""
    assert op.variadic or hasattr(Value, op.name) or op.name in OPERATORS
    for point, constant in cases(op, 5):
        operands = [Value(x) for x in point]
        table = node(op, operands, constant)
        ways = spelled(op, operands, constant)
        assert ways
        for out in ways:
            assert out.row is op
            assert (out.data, out.local_grads, out.parents) == (table.data, table.local_grads, table.parents)
            assert out.op == table.op == (f"**{constant[0]:g}" if op.name == "powc" else op.symbol)


# PyTorch, at the edges too.

UNARY = (
    *(0.0, -0.0, 5e-324, -5e-324, 1e-200, 0.5, 1.0, -1.0, -2.5, 3.0, 25.0, -25.0),
    *(800.0, -800.0, 1e200, 1e308, -1e308, INF, -INF, NAN),
)
BINARY = (0.0, -0.0, 0.5, 1.0, -1.0, 2.0, -3.0, 800.0, 1e308, INF, -INF, NAN)
TERNARY = (0.0, -0.0, 1.0, 800.0, INF, -INF, NAN)


class Deviation(NamedTuple):
    """Where we answer otherwise than PyTorch, on purpose."""

    row: str
    orders: str  # of the derivatives that differ: "0" forward, "1" first, "2" second
    where: Callable[..., bool]  # of the operands and the parameter
    reason: str


DEVIATIONS = (
    Deviation(
        "powc",
        "01",
        lambda x, n: abs(n) == 0.5 and (x == -INF or (x == 0 and math.copysign(1, x) < 0)),
        "x**0.5 is not sqrt(x): IEEE 754 has pow(-0.0, -0.5) = +inf and pow(-inf, 0.5) = +inf",
    ),
    Deviation(
        "pow",
        "2",
        lambda _, y: y == 0,
        "PyTorch takes the slope of x**y by x for the constant 0 at y = 0, which makes the Hessian not symmetric",
    ),
    Deviation("step", "0", lambda x, _: math.isnan(x), "nan is neither below 0 nor above, and is not to be hidden"),
    Deviation("softplus", "12", lambda x: x > 20, "PyTorch takes log(1 + exp(x)) for x beyond 20; we do not round it"),
    Deviation("gelu", "2", lambda x: abs(x) >= 1e200, "PyTorch's formula has inf * 0 where the limit is 0"),
    Deviation("erf", "2", lambda x: abs(x) >= 1e200, "PyTorch's formula has inf * 0 where the limit is 0"),
    Deviation(
        "logsumexp",
        "2",
        lambda *xs: INF in xs,
        "both have nan at an infinite maximum; PyTorch spreads it over operands that have no share in it",
    ),
)


def torch_rows(torch: ModuleType) -> dict[str, Callable[..., object]]:
    """Return PyTorch's function for every row."""
    f = torch.nn.functional
    rows: dict[str, Callable[..., object]] = {
        "copy": torch.clone,
        "leaky_relu": f.leaky_relu,
        "softplus": f.softplus,
        "gelu": f.gelu,
        "powc": torch.pow,
        "where": lambda c, x, y: torch.where(c != 0, x, y),
        "sum": lambda *xs: torch.stack(xs).sum(),
        "mean": lambda *xs: torch.stack(xs).mean(),
        "dot": lambda *xs: sum(map(operator.mul, xs[: len(xs) // 2], xs[len(xs) // 2 :]), xs[-1] * (len(xs) % 2)),
        "logsumexp": lambda *xs: torch.logsumexp(torch.stack(xs), 0),
        "less": lambda x, y: (x < y).double(),
        "equal": lambda x, y: (x == y).double(),
        "take": lambda index, *xs: torch.stack(xs)[index.detach().long()],
        "step": lambda x, at_zero: torch.heaviside(x.detach(), 0 * x.detach().nan_to_num(0, 0, 0) + at_zero),
    }
    names = [op.name for op in OPS if op.name not in rows]
    return rows | {name: getattr(torch, name) for name in names}


def edges(op: Op) -> list[tuple[Point, tuple[float, ...]]]:
    """Return zeros of both signs, infinities, nan, huge, tiny and plain numbers, in all combinations."""
    choices = {1: UNARY, 2: BINARY, 3: TERNARY}
    corners = list(itertools.product(choices[op.arity or 3], repeat=op.arity or 3))
    if op.name == "dot":
        corners = [(*point[:2], 2.0, *point[1:]) for point in corners]
    if op.name == "take":
        corners = [(float(k), *point) for point in corners for k in range(len(point))]
    return list(itertools.product([*corners, *draws(op, 10)], constants(op)))


def our_answers(op: Op, point: Point, constant: tuple[float, ...]) -> list[list[float]]:
    """Return value, gradient and Hessian of a row, each as a flat list."""
    exact = grad(made(op, constant))
    leaves = [Value(x) for x in point]
    second = [grad(lambda p, i=i: exact(p)[i])(list(point)) for i in range(len(point))]
    return [[op.forward(*point, *constant)], [g.data for g in exact(leaves)], [*itertools.chain(*second)]]


def torch_answers(
    torch: ModuleType, f: Callable[..., object], point: Point, constant: tuple[float, ...]
) -> list[list[float]]:
    """Return the same from PyTorch in float64."""
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]

    def gradient(y: object) -> list[object]:
        if not torch.as_tensor(y).requires_grad:
            return [torch.zeros((), dtype=torch.float64) for _ in leaves]
        return list(torch.autograd.grad(y, leaves, create_graph=True, materialize_grads=True))

    out = f(*leaves, *constant)
    first = gradient(out)
    second = itertools.chain.from_iterable(map(gradient, first))
    return [[torch.as_tensor(t).detach().item() for t in order] for order in ([out], first, second)]


def agree(ours: list[float], theirs: list[float]) -> bool:
    """Tell whether all numbers agree to 1e-12, infinities by sign, nan with nan; what underflows may differ."""
    return ours == pytest.approx(theirs, rel=1e-12, abs=1e-307, nan_ok=True)


@every_row
def test_values_and_derivatives_are_those_of_pytorch(op: Op) -> None:
    """Value, gradient and Hessian agree at the edges too, save where DEVIATIONS says why not, and nowhere else."""
    torch = pytest.importorskip("torch")
    f = torch_rows(torch)[op.name]
    excused = [d for d in DEVIATIONS if d.row == op.name]
    unused, wrong = set(excused), []
    for point, constant in edges(op):
        pairs = zip(our_answers(op, point, constant), torch_answers(torch, f, point, constant), strict=True)
        for order, (ours, theirs) in enumerate(pairs):
            if agree(ours, theirs):
                continue
            excuses = [d for d in excused if str(order) in d.orders and d.where(*point, *constant)]
            unused -= set(excuses)
            if not excuses:
                wrong.append((point, constant, order, ours, theirs))
    assert not wrong
    assert not unused


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("relu", (0.0,), (0.0,)),
        ("relu", (-0.0,), (0.0,)),
        ("relu", (NAN,), (1.0,)),
        ("abs", (0.0,), (0.0,)),
        ("abs", (-0.0,), (0.0,)),
        ("maximum", (2.0, 2.0), (0.5, 0.5)),
        ("minimum", (2.0, 2.0), (0.5, 0.5)),
        ("maximum", (0.0, -0.0), (0.5, 0.5)),
        ("atan2", (0.0, 0.0), (0.0, 0.0)),
        ("pow", (0.0, 0.0), (0.0, 0.0)),
        ("pow", (0.0, 2.0), (0.0, 0.0)),
        ("sqrt", (0.0,), (INF,)),
        ("log", (0.0,), (INF,)),
        ("where", (0.0, 1.0, 2.0), (0.0, 0.0, 1.0)),
        ("where", (NAN, 1.0, 2.0), (0.0, 1.0, 0.0)),
    ],
)
def test_subgradients(name: str, at: Point, expected: Point) -> None:
    """At a kink the derivative is the one that the field has agreed upon."""
    assert row_derivatives(TABLE[name], at, ()) == expected


@pytest.mark.parametrize(("slope", "at", "expected"), [(0.01, 0.0, 0.01), (0.2, -0.0, 0.2), (0.2, 1.0, 1.0)])
def test_subgradient_of_a_leaky_relu(slope: float, at: float, expected: float) -> None:
    """At 0 a leaky relu has the slope of its left side."""
    assert row_derivatives(TABLE["leaky_relu"], (at,), (slope,)) == (expected,)
