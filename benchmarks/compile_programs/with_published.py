"""The moons step on the published engine."""

from __future__ import annotations

import sys
import threading

from measuring import Data, Report, first, rates, report, run, seconds_a_call

from micrograd.engine import Value
from micrograd.nn import MLP

CHECKED = 3  # steps of about a second
STACK, RECURSION = 1 << 28, 10**6  # backward() recurses


def moons(data: Data) -> Report:
    """Return the report of a step, with the update in Python."""
    model = MLP(2, [16, 16, 1])  # relu, then a linear output
    for p, number in zip(model.parameters(), data["p"].tolist(), strict=True):
        p.data = number

    def go(rate: float) -> float:
        scores = [model(list(map(Value, x))) for x in data["x"].tolist()]
        hinges = [(1 + -y * score).relu() for y, score in zip(data["y"].tolist(), scores, strict=True)]
        total = sum(hinges) * (1.0 / len(hinges)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= rate * p.grad
        return float(total.data)

    compile_time, loss = first(lambda: go(1.0))
    losses = [loss, *map(go, rates(20)[1:CHECKED].tolist())]
    return report(compile_time, seconds_a_call(lambda: go(0.1)), losses)


if __name__ == "__main__":
    sys.setrecursionlimit(RECURSION)
    threading.stack_size(STACK)
    thread = threading.Thread(target=run, args=[moons])
    thread.start()
    thread.join()
