"""Tables: read a CSV file, and tell its columns of numbers from those of categories."""

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
from typing import TYPE_CHECKING, Literal

from micrograd.errors import InputError

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["Table", "read_csv"]

DELIMITERS = ",;\t|"
MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null", "?"})
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
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=strict)


def _fit(text: str, delimiter: str) -> tuple[int, bool]:
    """Return how many columns a delimiter cuts, and whether the first row has as many as the header."""
    records = (cells for cells in _reader(text, delimiter, strict=False) if any(map(str.strip, cells)))
    widths = [len(cells) for cells in islice(records, 2)]
    return max(widths[:1], default=0), len(set(widths)) == 1


def _check_names(names: Sequence[str], place: str) -> None:
    if all(number_in(name) is not None for name in names):
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


def number_in(cell: str) -> float | None:
    """Return the number that a cell holds, if it holds one."""
    # Python reads 1_000 as a number; in a file it is a name.
    if "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def listed(names: Collection[str]) -> str:
    """Return names for a message, only the first of very many."""
    some = ", ".join(map(shown, islice(names, MOST_NAMES)))
    return f"{some} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else some


def _suggestion(name: str, names: Iterable[str]) -> str:
    close = {each.casefold(): each for each in names}
    return "".join(f"; did you mean {shown(close[each])}?" for each in get_close_matches(name.casefold(), close, 1))


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
            message = f"{self.source}: expected a column {shown(name)}, got only {listed(self.names)}"
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
        numeric = (number_in(cell.replace(",", "")) is not None for cell in self.known(name))
        return "number" if any(numeric) else "category"

    def numbers(self, name: str) -> list[float]:
        """Return a column as floats.

        Raises:
            InputError: there is no such column, or a cell is missing, not a number or not finite.

        Example:
            >>> Table(("a",), [["1"], ["-2e3"]], [2, 3], "t.csv").numbers("a")
            [1.0, -2000.0]
        """
        return [self._finite(line, name, cell) for line, cell in zip(self.lines, self.known(name), strict=True)]

    def _finite(self, line: int, name: str, cell: str) -> float:
        number = number_in(cell)
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
        return next((f" (line {line} has {shown(cell)})" for line, cell in cells if number_in(cell) is not None), "")

    def _place(self, line: int, name: str) -> str:
        return f"{self.source}, line {line}, column {shown(name)}"
