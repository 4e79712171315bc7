"""Training steps of a GPT written in scalars: one layer, 16 numbers a letter, 4 heads, up to 16 letters of context.

It learns names letter by letter, a name a step, with Adam in plain Python. It uses only what the published engine
has, and defines its own exp and log, as the lecture defines operations: by assigning `_backward`.
"""

from __future__ import annotations

import math
import random
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timing import count_nodes, run, seconds_a_call

from micrograd.engine import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    Vector = list[Value]
    Matrix = list[Vector]

LETTERS = "abcdefghijklmnopqrstuvwxyz"
END = len(LETTERS)  # the token on either side of a name
TOKENS = END + 1
WIDTH = 16
HEADS = 4
CONTEXT = 16
NAMES_A_ROUND = 4  # timed together, and the same ones again, so that every engine does the same work
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "names.txt"  # beside the repository, if anywhere


def custom(data: float, x: Value, op: str, slope: Callable[[Value], float]) -> Value:
    """Return the node of a function of x with this value and slope, which is a function of the node."""
    out = Value(data, (x,), op)

    def backward() -> None:
        x.grad += slope(out) * out.grad

    out._backward = backward  # noqa: SLF001  # the lecture's way to define an operation
    return out


def exp(x: Value) -> Value:
    """Return e to the power x."""
    return custom(math.exp(x.data), x, "exp", lambda out: out.data)


def log(x: Value) -> Value:
    """Return the natural logarithm."""
    return custom(math.log(x.data), x, "log", lambda _: 1.0 / x.data)


def total(terms: Vector) -> Value:
    """Return the sum of one or more values."""
    return sum(terms[1:], terms[0])


def dot(x: Vector, y: Vector) -> Value:
    """Return the scalar product, a node for each product and each addition."""
    return total([xi * yi for xi, yi in zip(x, y, strict=True)])


def linear(matrix: Matrix, x: Vector) -> Vector:
    """Return the product of a matrix and a vector."""
    return [dot(row, x) for row in matrix]


def add(x: Vector, y: Vector) -> Vector:
    """Return the sum of two vectors."""
    return [xi + yi for xi, yi in zip(x, y, strict=True)]


def normalized(x: Vector) -> Vector:
    """Return the vector scaled to a root mean square of 1."""
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def softmax(scores: Vector) -> Vector:
    """Return probabilities in proportion to the exponentials of the scores."""
    top = max(score.data for score in scores)
    powers = [exp(score - top) for score in scores]
    share = total(powers) ** -1
    return [power * share for power in powers]


class GPT:
    """The weights, and what the model makes of a name."""

    def __init__(self, rng: random.Random) -> None:
        def matrix(rows: int, columns: int) -> Matrix:
            return [[Value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]

        self.letters = matrix(TOKENS, WIDTH)
        self.places = matrix(CONTEXT, WIDTH)
        self.query, self.key, self.value, self.out = (matrix(WIDTH, WIDTH) for _ in range(4))
        self.up = matrix(4 * WIDTH, WIDTH)
        self.down = matrix(WIDTH, 4 * WIDTH)
        self.head = matrix(TOKENS, WIDTH)

    def parameters(self) -> Vector:
        """Return all weights."""
        return [p for matrix in vars(self).values() for row in matrix for p in row]

    def loss(self, name: str) -> Value:
        """Return the mean cross-entropy of the next letter, from before the first one to the end of the name."""
        tokens = [END, *map(LETTERS.index, name), END][: CONTEXT + 1]
        keys: Matrix = []
        values: Matrix = []
        surprises = []
        for place, (token, following) in enumerate(pairwise(tokens)):
            x = self._letter(token, place, keys, values)
            surprises.append(-log(softmax(linear(self.head, x))[following]))
        return total(surprises) / len(surprises)

    def _letter(self, token: int, place: int, keys: Matrix, values: Matrix) -> Vector:
        """Return what the layer makes of a letter and of those before, whose keys and values are given."""
        x = normalized(add(self.letters[token], self.places[place]))
        seen = normalized(x)
        keys.append(linear(self.key, seen))
        values.append(linear(self.value, seen))
        x = add(x, linear(self.out, attention(linear(self.query, seen), keys, values)))
        hidden = [h.relu() for h in linear(self.up, normalized(x))]
        return add(x, linear(self.down, hidden))


def attention(query: Vector, keys: Matrix, values: Matrix) -> Vector:
    """Return, for each head, the values weighted by how well their keys match the query."""
    out: Vector = []
    size = WIDTH // HEADS
    for start in range(0, WIDTH, size):
        part = slice(start, start + size)
        weights = softmax([dot(query[part], key[part]) / math.sqrt(size) for key in keys])
        out += [dot(weights, [value[i] for value in values]) for i in range(start, start + size)]
    return out


class Adam:
    """Adam with bias correction."""

    def __init__(self, parameters: Vector) -> None:
        self.parameters = parameters
        self.mean = [0.0] * len(parameters)
        self.square = [0.0] * len(parameters)
        self.steps = 0

    def step(self) -> None:
        """Change the parameters, and set their gradients to 0."""
        self.steps += 1
        shrunk, shrunk_square = 1.0 - 0.85**self.steps, 1.0 - 0.99**self.steps
        for i, p in enumerate(self.parameters):
            g = p.grad
            self.mean[i] = m = 0.85 * self.mean[i] + 0.15 * g
            self.square[i] = s = 0.99 * self.square[i] + 0.01 * g * g
            p.data -= 0.01 * (m / shrunk) / ((s / shrunk_square) ** 0.5 + 1e-8)
            p.grad = 0.0


def names(rng: random.Random) -> tuple[list[str], str]:
    """Return the names to train on, and where they come from."""
    if DATA.exists():
        return rng.sample(DATA.read_text(encoding="utf-8").split(), NAMES_A_ROUND), "names.txt"
    return ["".join(rng.choices(LETTERS, k=rng.randint(4, 8))) for _ in range(NAMES_A_ROUND)], "generated"


def report() -> dict[str, Any]:
    """Return the time of a step, the nodes it makes, and the first losses."""
    rng = random.Random(42)
    chosen, origin = names(rng)
    model = GPT(rng)
    optimizer = Adam(model.parameters())

    def step(name: str) -> float:
        loss = model.loss(name)
        loss.backward()
        optimizer.step()
        return float(loss.data)

    nodes = sum(count_nodes(model.loss(name)) for name in chosen) // len(chosen)
    losses = [step(name) for name in chosen]
    seconds = seconds_a_call(lambda: [step(name) for name in chosen]) / len(chosen)
    facts = {"nodes": nodes, "names": origin}
    return {"figures": {"step": [seconds, "s"]}, "losses": losses, "facts": facts}


if __name__ == "__main__":
    run(report)
