"""Operations as the lecture writes them."""

# ruff: noqa: SLF001  # the lecture assigns to _backward

from __future__ import annotations

import math

from micrograd.engine import Value


def lecture_tanh(x: Value) -> Value:
    """Return a hyperbolic tangent as a lecture writes it, with a closure over its own node."""
    t = math.tanh(x.data)
    out = Value(t, (x,), "tanh")

    def _backward() -> None:
        x.grad += (1 - t**2) * out.grad

    out._backward = _backward
    return out
