"""Rounds: which rows of the data each step of training sees."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

from micrograd.data import batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Batch", "Plan", "cut"]


class Batch(NamedTuple):
    """The rows of one step: the part of each column, the number of the epoch, and whether it ends there."""

    columns: tuple[Any, ...]
    epoch: int
    ends_epoch: bool


@dataclass(frozen=True)
class Plan:
    """What training goes through, in which order and for how long.

    Attributes:
        columns: the data, with one entry for each row.
        batch_size: rows a step; None for all of them.
        shuffle: whether the rows are cut into batches in another order in each epoch.
        seed: the same seed gives the same batches.
        epoch: number of steps in an epoch.
        total: number of steps in all.
    """

    columns: list[Any]
    batch_size: int | None
    shuffle: bool
    seed: int
    epoch: int
    total: int

    @classmethod
    def of(  # noqa: PLR0913  # what `fit` takes
        cls,
        data: Sequence[Any],
        *,
        steps: int | None,
        epochs: int | None,
        batch_size: int | None,
        shuffle: bool,
        seed: int,
    ) -> Plan:
        """Return the plan for what `fit` is given, or say what is wrong with it."""
        columns = [_column(x) for x in data]
        epoch = _per_epoch(columns, batch_size)
        return cls(columns, batch_size, shuffle, seed, epoch, _total(epoch, steps, epochs))

    @property
    def first(self) -> list[Any]:
        """The first batch there would be without shuffling."""
        if self.batch_size is None:
            return self.columns
        return [cut(column, list(range(min(self.batch_size, len(column))))) for column in self.columns]

    def batches(self) -> Iterator[Batch]:
        """Yield the batches of one epoch after the other, without end."""
        rng, epoch = random.Random(self.seed), 0
        while True:
            epoch += 1
            if self.batch_size is None:
                yield Batch(tuple(self.columns), epoch, ends_epoch=True)
                continue
            n, seen = len(self.columns[0]), 0
            for (rows,) in batches(range(n), size=self.batch_size, shuffle=self.shuffle, rng=rng):
                seen += len(rows)
                yield Batch(tuple(cut(column, rows) for column in self.columns), epoch, ends_epoch=seen == n)


def _column(x: Any) -> Any:  # noqa: ANN401  # a sequence of whatever the loss takes
    """Return a column that is cut by position: a column of pandas goes by its labels, its array does not."""
    return x.to_numpy() if hasattr(x, "to_numpy") else x


def _per_epoch(columns: Sequence[Sequence[Any]], batch_size: int | None) -> int:
    """Return the number of steps in an epoch, or say what keeps the data from being cut."""
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        message = f"the columns must have one length, an entry for each row; got {sorted(lengths)}"
        raise ValueError(message)
    if lengths == {0}:
        message = "the columns are empty: training needs at least one row"
        raise ValueError(message)
    if batch_size is None:
        return 1
    if not lengths or not isinstance(batch_size, Integral) or batch_size < 1:
        message = f"batch_size must be a whole number, 1 or more, of rows of data; got {batch_size!r}"
        raise ValueError(message)
    return math.ceil(lengths.pop() / batch_size)


def _total(epoch: int, steps: int | None, epochs: int | None) -> int:
    """Return the number of steps to take."""
    wanted = [number for number in (steps, epochs) if number is not None]
    if len(wanted) != 1 or not isinstance(wanted[0], Integral) or wanted[0] < 1:
        message = f"give steps= or epochs=, one of them, a whole number, 1 or more; got steps={steps}, epochs={epochs}"
        raise ValueError(message)
    return wanted[0] if epochs is None else wanted[0] * epoch


def cut(x: Any, rows: list[int]) -> Any:  # noqa: ANN401  # a sequence of whatever the loss takes
    """Return some rows of a column, as an array where it is one."""
    return x[rows] if hasattr(x, "shape") else [x[row] for row in rows]
