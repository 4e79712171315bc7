"""Blocks: programs that are cut into pieces compute what the whole ones compute."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import micrograd
from micrograd import MLP, Value
from micrograd.losses import cross_entropy

pytest.importorskip("llvmlite", reason="machine code needs llvmlite")
from micrograd.compiler.native import blocks
from micrograd.compiler.native.generate import NativeExecutable
from micrograd.compiler.native.schedule import Blocks
from micrograd.compiler.program import straight
from micrograd.compiler.reference import compile_numpy

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.program import Program

ROWS = 61  # neither a whole number of vectors nor of pieces

MODEL = MLP(3, [5, 4], activation="tanh", last="linear", rng=random.Random(7))
TABLE = [[Value(0.1 * (i - j)) for i in range(3)] for j in range(6)]


def classes(xs: Any, kinds: Any) -> Any:  # noqa: ANN401  # Values, and a Value
    """Return a loss that sums over samples at the very end."""
    return cross_entropy([MODEL(x) for x in xs], kinds)


def standardised(xs: Any, kinds: Any) -> Any:  # noqa: ANN401
    """Return a loss for which the samples have to be gone through several times: they are standardised inside."""
    rows = [MODEL(x)[0] * (k + 1) for x, k in zip(xs, kinds, strict=True)]
    mean = sum(rows) / len(rows)
    spread = (sum((r - mean) ** 2 for r in rows) / len(rows) + 1e-3).sqrt()
    return sum(((r - mean) / spread).tanh() for r in rows) + rows[3] * rows[4]


def embedded(xs: Any, kinds: Any) -> Any:  # noqa: ANN401
    """Return a loss that looks rows up by an index, and reads the samples in another order too."""
    rows = [micrograd.take(TABLE, k) for k in kinds]
    mixed = [micrograd.dot(row, x) for row, x in zip(rows, reversed(list(xs)), strict=True)]
    return sum(a * b for a, b in pairwise(mixed)) + sum(m.exp() for m in mixed)


def results(executable: Any, program: Program, numbers: dict[str, Any]) -> list[Any]:  # noqa: ANN401
    """Return output and gradients for these arguments."""
    for array in program.arguments:
        executable.view(array)[:] = numbers[array.name]
    executable.run()
    return [np.array(executable.view(array)) for array in (program.output, *program.gradients.values())]


@pytest.mark.parametrize("room", [500, 3000, 20000])
@pytest.mark.parametrize("loss", [classes, standardised, embedded], ids=lambda f: f.__name__)
def test_pieces_compute_what_the_whole_computes(
    loss: Callable[..., Any], room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outputs and gradients are those of the NumPy backend, with pieces of several sizes and a rest."""
    rng = np.random.default_rng(3)
    xs, kinds = rng.normal(size=(ROWS, 3)), rng.integers(0, 4, ROWS)
    compiled = micrograd.compile(loss, backend="numpy")
    compiled(xs, kinds)
    program = compiled.program
    numbers = {"p": [p.data for p in compiled.parameters], "xs": xs.ravel(), "kinds": kinds}
    expected = results(compile_numpy(program), program, numbers)
    monkeypatch.setattr(blocks, "_ROOM", room)
    for found, right in zip(results(NativeExecutable(program, "float64"), program, numbers), expected, strict=True):
        assert found == pytest.approx(right, rel=1e-11, abs=1e-13)


def test_a_large_program_is_cut_and_a_small_one_is_not() -> None:
    """Pieces are for arrays that do not fit into the cache; those that live in one piece shrink to its size."""
    small, large = (blocks.blocked(cut(n).statements, 8, 4) for n in (10, 20_000))
    assert not any(isinstance(statement, Blocks) for statement in small)
    pieces = [statement for statement in large if isinstance(statement, Blocks)]
    assert pieces
    sizes = [s.out.array.size for s in straight(tuple(pieces)) if s.out.array.role == "local"]
    assert max(sizes) * 8 < 1 << 18


def cut(n: int) -> Program:
    """Return the program of a small network for n samples."""
    model = MLP(1, [4, 1], rng=random.Random(1))
    compiled = micrograd.compile(lambda xs: sum(model([x]) ** 2 for x in xs), backend="numpy", check=False)
    compiled(np.linspace(-1.0, 1.0, n))
    return compiled.program
