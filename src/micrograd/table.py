"""Tables: read a CSV file, tell numbers from categories, and turn columns into floats for a network."""

from __future__ import annotations

import csv
import io
import math
import os
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from micrograd.errors import InputError

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = ["Encoder", "Feature", "Table", "read_csv"]

DELIMITERS = ",;\t|"
MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null", "?"})
MAX_LEVELS = 50
MAX_NUMBER_CLASSES = 10
EXACT_INTEGERS = 2.0**53
MOST_NAMES = 20


def read_csv(path: str | os.PathLike[str]) -> Table:
    r"""Return the table in a CSV file, whose first line names the columns.

    The delimiter is whichever of comma, semicolon, tab and bar cuts the first line into most columns. Quoted
    cells may hold delimiters and line ends; blanks around a cell are dropped; blank lines are skipped.

    Args:
        path: the file, in UTF-8, with or without a byte order mark.

    Raises:
        InputError: there is no such file, it cannot be read, is not text or is empty; quotes stay open;
            column names are blank, repeated or all numbers; there is no row, or one too short or too long.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "houses.csv")
        ...     size = path.write_text("size;town\n70;Bonn\n90;Ulm\n")
        ...     read_csv(path).rows
        [['70', 'Bonn'], ['90', 'Ulm']]
    """
    source = os.fspath(path)
    records = _records(_text(source), source)
    if not records:
        message = f"{source}: expected a line of column names and rows below it, got an empty file; add them"
        raise InputError(message)
    (line, names), *rows = records
    _check_names(names, f"{source}, line {line}")
    if not rows:
        message = f"{source}, line {line}: expected rows below the column names, got none; add rows"
        raise InputError(message)
    for line, cells in rows:
        _check_width(cells, names, f"{source}, line {line}")
    return Table(tuple(names), [cells for _, cells in rows], [line for line, _ in rows], source)


def _text(source: str) -> str:
    path = Path(source)
    if path.is_dir():
        message = f"{source}: expected a CSV file, got a folder; name a file in it"
        raise InputError(message)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        message = f"{source}: expected a CSV file, found none of this name; check it and the folder"
        raise InputError(message) from error
    except OSError as error:
        message = f"{source}: expected a CSV file to read, got: {error.strerror}; check its permissions"
        raise InputError(message) from error
    except UnicodeDecodeError as error:
        raise _not_text(source, error.object, error.start) from error
    if "\0" in text:
        raise _not_text(source, text.encode(), text.encode().index(b"\0"))
    return text


def _not_text(source: str, data: bytes, position: int) -> InputError:
    line = data.count(b"\n", 0, position) + 1
    message = f"{source}, line {line}: expected text in UTF-8, got the byte 0x{data[position]:02x}"
    return InputError(f"{message}; save it as CSV in UTF-8")


def _records(text: str, source: str) -> list[tuple[int, list[str]]]:
    records = []
    start = 1
    try:
        reader = _reader(text, max(DELIMITERS, key=lambda delimiter: _fit(text, delimiter)), strict=True)
        for cells in reader:
            if any(map(str.strip, cells)) or len(cells) > 1:
                records.append((start, [cell.strip() for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as error:
        message = f"{source}, line {start}: expected cells of CSV, got: {error}; check the quotes there"
        raise InputError(message) from error
    return records


def _reader(text: str, delimiter: str, *, strict: bool) -> Reader:
    return csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=strict
    )


def _fit(text: str, delimiter: str) -> tuple[int, bool]:
    """Return how many columns a delimiter cuts, and whether the first row has as many as the header."""
    records = (cells for cells in _reader(text, delimiter, strict=False) if any(map(str.strip, cells)))
    widths = [len(cells) for cells in islice(records, 2)]
    return max(widths[:1], default=0), len(set(widths)) == 1


def _check_names(names: Sequence[str], place: str) -> None:
    if all(_number(name) is not None for name in names):
        message = f"{place}: expected column names, got only numbers; add a first line that names the columns"
        raise InputError(message)
    for index, name in enumerate(names):
        if not name:
            message = f"{place}, column {index + 1}: expected a column name, got a blank one; give it a name"
            raise InputError(message)
        if name in names[:index]:
            message = f"{place}, column {index + 1}: expected a new name, got {shown(name)} again; rename one"
            raise InputError(message)


def _check_width(cells: Sequence[str], names: Sequence[str], place: str) -> None:
    if len(cells) == len(names):
        return
    problem, remedy = f"got {len(cells)}", "quote cells that hold the delimiter"
    if len(cells) < len(names):
        problem, remedy = f"got {len(cells)}, none for column {shown(names[len(cells)])}", "complete the row"
    message = f"{place}: expected {len(names)} cells, one a column, {problem}; {remedy}"
    raise InputError(message)


def _number(cell: str) -> float | None:
    # Python reads 1_000 as a number; in a file it is a name.
    if "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _label(cell: str) -> str:
    """Return a cell as a level: a number in its shortest form, so that 1 and 1.0 are the same."""
    number = _number(cell)
    if number is None or not abs(number) < EXACT_INTEGERS:
        return cell
    return str(int(number)) if number.is_integer() else repr(number)


def _by_value(label: str) -> tuple[bool, float, str]:
    number = _number(label)
    return (True, 0.0, label) if number is None or math.isnan(number) else (False, number, label)


def _listed(names: Collection[str]) -> str:
    some = ", ".join(map(shown, islice(names, MOST_NAMES)))
    return f"{some} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else some


def _suggestion(name: str, names: Iterable[str]) -> str:
    close = {each.casefold(): each for each in names}
    return "".join(
        f"; did you mean {shown(close[each])}?" for each in get_close_matches(name.casefold(), close, 1)
    )


@dataclass(frozen=True)
class Table:
    """The cells of a CSV file as text, with the line each row starts on.

    Attributes:
        names: names of the columns, each different.
        rows: cells of each row, one a column.
        lines: line of the file that each row starts on, for messages.
        source: name of the file, for messages.

    Example:
        >>> table = Table(("size", "town"), [["70", "Bonn"], ["90", "Ulm"]], [2, 3], "houses.csv")
        >>> table.kind("size"), table.kind("town")
        ('number', 'category')
    """

    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    source: str

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def position(self, name: str) -> int:
        """Return the index of a column.

        Raises:
            InputError: there is no such column; the message lists those there are, and the closest.

        Example:
            >>> Table(("a", "b"), [["1", "2"]], [2], "t.csv").position("b")
            1
        """
        if name not in self.names:
            message = f"{self.source}: expected a column {shown(name)}, got only {_listed(self.names)}"
            raise InputError(message + (_suggestion(name, self.names) or "; add it or choose one of these"))
        return self.names.index(name)

    def column(self, name: str) -> list[str]:
        """Return the cells of a column as they are, missing ones too.

        Raises:
            InputError: there is no such column.

        Example:
            >>> Table(("a", "b"), [["1", "2"], ["?", "4"]], [2, 3], "t.csv").column("a")
            ['1', '?']
        """
        position = self.position(name)
        return [row[position] for row in self.rows]

    def known(self, name: str) -> list[str]:
        """Return the cells of a column, of which none is missing.

        A cell is missing when it is empty, NA, N/A, NaN, nan, NULL, null or a question mark.

        Raises:
            InputError: there is no such column, or a cell is missing.

        Example:
            >>> Table(("a", "b"), [["1", "2"], ["?", "4"]], [2, 3], "t.csv").known("b")
            ['2', '4']
        """
        cells = self.column(name)
        for line, cell in zip(self.lines, cells, strict=True):
            if cell in MISSING:
                message = f"{self._place(line, name)}: expected a value, got a missing one ({cell!r})"
                raise InputError(message + "; fill it in, or leave out the row or the column")
        return cells

    def kind(self, name: str) -> Literal["number", "category"]:
        """Return whether a column holds numbers or categories.

        It holds categories only if not one of its cells is a number: a stray text among numbers does not make
        them categories, it is an error where the numbers are read. So is a number with commas, 1,5 or 1,000,
        which counts as one here.

        Raises:
            InputError: there is no such column, or a cell is missing.

        Example:
            >>> Table(("a",), [["1"], ["two"]], [2, 3], "t.csv").kind("a")
            'number'
        """
        numeric = (_number(cell.replace(",", "")) is not None for cell in self.known(name))
        return "number" if any(numeric) else "category"

    def numbers(self, name: str) -> list[float]:
        """Return a column as floats.

        Raises:
            InputError: there is no such column, or a cell is missing, not a number or not finite.

        Example:
            >>> Table(("a",), [["1"], ["-2e3"]], [2, 3], "t.csv").numbers("a")
            [1.0, -2000.0]
        """
        return [
            self._finite(line, name, cell) for line, cell in zip(self.lines, self.known(name), strict=True)
        ]

    def _finite(self, line: int, name: str, cell: str) -> float:
        number = _number(cell)
        if number is None:
            message = f"{self._place(line, name)}: expected a number such as -1.5, got {shown(cell)}"
            raise InputError(message + self._evidence(name) + "; correct it, or make the column a category")
        if not math.isfinite(number):
            message = f"{self._place(line, name)}: expected a finite number, got {shown(cell)}"
            raise InputError(message + "; correct it, or leave out the row")
        return number

    def _evidence(self, name: str) -> str:
        """Return where a column holds a number, which is why its texts are refused."""
        cells = zip(self.lines, self.column(name), strict=True)
        return next(
            (f" (line {line} has {shown(cell)})" for line, cell in cells if _number(cell) is not None), ""
        )

    def _place(self, line: int, name: str) -> str:
        return f"{self.source}, line {line}, column {shown(name)}"


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
            raise InputError(message + f", got {_listed(table.names)} less {_listed(drop)}; drop less")
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
            message = f"{table.source}, line {line}, column {shown(name)}: expected one of {_listed(levels)}"
            raise InputError(message + f", got {shown(cell)}; correct it, or train again with such rows")
    return [numbers[cell] for cell in cells]
