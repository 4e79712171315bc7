"""The workloads in this package: plain scalar code, compiled."""

from __future__ import annotations

import resource
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from measuring import CHECKED, LONG, Data, Report, first, rates, report, run, seconds_a_call

import micrograd
from micrograd import MLP, Value
from micrograd.functions import exp, logsumexp, tanh
from micrograd.optim import SGD, Adam
from micrograd.schedules import linear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

EPOCH = 14  # batches of the digits
LONG_EPOCHS = 200


def moons_model(data: Data) -> MLP:
    """Return the network, at the start that all programs share."""
    model = MLP(2, [16, 16, 1], activation="relu")
    _set(model.parameters(), data["p"])
    return model


def moons_loss(model: MLP) -> Any:
    """Return the loss of the demo, compiled."""

    @micrograd.compile
    def loss(xs: list[list[float]], ys: list[float]) -> Any:
        scores = [model(x) for x in xs]
        hinge = [(1 + -y * s).relu() for y, s in zip(ys, scores, strict=True)]
        return sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(p * p for p in model.parameters())

    return loss


def moons_fit(data: Data) -> Report:
    """Return the report of the whole loop in `fit`."""
    x, y = data["x"].tolist(), data["y"].tolist()
    model = moons_model(data)
    loss = moons_loss(model)

    def go(steps: int) -> list[float]:
        _set(model.parameters(), data["p"])
        optimizer = SGD(model.parameters(), lr=linear(1.0, 0.1))
        return micrograd.fit(loss, x, y, optimizer=optimizer, steps=steps, progress=False).losses

    compile_time, losses = first(lambda: go(CHECKED))
    run_time = seconds_a_call(lambda: go(LONG)) / LONG
    hundred, _ = first(lambda: go(100))
    return report(compile_time, run_time, losses, **{"a run of 100 steps": f"{1e3 * hundred:.2f} ms"})


def moons_loop(data: Data) -> Report:
    """Return the report of the compiled loss in a loop that the user writes."""
    x, y = data["x"].tolist(), data["y"].tolist()
    model = moons_model(data)
    loss = moons_loss(model)

    def go(lr: float) -> float:
        total = loss(x, y)
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= lr * p.grad
        return float(total.data)

    compile_time, first_loss = first(lambda: go(1.0))
    losses = [first_loss, *map(go, rates(CHECKED)[1:].tolist())]
    return report(compile_time, seconds_a_call(lambda: go(0.1)), losses)


def digits(data: Data) -> Report:
    """Return the report of training with Adam in `fit`."""
    model = MLP(64, [128, 10], activation="tanh", last="linear")

    @micrograd.compile(dtype="float32" if data["p"].itemsize == 4 else "float64")  # noqa: PLR2004  # bytes
    def loss(xs: list[list[float]], classes: list[int]) -> Any:
        rows = [model(x) for x in xs]
        terms = [logsumexp(row) - micrograd.take(row, label) for row, label in zip(rows, classes, strict=True)]
        return sum(terms) * (1.0 / len(terms))

    x, classes = data["x"].astype(float).tolist(), data["classes"].tolist()

    def go(epochs: int) -> list[float]:
        _set(model.parameters(), data["p"])
        optimizer = Adam(model.parameters(), lr=1e-3)
        history = micrograd.fit(
            loss, x, classes, optimizer=optimizer, epochs=epochs, batch_size=128, shuffle=False, progress=False
        )
        return history.losses

    compile_time, losses = first(lambda: go(2))
    return report(compile_time, seconds_a_call(lambda: go(LONG_EPOCHS)) / (LONG_EPOCHS * EPOCH), losses[:CHECKED])


def mixture(data: Data) -> Report:
    """Return the report of value and gradient of a mixture's log-likelihood, without its constants."""
    groups = {name: _values(data[name]) for name in ["alphas", "means", "logs", "lower"]}
    alphas, means, logs, lower = groups.values()

    def component(x: list[float], alpha: Value, mean: list[Value], scales: list[Value], below: list[Value]) -> Any:
        shifted = [a - b for a, b in zip(x, mean, strict=True)]
        squares, at = [], 0
        for i, scale in enumerate(scales):
            row = scale * shifted[i] + sum(below[at + j] * shifted[j] for j in range(i))
            squares.append(row * row)
            at += i
        return alpha - 0.5 * sum(squares)

    @micrograd.compile
    def loss(xs: list[list[float]]) -> Any:
        scales = [[exp(q) for q in row] for row in logs]
        weights = [alpha + sum(row) for alpha, row in zip(alphas, logs, strict=True)]
        parts = list(zip(weights, means, scales, lower, strict=True))
        points = [logsumexp([component(x, *part) for part in parts]) for x in xs]
        return sum(points) - len(xs) * logsumexp(alphas)

    return _gradient(loss, list(groups.values()), data["x"].tolist())


def lorenz(data: Data) -> Report:
    """Return the report of value and gradient of a recurrence: the Lorenz system, by Runge and Kutta."""
    start, constants = _values(data["start"]), _values(data["constants"])
    sigma, rho, beta = constants
    steps, dt = int(data["steps"]), float(data["dt"])

    def slope(u: list[Value]) -> list[Value]:
        x, y, z = u
        return [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]

    def moved(u: list[Value], k: list[Value], h: float) -> list[Value]:
        return [a + h * b for a, b in zip(u, k, strict=True)]

    @micrograd.compile
    def loss() -> Any:
        u = start
        for _ in range(steps):
            k1 = slope(u)
            k2 = slope(moved(u, k1, dt / 2))
            k3 = slope(moved(u, k2, dt / 2))
            k4 = slope(moved(u, k3, dt))
            u = moved(u, [(a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(k1, k2, k3, k4, strict=True)], dt)
        return sum(a * a for a in u)

    return _gradient(loss, [start, constants])


def first_scalar(data: Data) -> Report:
    """Return the report of moons written node by node: the time to its first result."""
    p = _values(data["p"])

    @micrograd.compile
    def loss(xs: list[list[float]], ys: list[float]) -> Any:
        hinge = [(1 + -y * _score(p, x, data["widths"].tolist())).relu() for x, y in zip(xs, ys, strict=True)]
        return sum(hinge) * (1.0 / len(hinge)) + 1e-4 * sum(w * w for w in p)

    x, y = data["x"].tolist(), data["y"].tolist()
    compile_time, total = first(lambda: loss(x, y))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return report(compile_time, 0.0, total.data, report=str(loss.report()), peak_bytes=peak)


def _score(p: list[Value], numbers: Any, widths: list[int]) -> Any:
    """Return the score of a sample, one product and one addition at a time."""
    weights = iter(p)
    for nin, nout in pairwise(widths):
        rows = [[next(weights) for _ in range(nin + 1)] for _ in range(nout)]
        sums = [sum((w * x for w, x in zip(row, numbers, strict=False)), row[-1]) for row in rows]
        numbers = [z.relu() for z in sums] if nout > 1 else sums
    return numbers[0]


def call(_: Data) -> Report:
    """Return the report of a scalar function called with numbers."""
    function = micrograd.compile(_scalar)
    compile_time, value = first(lambda: function(0.5, -1.25))
    return report(compile_time, seconds_a_call(lambda: function(0.5, -1.25)), float(value))


def call_gradient(_: Data) -> Report:
    """Return the report of the scalar function called with Values, and of its gradient."""
    function = micrograd.compile(_scalar)
    x, y = Value(0.5), Value(-1.25)

    def go() -> list[float]:
        value = function(x, y)
        x.grad = y.grad = 0.0
        value.backward()
        return [value.data, abs(x.grad), abs(y.grad)]

    compile_time, numbers = first(go)
    return report(compile_time, seconds_a_call(go), numbers)


def _scalar(x: Any, y: Any) -> Any:
    """Return the value of ten operations."""
    return tanh((x * y + x) * (y - x) + x * x) * (x + y * y)


def _gradient(loss: Any, groups: list[Any], *data: Any) -> Report:
    """Return the report of value and gradient; gradients are compared by the sums of their sizes."""
    members = [list(_flat(group)) for group in groups]
    parameters = [p for group in members for p in group]
    start = [p.data for p in parameters]

    def build() -> tuple[Callable[..., Any], Any]:
        function = loss.flat(parameters, *data)
        return function, function(start)

    compile_time, (function, (value, gradient)) = first(build)
    run_time = seconds_a_call(lambda: function(start))
    sizes = iter(abs(g) for g in gradient.tolist())
    return report(compile_time, run_time, [value, *(sum(next(sizes) for _ in group) for group in members)])


def _flat(group: Any) -> Iterable[Value]:
    """Yield the Values of a list or of a table."""
    for item in group:
        yield from [item] if isinstance(item, Value) else item


def _values(table: NDArray[Any]) -> Any:
    """Return the numbers of an array as Values, in lists."""
    return [Value(x) for x in table.tolist()] if table.ndim == 1 else [_values(row) for row in table]


def _set(parameters: list[Value], numbers: NDArray[Any]) -> None:
    """Set the parameters to the numbers."""
    for p, number in zip(parameters, numbers.tolist(), strict=True):
        p.data = number


if __name__ == "__main__":
    run(moons_fit, moons_loop, digits, mixture, lorenz, first_scalar, call, call_gradient)
