"""The workloads in CasADi's scalar graphs (SX), called through buffers, which is its fastest way from Python.

The mixture is a scalar graph of one point, mapped over all points; as one graph it runs at the same speed, and took 84
seconds to build. For the recurrence both ways stand here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import casadi as ca
import numpy as np
from measuring import CHECKED, Data, Report, first, rates, report, run, seconds_a_call, sizes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class Buffered:
    """A function whose arguments and results lie in arrays, column by column."""

    def __init__(self, function: Any) -> None:
        buffer, self.call = function.buffer()
        self.arguments: list[Any] = [np.zeros(function.nnz_in(i)) for i in range(function.n_in())]
        self.results: list[Any] = [np.zeros(function.nnz_out(i)) for i in range(function.n_out())]
        for i, numbers in enumerate(self.arguments):
            buffer.set_arg(i, memoryview(numbers))
        for i, numbers in enumerate(self.results):
            buffer.set_res(i, memoryview(numbers))
        self.buffer = buffer


def moons(data: Data) -> Report:
    """Return the report of loss and gradient, with the update in NumPy."""

    def build() -> Buffered:
        p, x, y = ca.SX.sym("p", data["p"].size), ca.SX.sym("x", *data["x"].shape), ca.SX.sym("y", data["y"].size)
        loss = _moons_loss(p, x, y, sizes(data))
        return Buffered(ca.Function("moons", [p, x, y], [loss, ca.gradient(loss, p)]))

    compile_time, step = first(build)
    step.arguments[0][:] = data["p"]
    step.arguments[1][:] = data["x"].ravel("F")
    step.arguments[2][:] = data["y"]

    def go(rate: float) -> float:
        step.call()
        step.arguments[0][:] -= rate * step.results[1]
        return float(step.results[0][0])

    losses = [go(rate) for rate in rates(CHECKED).tolist()]
    return report(compile_time, seconds_a_call(lambda: go(0.1)), losses)


def _moons_loss(p: Any, x: Any, y: Any, units: tuple[tuple[int, int], ...]) -> Any:
    """Return hinge and L2, number by number."""
    total = 0.0
    for s in range(y.numel()):
        numbers, at = [x[s, i] for i in range(x.size2())], 0
        for nin, nout in units:
            rows = [range(at + j * (nin + 1), at + (j + 1) * (nin + 1)) for j in range(nout)]
            sums = [sum((p[k] * v for k, v in zip(row, numbers, strict=False)), p[row[-1]]) for row in rows]
            numbers = [ca.fmax(z, 0.0) for z in sums] if nout > 1 else sums
            at += nout * (nin + 1)
        total += ca.fmax(1.0 - y[s] * numbers[0], 0.0)
    return total * (1.0 / y.numel()) + 1e-4 * ca.sumsqr(p)


def mixture(data: Data) -> Report:
    """Return the report of value and gradient of the mixture's log-likelihood."""
    parameters = [data[name].ravel() for name in ["alphas", "means", "logs", "lower"]]
    return _gradient(lambda: _mapped(data), [data["x"].ravel(), *parameters])


def _symbols(data: Data, kind: Any) -> tuple[Any, ...]:
    """Return symbols for the parameters; a component is a column."""
    k, d = data["means"].shape
    shapes = {"alphas": (k,), "means": (d, k), "logs": (d, k), "lower": (d * (d - 1) // 2, k)}
    return tuple(kind.sym(name, *shape) for name, shape in shapes.items())


def _mapped(data: Data) -> Any:
    """Return value and gradient of a point, mapped over all of them and added up; the rest once."""
    n, d = data["x"].shape
    symbols, x = _symbols(data, ca.SX), ca.SX.sym("x", d)
    value = _point(x, *symbols)
    gradients = [ca.gradient(value, symbol) for symbol in symbols]
    point = ca.Function("point", [x, *symbols], [value, *gradients])
    over = point.map("points", "serial", n, [1, 2, 3, 4], [0, 1, 2, 3, 4])
    points, parameters = ca.MX.sym("points", d, n), _symbols(data, ca.MX)
    total, by_alphas, *others = over(points, *parameters)
    weights = parameters[0]
    rest = n * ca.logsumexp(weights)
    return ca.Function("mapped", [points, *parameters], [total - rest, by_alphas - ca.gradient(rest, weights), *others])


def _point(x: Any, alphas: Any, means: Any, logs: Any, lower: Any) -> Any:
    """Return the log-likelihood of a point."""
    d, k = means.shape
    inner = []
    for c in range(k):
        shifted = [x[i] - means[i, c] for i in range(d)]
        distance, at = 0.0, 0
        for i in range(d):
            row = ca.exp(logs[i, c]) * shifted[i]
            row += sum(lower[at + j, c] * shifted[j] for j in range(i))
            distance += row * row
            at += i
        inner.append(alphas[c] + ca.sum1(logs[:, c]) - 0.5 * distance)
    return _logsumexp(inner)


def _logsumexp(numbers: list[Any]) -> Any:
    """Return log Σ exp, safe for numbers of any size."""
    top = numbers[0]
    for number in numbers[1:]:
        top = ca.fmax(top, number)
    return top + ca.log(sum(ca.exp(number - top) for number in numbers))


def lorenz_unrolled(data: Data) -> Report:
    """Return the report of the recurrence as one scalar graph."""
    u, c = ca.SX.sym("u", 3), ca.SX.sym("c", 3)

    def build() -> Any:
        end, step = u, _step(data)
        for _ in range(int(data["steps"])):
            end = step(end, c)
        return _lorenz_gradient(end, u, c)

    return _gradient(build, [data["start"], data["constants"]])


def lorenz_accumulated(data: Data) -> Report:
    """Return the report of the recurrence by `mapaccum` over a scalar graph of one step."""
    u, c, steps = ca.MX.sym("u", 3), ca.MX.sym("c", 3), int(data["steps"])

    def build() -> Any:
        end = _step(data).mapaccum("steps", steps)(u, ca.repmat(c, 1, steps))[:, -1]
        return _lorenz_gradient(end, u, c)

    return _gradient(build, [data["start"], data["constants"]])


def _step(data: Data) -> Any:
    """Return the function that takes a step of Runge and Kutta."""
    u, c = ca.SX.sym("u", 3), ca.SX.sym("c", 3)
    return ca.Function("step", [u, c], [_moved(u, c, float(data["dt"]))])


def _lorenz_gradient(end: Any, start: Any, constants: Any) -> Any:
    """Return the function that gives the loss and its gradient."""
    loss = ca.sumsqr(end)
    gradients = [ca.gradient(loss, start), ca.gradient(loss, constants)]
    return ca.Function("lorenz", [start, constants], [loss, *gradients])


def _moved(u: Any, c: Any, dt: float) -> Any:
    """Return the state after a step of Runge and Kutta."""

    def slope(u: Any) -> Any:
        x, y, z = ca.vertsplit(u)
        return ca.vertcat(c[0] * (y - x), x * (c[1] - z) - y, x * y - c[2] * z)

    k1 = slope(u)
    k2 = slope(u + dt / 2 * k1)
    k3 = slope(u + dt / 2 * k2)
    k4 = slope(u + dt * k3)
    return u + dt * (k1 + 2 * k2 + 2 * k3 + k4) / 6


def _gradient(build: Callable[[], Any], arguments: list[NDArray[np.float64]]) -> Report:
    """Return the report of a function for value and gradient; gradients are compared by the sums of their sizes."""
    compile_time, step = first(lambda: Buffered(build()))
    for place, numbers in zip(step.arguments, arguments, strict=True):
        place[:] = numbers
    run_time = seconds_a_call(step.call)
    value, *gradients = step.results
    return report(compile_time, run_time, [value[0], *(np.abs(g).sum() for g in gradients)])


def call(_: Data) -> Report:
    """Return the report of a scalar function called through buffers."""
    x, y = ca.SX.sym("x"), ca.SX.sym("y")
    value = ca.tanh((x * y + x) * (y - x) + x * x) * (x + y * y)
    compile_time, function = first(lambda: Buffered(ca.Function("call", [x, y], [value])))
    function.arguments[0][:], function.arguments[1][:] = 0.5, -1.25
    run_time = seconds_a_call(function.call)
    return report(compile_time, run_time, function.results[0])


if __name__ == "__main__":
    run(moons, mixture, lorenz_unrolled, lorenz_accumulated, call)
