"""check_grad: right gradients pass, wrong ones are caught and named, and what cannot be told is said to be so."""

from __future__ import annotations

import itertools
import math
import random
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import micrograd
from micrograd import Value, engine, functions
from micrograd.check.differences import GradientReport, check_grad
from micrograd.errors import GradientError
from micrograd.nn import MLP
from micrograd.ops import OPS, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PARAMETERS = {"powc": (2.0, 3.0, 0.5, -1.0), "leaky_relu": (0.01, 0.2), "step": (0.0, 0.5)}
HELD = {"detach": 0, "take": 0}  # operands that have no slope by design: a constant, an index
JUMPS = {"step", "less", "equal"}
SCALES = [1e-300, 1e-12, 1.0, 1e12, 1e300]

every_row = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)


def row(op: Op, held: tuple[float, ...], parameter: float | None) -> Callable[..., Value]:
    """Return a row as a function of its operands, less the first few that are held."""
    return lambda *xs: engine.apply(op.name, *held, *xs, parameter=parameter)


def points(op: Op, count: int) -> list[tuple[float, ...]]:
    """Return random points of a row's domain, the same in every run."""
    numbers = random.Random(op.name)
    domain = op.domain * 5 if op.variadic else op.domain
    found = [tuple(numbers.uniform(*interval) for interval in domain) for _ in range(count)]
    return [(float(round(abs(p[0])) % 4), *p[1:]) for p in found] if op.name == "take" else found


def verdicts(report: GradientReport) -> list[str]:
    """Return the verdicts of a report, gradient by gradient."""
    return [entry.verdict for entry in report.entries]


def scaled(factor: float) -> Callable[[Value], Value]:
    """Return the square, with a derivative that is some factor off."""

    def square(x: Value) -> Value:
        return Value.custom(x.data**2, [x], [factor * 2 * x], op="square")

    return square


@every_row
def test_every_row_passes_at_both_orders(op: Op) -> None:
    """On its domain a row's gradients, and the gradients of those, are the slopes."""
    k = HELD.get(op.name, -1) + 1
    for point, parameter in itertools.product(points(op, 5), PARAMETERS.get(op.name, (None,))):
        if len(point) > k:
            report = check_grad(row(op, point[:k], parameter), *point[k:], order=2)
            assert set(verdicts(report)) == {"right"}
            assert {entry.order for entry in report.entries} == {1, 2}


@pytest.mark.parametrize("op", [op for op in OPS if op.kinks], ids=lambda op: op.name)
def test_kinks_and_jumps_are_told_of_and_are_no_errors(op: Op) -> None:
    """At its kink a row has other slopes on both sides, or jumps, and so does the gradient of the gradient."""
    point = (1.5, 1.5) if op.arity == 2 else (0.0,)
    parameter = PARAMETERS.get(op.name, (None,))[0]
    report = check_grad(row(op, (), parameter), *point, order=2)
    assert report
    first = {entry.verdict for entry in report.entries if entry.order == 1}
    assert first == ({"jump"} if op.name in JUMPS - {"equal"} else {"kink"} if op.name != "equal" else first)
    assert "wrong" not in verdicts(report)


def test_the_slopes_of_both_sides_are_told() -> None:
    """Of relu at 0: 0 below and 1 above."""
    (entry,) = check_grad(lambda x: x.relu(), 0.0).entries
    assert (entry.verdict, entry.analytic, entry.note) == ("kink", 0.0, "slopes 0 and 1")
    assert math.isnan(entry.error)


def test_a_wrong_gradient_at_a_kink_is_wrong() -> None:
    """No number outside of the slopes of both sides is a subgradient."""
    for slope, verdict in ((0.0, "kink"), (0.5, "kink"), (1.0, "kink"), (1.1, "wrong"), (-0.1, "wrong")):
        report = check_grad(lambda x, g=slope: Value.custom(max(x.data, 0.0), [x], [g]), 0.0, raises=False)
        assert verdicts(report) == [verdict]


@pytest.mark.parametrize("distance", [1e-3, 1e-6, 1e-9])
def test_a_kink_nearby_is_no_kink_at_the_point(distance: float) -> None:
    """However near it is, as long as numbers can tell."""
    for x in (1.0 + distance, 1.0 - distance):
        assert verdicts(check_grad(lambda x: (x - 1.0).relu() + x, x)) == ["right"]


@pytest.mark.parametrize(
    ("factor", "note"),
    [
        (1.001, "1.001 times the slope"),
        (-1.0, "-1 times the slope"),
        (0.0, "no gradient arrives"),
        (1.00005, "1.00005"),
    ],
)
@pytest.mark.parametrize("scale", SCALES)
def test_wrong_derivatives_are_caught_at_every_scale(factor: float, note: str, scale: float) -> None:
    """A factor, another sign or nothing at all; of gradients that are tiny and huge. Right ones pass."""
    wrong, right = scaled(factor), scaled(1.0)
    report = check_grad(lambda x: wrong(x) * scale, 3.0, raises=False)
    assert verdicts(report) == ["wrong"]
    assert note in report.worst.note
    assert check_grad(lambda x: right(x) * scale, 3.0)


@pytest.mark.parametrize("x", [1e-100, 1e-12, 1e-3, 1.0, 1e6, 1e12, 1e100])
def test_arguments_of_every_magnitude(x: float) -> None:
    """The steps suit the number: log, reciprocal and square are smooth on the scale of x itself."""
    for f in (lambda x: x.log(), lambda x: 1.0 / x, lambda x: x * x, lambda x: (x / 1e3).sqrt()):
        assert verdicts(check_grad(f, x)) == ["right"]
        assert verdicts(
            check_grad(lambda x, f=f: Value.custom(f(x).data, [x], [1.001 * micrograd.grad(f)(x)]), x, raises=False)
        ) == ["wrong"]


def test_a_missing_term_is_caught() -> None:
    """The derivative of a product by one factor that is used twice."""

    def product(x: Value, y: Value) -> Value:
        return Value.custom(x.data**2 * y.data, [x, y], [x * y, x * x], op="product")

    report = check_grad(product, 3.0, 2.0, raises=False)
    assert [(e.name, e.verdict) for e in report.entries] == [("args[0]", "wrong"), ("args[1]", "right")]
    assert report.worst.name == "args[0]"


def test_a_backward_that_overwrites_is_caught() -> None:
    """`x.grad = ...` in the place of `x.grad += ...` forgets what came before."""

    def square(x: Value, *, accumulate: bool) -> Value:
        out = Value(x.data**2, (x,), "square")

        def rule() -> None:
            x.grad = 2 * x.data * out.grad + (x.grad if accumulate else 0.0)

        out._backward = rule  # noqa: SLF001  # as the lecture writes it
        return out

    assert check_grad(lambda x: square(x, accumulate=True) + 3 * x, 3.0)
    report = check_grad(lambda x: square(x, accumulate=False) + 3 * x, 3.0, raises=False)
    assert (report.worst.analytic, report.worst.verdict) == (6.0, "wrong")
    with pytest.raises(ValueError, match="only backward"):
        check_grad(lambda x: square(x, accumulate=True), 3.0, order=2)


def test_a_wrong_second_derivative_is_caught() -> None:
    """The first derivative of a custom op is right, and the Value that it is made of depends on x in another way."""

    def cube(x: Value) -> Value:
        return Value.custom(x.data**3, [x], [Value.custom(3 * x.data**2, [x], [5 * x])], op="cube")

    assert check_grad(cube, 3.0)
    report = check_grad(cube, 3.0, order=2, raises=False)
    assert [(e.order, e.verdict) for e in report.entries] == [(1, "right"), (2, "wrong")]
    assert "args[0] (order 2)" in str(report)
    assert check_grad(lambda x: x**5, 1.5, order=4)


def test_what_is_read_as_a_number_is_caught() -> None:
    """`.data`, and detach, hide a dependence."""
    assert verdicts(check_grad(lambda x: x.data * x, 2.0, raises=False)) == ["wrong"]
    report = check_grad(lambda x: micrograd.detach(x) * 1.0, 2.0, raises=False)
    assert "look for .data" in report.worst.note


def test_a_wrong_gradient_raises() -> None:
    """The message is the table, and the error holds the report."""
    with pytest.raises(GradientError, match="1 gradient of square: 1 wrong\n") as caught:
        check_grad(scaled(2.0), 3.0)
    assert caught.value.report is not None
    assert not caught.value.report
    assert caught.value.report.exit_code == 1
    assert check_grad(scaled(1.0), 3.0).exit_code == 0


def test_the_printed_form() -> None:
    """How many there are of each verdict, then the worst gradients in columns."""
    bad, good = scaled(1.5), scaled(1.0)

    def total(xs: Sequence[Value], y: Value) -> Value:
        return bad(xs[0]) + sum((good(x) for x in xs[1:]), Value(0.0)) + y.relu()

    report = check_grad(total, [1.0, 2.0], 0.0, raises=False)
    assert repr(report) == str(report)
    assert str(report).splitlines() == [
        "3 gradients of total: 1 right, 1 kink, 1 wrong",
        "                     analytic  numerical    error",
        "  wrong  args[0][0]         3          2  3.3e-01  1.5 times the slope",
        "  kink   args[1]            0        0.5        -  slopes 0 and 1",
        "  right  args[0][1]         4          4  0.0e+00",
    ]


def test_long_reports_are_cut() -> None:
    """Six rows are enough; the rest is counted."""
    lines = str(
        check_grad(lambda xs: sum((x * x for x in xs), Value(0.0)), [float(i) for i in range(1, 31)])
    ).splitlines()
    assert len(lines) == 9
    assert lines[-1] == "  and 24 more, no worse"


def test_arguments_are_named_by_the_path_that_leads_to_them() -> None:
    """Lists, tuples, dicts and arrays; labels where there are some; what is no number is passed on as it is."""

    def f(a: dict[str, list[Value]], how: str, b: tuple[Value, ...], c: None) -> Value:
        assert (how, c) == ("as it is", None)
        return a["w"][0] * a["w"][1] * b[0]

    report = check_grad(f, {"w": [2.0, Value(3.0)]}, "as it is", (Value(4, label="c"),), None)
    assert [e.name for e in report.entries] == ["args[0]['w'][0]", "args[0]['w'][1]", "c"]
    assert [e.analytic for e in report.entries] == [12.0, 8.0, 6.0]


def test_arrays() -> None:
    """A NumPy array of numbers is an argument as any other."""
    numpy = pytest.importorskip("numpy")
    report = check_grad(lambda a: (a * a).sum(), numpy.arange(1.0, 5.0).reshape(2, 2))
    assert [(e.name, e.analytic) for e in report.entries][2] == ("args[0][1][0]", 6.0)


def test_several_results_are_checked_together() -> None:
    """Results that would cancel in a plain sum do not."""
    wrong = scaled(1.1)

    def f(x: Value) -> dict[str, Any]:
        return {"plus": wrong(x), "minus": [-wrong(x)]}

    assert verdicts(check_grad(f, 3.0, raises=False)) == ["wrong"]
    assert check_grad(lambda x: {"a": x * x, "b": [x.sin(), x]}, 3.0)


def make_loss() -> tuple[MLP, Callable[[], Value], Callable[..., Value]]:
    """Return a network, its loss on a few points, and its loss on any."""
    numbers = random.Random(3)
    model = MLP(2, [4, 1], rng=numbers)
    points = [[numbers.gauss(0, 1), numbers.gauss(0, 1)] for _ in range(6)]
    targets = [numbers.choice([-1.0, 1.0]) for _ in points]

    def loss(points: Sequence[Any], targets: Sequence[Any]) -> Value:
        return sum(((model(x) - y) ** 2 for x, y in zip(points, targets, strict=True)), Value(0.0)) / len(targets)

    return model, lambda: loss(points, targets), lambda *_: loss(points, targets)


def test_a_whole_model_is_checked() -> None:
    """The parameters are found by calling the loss, and have the names of the model; sampled or all, twice too."""
    model, loss, _ = make_loss()
    names = [name for name, _ in model.named_parameters()]
    report = check_grad(loss, order=2)
    assert sorted(e.name for e in report.entries if e.order == 1) == sorted(names)
    assert set(verdicts(report)) == {"right"}
    sample = check_grad(loss, sample=4, seed=5)
    assert len(sample.entries) == 4
    assert [e.name for e in check_grad(loss, sample=4, seed=5).entries] == [e.name for e in sample.entries]
    assert [e.name for e in check_grad(loss, sample=4, seed=6).entries] != [e.name for e in sample.entries]


def test_parameters_may_be_given() -> None:
    """Then the data are passed on as they are, and no other gradient is checked."""
    model, _, loss = make_loss()
    report = check_grad(loss, [0], "data", parameters=model)
    assert [e.name for e in report.entries] == [name for name, _ in model.named_parameters()]
    w, unused = Value(2.0, label="w"), Value(3.0)
    report = check_grad(lambda n: w * w * n, 3, parameters=[w, unused])
    assert [(e.name, e.analytic, e.verdict) for e in report.entries] == [
        ("w", 12.0, "right"), ("parameters[1]", 0.0, "right"),
    ]  # fmt: skip
    for wrong in ([], [1.0]):
        with pytest.raises(TypeError, match="parameters must be"):
            check_grad(lambda: w, parameters=wrong)  # type: ignore[arg-type]


def test_a_broken_layer_is_named() -> None:
    """The parameter with the model's own name, although the mistake is in an operation that it goes through."""
    model, _, _ = make_loss()
    broken = model.layers[0].neurons[2].w[1]

    def loss() -> Value:
        out: Value = model([1.0, 2.0])
        return out + Value.custom(broken.data**2, [broken], [0.0])

    report = check_grad(loss, raises=False)
    assert [e.name for e in report.entries if e.verdict == "wrong"] == ["layers[0].neurons[2].w[1]"]


def test_variables_are_named() -> None:
    """Values without a label have the name of the variable through which the function reaches them."""
    w, b = Value(2.0), [Value(1.0), Value(3.0)]
    report = check_grad(lambda x: w * x + b[1], 5.0)
    assert [e.name for e in report.entries] == ["args[0]", "w", "b[1]"]

    class Line:
        def __init__(self) -> None:
            self.slopes = [Value(2.0)]

        def at(self, x: Value) -> Value:
            return self.slopes[0] * x

    assert [e.name for e in check_grad(Line().at, 5.0).entries] == ["args[0]", "slopes[0]"]


def test_compiled_functions_are_checked() -> None:
    """It is the gradient of the compiled code that is compared; by arguments, parameters and several results."""
    pytest.importorskip("numpy")
    model, _, _ = make_loss()

    @micrograd.compile
    def loss(xs: Sequence[Any], y: Any) -> Value:  # noqa: ANN401  # a number or a Value
        error: Value = model(xs) - y
        return error**2

    report = check_grad(loss, [1.0, 2.0], -1.0)
    assert report.function == "loss"
    assert set(verdicts(report)) == {"right"}
    assert len(report.entries) == 3 + len(model.parameters())
    pair = micrograd.compile(lambda x, y: (x * y, x.sin()))
    assert check_grad(pair, 1.0, 2.0)
    with pytest.raises(ValueError, match=r"micrograd\.compile"):
        check_grad(loss, [1.0, 2.0], -1.0, order=2)


def test_single_precision_is_checked_as_such() -> None:
    """Neither is a right gradient called wrong, nor a wrong one right."""
    pytest.importorskip("numpy")
    right = micrograd.compile(lambda x, y: x.tanh() * y + y.exp(), backend="numpy", dtype="float32")
    wrong = micrograd.compile(lambda x, y: x * micrograd.detach(y), backend="numpy", dtype="float32")
    assert check_grad(right, 0.3, 0.7)
    for k, x in itertools.product((1.0, 10.0, 100.0, 1000.0), (0.3, 0.7, 1.1)):
        wave = micrograd.compile(lambda x, k=k: (x * k).sin(), backend="numpy", dtype="float32")
        assert verdicts(check_grad(wave, x)) == ["right"] or k > 10.0
    assert verdicts(check_grad(wrong, 0.3, 0.7, raises=False)) == ["right", "wrong"]


def test_values_from_before_the_call_are_left_out() -> None:
    """They do not follow when a number is moved, so nothing can be said of what they come from."""
    w = Value(2.0)
    square = w * w
    report = check_grad(lambda x: square * x, 3.0)
    assert [e.name for e in report.entries] == ["args[0]"]
    assert "not checked" in str(report)
    with pytest.raises(ValueError, match="before the call"):
        check_grad(lambda: square)


def test_all_is_as_it_was() -> None:
    """Data and gradients, whether gradients had been computed, and also where the function raises."""
    w, v = Value(0.1 + 0.2), Value(2.0)
    (w * 0.0).backward()
    v.grad = 7.0
    calls = itertools.count()

    def fails() -> Value:
        if next(calls) > 6:
            raise RuntimeError
        return w * w * v

    check_grad(lambda: w * w * v, order=2)
    with pytest.raises(RuntimeError):
        check_grad(fails)
    assert (w.data, v.data) == (0.1 + 0.2, 2.0)
    assert (w.grad, w.has_grad, v.grad, v.has_grad) == (0.0, True, 7.0, True)
    assert not Value(1.0).has_grad


def test_arguments_are_left_alone() -> None:
    """Values among them get no gradient, lists are not changed."""
    x = Value(3.0)
    numbers = [1.0, 2.0]
    check_grad(lambda x, ys: x * ys[0] * ys[1], x, numbers)
    assert (x.data, x.grad, x.has_grad, numbers) == (3.0, 0.0, False, [1.0, 2.0])


def test_random_functions_are_told() -> None:
    """What gives another result at every call has no slope, and that is an error of its own."""
    with pytest.raises(GradientError, match="another result each time") as caught:
        check_grad(lambda x: x * random.random(), 1.0)
    assert caught.value.report is None


def test_what_is_not_finite_is_told() -> None:
    """A function that is nan cannot be checked; a gradient that is infinite is an entry of its own."""
    with pytest.raises(GradientError, match="nan"):
        check_grad(lambda x: x.log(), -1.0)
    report = check_grad(lambda x, y: x.sqrt() + y, 0.0, 1.0, raises=False)
    assert verdicts(report) == ["not finite", "right"]
    assert not report


def test_numbers_that_cannot_be_moved_are_unsure() -> None:
    """An infinite number has no neighbours; one next to the largest float has some on one side."""
    report = check_grad(lambda x, y: x.minimum(y) * 2.0, math.inf, 3.0)
    assert verdicts(report) == ["unsure", "right"]
    assert verdicts(check_grad(lambda x: x * 1e-300, sys.float_info.max)) == ["right"]


def test_edges_are_checked_from_one_side() -> None:
    """Functions such as x ** 1.5 end at 0, with slope 0."""
    assert verdicts(check_grad(lambda x: x**1.5, 0.0)) == ["right"]
    wrong = check_grad(lambda x: Value.custom(x.data * math.sqrt(x.data), [x], [0.1]), 0.0, raises=False)
    assert verdicts(wrong) == ["wrong"]


def test_a_function_that_jumps() -> None:
    """At the jump nothing can be said; beside it all is well."""
    assert verdicts(check_grad(lambda x: x.step() + x, 0.0)) == ["jump"]
    assert verdicts(check_grad(lambda x: x.step() + x, 1e-6)) == ["right"]


def test_slopes_that_rounding_hides_are_unsure() -> None:
    """Beside 1, a slope of 1e-17 is not to be seen; one of 1e-12 that is twice too large is."""
    assert verdicts(check_grad(lambda x: 1.0 + 1e-17 * x, 1.0)) == ["unsure"]
    report = check_grad(lambda x: Value.custom(1.0 + 1e-12 * x.data, [x], [2e-12]), 1.0, raises=False)
    assert verdicts(report) == ["wrong"]


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x * x, 1e-300),  # rounds to 0
        (lambda x: 1e4 + (x + 5e-10).relu() - 3 * (x - 5e-10).relu(), 0.0),  # two kinks, nearer than numbers can tell
        (lambda x: (x * 1e17).sin(), 1.0),  # the next float is many waves away
    ],
)
def test_what_numbers_cannot_tell_is_unsure(f: Callable[[Value], Value], x: float) -> None:
    """Neither right nor wrong: the values of the function do not show the slope."""
    assert verdicts(check_grad(f, x)) == ["unsure"]


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e8])
def test_numbers_that_cancel_are_no_mistake(size: float) -> None:
    """The rounding errors inside of a function may be far larger than its result and its gradients."""
    numbers = random.Random(size)
    for _ in range(20):
        p, q, *logits = [numbers.gauss(0, 1) for _ in range(6)]
        reports = [
            check_grad(lambda x: ((x + 1e8) - 1e8) ** 2, p * size),
            check_grad(lambda p, q: (p + q) ** 2 - p**2 - 2 * p * q - q**2, p * size, q, order=2),
            check_grad(lambda zs: size * functions.sum(micrograd.softmax(zs)), logits, order=2),
        ]
        assert {verdict for report in reports for verdict in verdicts(report)} <= {"right", "unsure"}


def test_the_bottom_of_a_loss_is_no_mistake() -> None:
    """Where training has ended, gradients are what rounding leaves of the sum of many."""
    numbers = random.Random(0)
    xs = [numbers.gauss(0, 1) for _ in range(20)]
    ys = [2.0 * x + 1.0 + numbers.gauss(0, 0.1) for x in xs]
    slope, intercept = statistics.linear_regression(xs, ys)
    a, b = Value(slope), Value(intercept)
    report = check_grad(lambda: sum(((a * x + b - y) ** 2 for x, y in zip(xs, ys, strict=True)), Value(0.0)), order=2)
    assert verdicts(report)[2:] == ["right", "right"]


def test_both_zero() -> None:
    """A number without influence has gradient 0 and slope 0."""
    report = check_grad(lambda x, y: x * 2.0 + 0.0 * y, 1.0, 2.0)
    assert [(e.verdict, e.error) for e in report.entries] == [("right", 0.0), ("right", 0.0)]
    assert check_grad(lambda x: x * x, 0.0).worst.error == 0.0
    assert verdicts(check_grad(lambda _: 3.0, 1.0)) == ["right"]


def test_what_cannot_be_checked_is_refused() -> None:
    """No numbers to differentiate by, a result that is none, settings out of range."""
    with pytest.raises(ValueError, match="reaches no Value"):
        check_grad(lambda: 3.0)
    with pytest.raises(TypeError, match="must return numbers"):
        check_grad(lambda x: f"{x}", 1.0)
    for wrong in ({"order": 0}, {"sample": 0}, {"rtol": 0.0}):
        with pytest.raises(ValueError, match="1 or more"):
            check_grad(lambda x: x, 1.0, **wrong)


def test_networks_do_not_alarm() -> None:
    """Deep in kinks of relu and hinge, with data of every size, no right gradient is called wrong."""
    for seed in range(6):
        numbers = random.Random(seed)
        model = MLP(2, [6, 6, 1], activation="relu", rng=numbers)
        size = 10.0 ** (seed - 3)
        points = [[numbers.gauss(0, size) for _ in range(2)] for _ in range(8)]
        targets = [numbers.choice([-1.0, 1.0]) for _ in points]

        def loss(model: MLP = model, points: Any = points, targets: Any = targets) -> Value:  # noqa: ANN401
            return sum(((1.0 - y * model(x)).relu() for x, y in zip(points, targets, strict=True)), Value(0.0))

        assert check_grad(loss, sample=20)


def test_a_script_exits_with_1() -> None:
    """An error that nobody catches ends it, and so does `sys.exit` with the report's own status."""
    program = (
        "import sys\nfrom micrograd import Value\nfrom micrograd.check.differences import check_grad\n"
        "wrong = lambda x: Value.custom(x.data, [x], [2.0])\n"
    )
    for last in ("check_grad(wrong, 1.0)", "sys.exit(check_grad(wrong, 1.0, raises=False).exit_code)"):
        outcome = subprocess.run([sys.executable, "-c", program + last], capture_output=True, text=True, check=False)
        assert outcome.returncode == 1
    assert subprocess.run([sys.executable, "-c", program + "check_grad(lambda x: x, 1.0)"], check=False).returncode == 0


def test_only_a_function_can_be_checked() -> None:
    """A result has no arguments to be changed."""
    wrong: Any = Value(2.0) * 3
    with pytest.raises(TypeError, match=r"takes a function and its arguments, .* got Value\(data=6.0\)"):
        check_grad(wrong)
