"""Steps uphill, too long and too short: what is an illness, and what only looks like one."""

from __future__ import annotations

import math
import random
from functools import partial

import pytest
from loops import XS, YS, descend, error, network
from sick_steps import swinging
from watched import findings, kinds

from micrograd import MLP, Value, mean, relu, sigmoid, softmax, softplus
from micrograd.data import moons
from micrograd.losses import binary_cross_entropy, cross_entropy, hinge, l2
from micrograd.optim import SGD

UPHILL, HIGH, LOW = "the step goes uphill", "the learning rate is too high", "the learning rate is too low"


def line(w: Value, b: Value) -> Value:
    """Return the error of a line."""
    loss: Value = mean([(w * x + b - 2.0 * x - 1.0) ** 2 for x in (-1.0, 0.0, 1.0, 2.0)])
    return loss


def small_moons() -> tuple[MLP, list[list[float]], list[int]]:
    """Return a small network and its data."""
    points, classes = moons(16, noise=0.1, seed=1)
    return MLP(2, [4, 1], last="linear", rng=random.Random(0)), points, classes


@pytest.mark.parametrize(
    "term",
    [
        lambda d: d**2,
        lambda d: d * d,
        lambda d: (d + 1.0) * (d + 1.0),
        abs,
        lambda d: softplus(d) - 1.0 * d,
        lambda d: cross_entropy([[d, -d, 0.5]], [1]),
        lambda d: -sigmoid(d).log(),
        lambda d: 0.5 * (1.0 + relu(1.0 - d)) / 2.0,
        lambda d: binary_cross_entropy([d], [1]) + l2([d]),
    ],
)
def test_any_sum_of_errors_is_to_fall(term: object) -> None:
    """Errors are told from rewards, however they are written."""
    w, b = Value(0.2), Value(0.1)
    assert kinds(lambda: descend(lambda: mean([term(w * x - b) for x in (1.0, -2.0)]), [w, b], rate=-0.05)) == [UPHILL]  # type: ignore[operator]


def test_a_slow_climb_is_found() -> None:
    """After 20 steps uphill, the smallest rise will do."""
    model, points, classes = small_moons()
    loss = lambda: binary_cross_entropy([model(p) for p in points], classes)  # noqa: E731
    assert kinds(lambda: descend(loss, model.parameters(), rate=-0.0005, steps=30)) == [UPHILL]
    assert not kinds(lambda: descend(loss, model.parameters(), rate=0.05, steps=30))


def reward() -> None:
    """Climb the mean reward of a choice."""
    logits = [Value(0.0) for _ in range(3)]
    descend(lambda: sum(p * r for p, r in zip(softmax(logits), (1.0, 2.0, 3.0), strict=True)), logits, rate=-0.3)


def likelihood() -> None:
    """Climb the probability of what was seen, which is above 0."""
    a, b = Value(0.0), Value(0.0)

    def product() -> Value:
        p = Value(1.0)
        for x, seen in zip((-1.0, 0.0, 1.0, 2.0), (0, 0, 1, 1), strict=True):
            q = sigmoid(a * x + b)
            p = p * (q if seen else 1.0 - q)
        return p

    descend(product, [a, b], rate=-5.0)


def critic() -> None:
    """Climb the difference that a critic sees between two kinds of data."""
    model = MLP(1, [4, 1], last="linear", rng=random.Random(1))
    descend(
        lambda: mean([model([3.0]), model([2.5])]) - mean([model([0.0]), model([0.4])]), model.parameters(), rate=-0.01
    )


def attack() -> None:
    """Look for inputs at which a network is wrong, or says yes."""
    model = MLP(2, [6, 1], last="linear", rng=random.Random(1))
    x = [Value(0.1), Value(-0.2)]
    descend(lambda: (model(x) - 1.0) ** 2, x, rate=-0.05)
    descend(lambda: model(x), x, rate=-0.05)


@pytest.mark.parametrize("program", [reward, likelihood, critic, attack])
def test_who_climbs_on_purpose_is_well(program: object) -> None:
    """What is climbed is no sum of errors, or the network stays as it is."""
    assert not kinds(program)  # type: ignore[arg-type]


def turns(*, other: bool) -> None:
    """Diverge; and take turns with another loop."""
    model, twin = network(last="linear"), network(2)
    for _ in range(30):
        loss = error(model)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.2 * p.grad
        if other:
            twin.zero_grad()
            error(twin).backward()
            for p in twin.parameters():
                p.data -= 0.02 * p.grad


def test_loops_that_take_turns_are_left_alone() -> None:
    """Each of two players may raise the loss of the other."""
    assert kinds(partial(turns, other=False)) == [HIGH]
    assert not kinds(partial(turns, other=True))


def one_by_one(rate: float, data: list[tuple[float, float]]) -> None:
    """Fit a line, a sample a step."""
    w, b = Value(0.0), Value(0.0)
    for x, y in data:
        loss = (w * x + b - y) ** 2
        w.grad = b.grad = 0.0
        loss.backward()
        for p in (w, b):
            p.data -= rate * p.grad


def test_data_that_get_more_difficult_are_well() -> None:
    """The loss grows with them while the parameters stay where they should; not so where the steps are too long."""
    hard = [(x / 10, (x / 10) ** 3) for x in range(40)] * 3
    assert not kinds(partial(one_by_one, 0.01, hard))
    rng = random.Random(1)
    easy = [(x, 2.0 * x - 1.0) for x in [rng.choice((-1.0, 0.0, 1.0, 2.0)) for _ in range(60)]]
    assert kinds(partial(one_by_one, 1.0, easy)) == [HIGH]
    assert not kinds(partial(one_by_one, 0.1, easy))


def test_a_second_phase_at_the_same_line_is_well() -> None:
    """Its loss may be larger from the start, if it falls."""
    model, points, classes = small_moons()

    def phases() -> None:
        for scale, rate in ((1.0, 0.05), (10.0, 0.05)):
            loss = lambda scale=scale: mean([(model(p) - scale * y) ** 2 for p, y in zip(points, classes, strict=True)])  # noqa: E731
            descend(loss, model.parameters(), rate=rate)

    assert not kinds(phases)


@pytest.mark.parametrize("start", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("eta", [0.1, 0.5])
def test_a_sampler_is_well(start: float, eta: float) -> None:
    """Moves that are partly chance climb from the bottom, and stay up."""
    rng = random.Random(3)
    ps = [Value(start * rng.gauss(0.0, 1.0)) for _ in range(4)]

    def sample() -> None:
        for _ in range(150):
            energy = 0.5 * sum(p * p for p in ps)
            for p in ps:
                p.grad = 0.0
            energy.backward()  # type: ignore[union-attr]
            for p in ps:
                p.data += -eta * p.grad + math.sqrt(2.0 * eta) * rng.gauss(0.0, 1.0)

    assert not kinds(sample)


def test_jumps_that_promise_little_are_well() -> None:
    """Near the ground of a valley, steps of a fixed length go to and fro; the loss that is left is the data's."""
    a, b = Value(2.0), Value(2.0)
    assert not kinds(lambda: descend(lambda: abs(a - 2.05) + abs(b - 2.05) + 5.0, [a, b], rate=0.1, steps=60))
    assert kinds(partial(swinging, sick=True)) == [HIGH]


def test_parameters_that_begin_at_zero_can_be_too_slow() -> None:
    """Their size tells nothing of how far they have to go."""
    w, b = Value(0.0), Value(0.0)
    assert kinds(lambda: descend(lambda: line(w, b), [w, b], rate=1e-5, steps=50)) == [LOW]
    w, b = Value(0.0), Value(0.0)
    assert not kinds(lambda: descend(lambda: line(w, b), [w, b], rate=0.05, steps=50))


@pytest.mark.parametrize("rate", [0.5, 5.0, 10.0, 50.0])
def test_tanh_that_the_steps_have_saturated(rate: float) -> None:
    """The learning rate is named, and not the inputs."""
    model = network()
    found = findings(lambda: descend(lambda: error(model), model.parameters(), rate=rate, steps=40))
    assert [finding.kind for finding in found] == [HIGH]
    assert found[0].place.text() == "p.data -= rate * p.grad"
    model = network()
    assert not kinds(lambda: descend(lambda: error(model), model.parameters(), rate=0.1, steps=40))


def test_answers_that_are_right_are_well() -> None:
    """All answers may lie flat where they should."""
    model = network()
    assert not kinds(lambda: descend(lambda: error(model), model.parameters(), rate=0.2, steps=150))
    assert all(x.data * y > 0.9 for x, y in zip([model(x) for x in XS], YS, strict=True))


def test_a_margin_that_jumps_first_is_well() -> None:
    """A large rate that learns all the same is none of the doctor's business."""
    model = MLP(2, [16, 16, 1], activation="relu", last="linear", rng=random.Random(0))
    points, classes = moons(20, noise=0.1, seed=1)
    optimizer = SGD(model.parameters(), lr=1.0)

    def train() -> None:
        for _ in range(40):
            loss = hinge([model(p) for p in points], [2 * y - 1 for y in classes])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    assert not kinds(train)


def test_fine_tuning_moves_little() -> None:
    """A loop that goes on with the parameters of another may take short steps; a loop of its own may not."""

    def tune(*, train_first: bool) -> None:
        w, b = Value(0.5), Value(-0.5)
        loss = partial(line, w, b)
        if train_first:
            descend(loss, [w, b], rate=0.01, steps=20)
        for _ in range(30):
            value = loss()
            w.grad = b.grad = 0.0
            value.backward()
            for p in (w, b):
                p.data -= 1e-5 * p.grad

    assert kinds(partial(tune, train_first=False)) == [LOW]
    assert not kinds(partial(tune, train_first=True))
