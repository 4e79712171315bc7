"""CSV tables, the kinds of their columns, and their encoding as numbers."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd.encoder import Encoder, Feature
from micrograd.errors import InputError
from micrograd.table import Table, read_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[[str | bytes], Path]

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8).map(str.strip)
FILLED = TEXT.filter(bool)
NAME = FILLED.map(lambda text: f"column {text}")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a CSV file and returns its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "data.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a file that the examples of a property write one after the other."""
    return tmp_path_factory.mktemp("tables") / "data.csv"


def table(text: str) -> Table:
    """Return the table in a text of cells between blanks, whose first line names the columns."""
    names, *rows = [line.split() for line in text.strip().splitlines()]
    return Table(tuple(names), rows, list(range(2, len(rows) + 2)), "data.csv")


def complaint(error: pytest.ExceptionInfo[InputError]) -> str:
    """Return the message of an error, which is one line with a remedy after a semicolon."""
    message = str(error.value)
    assert "\n" not in message
    assert ";" in message
    return message


@st.composite
def records(draw: st.DrawFn) -> list[list[str]]:
    """Draw a header of different names and rows below it, two columns or more."""
    names = draw(st.lists(NAME, min_size=2, max_size=4, unique=True))
    row = st.lists(TEXT, min_size=len(names), max_size=len(names))
    return [names, *draw(st.lists(row, min_size=1, max_size=5))]


@given(
    written=records(),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
)
def test_what_was_written_is_read(
    scratch: Path, written: list[list[str]], delimiter: str, end: str, *, bom: bool
) -> None:
    """Cells come back as they were written, with quotes, delimiters and line ends inside them."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(written)
    scratch.write_bytes(out.getvalue().encode("utf-8-sig" if bom else "utf-8"))
    read = read_csv(scratch)
    assert [list(read.names), *read.rows] == written


@given(written=records())
def test_sparing_quotes_are_read_too(scratch: Path, written: list[list[str]]) -> None:
    """The usual way of writing, quotes only where needed, is read as well."""
    with scratch.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(written)
    read = read_csv(scratch)
    assert [list(read.names), *read.rows] == written


def test_a_file_becomes_a_table(write: Write) -> None:
    """Names, rows, lines and source are kept; blanks around cells and blank lines are not."""
    path = write('\n size , town\n\n70, "Bonn, Beuel"\n   \n90 ,Ulm \n')
    read = read_csv(path)
    assert read.names == ("size", "town")
    assert read.rows == [["70", "Bonn, Beuel"], ["90", "Ulm"]]
    assert read.lines == [4, 6]
    assert read.source == str(path)
    assert len(read) == 2
    assert read.column("town") == ["Bonn, Beuel", "Ulm"]


def test_lines_count_line_ends_inside_quotes(write: Write) -> None:
    """The line of a row is the one it starts on, after cells of several lines too."""
    read = read_csv(write('a,b\n"1\n2",x\n3,y\n'))
    assert read.lines == [2, 4]
    assert read.rows[0] == ["1\n2", "x"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a;b\n1,5;2,5\n", ["a", "b"]),
        ("a\tb, c\n1\t2\n", ["a", "b, c"]),
        ("weight, kg;height, cm;x\n1;2;3\n", ["weight, kg", "height, cm", "x"]),
        ('"a,b,c";d\n1;2\n', ["a,b,c", "d"]),
        ("a|b|c\n1|2|3\n", ["a", "b", "c"]),
        ("single\n1\n", ["single"]),
        ("a,b\r1,2\r", ["a", "b"]),
    ],
)
def test_the_delimiter_is_found(write: Write, text: str, names: list[str]) -> None:
    """The delimiter that cuts the header into most columns is taken, and the rows decide between equals."""
    assert list(read_csv(write(text)).names) == names


BROKEN = {
    "empty": ("", "expected a line of column names and rows below it, got an empty file"),
    "blank": (" \n\n", "got an empty file"),
    "header only": ("a,b\n\n", "line 1: expected rows below the column names, got none"),
    "repeated name": ("a,b,a\n1,2,3\n", "line 1, column 3: expected a new name, got 'a' again"),
    "blank name": ("a,,c\n1,2,3\n", "line 1, column 2: expected a column name, got a blank one"),
    "no names": ("1,2.5\n3,4\n", "line 1: expected column names, got only numbers"),
    "short row": (
        "a,b,c\n1,2,3\n\n4,5\n",
        "line 4: expected 3 cells, one a column, got 2, none for column 'c'",
    ),
    "long row": ("a,b\n1,2,3\n", "line 2: expected 2 cells, one a column, got 3; quote cells"),
    "short first row": ("a,b,c\n1,2\n", "line 2: expected 3 cells, one a column, got 2"),
    "open quote": ('a,b\n1,2\n"3,4\n5,6\n', "line 3: expected cells of CSV, got: unexpected end of data"),
    "stray quote": ('a,b\n"1"2,3\n', "line 2: expected cells of CSV, got: ',' expected after"),
    "endless cell": (f'a,b\n1,"{"x" * 200_000}"\n', "field larger than field limit"),
    "latin 1": (
        "a,b\n1,2\nGr\xfcn,3\n".encode("latin-1"),
        "line 3: expected text in UTF-8, got the byte 0xfc",
    ),
    "latin 1 after a mark": (
        b"\xef\xbb\xbfa,b\n\xfc,2\n",
        "line 2: expected text in UTF-8, got the byte 0xfc",
    ),
    "utf 16": ("a,b\n1,2\n".encode("utf-16-le"), "line 1: expected text in UTF-8, got the byte 0x00"),
    "spreadsheet": (b"PK\x03\x04\x14\x00\x08\x08", "line 1: expected text in UTF-8"),
}


@pytest.mark.parametrize(("content", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused(write: Write, content: str | bytes, expected: str) -> None:
    """Each way for a file to be broken has a message with the file, the line, and what to do."""
    path = write(content)
    with pytest.raises(InputError) as error:
        read_csv(path)
    assert complaint(error).startswith(str(path))
    assert expected in complaint(error)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is an input error, no OSError."""
    with pytest.raises(InputError) as error:
        read_csv(tmp_path / "none.csv")
    assert "none.csv: expected a CSV file, found none of this name" in complaint(error)


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    """A folder in place of a file is named as what it is, on every system."""
    with pytest.raises(InputError) as error:
        read_csv(str(tmp_path))
    assert "expected a CSV file, got a folder" in complaint(error)


def test_a_file_that_cannot_be_read_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says about a file is passed on."""

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = write("a,b\n1,2\n")
    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(InputError) as error:
        read_csv(path)
    assert "Permission denied" in complaint(error)


def test_a_path_may_be_of_any_kind(write: Write) -> None:
    """Text and path objects name the same file."""
    path = write("a,b\n1,2\n")
    assert read_csv(path) == read_csv(os.fspath(path))


def test_a_missing_column_lists_those_there_and_the_closest() -> None:
    """The message names the column asked for, those there are, and the one that was probably meant."""
    with pytest.raises(InputError) as error:
        table("size town Price\n1 x 3").column("price")
    assert str(error.value) == (
        "data.csv: expected a column 'price', got only 'size', 'town', 'Price'; did you mean 'Price'?"
    )


def test_a_missing_column_far_from_all_others_suggests_none() -> None:
    """Without a similar name only the list is given, and a long list is cut."""
    with pytest.raises(InputError) as error:
        table(" ".join(f"c{i}" for i in range(30)) + "\n" + "1 " * 30).numbers("zebra")
    assert "'c19' and 10 more; add it" in complaint(error)


@pytest.mark.parametrize("missing", ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "?"])
def test_a_missing_value_is_refused_where_it_is_used(missing: str) -> None:
    """A missing value names its line and column; a column that nobody uses may have some."""
    holes = Table(("a", "b"), [["1", "2"], [missing, "3"]], [2, 5], "data.csv")
    for use in (holes.known, holes.kind, holes.numbers):
        with pytest.raises(InputError) as error:
            use("a")
        assert f"data.csv, line 5, column 'a': expected a value, got a missing one ({missing!r})" in complaint(error)
    assert holes.numbers("b") == [2.0, 3.0]
    assert holes.column("a") == ["1", missing]


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999", "Nan", "+nan"])
def test_an_infinite_number_is_refused(cell: str) -> None:
    """Numbers that are not finite name their line and column."""
    with pytest.raises(InputError) as error:
        table(f"a b\n1 2\n{cell} 3").numbers("a")
    assert f"data.csv, line 3, column 'a': expected a finite number, got '{cell}'" in complaint(error)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2.5", "3e4", ".5", "+7"], "number"),
        (["red", "blue"], "category"),
        (["red", "1"], "number"),
        (["1,5", "2,5"], "number"),
        (["1_000", "2_000"], "category"),
        (["a,b", "2020-01-01"], "category"),
        (["True", "False"], "category"),
    ],
)
def test_the_content_tells_the_kind(cells: list[str], kind: str) -> None:
    """A column holds categories only if no cell of it is a number."""
    assert Table(("a",), [[cell] for cell in cells], [2] * len(cells), "data.csv").kind("a") == kind


@pytest.mark.parametrize("stray", ["red", "1,5", "1.234,5", "12px", "--1"])
def test_text_among_numbers_is_refused(stray: str) -> None:
    """A text in a column of numbers names its line, and the line of a number."""
    with pytest.raises(InputError) as error:
        table(f"a\n1\n2\n{stray}\n").numbers("a")
    expected = f"data.csv, line 4, column 'a': expected a number such as -1.5, got '{stray}' (line 2 has '1')"
    assert expected in complaint(error)


def test_decimal_commas_are_not_taken_for_categories() -> None:
    """A whole column of decimal commas is an error that shows how to write a number."""
    with pytest.raises(InputError, match=r"expected a number such as -1\.5, got '1,5'; correct it"):
        Encoder.fit(Table(("a", "b"), [["1,5", "1"], ["2,5", "2"]], [2, 3], "data.csv"), "b")


def test_a_long_cell_is_cut_and_a_line_end_is_escaped() -> None:
    """Messages stay on one line, whatever a cell holds."""
    with pytest.raises(InputError) as error:
        Table(("a",), [["1"], ["x\ny" * 500]], [2, 3], "data.csv").numbers("a")
    assert len(complaint(error)) < 200


HOUSES = table("""
    size  town  garden  price
    70    Ulm   yes     300.5
    90    Bonn  no      400
    50    Ulm   no      250
    60    Kiel  yes     260
""")


def test_columns_become_inputs_and_targets() -> None:
    """Numbers go in as they are, categories as one input a level, sorted, in the order of the columns."""
    encoder = Encoder.fit(HOUSES, "price")
    assert encoder.input_names == ["size", "town=Bonn", "town=Kiel", "town=Ulm", "garden=no", "garden=yes"]
    assert encoder.inputs(HOUSES) == [
        [70.0, 0.0, 0.0, 1.0, 0.0, 1.0],
        [90.0, 1.0, 0.0, 0.0, 1.0, 0.0],
        [50.0, 0.0, 0.0, 1.0, 1.0, 0.0],
        [60.0, 0.0, 1.0, 0.0, 0.0, 1.0],
    ]
    assert {type(x) for row in encoder.inputs(HOUSES) for x in row} == {float}
    assert encoder.classes is None
    assert encoder.targets(HOUSES) == [300.5, 400.0, 250.0, 260.0]


def test_classes_become_numbers_from_0() -> None:
    """A target of text is classes, sorted, and each row gets the index of its class."""
    encoder = Encoder.fit(HOUSES, "garden")
    assert encoder.classes == ("no", "yes")
    assert encoder.targets(HOUSES) == [1, 0, 0, 1]
    assert {type(y) for y in encoder.targets(HOUSES)} == {int}


def test_columns_are_found_by_name() -> None:
    """For predictions the order of the columns is free, others are ignored, and the target may be absent."""
    encoder = Encoder.fit(HOUSES, "price")
    other = table("note garden town size\n? no Bonn 90")
    assert encoder.inputs(other) == [encoder.inputs(HOUSES)[1]]


@pytest.mark.parametrize("name", ["size", "town"])
def test_a_column_missing_at_prediction_is_named(name: str) -> None:
    """A column that was an input in training has to be there."""
    encoder = Encoder.fit(HOUSES, "price", drop=["garden"])
    left = "town" if name == "size" else "size"
    with pytest.raises(InputError, match=f"expected a column '{name}', got only '{left}'"):
        encoder.inputs(table(f"{left}\n1"))


def test_an_unknown_level_is_named() -> None:
    """A category that training never saw names its line and column, and the known ones."""
    encoder = Encoder.fit(HOUSES, "price")
    with pytest.raises(InputError) as error:
        encoder.inputs(table("size town garden\n1 Ulm no\n2 Berlin no"))
    expected = "line 3, column 'town': expected one of 'Bonn', 'Kiel', 'Ulm', got 'Berlin'"
    assert expected in complaint(error)


def test_text_where_numbers_were_learnt_is_named() -> None:
    """At prediction a column of numbers has to hold numbers, even if none of its cells is one."""
    encoder = Encoder.fit(HOUSES, "price")
    with pytest.raises(InputError, match=r"line 2, column 'size': expected a number such as -1\.5, got 'big'"):
        encoder.inputs(table("size town garden\nbig Ulm no"))


def test_an_unknown_class_is_named() -> None:
    """A class that training never saw cannot be judged."""
    encoder = Encoder.fit(HOUSES, "garden")
    with pytest.raises(InputError, match="line 2, column 'garden': expected one of 'no', 'yes', got 'maybe'"):
        encoder.targets(table("garden\nmaybe"))


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        ("0 1 1 0", ("0", "1")),
        ("1.0 2 1 2.0", ("1", "2")),
        ("10 9 9 10 -1 -1", ("-1", "9", "10")),
        (" ".join(map(str, [*range(10)] * 2)), tuple(map(str, range(10)))),
        (" ".join(map(str, [*range(11)] * 2)), None),
        ("0.5 1 0.5 1", None),
        ("1 2 3 1 2", None),
        ("no yes", ("no", "yes")),
    ],
)
def test_the_target_tells_its_kind(cells: str, classes: tuple[str, ...] | None) -> None:
    """Whole numbers are classes if at most ten differ and each is there twice on average; text always is."""
    rows = [["0", cell] for cell in cells.split()]
    assert Encoder.fit(Table(("x", "y"), rows, [2] * len(rows), "data.csv"), "y").classes == classes


def test_the_kind_can_be_forced() -> None:
    """Whole numbers can be predicted as numbers, and any numbers as classes."""
    counts = table("x y\n1 0\n2 1\n3 1\n4 0")
    assert Encoder.fit(counts, "y", kind="number").targets(counts) == [0.0, 1.0, 1.0, 0.0]
    halves = table("x y\n1 0.5\n2 1.50\n3 0.5")
    assert Encoder.fit(halves, "y", kind="class").classes == ("0.5", "1.5")
    assert Encoder.fit(halves, "y", categories=["y"]).targets(halves) == [0, 1, 0]
    mixed = table("x y\n1 other\n2 1\n3 2")
    assert Encoder.fit(mixed, "y", kind="class").classes == ("1", "2", "other")


def test_numbers_can_be_forced_to_be_categories() -> None:
    """A column of numbers named as categories becomes one input a number, however the number is written."""
    codes = table("code price\n2 1.5\n10 2.5\n2.0 3.5\n12345678901234567890 4.5")
    encoder = Encoder.fit(codes, "price", categories=["code"])
    assert encoder.input_names == ["code=2", "code=10", "code=12345678901234567890"]
    assert encoder.inputs(codes)[2] == [1.0, 0.0, 0.0]


def test_unused_columns_can_be_dropped() -> None:
    """A dropped column is no input, and its missing cells do not matter."""
    holes = table("a b y\n1 ? 0.5\n2 ? 1.5")
    assert Encoder.fit(holes, "y", drop=["b"]).input_names == ["a"]
    with pytest.raises(InputError, match="column 'b': expected a value"):
        Encoder.fit(holes, "y")


def test_a_stray_text_is_found_when_fitting() -> None:
    """A text among numbers is refused in an input and in a target, at its line."""
    with pytest.raises(InputError, match="line 3, column 'a': expected a number"):
        Encoder.fit(table("a b\n1 2\nx 3"), "b")
    with pytest.raises(InputError, match="line 3, column 'b': expected a number"):
        Encoder.fit(table("a b\n1 2\n2 x"), "b")
    with pytest.raises(InputError, match="line 2, column 'town': expected a number"):
        Encoder.fit(HOUSES, "town", kind="number")


def test_a_column_of_names_is_refused() -> None:
    """More than 50 levels are an error that names the column and says to drop it; 50 are not."""
    names = Table(("name", "y"), [[f"n{i}", f"{i}.5"] for i in range(51)], list(range(2, 53)), "data.csv")
    with pytest.raises(InputError) as error:
        Encoder.fit(names, "y")
    assert "data.csv, column 'name': expected 50 categories or fewer, got 51; drop the column" in complaint(error)
    fewer = Table(names.names, names.rows[:50], names.lines[:50], "data.csv")
    assert len(Encoder.fit(fewer, "y").input_names) == 50
    with pytest.raises(InputError, match=r"column 'name': .* got 51; choose another target"):
        Encoder.fit(names, "name")


def test_one_class_teaches_nothing() -> None:
    """A target of classes needs two of them."""
    with pytest.raises(InputError) as error:
        Encoder.fit(table("a b\n1 yes\n2 yes"), "b")
    assert "column 'b': expected two classes, got 'yes' only" in complaint(error)


@pytest.mark.parametrize(
    ("target", "options", "expected"),
    [
        ("cost", {}, "expected a column 'cost'"),
        ("price", {"drop": ["tow"]}, "expected a column 'tow', .* did you mean 'town'"),
        ("price", {"categories": ["sise"]}, "expected a column 'sise', .* did you mean 'size'"),
        ("price", {"kind": "regression"}, "kind must be 'auto', 'class' or 'number', got 'regression'"),
        ("price", {"drop": ["price"]}, "expected the target 'price' and at least one column more"),
        (
            "price",
            {"drop": ["size", "town", "garden"]},
            "expected the target 'price' and at least one column more",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(target: str, options: dict[str, list[str]], expected: str) -> None:
    """Names that are no columns, unknown kinds, and tables without a target or an input are refused."""
    fit: Callable[..., Encoder] = Encoder.fit
    with pytest.raises(InputError, match=expected):
        fit(HOUSES, target, **options)


@pytest.mark.parametrize("target", ["price", "garden"])
def test_an_encoder_survives_json(target: str) -> None:
    """What is saved as JSON, its keys sorted, and read again encodes as before."""
    encoder = Encoder.fit(HOUSES, target)
    again = Encoder.from_dict(json.loads(json.dumps(encoder.to_dict(), sort_keys=True)))
    assert again == encoder
    assert again.inputs(HOUSES) == encoder.inputs(HOUSES)
    assert again.targets(HOUSES) == encoder.targets(HOUSES)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"features": [], "target": "y"},
        {"features": [["a"]], "target": "y", "classes": None},
        {"features": 3, "target": "y", "classes": None},
        {"features": [["a", 3]], "target": "y", "classes": None},
    ],
)
def test_a_broken_state_is_refused(state: dict[str, object]) -> None:
    """A saved state that cannot be an encoder is bad input."""
    with pytest.raises(InputError, match="expected saved features, target and classes"):
        Encoder.from_dict(state)


@given(st.lists(st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from("abc")), min_size=1))
def test_encoding_loses_nothing(rows: list[tuple[float, str]]) -> None:
    """Numbers keep every bit, and exactly the input of a row's level is 1."""
    cells = [[repr(number), level] for number, level in rows]
    whole = Table(("x", "level", "y"), [[*pair, "0.5"] for pair in cells], [2] * len(rows), "data.csv")
    encoder = Encoder.fit(whole, "y", kind="number")
    levels = encoder.features[1].levels
    assert levels is not None
    for (number, level), inputs in zip(rows, encoder.inputs(whole), strict=True):
        assert inputs[0] == number
        assert inputs[1:] == [float(each == level) for each in levels]


def test_a_feature_names_its_inputs() -> None:
    """A column of numbers is one input of its name."""
    assert Feature("size", None).inputs == ["size"]
    assert re.fullmatch("town=.*", Feature("town", ("Ulm",)).inputs[0])
