"""Quiet: the engine warns once of numbers that are not finite, and not in each step; a finding says the rest."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from micrograd.errors import NonFiniteWarning

if TYPE_CHECKING:
    from micrograd.check.places import Place

__all__ = ["Quiet"]


class Quiet:
    """Filters of warnings, each for one line, from `hush` to `end`."""

    def __init__(self) -> None:
        self._filters: list[object] = []

    def hush(self, place: Place) -> None:
        """Let a line warn no more, unless the program has said itself what is to become of such warnings."""
        known = [each for each in warnings.filters if each not in self._filters]
        if not any(issubclass(NonFiniteWarning, category) for _, _, category, _, _ in known):
            warnings.filterwarnings("ignore", category=NonFiniteWarning, lineno=place.line)
            self._filters.append(warnings.filters[0])

    def end(self) -> None:
        """Let all lines warn again."""
        filters = warnings.filters
        for each in self._filters:
            if isinstance(filters, list) and each in filters:  # the program may have restored its own
                filters.remove(each)
        self._filters.clear()
