"""A derivative is a slope: measured by differences first, then exact, with `Value` and with `grad`."""

from __future__ import annotations

from micrograd import Value, grad


def f(x: float) -> float:
    """Return a parabola that slopes down left of x = 2/3 and up right of it."""
    return 3 * x**2 - 4 * x + 5


def d(a: float, b: float, c: float) -> float:
    """Return an expression of three inputs, which has a slope along each."""
    return a * b + c


def slopes_of_a_parabola() -> None:
    """Nudge x by a small h, see how much f answers, and divide."""
    h = 0.0001
    print(f"f(x) = 3x^2 - 4x + 5, f(3) = {f(3.0)}")
    print("       x   by differences      exact")
    for x in (3.0, -3.0, 5.0, 2 / 3):
        measured = (f(x + h) - f(x)) / h
        print(f"{x:8.4f}   {measured:14.4f}   {grad(f)(x):8.4f}")


def how_small_a_step() -> None:
    """Shrink h: the slope gets better at first, then the rounding of f(3 + h) - f(3) takes over."""
    print("\nthe slope at 3, which is 14, by smaller and smaller steps")
    for exponent in (1, 2, 4, 8, 12, 14, 16):
        h = float(f"1e-{exponent}")
        print(f"h = {h:6.0e}   {(f(3.0 + h) - f(3.0)) / h!r}")


def slopes_along_three_inputs() -> None:
    """Nudge one input at a time, and hold the other two."""
    h = 0.001
    a, b, c = 2.0, -3.0, 10.0
    before, after = d(a, b, c), d(a + h, b, c)
    print(f"\nd = a*b + c = {before}; with a + {h} it is {after}")
    print(f"along a   {(after - before) / h!r}   (b = -3)")
    print(f"along b   {(d(a, b + h, c) - before) / h!r}   (a = 2)")
    print(f"along c   {(d(a, b, c + h) - before) / h!r}   (1)")


def the_same_by_micrograd() -> None:
    """Let the numbers remember how they were made: one walk backwards gives every slope, without an h."""
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    (a * b + c).backward()
    print(f"\nbackward():   along a {a.grad}, along b {b.grad}, along c {c.grad}")
    print(f"grad:         {grad(d, argnums=(0, 1, 2))(2.0, -3.0, 10.0)}")


def main() -> None:
    """Run the four parts in turn."""
    slopes_of_a_parabola()
    how_small_a_step()
    slopes_along_three_inputs()
    the_same_by_micrograd()


if __name__ == "__main__":
    main()
