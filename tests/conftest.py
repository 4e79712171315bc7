"""Which engine is under test (MICROGRAD_PURE: 1 pure, 0 compiled), and settings that all tests share."""

from __future__ import annotations

import importlib
import os
import platform
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from types import ModuleType

SOURCE = Path(__file__).resolve().parents[1] / "src" / "micrograd"
WISH = os.environ.get("MICROGRAD_PURE")


def complaint(engine: ModuleType) -> str | None:
    """Return what is wrong with the engine that was imported, if anything is."""
    file = Path(engine.__file__ or "")
    if WISH and engine.compiled == (WISH == "1"):
        return f"MICROGRAD_PURE={WISH} asks for the other engine than {file}"
    if engine.compiled and file.stat().st_mtime < (SOURCE / "engine.py").stat().st_mtime:
        return f"{file} was compiled before engine.py was changed"
    return None


os.environ.setdefault("MPLBACKEND", "Agg")  # no window opens
settings.register_profile("untimed", deadline=None)  # a slow machine is no failure
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _verify(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests of the compiler verify programs after every pass."""
    if request.path.parent.name == "compiler" and find_spec("numpy") is not None:
        monkeypatch.setattr(importlib.import_module("micrograd.compiler.pipeline"), "checked", True)


def pytest_sessionstart() -> None:
    """Stop when the engine is not the one that was asked for, or is older than its source."""
    if problem := complaint(importlib.import_module("micrograd.engine")):
        pytest.exit(f"{problem}: pip install -e '.[dev]' makes a new one", pytest.ExitCode.USAGE_ERROR)


def pytest_report_header() -> str:
    """Say which engine and which Python are under test."""
    life = "compiled" if importlib.import_module("micrograd.engine").compiled else "pure Python"
    return f"micrograd: {life} engine, {platform.python_implementation()} {platform.python_version()}"
