"""The engines that are compared, each a Python of its own, and the runs of a program by one of them."""

from __future__ import annotations

import json
import os
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
PUBLISHED = "micrograd==0.1.0"
LIBRARIES = ["numpy", "scikit-learn"]  # of the demo; the same versions for every engine

ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")


@dataclass(frozen=True)
class Engine:
    """A Python that finds one engine, and what its environment says."""

    name: str
    python: Path
    variables: dict[str, str]

    def run(self, program: str, seconds: float) -> dict[str, Any]:
        """Return what a program reports when it spends so many seconds on measuring.

        Raises:
            RuntimeError: the program failed, or ran on another engine than this one.
        """
        outcome = self._python(str(PROGRAMS / f"{program}.py"), str(seconds))
        if outcome.returncode != 0:
            message = f"{program}.py failed on the {self.name} engine:\n{outcome.stderr.strip()}"
            raise RuntimeError(message)
        report: dict[str, Any] = json.loads(outcome.stdout)
        if not self._is(report["engine"]):
            message = f"{program}.py was to run on the {self.name} engine, and ran on {report['engine']['file']}"
            raise RuntimeError(message)
        return report

    def is_there(self) -> bool:
        """Return whether this Python really imports this engine: ours may not have been compiled."""
        code = "import json, micrograd.engine as e; print(json.dumps([e.__file__, getattr(e, 'compiled', False)]))"
        outcome = self._python("-c", code)
        if outcome.returncode != 0:
            return False
        file, compiled = json.loads(outcome.stdout)
        return self._is({"file": file, "compiled": compiled})

    def install(self, packages: list[str]) -> None:
        """Install packages from the package index.

        Raises:
            RuntimeError: pip failed.
        """
        outcome = self._python("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
        if outcome.returncode != 0:
            message = f"pip could not install {', '.join(packages)}:\n{outcome.stderr.strip()}"
            raise RuntimeError(message)

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Return the outcome of a Python command, which sees only the packages of this engine."""
        environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
        command = [str(self.python), *arguments]
        environment |= ONE_THREAD | self.variables
        return subprocess.run(  # noqa: S603  # the programs beside this file
            command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )

    def _is(self, engine: dict[str, Any]) -> bool:
        """Return whether the engine that a program found is this one."""
        ours = Path(engine["file"]).is_relative_to(ROOT / "src")
        return (self.name != "published", self.name == "compiled") == (ours, engine["compiled"])


def published() -> Engine:
    """Return the published engine, in a virtual environment that is made when it is first needed."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = [PUBLISHED, *(f"{name}=={metadata.version(name)}" for name in LIBRARIES)]
    done = VENV / "contents.txt"
    contents = "\n".join([sys.version, *wanted])
    engine = Engine("published", python, {})
    if not done.exists() or done.read_text(encoding="utf-8") != contents:
        print(f"installing {', '.join(wanted)} in {VENV.relative_to(ROOT)} ...", flush=True)
        venv.create(VENV, clear=True, with_pip=True)
        engine.install(wanted)
        done.write_text(contents, encoding="utf-8")
    return engine


def ours(name: str) -> Engine:
    """Return the engine of this repository in one of its lives, "compiled" or "pure"."""
    pure = "1" if name == "pure" else "0"
    return Engine(name, Path(sys.executable), {"PYTHONPATH": str(ROOT / "src"), "MICROGRAD_PURE": pure})
