"""The report of a gradient check: a verdict for each gradient, as a table, a truth, an error or an exit status."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from micrograd.errors import GradientError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GradientEntry", "GradientReport"]

_FAILURES = ("wrong", "not finite")
_VERDICTS = (*_FAILURES, "jump", "kink", "unsure", "right")  # what a reader wants to see first
_ROWS = 6
_COLUMNS = ("", "", "analytic", "numerical", "error")


@dataclass(frozen=True, slots=True)
class GradientEntry:
    """One gradient, compared with the slope of the function.

    Args:
        name: of the number that was moved, such as `args[1][3]`, a label, or `layers[0].neurons[3].w[1]`.
        order: 1 for a gradient, 2 for a gradient of gradients, and so on.
        analytic: what backpropagation gives.
        numerical: the slope, from values of the function alone.
        error: |analytic - numerical| / max(|analytic|, |numerical|), 0 where both are 0; nan where there is no one
            slope to compare with.
        verdict: "right"; "wrong"; "not finite", the analytic gradient is infinite or nan; "kink", the slopes on both
            sides differ, and the gradient lies between them; "jump", the function itself jumps there; "unsure", the
            rounding errors of the function hide the slope.
        note: what else is known: the slopes of both sides, the likely mistake.
    """

    name: str
    order: int
    analytic: float
    numerical: float
    error: float
    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class GradientReport:
    """What `micrograd.check_grad` found; true when no gradient is wrong.

    Args:
        function: name of the function.
        entries: one for each gradient and order.
        remark: what was left out of the check.
    """

    function: str
    entries: tuple[GradientEntry, ...]
    remark: str = ""

    def __bool__(self) -> bool:
        return not any(entry.verdict in _FAILURES for entry in self.entries)

    @property
    def worst(self) -> GradientEntry:
        """The gradient to look at first: a wrong one where there is one, and the one with the largest error."""
        return self._sorted()[0]

    @property
    def exit_code(self) -> int:
        """What a script exits with, `sys.exit(report.exit_code)`: 0 when no gradient is wrong, else 1."""
        return 0 if self else 1

    def raise_if_wrong(self) -> Self:
        """Return the report itself.

        Raises:
            GradientError: a gradient is wrong, or not finite.
        """
        if not self:
            raise GradientError(str(self), self)
        return self

    def __str__(self) -> str:
        """Return how many are right, and a table of the gradients to look at first."""
        shown = self._sorted()[:_ROWS]
        rest = len(self.entries) - len(shown)
        lines = [self._summary(), *_table([_COLUMNS, *map(_cells, shown)], [entry.note for entry in shown])]
        lines += [f"  and {rest} more, no worse"] * (rest > 0)
        return "\n".join([*lines, self.remark] if self.remark else lines)

    __repr__ = __str__

    def _sorted(self) -> list[GradientEntry]:
        """Return the entries, those to look at first at the front; an error that is nan counts as the largest."""
        return sorted(self.entries, key=lambda e: (_VERDICTS.index(e.verdict), not math.isnan(e.error), -e.error))

    def _summary(self) -> str:
        """Return how many gradients have which verdict."""
        counts = Counter(entry.verdict for entry in self.entries)
        parts = [f"{counts[verdict]} {verdict}" for verdict in reversed(_VERDICTS) if counts[verdict]]
        of = "gradient" if len(self.entries) == 1 else "gradients"
        return f"{len(self.entries)} {of} of {self.function}: {', '.join(parts)}"


def _cells(entry: GradientEntry) -> tuple[str, ...]:
    """Return the cells of an entry's row."""
    name = entry.name if entry.order == 1 else f"{entry.name} (order {entry.order})"
    error = "-" if math.isnan(entry.error) else f"{entry.error:.1e}"
    return entry.verdict, name, f"{entry.analytic:.9g}", f"{entry.numerical:.9g}", error


def _table(rows: Sequence[Sequence[str]], notes: Sequence[str]) -> list[str]:
    """Return the lines of a table: words to the left, numbers to the right, notes behind."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row, note in zip(rows, ["", *notes], strict=True):
        words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join(["", *words, *numbers, note]).rstrip())
    return lines
