"""Run random programs in machine code and with NumPy, and compare: a script, so that a crash ends nothing but itself.

    python fuzzing.py 0 100

goes through the modules 0 to 99, of ten independent programs each, and prints the number of each before it begins.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import numpy as np
from drawing import CHOICES, SMOOTH, WHOLE, Drawing

from micrograd.compiler.derive import derive
from micrograd.compiler.native import compile_llvm
from micrograd.compiler.reference import compile_numpy
from micrograd.compiler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from drawing import Kind
    from numpy.typing import NDArray

    from micrograd.compiler.native.vectors import DType
    from micrograd.compiler.program import Array, Program

PROGRAMS = 10  # of a module
EXACT = 2.0**30  # below it, nothing has been rounded on the way
TOLERANCES: dict[DType, float] = {"float64": 1e-11, "float32": 1e-3}


def module(seed: int, kind: Kind) -> Program:
    """Return ten random programs with their gradients as one: most of single numbers, some of arrays."""
    widest = 5 if seed % 40 == 0 else 0
    program = Drawing(random.Random(seed).randint, kind, widest).program(PROGRAMS, longest=2)
    verify(program)
    return derive(program, seeds=True)


def numbers(program: Program, seed: int, kind: Kind) -> dict[Array, NDArray[np.float64]]:
    """Return numbers for the arguments of a drawn program, and for its seed."""
    random = np.random.default_rng(seed)
    arrays = [*program.arguments, *([] if program.seed is None else [program.seed])]
    given = {}
    for array in arrays:
        whole = random.integers(-3, 4, array.size).astype(float)
        index = random.integers(0, CHOICES, array.size).astype(float)
        given[array] = (
            index if array.name[0] == "i" else whole if kind is WHOLE else np.tanh(random.normal(size=array.size))
        )
    return given


def compare(program: Program, kind: Kind, dtype: DType, seed: int) -> None:
    """Run a program with both backends and compare every number.

    Raises:
        AssertionError: they differ, in whole numbers in any bit.
    """
    given = numbers(program, seed, kind)
    (found, expected) = (_results(backend(program, dtype), given) for backend in (compile_llvm, compile_numpy))
    scale = max(1.0, float(np.abs(expected).max()))
    if kind is not WHOLE or scale < EXACT:
        off = 0.0 if kind is WHOLE else TOLERANCES[dtype] * scale
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=off)


def _results(executable: Any, given: dict[Any, NDArray[np.float64]]) -> NDArray[np.float64]:  # noqa: ANN401  # of any backend
    """Return outputs and gradients in a row."""
    for array, values in given.items():
        executable.view(array)[:] = values
    executable.run()
    program = executable.program
    return np.concatenate([executable.view(array) for array in (program.output, *program.gradients.values())])


def main(arguments: Sequence[str]) -> None:
    """Go through modules."""
    first, count = map(int, arguments)
    for seed in range(first, first + count):
        print(seed, flush=True)  # noqa: T201  # the last one printed is the one that crashed
        kind, dtype = (SMOOTH, ("float64", "float32")[seed // 10 % 2]) if seed % 10 == 9 else (WHOLE, "float64")
        compare(module(seed, kind), kind, dtype, seed)  # type: ignore[arg-type]  # a literal


if __name__ == "__main__":
    main(sys.argv[1:])
