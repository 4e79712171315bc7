"""Reverse-mode automatic differentiation on single numbers, and small neural networks built from it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

__version__ = "1.0.0"


def _choose_pure_engine() -> None:
    """Load the engine from its Python source, even where a compiled one lies beside it."""
    name = f"{__name__}.engine"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("engine.py"))
    if spec is None or spec.loader is None:
        message = "MICROGRAD_PURE=1 asks for the Python source of the engine, and it is not where the package is"
        raise ImportError(message)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


if os.environ.get("MICROGRAD_PURE") == "1":
    _choose_pure_engine()

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
    tan,
    tanh,
    where,
)  # fmt: skip
from micrograd.nn import MLP, Layer, Module, Neuron

__all__ = [
    "MLP", "Layer", "Module", "Neuron", "Value", "acos", "asin", "atan", "atan2", "cos", "cosh", "data", "derivative",
    "div", "dot", "engine", "equal", "erf", "errors", "exp", "expm1", "functions", "gelu", "grad", "hessian", "hvp",
    "jacobian", "leaky_relu", "less", "log", "log1p", "logsumexp", "losses", "maximum", "mean", "minimum", "nn", "ops",
    "optim", "powc", "relu", "sigmoid", "sin", "sinh", "softmax", "softplus", "sqrt", "step", "tan", "tanh",
    "value_and_grad", "where",
]  # fmt: skip

_LATER = {"fit": "micrograd.train", "History": "micrograd.train"}  # what needs more than the standard library


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever stands there
    """Import the parts that need other libraries when they are first asked for."""
    if name not in _LATER:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(_LATER[name]), name)


if TYPE_CHECKING:
    from micrograd.train import History as History
    from micrograd.train import fit as fit
