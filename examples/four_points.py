"""The lecture's network: 41 parameters learn four points in 20 steps of gradient descent."""

from __future__ import annotations

import random

from micrograd import MLP
from micrograd.losses import squared_error

XS = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
YS = [1.0, -1.0, -1.0, 1.0]
STEPS = 20
RATE = 0.1


def main() -> None:
    """Train the network and print the loss of every step."""
    random.seed(1337)  # the weights are drawn from here: another seed, another start
    model = MLP(3, [4, 4, 1])
    print(model)

    for step in range(STEPS):
        # Forward: what does the network say, and how far is it from what it should say?
        predictions = [model(x) for x in XS]
        loss = squared_error(predictions, YS)

        # Backward: which way does the loss grow, for each parameter?
        model.zero_grad()
        loss.backward()

        # Update: a small step the other way.
        for p in model.parameters():
            p.data -= RATE * p.grad
        print(f"step {step:2}   loss {loss.data:.6f}")

    print("\nwanted  predicted")
    for x, y in zip(XS, YS, strict=True):
        print(f"{y:6.1f}  {model(x).data:9.4f}")


if __name__ == "__main__":
    main()
