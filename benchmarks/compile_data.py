"""The data of the compiler's benchmark: every program of a workload reads the same numbers from one file."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.datasets import load_digits, make_moons

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 1337
MOONS, DIGITS = (2, 16, 16, 1), (64, 128, 10)
BATCH = 128
POINTS, COMPONENTS, DIMENSIONS = 1000, 25, 10
STEPS, DT = 2000, 0.005

Data = dict[str, Any]


def network(widths: tuple[int, ...]) -> Data:
    """Return the widths of a network and its parameters, in the order of `MLP.parameters()`."""
    rng = np.random.default_rng(SEED)
    tables = [rng.uniform(-1, 1, (nout, nin + 1)) / np.sqrt(nin) for nin, nout in pairwise(widths)]
    return {"widths": np.array(widths), "p": np.concatenate([table.ravel() for table in tables])}


def moons(samples: int = 100) -> Data:
    """Return two moons, labelled -1 and 1, and a network for them."""
    x, y = make_moons(n_samples=samples, noise=0.1, random_state=SEED)
    return {"x": x, "y": 2.0 * y - 1.0} | network(MOONS)


def digits(dtype: str) -> Data:
    """Return the handwritten digits in whole batches, and a network for them, in the given precision."""
    x, classes = load_digits(return_X_y=True)
    rows = len(x) // BATCH * BATCH
    data = {"x": x[:rows] / 16.0, "classes": classes[:rows]} | network(DIGITS)
    return data | {name: data[name].astype(dtype) for name in ["x", "p"]}


def mixture() -> Data:
    """Return points and the parameters of a mixture of Gaussians: weights, centres, triangular inverse roots."""
    rng = np.random.default_rng(SEED)

    def normal(*shape: int) -> NDArray[np.float64]:
        return rng.normal(size=shape)

    return {
        "x": normal(POINTS, DIMENSIONS),
        "alphas": normal(COMPONENTS),
        "means": normal(COMPONENTS, DIMENSIONS),
        "logs": 0.3 * normal(COMPONENTS, DIMENSIONS),
        "lower": 0.3 * normal(COMPONENTS, DIMENSIONS * (DIMENSIONS - 1) // 2),
    }


def lorenz() -> Data:
    """Return a start and the constants of the Lorenz system, and how far to integrate it."""
    return {"start": np.ones(3), "constants": np.array([10.0, 28.0, 8.0 / 3.0]), "steps": STEPS, "dt": DT}
