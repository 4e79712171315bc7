"""Backpropagation through L = (a*b + c) * f: gradients by hand, by differences and by `backward()`."""

from __future__ import annotations

from micrograd import Value
from micrograd.engine import topological_order


def expression(a: float, b: float, c: float, f: float) -> float:
    """Return L for plain numbers."""
    return (a * b + c) * f


def main() -> None:
    """Build the expression, find every gradient in three ways, and take one step uphill."""
    a, b, c, f = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c"), Value(-2.0, label="f")
    e = a * b
    d = e + c
    out = d * f
    e.label, d.label, out.label = "e", "d", "L"
    print(f"L = (a*b + c) * f = {out}")
    print(f"d was made by {d.op!r} from {d.parents}")
    print("each after its parents:", " ".join(node.label for node in topological_order(out)))

    # The chain rule from the end to the start: what comes in, times the local derivative.
    out_grad = 1.0
    d_grad, f_grad = f.data * out_grad, d.data * out_grad  # a product passes on the other factor
    e_grad, c_grad = 1.0 * d_grad, 1.0 * d_grad  # a sum passes on what comes in
    a_grad, b_grad = b.data * e_grad, a.data * e_grad
    by_hand = [a_grad, b_grad, c_grad, f_grad, e_grad, d_grad, out_grad]

    out.backward()
    print("\n      data   by hand   backward()")
    for node, gradient in zip([a, b, c, f, e, d, out], by_hand, strict=True):
        print(f"{node.label}  {node.data:6.1f}  {gradient:8.1f}  {node.grad:11.1f}")

    h = 0.0001
    slope = (expression(2.0, -3.0, 10.0 + h, -2.0) - expression(2.0, -3.0, 10.0, -2.0)) / h
    print(f"\nalong c, by differences: {slope!r}")

    # Every input moves a little in the direction of its gradient, so L grows.
    for leaf in (a, b, c, f):
        leaf.data += 0.01 * leaf.grad
    print(f"one step of 0.01 up the gradient: L goes from {out.data} to {((a * b + c) * f).data:.6f}")


if __name__ == "__main__":
    main()
