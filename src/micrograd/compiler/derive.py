"""Reverse mode on an array program: the backward part, from the derivatives in the ops table.

Statements are taken from the last to the first. Each gives shares to the adjoints of what it reads; when the statement
comes up that wrote an array, all shares of it are known, and become sums.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.nest import row_major
from micrograd.compiler.program import Access, Array, Loop, Map, Program, Statement, Sum, Top, accesses, straight
from micrograd.compiler.shares import Adjoint, Group, Share, as_adjoint, groups, seen_through
from micrograd.compiler.symbols import Maps, Names, Rows, Symbol, restride
from micrograd.compiler.tidy import tidy
from micrograd.ops import TABLE

if TYPE_CHECKING:
    from micrograd.compiler.nest import Simple
    from micrograd.compiler.program import Role


def derive(program: Program, *, seeds: bool) -> Program:
    """Return a program that also computes the gradients of its parameters.

    Args:
        program: a forward program, without gradients.
        seeds: whether the caller gives a number for each output, by which its gradient counts; else it is 1.

    Raises:
        ValueError: several outputs, and no seeds.
    """
    if not seeds and program.output.size != 1:
        message = f"the gradient of {program.output.size} outputs needs seeds: one number for each"
        raise ValueError(message)
    reverse = _Reverse(program, seeds=seeds)
    for statement in reversed(program.statements):
        reverse.undo(statement)
    gradients = {array: reverse.gradient(array) for array in program.arguments if array.role == "parameter"}
    whole = replace(program, statements=tuple(reverse.statements), gradients=gradients, seed=reverse.seed)
    return tidy(whole)


class _Reverse:
    """The state of the backward sweep.

    Attributes:
        statements: the forward part, and the backward part so far.
        seed: the array of seeds, if there is one.
    """

    def __init__(self, program: Program, *, seeds: bool) -> None:
        self._program = program
        flat = straight(program.statements)
        self._names = Names(_names(program))
        self._one = Array(self._names.fresh("one"), "constant", (), np.ones(1))
        self.seed = Array(self._names.fresh("seed"), "seed", program.output.shape) if seeds else None
        self._varied = _varied(program)
        self._unread = Counter(access.array for s in flat for _, access in _inputs(s))  # reads not yet taken
        self._writes: dict[Array, list[Simple]] = {}
        for statement in flat:
            self._writes.setdefault(statement.out.array, []).append(statement)
        self._maps = Maps(self._names, list(program.statements))
        self.statements = self._maps.statements
        self._shares: dict[Array, list[Share]] = {program.output: [self._first_share()]}
        self._adjoints: dict[Array, Adjoint] = {}

    def _first_share(self) -> Share:
        """Return what the output's adjoint starts from: the seeds, or 1."""
        shape = self._program.output.shape
        factors = () if self.seed is None else (Access(self.seed, 0, row_major(shape)),)
        return Share(shape, Access(self._program.output, 0, row_major(shape)), 1.0, factors)

    def gradient(self, array: Array) -> Array:
        """Return the array with the adjoint of a parameter; zeros where nothing depends on it."""
        self.statements += self._settled(array)
        return self._stored(array)

    def undo(self, statement: Statement) -> None:
        """Append what takes a statement back."""
        if isinstance(statement, Loop):
            self._undo_loop(statement)
        else:
            self.statements += self._settled(statement.out.array)
            self._take_shares(statement)

    def _undo_loop(self, loop: Loop) -> None:
        """Append a loop the other way round, with the adjoints of what it wrote.

        Local derivatives are known before it starts, and the adjoints of what it only reads can wait until it is done.
        """
        written = dict.fromkeys(statement.out.array for statement in loop.body)
        for array in written:
            self.statements += self._settled(array)
        for array in _carried(loop):
            self._stored(array)
        body: list[Simple] = []
        for statement in reversed(loop.body):
            body += self._settled(statement.out.array, rounds=1)
            self._take_shares(statement)
        for array in written:
            body += self._settled(array, rounds=1)
        if body:
            self.statements.append(Loop(loop.extent, tuple(body), not loop.reverse))

    def _take_shares(self, statement: Simple) -> None:
        """Note what a statement gives to the adjoints of what it reads, for the time when they are needed."""
        adjoint = self._adjoint_of(statement)
        for share in [] if adjoint is None else self._shares_of(statement, adjoint):
            self._shares.setdefault(share.target.array, []).append(share)
        self._unread.subtract(access.array for _, access in _inputs(statement))

    def _adjoint_of(self, statement: Simple) -> Adjoint | None:
        """Return the adjoint of what a statement wrote, over its axes; None where it is zero."""
        adjoint = self._adjoints.get(statement.out.array)
        if adjoint is None or adjoint.factor is None:
            return adjoint
        return replace(adjoint, factor=seen_through(adjoint.factor, statement.axes, statement.out))

    def _shares_of(self, statement: Simple, adjoint: Adjoint) -> list[Share]:
        """Return what a statement gives to the adjoints of what it reads."""
        factors = () if adjoint.factor is None else (adjoint.factor,)
        if isinstance(statement, Map):
            return self._shares_of_map(statement, adjoint.coefficient, factors)
        if isinstance(statement, Sum):
            return self._shares_of_sum(statement, adjoint.coefficient, factors)
        return []

    def _shares_of_map(self, statement: Map, coefficient: float, factors: tuple[Access, ...]) -> list[Share]:
        """Return the shares by the row's derivative: coefficient · factors · local derivative."""
        targets = [x if isinstance(x, Access) and x.array in self._varied else None for x in statement.operands]
        if not any(targets):
            return []
        m = Rows(statement.axes, self._maps)
        parameter = () if statement.parameter is None else (statement.parameter,)
        rule = TABLE[statement.op].derivative
        slopes = rule(m, m.symbol(statement.out), *map(m.symbol, statement.operands), *parameter)
        shares = []
        for target, slope in zip(targets, slopes, strict=True):
            if target is not None and isinstance(slope, Symbol):
                found = (*factors, slope.access)
                shares.append(Share(statement.axes, target, coefficient * slope.coefficient, found))
            elif target is not None and slope != 0.0:
                shares.append(Share(statement.axes, target, coefficient * slope, factors))
        return shares

    def _shares_of_sum(self, statement: Sum, coefficient: float, factors: tuple[Access, ...]) -> list[Share]:
        """Return the shares of the factors of all terms: the product of the other factors, times the adjoint."""
        shares = []
        for term in statement.terms:
            axes = statement.axes + term.extents
            outer = [*range(len(statement.axes)), *(None for _ in term.extents)]
            spread = tuple(restride(x, outer) for x in factors)
            for number, target in enumerate(term.factors):
                others = term.factors[:number] + term.factors[number + 1 :]
                if target.array in self._varied:
                    shares.append(Share(axes, target, coefficient * term.coefficient, spread + others))
        return shares

    def _settled(self, array: Array, rounds: int = 0) -> list[Sum]:
        """Return the sums that bring an array's adjoint up to date, with all shares that have come in.

        Args:
            array: the array.
            rounds: 1 in a loop, where the first axes are its rounds.
        """
        found = groups(self._shares.pop(array, []), rounds)
        if not found:
            return []
        is_all = len(found) == 1 and found[0].is_whole and not self._unread[array] and array not in self._adjoints
        simple = as_adjoint(found[0]) if is_all and array.role != "parameter" else None
        if simple is not None and self._reaches(simple, array):
            self._adjoints[array] = simple
            return []
        stored = self._new(array) if is_all else self._stored(array)
        return [self._sum(group, stored, accumulate=not is_all) for group in found]

    def _reaches(self, adjoint: Adjoint, array: Array) -> bool:
        """Tell whether every statement that wrote an array can read its adjoint through this expression."""
        factor, writes = adjoint.factor, self._writes[array]
        return factor is None or all(seen_through(factor, s.axes, s.out) is not None for s in writes)

    def _sum(self, group: Group, stored: Array, *, accumulate: bool) -> Sum:
        """Return a group of shares as a statement."""
        out = replace(group.target, array=stored)
        one = Access(self._one, 0, (0,) * len(group.axes))
        terms = tuple(term if term.factors else replace(term, factors=(one,)) for term in group.terms)
        return Sum(group.axes, out, terms, accumulate)

    def _stored(self, array: Array) -> Array:
        """Return the array of an adjoint that sums are added to, at first zero."""
        known = self._adjoints.get(array)
        if known is not None and known.factor is not None:
            return known.factor.array
        stored = self._new(array)
        self.statements.append(Sum(stored.shape, Access(stored, 0, row_major(stored.shape)), ()))
        return stored

    def _new(self, array: Array) -> Array:
        """Return a new array for an adjoint."""
        role: Role = "gradient" if array.role == "parameter" else "local"
        stored = Array(self._names.fresh(f"d_{array.name}"), role, array.shape)
        self._adjoints[array] = Adjoint(1.0, Access(stored, 0, row_major(array.shape)))
        return stored


def _names(program: Program) -> set[str]:
    """Return the names of a program's arrays."""
    flat = straight(program.statements)
    used = {access.array.name for s in flat for _, access in accesses(s)} | {s.out.array.name for s in flat}
    return used | {array.name for array in program.arguments}


def _inputs(statement: Simple) -> list[tuple[tuple[int, ...], Access]]:
    """Return the reads through which a statement has derivatives, each with its loops."""
    return [] if isinstance(statement, Top) else [(axes, x) for axes, x in accesses(statement)]


def _carried(loop: Loop) -> list[Array]:
    """Return what a loop's later rounds may read from earlier ones: arrays read no later in a round than written."""
    found: dict[Array, None] = {}
    read: set[Array] = set()
    for statement in loop.body:
        read.update(access.array for _, access in _inputs(statement))
        if statement.out.array in read:
            found[statement.out.array] = None
    return list(found)


def _varied(program: Program) -> set[Array]:
    """Return the arrays that depend on a parameter, the parameters among them."""
    flat = straight(program.statements)
    varied = {array for array in program.arguments if array.role == "parameter"}
    before = 0
    while len(varied) > before:  # once more for each array that only a later round of a loop reaches
        before = len(varied)
        for statement in flat:
            if any(x.array in varied for _, x in _inputs(statement)):
                varied.add(statement.out.array)
    return varied
