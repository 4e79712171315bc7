"""Loops with one illness of their steps each, and the same loops without it: each is told which one to be."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from loops import XS, YS, descend, error, network

from micrograd import Layer, Module, Value, dot, mean, tanh
from micrograd.losses import l2, squared_error
from micrograd.optim import SGD, Adam

if TYPE_CHECKING:
    from collections.abc import Callable


def not_zeroed(*, sick: bool) -> None:
    """Forget zero_grad; or add up the gradients of two parts of the data on purpose."""
    model = network()
    for _ in range(8):
        if not sick:
            model.zero_grad()
        for x, y in zip(XS, YS, strict=True) if not sick else [(XS[0], YS[0])]:
            ((model(x) - y) ** 2).backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad


def not_zeroed_by_an_optimizer(*, sick: bool) -> None:
    """Forget it with Adam, whose steps do not follow the gradient exactly."""
    model = network()
    optimizer = Adam(model.parameters(), lr=0.01)
    for _ in range(8):
        loss = error(model)
        if not sick:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def wiped(*, sick: bool) -> None:
    """Zero the gradients between backward() and the step; or after the step."""
    model = network()
    optimizer = SGD(model.parameters(), lr=0.05)
    for _ in range(6):
        error(model).backward()
        if sick:
            optimizer.zero_grad()
        optimizer.step()
        optimizer.zero_grad()


def step_before_backward(*, sick: bool) -> None:
    """Take the step between the loss and its backward(); or after both."""
    model = network()
    optimizer = SGD(model.parameters(), lr=0.01)
    for _ in range(6):
        loss = error(model)
        if sick:
            optimizer.step()
            optimizer.zero_grad()
            loss.backward()
        else:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def no_step(*, sick: bool) -> None:
    """Never take a step, and show the loss; or take it."""
    model = network()
    losses = []
    for _ in range(20):
        loss = error(model)
        model.zero_grad()
        loss.backward()
        losses.append(loss.data)
        if not sick:
            for p in model.parameters():
                p.data -= 0.05 * p.grad


def rebound(*, sick: bool) -> None:
    """Write `p -= ...`; or `p.data -= ...`."""
    model = network()
    for _ in range(6):
        loss = error(model)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            if sick:
                p -= 0.05 * p.grad  # noqa: PLW2901  # the mistake
            else:
                p.data -= 0.05 * p.grad


def replaced(*, sick: bool) -> None:
    """Replace parameters by nodes computed from them; or by new leaves."""
    model = network()
    for _ in range(5):
        loss = error(model)
        model.zero_grad()
        loss.backward()
        for layer in model.layers:
            for n in layer.neurons:
                n.w = [w - 0.05 * w.grad if sick else Value(w.data - 0.05 * w.grad) for w in n.w]


def total_grows(*, sick: bool) -> None:
    """Call backward() on the total of all losses so far; or keep the total as a number."""
    model = network()
    total: Any = 0.0
    for _ in range(8):
        loss = error(model)
        total = total + (loss if sick else loss.data)
        model.zero_grad()
        (total if sick else loss).backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad


def state_grows(*, sick: bool) -> None:
    """Hand on the state of a recurrence as a Value; or as a number."""
    w, u = Value(0.5), Value(0.3)
    state = Value(0.0)
    for x in [1.0, -0.5, 0.25, 1.0, 0.5, -1.0, 0.75, 0.5]:
        state = tanh(w * state + u * x)
        w.grad = u.grad = 0.0
        ((state - 0.5) ** 2).backward()
        for p in (w, u):
            p.data -= 0.1 * p.grad
        if not sick:
            state = Value(state.data)


def computed_once(*, sick: bool) -> None:
    """Compute the penalty before the loop; or in it. Numbers prepared as Values before the loop are no illness."""
    model = network()
    rows = [[Value(x) * 0.5 for x in row] for row in XS]
    penalty = l2(model.parameters(), 0.01)
    descend(
        lambda: squared_error([model(x) for x in rows], YS) + (penalty if sick else l2(model.parameters(), 0.01)),
        model.parameters(),
    )


def leak(*, sick: bool) -> None:
    """Take plain numbers out of the first layer; or its Values, and plain numbers only to look at."""
    first, second = Layer(3, 4, rng=random.Random(1)), Layer(4, 1, rng=random.Random(2))

    def model(x: list[float]) -> Any:  # noqa: ANN401  # a Value
        hidden = first(x)
        numbers = [n.data for n in hidden]
        return second(numbers if sick else hidden)

    descend(lambda: error(model), [*first.parameters(), *second.parameters()])


def leak_at_the_end(*, sick: bool) -> None:
    """Compute the loss from the number of the prediction, which reaches nothing at all."""
    model = network()
    descend(lambda: error(lambda x: Value(model(x).data) if sick else model(x)), model.parameters())


class Unused(Module):
    """A network with a layer that may be left out."""

    def __init__(self, *, used: bool) -> None:
        """Make two layers."""
        self.first = Layer(3, 3, rng=random.Random(1))
        self.middle = Layer(3, 3, rng=random.Random(2))
        self.last = Layer(3, 1, rng=random.Random(3))
        self.used = used

    def __call__(self, x: list[float]) -> Any:  # noqa: ANN401  # a Value
        """Return the prediction."""
        hidden = self.first(x)
        return self.last(self.middle(hidden) if self.used else hidden)


def unused_layer(*, sick: bool) -> None:
    """Leave a layer out of the forward pass; or use it."""
    model = Unused(used=not sick)
    descend(lambda: error(model), model.parameters())


def embeddings(*, sick: bool) -> None:
    """Use rows of a table as they come, of which some may never come: never an illness."""
    rng = random.Random(5)
    table = [[Value(rng.uniform(-1, 1)) for _ in range(2)] for _ in range(12)]
    weights = [Value(rng.uniform(-1, 1)) for _ in range(2)]
    parameters = [p for row in [*table, weights] for p in row]
    assert not sick
    for _ in range(6):
        loss = mean([(tanh(dot(weights, table[rng.randrange(8)])) - 0.5) ** 2 for _ in range(3)])
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad


def of_a_prediction(*, sick: bool) -> None:
    """Call backward() on the prediction; or on the loss, of which a figure for people has been made before."""
    model = network()
    for _ in range(6):
        prediction = model(XS[0])
        loss = (prediction - YS[0]) ** 2
        figure = (loss / 4) ** 0.5
        assert figure.data >= 0.0
        model.zero_grad()
        (prediction if sick else loss).backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad


def without_the_penalty(*, sick: bool) -> None:
    """Call backward() on the loss without its penalty; or with it."""
    model = network()
    for _ in range(6):
        data_loss = error(model)
        total = data_loss + l2(model.parameters(), 0.01)
        model.zero_grad()
        (data_loss if sick else total).backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad


def uphill(*, sick: bool) -> None:
    """Add the gradient; or subtract it."""
    model = network()
    descend(lambda: error(model), model.parameters(), rate=-0.01 if sick else 0.01)


def ascent(*, sick: bool) -> None:
    """Climb a log-likelihood, which is below 0, on purpose: never an illness."""
    assert not sick
    mu, log_sigma = Value(0.0), Value(0.0)
    data = [1.0, 1.5, 0.5, 2.0]
    descend(
        lambda: -mean([0.5 * ((x - mu) / log_sigma.exp()) ** 2 + log_sigma for x in data]),
        [mu, log_sigma],
        rate=-0.1,
    )


def too_high(*, sick: bool) -> None:
    """Diverge; or not."""
    model = network(last="linear")
    descend(lambda: error(model), model.parameters(), rate=0.2 if sick else 0.02, steps=30)


def swinging(*, sick: bool) -> None:
    """Jump across a valley for ever; or go down into it."""
    a, b = Value(1.0), Value(1.0)
    descend(lambda: 50 * a * a + b * b + (a * b) ** 2, [a, b], rate=0.0199 if sick else 0.005, steps=40)


def too_low(*, sick: bool) -> None:
    """Take steps that lead nowhere; or steps that do."""
    model = network()
    descend(lambda: error(model), model.parameters(), rate=1e-6 if sick else 0.02, steps=25)


STEPS: dict[Callable[..., None], str] = {
    not_zeroed: "gradients are not set to zero",
    not_zeroed_by_an_optimizer: "gradients are not set to zero",
    wiped: "the gradients are gone before the step",
    step_before_backward: "the step comes between the loss and its backward()",
    no_step: "no step is taken",
    rebound: "the parameters never move",
    replaced: "parameters are replaced instead of being moved",
    total_grows: "the graph grows from step to step",
    state_grows: "the graph grows from step to step",
    computed_once: "a part of the loss is out of date",
    leak: "the loss does not reach all parameters",
    leak_at_the_end: "the loss does not reach all parameters",
    unused_layer: "the loss does not reach all parameters",
    of_a_prediction: "backward() is not called on the loss",
    without_the_penalty: "backward() is not called on the loss",
    uphill: "the step goes uphill",
    too_high: "the learning rate is too high",
    swinging: "the learning rate is too high",
    too_low: "the learning rate is too low",
}
HEALTHY: list[Callable[..., None]] = [embeddings, ascent]
