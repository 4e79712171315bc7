"""The printer: an array program as text, one line for a statement, in the notation of a textbook.

    h[i,j] = relu(b[j] + Σ_k w[j,k]·x[i,k])

Loops have letters, in order. What is read only once, at the same point, is written where it is read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from micrograd.compiler.places import Places, number
from micrograd.compiler.program import Access, Array, Loop, Map, Sum, accesses, straight
from micrograd.compiler.symbols import key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from micrograd.compiler.nest import Simple
    from micrograd.compiler.program import Operand, Program, Statement, Term, Top

WIDEST = 100  # characters of a line that was put together from several statements
SHOWN = 8  # numbers of a constant or a table

SUM, SIGMA, PRODUCT, POWER, ATOM = range(5)  # how strongly an expression holds together
INFIX = {  # the form, its level, the levels of its operands
    "add": ("{} + {}", SUM, (SUM, SUM)),
    "sub": ("{} - {}", SUM, (SUM, PRODUCT)),
    "mul": ("{}·{}", PRODUCT, (PRODUCT, PRODUCT)),
    "div": ("{}/{}", PRODUCT, (PRODUCT, POWER)),
    "pow": ("{}^{}", POWER, (ATOM, ATOM)),
    "powc": ("{}^{}", POWER, (ATOM, ATOM)),
    "neg": ("-{}", SUM, (PRODUCT,)),
    "less": ("[{} < {}]", ATOM, (SUM, SUM)),
    "equal": ("[{} = {}]", ATOM, (SUM, SUM)),
}
POWERS = {1: "", 2: "²", 3: "³"}


@dataclass(frozen=True, slots=True)
class Expression:
    """A piece of text, and how strongly it holds together."""

    text: str
    level: int

    def within(self, level: int) -> str:
        """Return the text as an operand of something that holds as strongly as `level`."""
        return self.text if self.level >= level else f"({self.text})"


def text(program: Program) -> str:
    """Return a program as text: what it is given and gives, the forward part, the backward part."""
    return "\n".join(_Printer(program).lines())


class _Printer:
    """The state of printing: letters, tables, and which statements are written inside of others."""

    def __init__(self, program: Program) -> None:
        self._program = program
        flat = straight(program.statements)
        self._places = Places({array.name for s in flat for array in _arrays(s)})
        self._inside: dict[Array, Expression] = {}
        self._readers = Counter(access.array for s in flat for _, access in accesses(s))
        self._sole = self._find_sole_readers()

    def lines(self) -> Iterator[str]:
        """Yield all lines."""
        statements = self._program.statements
        last = max(n for n, s in enumerate(statements) if any(_writes(s, self._program.output)))
        forward = [line for s in statements[: last + 1] for line in self._statement(s)]
        backward = [line for s in statements[last + 1 :] for line in self._statement(s)]
        yield from self._legend()
        yield from ["", "forward:", *forward]
        if backward:
            yield from ["", "backward:", *backward]

    def _legend(self) -> Iterator[str]:
        """Yield a line for each array that the caller sees, for each constant and for each table."""
        program = self._program
        flat = straight(program.statements)
        seen = [*program.arguments, *([program.seed] if program.seed is not None else []), program.output]
        for array in seen:
            yield f"{_declared(array)}  {array.role}"
        for array, gradient in program.gradients.items():
            yield f"{_declared(gradient)}  gradient of {array.name}"
        for array in dict.fromkeys(array for s in flat for array in _arrays(s)):
            if array.data is not None and array.size > 1:
                yield f"{_declared(array)}  constant {_listed(array.data.ravel().tolist())}"
        for name, table in self._places.tables():
            yield f"{name}[{table.size}]  table {_listed(table.tolist())}"

    def _find_sole_readers(self) -> dict[Array, Simple]:
        """Return by array the statement that may be written where it is read: once, at the same point, soon enough."""
        sole: dict[Array, Simple] = {}
        for block in _blocks(self._program.statements):
            written = {s.out.array: s for s in block if not (isinstance(s, Sum) and s.accumulate)}
            for reader in block:
                for access in _pointwise(reader):
                    source = written.get(access.array)
                    if source is not None and self._is_sole(source, reader, access):
                        sole[access.array] = source
        once = Counter(s.out.array for s in straight(self._program.statements))
        return {array: s for array, s in sole.items() if once[array] == 1}

    def _is_sole(self, source: Simple, reader: Simple, access: Access) -> bool:
        """Tell whether what one statement writes is read by another alone, point by point."""
        same = source.axes == reader.axes and key(reader.axes, access) == key(source.axes, source.out)
        return same and source.out.array.role == "local" and self._readers[access.array] == 1

    def _statement(self, statement: Statement) -> list[str]:
        """Return the lines of a statement; none where it will be written inside of another."""
        if not isinstance(statement, Loop):
            return [f"  {line}" for line in self._simple(statement, self._places.letters())]
        letters = self._places.letters(loop=True)
        last = statement.extent - 1
        ends = f"{last}..0" if statement.reverse else f"0..{last}"
        body = [f"    {line}" for simple in statement.body for line in self._simple(simple, letters)]
        return [f"  for {letters[0]} in {ends}:", *body]

    def _simple(self, statement: Simple, letters: str) -> list[str]:
        """Return the line of a statement, or none where it waits for its reader."""
        array = statement.out.array
        value = self._value(statement, letters)
        if array in self._sole and len(value.text) <= WIDEST // 2:
            self._inside[array] = value
            return []
        sign = "+=" if isinstance(statement, Sum) and statement.accumulate else "="
        return [f"{self._access(statement.axes, statement.out, letters)} {sign} {value.text}"]

    def _value(self, statement: Simple, letters: str) -> Expression:
        """Return the right-hand side of a statement."""
        if isinstance(statement, Map):
            return self._map(statement, letters)
        return self._sum(statement, letters) if isinstance(statement, Sum) else self._top(statement, letters)

    def _map(self, statement: Map, letters: str) -> Expression:
        """Return a row of the table with its operands."""
        operands = [self._operand(statement.axes, x, letters) for x in statement.operands]
        if statement.parameter is not None:
            operands.append(_constant(statement.parameter))
        if statement.op == "copy":
            return operands[0]
        if statement.op == "powc" and statement.parameter in POWERS:
            return Expression(operands[0].within(ATOM) + POWERS[int(statement.parameter)], POWER)
        if statement.op == "mul" and operands[0] == operands[1]:
            return Expression(operands[0].within(ATOM) + POWERS[2], POWER)
        if statement.op == "mul" and not isinstance(statement.operands[1], Access):
            operands.reverse()
        if statement.op in INFIX:
            form, level, inner = INFIX[statement.op]
            return Expression(form.format(*(x.within(n) for x, n in zip(operands, inner, strict=True))), level)
        return Expression(f"{statement.op}({', '.join(x.text for x in operands)})", ATOM)

    def _operand(self, axes: tuple[int, ...], operand: Operand, letters: str) -> Expression:
        """Return an operand: a constant, an element, or the expression that is written in its place."""
        if not isinstance(operand, Access):
            return _constant(operand)
        if operand.array in self._inside:
            return self._inside[operand.array]
        return Expression(self._access(axes, operand, letters), ATOM)

    def _access(self, axes: tuple[int, ...], access: Access, letters: str) -> str:
        """Return an element in brackets; the number itself for a constant of one element."""
        data = access.array.data
        return self._places.text(axes, access, letters) if data is None or data.size > 1 else number(data.flat[0])

    def _sum(self, statement: Sum, letters: str) -> Expression:
        """Return terms with plus or minus between them."""
        if not statement.terms:
            return Expression("0", ATOM)
        terms = [self._term(statement.axes, term, letters) for term in statement.terms]
        signs = ["-" if term.coefficient < 0.0 else "+" for term in statement.terms]
        line = " ".join(f"{sign} {term}" for sign, term in zip(signs, terms, strict=True)).removeprefix("+ ")
        line = f"-{line[2:]}" if line.startswith("- ") else line
        if signs != ["+"]:
            return Expression(line, SUM)
        return Expression(line, SIGMA if "Σ" in line else PRODUCT)

    def _term(self, axes: tuple[int, ...], term: Term, letters: str) -> str:
        """Return a term without its sign: the sum over its loops of a product."""
        nest = axes + term.extents
        level = SIGMA if len(term.factors) == 1 else PRODUCT
        factors = Counter(self._operand(nest, x, letters).within(level) for x in term.factors)
        ones, size = factors.pop("1", 0), abs(term.coefficient)
        scale = number(size) if size != 1.0 or (ones and not factors) else ""
        symbol = f"Σ_{letters[len(axes) : len(nest)]} " if term.extents else ""
        product = symbol + "·".join(x + POWERS[count] for x, count in factors.items())
        return "·".join(part for part in (scale, product) if part)

    def _top(self, statement: Top, letters: str) -> Expression:
        """Return the largest over loops, of several where there are several."""
        inner = len(statement.axes)
        found = []
        for extents, access in statement.operands:
            element = self._access(statement.axes + extents, access, letters)
            found.append(f"max_{letters[inner : inner + len(extents)]} {element}" if extents else element)
        return Expression(found[0], SUM) if len(found) == 1 else Expression(f"max({', '.join(found)})", ATOM)


def _writes(statement: Statement, array: Array) -> Iterator[bool]:
    """Yield for each statement, in a loop or not, whether it writes an array."""
    yield from (simple.out.array is array for simple in straight((statement,)))


def _arrays(statement: Simple) -> list[Array]:
    """Return the arrays of a statement."""
    return [statement.out.array, *(access.array for _, access in accesses(statement))]


def _blocks(statements: tuple[Statement, ...]) -> Iterator[list[Simple]]:
    """Yield the statements that run in order: each loop's body, and all that is in no loop."""
    yield [s for s in statements if not isinstance(s, Loop)]
    yield from (list(s.body) for s in statements if isinstance(s, Loop))


def _pointwise(statement: Simple) -> list[Access]:
    """Return what a statement reads once at each point, outside of its sums."""
    if isinstance(statement, Map):
        return [x for x in statement.operands if isinstance(x, Access)]
    if isinstance(statement, Sum):
        return [x for term in statement.terms if not term.extents for x in term.factors]
    return []


def _constant(x: float) -> Expression:
    """Return a number; a negative one holds together like a sum."""
    return Expression(number(x), SUM if x < 0.0 else ATOM)


def _declared(array: Array) -> str:
    """Return an array with its extents."""
    return array.name + (f"[{','.join(map(str, array.shape))}]" if array.shape else "")


def _listed(numbers: list[float]) -> str:
    """Return the first numbers of a list."""
    return ", ".join(map(number, numbers[:SHOWN])) + (", …" if len(numbers) > SHOWN else "")
