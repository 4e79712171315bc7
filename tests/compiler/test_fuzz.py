"""The machine code survives ten thousand random programs, and computes what NumPy does, gradients included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llvmlite")

MODULES = 100  # of ten programs each


@pytest.mark.parametrize("chunk", range(10))
def test_a_thousand_random_programs(chunk: int) -> None:
    """They run in a process of their own, whose output names the module that made it fail or crash."""
    script = Path(__file__).with_name("fuzzing.py")
    command = [sys.executable, str(script), str(chunk * MODULES), str(MODULES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    seeds = done.stdout.split()
    assert done.returncode == 0, f"module {seeds[-1:]}, exit status {done.returncode}:\n{done.stderr}"
    assert len(seeds) == MODULES
