"""Reverse-mode automatic differentiation on single numbers, and small neural networks built from it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

__version__ = "1.0.0"


class _SourcesOnly:
    """Finds modules of this package in their Python source, even where compiled ones lie beside them."""

    @staticmethod
    def find_spec(name: str, path: object, target: object = None) -> ModuleSpec | None:  # noqa: ARG004  # Python's
        """Return where a module is; None for other packages, and for packages in this one."""
        package, *parts = name.split(".")
        source = Path(__file__).parent.joinpath(*parts).with_suffix(".py")
        if package != __name__ or not parts or not source.is_file():
            return None
        return importlib.util.spec_from_file_location(name, source)


if os.environ.get("MICROGRAD_PURE") == "1":
    sys.meta_path.insert(0, _SourcesOnly)

from micrograd import data, engine, errors, functions, losses, nn, ops, optim
from micrograd.autodiff import derivative, grad, hessian, hvp, jacobian, value_and_grad
from micrograd.engine import Value
from micrograd.functions import (
    abs,
    acos,
    asin,
    atan,
    atan2,
    cos,
    cosh,
    detach,
    div,
    dot,
    equal,
    erf,
    exp,
    expm1,
    gelu,
    leaky_relu,
    less,
    log,
    log1p,
    logsumexp,
    maximum,
    mean,
    minimum,
    pow,
    powc,
    relu,
    sigmoid,
    sin,
    sinh,
    softmax,
    softplus,
    sqrt,
    step,
    sum,
    take,
    tan,
    tanh,
    where,
)  # fmt: skip
from micrograd.nn import MLP, Layer, Module, Neuron

__all__ = [
    "MLP", "History", "Layer", "Module", "Neuron", "Value", "acos", "anomaly", "asin", "atan", "atan2", "check_grad",
    "cos", "cosh", "data", "derivative", "detach", "div", "doctor", "dot", "draw_dot", "engine", "equal", "erf",
    "errors", "exp", "explain", "expm1", "fit", "functions", "gelu", "grad", "hessian", "hvp", "jacobian", "leaky_relu",
    "less", "log", "log1p", "logsumexp", "losses", "maximum", "mean", "minimum", "nn", "ops", "optim", "powc", "relu",
    "sigmoid", "sin", "sinh", "softmax", "softplus", "sqrt", "step", "take", "tan", "tanh", "trace", "value_and_grad",
    "where",
]  # fmt: skip

_LATER = {
    "History": "micrograd.train",
    "anomaly": "micrograd.check.anomalies",
    "check_grad": "micrograd.check.differences",
    "compile": "micrograd.compiler.frontend",
    "doctor": "micrograd.check.doctor",
    "draw_dot": "micrograd.draw.dot",
    "explain": "micrograd.draw.explanation",
    "fit": "micrograd.train",
    "trace": "micrograd.draw.dot",
}  # what needs more than the standard library, or only few programs
_PARTS = ("check", "draw", "plot")  # packages, imported when they are first asked for


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever stands there
    """Import the parts that need other libraries when they are first asked for."""
    if name in _PARTS:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _LATER:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    """Return all names, those of the parts that are not imported yet among them."""
    return sorted({*globals(), *_LATER, *_PARTS})


if TYPE_CHECKING:
    from micrograd import check as check
    from micrograd import draw as draw
    from micrograd import plot as plot
    from micrograd.check.anomalies import anomaly as anomaly
    from micrograd.check.differences import check_grad as check_grad
    from micrograd.check.doctor import doctor as doctor
    from micrograd.compiler.frontend import compile as compile
    from micrograd.draw.dot import draw_dot as draw_dot
    from micrograd.draw.dot import trace as trace
    from micrograd.draw.explanation import explain as explain
    from micrograd.train import History as History
    from micrograd.train import fit as fit
