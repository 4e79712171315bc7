"""Draws every picture of the project into a folder: `python tests/pictures.py FOLDER`, or `make pictures`."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE / "browser"), str(HERE / "plot")]

from browsers import chromium, launched  # noqa: E402  # after the path to them
from gallery import draw_all  # noqa: E402
from screens import page_screens  # noqa: E402
from screens_notebook import notebook_screens  # noqa: E402

from micrograd import MLP, Value, draw_dot  # noqa: E402


def graphs(folder: Path) -> list[str]:
    """Draw the lecture's expression and neuron, a value that is used twice, and networks folded and whole."""
    a, b, c, f = (Value(x, label=name) for name, x in {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}.items())
    e = a * b
    d = e + c
    out = d * f
    e.label, d.label, out.label = "e", "d", "L"
    before = draw_dot(out).render(folder / "graph-before.png")
    out.backward()
    x = Value(3.0, label="x")
    twice = x * x
    twice.backward()
    network = MLP(3, [4, 4, 1], rng=random.Random(1))
    score = network([2.0, 3.0, -1.0])
    score.backward()
    moons = MLP(2, [16, 16, 1], activation="relu", rng=random.Random(1))
    rng = random.Random(2)
    loss = sum(((moons([rng.random(), rng.random()]) - 1.0) ** 2 for _ in range(100)), Value(0.0))
    loss.backward()
    return [
        before,
        draw_dot(out, local_grads=True).render(folder / "graph.png"),
        draw_dot(twice).render(folder / "graph-twice.png"),
        draw_dot(score).render(folder / "graph-network.png"),
        draw_dot(loss).render(folder / "graph-folded.png"),
    ]


def main() -> None:
    """Draw all of them, and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("pictures"))
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    drawn: list[str | Path] = [*graphs(folder), *draw_all(folder)]
    if chromium() is None:
        print("no Chromium here: the page and the notebook are not drawn")  # noqa: T201  # a command's answer
    else:
        with launched() as browser:
            drawn += [*page_screens(browser, folder), *notebook_screens(browser, folder)]
    print(f"{len(drawn)} pictures in {folder}")  # noqa: T201


if __name__ == "__main__":
    main()
