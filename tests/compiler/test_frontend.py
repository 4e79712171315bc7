"""Tests of `compile`: what it takes, what it returns, and what it refuses."""

from __future__ import annotations

import math
import random
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import micrograd
from micrograd import MLP, Value
from micrograd.errors import CompileError, CompileWarning, MissingExtraError, NonFiniteWarning, TraceError

np = pytest.importorskip("numpy")

from micrograd.compiler import pipeline  # noqa: E402  # it needs NumPy
from micrograd.compiler.frontend import Compiled, compile  # noqa: A004, E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.pipeline import Backend

try:
    import llvmlite  # noqa: F401
except ImportError:
    BACKENDS: list[Backend] = ["numpy"]
else:
    BACKENDS = ["llvm", "numpy"]


class Point(NamedTuple):
    """A pair of numbers."""

    x: Any
    y: Any


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    """Return the name of a backend."""
    name: Backend = request.param
    return name


def gradients(value: Value, leaves: list[Value]) -> list[float]:
    """Return the gradient of a value by leaves, and set it to 0."""
    for leaf in leaves:
        leaf.grad = 0.0
    value.backward()
    found = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = 0.0
    return found


def moons() -> tuple[MLP, Callable[..., Any], list[list[float]], list[float]]:
    """Return a small network, a loss with a penalty, and points with labels."""
    rng = random.Random(3)
    model = MLP(2, [4, 4, 1], activation="relu", rng=rng)

    def loss(xs: Any, ys: Any) -> Any:  # noqa: ANN401
        scores = [model(x) for x in xs]
        hinge = [(1 + -y * s).relu() for y, s in zip(ys, scores, strict=True)]
        return sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in model.parameters())

    xs = [[rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)] for _ in range(20)]
    return model, loss, xs, [1.0 if x * y > 0.0 else -1.0 for x, y in xs]


def test_the_package_exports_it() -> None:
    """`micrograd.compile` is this function."""
    assert micrograd.compile is compile


def test_a_network_is_trained_by_hand(backend: Backend) -> None:
    """Values and gradients are those of the plain function, step after step."""
    model, loss, xs, ys = moons()
    compiled = compile(backend=backend)(loss)
    for _ in range(5):
        expected = loss(xs, ys)
        total = compiled(xs, ys)
        assert total.data == pytest.approx(expected.data, rel=1e-12)
        wanted = gradients(expected, model.parameters())
        model.zero_grad()
        total.backward()
        assert [p.grad for p in model.parameters()] == pytest.approx(wanted, rel=1e-9, abs=1e-12)
        for p in model.parameters():
            p.data -= 0.1 * p.grad


def test_it_keeps_the_name_and_the_words_of_the_function() -> None:
    """What is said of the function is said of the compiled one."""

    @compile
    def cube(x: Any) -> Any:  # noqa: ANN401
        """Return x³."""
        return x**3

    assert cube.__name__ == "cube"
    assert cube.__doc__ == "Return x³."
    assert cube.__wrapped__(2.0) == 8.0
    assert repr(cube) == "<compiled cube>"
    assert cube(2.0).data == 8.0
    assert cube(2.0).parents == ()


def test_floats_and_integers_of_every_kind_are_inputs() -> None:
    """One piece of code serves all numbers."""

    @compile
    def square(x: Any) -> Any:  # noqa: ANN401
        return x * x

    for x in (3.0, 3, np.float64(3.0), np.float32(3.0), np.int64(3), np.array(3.0)):
        assert square(x).data == 9.0
    assert square.report().entries == 1


def test_structures_become_structures_of_values() -> None:
    """Lists, tuples, named tuples, dicts and arrays keep their shape inside of the function."""

    @compile
    def total(rows: Any, point: Any, *, named: Any, table: Any) -> Any:  # noqa: ANN401
        assert isinstance(point, Point)
        assert isinstance(table, np.ndarray)
        columns = table[:, 0] * table[:, 1]
        return sum(x * y for x, y in rows) + point.x / point.y + named["a"][0] + sum(columns)

    rows, table = [(1.0, 2.0), (3.0, 4.0)], np.array([[1, 2], [3, 4]])
    for k in (1.0, 2.0):
        found = total(rows, Point(3.0, k), named={"a": (k,)}, table=table)
        assert found.data == pytest.approx(2.0 + 12.0 + 3.0 / k + k + 2.0 + 12.0)
    assert total.report().entries == 1


def test_ragged_lists_and_new_shapes_are_traced_anew() -> None:
    """Code is kept for each layout, and the last ones stay in a bounded cache."""

    @compile(cache_size=2)
    def total(rows: Any) -> Any:  # noqa: ANN401
        return sum(sum(row) for row in rows)

    assert total([[1.0], [2.0, 3.0]]).data == 6.0
    assert total([[1.0, 2.0], [3.0]]).data == 6.0
    assert total(np.ones((3, 2))).data == 6.0
    assert total.report().entries == 2
    assert total([[5.0], [2.0, 3.0]]).data == 10.0


def test_other_objects_are_static() -> None:
    """Text, None, bools and hashable objects are part of the layout: the code is made for them."""

    @compile
    def f(x: Any, kind: Any, flag: Any = None) -> Any:  # noqa: ANN401
        y = x.exp() if kind == "exp" else x * 2.0
        return y if flag is None else -y if flag else y + 1.0

    assert f(1.0, "exp").data == pytest.approx(math.e)
    assert f(1.0, "twice").data == 2.0
    assert f(1.0, "twice", True).data == -2.0  # noqa: FBT003
    assert f(1.0, "twice", flag=False).data == 3.0
    assert f.report().entries == 4


def test_values_as_arguments_receive_gradients(backend: Backend) -> None:
    """A Value stays a Value, mixed with numbers too, and passes the gradient on to what it came from."""

    @compile(backend=backend)
    def f(xs: Any, y: Any) -> Any:  # noqa: ANN401
        return xs[0] * xs[1] + xs[2].sin() * y

    a, b = Value(2.0), Value(3.0)
    out = f([a, 5.0, b], a * b) * 2.0
    out.backward()
    assert out.data == pytest.approx(2.0 * (10.0 + math.sin(3.0) * 6.0))
    assert a.grad == pytest.approx(2.0 * (5.0 + math.sin(3.0) * 3.0))
    assert b.grad == pytest.approx(2.0 * (math.cos(3.0) * 6.0 + math.sin(3.0) * 2.0))


def test_object_arrays_hold_values() -> None:
    """An array of Values is taken apart, and each receives its gradient."""
    values = np.array([Value(1.0), Value(2.0)])

    @compile
    def f(xs: Any) -> Any:  # noqa: ANN401
        return (xs * xs)[0] + xs[1]

    f(values).backward()
    assert [v.grad for v in values] == [2.0, 1.0]


def test_the_same_value_twice() -> None:
    """A Value may be an argument, another one, and be reached from outside; its gradients add up."""
    w = Value(3.0)

    @compile
    def f(x: Any, y: Any) -> Any:  # noqa: ANN401
        return x * y * w

    f(w, w).backward()
    assert w.grad == 27.0
    assert f(2.0, 5.0).data == 30.0


def test_several_outputs(backend: Backend) -> None:
    """Results nest as the function nests them, and each can be differentiated, alone or together."""
    a, b = Value(2.0), Value(3.0)

    @compile(backend=backend)
    def f(x: Any) -> Any:  # noqa: ANN401
        return {"product": a * b * x, "rest": [a + b, (a * a,)]}

    for x in (1.0, 4.0):
        out = f(x)
        assert out["product"].data == 6.0 * x
        assert out["rest"][1][0].data == 4.0
        assert gradients(out["product"], [a, b]) == [3.0 * x, 2.0 * x]
        assert gradients(out["rest"][1][0], [a, b]) == [4.0, 0.0]
    first, second = f(1.0), f(2.0)
    total = first["product"] * first["rest"][0] + second["product"]  # the first call's numbers are kept
    assert gradients(total, [a, b]) == pytest.approx([3.0 * 5.0 + 6.0 + 6.0, 2.0 * 5.0 + 6.0 + 4.0])
    assert gradients(total, [a, b]) == pytest.approx([27.0, 20.0])


def test_one_output_in_a_list() -> None:
    """A list of one Value comes back as that."""
    w = Value(3.0)
    (out,) = compile(lambda x: [w * x])(2.0)
    assert gradients(out, [w]) == [2.0]


def test_derivatives_of_compiled_functions() -> None:
    """grad, value_and_grad and jacobian go through them; gradients of gradients are compiled themselves."""

    def plain(p: Any) -> Any:  # noqa: ANN401
        return p[0] ** 2 * p[1] + p[0].sin()

    f = compile(plain)
    assert micrograd.grad(f)([2.0, 3.0]) == pytest.approx(micrograd.grad(plain)([2.0, 3.0]))
    slope = compile(micrograd.grad(f))
    assert [d.data for d in slope([2.0, 3.0])] == pytest.approx(micrograd.grad(plain)([2.0, 3.0]))
    found = micrograd.jacobian(slope)([2.0, 3.0])
    for row, expected in zip(found, micrograd.hessian(plain)([2.0, 3.0]), strict=True):
        assert row == pytest.approx(expected)


def test_second_derivatives_through_a_result_are_refused() -> None:
    """A result knows numbers only; the message says what to compile instead."""
    w = Value(2.0)
    for f in (compile(lambda x: w * w * x), compile(lambda x: [w * w * x, w])):
        out = f(3.0)
        root = out[0] if isinstance(out, list) else out
        with pytest.raises(ValueError, match=r"micrograd\.compile\(micrograd\.grad\(f\)\)"):
            root.backward(create_graph=True)


def test_compiled_functions_call_each_other() -> None:
    """Inside of another one, a compiled function is part of it."""
    inner = compile(lambda x: x * x)

    @compile
    def outer(x: Any) -> Any:  # noqa: ANN401
        return inner(x) + inner(2.0 * x)

    assert outer(3.0).data == 45.0
    assert inner.report is not None
    with pytest.raises(CompileError, match="call it once"):
        inner.report()


def test_modules_and_methods() -> None:
    """A network can be compiled, and so can a method; each object has code of its own."""
    model = MLP(2, [3, 1], rng=random.Random(1))
    forward = compile(model)
    assert forward([1.0, 2.0]).data == pytest.approx(model([1.0, 2.0]).data)

    class Line(micrograd.Module):
        def __init__(self, slope: float) -> None:
            self.slope = Value(slope)

        @compile
        def at(self, x: Any) -> Any:  # noqa: ANN401
            return self.slope * x

    a, b = Line(2.0), Line(3.0)
    assert (a.at(1.0).data, b.at(1.0).data, a.at(2.0).data) == (2.0, 3.0, 4.0)
    assert isinstance(Line.at, Compiled)


def test_float32(backend: Backend) -> None:
    """The machine works in single precision, and Values stay floats."""
    model, loss, xs, ys = moons()
    compiled = compile(backend=backend, dtype="float32")(loss)
    total = compiled(xs, ys)
    assert total.data == pytest.approx(loss(xs, ys).data, rel=1e-5)
    assert total.data != loss(xs, ys).data
    wanted = gradients(loss(xs, ys), model.parameters())
    assert gradients(total, model.parameters()) == pytest.approx(wanted, rel=1e-3, abs=1e-5)


def test_value_and_grad_gives_plain_numbers() -> None:
    """A float, and an array with the gradient by the parameters, then by the Values among the arguments."""
    w = Value(3.0)
    f = compile(lambda x, y: w * w * x + y)
    value, gradient = f.value_and_grad(2.0, Value(1.0))
    assert (value, gradient.tolist()) == (19.0, [12.0, 1.0])
    assert f.parameters == [w]
    with pytest.raises(TypeError, match="must return one Value"):
        compile(lambda x: [x, x]).value_and_grad(1.0)


def test_flat_functions() -> None:
    """A function of all parameters as one array, which leaves the Values alone."""
    model, loss, xs, ys = moons()
    unused = Value(1.0)
    f = compile(loss).flat([*model.parameters(), unused], xs, ys)
    start = np.array([p.data for p in model.parameters()] + [1.0])
    value, gradient = f(start)
    assert value == pytest.approx(loss(xs, ys).data)
    assert gradient == pytest.approx([*gradients(loss(xs, ys), model.parameters()), 0.0])
    moved = f(start + 0.1)[0]
    assert moved != pytest.approx(value)
    assert [p.data for p in model.parameters()] == start[:-1].tolist()
    with pytest.raises(ValueError, match="give an array of as many"):
        f(start[:3])
    with pytest.raises(TypeError, match="parameters must be Values"):
        compile(lambda x: x * 2.0).flat([1.0, 2.0], 3.0)  # type: ignore[list-item]


def test_the_report_and_the_program() -> None:
    """What became of the function can be printed."""
    _, loss, xs, ys = moons()
    compiled = compile(loss)
    compiled(xs, ys)
    report = compiled.report()
    assert report.nodes == report.lifted + report.gathered + report.tape
    assert {"trace", "lift", "derive", "generate", "check"} <= set(report.seconds)
    assert "loss: " in str(report)
    assert "relu(" in str(compiled.program)


def test_random_functions_are_found_out() -> None:
    """Two runs must do the same."""
    rng = random.Random(1)
    w = Value(1.0)
    with pytest.raises(CompileError, match="it is random"):
        compile(lambda x: w * x * rng.random())(1.0)


def test_functions_that_change_things_are_found_out() -> None:
    """A list that grows, an attribute that counts: compiled, it would happen only once."""
    seen: list[Any] = []

    def grows(x: Any) -> Any:  # noqa: ANN401
        seen.append(1)
        return x * 2.0

    with pytest.raises(CompileError, match="changes what it reaches"):
        compile(grows)(1.0)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ([], "xs is empty"),
        (np.zeros((0, 2)), "xs is empty"),
        (1j, "give real numbers"),
        ([{1.0}], r"xs\[0\] is a set"),
        (np.array(["a"]), "an array of real numbers"),
        (iter([1.0]), "used up by one call"),
    ],
)
def test_arguments_that_cannot_be_inputs(argument: object, message: str) -> None:
    """The message names the argument, what it is and what to give."""
    with pytest.raises((TypeError, ValueError), match=message):
        compile(lambda xs: Value(1.0) * xs)(argument)


def test_results_that_are_no_values() -> None:
    """A function must return Values."""
    for result in (None, "a", 1.0):
        with pytest.raises(TypeError, match="must return"):
            compile(lambda _, result=result: result)(1.0)


def test_numbers_may_not_be_frozen() -> None:
    """What would make a constant of a number says where and what to do."""
    with pytest.raises(TraceError, match=r"test_frontend\.py"):
        compile(lambda x: x * 2.0 if x > 0.0 else x)(1.0)


def test_numbers_that_are_not_finite() -> None:
    """They pass through, and backward() warns as it does for the plain function."""
    w = Value(1.0)
    f = compile(lambda xs: w * sum(xs))
    assert f([1.0, 2.0]).data == 3.0
    bad = f([1.0, math.nan])
    assert math.isnan(bad.data)
    with pytest.warns(NonFiniteWarning):
        bad.backward()


def test_wrong_settings() -> None:
    """They are refused before anything is traced."""
    with pytest.raises(ValueError, match="float64"):
        compile(dtype="float16")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="llvm"):
        compile(backend="gpu")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="takes a function"):
        compile(3)  # type: ignore[call-overload]


def test_without_llvmlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy serves, and says so once; asked for by name, the missing extra is named."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(pipeline, "_told", set())
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    with pytest.warns(CompileWarning, match="run on NumPy"):
        f = compile(lambda x: x * 2.0)
    assert f.options.backend == "numpy"
    assert compile(lambda x: x * 3.0)(1.0).data == 3.0  # without another word
    assert f(2.0).data == 4.0
    with pytest.raises(MissingExtraError, match=r"micrograd\[compile\]"):
        compile(backend="llvm")


def test_an_error_of_the_compiler_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call compares; without the check, the numbers are taken as they come."""
    w = Value(1.0, label="w")
    monkeypatch.setattr("micrograd.compiler.checks.gradient_of", lambda *_: np.array([5.0]))
    with pytest.raises(CompileError, match=r"parameter 0 \(w\)"):
        compile(lambda x: w * x)(2.0)
    assert compile(check=False)(lambda x: w * x)(2.0).data == 2.0


def test_gradients_stay_as_they_are_when_a_call_is_checked() -> None:
    """The check runs a graph of its own, and leaves no trace in it."""
    w = Value(2.0)
    w.grad = 7.0
    inner = w * 3.0
    inner.grad = 5.0
    compile(lambda x: inner * w * x)(1.0)
    assert (w.grad, inner.grad) == (7.0, 5.0)


def test_threads_may_share_a_function() -> None:
    """Calls from several threads do not mix."""
    w = Value(1.0)
    f = compile(lambda xs: w * sum(x * x for x in xs))
    f([0.0] * 50)
    wrong: list[float] = []

    def work(k: int) -> None:
        found = [f([float(k)] * 50).data for _ in range(300)]
        wrong.extend(number for number in found if number != 50.0 * k * k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_calls_by_place_and_by_name_are_kept_apart() -> None:
    """Each way of calling has its program, and none gets in the way of another."""
    w, xs = Value(0.5), np.arange(4.0)
    f = compile(lambda xs, ys: sum((w * x - y) ** 2 for x, y in zip(xs, ys, strict=True)))
    results = [f(xs, xs), f(xs=xs, ys=xs), f(xs, xs), f(xs, ys=xs), f(xs=xs, ys=xs)]
    assert {r.data for r in results} == {sum((0.5 * x - x) ** 2 for x in xs)}


def test_an_index_out_of_range_is_told_by_the_plain_function() -> None:
    """The compiled program knows only that there is one; the plain function which, and of how many rows."""
    f = compile(lambda rows, i: micrograd.take(rows, i) * 2.0)
    assert f([1.0, 2.0, 3.0], 1).data == 4.0
    with pytest.raises(IndexError, match="5"):
        f([1.0, 2.0, 3.0], 5)


def test_an_output_that_is_not_asked_for_has_no_say(backend: Backend) -> None:
    """Its derivative may be infinite: the engine does not come by there, so nan must not either."""
    f = compile(lambda x, y: [x.log(), 2.0 * y + x], backend=backend)
    x, y = Value(0.0), Value(1.0)
    f(x, y)[1].backward()
    assert (x.grad, y.grad) == (1.0, 2.0)
