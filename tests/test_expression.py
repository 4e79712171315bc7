"""Tests of expressions: which graph a text makes, what is said of a text that makes none, and that nothing is run."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd import engine, functions, ieee
from micrograd.engine import Value
from micrograd.errors import InputError
from micrograd.expression import ExpressionError, parse
from micrograd.expression.build import LONGEST
from micrograd.expression.rules import FUNCTIONS, METHODS
from micrograd.ops import TABLE

LECTURE = "e = a*b; d = e + c; L = d*f"


def same(x: float, y: float) -> bool:
    """Tell whether two floats are the same, nan being the same as nan."""
    return x == y or (math.isnan(x) and math.isnan(y))


def test_the_lecture_s_expression_is_the_lecture_s_graph() -> None:
    """Values, gradients, labels and ops are those of the lecture's first graph."""
    root = parse(LECTURE, a=2, b=-3, c=10, f=-2)
    root.backward()
    nodes = {node.label: node for node in engine.topological_order(root)}
    assert {name: node.data for name, node in nodes.items()} == {
        "a": 2,
        "b": -3,
        "e": -6,
        "c": 10,
        "d": 4,
        "f": -2,
        "L": -8,
    }
    assert {name: node.grad for name, node in nodes.items()} == {
        "a": 6,
        "b": -4,
        "e": -2,
        "c": -2,
        "d": -2,
        "f": 4,
        "L": 1,
    }
    assert [nodes[name].op for name in "edL"] == ["*", "+", "*"]


@pytest.mark.parametrize(
    "text", ["(w1*x1 + w2*x2 + b).tanh()", "tanh(w1*x1 + w2*x2 + b)", "n = w1*x1 + w2*x2 + b\ntanh(n)"]
)
def test_a_neuron_can_be_written_in_three_ways(text: str) -> None:
    """A method, a function, and a part with a name on a line of its own give one number and the same gradients."""
    root = parse(text, x1=2, x2=0, w1=-3, w2=1, b=6.8813735870195432)
    root.backward()
    grads = {node.label: node.grad for node in engine.topological_order(root) if node.label in {"x1", "w1", "x2", "w2"}}
    assert root.data == pytest.approx(0.7071067811865476)
    assert grads == pytest.approx({"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0})


def test_a_name_is_one_leaf() -> None:
    """It may stand several times, and its gradient adds up."""
    root = parse("a*a + a", a=3)
    root.backward()
    (leaf,) = [node for node in engine.topological_order(root) if node.label == "a"]
    assert leaf.grad == 7.0


def test_numbers_are_nodes_of_the_graph() -> None:
    """What the text computes is computed node by node, so that it can be seen; -3 is one number."""
    root = parse("2*3 + -3")
    assert (root.data, root.op, [parent.op for parent in root.parents]) == (3.0, "+", ["*", ""])
    assert parse("-a", a=1.0).op == "neg"


@pytest.mark.parametrize(
    ("text", "symbol", "number"),
    [
        ("a**2", "**2", 16),
        ("a**-1", "**-1", 0.25),
        ("a**(1/2)", "**0.5", 2),
        ("a.pow(2)", "**2", 16),
        ("pow(a, 2)", "**2", 16),
    ],
)
def test_an_exponent_of_numbers_is_a_constant(text: str, symbol: str, number: float) -> None:
    """As in Python, where 1/2 is a float before a Value sees it."""
    root = parse(text, a=4)
    assert (root.op, root.data, len(root.parents)) == (symbol, number, 1)


def test_an_exponent_with_a_name_is_an_operand() -> None:
    """It has a gradient of its own."""
    assert len(parse("a**b", a=4, b=2).parents) == 2
    assert len(parse("n = 2; a**n", a=4).parents) == 2


def test_pi_and_e_are_known_unless_given() -> None:
    """Both are leaves with labels; a number or a part of that name takes their place."""
    assert parse("pi").data == math.pi
    assert parse("2*e").data == 2 * math.e
    assert parse("2**pi").op.startswith("**3.14")
    assert parse("2*e", e=1).data == 2.0
    assert parse("e = 3; 2*e").data == 6.0
    assert parse("pi").label == "pi"


def test_a_second_name_is_a_copy() -> None:
    """`x = a` leaves the label of a alone."""
    root = parse("x = a; x*a", a=3)
    assert [parent.label for parent in root.parents] == ["x", "a"]
    root.backward()
    assert root.parents[1].grad == 6.0


def test_a_name_can_be_given_anew() -> None:
    """As the published example does with +=."""
    assert parse("c = a + b; c += c + 1; c += 1 + c + (-a); c", a=-4, b=2).data == -1.0
    assert parse("c = a; c **= 2; c -= 1; c /= 3; c *= 2", a=4).data == 10.0


def test_a_statement_may_end_with_a_semicolon_and_a_comment() -> None:
    """Blank lines, leading spaces, and a text over several lines in parentheses are fine too."""
    assert parse("  e = a*2;  # twice\n\n   (e +\n    1);", a=3).data == 7.0


@pytest.mark.parametrize(("text", "number"), [("1e-3", 0.001), ("1_000", 1000), (".5", 0.5), ("0x10", 16), ("2.", 2)])
def test_a_number_may_have_any_form_that_python_knows(text: str, number: float) -> None:
    """Except complex ones."""
    assert parse(text).data == number


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_row_is_a_function(name: str) -> None:
    """Its value is that of the row, and so is its symbol."""
    op = TABLE[name]
    numbers = [0.3, 0.4, 0.5][: op.arity or 3]
    names = ["x", "y", "z"][: len(numbers)]
    constants = {"exponent": [3.0], "slope": [0.1], "at_zero": [0.5]}.get(op.parameter or "", [])
    operands = [*names, *map(str, constants)]
    calls = [f"{name}({', '.join(operands)})"]
    if name in METHODS:
        calls.append(f"x.{name}({', '.join(operands[1:])})")
    for call in calls:
        root = parse(call, **dict(zip(names, numbers, strict=True)))
        assert root.data == op.forward(*numbers, *constants)
        assert root.row is op


def test_parameters_have_their_defaults() -> None:
    """As the functions of micrograd have them."""
    assert parse("leaky_relu(x)", x=-1).data == functions.leaky_relu(-1.0)
    assert parse("step(x)", x=0).data == 0.0


def test_any_real_number_can_be_given() -> None:
    """A float, an int or a bool."""
    assert parse("a + b + c", a=True, b=2, c=0.5).data == 3.5


@pytest.mark.parametrize(
    ("text", "numbers", "place", "problem"),
    [
        ("a +", "a", "column 4", "an operand is missing after +"),
        ("* a", "a", "column 1", "an operand is missing before *"),
        ("a*/b", "ab", "column 3", "an operand is missing after *"),
        ("maximum(a,)*", "a", "column 13", "an operand is missing after *"),
        ("2a", "a", "column 1", "a number runs into a name"),
        ("a b", "ab", "column 3", "an operator is missing"),
        ("2(a + 1)", "a", "column 2", "multiply with *"),
        ("a(b)", "ab", "column 1", "there is no function a"),
        ("(a", "a", "column 1", "never closed"),
        ("a)", "a", "column 2", "closes nothing"),
        ("tahn(a)", "a", "column 1", "there is no function tahn; did you mean tan or tanh?"),
        ("a + b.tahn()", "ab", "column 7", "did you mean tan or tanh?"),
        ("max(a, 0)", "a", "column 1", "did you mean maximum?"),
        ("ReLU(a)", "a", "column 1", "did you mean relu?"),
        ("take(a, b, 1)", "ab", "column 1", "take is not available in expressions, which have no lists: choose with"),
        ("1 + dot(a, b)", "ab", "column 5", "dot is not available in expressions, which have no lists: write out"),
        ("a.dot(b)", "ab", "column 3", "dot is not available in expressions, which have no lists: write out"),
        ("print(a)", "a", "column 1", "expected one such as exp, tanh or relu"),
        ("a.tanh", "a", "column 3", "write .tanh()"),
        ("a.data", "a", "column 1", "a dot only stands before a method"),
        ("a.mean()", "a", "column 3", "mean is a function and no method: write mean(x)"),
        ("math.exp(a)", "a", "column 1", "write exp(x) alone"),
        ("tanh + a", "a", "column 1", "write tanh(x)"),
        ("maximum(a)", "a", "column 1", "maximum has 1 operand: expected maximum(x, y)"),
        ("exp(a, a)", "a", "column 1", "exp has 2 operands: expected exp(x)"),
        ("sum()", "", "column 1", "expected sum(x, y, z)"),
        ("powc(a)", "a", "column 1", "expected powc(x, 0.1)"),
        ("leaky_relu(a, slope=0.1)", "a", "column 15", "without slope="),
        ("leaky_relu(a, a)", "a", "column 15", "the slope of leaky_relu is a number"),
        ("exp(*a)", "a", "column 5", "an operand is missing before *"),
        ("a^2", "a", "column 2", "^ is no power here: write **"),
        ("é*a²", "aé", "column 4", "write **2"),
        ("2×a", "a", "column 2", "write *"),  # noqa: RUF001  # the sign is the test
        ("a // b", "ab", "column 3", "divide with /"),
        ("a % b", "ab", "column 3", "expected one of + - * / **"),
        ("(a) @ b", "ab", "column 5", "@ multiplies matrices"),
        ("a < b", "ab", "column 1", "less(x, y) or equal(x, y)"),
        ("a == b", "ab", "column 1", "less(x, y) or equal(x, y)"),
        ("a and b", "ab", "column 1", "where(condition, x, y)"),
        ("a if b else c", "abc", "column 1", "where(condition, x, y)"),
        ("not a", "a", "column 1", "`not` has no derivative"),
        ("~a", "a", "column 1", "invert has no place here"),
        ("a[0]", "a", "column 1", "an index has no place here"),
        ("sum([a, a])", "a", "column 5", "a list has no place here"),
        ("a, b", "ab", "column 1", "a comma only stands"),
        ("{a}", "a", "column 1", "group with parentheses"),
        ("lambda x: x", "", "column 1", "a lambda has no place here"),
        ("'a'", "", "column 1", "text in quotes"),
        ("f'{a}'", "a", "column 1", "text in quotes"),
        ("'a", "", "column 1", "text in quotes"),
        ("2j", "", "column 1", "a complex number"),
        ("1e999", "", "column 1", "larger than any float"),
        ("1" + "0" * 400, "", "column 1", "larger than any float"),
        ("True", "", "column 1", "True is no number"),
        ("...", "", "column 1", "Ellipsis is no number"),
        ("01", "", "column 1", "a 0 too many"),
        ("import os", "", "column 1", "an import has no place here"),
        ("__import__('os')", "", "column 1", "there is no function __import__"),
        ("(lambda: a)()", "a", "column 12", "only functions are called"),
        ("for i in a: i", "a", "column 1", "a loop has no place here"),
        ("sum(x for x in a)", "a", "column 4", "a loop has no place here"),
        ("(a := 2)", "", "column 2", "`:=` has no place here"),
        ("a: int = 2", "", "column 1", "a colon has no place here"),
        ("del a", "", "column 1", "delete has no place here"),
        ("lambda = 3", "", "column 8", "lambda is a word of Python's own"),
        ("a*b = c", "abc", "column 1", "only a name can stand on the left of ="),
        ("a.b += c", "ac", "column 1", "has no place here"),
        ("a[0] = c", "ac", "column 1", "only a name can stand on the left of ="),
        ("x = y = 2", "", "column 5", "a statement gives one name"),
        ("(a = 3)", "", "column 2", "= only stands after the name of a part"),
        ("a*b; c", "abc", "column 1", "nothing uses this part"),
        ("e = a; c", "ac", "column 1", "nothing uses this part"),
        ("a = 3; a*a", "a", "column 1", "a is given as a number and computed here"),
        ("d = e2 + c; e2 = c; d", "c", "column 5", "e2 is used before it has a value: move the statement"),
        ("c + b2", "c", "column 5", "b2 has no value: give b2=…"),
        ("x*y + z", "", "column 1", "x, y and z have no value: give x=… y=… z=…"),
        ("(a +\n b)*", "ab", "line 2, column 4", "an operand is missing after *"),
        ("\0", "", "", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_the_place(text: str, numbers: str, place: str, problem: str) -> None:
    """The message names the place, what is wrong and what to write, and a caret stands below the place."""
    with pytest.raises(InputError) as caught:
        parse(text, **dict.fromkeys(numbers, 1.0))
    message = str(caught.value)
    assert message.startswith(place)
    assert problem in message
    if place:
        first, line, caret = message.split("\n")
        assert isinstance(caught.value, ExpressionError)
        assert caret.strip() == "^"
        column = int(first.partition("column ")[2].partition(":")[0])
        if column < 30:
            assert caret.index("^") == column + 1
            assert line.strip() in text


@pytest.mark.parametrize(
    ("text", "numbers", "problem"),
    [
        ("", {}, "the expression is empty"),
        (" \n # a\n", {}, "the expression is empty"),
        ("a", {"a": "x"}, "expected a finite number for a, such as a=-1.5, got 'x'"),
        ("a", {"a": None}, "expected a finite number for a"),
        ("a", {"a": math.inf}, "expected a finite number for a"),
        ("a", {"a": 10**400}, "expected a finite number for a"),
        ("a1", {"a1": 1, "a2": 2}, "a2 is given and not in the expression: leave it out; did you mean a1?"),
        ("a", {"a": 1, "text": 2}, "text is given and not in the expression"),
        ("a" * (LONGEST + 1), {}, f"expected {LONGEST} or fewer"),
        (3, {}, "an expression is text"),
        ("\ud800", {}, "expected plain text"),
    ],
)
def test_what_has_no_place_is_said_without(text: Any, numbers: dict[str, Any], problem: str) -> None:  # noqa: ANN401
    """An empty text, and numbers that are none or have no use."""
    with pytest.raises(InputError) as caught:
        parse(text, **numbers)
    assert problem in str(caught.value)
    assert not isinstance(caught.value, ExpressionError)


def test_a_long_line_is_shown_around_the_place() -> None:
    """The caret stands below it still."""
    with pytest.raises(ExpressionError) as caught:
        parse("a*" * 200 + "$" + "*a" * 200, a=1)
    _, line, caret = str(caught.value).split("\n")
    assert line[caret.index("^")] == "$"
    assert len(line) < 80


@pytest.mark.parametrize(
    "part",
    [
        *"-(~[{*+;\n",
        "a+",
        "a**",
        "-a**-",
        "not ",
        "exp(",
        "((a)+",
        "a.tanh().",
        "lambda:",
        "a if a else ",
        "1<",
        "a[",
        "f'{",
        "a=",
    ],
)
@pytest.mark.parametrize("tail", ["", "a", "a" + ")" * 150])
def test_no_depth_is_too_much(part: str, tail: str) -> None:
    """A text that nests as deeply as its length allows is read or refused, and nothing overflows."""
    for length in (90, 300, 1000, LONGEST):
        count = (length - len(tail)) // len(part)
        try:
            assert math.isfinite(parse(part * count + tail, a=1.0).data)
        except InputError as error:
            assert str(error)  # noqa: PT017  # both ends are fine


@given(
    st.text()
    | st.lists(st.sampled_from([*"abe+-*/().,=;\n 12", "**", "tanh", ".tanh(", "sum(", " if ", "'", "[", "1e"])).map(
        "".join
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but an InputError is ever raised, whatever was typed."""
    try:
        root = parse(text, a=2.0, b=-3.0)
    except InputError as error:
        assert str(error)  # noqa: PT017  # both ends are fine
    else:
        assert isinstance(root, Value)


NUMBERS = {"a": 2.0, "b": -3.0, "x1": 0.5}
Written = tuple[str, float]


def _binary(sign: str, x: Written, y: Written) -> Written:
    """Return an operation in parentheses, and its value."""
    row = {"+": ieee.add, "-": ieee.sub, "*": ieee.mul, "/": ieee.div, "**": ieee.pow}[sign]
    return f"({x[0]} {sign} {y[0]})", row(x[1], y[1])


def _call(name: str, operands: list[Written], method: bool) -> Written:  # noqa: FBT001  # drawn by hypothesis
    """Return a call, and its value."""
    names, numbers = [text for text, _ in operands], [number for _, number in operands]
    number = TABLE[name].forward(*numbers)
    if method and name in METHODS:
        return f"({names[0]}).{name}({', '.join(names[1:])})", number
    return f"{name}({', '.join(names)})", number


LEAVES = st.sampled_from(list(NUMBERS.items())) | st.floats(0.0, 1e6).map(lambda x: (repr(x), x))
PLAIN_ROWS = sorted(name for name in FUNCTIONS if TABLE[name].arity and not TABLE[name].parameter)


def _extend(inner: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    """Return a strategy for what can be written with an inner one."""
    calls = st.sampled_from(PLAIN_ROWS).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.lists(inner, min_size=TABLE[name].arity or 1, max_size=TABLE[name].arity or 1),
            st.booleans(),
        )
    )
    many = st.tuples(
        st.sampled_from(["sum", "mean", "logsumexp"]), st.lists(inner, min_size=1, max_size=3), st.just(value=False)
    )
    return (
        st.tuples(st.sampled_from(["+", "-", "*", "/", "**"]), inner, inner).map(lambda drawn: _binary(*drawn))
        | inner.map(lambda x: (f"(-{x[0]})", -x[1]))
        | (calls | many).map(lambda drawn: _call(*drawn))
    )


@given(st.recursive(LEAVES, _extend, max_leaves=12))
def test_an_expression_has_the_value_of_its_floats(written: Written) -> None:
    """Whatever operators and functions are written, the number is what floats give, infinities and nans too."""
    text, number = written
    used = {name: value for name, value in NUMBERS.items() if name in _words(text)}
    assert same(parse(text, **used).data, number)


def _words(text: str) -> set[str]:
    """Return the words in a text."""
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
