"""`doctor`: watches a training loop and says, in one paragraph each, what is wrong with it and how to mend it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Self, TextIO

from micrograd.check.doctor.findings import Finding, count
from micrograd.check.doctor.loops import Loops

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Doctor", "doctor"]


class Doctor:
    """Watches what this thread trains, as a context or as the `callback` of `fit`; see `doctor`.

    Attributes:
        findings: what was found so far, in the order in which it showed. What only the whole of a loop tells is added
            when the context, or `fit`, ends.
        steps: how many `backward()` were seen.
    """

    def __init__(self, *, report: Literal["stderr"] | None = "stderr", out: TextIO | None = None) -> None:
        if report not in {"stderr", None}:
            message = f'report: expected "stderr" or None, got {report!r}; for a stream of your own, give it as out='
            raise ValueError(message)
        self._report, self._out = report, out
        self._watch = Loops()
        self._depth = 0

    @property
    def findings(self) -> list[Finding]:
        """What was found so far."""
        return list(self._watch.findings)

    @property
    def steps(self) -> int:
        """How many `backward()` were seen."""
        return self._watch.steps

    def __enter__(self) -> Self:
        if self._depth == 0:
            self._watch.start()
        self._depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._watch.stop()
            self._say()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Return a context that `fit` trains in when this is its callback."""
        with self:
            yield

    def __call__(self, _state: object) -> None:
        """Let training go on; `fit` calls this after each step."""

    def __str__(self) -> str:
        """Return all findings, a paragraph each, or that there are none."""
        return "\n\n".join(map(str, self.findings)) or f"nothing found in {count(self.steps, 'step')}"

    def __repr__(self) -> str:
        return f"<Doctor: {count(len(self.findings), 'finding')} in {count(self.steps, 'step')}>"

    def _say(self) -> None:
        """Write the findings, if there are some and they are wanted."""
        if self.findings and (self._out is not None or self._report == "stderr"):
            stream = sys.stderr if self._out is None else self._out
            stream.write(f"{self}\n")
            stream.flush()


def doctor(*, report: Literal["stderr"] | None = "stderr", out: TextIO | None = None) -> Doctor:
    """Return a doctor that watches a training loop, and says what is wrong, where, and how to mend it.

    Around any loop: `with micrograd.doctor(): ...`; or `fit(..., callback=micrograd.doctor())`; or for a whole script,
    unchanged: `micrograd doctor train.py`. When the loop ends, each finding is written as a paragraph that begins with
    its line; a loop that nothing is wrong with is left in silence.

    What is looked for: gradients that are not set to zero, or are gone before the step; parameters that are replaced
    instead of moved, or that the loss does not reach; a graph that grows from step to step; steps uphill; a learning
    rate that is too high or too low; tanh that is saturated, ReLU that is dead, layers with nothing between them;
    softmax or sigmoid applied twice; a margin loss with targets of 0 and 1; inputs that are not standardised; neurons
    that are all alike; numbers that are not finite; `backward()` from something that is not the loss.

    A doubt is no finding: what may be meant, or may be chance, is passed over. A loop needs four steps to be judged,
    and a learning rate 10 or more. A loop that moves one single number is taken for an experiment.

    The first steps and then fewer and fewer are seen in full; in the others only parameters and gradients are. So a
    loop of 20 steps may take three times as long as without the doctor; from about 60 steps on it takes less than twice
    as long. While the doctor watches, compiled functions run as they are written, and `fit` takes its steps in Python.
    It watches the thread that it is called in; a training in another thread needs a doctor there.

    Args:
        report: where findings are written when the watch ends; None for nowhere: see `findings`, print the doctor.
        out: a stream to write them to instead.

    Raises:
        ValueError: the report is to go elsewhere.

    Example:
        >>> from micrograd import Value
        >>> w, b = Value(0.5), Value(0.0)
        >>> with doctor(report=None) as watch:
        ...     for step in range(20):
        ...         loss = (2 * w + b - 3) ** 2 + (w + b - 2) ** 2
        ...         loss.backward()
        ...         for p in (w, b):
        ...             p.data -= 0.01 * p.grad
        >>> [finding.kind for finding in watch.findings]
        ['gradients are not set to zero']
    """
    return Doctor(report=report, out=out)
