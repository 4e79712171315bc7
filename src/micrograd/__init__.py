"""Reverse-mode automatic differentiation on single numbers, and small neural networks built from it."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

__version__ = "1.0.0"


def _choose_pure_engine() -> None:
    """Load the engine from its Python source, even where a compiled one lies beside it."""
    name = f"{__name__}.engine"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("engine.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


if os.environ.get("MICROGRAD_PURE") == "1":
    _choose_pure_engine()

from micrograd import data, engine, errors, losses, nn, ops, optim
from micrograd.autodiff import derivative, grad, hessian, hvp, jacobian, value_and_grad
from micrograd.engine import Value
from micrograd.functions import *  # noqa: F403  # every row of the ops table, as a function
