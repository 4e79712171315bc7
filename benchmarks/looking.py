"""Time what looks at a program: pictures of large graphs, the page, and how much longer a watched training takes."""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import ROOT, save

import micrograd
from micrograd import MLP, Value, data, engine
from micrograd.engine import topological_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

RESULTS = ROOT / "build" / "bench" / "looking.json"
ROUNDS = 5
STEPS = 100  # of the published demo
NODES = 5000
LIMITS = {"fold and draw": 1.0, "doctor": 2.0}  # seconds, and times as long


class WrittenOut:
    """A neuron as the lecture has it: a node for each product and each addition."""

    def __init__(self, nin: int, rng: random.Random) -> None:
        self.w = [Value(rng.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)

    def __call__(self, x: list[Any]) -> Value:
        """Return the output of the neuron."""
        return sum((w * xi for w, xi in zip(self.w, x, strict=True)), self.b).relu()


def large_graph() -> Value:
    """Return the root of a graph of at least NODES nodes: several samples through a network written out."""
    rng = random.Random(1)
    hidden, last = [WrittenOut(8, rng) for _ in range(16)], WrittenOut(16, rng)
    loss, nodes = Value(0.0), 0
    while nodes < NODES:
        row = [rng.uniform(-1, 1) for _ in range(8)]
        loss = loss + (last([neuron(row) for neuron in hidden]) - 1.0) ** 2
        nodes = len(topological_order(loss))
    loss.backward()
    return loss


def training() -> Callable[[], None]:
    """Return a function that trains the network of the published demo on two moons, in a loop of its own."""
    points, classes = data.moons(100)
    signs = [2 * c - 1 for c in classes]

    def train() -> None:
        model = MLP(2, [16, 16, 1], activation="relu", rng=random.Random(1337))
        for step in range(STEPS):
            scores = [model(x) for x in points]
            margins = [(1 + -y * s).relu() for y, s in zip(signs, scores, strict=True)]
            loss = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= (1.0 - 0.9 * step / STEPS) * p.grad

    return train


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of a piece of work."""
    start = time.process_time()
    work()
    return time.process_time() - start


def drawing(rounds: int) -> dict[str, float]:
    """Return how long a large graph takes to be drawn, and to become a page."""
    root = large_graph()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        work: dict[str, Callable[[], object]] = {
            "fold and draw": lambda: micrograd.draw_dot(root).pipe("svg"),
            "write the page": lambda: micrograd.explain(root, page),
        }
        return {name: statistics.median(seconds(each) for _ in range(rounds)) for name, each in work.items()}


def watching(rounds: int) -> dict[str, float]:
    """Return how many times as long a watched training takes; the three take turns."""
    train = training()
    contexts: dict[str, Callable[[], AbstractContextManager[object]]] = {
        "nobody": nullcontext,
        "doctor": lambda: micrograd.doctor(report=None),
        "anomaly": micrograd.anomaly,
    }
    times: dict[str, list[float]] = {name: [] for name in contexts}
    for _ in range(rounds):
        for name, context in contexts.items():
            with context():
                times[name].append(seconds(train))
    alone = statistics.median(times.pop("nobody"))
    return {name: statistics.median(each) / alone for name, each in times.items()}


def main() -> None:
    """Measure, print, and write all of it to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE", help="where the figures go")
    arguments = parser.parse_args()
    rounds = 1 if arguments.quick else ROUNDS
    print(f"{'compiled' if engine.compiled else 'pure Python'} engine, {NODES} nodes, {STEPS} steps of the moons demo")
    figures = {**drawing(rounds), **watching(rounds)}
    for name, figure in figures.items():
        limit = f"   at most {LIMITS[name]:g}" if name in LIMITS else ""
        unit = "x the time of the same training" if name in {"doctor", "anomaly"} else "s"
        print(f"{name:16} {figure:6.2f} {unit}{limit}")
    save(arguments.json, {"engine": "compiled" if engine.compiled else "pure", "figures": figures, "limits": LIMITS})


if __name__ == "__main__":
    main()
