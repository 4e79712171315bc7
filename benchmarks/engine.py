"""Time the engine against the published one, side by side: programs in programs/, each run unchanged by both.

Usage: python benchmarks/engine.py [--quick] [--json FILE]
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import os
import platform
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness import PROGRAMS, ROOT, Engine, ours, published

ROUNDS = {"moons": 5, "moons_written_out": 5, "gpt": 5, "operators": 3, "chain": 3, "memory": 1}
SECONDS = 3.0  # of measuring in each run
QUICK = 3  # as many times fewer rounds, and shorter ones
TOLERANCE = 1e-9  # between the losses of two engines, relative

RESULTS = ROOT / "build" / "bench" / "engine.json"

Figures = dict[str, dict[str, list[float]]]  # of one program: for each figure and engine, the number of each round


@dataclass
class Promise:
    """Something that is to hold, and what was measured: None where the machine cannot tell."""

    text: str
    measured: float | None
    limit: float
    at_least: bool = False

    def mark(self) -> str:
        """Return whether the promise is kept, in a word."""
        if self.measured is None:
            return "not measured"
        return "pass" if (self.measured >= self.limit) == self.at_least else "FAIL"


@dataclass
class Result:
    """What the engines made of one program."""

    program: str
    figures: Figures
    units: dict[str, str]
    nodes: dict[str, int]
    notes: dict[str, Any]

    def median(self, figure: str, engine: str) -> float | None:
        """Return the median over the rounds, if there were any."""
        rounds = self.figures.get(figure, {}).get(engine)
        return statistics.median(rounds) if rounds else None

    def speed(self, figure: str, engine: str) -> float | None:
        """Return how many times the published engine's time is that of the engine."""
        slow, fast = self.median(figure, "published"), self.median(figure, engine)
        return None if slow is None or fast is None else slow / fast
