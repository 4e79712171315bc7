"""Loops with two losses, two optimisers, figures and tables, with one illness each; and the same loops without it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from loops import XS, YS, error, network

from micrograd import Layer, Value, dot, mean, tanh
from micrograd.losses import cross_entropy, l2
from micrograd.optim import SGD, Adam

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.optim import Optimizer


def two_losses(*, sick: bool) -> None:
    """Compute the second loss once for all; or both in each step, before the first of two models moves."""
    first, second = network(), network(seed=2)
    kept = error(second)
    for _ in range(8):
        one, two = error(first), kept if sick else error(second)
        first.zero_grad()
        one.backward()
        for p in first.parameters():
            p.data -= 0.01 * p.grad
        second.zero_grad()
        two.backward()
        for p in second.parameters():
            p.data -= 0.01 * p.grad


def shared_trunk(*, sick: bool) -> None:
    """Compute what one head reads before the loop; or two losses of a trunk at once, each of which moves it."""
    trunk, heads = Layer(3, 4, rng=random.Random(1)), [Layer(4, 1, rng=random.Random(s)) for s in (2, 3)]
    heads = heads[:1] if sick else heads
    hidden = [trunk(x) for x in XS]
    for _ in range(8):
        hidden = hidden if sick else [trunk(x) for x in XS]
        losses = [mean([(head(h) - y) ** 2 for h, y in zip(hidden, YS, strict=True)]) for head in heads]
        for loss, head in zip(losses, heads, strict=True):
            for p in trunk.parameters() + head.parameters():
                p.grad = 0.0
            loss.backward()
            for p in trunk.parameters() + head.parameters():
                p.data -= 0.01 * p.grad


def gradients_of_gradients(*, sick: bool) -> None:
    """Keep the first gradients as a part of each loss; or those of this step, through which one more step is taken."""
    w, b = Value(0.1), Value(0.0)
    fast: list[Any] = []
    for _ in range(8):
        mean([(w * x + b - 2.0 * x) ** 2 for x in (-1.0, 0.5, 1.0)]).backward(create_graph=True)
        fast = fast if sick and fast else [p - 0.1 * p.grad for p in (w, b)]
        w.grad = b.grad = 0.0
        mean([(fast[0] * x + fast[1] - 2.0 * x) ** 2 for x in (-1.0, 0.5, 1.0)]).backward()
        for p in (w, b):
            p.data -= 0.05 * p.grad


def one_helper_for_two(*, sick: bool) -> None:
    """Forget zero_grad where one line serves two optimisers; or zero only those that are to move."""
    left, right = [Value(0.5 + 0.1 * i) for i in range(3)], [Value(1.0 - 0.2 * i) for i in range(3)]

    def update(optimizer: Optimizer) -> None:
        loss = mean([(u * v - i) ** 2 for i, u in enumerate(left) for v in right])
        if not sick:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    optimizers = SGD(left, lr=0.05), SGD(right, lr=0.05)
    for _ in range(8):
        for optimizer in optimizers:
            update(optimizer)


def shaken_data(*, sick: bool) -> None:
    """Forget zero_grad; or only that of data that are moved at random, which nobody uses."""
    rng = random.Random(1)
    model = network()
    rows = [[Value(x) for x in row] for row in XS]
    for _ in range(8):
        for x in [x for row in rows for x in row]:
            x.data += rng.gauss(0.0, 0.01)
        loss = mean([(model(row) - y) ** 2 for row, y in zip(rows, YS, strict=True)])
        if not sick:
            model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad


def after_a_demonstration(*, sick: bool) -> None:
    """Lose the gradient in a loop after another backward(); or not."""
    a = Value(1.0)
    (a * 2.0).backward()
    first, second = Layer(3, 4, rng=random.Random(1)), Layer(4, 1, rng=random.Random(2))
    parameters = first.parameters() + second.parameters()
    for _ in range(6):
        rows = [[float(h) if sick else h for h in first(x)] for x in XS]
        loss = mean([(second(row) - y) ** 2 for row, y in zip(rows, YS, strict=True)])
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= 0.01 * p.grad


def two_phases(*, sick: bool) -> None:
    """Train the first of two layers and never the second, which is moved as well; or both, one after the other."""
    first, second = Layer(3, 4, rng=random.Random(1)), Layer(4, 1, rng=random.Random(2))
    optimizer = SGD(first.parameters() + second.parameters(), lr=0.01)
    for _ in range(6):
        loss = mean([h * h for x in XS for h in first(x)])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for _ in range(0 if sick else 6):
        loss = mean([(second(first(x)) - y) ** 2 for x, y in zip(XS, YS, strict=True)])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def rows_that_never_occur(*, sick: bool) -> None:
    """Leave a whole matrix out of the loss; or rows of a table that the data do not name."""
    rng = random.Random(5)
    table, weights, unused = ([[Value(rng.gauss(0.0, 0.3)) for _ in range(2)] for _ in range(6)] for _ in range(3))
    matrices = [table, weights, *([unused] if sick else [])]
    parameters = [p for matrix in matrices for row in matrix for p in row]
    text = range(6) if sick else [0, 1, 2, 0, 1]
    for _ in range(6):
        loss = cross_entropy([[dot(w, table[i]) for w in weights] for i in text], text)
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad


def rebound_with_few(*, sick: bool) -> None:
    """Give the new Values to a name of their own, beside a loss that subtracts as well; or move the numbers."""
    parameters = [Value(0.1), Value(0.2), Value(0.3)]
    for _ in range(6):
        loss = sum(((p - k) ** 2 for k, p in enumerate(parameters)), Value(0.0))
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        if sick:
            moved = [p - 0.1 * p.grad for p in parameters]
            assert len(moved) == 3
        else:
            for p in parameters:
                p.data -= 0.1 * p.grad


def never_stepped(*, sick: bool) -> None:
    """Make an optimiser and never let it step; or measure how long backward() takes."""
    model = network()
    optimizer = Adam(model.parameters(), lr=0.01) if sick else None
    for _ in range(30):
        loss = error(model)
        model.zero_grad()
        loss.backward()
    assert (optimizer is not None) is sick


def of_a_difference(*, sick: bool) -> None:
    """Call backward() on the difference whose size is the loss; or on the loss, whose size is a figure."""
    model = network()
    for _ in range(6):
        difference = model(XS[0]) - 3.0
        loss = abs(difference)
        figure = abs(loss) * loss
        assert figure.data >= 0.0
        model.zero_grad()
        (difference if sick else loss).backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad


FIGURES: dict[str, Callable[[Value, Value, Value], Value]] = {
    "the square": lambda loss, _other, _before: loss * loss,
    "the size": lambda loss, _other, _before: abs(loss),
    "the gap to other data": lambda loss, other, _before: other - loss,
    "the share explained": lambda loss, other, _before: 1.0 - loss / other,
    "the error relative to another": lambda loss, other, _before: loss / (other + 1e-9),
    "the progress": lambda loss, _other, before: abs(loss - before.data),
    "the mean of all so far": lambda loss, _other, before: 0.9 * before + 0.1 * loss,
}


def figures(figure: Callable[[Value, Value, Value], Value]) -> None:
    """Compute a figure from each loss before its backward()."""
    model = network()
    before = error(model)
    for _ in range(6):
        loss = error(model)
        other = mean([tanh(model([x[1], x[0], x[2]])) ** 2 for x in XS])
        before = figure(loss, other, before) if figure is FIGURES["the mean of all so far"] else before
        shown = figure(loss, other, before)
        model.zero_grad()
        loss.backward()
        before = before if figure is FIGURES["the mean of all so far"] else loss
        for p in model.parameters():
            p.data -= 0.01 * p.grad
        assert shown.parents


def penalty_forgotten() -> None:
    """Add two parts of a loss and call backward() on one: an illness, whatever it is scaled by."""
    model = network()
    for _ in range(6):
        loss = error(model)
        assert (0.5 * loss + l2(model.parameters(), 0.01)).parents
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad


OLD = "a part of the loss is out of date"
LEFT = "gradients are not set to zero"
LOST = "the loss does not reach all parameters"
ELSEWHERE = "backward() is not called on the loss"
GRAPHS: dict[Callable[..., None], str] = {
    two_losses: OLD,
    shared_trunk: OLD,
    gradients_of_gradients: OLD,
    one_helper_for_two: LEFT,
    shaken_data: LEFT,
    after_a_demonstration: LOST,
    two_phases: LOST,
    rows_that_never_occur: LOST,
    rebound_with_few: "the parameters never move",
    never_stepped: "no step is taken",
    of_a_difference: ELSEWHERE,
}
