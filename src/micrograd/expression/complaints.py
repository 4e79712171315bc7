"""What is said of a text that is no expression: what is wrong, where, and what to write instead."""

from __future__ import annotations

import ast
import difflib
import keyword
import re
from typing import TYPE_CHECKING

from micrograd.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["ExpressionError", "guess", "pointed", "refusal", "unreadable"]

_WIDTH = 72  # characters of a long line that are shown
_OPERATORS = "+-*/(,=;"

# What people write, and what it is called here.
_OTHER_NAMES = {
    "max": "maximum",
    "min": "minimum",
    "ln": "log",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "sigma": "sigmoid",
    "logistic": "sigmoid",
    "leakyrelu": "leaky_relu",
    "power": "pow",
    "average": "mean",
    "add": "sum",
}

_OTHER_SIGNS = {
    "\N{MULTIPLICATION SIGN}": "*",
    "·": "*",
    "⋅": "*",
    "÷": "/",
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "²": "**2",
    "³": "**3",
    "√": "sqrt(x)",
    "^": "**",
    "!": "a function of micrograd",
}

_REFUSALS: dict[type[ast.AST], str] = {
    ast.Compare: "a comparison has no derivative: write less(x, y) or equal(x, y), which are 1 or 0",
    ast.BoolOp: "`and` and `or` have no derivative: choose with where(condition, x, y)",
    ast.IfExp: "`if` and `else` have no derivative: choose with where(condition, x, y)",
    ast.Attribute: "a dot only stands before a method with its parentheses, such as x.tanh()",
    ast.Subscript: "an index has no place here: give each number a name of its own, such as x1 for x[1]",
    ast.Lambda: "a lambda has no place here: write what it returns",
    ast.List: "a list has no place here: write its numbers one after the other, as in sum(a, b)",
    ast.Tuple: "a comma only stands between the operands of a function, as in maximum(a, b)",
    ast.Set: "braces have no place here: group with parentheses",
    ast.Dict: "braces have no place here: group with parentheses",
    ast.AnnAssign: "a colon has no place here: name a part with = alone, as in e = a*b",
    ast.JoinedStr: "text in quotes has no place here: write names and numbers without them",
    ast.Starred: "an operand is missing before *",
    ast.NamedExpr: "`:=` has no place here: name a part in a statement of its own, e = a*b; d = e + c",
    ast.Await: "`await` has no place here: write names, numbers, operators and functions",
    ast.For: "a loop has no place here: write out each term",
    ast.ListComp: "a loop has no place here: write out each term",
    ast.GeneratorExp: "a loop has no place here: write out each term",
    ast.Import: "an import has no place here, nor is one needed: write exp(x) for math.exp(x)",
    ast.ImportFrom: "an import has no place here, nor is one needed: write exp(x) for math.exp(x)",
    ast.Not: "`not` has no derivative: write 1 - x for an x that is 1 or 0",
    ast.FloorDiv: "// rounds, and has no derivative: divide with /",
    ast.Mod: "% has no place here: expected one of + - * / **",
    ast.BitXor: "^ is no power here: write **",
    ast.MatMult: "@ multiplies matrices: multiply numbers with *",
}

# How messages of Python's parser begin, and what is said in their stead.
_PARSER_MESSAGES = {
    "'(' was never closed": "this parenthesis is never closed: add the missing )",
    "unmatched ')'": "this parenthesis closes nothing: remove it, or add the missing (",
    "cannot assign to": "only a name can stand on the left of =, as in e = a*b",
    "invalid decimal literal": "a number runs into a name: put an operator between, as in 2*a",
    "too many nested": "parentheses are nested too deeply: name parts of the expression, e = a*b; d = e + c",
    "leading zeros": "a number begins with a 0 too many: leave it out",
    "unterminated string": _REFUSALS[ast.JoinedStr],
    "invalid syntax. Maybe you meant '=='": "= only stands after the name of a part, as in e = a*b",
}


class ExpressionError(InputError):
    """A text cannot be read as an expression; the message says why, and two more lines point at the place."""


def pointed(problem: str, lines: Sequence[str], line: int, column: int) -> ExpressionError:
    """Return the error for a problem at a place in a text: a line and a column, both counted from 0."""
    text = "".join(c if c.isprintable() else "?" for c in lines[line]) if line < len(lines) else ""
    column = min(column, len(text))
    start = max(0, min(column - _WIDTH // 2, len(text) - _WIDTH))
    place = f"column {column + 1}" if len(lines) == 1 else f"line {line + 1}, column {column + 1}"
    shown = text[start : start + _WIDTH].rstrip()
    return ExpressionError(f"{place}: {problem}\n  {shown}\n  {' ' * (column - start)}^")


def guess(name: str, known: Iterable[str], alike: float = 0.6) -> str:
    """Return a question about what a misspelt name may have been meant to be; nothing where nothing is near.

    Args:
        name: what was written.
        known: what could have been written.
        alike: the share of letters in common, from 0 to 1, from which on a name is near: difflib's own default.
    """
    folded = {each.casefold(): each for each in sorted(known)}
    same = _OTHER_NAMES.get(name.casefold(), name.casefold())
    close = [same] if same in folded else difflib.get_close_matches(name.casefold(), folded, 2, alike)
    return f"; did you mean {' or '.join(folded[each] for each in close)}?" if close else ""


def refusal(node: ast.AST) -> str:
    """Return why a node of Python's grammar is no part of an expression."""
    if isinstance(node, ast.Constant):
        return _constant_refusal(node)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).lower()
    return _REFUSALS.get(type(node), f"{name} has no place here: expected numbers, names, + - * / ** and functions")


def _constant_refusal(node: ast.Constant) -> str:
    """Return why a constant is no number of an expression."""
    if isinstance(node.value, complex):
        return "a complex number has no place here: expected a real one, such as 2.5"
    if isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return "this number is larger than any float: expected one below 1.8e308"
    if isinstance(node.value, (str, bytes)):
        return _REFUSALS[ast.JoinedStr]
    return f"{node.value!r} is no number: expected one such as 2.5"


def unreadable(error: SyntaxError, lines: Sequence[str]) -> ExpressionError:
    """Return the error for a text that Python's grammar does not know."""
    line = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
    column = min(max((error.offset or 1) - 1, 0), len(lines[line]))
    return pointed(_syntax(error.msg, lines[line], column), lines, line, column)


def _syntax(message: str, line: str, column: int) -> str:
    """Return what is wrong at a place that Python's parser complains of."""
    here = line[column : column + 1]
    for start, problem in _PARSER_MESSAGES.items():
        if message.startswith(start):
            return problem
    if here in _OTHER_SIGNS:
        return f"{here} has no meaning here: write {_OTHER_SIGNS[here]}"
    problem = _operand_problem(line[:column].rstrip(), here) or _word_problem(line, column)
    if problem:
        return problem
    if "comma" in message or _is_operand(here):
        return "an operator is missing near here: put one of + - * / ** between two operands"
    return f"this cannot be read ({message}): expected numbers, names, + - * / ** and functions"


def _operand_problem(before: str, here: str) -> str:
    """Return what is wrong where an operand is missing; nothing where none is."""
    if (before and before[-1] not in _OPERATORS) or (here and here not in "+*/),=;"):
        return ""
    after = f" after {before[-1]}" if before else ""
    return f"an operand is missing{after}: expected a number, a name or a function"


def _word_problem(line: str, column: int) -> str:
    """Return what is wrong at a place beside a word of Python's own; nothing where there is none."""
    words = re.findall(r"\w+$", line[:column].rstrip()) + re.findall(r"^\w+", line[column:])
    reserved = [word for word in words if keyword.iskeyword(word)]
    return f"{reserved[0]} is a word of Python's own: choose another name" if reserved else ""


def _is_operand(here: str) -> bool:
    """Tell whether an operand could begin with a character."""
    return here.isalnum() or here in {"_", "(", "."}
