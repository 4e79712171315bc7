"""The workloads in JAX, written for arrays by hand; single-threaded, and timed after compilation.

Of several ways to write a workload, the fastest that was found stands here: samples as columns, for moons the scan
unrolled by four, the mixture with one product of matrices for all components, the recurrence with what a step
computed not stored but computed again on the way back, which is 50 times as fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import logsumexp
from measuring import CHECKED, LONG, Data, Report, first, rates, report, run, seconds_a_call, sizes

if TYPE_CHECKING:
    from collections.abc import Callable

jax.config.update("jax_enable_x64", True)  # noqa: FBT003  # jax's own signature

BETA1, BETA2, EPSILON, RATE = 0.9, 0.999, 1e-8, 1e-3


def layers(data: Data) -> list[tuple[Any, Any]]:
    """Return weights, outputs by inputs, and biases from a flat vector: a neuron's weights precede its bias."""
    found, at = [], 0
    for nin, nout in sizes(data):
        table = data["p"][at : at + nout * (nin + 1)].reshape(nout, nin + 1)
        found.append((jnp.asarray(table[:, :nin].copy()), jnp.asarray(table[:, nin].copy())))
        at += table.size
    return found


def moons_loss(model: list[tuple[Any, Any]], x: Any, y: Any) -> Any:
    """Return hinge and L2; samples are columns."""
    *hidden, (w, b) = model
    for weights, biases in hidden:
        x = jax.nn.relu(weights @ x + biases[:, None])
    scores = w[0] @ x + b
    penalty = sum(jnp.vdot(p, p) for p in jax.tree.leaves(model))
    return jnp.mean(jax.nn.relu(1.0 - y * scores)) + 1e-4 * penalty


def moons_step(model: Any, rate: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Return the moved model and the loss from before."""
    loss, gradient = jax.value_and_grad(moons_loss)(model, x, y)
    return jax.tree.map(lambda p, g: p - rate * g, model, gradient), loss


def moons_scan(data: Data) -> Report:
    """Return the report of the whole loop in one lax.scan, the model donated."""

    def loop(model: Any, rates: Any, x: Any, y: Any) -> Any:
        return lax.scan(lambda m, rate: moons_step(m, rate, x, y), model, rates, unroll=4)

    x, y = jnp.asarray(data["x"].T.copy()), jnp.asarray(data["y"])
    train = jax.jit(loop, donate_argnums=0)

    def go(steps: int) -> Any:
        return jax.block_until_ready(train(layers(data), jnp.asarray(rates(steps)), x, y))[1]

    compile_time, losses = first(lambda: go(CHECKED))
    go(LONG)
    return report(compile_time, seconds_a_call(lambda: go(LONG)) / LONG, losses)


def moons_jit(data: Data) -> Report:
    """Return the report of one jitted step, called from Python."""
    x, y = jnp.asarray(data["x"].T.copy()), jnp.asarray(data["y"])
    step = jax.jit(moons_step, donate_argnums=0)
    model = layers(data)

    def go(rate: float) -> Any:
        nonlocal model
        model, loss = step(model, rate, x, y)
        return loss.block_until_ready()

    compile_time, loss = first(lambda: go(1.0))
    losses = [loss, *map(go, rates(CHECKED)[1:].tolist())]
    return report(compile_time, seconds_a_call(lambda: go(0.1)), losses)


def digits_loss(model: list[tuple[Any, Any]], x: Any, wanted: Any) -> Any:
    """Return the mean cross-entropy of a batch; samples are columns."""
    (w1, b1), (w2, b2) = model
    logits = w2 @ jnp.tanh(w1 @ x + b1[:, None]) + b2[:, None]
    return (jnp.sum(logsumexp(logits, axis=0)) - jnp.sum(logits * wanted)) / x.shape[1]


def adam(state: Any, batch: Any) -> Any:
    """Return the state after a step of Adam, and the loss from before."""
    model, means, squares, count = state
    loss, gradient = jax.value_and_grad(digits_loss)(model, *batch)
    count += 1
    means = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, means, gradient)
    squares = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, squares, gradient)
    size, root = RATE / (1 - BETA1**count), jnp.sqrt(1 - BETA2**count)
    model = jax.tree.map(lambda p, m, v: p - size * m / (jnp.sqrt(v) / root + EPSILON), model, means, squares)
    return (model, means, squares, count), loss


def digits(data: Data) -> Report:
    """Return the report of training by epochs, a scan over batches in a scan over epochs, the state donated."""
    number = data["p"].dtype
    wanted = np.eye(10, dtype=number)[data["classes"]]
    x, wanted = (
        jnp.asarray(rows.reshape(-1, 128, rows.shape[1]).swapaxes(1, 2).copy()) for rows in (data["x"], wanted)
    )

    def loop(state: Any, x: Any, wanted: Any, epochs: int) -> Any:
        return lax.scan(lambda s, _: lax.scan(adam, s, (x, wanted)), state, None, length=epochs)

    train = jax.jit(loop, static_argnums=3, donate_argnums=0)

    def go(epochs: int) -> Any:
        model = layers(data)
        zeros = [jax.tree.map(jnp.zeros_like, model) for _ in range(2)]
        state = (model, *zeros, jnp.zeros((), number))
        return jax.block_until_ready(train(state, x, wanted, epochs))[1]

    compile_time, losses = first(lambda: go(2))
    go(200)
    return report(compile_time, seconds_a_call(lambda: go(200)) / (200 * len(x)), losses)


def mixture_loss(parameters: Any, x: Any) -> Any:
    """Return the log-likelihood of a mixture of Gaussians, without its constants; points are columns that end in 1."""
    alphas, means, logs, lower = parameters
    k, d = means.shape
    rows, columns = np.tril_indices(d, -1)
    roots = jax.vmap(jnp.diag)(jnp.exp(logs)).at[:, rows, columns].set(lower)
    shifts = -jnp.einsum("kij,kj->ki", roots, means)
    table = jnp.concatenate([roots, shifts[:, :, None]], axis=2).reshape(k * d, d + 1)
    distances = jnp.sum((table @ x).reshape(k, d, -1) ** 2, axis=1)
    inner = (alphas + logs.sum(axis=1))[:, None] - 0.5 * distances
    return logsumexp(inner, axis=0).sum() - x.shape[1] * logsumexp(alphas)


def mixture(data: Data) -> Report:
    """Return the report of value and gradient of the mixture's log-likelihood."""
    parameters = tuple(jnp.asarray(data[name]) for name in ["alphas", "means", "logs", "lower"])
    return _gradient(mixture_loss, parameters, jnp.asarray(np.vstack([data["x"].T, np.ones(len(data["x"]))])))


def lorenz_loss(start: tuple[Any, ...], constants: tuple[Any, ...], steps: int, dt: float) -> Any:
    """Return the squared distance from 0 after so many steps of Runge and Kutta."""

    def slope(x: Any, y: Any, z: Any) -> tuple[Any, Any, Any]:
        sigma, rho, beta = constants
        return sigma * (y - x), x * (rho - z) - y, x * y - beta * z

    def moved(u: Any, k: Any, h: float) -> tuple[Any, ...]:
        return tuple(a + h * b for a, b in zip(u, k, strict=True))

    def step(u: Any, _: Any) -> tuple[Any, None]:
        k1 = slope(*u)
        k2 = slope(*moved(u, k1, dt / 2))
        k3 = slope(*moved(u, k2, dt / 2))
        k4 = slope(*moved(u, k3, dt))
        mean = tuple((a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(k1, k2, k3, k4, strict=True))
        return moved(u, mean, dt), None

    end, _ = lax.scan(jax.checkpoint(step), start, None, length=steps)
    return sum(u * u for u in end)


def lorenz(data: Data) -> Report:
    """Return the report of value and gradient of the recurrence."""
    steps, dt = int(data["steps"]), float(data["dt"])
    start, constants = (tuple(map(jnp.asarray, data[name])) for name in ["start", "constants"])
    return _gradient(lambda ends: lorenz_loss(ends[0], ends[1], steps, dt), (start, constants))


def scalar_loss(p: list[Any], x: list[list[Any]], y: list[Any], units: tuple[tuple[int, int], ...]) -> Any:
    """Return the loss of moons, written number by number."""
    hinges = []
    for row, label in zip(x, y, strict=True):
        numbers, weights = row, iter(p)
        for nin, nout in units:
            rows = [[next(weights) for _ in range(nin + 1)] for _ in range(nout)]
            sums = [sum((w * v for w, v in zip(r, numbers, strict=False)), r[nin]) for r in rows]
            numbers = [jnp.maximum(s, 0.0) for s in sums] if nout > 1 else sums
        hinges.append(jnp.maximum(1.0 - label * numbers[0], 0.0))
    return sum(hinges) * (1.0 / len(hinges)) + 1e-4 * sum(w * w for w in p)


def first_scalar(data: Data) -> Report:
    """Return the report of JAX given scalar code: the time to its first result."""
    arguments = (data["p"].tolist(), data["x"].tolist(), data["y"].tolist())
    compiled = jax.jit(jax.value_and_grad(lambda p, x, y: scalar_loss(p, x, y, sizes(data))))
    compile_time, (loss, _) = first(lambda: jax.block_until_ready(compiled(*arguments)))
    return report(compile_time, 0.0, loss)


def first_vectorised(data: Data) -> Report:
    """Return the report of the same loss written for arrays: the time to its first result."""
    compiled = jax.jit(jax.value_and_grad(moons_loss))
    x, y = jnp.asarray(data["x"].T.copy()), jnp.asarray(data["y"])
    compile_time, (loss, _) = first(lambda: jax.block_until_ready(compiled(layers(data), x, y)))
    return report(compile_time, 0.0, loss)


def call(_: Data) -> Report:
    """Return the report of a scalar function called from Python."""
    function = jax.jit(scalar)
    compile_time, value = first(lambda: function(0.5, -1.25).block_until_ready())
    return report(compile_time, seconds_a_call(lambda: function(0.5, -1.25).block_until_ready()), value)


def call_gradient(_: Data) -> Report:
    """Return the report of the scalar function with its gradient."""
    return _gradient(lambda point: scalar(*point), (0.5, -1.25))


def scalar(x: Any, y: Any) -> Any:
    """Return the value of ten operations."""
    return jnp.tanh((x * y + x) * (y - x) + x * x) * (x + y * y)


def _gradient(loss: Callable[..., Any], parameters: Any, *data: Any) -> Report:
    """Return the report of value and gradient by the parameters; gradients are compared by the sums of their sizes."""
    compiled = jax.jit(jax.value_and_grad(loss))
    compile_time, (value, gradient) = first(lambda: jax.block_until_ready(compiled(parameters, *data)))
    run_time = seconds_a_call(lambda: jax.block_until_ready(compiled(parameters, *data)))
    sums = [sum(jnp.abs(g).sum() for g in jax.tree.leaves(group)) for group in gradient]
    return report(compile_time, run_time, [value, *map(float, sums)])


if __name__ == "__main__":
    run(
        moons_scan,
        moons_jit,
        digits,
        mixture,
        lorenz,
        first_scalar,
        first_vectorised,
        call,
        call_gradient,
    )
