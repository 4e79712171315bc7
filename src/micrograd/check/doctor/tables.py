"""Tables: lists of rows of parameters, such as embeddings, of which a batch names some."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from micrograd.engine import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["rows_to_wait_for"]

_OTHERS = 2  # rows at least that are in use


def rows_to_wait_for(lost: set[Value]) -> set[Value]:
    """Return those of some parameters that fill whole rows of tables in which several other rows have none of them.

    The tables are those that the program holds: lists or dictionaries of lists of parameters, all of one length.
    """
    rows = [row for row in gc.get_referrers(*lost) if _is_row(row) and lost.issuperset(row)]
    found: set[Value] = set()
    for table in gc.get_referrers(*rows):
        others = [row for row in _rows_of(table) if lost.isdisjoint(row)]
        if len(others) >= _OTHERS:
            found.update(*[row for row in _rows_of(table) if lost.issuperset(row)])
    return found


def _is_row(thing: object) -> bool:
    """Tell whether something is a list of Values."""
    return isinstance(thing, list | tuple) and len(thing) > 0 and all(isinstance(x, Value) for x in thing)


def _rows_of(table: object) -> list[list[Value]]:
    """Return the rows of a table; none of what is no table."""
    things: Iterable[Any] = (
        table.values() if isinstance(table, dict) else table if isinstance(table, list | tuple) else ()
    )
    rows = list(things)
    return rows if all(map(_is_row, rows)) and len({len(row) for row in rows}) == 1 else []
