"""From text to a graph of Values: what the statements name, and the nodes that each of them makes."""

from __future__ import annotations

import ast
import math
import warnings
from typing import TYPE_CHECKING

from micrograd.engine import Value
from micrograd.errors import InputError
from micrograd.expression import rules
from micrograd.expression.complaints import guess, unreadable
from micrograd.ieee import to_float

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["parse"]

LONGEST = 4000  # characters: Python's parser recurses, and this much it bears on the smallest stack of a thread
ALIKE = 0.5  # names are short: b1 and b2 are near each other
CONSTANTS = {"pi": math.pi, "e": math.e}


def parse(text: str, /, **numbers: float) -> Value:
    """Return the Value of an arithmetic expression, with the graph that it was computed by.

    The text has the grammar of Python's arithmetic: numbers, names, + - * / **, parentheses, and the rows of the
    ops table as functions, `tanh(x)`, or as methods, `x.tanh()`. Statements that name parts, `e = a*b`, may stand
    before the last one, after which the whole is called if it too has a name; `;` or a new line ends a statement.
    The text is read, and never run as Python.

    Args:
        text: the expression, of 4000 characters or fewer.
        numbers: a finite number for every name in the text that is not named there; each becomes a leaf of that
            label. `pi` and `e` are known, unless they are given.

    Raises:
        ExpressionError: the text cannot be read, a name in it has no number, or a part or a number is not used; the
            message points at the place. It is an InputError.
        InputError: the text is empty or too long, a number is none, or its name is not in the text.

    Example:
        >>> L = parse("e = a*b; d = e + c; L = d*f", a=2, b=-3, c=10, f=-2)
        >>> L.backward()
        >>> L.label, L.data, [parent.label for parent in L.parents]
        ('L', -8.0, ['d', 'f'])
    """
    lines = _lines(text)
    statements = [_Statement(node, lines) for node in _tree(lines)]
    if not statements:
        message = "the expression is empty: expected one such as (a*b + c).tanh()"
        raise InputError(message)
    given = {name: _leaf(number, name) for name, number in numbers.items()}
    _check_names(statements, given, lines)
    return _graph(statements, given, lines)


def _lines(text: str) -> list[str]:
    """Return the lines of a text without what surrounds them, which means nothing here."""
    if not isinstance(text, str):
        message = f"an expression is text, such as '(a*b + c).tanh()'; got {text!r}"
        raise InputError(message)
    if len(text) > LONGEST:
        message = f"the expression has {len(text)} characters; expected {LONGEST} or fewer: explain a part of it"
        raise InputError(message)
    return [" ".join(line.split("\t")).strip() for line in text.splitlines()]


def _tree(lines: Sequence[str]) -> list[ast.stmt]:
    """Return the statements of a text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on what is refused below anyway
            return ast.parse("\n".join(lines)).body
    except SyntaxError as error:
        raise unreadable(error, lines) from None
    except (RecursionError, MemoryError):
        message = "the expression is nested too deeply: name parts of it, as in e = a*b; d = e + c"
        raise InputError(message) from None
    except ValueError as error:  # characters that no text can hold
        message = f"the expression cannot be read ({error}): expected plain text"
        raise InputError(message) from None


class _Statement:
    """A statement that has been checked: the name that it gives, if any, and the nodes of its expression."""

    def __init__(self, node: ast.stmt, lines: Sequence[str]) -> None:
        self.node = node
        self.target, self.expression = rules.split(node, lines)
        self.nodes = rules.checked(self.expression, lines)
        self.names = [each for each in self.nodes if isinstance(each, ast.Name)]


def _leaf(number: float, label: str) -> Value:
    """Return a leaf for a number that was given."""
    try:
        leaf = Value(to_float(number), label=label)
    except (TypeError, OverflowError):
        leaf = Value(math.nan)
    if not math.isfinite(leaf.data):
        message = f"expected a finite number for {label}, such as {label}=-1.5, got {number!r}"
        raise InputError(message)
    return leaf


def _check_names(statements: Sequence[_Statement], given: Iterable[str], lines: Sequence[str]) -> None:
    """Refuse names without a number, and numbers and parts without a use."""
    known = {*given, *CONSTANTS}
    missing: dict[str, ast.Name] = {}
    for statement in statements:
        for name in statement.names:
            if name.id not in known:
                missing.setdefault(name.id, name)
        known.add(statement.target)
    if missing:
        targets = {each.target for each in statements}
        first = min(missing, key=lambda name: name not in targets)  # what stands in the wrong order
        raise rules.at(missing[first], _missing(first, missing, targets, known), lines)
    _check_uses(statements, set(given), lines)


def _missing(name: str, missing: Iterable[str], targets: set[str], known: set[str]) -> str:
    """Return what is wrong with names that have no value, the first of which is `name`."""
    names = list(missing)
    if name in targets:
        return f"{name} is used before it has a value: move the statement that begins with {name} = before this one"
    if name in rules.FUNCTIONS:
        return f"{name} is a function, and needs its operands: write {name}(x)"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]} have no value: give {' '.join(f'{n}=…' for n in names)}"
    return f"{name} has no value: give {name}=…{guess(name, known - {name, ''}, ALIKE)}"


def _check_uses(statements: Sequence[_Statement], given: set[str], lines: Sequence[str]) -> None:
    """Refuse numbers and parts that nothing uses."""
    used = {name.id for statement in statements for name in statement.names}
    for statement in statements:
        if statement.target in given:
            problem = f"{statement.target} is given as a number and computed here: leave one of the two out"
            raise rules.at(statement.node, problem, lines)
    for statement in statements[:-1]:
        if statement.target not in used:
            problem = "nothing uses this part: leave it out, or use its name in a later statement, e = a*b; d = e + c"
            raise rules.at(statement.node, problem, lines)
    for name in sorted(given - used):
        message = f"{name} is given and not in the expression: leave it out{guess(name, used, ALIKE)}"
        raise InputError(message)


def _graph(statements: Sequence[_Statement], given: dict[str, Value], lines: Sequence[str]) -> Value:
    """Return the Value of the last statement."""
    constants = {name: Value(number, label=name) for name, number in CONSTANTS.items()}
    fixed, values = set(constants.values()), constants | given
    for statement in statements:
        root = rules.build(statement.nodes, values, fixed, lines)
        if statement.target:
            root = values[statement.target] = _labelled(root, statement.target)
    return root


def _labelled(node: Value, label: str) -> Value:
    """Return a node under a label; a copy of one that has another already, as `x = a` makes."""
    if node.label:
        node = Value(node)
    node.label = label
    return node
