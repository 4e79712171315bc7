"""The expression that the published micrograd shows first: operators, powers, relu, and two gradients."""

from __future__ import annotations

from micrograd import Value


def expression(a: Value, b: Value) -> Value:
    """Return an expression of no meaning that uses every operator, and most values more than once."""
    c = a + b
    d = a * b + b**3
    c = 2 * c + 1
    c = 1 + 2 * c - a
    d = 3 * d + (a + b).relu()
    d = 4 * d + (b - a).relu()
    e = c - d
    f = e**2
    return f / 2 + 10 / f


def main() -> None:
    """Print the value and both gradients, and check these by differences."""
    a, b = Value(-4.0), Value(2.0)
    g = expression(a, b)
    g.backward()
    print(f"g     = {g.data:.4f}")
    print(f"dg/da = {a.grad:.4f}")
    print(f"dg/db = {b.grad:.4f}")

    h = 1e-6
    by_a = (expression(Value(-4.0 + h), Value(2.0)) - expression(Value(-4.0 - h), Value(2.0))) / (2 * h)
    by_b = (expression(Value(-4.0), Value(2.0 + h)) - expression(Value(-4.0), Value(2.0 - h))) / (2 * h)
    print(f"by differences: {by_a.data:.4f} and {by_b.data:.4f}")


if __name__ == "__main__":
    main()
