"""The engines that are compared, each behind a Python of its own, and the runs of a program by each in turn."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import venv
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(__file__).resolve().parent / "programs"
VENV = ROOT / "build" / "bench-venv"
PEERS_VENV = ROOT / "build" / "bench-peers-venv"
PUBLISHED = "micrograd==0.1.0"
LIBRARIES = ["numpy", "scikit-learn"]  # which the demo needs; each engine gets the versions that are installed here
PEERS = [["torch==2.13.0"], ["jax", "jaxlib", "casadi", "numpy", PUBLISHED]]  # in this order
PEERS_PYTHON = "MICROGRAD_PEERS"  # a Python that has them already

ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")
TOLERANCE = 1e-9  # between the losses of two engines, relative

FIND = "import json, micrograd.engine as e; print(json.dumps([e.__file__, getattr(e, 'compiled', False)]))"


@dataclass(frozen=True)
class Engine:
    """A Python that imports one engine."""

    name: str
    python: Path
    variables: dict[str, str]

    def run(self, *command: str, limit: float | None = None) -> str:
        """Return what a Python command prints; it sees the packages of this engine alone, and one thread.

        Raises:
            RuntimeError: the command failed.
            subprocess.TimeoutExpired: it took more seconds than the limit.
        """
        environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
        outcome = subprocess.run(  # noqa: S603  # pip, and the programs beside this file
            [self.python, *command],
            env=environment | ONE_THREAD | self.variables,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=limit,
        )
        if outcome.returncode != 0:
            message = f"on the {self.name} engine, {' '.join(command)} failed:\n{outcome.stderr.strip()}"
            raise RuntimeError(message)
        return outcome.stdout

    def is_itself(self) -> bool:
        """Return whether this Python imports the engine that it is to import: ours need not have been compiled."""
        file, compiled = json.loads(self.run("-c", FIND))
        here = Path(file).is_relative_to(ROOT / "src")
        return (here, compiled) == (self.name != "published", self.name == "compiled")


@dataclass(frozen=True)
class Result:
    """What one program reported: for each engine, a report of each round."""

    program: str
    reports: dict[str, list[dict[str, Any]]]

    def first(self) -> dict[str, Any]:
        """Return one of the reports, for what they have in common."""
        return next(iter(self.reports.values()))[0]

    def median(self, figure: str, engine: str) -> float | None:
        """Return a figure's median over the rounds; None if it was not measured."""
        rounds = [report["figures"].get(figure, [None])[0] for report in self.reports.get(engine, [])]
        return statistics.median(rounds) if rounds and None not in rounds else None

    def speed(self, figure: str, engine: str) -> float | None:
        """Return how many times more the published engine takes than this one."""
        theirs, mine = self.median(figure, "published"), self.median(figure, engine)
        return None if theirs is None or mine is None else theirs / mine


def published() -> Engine:
    """Return the published engine, in a virtual environment that is made when it is first needed."""
    packages = [PUBLISHED, *(f"{name}=={metadata.version(name)}" for name in LIBRARIES)]
    return Engine("published", environment(VENV, [packages]), {})


def peers() -> Engine:
    """Return a Python with the libraries that the compiler is compared with, and the published engine."""
    given = os.environ.get(PEERS_PYTHON)
    python = Path(given) if given else environment(PEERS_VENV, PEERS)
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return Engine("peers", python, {"XLA_FLAGS": flags, "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"})


def environment(folder: Path, installs: list[list[str]]) -> Path:
    """Return the Python of a virtual environment, made anew unless these packages are there, in this order."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    contents = "\n".join([sys.version, *(package for packages in installs for package in packages)])
    done = folder / "contents.txt"
    if not done.exists() or done.read_text(encoding="utf-8") != contents:
        venv.create(folder, clear=True, with_pip=True)
        for packages in installs:
            print(f"installing {', '.join(packages)} in {folder.relative_to(ROOT)} ...", flush=True)
            Engine("new", python, {}).run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
        done.write_text(contents, encoding="utf-8")
    return python


def ours(name: str) -> Engine:
    """Return the engine of this repository in one of its lives, "compiled" or "pure"."""
    pure = "1" if name == "pure" else "0"
    return Engine(name, Path(sys.executable), {"PYTHONPATH": str(ROOT / "src"), "MICROGRAD_PURE": pure})


def measure(program: str, engines: list[Engine], rounds: int, seconds: float) -> Result:
    """Return what a program reports when the engines run it in turns, measuring for so many seconds each time.

    Raises:
        RuntimeError: the program failed on an engine, or computed something else than on another.
    """
    reports: dict[str, list[dict[str, Any]]] = {engine.name: [] for engine in engines}
    for _ in range(rounds):
        for engine in engines:
            printed = engine.run(str(PROGRAMS / f"{program}.py"), str(seconds))
            reports[engine.name].append(json.loads(printed))
    _compare_losses(program, [report.get("losses", []) for runs in reports.values() for report in runs])
    return Result(program, reports)


def _compare_losses(program: str, runs: list[list[float]]) -> None:
    """Raise RuntimeError if a run had other losses than the first."""
    for run in runs:
        for loss, expected in zip(run, runs[0], strict=True):
            if not abs(loss - expected) <= TOLERANCE * abs(expected):
                message = f"{program}.py computes {loss!r} on one engine and {expected!r} on another"
                raise RuntimeError(message)


def save(path: Path, content: dict[str, Any]) -> None:
    """Write what was measured, and on which machine, as JSON: whole or not at all."""
    machine = {"system": platform.platform(), "processor": platform.processor(), "cores": os.cpu_count()}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    whole = {"machine": machine, "python": sys.version, **content}
    unfinished.write_text(json.dumps(whole, indent=1), encoding="utf-8")
    unfinished.replace(path)
    print(f"\nwritten to {path}")
