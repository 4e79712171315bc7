"""Loops: tells the training loops of a program apart, and lets the symptoms look at each step."""

from __future__ import annotations

import math
from itertools import takewhile
from typing import TYPE_CHECKING

from micrograd.check.doctor.eyes import Eyes
from micrograd.check.doctor.look import Events, Look
from micrograd.check.doctor.quiet import Quiet
from micrograd.check.doctor.reach import leak_in
from micrograd.check.doctor.run import Run
from micrograd.check.doctor.symptoms import SYMPTOMS
from micrograd.check.doctor.tables import rows_to_wait_for
from micrograd.check.places import user_place
from micrograd.engine import topological_order
from micrograd.hooks import unwatch, watch

if TYPE_CHECKING:
    from micrograd.check.doctor.eyes import Lines
    from micrograd.check.doctor.findings import Finding
    from micrograd.check.places import Place
    from micrograd.engine import Value

__all__ = ["Loops"]

_WITH_LINES = 2  # steps in which the lines of nodes are kept


class Loops:
    """Watches this thread from `start` to `stop`, and collects findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps = 0  # how often backward() was called
        self._runs: dict[Place, Run] = {}
        self._last: Run | None = None  # the run of the last backward()
        self._events = Events()
        self._eyes = Eyes()
        self._quiet = Quiet()

    def start(self) -> None:
        """Begin to watch."""
        watch("before", self._begin)
        watch("after", self._end)
        self._eyes.open(nodes=True, lines="all", moves=True)

    def stop(self) -> None:
        """Watch no longer, and judge each run as a whole."""
        unwatch("before", self._begin)
        unwatch("after", self._end)
        self._note_moves(self._eyes.close())
        self._quiet.end()
        for run in self._runs.values():
            self._judge(run)
        self._runs.clear()
        self._last, self._events = None, Events()  # graphs are freed with the loop

    def _begin(self, root: Value) -> None:
        """See to what happened since the last backward(), and begin this one."""
        self._events = self._eyes.close()
        self._note_moves(self._events)
        run = self._runs.setdefault(place := user_place(), Run(place))
        if self._last is not None and self._last is not run and run.count:  # it comes back: the two take turns
            self._last.alone = run.alone = False
        self.steps += 1
        self._last = run
        run.begin(root.data)

    def _end(self, root: Value) -> None:
        """Look at the graph, in full where this step is to be seen in full, and open the eyes for the next."""
        if self._last is None:  # it began before the watch did
            return
        run = self._last
        run.end()
        if _is_another_model(run, root):
            run = self._replace(run, root)
        broken = not math.isfinite(root.data + sum(run.grads)) and "broken" not in run.facts
        if self._events.complete or run.count == 1 or broken:
            self._look(run, root)
        else:
            run.before = run.look = None
        self._check(run, "step")
        full = run.full_look_next()
        lines: Lines = None if run.count >= _WITH_LINES else "own" if run.knows_lines() else "all"
        self._eyes.open(nodes=full, lines=lines, moves=full or not run.parameters)

    def _note_moves(self, events: Events) -> None:
        """Let the last run know how its parameters have moved."""
        if self._last is not None:
            self._last.move(events)
            self._check(self._last, "move")

    def _replace(self, run: Run, root: Value) -> Run:
        """Return the run of another model that is trained by the same line; judge the one before."""
        self._judge(run)
        other = self._last = self._runs[run.place] = Run(run.place)
        other.alone = run.alone
        other.begin(root.data)
        return other

    def _judge(self, run: Run) -> None:
        """Judge a run as a whole; what another loop reaches does learn."""
        for other in self._runs.values():
            run.unreached -= other.parameters.keys() - other.unreached
        earlier = takewhile(lambda other: other is not run, self._runs.values())
        run.resumed = any(not run.parameters.keys().isdisjoint(other.parameters) for other in earlier)
        self._check(run, "end")

    def _look(self, run: Run, root: Value) -> None:
        """Look at a graph in full."""
        look = Look(run.count, run.place, topological_order(root), self._events, run.parameters)
        run.see(look)
        if run.unreached:
            run.leak = run.leak or leak_in(look, run.unreached)
            run.waiting |= rows_to_wait_for(run.unreached)
        if math.isfinite(root.data + sum(look.grads.values())):
            self._check(run, "look")
        else:
            run.facts["broken"] = 1
            self._quiet.hush(run.place)
            self._check(run, "broken")

    def _check(self, run: Run, when: str) -> None:
        """Ask each symptom of a kind, unless it was found in this run, or something that explains it was."""
        for symptom in SYMPTOMS:
            if symptom.when == when and not run.found & {symptom.name, *symptom.unless}:
                finding = symptom.find(run)
                if finding is not None:
                    run.found.add(symptom.name)
                    self._say(finding)

    def _say(self, finding: Finding) -> None:
        """Add a finding, once for each kind and line."""
        if all((known.kind, known.place) != (finding.kind, finding.place) for known in self.findings):
            self.findings.append(finding)


def _is_another_model(run: Run, root: Value) -> bool:
    """Tell whether backward() left the gradients of all parameters of a run alone, because it reached none of them."""
    if not run.parameters or run.grads_before != run.grads or run.unreached == set(run.parameters):
        return False
    return run.parameters.keys().isdisjoint(topological_order(root))
