"""An operation of your own, the length of a vector: with `Value.custom`, and as a closure like in the lecture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from micrograd import Value, hessian

if TYPE_CHECKING:
    from collections.abc import Callable


def by_numbers(x: Value, y: Value) -> Value:
    """Return the length, told its value, its parents, and its derivative by each of them."""
    length = math.hypot(x.data, y.data)
    return Value.custom(length, [x, y], [x.data / length, y.data / length], op="length")


def by_values(x: Value, y: Value) -> Value:
    """Return the length with derivatives that are Values, so that these can be differentiated in turn."""
    length = math.hypot(x.data, y.data)
    norm = (x * x + y * y) ** 0.5
    return Value.custom(length, [x, y], [x / norm, y / norm], op="length")


def by_closure(x: Value, y: Value) -> Value:
    """Return the length with a function that adds its share to the gradients of the parents."""
    out = Value(math.hypot(x.data, y.data), (x, y), "length")

    def rule() -> None:
        x.grad += x.data / out.data * out.grad
        y.grad += y.data / out.data * out.grad

    out._backward = rule  # noqa: SLF001  # the lecture's name
    return out


def gradients(length: Callable[[Value, Value], Value]) -> str:
    """Return the value and the gradients of a larger expression around the operation, as text."""
    x, y = Value(3.0), Value(4.0)
    out = length(x, y) * 10 + x
    out.backward()
    return f"10*length + x = {out.data:.1f}   by x {x.grad:.4f}   by y {y.grad:.4f}"


def main() -> None:
    """Use the operation in three ways, and differentiate it twice where that is possible."""
    print("numbers  ", gradients(by_numbers))
    print("Values   ", gradients(by_values))
    print("closure  ", gradients(by_closure))

    curvature = hessian(lambda p: by_values(p[0], p[1]))([3.0, 4.0])
    print("\nHessian of the length at (3, 4):", [[f"{entry:.3f}" for entry in row] for row in curvature])
    try:
        hessian(lambda p: by_numbers(p[0], p[1]))([3.0, 4.0])
    except ValueError as error:
        print(f"With numbers: {error}")


if __name__ == "__main__":
    main()
