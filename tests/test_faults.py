"""What a Value says of mistakes that learners make: text for numbers, names misspelt, what other libraries have."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest

from micrograd.engine import Value
from micrograd.errors import MisspeltWarning
from micrograd.faults import INSTEAD, MISSPELT


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("3", r"got '3' of type str; float\(text\) makes a number of text"),
        (None, "got None of type NoneType; does the function that it comes from return its result"),
        ([1.0], r"make a Value of each: \[Value\(x\) for x in xs\]"),
        ((1.0,), r"make a Value of each: \[Value\(x\) for x in xs\]"),
    ],
)
@pytest.mark.parametrize(
    "operator", ["__add__", "__radd__", "__mul__", "__rmul__", "__sub__", "__truediv__", "__pow__"]
)
def test_an_operand_that_is_never_a_number_is_told_the_remedy(operator: str, other: object, words: str) -> None:
    """On either side of an operator, where Python would name the two types alone."""
    with pytest.raises(TypeError, match=words):
        getattr(Value(2.0), operator)(other)


@pytest.mark.parametrize(
    ("name", "hint"), [("lable", "; did you mean label="), ("lbl", "; did you mean label="), ("colour", "")]
)
def test_an_argument_that_is_misspelt_is_told_the_name(name: str, hint: str) -> None:
    """What a Value takes is said in any case."""
    settings: dict[str, Any] = {name: "a"}
    with pytest.raises(TypeError, match=rf"^Value\(\) takes a number and label=; got {name}={hint}"):
        Value(2.0, **settings)


@pytest.mark.parametrize("name", list(MISSPELT))
def test_a_field_that_is_misspelt_warns(name: str) -> None:
    """Setting it is kept, read, copied and deleted as an attribute of the user's own."""
    x = Value(2.0)
    assert not hasattr(x, name)
    assert not hasattr(Value, name)
    with pytest.warns(MisspeltWarning, match=f"no field {name!r}: did you mean {MISSPELT[name]!r}") as caught:
        setattr(x, name, 3)
    assert caught[0].filename == __file__
    assert (getattr(x, name), x.attributes) == (3, {name: 3})
    with pytest.warns(MisspeltWarning):
        assert copy.copy(x).attributes == {name: 3}
    delattr(x, name)
    assert not hasattr(x, name)
    with pytest.raises(AttributeError, match=name):
        delattr(x, name)


def test_attributes_of_one_s_own_do_not_warn() -> None:
    """Names that mean something by themselves are the user's."""
    x = Value(2.0)
    for name in ("labels", "grads", "date", "value", "gradient", "w", "name"):
        setattr(x, name, 1)
    assert len(x.attributes) == 7


@pytest.mark.parametrize(("name", "meant"), [("lable", "label"), ("grads", "grad"), ("backwards", "backward")])
def test_a_traceback_says_which_name_is_near(name: str, meant: str) -> None:
    """Python looks for it when it shows the error, and finds the fields, not other slips."""
    command = [sys.executable, "-c", f"from micrograd import Value; Value(2.0).{name}"]
    shown = subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stderr
    assert f"no attribute {name!r}. Did you mean: {meant!r}?" in shown


@pytest.mark.parametrize("name", list(INSTEAD))
def test_what_other_libraries_have_is_told_the_way_here(name: str) -> None:
    """Where PyTorch and NumPy have an attribute, the error says what a Value has."""
    with pytest.raises(AttributeError) as caught:
        getattr(Value(2.0), name)
    assert str(caught.value) == f"'Value' object has no attribute {name!r}{INSTEAD[name]}"


def test_a_label_is_text() -> None:
    """In either life the error says what a label is, and what was given."""
    wrong: Any = 3
    with pytest.raises(TypeError, match="a label or a symbol is text; got 3 of type int"):
        Value(2.0, label=wrong)
