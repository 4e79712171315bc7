"""Encoding: how the columns of a table become the inputs and targets of a network, and do so again later."""

from __future__ import annotations

import math
from dataclasses import dataclass
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any, NamedTuple

from micrograd.errors import InputError
from micrograd.table import listed, number_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from micrograd.table import Table

__all__ = ["Encoder", "Feature"]

MAX_LEVELS = 50
MAX_NUMBER_CLASSES = 10
EXACT_INTEGERS = 2.0**53


class Feature(NamedTuple):
    """A column that goes into a network: as it is, or as one number a level (one-hot).

    Attributes:
        name: name of the column.
        levels: the categories in it, in the order of their inputs; None for a column of numbers.

    Example:
        >>> Feature("town", ("Bonn", "Ulm")).inputs
        ['town=Bonn', 'town=Ulm']
    """

    name: str
    levels: tuple[str, ...] | None

    @property
    def inputs(self) -> list[str]:
        """The names of the inputs of the network that this column becomes."""
        return [self.name] if self.levels is None else [f"{self.name}={level}" for level in self.levels]

    def encode(self, table: Table) -> list[list[float]]:
        """Return the inputs of each row of the table.

        Raises:
            InputError: there is no such column, or a cell in it is missing, no number or an unknown level.

        Example:
            >>> from micrograd.table import Table
            >>> table = Table(("town",), [["Ulm"], ["Bonn"]], [2, 3], "t.csv")
            >>> Feature("town", ("Bonn", "Ulm")).encode(table)
            [[0.0, 1.0], [1.0, 0.0]]
        """
        if self.levels is None:
            return [[number] for number in table.numbers(self.name)]
        width = range(len(self.levels))
        return [[float(index == hot) for index in width] for hot in _indices(table, self.name, self.levels)]


@dataclass(frozen=True)
class Encoder:
    """How the columns of a table become the inputs and the targets of a network.

    Attributes:
        features: the columns that are inputs, in the order of the inputs.
        target: name of the column to predict.
        classes: the classes to predict, in the order of their numbers; None where the target is a number.

    Example:
        >>> from micrograd.table import Table
        >>> table = Table(("size", "sold"), [["70", "yes"], ["90", "no"]], [2, 3], "houses.csv")
        >>> encoder = Encoder.fit(table, "sold")
        >>> encoder.inputs(table), encoder.targets(table), encoder.classes
        ([[70.0], [90.0]], [1, 0], ('no', 'yes'))
    """

    features: tuple[Feature, ...]
    target: str
    classes: tuple[str, ...] | None

    @classmethod
    def fit(
        cls,
        table: Table,
        target: str,
        *,
        kind: str = "auto",
        categories: Collection[str] = (),
        drop: Collection[str] = (),
    ) -> Encoder:
        """Return the encoder of a table, every column of which but the target is an input.

        Args:
            table: the table to learn the levels and the classes from.
            target: name of the column to predict.
            kind: "class", "number", or "auto": text is classes; numbers are classes if all are whole, at
                most 10 are different, and each is in two rows or more on average.
            categories: columns whose numbers are names, such as a postcode; with the target among them it is
                classes.
            drop: columns to leave out.

        Raises:
            InputError: a name is no column; the kind is none of the three; a cell is missing, not finite or
                text among numbers; a column has more than 50 levels; the target has one class only or is
                dropped; no input is left.

        Example:
            >>> from micrograd.table import Table
            >>> rows = [["53111", "1.5"], ["89073", "2.5"]]
            >>> table = Table(("postcode", "price"), rows, [2, 3], "houses.csv")
            >>> Encoder.fit(table, "price", categories=["postcode"]).input_names
            ['postcode=53111', 'postcode=89073']
        """
        for name in (target, *categories, *drop):
            table.position(name)
        names = [name for name in table.names if name != target and name not in drop]
        if target in drop or not names:
            message = f"{table.source}: expected the target {shown(target)} and at least one column more"
            raise InputError(message + f", got {listed(table.names)} less {listed(drop)}; drop less")
        classes = _classes(table, target, "class" if target in categories else kind)
        return cls(tuple(_feature(table, name, categories) for name in names), target, classes)

    @property
    def input_names(self) -> list[str]:
        """The name of each input of the network: the column, or the column and one of its levels."""
        return [name for feature in self.features for name in feature.inputs]

    def inputs(self, table: Table) -> list[list[float]]:
        """Return the inputs of each row, found by the names of the columns; other columns are ignored.

        Raises:
            InputError: a column is not there, or a cell in it is missing, no number or an unknown level.

        Example:
            >>> from micrograd.table import Table
            >>> encoder = Encoder((Feature("b", None), Feature("a", ("x", "y"))), "c", None)
            >>> encoder.inputs(Table(("a", "b"), [["y", "5"]], [2], "t.csv"))
            [[5.0, 0.0, 1.0]]
        """
        columns = [feature.encode(table) for feature in self.features]
        return [[x for part in row for x in part] for row in zip(*columns, strict=True)]

    def targets(self, table: Table) -> list[int] | list[float]:
        """Return the target of each row: the index of its class, or its number.

        Raises:
            InputError: the target is not there, or a cell in it is missing, no number or an unknown class.

        Example:
            >>> from micrograd.table import Table
            >>> encoder = Encoder((Feature("a", None),), "b", ("no", "yes"))
            >>> encoder.targets(Table(("a", "b"), [["5", "yes"]], [2], "t.csv"))
            [1]
        """
        if self.classes is None:
            return table.numbers(self.target)
        return _indices(table, self.target, self.classes)

    def to_dict(self) -> dict[str, Any]:
        """Return the encoder as lists and texts, ready for JSON.

        Example:
            >>> Encoder((Feature("a", None),), "b", ("no", "yes")).to_dict()
            {'features': [['a', None]], 'target': 'b', 'classes': ['no', 'yes']}
        """
        features = [[name, None if levels is None else list(levels)] for name, levels in self.features]
        classes = None if self.classes is None else list(self.classes)
        return {"features": features, "target": self.target, "classes": classes}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Encoder:
        """Return the encoder that `to_dict` wrote.

        Raises:
            InputError: the state does not hold what `to_dict` writes.

        Example:
            >>> Encoder.from_dict({"features": [["a", None]], "target": "b", "classes": None}).input_names
            ['a']
        """
        try:
            features = tuple(Feature(str(name), _texts(levels)) for name, levels in state["features"])
            return cls(features, str(state["target"]), _texts(state["classes"]))
        except (KeyError, TypeError, ValueError) as error:
            message = f"expected saved features, target and classes, got {shown(state)}; save it again"
            raise InputError(message) from error


def _texts(values: Iterable[object] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(map(str, values))


def _feature(table: Table, name: str, categories: Collection[str]) -> Feature:
    if name in categories or table.kind(name) == "category":
        return Feature(name, _levels(table, name, "drop the column, or turn it into numbers"))
    table.numbers(name)
    return Feature(name, None)


def _classes(table: Table, target: str, kind: str) -> tuple[str, ...] | None:
    if kind not in ("auto", "class", "number"):
        message = f"kind must be 'auto', 'class' or 'number', got {kind!r}; choose one of these"
        raise InputError(message)
    if kind == "number" or (kind == "auto" and not _looks_like_classes(table, target)):
        table.numbers(target)
        return None
    classes = _levels(table, target, "choose another target, or predict it as a number")
    if len(classes) == 1:
        message = f"{table.source}, column {shown(target)}: expected two classes, got {shown(classes[0])}"
        raise InputError(message + " only; add rows of another class, or choose another target")
    return classes


def _looks_like_classes(table: Table, target: str) -> bool:
    if table.kind(target) == "category":
        return True
    numbers = table.numbers(target)
    different = len(set(numbers))
    whole = all(number.is_integer() for number in numbers)
    return whole and different <= min(MAX_NUMBER_CLASSES, len(numbers) // 2)


def _levels(table: Table, name: str, remedy: str) -> tuple[str, ...]:
    levels = sorted({_label(cell) for cell in table.known(name)}, key=_by_value)
    if len(levels) > MAX_LEVELS:
        message = f"{table.source}, column {shown(name)}: expected {MAX_LEVELS} categories or fewer"
        raise InputError(message + f", got {len(levels)}; {remedy}")
    return tuple(levels)


def _indices(table: Table, name: str, levels: Sequence[str]) -> list[int]:
    """Return the number of the level in each cell of a column."""
    numbers = {level: number for number, level in enumerate(levels)}
    cells = [_label(cell) for cell in table.known(name)]
    for line, cell in zip(table.lines, cells, strict=True):
        if cell not in numbers:
            message = f"{table.source}, line {line}, column {shown(name)}: expected one of {listed(levels)}"
            raise InputError(message + f", got {shown(cell)}; correct it, or train again with such rows")
    return [numbers[cell] for cell in cells]


def _label(cell: str) -> str:
    """Return a cell as a level: a number in its shortest form, so that 1 and 1.0 are the same."""
    number = number_in(cell)
    if number is None or not abs(number) < EXACT_INTEGERS:
        return cell
    return str(int(number)) if number.is_integer() else repr(number)


def _by_value(label: str) -> tuple[bool, float, str]:
    number = number_in(label)
    return (True, 0.0, label) if number is None or math.isnan(number) else (False, number, label)
