"""Derivatives of derivatives: grad of grad, gradients that are Values, and Newton's method by the Hessian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrograd import Value, derivative, grad, hessian, hvp

if TYPE_CHECKING:
    from collections.abc import Sequence


def rosenbrock(p: Sequence[float]) -> float:
    """Return Rosenbrock's function, a bent valley whose lowest point is (1, 1)."""
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def one_number() -> None:
    """Differentiate functions of one number several times."""

    def f(x: float) -> float:
        return x**4

    print(f"x^4 at 2: {f(2.0)}, grad {grad(f)(2.0)}, grad of grad {grad(grad(f))(2.0)}")
    print("1/x at 1, derivatives 0 to 5:", [derivative(lambda x: 1 / x, n)(1.0) for n in range(6)])


def a_gradient_that_is_a_value() -> None:
    """Keep the graph of the gradient, and call backward() on the gradient itself."""
    x = Value(2.0)
    (x**4).backward(create_graph=True)
    slope = x.grad
    print(f"\nafter backward(create_graph=True): x.grad = {slope}")
    x.grad = 0.0
    slope.backward()
    print(f"after x.grad = 0.0 and backward() of that: x.grad = {x.grad}")


def newton() -> None:
    """Go where a parabola with the same slope and curvature has its lowest point, and repeat."""
    print("\nRosenbrock's Hessian at (1, 1):", hessian(rosenbrock)([1.0, 1.0]))
    print("times the vector (1, 2), without the matrix:", hvp(rosenbrock)([1.0, 1.0], [1.0, 2.0]))
    x, y = -1.2, 1.0
    for step in range(6):
        print(f"step {step}   x {x:9.6f}   y {y:9.6f}   f {rosenbrock([x, y]):.3e}")
        (a, b), (_, c) = hessian(rosenbrock)([x, y])
        g, h = grad(rosenbrock)([x, y])
        determinant = a * c - b * b
        x -= (c * g - b * h) / determinant
        y -= (a * h - b * g) / determinant


def main() -> None:
    """Run the parts in turn."""
    one_number()
    a_gradient_that_is_a_value()
    newton()


if __name__ == "__main__":
    main()
