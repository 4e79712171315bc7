"""The pipeline: from a trace to an executable, by way of the array program."""

from __future__ import annotations

import importlib.util
import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from micrograd.compiler.derive import derive
from micrograd.compiler.lift import lift
from micrograd.compiler.tape import PythonTape, tape_of
from micrograd.compiler.verify import verify
from micrograd.errors import CompileWarning, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

    from micrograd.compiler.program import Array, Program
    from micrograd.compiler.tape import Tape
    from micrograd.compiler.trace import Trace

T = TypeVar("T")

Backend = Literal["llvm", "numpy"]
Dtype = Literal["float64", "float32"]
Gradient = Literal["none", "one", "seeds"]

checked = False  # whether every pass is followed by the verifier, as in the tests
_told: set[str] = set()  # what has been said once


class Executable(Protocol):
    """A program that can be run.

    Attributes:
        program: what it runs.
        address: of its machine code, which takes `arena` and returns 0, or 1 for an index out of range; 0 for none.
        arena: address of the memory that it works in.
    """

    program: Program
    address: int
    arena: int

    def view(self, array: Array) -> NDArray[Any]:
        """Return the numbers of an argument, seed, output or gradient, one-dimensional; the same ones every time."""

    def run(self) -> None:
        """Fill outputs and gradients from the arguments; IndexError where an index is out of range."""


@dataclass(frozen=True)
class Built:
    """An executable, and how it came about.

    Attributes:
        executable: what to run.
        gathered: number of scalar operations that look their operands up in tables.
        on_tape: whether the program is a tape, which runs node by node.
        seconds: time taken, by stage.
    """

    executable: Executable
    gathered: int = 0
    on_tape: bool = False
    seconds: dict[str, float] = field(default_factory=dict)


def build(trace: Trace, *, backend: Backend, dtype: Dtype, gradient: Gradient) -> Built:
    """Return the executable of a trace.

    Args:
        trace: what the function did.
        backend: what generates the code.
        dtype: type of the numbers that it works with.
        gradient: "none" computes the outputs alone; "one" also the gradient of the only output; "seeds" that of
            Σ seed · output.
    """
    clock = _Clock()
    lifted = clock.time("lift", lambda: lift(trace))
    if lifted is None:
        tape = clock.time("derive", lambda: tape_of(trace, gradient=gradient))
        executable = clock.time("generate", lambda: _generators(backend)[1](tape, dtype))
        return Built(executable, on_tape=True, seconds=clock.seconds)
    program = _verified(lifted.program)
    if gradient != "none":
        program = _verified(clock.time("derive", lambda: derive(program, seeds=gradient == "seeds")))
    executable = clock.time("generate", lambda: _generators(backend)[0](program, dtype))
    return Built(executable, lifted.gathered, seconds=clock.seconds)


def choose(backend: Backend | None) -> Backend:
    """Return the backend to use: the one that was asked for, else the best that is installed.

    Raises:
        MissingExtraError: it was asked for, and is not installed.
        ValueError: there is no such backend.
    """
    if backend not in {None, "llvm", "numpy"}:
        message = f'backend must be "llvm" or "numpy", or None for the best there is; got {backend!r}'
        raise ValueError(message)
    if backend == "numpy" or importlib.util.find_spec("llvmlite") is not None:
        return backend or "llvm"
    advice = "pip install 'micrograd[compile]' brings it"
    if backend == "llvm":
        message = f"llvmlite, which makes machine code, is not installed: {advice}"
        raise MissingExtraError(message)
    say_once(f"llvmlite is not installed, so compiled functions run on NumPy, more slowly: {advice}")
    return "numpy"


def say_once(text: str) -> None:
    """Warn, unless that has been said before."""
    if text not in _told:
        _told.add(text)
        warnings.warn(text, CompileWarning, stacklevel=3)


class _Clock:
    """Measures stages, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, stage: str, work: Callable[[], T]) -> T:
        """Return what the work returns, and note how long it took."""
        start = time.perf_counter()
        out = work()
        self.seconds[stage] = time.perf_counter() - start
        return out


def _verified(program: Program) -> Program:
    """Return a program, verified where that is asked for."""
    if checked:
        verify(program)
    return program


def _generators(backend: Backend) -> tuple[Callable[[Program, Dtype], Executable], Callable[[Tape, Dtype], Executable]]:
    """Return the functions that make a program, and a tape, executable."""
    if backend == "llvm":
        from micrograd.compiler.native import compile_llvm  # noqa: PLC0415  # it needs llvmlite
        from micrograd.compiler.native.tape import NativeTape  # noqa: PLC0415  # as above

        return compile_llvm, NativeTape
    from micrograd.compiler.reference import compile_numpy  # noqa: PLC0415  # only where it is used

    return compile_numpy, PythonTape
