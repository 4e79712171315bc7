"""A value that is used more than once: why gradients add up, and the mistake of not setting them to zero."""

from __future__ import annotations

from micrograd import Value


def used_twice() -> None:
    """Use one value as both operands: each use passes a share back, and the shares add up."""
    a = Value(3.0)
    b = a + a
    b.backward()
    print(f"b = a + a           db/da = {a.grad}, for b is 2a; keeping only the last share would leave 1.0")


def diamonds() -> None:
    """Let two paths part and meet again: the derivative is the sum over the paths."""
    a = Value(3.0)
    b = a + a
    c = b + b
    c.backward()
    print(f"c = b + b           dc/da = {a.grad}, dc/db = {b.grad}")

    a, b = Value(-2.0), Value(3.0)
    product, total = a * b, a + b
    (product * total).backward()
    print(f"(a * b) * (a + b)   by a {a.grad} = b*(a+b) + a*b, by b {b.grad} = a*(a+b) + a*b")


def several_calls() -> None:
    """Call backward() again: the gradient of an input grows by the same amount until it is set to zero."""
    x = Value(3.0)
    y = x**3
    seen = []
    for _ in range(3):
        y.backward()
        seen.append(x.grad)
    x.grad = 0.0
    y.backward()
    print(f"\nx^3 at 3, three calls of backward() without zeroing: {seen}; after x.grad = 0.0: [{x.grad}]")


def descend(*, forget: bool) -> list[float]:
    """Return the first steps down (w - 3)^2 from w = 0, with or without setting the gradient to zero."""
    w = Value(0.0)
    path = []
    for _ in range(12):
        loss = (w - 3.0) ** 2
        if not forget:
            w.grad = 0.0
        loss.backward()
        w.data -= 0.1 * w.grad
        path.append(w.data)
    return path


def main() -> None:
    """Run the parts in turn."""
    used_twice()
    diamonds()
    several_calls()
    print("\nthe way down (w - 3)^2, by steps of 0.1 times the gradient")
    print("zeroed     ", " ".join(f"{w:5.2f}" for w in descend(forget=False)))
    print("forgotten  ", " ".join(f"{w:5.2f}" for w in descend(forget=True)))
    print("Old gradients push on: w runs past 3, comes back, and swings without end.")


if __name__ == "__main__":
    main()
