"""Runs the tests of the page's logic, which are written in its language, with Node."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from micrograd import MLP, Value, ieee, logsumexp, maximum, mean, where
from micrograd.draw.fold import spread
from micrograd.draw.payload import payload
from micrograd.draw.rules import derivatives
from micrograd.graph import walk
from micrograd.ops import OPS, TABLE, Op

FILES = sorted(Path(__file__).parent.glob("*.test.mjs"))
NODE = shutil.which("node")
SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 30.0, -30.0, 800.0, -800.0, math.inf, -math.inf, math.nan)
PARAMETERS = (-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, math.inf)


def plain(x: float | None) -> float | str | None:
    """Return a number as JSON can hold it."""
    return x if x is None or math.isfinite(x) else str(x)


def operands_of(op: Op, rng: random.Random) -> list[list[float]]:
    """Return operands for a row: many of its domain, and all that is special."""
    if op.name == "take":
        return [[float(k), 1.5, -2.5, math.inf] for k in range(3)]
    counts = [1, 2, 3, 5] if op.variadic else [len(op.domain)]
    drawn = [
        [rng.uniform(*interval) for interval in (op.domain * count if op.variadic else op.domain)]
        for count in counts
        for _ in range(25)
    ]
    special = [[rng.choice(SPECIAL) for _ in range(counts[-1])] for _ in range(40)]
    return drawn + special + [[x] * counts[-1] for x in SPECIAL]


def case(op: Op, operands: list[float], parameter: float | None) -> dict[str, Any]:
    """Return what Python says of a row."""
    numbers = [*operands, *(() if parameter is None else (parameter,))]
    value = op.forward(*numbers)
    grads = op.derivative(ieee, value, *numbers)
    return {
        "row": op.name,
        "operands": [plain(x) for x in operands],
        "parameter": plain(parameter),
        "value": plain(value),
        "trees": derivatives(op.name, len(operands), parameter),
        "derivatives": [plain(x) for x in grads],
    }


def graphs() -> list[Value]:
    """Return graphs with shared nodes, many operands and kinks."""
    rng = random.Random(3)
    x, y, z = (Value(rng.uniform(0.2, 2.0), label=name) for name in "xyz")
    mlp = MLP(3, [4, 4, 1])
    folded = mean([(mlp([x, y, z]) - 1.0) ** 2, (mlp([z, 0.5, x]) + 1.0) ** 2])
    alone = Value(3.0)
    chain = x
    for _ in range(50):
        chain = (chain * y).tanh() + chain * z
    both = where(x - y, maximum(x, x), y) * (x + x) ** 2
    return [x * x + x, alone, folded, chain, both, logsumexp([x, y, z, x]), (x / 0.0) * y, (y - 5.0).log() + z]


def exported(root: Value) -> dict[str, Any]:
    """Return a payload and the gradients that the engine finds."""
    before = payload(root)
    nodes = walk(root).nodes
    for node in nodes:
        node.grad = 0.0
    root.backward()
    return {"payload": before, "grads": [plain(node.grad) for node in nodes]}


def collections() -> list[list[float]]:
    """Return numbers as folded groups may hold them: many, few, large, cancelling, not finite."""
    rng = random.Random(5)
    odd = [[math.nan], [math.inf, 1.0, 2.0], [1.5e308, 1.7e308], [1e16, 1.0, -1e16], [0.1] * 7, [-0.0, 5e-324]]
    return [*odd, *([rng.gauss(0.0, 10.0**k) for _ in range(50)] for k in (-8, 0, 8))]


def spread_of(xs: list[float]) -> list[float | str | int | None]:
    """Return what a folded group says in a drawing."""
    found = spread(xs)
    return [*(plain(x) for x in (found.least, found.mean, found.most)), found.finite, found.not_finite]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write what Python says of every row, and of some graphs."""
    rng = random.Random(7)
    found = [
        case(op, operands, parameter)
        for op in OPS
        for operands in operands_of(op, rng)
        for parameter in (PARAMETERS if op.parameter else (None,))
    ]
    path = tmp_path_factory.mktemp("node") / "cases.json"
    document = {"rows": list(TABLE), "cases": found, "graphs": [exported(root) for root in graphs()]}
    document["spreads"] = [{"numbers": [plain(x) for x in xs], "spread": spread_of(xs)} for xs in collections()]
    path.write_text(json.dumps(document, allow_nan=False), encoding="utf-8")
    return path


@pytest.mark.filterwarnings("ignore::micrograd.errors.NonFiniteWarning", "ignore::micrograd.errors.NoGradientWarning")
@pytest.mark.skipif(NODE is None, reason="Node is not installed, which runs the tests of the page's logic")
@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_in_node(file: Path, cases: Path) -> None:
    """All tests of a file pass in Node."""
    environment = os.environ | {"MICROGRAD_CASES": str(cases)}
    outcome = subprocess.run(
        [str(NODE), "--test", "--test-reporter=tap", str(file)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "# skipped 0" in outcome.stdout, outcome.stdout


def test_there_are_tests() -> None:
    """The files of tests are found."""
    assert len(FILES) > 4
