"""What the compiler is measured by: each workload's programs, and what is required of ours beside the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import compile_data as data

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT, SINGLE = 1e-9, 1e-4  # between the losses of two programs, relative, in float64 and in float32


@dataclass(frozen=True)
class Contender:
    """A program of one library.

    Attributes:
        name: what the table calls it.
        program: its file, less "with_", and its name there.
        data: name of the data that it reads.
        slow: whether it runs only once, however many rounds there are.
    """

    name: str
    program: str
    data: str
    slow: bool = False


@dataclass(frozen=True)
class Demand:
    """A figure that is required.

    Attributes:
        mine: the contender that it is required of.
        limit: the figure.
        theirs: with whom it is compared, the fastest of them counts; without them the limit is in seconds.
        at_least: whether the ratio theirs / mine is to be at least the limit; else mine / theirs at most.
        figure: "run" or "compile", the time to the first result.
    """

    mine: str
    limit: float
    theirs: tuple[str, ...] = ()
    at_least: bool = True
    figure: str = "run"


@dataclass(frozen=True)
class Workload:
    """A problem, the programs that solve it, and what is required."""

    name: str
    about: str
    contenders: tuple[Contender, ...]
    demands: tuple[Demand, ...]
    tolerance: float = EXACT


DATA: dict[str, Callable[[], data.Data]] = {
    "moons": data.moons,
    "moons-20": partial(data.moons, 20),
    "moons-1000": partial(data.moons, 1000),
    "moons-7600": partial(data.moons, 7600),
    "digits-float64": partial(data.digits, "float64"),
    "digits-float32": partial(data.digits, "float32"),
    "mixture": data.mixture,
    "lorenz": data.lorenz,
    "numbers": dict,
}

MOONS = Workload(
    "moons",
    "a training step: 100 samples, 337 parameters, float64",
    (
        Contender("fit", "micrograd.moons_fit", "moons"),
        Contender("own loop", "micrograd.moons_loop", "moons"),
        Contender("published micrograd", "published.moons", "moons", slow=True),
        Contender("PyTorch eager", "torch.moons_eager", "moons"),
        Contender("PyTorch, one tensor", "torch.moons_flat", "moons"),
        Contender("torch.compile", "torch.moons_compiled", "moons", slow=True),
        Contender("JAX, jit a step", "jax.moons_jit", "moons"),
        Contender("JAX, one scan", "jax.moons_scan", "moons"),
        Contender("CasADi SX", "casadi.moons", "moons"),
        Contender("the limit, C by hand", "c.moons", "moons"),
    ),
    (
        Demand("fit", 300_000.0, ("published micrograd",)),
        Demand("fit", 80.0, ("PyTorch eager", "PyTorch, one tensor")),
        Demand("fit", 2.5, ("JAX, one scan",)),
        Demand("fit", 1.5, ("the limit, C by hand",), at_least=False),
        Demand("own loop", 15_000.0, ("published micrograd",)),
        Demand("own loop", 3.0, ("PyTorch eager", "PyTorch, one tensor")),
    ),
)


def _digits(dtype: str, tolerance: float) -> Workload:
    """Return the workload of a larger network, in one precision."""
    name = f"digits-{dtype}"
    return Workload(
        name,
        f"a training step: 64-128-10, batch 128, tanh, softmax cross-entropy, Adam, {dtype}",
        (
            Contender("fit", "micrograd.digits", name),
            Contender("PyTorch, Adam foreach", "torch.digits_foreach", name),
            Contender("PyTorch, Adam fused", "torch.digits_fused", name),
            Contender("JAX, one scan", "jax.digits", name),
        ),
        (
            Demand("fit", 2.0, ("PyTorch, Adam foreach", "PyTorch, Adam fused")),
            Demand("fit", 1.0, ("JAX, one scan",)),
        ),
        tolerance,
    )


MIXTURE = Workload(
    "mixture",
    "value and gradient of a Gaussian mixture's log-likelihood: 10 dimensions, 25 components, 1,000 points",
    (
        Contender("compile", "micrograd.mixture", "mixture"),
        Contender("CasADi SX, mapped", "casadi.mixture", "mixture"),
        Contender("JAX, by arrays", "jax.mixture", "mixture"),
    ),
    (
        Demand("compile", 5.0, ("CasADi SX, mapped",)),
        Demand("compile", 1.3, ("JAX, by arrays",), at_least=False),
    ),
)

LORENZ = Workload(
    "lorenz",
    "value and gradient of a recurrence: 2,000 steps of Runge and Kutta by start and constants",
    (
        Contender("compile", "micrograd.lorenz", "lorenz"),
        Contender("CasADi SX, unrolled", "casadi.lorenz_unrolled", "lorenz"),
        Contender("CasADi, mapaccum", "casadi.lorenz_accumulated", "lorenz"),
        Contender("JAX, scan", "jax.lorenz", "lorenz"),
    ),
    (Demand("compile", 2.0, ("CasADi SX, unrolled", "CasADi, mapaccum")),),
)

FIRST = Workload(
    "first",
    "time to the first loss and gradient of moons, written number by number: 66,000 nodes for 100 samples",
    (
        Contender("compile", "micrograd.first_scalar", "moons"),
        Contender("compile, 1,000 samples", "micrograd.first_scalar", "moons-1000"),
        Contender("JAX, 20 samples", "jax.first_scalar", "moons-20", slow=True),
        Contender("JAX, by arrays", "jax.first_vectorised", "moons"),
    ),
    (
        Demand("compile", 0.5, at_least=False, figure="compile"),
        Demand("compile, 1,000 samples", 12.0, ("compile",), at_least=False, figure="compile"),
    ),
)

LARGEST = Contender("compile, 7,600 samples", "micrograd.first_scalar", "moons-7600", slow=True)  # 5,000,000 nodes

CALL = Workload(
    "call",
    "a call of a scalar function of two numbers with 10 operations",
    (
        Contender("compile", "micrograd.call", "numbers"),
        Contender("PyTorch eager", "torch.call", "numbers"),
        Contender("JAX, jit", "jax.call", "numbers"),
        Contender("CasADi SX, buffers", "casadi.call", "numbers"),
    ),
    (Demand("compile", 1.5e-6, at_least=False),),
)

GRADIENT = Workload(
    "call-gradient",
    "the same with the gradient by both",
    (
        Contender("compile", "micrograd.call_gradient", "numbers"),
        Contender("PyTorch eager", "torch.call_gradient", "numbers"),
        Contender("JAX, jit", "jax.call_gradient", "numbers"),
    ),
    (),
)

WORKLOADS = (MOONS, _digits("float64", EXACT), _digits("float32", SINGLE), MIXTURE, LORENZ, FIRST, CALL, GRADIENT)
