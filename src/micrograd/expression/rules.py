"""The grammar of expressions: which nodes of Python's are a part of it, and the Value that each stands for."""

from __future__ import annotations

import ast
import math
import operator
from typing import TYPE_CHECKING, Any, NamedTuple

from micrograd import functions
from micrograd.engine import Value
from micrograd.expression.complaints import ExpressionError, guess, pointed, refusal
from micrograd.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["FUNCTIONS", "METHODS", "at", "build", "checked", "split"]

# Rows that take lists, which an expression does not have, and what to write in their stead.
WITH_LISTS = {"dot": "write out the sum, as in a1*b1 + a2*b2", "take": "choose with where(condition, x, y)"}
FUNCTIONS = {name for name in TABLE if hasattr(functions, name)} - set(WITH_LISTS)
METHODS = {name for name in TABLE if hasattr(Value, name)} & FUNCTIONS
LIBRARIES = {"math", "micrograd", "np", "numpy", "torch"}
NEEDED_PARAMETERS = {"powc"}  # of the others the parameter has a default

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}


def at(node: Any, problem: str, lines: Sequence[str]) -> ExpressionError:  # noqa: ANN401  # one that has a place
    """Return the error for a problem where a node begins."""
    return pointed(problem, lines, node.lineno - 1, _column(lines[node.lineno - 1], node.col_offset))


def _after(node: ast.expr, problem: str, lines: Sequence[str], back: int = 0) -> ExpressionError:
    """Return the error for a problem just after a node, or some characters before its end."""
    line = (node.end_lineno or 1) - 1
    column = _column(lines[line], node.end_col_offset or 0) - back
    while not back and lines[line][column : column + 1] in {" ", ")"}:
        column += 1
    return pointed(problem, lines, line, column)


def _column(line: str, offset: int) -> int:
    """Return a place in a line in characters, from one in bytes."""
    return len(line.encode()[:offset].decode(errors="ignore"))


def split(node: ast.stmt, lines: Sequence[str]) -> tuple[str, ast.expr]:
    """Return the name that a statement gives, empty for none, and its expression."""
    if isinstance(node, ast.Expr):
        return "", node.value
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        name = ast.copy_location(ast.Name(node.target.id), node.target)
        return node.target.id, ast.copy_location(ast.BinOp(name, node.op, node.value), node)
    if not isinstance(node, ast.Assign):
        raise at(node, refusal(node), lines)
    if len(node.targets) > 1:
        raise at(node.targets[1], "a statement gives one name: write a second one, as in e = a*b; d = e", lines)
    target = node.targets[0]
    if not isinstance(target, ast.Name):
        raise at(target, "only a name can stand on the left of =, as in e = a*b", lines)
    return target.id, node.value


def checked(expression: ast.expr, lines: Sequence[str]) -> list[ast.expr]:
    """Return the nodes of an expression, each before its operands, from left to right."""
    nodes: list[ast.expr] = []
    stack = [expression]
    while stack:  # as deep as the text nests, which is deeper than Python recurses
        node = stack.pop()
        _check(node, lines)
        nodes.append(node)
        stack += reversed(_operands(node))
    return nodes


def _operands(node: ast.expr) -> list[ast.expr]:
    """Return the operands of a node that has been checked."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.Call):
        return [node.func.value, *node.args] if isinstance(node.func, ast.Attribute) else node.args
    return []


def _check(node: ast.expr, lines: Sequence[str]) -> None:
    """Refuse a node that is no part of an expression."""
    if isinstance(node, ast.BinOp):
        if type(node.op) not in BINARY:
            raise _after(node.left, refusal(node.op), lines)
    elif isinstance(node, ast.UnaryOp):
        if type(node.op) not in UNARY:
            raise at(node, refusal(node.op), lines)
    elif isinstance(node, ast.Call):
        _check_call(node, lines)
    elif isinstance(node, ast.Attribute) and node.attr in METHODS:
        problem = f"a method needs its parentheses: write .{node.attr}()"
        raise _after(node, problem, lines, len(node.attr))
    elif not (isinstance(node, ast.Name) or (isinstance(node, ast.Constant) and _is_number(node.value))):
        raise at(node, refusal(node), lines)


def _is_number(constant: object) -> bool:
    """Tell whether a constant is a number that a float can hold."""
    try:
        return type(constant) in {int, float} and math.isfinite(constant)  # type: ignore[arg-type]
    except OverflowError:
        return False


def _check_call(node: ast.Call, lines: Sequence[str]) -> None:
    """Refuse a call of what is no row of the table, and one with too few or too many operands."""
    name, known = _called(node), METHODS if isinstance(node.func, ast.Attribute) else FUNCTIONS
    if name is None:
        raise _after(node.func, "only functions are called: multiply with *, as in 2*(a + b)", lines)
    if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in LIBRARIES:
        raise at(node, f"a library has no place here: write {name}(x) alone", lines)
    if name not in known:
        raise _after(node.func, _no_function(name, known), lines, len(name))
    if node.keywords:
        problem = f"{name} takes its operands by their places: write the number without {node.keywords[0].arg}="
        raise at(node.keywords[0], problem, lines)
    low, high = _counts(name)
    n = len(_operands(node))
    if not low <= n <= high:
        raise _after(node.func, _miscounted(name, n), lines, len(name))


def _miscounted(name: str, n: int) -> str:
    """Return what is wrong with a call that has n operands."""
    row = TABLE[name]
    operands = ["x", "y", "z"][: row.arity or 3] + ["0.1"] * (row.parameter is not None)
    return f"{name} has {n} operand{'' if n == 1 else 's'}: expected {name}({', '.join(operands)})"


def _called(node: ast.Call) -> str | None:
    """Return the name that is called; None where something else is."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def _no_function(name: str, known: set[str]) -> str:
    """Return what is wrong with a call of something that is no row of the table."""
    if name in WITH_LISTS:
        return f"{name} is not available in expressions, which have no lists: {WITH_LISTS[name]}"
    hint = guess(name, known)
    if hint:
        return f"there is no function {name}{hint}"
    if known is METHODS and name in FUNCTIONS:
        return f"{name} is a function and no method: write {name}(x)"
    return f"there is no function {name}: expected one such as exp, tanh or relu; multiply with *, as in a*(b + c)"


def _counts(name: str) -> tuple[int, float]:
    """Return the least and the largest number of operands that a function takes, its parameter among them."""
    row = TABLE[name]
    if row.arity is None:
        return 1, math.inf
    high = row.arity + (row.parameter is not None)
    return high if name in NEEDED_PARAMETERS else row.arity, high


class _Built(NamedTuple):
    """The Value of a node, and whether it comes from numbers alone, as exponents such as 1/2 do."""

    value: Value
    plain: bool


def build(nodes: Sequence[ast.expr], values: Mapping[str, Value], fixed: set[Value], lines: Sequence[str]) -> Value:
    """Return the Value of an expression.

    Args:
        nodes: what `checked` returned.
        values: the Value of each name.
        fixed: those among them that are constants, as pi is.
        lines: the text, for errors.
    """
    done: dict[ast.expr, _Built] = {}
    for node in reversed(nodes):  # operands come before what they are operands of
        operands = [done[each] for each in _operands(node)]
        plain = all(each.plain for each in operands)
        if isinstance(node, ast.Name):
            plain = values[node.id] in fixed
        done[node] = _Built(_value(node, operands, values, lines), plain)
    return done[nodes[0]].value


def _value(node: ast.expr, operands: list[_Built], values: Mapping[str, Value], lines: Sequence[str]) -> Value:
    """Return the Value of a node, from those of its operands."""
    if isinstance(node, ast.Constant):
        return Value(node.value)
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.UnaryOp):
        value = UNARY[type(node.op)](operands[0].value)
        return Value(value.data) if isinstance(node.operand, ast.Constant) else value  # -3.0 is a number
    if isinstance(node, ast.Call):
        return _row(node, operands, lines)
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Pow):
        return BINARY[type(node.op)](operands[0].value, operands[1].value)  # type: ignore[no-any-return]
    return _power(*operands)


def _power(base: _Built, exponent: _Built) -> Value:
    """Return a power, with an exponent of numbers alone as the constant that Python would make of it."""
    return base.value ** (exponent.value.data if exponent.plain else exponent.value)


def _row(node: ast.Call, operands: list[_Built], lines: Sequence[str]) -> Value:
    """Return the Value of a call, by the row of the table that has its name."""
    name = _called(node) or ""
    row, function = TABLE[name], getattr(functions, name)
    if name == "pow":
        return _power(*operands)
    numbers: list[Any] = [each.value for each in operands]
    if row.variadic:
        return function(numbers)  # type: ignore[no-any-return]
    if len(operands) > (row.arity or 0):
        if not operands[-1].plain:
            problem = f"the {row.parameter} of {name} is a number that nothing is differentiated by: write one"
            raise at(node.args[-1], problem, lines)
        numbers[-1] = numbers[-1].data
    return function(*numbers)  # type: ignore[no-any-return]
