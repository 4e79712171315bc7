"""What the doctor says: findings, each a paragraph with its line, and how numbers and parameters are written there."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.naming import live_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from micrograd.check.places import Place
    from micrograd.engine import Value

__all__ = ["Finding", "count", "named", "number"]

_WIDTH = 100  # of a paragraph, which fits beside the code on most screens
_SHOWN = 3  # parameters that are called by name


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a training loop.

    Args:
        kind: the illness, the same few words each time.
        place: the line of the program where it shows.
        text: what was seen, and why it matters.
        advice: how to mend it.
    """

    kind: str
    place: Place
    text: str
    advice: str

    def __str__(self) -> str:
        """Return it as one paragraph that begins with the line."""
        paragraph = f"{self.place}: {self.kind}. {self.text} {self.advice}"
        return textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)


def number(x: float) -> str:
    """Return a number to four digits, as sentences want it."""
    return f"{x:.4g}"


def count(n: int, thing: str) -> str:
    """Return a number of things, as in "1 step" and "2 steps"."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def named(nodes: Sequence[Value]) -> str:
    """Return the first few names of some parameters in parentheses, with a space before; nothing if none has one."""
    wanted = set(nodes)
    names = {node: node.label for node in nodes if node.label}
    for node, name in _names_in_modules():
        if node in wanted:
            names.setdefault(node, name)
    known = [names[node] for node in nodes if node in names]
    if not known:
        return ""
    more = [f"and {len(nodes) - _SHOWN} more"] if len(nodes) > _SHOWN else []
    return f" ({', '.join(known[:_SHOWN] + more)})"


def _names_in_modules() -> Iterable[tuple[Value, str]]:
    """Yield the parameters of the Modules alive with their names, those of the largest Modules first."""
    models = [list(module.named_parameters()) for module in live_modules()]
    for model in sorted(models, key=len, reverse=True):
        yield from ((node, name) for name, node in model)
