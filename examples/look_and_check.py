"""One neuron, looked at and checked: its picture as text, its gradients against differences, and where a nan began."""

from __future__ import annotations

import argparse
import math

from micrograd import Value, anomaly, check_grad, draw_dot, explain
from micrograd.errors import AnomalyError


def neuron() -> Value:
    """Return the lecture's neuron, every number with a name."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2, b = Value(-3.0, label="w1"), Value(1.0, label="w2"), Value(6.8813735870195432, label="b")
    n = x1 * w1 + x2 * w2 + b
    o = n.tanh()
    n.label, o.label = "n", "o"
    return o


def forgetful_tanh(x: Value) -> Value:
    """Return tanh x with the derivative 1 - tanh x, where the square was forgotten."""
    t = math.tanh(x.data)
    return Value.custom(t, [x], [1 - t], op="tanh")


def main() -> None:
    """Draw, check, and look for the first number that is not finite."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", metavar="FILE.html", help="write the page that steps through the neuron")
    page = parser.parse_args().page

    o = neuron()
    before = draw_dot(o).source.count("grad —")
    o.backward()
    after = draw_dot(o).source.count("grad —")
    print(f"boxes without a gradient: {before} before backward(), {after} after")
    if page:
        print(f"wrote {explain(o, page)}")

    for tanh in (Value.tanh, forgetful_tanh):
        print(f"\n{check_grad(tanh, 0.8, raises=False)}")

    try:
        with anomaly():
            p = Value(0.0, label="p")
            (p.log() * 0.0).backward()
    except AnomalyError as error:
        print(f"\n{error}")


if __name__ == "__main__":
    main()
