"""Tests of the compiled loop of `fit`: the same batches and updates as the loop in Python, and how it ends."""

from __future__ import annotations

import math
import random
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from micrograd import MLP, Value
from micrograd.errors import CompileWarning, NonFiniteWarning, TraceError
from micrograd.functions import take
from micrograd.optim import SGD, Adam, AdamW, cosine, linear
from micrograd.train import State, fit

np = pytest.importorskip("numpy")

from micrograd import compiled_loop  # noqa: E402  # it needs NumPy
from micrograd.compiled_loop import Rows, stretch  # noqa: E402
from micrograd.compiler.frontend import compile  # noqa: A004, E402
from micrograd.rounds import Plan  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.pipeline import Backend
    from micrograd.optim import Optimizer

try:
    import llvmlite  # noqa: F401
except ImportError:
    BACKENDS: list[Backend] = ["numpy"]
else:
    BACKENDS = ["llvm", "numpy"]

RNG = random.Random(3)
XS = [[RNG.gauss(0.0, 1.0), RNG.gauss(0.0, 1.0)] for _ in range(23)]
YS = [1 if x * y > 0.0 else -1 for x, y in XS]


def network() -> tuple[MLP, Callable[..., Any]]:
    """Return a network, the same each time, and its loss."""
    model = MLP(2, [4, 1], rng=random.Random(7))

    def loss(xs: Any, ys: Any) -> Any:  # noqa: ANN401
        return sum((model(x) - y) ** 2 for x, y in zip(xs, ys, strict=True)) * (1.0 / len(ys))

    return model, loss


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    """Return the name of a backend."""
    name: Backend = request.param
    return name


OPTIMISERS: list[Callable[[], Optimizer]] = [
    lambda: SGD(lr=linear(0.5, 0.1)),
    lambda: SGD(lr=cosine(0.2), momentum=0.9, nesterov=True, weight_decay=0.01),
    lambda: Adam(lr=0.01, weight_decay=0.1),
    lambda: AdamW(lr=lambda step: 0.1 / (1 + step)),
]
SETTINGS: list[dict[str, Any]] = [
    {"steps": 12},
    {"epochs": 3, "batch_size": 5},
    {"steps": 7, "batch_size": 23, "seed": 4},
    {"epochs": 2, "batch_size": 100, "shuffle": False},
]


@pytest.mark.parametrize("make", OPTIMISERS)
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_it_is_the_loop_in_python(make: Callable[[], Optimizer], settings: dict[str, Any], backend: Backend) -> None:
    """Losses, rates, parameters and the state of the optimiser agree to rounding."""
    (model, loss), (twin, plain) = network(), network()
    optimizer, other = make(), make()
    history = fit(compile(backend=backend)(loss), XS, YS, optimizer=optimizer, progress=False, **settings)
    expected = fit(plain, XS, YS, optimizer=other, progress=False, compiled=False, **settings)
    assert history.losses == pytest.approx(expected.losses, rel=1e-9)
    assert history.rates == pytest.approx(expected.rates, rel=1e-15)
    assert history.times == sorted(history.times)
    assert not history.diverged
    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in twin.parameters()], rel=1e-9)
    assert optimizer.steps == other.steps == len(history)
    for name in optimizer.buffers:
        assert getattr(optimizer, name) == pytest.approx(getattr(other, name), rel=1e-7, abs=1e-15)


def test_arrays_are_columns_too(backend: Backend) -> None:
    """Rows of arrays are cut as those of lists are."""
    results = []
    for xs, ys in ((XS, YS), (np.array(XS), np.array(YS))):
        _, loss = network()
        settings: dict[str, Any] = {"optimizer": SGD(lr=0.1), "epochs": 2, "batch_size": 4, "progress": False}
        results.append(fit(compile(backend=backend)(loss), xs, ys, **settings).losses)
    assert results[0] == results[1]


def test_a_plain_function_is_compiled_on_the_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step is taken in Python."""
    _, loss = network()
    monkeypatch.setattr("micrograd.train._take_steps", None)
    assert len(fit(loss, XS, YS, optimizer=SGD(lr=0.1), steps=5, progress=False)) == 5


def test_single_precision_trains() -> None:
    """The machine works in single precision."""
    (model, loss), (twin, plain) = network(), network()
    fit(compile(dtype="float32")(loss), XS, YS, optimizer=Adam(lr=0.01), steps=20, progress=False)
    fit(plain, XS, YS, optimizer=Adam(lr=0.01), steps=20, progress=False, compiled=False)
    wanted = [p.data for p in twin.parameters()]
    assert [p.data for p in model.parameters()] == pytest.approx(wanted, rel=1e-2, abs=1e-3)


def test_only_the_optimisers_parameters_move() -> None:
    """Others keep their numbers, and parameters that the loss does not reach decay as they do in Python."""
    for compiled in (True, False):
        model, loss = network()
        last, apart = model.layers[-1].parameters(), Value(2.0)
        optimizer = SGD([*last, apart], lr=0.1, weight_decay=0.5)
        before = [p.data for p in model.layers[0].parameters()]
        fit(loss, XS, YS, optimizer=optimizer, steps=3, progress=False, compiled=compiled)
        assert [p.data for p in model.layers[0].parameters()] == before
        assert apart.data == pytest.approx(2.0 * 0.95**3)


def test_a_run_goes_on_where_the_last_one_ended() -> None:
    """Two runs with one optimiser are one long run."""
    (model, loss), (twin, plain) = network(), network()
    optimizer, other = Adam(lr=0.01), Adam(lr=0.01)
    for steps in (3, 4):
        fit(loss, XS, YS, optimizer=optimizer, steps=steps, progress=False)
    fit(plain, XS, YS, optimizer=other, steps=7, progress=False)
    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in twin.parameters()])


def test_a_callback_may_look_and_change_things() -> None:
    """It sees the parameters of the last step; what it sets is what the next step starts from."""
    w = Value(8.0)
    seen: list[tuple[int, float]] = []

    def halve(state: State) -> bool:
        assert len(state.history) == state.step
        assert state.ends_epoch
        seen.append((state.step, w.data))
        w.data = 1.0
        return len(seen) == 2

    history = fit(lambda: w * w, optimizer=SGD(lr=0.25), steps=10**7, progress=False, callback=halve)
    assert seen[0] == (1, 4.0)
    assert len(history) == seen[1][0] > 1
    assert history.losses[:3] == [64.0, 1.0, 0.25]


def test_what_a_callback_replaces_is_seen() -> None:
    """A setting of the loss that changes between stretches takes effect."""
    settings = {"target": 1.0}
    w = Value(0.0)

    def change(_: State) -> None:
        settings["target"] = 5.0

    fit(lambda: (w - settings["target"]) ** 2, optimizer=SGD(lr=0.1), steps=200, progress=False, callback=change)
    assert w.data == pytest.approx(5.0)


def test_the_loss_that_is_not_finite_is_the_last() -> None:
    """Nothing moves after it, and the warning of `backward()` names what went wrong."""
    w = Value(1.0, label="w")
    with pytest.warns(NonFiniteWarning, match="label='w'"):
        history = fit(lambda: w * w, optimizer=SGD(lr=1e200), steps=5, progress=False)
    assert (history.losses, history.diverged, w.data) == ([1.0, math.inf], True, -2e200)
    x = Value(0.0)
    optimizer = SGD(lr=1.0)
    with pytest.warns(NonFiniteWarning):
        history = fit(x.log, optimizer=optimizer, steps=5, progress=False)
    assert (history.losses, history.diverged, x.data, optimizer.steps) == ([-math.inf], True, 0.0, 0)


def test_ctrl_c_waits_for_the_stretch() -> None:
    """The history and the parameters are those of whole steps."""
    w = Value(1.0)

    def press(state: State) -> None:
        if state.step > 1:
            signal.raise_signal(signal.SIGINT)

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        pytest.skip("Ctrl-C is ignored here")
    optimizer = SGD(lr=1e-9)
    history = fit(lambda: w * w, optimizer=optimizer, steps=10**7, progress=False, callback=press)
    assert history.interrupted
    assert 1 < len(history) == optimizer.steps


def test_ctrl_c_during_a_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is held back until everything is in its place."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        pytest.skip("Ctrl-C is ignored here")
    w = Value(1.0)
    take = compiled_loop.CompiledLoop.take

    def pressed(self: compiled_loop.CompiledLoop, count: int) -> Any:  # noqa: ANN401
        signal.raise_signal(signal.SIGINT)
        return take(self, count)

    monkeypatch.setattr(compiled_loop.CompiledLoop, "take", pressed)
    history = fit(lambda: w * w, optimizer=SGD(lr=0.25), steps=5, progress=False)
    assert history.interrupted
    assert (history.losses, w.data) == ([1.0], 0.5)


def test_it_trains_in_any_thread() -> None:
    """Where no signals arrive, nothing is held back."""
    w = Value(1.0)
    settings: dict[str, Any] = {"optimizer": SGD(lr=0.25), "steps": 5, "progress": False}
    thread = threading.Thread(target=lambda: fit(lambda: w * w, **settings))
    thread.start()
    thread.join()
    assert w.data == 0.5**5


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (lambda w, xs: w * sum(x for x in xs if x > 1.0), "TraceError"),
        (lambda w, xs: w * sum(xs) * random.random(), "CompileError"),
    ],
)
def test_what_cannot_be_compiled_trains_in_python(loss: Callable[..., Any], reason: str) -> None:
    """And says why, once."""
    w = Value(1.0)
    with pytest.warns(CompileWarning, match=reason) as caught:
        history = fit(lambda xs: loss(w, xs), [1.0, 2.0], optimizer=SGD(lr=0.1), steps=2, progress=False)
    assert len(history) == 2
    assert len([each for each in caught if each.category is CompileWarning]) == 1


def test_rows_that_differ_train_in_python() -> None:
    """So do batches of ragged rows, of text and of Values, and optimisers of the user's own."""
    w = Value(1.0)

    class Mine(SGD):
        """An optimiser of the user's own."""

    def loss(xs: Any, *_: Any) -> Any:  # noqa: ANN401
        return sum(w * sum(x) for x in xs)

    settings: dict[str, Any] = {"steps": 2, "progress": False}
    for columns in (([[1.0], [2.0, 3.0]],), ([[1.0], [2.0]], "ab"), ([[Value(1.0)], [Value(2.0)]],)):
        with pytest.warns(CompileWarning, match=r"rows of column|part of the data"):
            fit(loss, *columns, optimizer=SGD(lr=0.1), batch_size=1, **settings)
    with pytest.warns(CompileWarning, match="Mine moves"):
        fit(loss, [[1.0]], optimizer=Mine(lr=0.1), **settings)


def test_a_compiled_loss_that_cannot_be_traced_is_an_error() -> None:
    """Who asks for a compiled loss is told what is wrong with it."""
    w = Value(1.0)
    with pytest.raises(TraceError):
        fit(compile(lambda xs: w * float(xs[0])), [1.0], optimizer=SGD(), steps=1, progress=False)


def test_a_rate_that_is_none_is_refused() -> None:
    """The rates of a stretch are checked before it starts."""
    w = Value(1.0)
    with pytest.raises(ValueError, match="a learning rate of the steps"):
        fit(lambda: w * w, optimizer=SGD(lr=lambda _: -1.0), steps=2, progress=False)


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize(("n", "size"), [(10, 5), (11, 4), (3, 8), (7, 1)])
def test_the_rows_are_those_of_the_loop_in_python(n: int, size: int, shuffle: bool) -> None:  # noqa: FBT001
    """However many steps are asked for at a time, the batches are the same."""
    settings: dict[str, Any] = {"epochs": None, "batch_size": size, "shuffle": shuffle, "seed": 5}
    plan = Plan.of([list(range(n))], steps=40, **settings)
    rows, found = Rows(plan), []
    for count in (1, 2, 7, 30):
        found += [batch.tolist() for part in rows.take(count) if part is not None for batch in part]
    batches = plan.batches()
    assert found == [next(batches).columns[0] for _ in range(40)]


def test_stretches_end_with_long_epochs() -> None:
    """A stretch lasts about a tenth of a second, and ends where an epoch ends."""
    plan = Plan.of([list(range(100))], steps=1000, epochs=None, batch_size=1, shuffle=False, seed=0)
    assert stretch(0, plan, 0.0) == 1
    assert stretch(0, plan, 0.01) == 10
    assert stretch(95, plan, 0.01) == 5
    assert stretch(1, plan, 0.0005) == 99 + 200
    assert stretch(990, plan, 0.0005) == 10


def test_the_bar_counts_steps(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar moves by stretches, and shows the last loss."""
    pytest.importorskip("tqdm")
    w = Value(3.0)
    fit(lambda: w * w, optimizer=SGD(lr=0.0), steps=500)
    shown = capsys.readouterr().err
    assert "500/500" in shown
    assert "loss=9" in shown


def test_a_bad_index_keeps_the_steps_before_it() -> None:
    """The optimiser has counted as many steps as have moved the parameters."""
    table, optimizer = [Value(0.1 * k) for k in range(4)], SGD(lr=0.1)
    loss = compile(lambda ids: sum((take(table, i) - 1.0) ** 2 for i in ids))
    once_each: dict[str, Any] = {"parameters": table, "epochs": 1, "batch_size": 1, "shuffle": False, "progress": False}
    with pytest.raises(IndexError):
        fit(loss, [0, 1, 2, 9], optimizer=optimizer, **once_each)
    assert optimizer.steps == 3
    assert [round(row.data, 6) for row in table] == [0.2, 0.28, 0.36, 0.3]
