"""Two moons told apart: max-margin loss, L2 penalty, a decaying rate, and a map of the decision as text."""

from __future__ import annotations

import random

from micrograd import MLP
from micrograd.data import moons
from micrograd.losses import hinge, l2
from micrograd.optim import SGD
from micrograd.schedules import linear

STEPS = 50
COLUMNS, ROWS = 61, 17
LEFT, RIGHT, BOTTOM, TOP = -1.5, 2.5, -0.8, 1.2


def accuracy(scores: list[float], signs: list[int]) -> float:
    """Return the share of scores that have the right sign."""
    return sum((score > 0) == (sign > 0) for score, sign in zip(scores, signs, strict=True)) / len(signs)


def train(model: MLP, points: list[list[float]], signs: list[int]) -> None:
    """Lower the loss over all points, by steps that shrink to a tenth."""
    optimizer = SGD(model.parameters(), lr=linear(1.0, 0.1, steps=STEPS))
    for step in range(STEPS):
        scores = [model(point) for point in points]
        loss = hinge(scores, signs) + l2(model.parameters(), alpha=1e-4)
        if step % 10 == 0:
            share = accuracy([score.data for score in scores], signs)
            print(f"step {step:2}   rate {optimizer.rate:.2f}   loss {loss.data:.4f}   accuracy {share:4.0%}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def draw(model: MLP, points: list[list[float]], signs: list[int]) -> None:
    """Print the plane, with what the network says in each place and with the points themselves."""
    print("dots: the network says +1; o and x: the points, +1 and -1")
    canvas = []
    for row in range(ROWS):
        y = TOP - (TOP - BOTTOM) * row / (ROWS - 1)
        xs = [LEFT + (RIGHT - LEFT) * column / (COLUMNS - 1) for column in range(COLUMNS)]
        canvas.append(["." if model([x, y]) > 0 else " " for x in xs])
    for (x, y), sign in zip(points, signs, strict=True):
        row = round((TOP - y) / (TOP - BOTTOM) * (ROWS - 1))
        column = round((x - LEFT) / (RIGHT - LEFT) * (COLUMNS - 1))
        canvas[row][column] = "o" if sign > 0 else "x"
    print("\n".join("".join(line).rstrip() for line in canvas))


def main() -> None:
    """Train on 100 points, then print the quality and the map."""
    points, classes = moons(100, noise=0.1, seed=1)
    signs = [2 * label - 1 for label in classes]  # max-margin wants -1 and 1
    random.seed(1337)
    model = MLP(2, [16, 16, 1], activation="relu")
    print(model)
    train(model, points, signs)
    print(f"trained: accuracy {accuracy([model(point).data for point in points], signs):4.0%}")
    draw(model, points, signs)


if __name__ == "__main__":
    main()
