"""Tidying an array program: sums that need not accumulate, sums that are maps, and statements that nobody needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.nest import Writes, elements, is_injective, timeline
from micrograd.compiler.program import Loop, Map, Sum, accesses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from micrograd.compiler.nest import Simple
    from micrograd.compiler.program import Array, Operand, Program, Statement


def tidy(program: Program) -> Program:
    """Return a program that computes the same with less."""
    statements = _without_fills(program.statements)
    statements = _replaced(statements, as_map)
    kept = [program.output, *program.gradients.values()]
    return replace(program, statements=_without_dead(statements, kept))


def _replaced(statements: tuple[Statement, ...], change: Callable[[Simple], Simple | None]) -> tuple[Statement, ...]:
    """Return statements with each one changed, or left out where the change is None; loops' bodies too."""
    found: list[Statement] = []
    for statement in statements:
        if isinstance(statement, Loop):
            body = tuple(new for old in statement.body if (new := change(old)) is not None)
            found += [replace(statement, body=body)] if body else []
        elif (new := change(statement)) is not None:
            found.append(new)
    return tuple(found)


def _without_fills(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Return statements in which no array is filled with zeros that are all overwritten, or could be.

    Where a sum is the first to add to each element that it touches, it may as well write. Where such sums make up
    all of an array, its zeros are not needed.
    """
    steps = [(s, time) for s, time in timeline(statements) if isinstance(s, Sum)]
    fills = {s.out.array: s for s, _ in steps if not s.terms and s.out.array.size == np.prod(s.axes, dtype=int)}
    adding: dict[Array, list[tuple[Sum, NDArray[np.int64]]]] = {}
    for s, time in steps:
        if s.accumulate and s.out.array in fills:
            adding.setdefault(s.out.array, []).append((s, time))
    gone: set[Sum] = set()
    plain: dict[Simple, Sum] = {}
    for array, sums in adding.items():
        if (first := _first_of_all(array, sums)) is not None:
            gone.add(fills[array])
            plain |= {s: replace(s, accumulate=False) for s in first}
    return _replaced(statements, lambda s: None if s in gone else plain.get(s, s))


def _first_of_all(array: Array, sums: list[tuple[Sum, NDArray[np.int64]]]) -> list[Sum] | None:
    """Return the sums that are the first to add to what they touch, if together they touch all of an array."""
    first = Writes(list(sums)).first[array]
    if first.max() == np.iinfo(np.int64).max:
        return None
    found, touched = [], np.zeros(array.size, dtype=bool)
    for s, time in sums:
        where = elements(s.axes, s.out)
        if is_injective(s.axes, s.out) and (first[where] == time).all():
            found.append(s)
            touched[where] = True
    return found if touched.all() else None


def as_map(statement: Simple) -> Simple:
    """Return a sum that only copies, scales or multiplies two arrays as a map; anything else as it is."""
    if not isinstance(statement, Sum) or statement.accumulate or len(statement.terms) != 1:
        return statement
    term = statement.terms[0]
    if term.extents:
        return statement
    constants = tuple(x.array.data for x in term.factors)
    operands: tuple[Operand, ...] = term.factors
    if len(constants) == 1 and constants[0] is not None and constants[0].size == 1:
        operands = (term.coefficient * float(constants[0].flat[0]),)
    elif term.coefficient != 1.0:
        operands = (*term.factors, term.coefficient)
    if len(operands) > 2:  # noqa: PLR2004  # operands of a multiplication
        return statement
    return Map(statement.axes, statement.out, "copy" if len(operands) == 1 else "mul", operands)


def _without_dead(statements: tuple[Statement, ...], kept: Iterable[Array]) -> tuple[Statement, ...]:
    """Return the statements that the kept arrays depend on."""
    live = set(kept)
    for statement in reversed(statements):
        _follow(statement, live)
    return _replaced(statements, lambda s: s if s.out.array in live else None)


def _follow(statement: Statement, live: set[Array]) -> None:
    """Add to the live arrays what a statement reads for them; a loop is gone through until nothing is new."""
    body = statement.body if isinstance(statement, Loop) else (statement,)
    before = -1
    while before < len(live):
        before = len(live)
        for simple in reversed(body):
            if simple.out.array in live:
                live.update(access.array for _, access in accesses(simple))
