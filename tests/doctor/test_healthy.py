"""Healthy programs give no alarm: the examples, the demos, the lecture's loops, and habits that look like illnesses."""

from __future__ import annotations

import random
import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_seeds import Network, train, with_sum

from micrograd import MLP, Value, compile, fit, mean  # noqa: A004  # the compiler's
from micrograd.check.doctor import doctor
from micrograd.check.script import run
from micrograd.data import moons
from micrograd.losses import binary_cross_entropy, cross_entropy, hinge, l2, squared_error
from micrograd.optim import SGD, Adam, AdamW
from micrograd.schedules import cosine, linear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from micrograd.optim import Optimizer

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.py"))
NEEDS = {"digits": ["sklearn"], "fit_curve_with_scipy": ["scipy", "llvmlite"]}
ARGUMENTS = {"digits": ["--quick"]}

OPTIMIZERS: dict[str, Callable[[list[Value]], Optimizer]] = {
    "momentum": lambda ps: SGD(ps, lr=0.1, momentum=0.9),
    "nesterov": lambda ps: SGD(ps, lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "large Adam": lambda ps: Adam(ps, lr=0.1),
    "AdamW": lambda ps: AdamW(ps, lr=0.05),
    "cosine": lambda ps: SGD(ps, lr=cosine(0.5, steps=40)),
}


@pytest.fixture
def well() -> Iterator[None]:
    """Let a test run under the doctor's eyes, who must find nothing."""
    with doctor(report=None) as watch:
        yield
    assert str(watch) == f"nothing found in {watch.steps} step{'' if watch.steps == 1 else 's'}"
    assert watch.steps > 0


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_well(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is found in an example, and it prints what it prints without a doctor."""
    missing = [library for library in NEEDS.get(path.stem, []) if find_spec(library) is None]
    if missing:
        pytest.skip(f"{missing} not installed")
    assert run(str(path), ARGUMENTS.get(path.stem, [])) == 0
    printed = capsys.readouterr()
    assert printed.out
    assert not printed.err


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_the_lecture_is_well(rate: float, seed: int) -> None:
    """Its own classes, its sum, its loop: twenty steps, and again the next twenty."""
    model = Network(3, [4, 4, 1], random.Random(seed).uniform)
    train(model, with_sum, rate)
    train(model, with_sum, rate)


@pytest.mark.usefixtures("well")
def test_the_published_demo_is_well() -> None:
    """Its learning rate of 1 makes the loss jump in the first step, which is no illness."""
    model = MLP(2, [16, 16, 1], activation="relu", rng=random.Random(1337))
    points, signs = two_moons(60, seed=1)
    optimizer = SGD(model.parameters(), lr=linear(1.0, 0.1, steps=34))
    losses = descend(optimizer, lambda: hinge([model(p) for p in points], signs) + l2(model.parameters()), 34)
    assert losses[1] > losses[0] > losses[-1]


@pytest.mark.skipif(find_spec("sklearn") is None or find_spec("matplotlib") is None, reason="the demo needs both")
def test_the_demo_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All three networks of `micrograd demo` train under the doctor's eyes."""
    from micrograd import demo  # noqa: PLC0415  # it needs matplotlib

    monkeypatch.setattr(demo, "MOON_STEPS", 20)
    monkeypatch.setattr(demo, "TABLE_EPOCHS", 2)
    monkeypatch.setattr(demo, "_compare", lambda *_: None)
    with doctor(report=None) as watch:
        demo.run(tmp_path, lambda _: None, progress=False)
    assert not watch.findings
    assert watch.steps > 50


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_are_well(name: str) -> None:
    """Moves that are not along the gradient, and that overshoot, are what these do."""
    rng = random.Random(2)
    model = MLP(2, [6, 1], activation="relu", rng=rng)
    points, signs = two_moons(24, seed=2)
    optimizer = OPTIMIZERS[name](model.parameters())
    descend(optimizer, lambda: hinge([model(p) for p in points], signs) + l2(model.parameters()), 40)
    line = [Value(0.0), Value(0.0)]
    xs = [rng.uniform(-2.0, 2.0) for _ in range(10)]
    descend(OPTIMIZERS[name](line), lambda: mean([(line[0] * x + line[1] - 3.0 * x - 1.0) ** 2 for x in xs]), 40)


@pytest.mark.usefixtures("well")
def test_batches_of_one_are_well() -> None:
    """The loss differs from sample to sample, and so does the gradient."""
    rng = random.Random(3)
    model = MLP(2, [6, 1], rng=rng)
    points, signs = two_moons(24, seed=3)

    def loss() -> Value:
        i = rng.randrange(24)
        value: Value = (model(points[i]) - signs[i]) ** 2
        return value

    descend(SGD(model.parameters(), lr=0.1, momentum=0.5), loss, 80)


@pytest.mark.usefixtures("well")
def test_accumulating_on_purpose_is_well() -> None:
    """Several backward() before a step, and a total over them that is only printed."""
    model = MLP(2, [4, 1], rng=random.Random(4))
    points, signs = two_moons(16, seed=4)
    printed = Value(0.0)
    for _ in range(6):
        losses = [(model(x) - y) ** 2 for x, y in zip(points, signs, strict=True)]
        total = sum(losses, Value(0.0))
        printed = printed + total
        model.zero_grad()
        for part in losses:
            part.backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad
    assert printed.data > 0.0


@pytest.mark.usefixtures("well")
def test_several_models_at_one_line_are_well() -> None:
    """The gradients that the last step leaves on one model say nothing about the next."""
    points, signs = two_moons(16, seed=5)
    for seed in range(4):
        model = MLP(2, [4, 1], last="linear", rng=random.Random(seed))
        descend(SGD(model.parameters(), lr=0.1), partial(margin_loss, model, points, signs), 6)


@pytest.mark.usefixtures("well")
def test_inputs_that_are_written_over_are_well() -> None:
    """Values that hold the inputs get new numbers in each step, and keep their gradients."""
    model = MLP(2, [4, 1], rng=random.Random(6))
    points, signs = two_moons(20, seed=6)
    inputs = [Value(0.0), Value(0.0)]
    for point, sign in zip(points, signs, strict=True):
        for value, x in zip(inputs, point, strict=True):
            value.data = x
        loss = (model(inputs) - sign) ** 2
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad


@pytest.mark.usefixtures("well")
def test_differences_between_steps_are_well() -> None:
    """Parameters that are nudged and put back, to measure a slope, have not moved."""
    model = MLP(2, [3, 1], rng=random.Random(7))
    points, signs = two_moons(8, seed=7)
    for _ in range(5):
        squared_error([model(p) for p in points], signs).backward()
        for p in model.parameters()[:2]:
            p.data += 1e-5
            assert squared_error([model(x) for x in points], signs).data > 0.0
            p.data -= 1e-5


@pytest.mark.usefixtures("well")
def test_one_layer_that_begins_at_zero_is_well() -> None:
    """Softmax regression may begin with all weights alike, since its neurons see different gradients."""
    model = MLP(2, [2], last="linear", rng=random.Random(8))
    for p in model.parameters():
        p.data = 0.0
    points, classes = moons(20, noise=0.1, seed=8)
    descend(SGD(model.parameters(), lr=0.5), lambda: cross_entropy([model(p) for p in points], classes), 20)


@pytest.mark.usefixtures("well")
def test_fit_is_well() -> None:
    """`fit` takes its steps in Python under the doctor's eyes, batch by batch."""
    model = MLP(2, [4, 1], last="linear", rng=random.Random(9))
    points, classes = moons(32, noise=0.1, seed=9)

    def loss(xs: Sequence[list[float]], ys: Sequence[int]) -> Value:
        value: Value = binary_cross_entropy([model(x) for x in xs], ys)
        return value

    fit(loss, points, classes, optimizer=Adam(lr=0.05), epochs=5, batch_size=8, progress=False, parameters=model)


@pytest.mark.usefixtures("well")
@pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
def test_compiled_losses_are_well() -> None:
    """Compiled functions run as they are written, so that there is something to see."""
    w, b = Value(0.0), Value(0.0)

    @compile
    def loss(xs: Any, ys: Any) -> Any:  # noqa: ANN401  # numbers or Values
        return mean([(w * x + b - y) ** 2 for x, y in zip(xs, ys, strict=True)])

    descend(SGD([w, b], lr=0.1), lambda: loss([0.0, 1.0, 2.0], [1.0, 3.0, 5.0]), 20)


def margin_loss(model: MLP, points: list[list[float]], signs: list[int]) -> Value:
    """Return the loss of the published demo, without its penalty."""
    loss: Value = hinge([model(p) for p in points], signs)
    return loss


def two_moons(n: int, seed: int) -> tuple[list[list[float]], list[int]]:
    """Return points and their signs."""
    points, classes = moons(n, noise=0.1, seed=seed)
    return points, [2 * label - 1 for label in classes]


def descend(optimizer: Optimizer, loss_of: Callable[[], Value], steps: int) -> list[float]:
    """Return the losses of some steps."""
    losses = []
    with warnings.catch_warnings(action="error"):
        for _ in range(steps):
            loss = loss_of()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.data)
    return losses
