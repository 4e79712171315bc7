"""Recurrences: steps that depend on the steps before become a loop over a few statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from lifting import checked, traced

from micrograd import Value, functions
from micrograd.compiler.lift import lift
from micrograd.compiler.program import Loop, straight

if TYPE_CHECKING:
    from micrograd.compiler.lift import Lifted

    Vector = list[Any]
    Matrix = list[Vector]


def numbers(*shape: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return numbers to be inputs."""
    return 0.5 * np.random.default_rng(8).normal(size=shape)


def loops(lifted: Lifted) -> list[Loop]:
    """Return the loops of a program."""
    return [s for s in lifted.program.statements if isinstance(s, Loop)]


def lorenz(start: Vector, constants: Vector, steps: int) -> tuple[Matrix, float]:
    """Return the states of the Lorenz system, by the classic Runge-Kutta method."""
    a, b, c = constants

    def slope(s: Vector) -> Vector:
        x, y, z = s
        return [a * (y - x), x * (b - z) - y, x * y - c * z]

    def moved(s: Vector, by: float, k: Vector) -> Vector:
        return [u + by * v for u, v in zip(s, k, strict=True)]

    dt, states = 0.01, [start]
    for _ in range(steps):
        s = states[-1]
        k1 = slope(s)
        k2 = slope(moved(s, 0.5 * dt, k1))
        k3 = slope(moved(s, 0.5 * dt, k2))
        k4 = slope(moved(s, dt, k3))
        ks = zip(s, k1, k2, k3, k4, strict=True)
        states.append([u + dt / 6 * (p + 2 * q + 2 * r + t) for u, p, q, r, t in ks])
    return states, dt


def test_an_integrator_is_a_loop() -> None:
    """Two hundred steps are one loop, and a sum over all states reads its arrays."""
    start, constants = [Value(x) for x in (1.0, 1.2, 0.9)], [Value(x) for x in (10.0, 28.0, 2.667)]

    def function() -> list[Any]:
        states, dt = lorenz(start, constants, 200)
        return [sum(u * u for u in states[-1]), dt * sum((s[0] - 1.0) ** 2 for s in states)]

    lifted = checked(function, limit=100)
    (loop,) = loops(lifted)
    assert loop.extent > 190
    assert len(loop.body) < 45
    assert lifted.gathered == 0


def test_a_recurrent_network_is_a_loop_over_vectors() -> None:
    """The hidden units of a step are one statement; inputs and targets are read step by step."""
    size = 5
    inner, outer, biases = numbers(size, size), numbers(size, 2), numbers(size)

    def function(w: Matrix, u: Matrix, b: Vector, xs: Matrix, ys: Vector) -> Any:  # noqa: ANN401  # a Value
        h: Vector = [0.0] * size
        loss: Any = 0.0
        for x, y in zip(xs, ys, strict=True):
            h = [
                functions.tanh(sum(i * j for i, j in zip(w[k], h, strict=True)) + functions.dot(u[k], x) + b[k])
                for k in range(size)
            ]
            error = sum(h) - y
            loss += error * error
        return loss

    data = {"w": inner, "u": outer, "b": biases, "xs": numbers(50, 2), "ys": numbers(50)}
    lifted = checked(function, limit=40, **data)
    (loop,) = loops(lifted)
    assert len(loop.body) <= 4
    assert any(statement.axes == (loop.extent, size) for statement in loop.body)


def test_constants_that_change_from_step_to_step() -> None:
    """Numbers that differ by step are arrays that the loop walks over."""
    rates = numbers(80).tolist()

    def function(xs: Vector) -> Any:  # noqa: ANN401  # a Value
        x, y = xs
        for rate in rates:
            x, y = functions.sin(x + rate * y), functions.maximum(x, rate)
        return x * y

    lifted = checked(function, limit=30, xs=numbers(2))
    assert len(loops(lifted)) == 1


def test_two_recurrences() -> None:
    """One loop after the other, the second of which reads the results of the first backwards."""

    def function(xs: Vector) -> Any:  # noqa: ANN401  # a Value
        x, states = xs[0], []
        for _ in range(60):
            x = functions.sin(x) + xs[1]
            states.append(x)
        for state in reversed(states):
            x = functions.tanh(x * state)
        return x

    assert len(loops(checked(function, limit=40, xs=numbers(2)))) == 2


def test_short_recurrences_stay_statements() -> None:
    """What needs few statements is not rolled."""

    def function(xs: Vector) -> Any:  # noqa: ANN401  # a Value
        x = xs[0]
        for _ in range(5):
            x = functions.sin(x)
        return x

    program = checked(function, xs=[0.5]).program
    assert len(straight(program.statements)) == 5
    assert not any(isinstance(s, Loop) for s in program.statements)


def test_rounds_of_growing_length_are_no_loop() -> None:
    """A step that reads all steps before has no fixed period."""

    def function(xs: Vector) -> Any:  # noqa: ANN401  # a Value
        states = [xs[0]]
        for _ in range(40):
            states.append(functions.tanh(sum(states) + xs[1]))
        return states[-1]

    trace = traced(function, xs=[0.5, 0.1])
    lifted = lift(trace, limit=20)
    assert lifted is None or len(loops(lifted)) == 1


@pytest.mark.parametrize("rounds", [20, 60])
def test_a_short_recurrence_is_a_loop_too(rounds: int) -> None:
    """A pendulum's program is as short for a few rounds as for many."""

    def pendulum(angle: Any, speed: Any) -> Any:  # noqa: ANN401  # Values
        for _ in range(rounds):
            angle, speed = angle + 0.01 * speed, speed - 0.0981 * angle.sin()
        return angle

    lifted = checked(pendulum, angle=1.0, speed=0.0)
    assert any(isinstance(statement, Loop) for statement in lifted.program.statements)
    assert len(lifted.program.statements) < 30
