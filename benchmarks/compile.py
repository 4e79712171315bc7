"""Time the compiler beside other libraries: the programs in compile_programs/, one thread, in turns, one table."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from compile_workloads import DATA, LARGEST, WORKLOADS, Contender, Demand, Workload
from engine import show
from harness import ROOT, Engine, ours, peers, save

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path(__file__).resolve().parent / "compile_programs"
RESULTS = ROOT / "build" / "bench" / "compile.json"
VERSIONS = (
    "import importlib.metadata as m, json, sys; names = ['torch', 'jax', 'casadi', 'numpy', 'micrograd'];"
    "print(json.dumps({'python': sys.version} | {n: m.version(n) for n in names}))"
)

ROUNDS, SECONDS, LIMIT = 5, 1.0, 120.0  # how often, how long a run measures, after how long one is given up
QUICK_ROUNDS, QUICK_SECONDS, QUICK_LIMIT = 1, 0.3, 30.0
LARGEST_LIMIT = 1800.0
NAME, NUMBER = 26, 14  # widths of the columns
WHOLE = 100.0  # ratios from here on are printed without decimals


@dataclass
class Outcome:
    """What a contender reported in each round, or why it reported nothing."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    failure: str = ""

    def median(self, figure: str) -> float | None:
        """Return a figure's median over the rounds; None where there is none."""
        return statistics.median(r[figure] for r in self.reports) if self.reports else None


Outcomes = dict[str, Outcome]


@dataclass(frozen=True)
class Settings:
    """How often and how long to measure, and where: the Python of each library, and the folder of the data."""

    rounds: int
    seconds: float
    limit: float
    engines: dict[str, Engine]
    folder: Path


def main() -> None:
    """Run the workloads, print a table of each with what is required, and write all of it to a file."""
    arguments = parse()
    with tempfile.TemporaryDirectory() as folder:
        settings = prepare(arguments, Path(folder))
        results = {}
        for workload in chosen(arguments):
            outcomes = measure(workload, settings)
            results[workload.name] = (workload, outcomes)
            print("\n".join(table(workload, outcomes)), flush=True)
    write(arguments.json, results, settings)
    problems = [p for find in (disagreements, failures) for result in results.values() for p in find(*result)]
    if problems:
        sys.exit("\n".join(problems))


def parse() -> argparse.Namespace:
    """Return the settings of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, and shorter runs")
    parser.add_argument("--full", action="store_true", help="compile five million nodes, too")
    parser.add_argument("--only", choices=[w.name for w in WORKLOADS], metavar="WORKLOAD", help="one of: %(choices)s")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE", help="where the figures go")
    return parser.parse_args()


def prepare(arguments: argparse.Namespace, folder: Path) -> Settings:
    """Return the settings, after making the other libraries' environment and writing the data."""
    others = peers()
    engines = dict.fromkeys(["torch", "jax", "casadi", "published"], others) | dict.fromkeys(
        ["micrograd", "c"], ours("compiled")
    )
    for name, make in DATA.items():
        np.savez(folder / f"{name}.npz", **make())
    if arguments.quick:
        return Settings(QUICK_ROUNDS, QUICK_SECONDS, QUICK_LIMIT, engines, folder)
    return Settings(ROUNDS, SECONDS, LIMIT, engines, folder)


def chosen(arguments: argparse.Namespace) -> list[Workload]:
    """Return the workloads that the command line asks for."""
    workloads = [w for w in WORKLOADS if arguments.only in {None, w.name}]
    if not arguments.full:
        return workloads
    return [replace(w, contenders=(*w.contenders, LARGEST)) if w.name == "first" else w for w in workloads]


def measure(workload: Workload, settings: Settings) -> Outcomes:
    """Return what the contenders report, run in turns; one that fails is not run again."""
    outcomes = {contender.name: Outcome() for contender in workload.contenders}
    for number in range(settings.rounds):
        for contender in workload.contenders:
            outcome = outcomes[contender.name]
            if not outcome.failure and not (contender.slow and number > 0):
                turn(contender, outcome, settings)
    return outcomes


def turn(contender: Contender, outcome: Outcome, settings: Settings) -> None:
    """Run a contender once, and keep its report or why there is none."""
    library, program = contender.program.split(".")
    command = [str(PROGRAMS / f"with_{library}.py"), program, str(settings.folder / f"{contender.data}.npz")]
    limit = LARGEST_LIMIT if contender is LARGEST else settings.limit
    try:
        printed = settings.engines[library].run(*command, str(settings.seconds), limit=limit)
        outcome.reports.append(json.loads(printed.splitlines()[-1]))
    except subprocess.TimeoutExpired:
        outcome.failure = f"more than {limit:.0f} s"
    except RuntimeError as problem:
        outcome.failure = f"failed: {str(problem).splitlines()[-1]}"


def table(workload: Workload, outcomes: Outcomes) -> Iterator[str]:
    """Yield the lines of a table: compile and run time of each contender, then what is required."""
    yield f"\n{workload.name}: {workload.about}"
    yield row("", "compile", "run", f"run / {workload.contenders[0].name}")
    mine = outcomes[workload.contenders[0].name].median("run")
    for name, outcome in outcomes.items():
        yield f"  {name:{NAME}}{outcome.failure}" if outcome.failure else row(name, *cells(outcome, mine))
        yield from facts(outcome)
    for demand in workload.demands:
        yield f"  {claim(demand)}, {verdict(demand, outcomes)}"
    yield from disagreements(workload, outcomes)


def row(name: str, *texts: str) -> str:
    """Return a line of a table."""
    return f"  {name:{NAME}}" + "".join(f"{text:>{NUMBER}}" for text in texts)


def cells(outcome: Outcome, mine: float | None) -> list[str]:
    """Return a contender's times, and how many times our first contender's its run time is."""
    compile_time, run_time = outcome.median("compile") or 0.0, outcome.median("run")
    if not run_time:
        return [show(compile_time, "s")]
    return [show(compile_time, "s"), show(run_time, "s"), show(run_time / mine, "x") if mine else ""]


def facts(outcome: Outcome) -> Iterator[str]:
    """Yield what else a contender reported, a line each."""
    for name, fact in outcome.reports[0]["facts"].items() if outcome.reports else ():
        lines = str(fact).splitlines()
        yield f"    {name}: {lines[0]}"
        yield from (f"      {line}" for line in lines[1:])


def claim(demand: Demand) -> str:
    """Return what is required, in words."""
    sign = ">=" if demand.at_least else "<="
    if not demand.theirs:
        return f"{demand.mine}: {sign} {show(demand.limit, 's')}"
    limit = f"{demand.limit:,g}x"
    others = " and ".join(demand.theirs)
    return f"{demand.mine}: {sign} {limit} {'as fast as' if demand.at_least else 'the time of'} {others}"


def verdict(demand: Demand, outcomes: Outcomes) -> str:
    """Return what was measured, and whether that is enough."""
    measured = figure(demand, outcomes)
    if measured is None:
        return "not measured"
    kept = measured >= demand.limit if demand.at_least else measured <= demand.limit
    text = show(measured, "s") if not demand.theirs else f"{measured:,.{0 if measured >= WHOLE else 2}f}x"
    return f"measured {text}  {'pass' if kept else 'FAIL'}"


def figure(demand: Demand, outcomes: Outcomes) -> float | None:
    """Return the ratio, or the seconds, that a demand is about; None where a program did not report."""
    mine = outcomes[demand.mine].median(demand.figure)
    theirs = [outcomes[name].median(demand.figure) for name in demand.theirs]
    if not mine or None in theirs:
        return None
    if not theirs:
        return mine
    best = min(t for t in theirs if t is not None)
    return best / mine if demand.at_least else mine / best


def disagreements(workload: Workload, outcomes: Outcomes) -> Iterator[str]:
    """Yield a line for each contender whose losses are not those of the last one with the same data."""
    reported = [c for c in workload.contenders if outcomes[c.name].reports]
    expected = {c.data: (c.name, outcomes[c.name].reports[0]["losses"]) for c in reported}
    for contender in reported:
        other, losses = expected[contender.data]
        if not all(close(r["losses"], losses, workload.tolerance) for r in outcomes[contender.name].reports):
            yield f"{workload.name}: the losses of {contender.name} are not those of {other}"


def close(losses: list[float], expected: list[float], tolerance: float) -> bool:
    """Return whether two rows of losses agree, as far as both go."""
    return all(abs(x - y) <= tolerance * abs(y) for x, y in zip(losses, expected, strict=False))


def failures(workload: Workload, outcomes: Outcomes) -> Iterator[str]:
    """Yield a line for each of our programs that failed; the other libraries' may."""
    for contender in workload.contenders:
        failure = outcomes[contender.name].failure
        if failure and contender.program.startswith("micrograd."):
            yield f"{workload.name}: {contender.name} {failure}"


def write(path: Path, results: dict[str, tuple[Workload, Outcomes]], settings: Settings) -> None:
    """Write everything that was measured, round by round, and where."""
    content = {
        "peers": json.loads(settings.engines["jax"].run("-c", VERSIONS)),
        "workloads": {
            workload.name: {name: vars(outcome) for name, outcome in outcomes.items()}
            for workload, outcomes in results.values()
        },
        "required": [
            {"workload": workload.name, **vars(demand), "measured": figure(demand, outcomes)}
            for workload, outcomes in results.values()
            for demand in workload.demands
        ],
    }
    save(path, content)


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as problem:
        sys.exit(str(problem))
