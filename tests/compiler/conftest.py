"""Tests of the compiler run the verifier after every pass."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

import pytest


@pytest.fixture(autouse=True)
def _verify(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn the verifier on."""
    if find_spec("numpy") is not None:
        monkeypatch.setattr(importlib.import_module("micrograd.compiler.pipeline"), "checked", True)
