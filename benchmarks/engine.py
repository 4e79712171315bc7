"""Time the engine against the published one: the programs in programs/, each run unchanged by both, in turns."""

from __future__ import annotations

import argparse
import ast
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import PROGRAMS, ROOT, Engine, Result, measure, ours, published, save

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = {"moons": 5, "moons_written_out": 5, "gpt": 5, "operators": 3, "chain": 3, "memory": 1}
SECONDS = 3.0  # of measuring in a run
QUICK = 3  # as many times fewer rounds, and shorter runs

RESULTS = ROOT / "build" / "bench" / "engine.json"

NAME, NUMBER = 22, 20  # widths of the columns
SCALES = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
ROUND_FROM = 100.0  # numbers from here on are printed without decimals


@dataclass(frozen=True)
class Promise:
    """Something that is to hold, and the number that was measured; None where it could not be."""

    text: str
    measured: float | None
    limit: float
    at_least: bool

    def mark(self) -> str:
        """Return whether the promise is kept."""
        if self.measured is None:
            return "not measured"
        kept = self.measured >= self.limit if self.at_least else self.measured <= self.limit
        return "pass" if kept else "FAIL"


def main() -> None:
    """Run every program, print what it took, and write all of it to a file."""
    arguments = parse()
    engines = find_engines()
    results = {}
    for program, rounds in ROUNDS.items():
        part = QUICK if arguments.quick else 1
        results[program] = measure(program, engines, math.ceil(rounds / part), SECONDS / part)
        print("\n".join(table(results[program])), flush=True)
    promises = check(results)
    print("\n".join(marks(promises)))
    write(arguments.json, results, promises)


def parse() -> argparse.Namespace:
    """Return the settings of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and shorter runs")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE", help="where the figures go")
    return parser.parse_args()


def find_engines() -> list[Engine]:
    """Return the published engine and our two lives, or only the pure one where nothing was compiled."""
    compiled = ours("compiled")
    if compiled.is_itself():
        return [published(), compiled, ours("pure")]
    print("the engine has not been compiled here: pip install -e . does it, where there is a C compiler")
    return [published(), ours("pure")]


def table(result: Result) -> Iterator[str]:
    """Yield the lines of a table: the median of each figure on each engine, and how many times less ours take."""
    source = PROGRAMS / f"{result.program}.py"
    about = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    yield f"\n{result.program}: {about.splitlines()[0]}"
    yield row("", list(result.reports))
    for figure, (_, unit) in result.first()["figures"].items():
        yield row(figure, [cell(result, figure, unit, engine) for engine in result.reports])
    for fact in result.first().get("facts", {}):
        yield row(fact, [f"{reports[0]['facts'][fact]}" for reports in result.reports.values()])


def row(name: str, cells: list[str]) -> str:
    """Return a line of a table."""
    return f"  {name:{NAME}}" + "".join(f"{text:>{NUMBER}}" for text in cells)


def cell(result: Result, figure: str, unit: str, engine: str) -> str:
    """Return a figure as a table shows it."""
    number, speed = result.median(figure, engine), result.speed(figure, engine)
    if number is None:
        return "n/a"
    if engine == "published" or unit == "x" or speed is None:
        return show(number, unit)
    return f"{show(number, unit)} ({show(speed, 'x')})"


def show(number: float, unit: str) -> str:
    """Return a number with its unit, in three digits or so."""
    if unit == "s":
        unit = next((name for name, scale in SCALES.items() if number >= scale), "ns")
        number /= SCALES[unit]
    return f"{number:.{0 if number >= ROUND_FROM else 1}f} {unit}"


def check(results: dict[str, Result]) -> list[Promise]:
    """Return what the project promises of its engine, with what was measured."""
    moons, gpt, operators, memory = (results[name] for name in ["moons", "gpt", "operators", "memory"])
    sizes = [size for kind in memory.first()["figures"] if (size := memory.median(kind, "compiled"))]
    return [
        Promise("moons step, compiled", moons.speed("step", "compiled"), 300.0, at_least=True),
        Promise("moons step, pure", moons.speed("step", "pure"), 10.0, at_least=True),
        Promise("GPT step, compiled", gpt.speed("step", "compiled"), 15.0, at_least=True),
        Promise("a * b against floats", operators.median("a * b, against floats", "compiled"), 1.6, at_least=False),
        Promise("bytes a node", max(sizes, default=None), 104.0, at_least=False),
    ]


def marks(promises: list[Promise]) -> Iterator[str]:
    """Yield a line for each promise."""
    yield "\npromises"
    for promise in promises:
        measured = "" if promise.measured is None else f"{promise.measured:.1f}"
        limit = f"{'at least' if promise.at_least else 'at most'} {promise.limit:g}"
        yield row(promise.text, [measured, limit, promise.mark()])


def write(path: Path, results: dict[str, Result], promises: list[Promise]) -> None:
    """Write everything that was measured, round by round, and where."""
    content: dict[str, Any] = {
        "programs": {name: result.reports for name, result in results.items()},
        "promises": [{**vars(promise), "mark": promise.mark()} for promise in promises],
    }
    save(path, content)


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as problem:
        sys.exit(str(problem))
