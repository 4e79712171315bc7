"""Statements: what a group of scalar nodes that do the same becomes in an array program."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from micrograd.compiler.absorb import CONSTANT, SUM
from micrograd.compiler.affine import nest, strides
from micrograd.compiler.lower import TOP
from micrograd.compiler.nest import row_major
from micrograd.compiler.program import Access, Array, Map, Sum, Term, Top
from micrograd.compiler.readings import Constants, Reading
from micrograd.ops import CODES, OPS

if TYPE_CHECKING:
    from micrograd.compiler.affine import Whole
    from micrograd.compiler.flatten import Flat
    from micrograd.compiler.nest import Simple
    from micrograd.compiler.program import Operand
    from micrograd.compiler.readings import Extents
    from micrograd.compiler.signatures import Signatures

Read: TypeAlias = Reading | Constants

_TAKE = CODES["take"]


class UnevenError(Exception):
    """Nodes cannot be a statement inside of a loop, because the rounds differ."""


class Writer:
    """Writes statements for groups of nodes.

    Args:
        flat: the graph.
        signed: what array each node is in, and the kind of each term.
        number: which element of its array each node is.
        arrays: the arrays by signature; those of groups are added as they are written.
        names: names that are taken.
    """

    def __init__(
        self, flat: Flat, signed: Signatures, number: Whole, arrays: dict[int, Array], names: set[str]
    ) -> None:
        self.flat, self.signature, self.kinds, self.number = flat, signed.nodes, signed.terms, number
        self.first, self.second = signed.first, signed.second
        self.arrays, self.names = arrays, names
        self._constants: dict[tuple[Extents, bytes], Array] = {}
        self._counts: dict[str, int] = {}

    def name(self, letter: str) -> str:
        """Return a new name for an array."""
        while True:
            self._counts[letter] = self._counts.get(letter, 0) + 1
            name = f"{letter}{self._counts[letter]}"
            if name not in self.names:
                return name

    def write(self, members: Whole, rounds: int = 0) -> list[Simple]:
        """Return the statements for nodes that follow each other in their array, which is made if it is new.

        Args:
            members: the nodes.
            rounds: extent of the loop in which the statements are to stand, if in any: their first axis.
        """
        first = members[0]
        code = int(self.flat.graph.codes[first])
        if self.flat.state[first] == SUM:
            return [self._top(members, rounds)] if code == TOP else self._sum(members, rounds)
        return self._take(members, rounds) if code == _TAKE else [self._map(members, rounds)]

    def reserve(self, members: Whole, inner: Extents = ()) -> None:
        """Make the array of a group in a loop, whose nodes have the shape (rounds, n), or give it its inner extents."""
        signature = int(self.signature[members[0, 0]])
        name = self.arrays[signature].name if signature in self.arrays else self.name("s")
        rounds, n = members.shape
        self.arrays[signature] = Array(name, "local", (rounds, *(inner or (n,) * (n > 1))))

    def copy(self, array: Array, places: Whole, nodes: Whole) -> Map:
        """Return the statement that copies nodes of one group to places of an array."""
        target, read = Reading(array, places[:, np.newaxis]), self._read(nodes[:, np.newaxis])
        axes = _axes([target, read], len(nodes), 0)
        return Map(axes, target.access(axes), "copy", (self._operand(read, axes),))

    def _out(self, members: Whole, axes: Extents, letter: str) -> Access:
        """Return where a group is written, row by row."""
        signature = int(self.signature[members[0]])
        if signature not in self.arrays:
            self.arrays[signature] = Array(self.name(letter), "local", axes)
        return Access(self.arrays[signature], int(self.number[members[0]]), row_major(axes))

    def _read(self, nodes: Whole) -> Read:
        """Return the reading of nodes that are all in one array, or constants; shape (n, r)."""
        if self.flat.state[nodes.flat[0]] == CONSTANT:
            return Constants(self.flat.graph.data[nodes])
        return Reading(self.arrays[int(self.signature[nodes.flat[0]])], self.number[nodes])

    def _operands(self, members: Whole) -> Whole:
        """Return the operands of a group of rows, shape (n, arity)."""
        starts = self.flat.graph.starts
        arity = int(starts[members[0] + 1] - starts[members[0]])
        operands: Whole = self.flat.graph.operands[starts[members][:, np.newaxis] + np.arange(arity)]
        return operands

    def _constant(self, constants: Constants, axes: Extents, extents: Extents = ()) -> Access:
        """Return the access to numbers of the program, in an array of their own or in one that has the same."""
        data, strides = constants.compact(axes, extents)
        key = (data.shape, data.tobytes())
        if key not in self._constants:
            self._constants[key] = Array(self.name("c"), "constant", data.shape, data.ravel())
        return Access(self._constants[key], 0, strides)

    def _access(self, read: Read, axes: Extents, extents: Extents = ()) -> Access:
        """Return the access of a reading for a nest."""
        return read.access(axes, extents) if isinstance(read, Reading) else self._constant(read, axes, extents)

    def _map(self, members: Whole, rounds: int) -> Map:
        """Return the statement for a group of rows."""
        graph = self.flat.graph
        op = OPS[graph.codes[members[0]] - 1]
        operands = self._operands(members)
        reads = [self._read(operands[:, [i]]) for i in range(operands.shape[1])]
        axes = _axes(reads, len(members), rounds)
        parameter = None if op.parameter is None else float(graph.constants[members[0]])
        out = self._out(members, axes, "h")
        return Map(axes, out, op.name, tuple(self._operand(read, axes) for read in reads), parameter)

    def _operand(self, read: Read, axes: Extents) -> Operand:
        """Return an operand of a map: a number where it is the same everywhere."""
        number = read.uniform() if isinstance(read, Constants) else None
        return self._access(read, axes) if number is None else number

    def _top(self, members: Whole, rounds: int) -> Top:
        """Return the statement for a group of maxima; shorter ones repeat an operand."""
        parts = [_padded(*part[:2], len(members)) for part in self._parts(members)]
        reads = [self._read(self.first[terms]) for terms in parts]
        axes = _axes(reads, len(members), rounds)
        inner = [_extents([read], terms.shape[1]) for read, terms in zip(reads, parts, strict=True)]
        operands = [(extents, self._access(read, axes, extents)) for read, extents in zip(reads, inner, strict=True)]
        return Top(axes, self._out(members, axes, "m"), tuple(operands))

    def _parts(self, members: Whole) -> list[tuple[Whole, Whole]]:
        """Return the terms of a group by kind: the terms, and which member each belongs to, in order."""
        starts = self.flat.starts
        counts = starts[members + 1] - starts[members]
        owners = np.repeat(np.arange(len(members)), counts)
        terms = np.arange(len(owners)) + np.repeat(starts[members] - np.cumsum(counts) + counts, counts)
        kinds = self.kinds[terms]
        present = np.unique(kinds).tolist()
        if len(present) == 1:
            return [(terms, owners)]
        chosen = [kinds == kind for kind in present]
        return [(terms[mask], owners[mask]) for mask in chosen]

    def _sum(self, members: Whole, rounds: int) -> list[Simple]:
        """Return the statements for a group of sums: one, and one more for each kind that some have more often."""
        parts = self._parts(members)
        ragged = [_is_ragged(owners, len(members)) for _, owners in parts]
        regular = [terms.reshape(len(members), -1) for (terms, _), r in zip(parts, ragged, strict=True) if not r]
        regular = [self._ordered(terms) for terms in regular]
        reads = [self._factors(terms) for terms in regular]
        axes = _axes([read for factors in reads for read in factors], len(members), rounds)
        written = [self._term(factors, axes, t) for factors, t in zip(reads, regular, strict=True)]
        added = Constants(self.flat.added[members][:, np.newaxis])
        if added.values.any():
            written.append(Term((), (self._constant(added, axes),)))
        out = self._out(members, axes, "z")
        more = [self._rest(out, members, *part, rounds) for part, r in zip(parts, ragged, strict=True) if r]
        return [Sum(axes, out, tuple(written)), *more]

    def _ordered(self, terms: Whole) -> Whole:
        """Return terms of one kind in an order in which what they read is affine, where one is found."""
        tried = terms[:, np.argsort(self.number[self.first[terms[0]]], kind="stable")]
        for order in (terms, tried):
            reads = self._factors(order)
            extents = _extents(reads, terms.shape[1])
            if all(strides(read.first, extents) is not None for read in reads if isinstance(read, Reading)):
                return order
        return terms

    def _factors(self, terms: Whole) -> list[Read]:
        """Return the readings of terms of one kind, shape (n, r); coefficients that differ are the last."""
        factors = [self._read(self.first[terms])]
        if self.second[terms.flat[0]] >= 0:
            factors.append(self._read(self.second[terms]))
        coefficients = Constants(self.flat.coefficient[terms])
        number = coefficients.uniform()
        return factors if number is not None and math.isfinite(number) else [*factors, coefficients]

    def _term(self, factors: list[Read], axes: Extents, terms: Whole) -> Term:
        """Return the term for all terms of one kind."""
        extents = _extents(factors, terms.shape[1])
        given = isinstance(factors[-1], Constants)
        coefficient = 1.0 if given else float(self.flat.coefficient[terms.flat[0]])
        return Term(extents, tuple(self._access(read, axes, extents) for read in factors), coefficient)

    def _rest(self, out: Access, members: Whole, terms: Whole, owners: Whole, rounds: int) -> Sum:
        """Return the statement that adds terms of one kind, of which some members have more than others."""
        if rounds:
            raise UnevenError
        column = terms[:, np.newaxis]
        target = Reading(out.array, self.number[members][owners][:, np.newaxis])
        factors = self._factors(column)
        axes = _axes([target, *factors], len(terms), 0)
        return Sum(axes, target.access(axes), (self._term(factors, axes, column),), accumulate=True)

    def _take(self, members: Whole, rounds: int) -> list[Simple]:
        """Return the statements for a group of rows that take one of several candidates."""
        operands = self._operands(members)
        index, candidates = self._read(operands[:, [0]]), operands[:, 1:]
        before = [] if self._is_one_array(candidates) else self._collected(candidates)
        if before and rounds:
            raise UnevenError
        source = (
            Reading(before[0].out.array, np.arange(candidates.size).reshape(candidates.shape))
            if before
            else (self._read(candidates))
        )
        axes = _axes([index, source], len(members), rounds)
        chosen = self._choice(source, self._access(index, axes), axes)
        return [*before, Map(axes, self._out(members, axes, "h"), "copy", (chosen,))]

    def _is_one_array(self, candidates: Whole) -> bool:
        """Tell whether all candidates are in one array, or all constants."""
        return bool((self.signature[candidates[0]] == self.signature[candidates[0, 0]]).all())

    def _collected(self, candidates: Whole) -> list[Simple]:
        """Return statements that put candidates from several arrays into one; shape (n, count)."""
        array = Array(self.name("h"), "local", candidates.shape)
        statements: list[Simple] = []
        for i in range(candidates.shape[1]):
            read = self._read(candidates[:, [i]])
            axes = _axes([read], len(candidates), 0)
            steps = tuple(candidates.shape[1] * step for step in row_major(axes))
            statements.append(Map(axes, Access(array, i, steps), "copy", (self._operand(read, axes),)))
        return statements

    def _choice(self, source: Read, index: Access, axes: Extents) -> Access:
        """Return the access that takes the candidate with the number at `index`."""
        if isinstance(source, Constants):
            n, count = source.values.shape
            array = Array(self.name("c"), "constant", (n, count), source.values.ravel())
            source = Reading(array, np.arange(n * count).reshape(n, count))
        count = source.elements.shape[1]
        outer, step = strides(source.base, axes), strides(source.first, (count,))
        if source.separable and outer is not None and step is not None and (count == 1 or step[0] != 0):
            return Access(source.array, int(source.base[0]), outer, None, index, step[0] or 1, count)
        steps = row_major((*axes, count))[:-1]
        return Access(source.array, 0, steps, source.elements.ravel(), index, 1, count)


def _axes(reads: list[Read], n: int, rounds: int) -> Extents:
    """Return the loop nest for what n nodes read."""
    vectors = [read.outer() for read in reads if isinstance(read, Reading)]
    if rounds:
        n //= rounds
        return (rounds, *nest([vector[:, :n] for vector in vectors], n))
    return nest(vectors, n)


def _extents(reads: list[Read], r: int) -> Extents:
    """Return the loop nest for the r terms of one kind that each node adds."""
    return nest([read.inner() for read in reads if isinstance(read, Reading)], r)


def _is_ragged(owners: Whole, n: int) -> bool:
    """Tell whether not all members have equally many terms."""
    counts = np.bincount(owners, minlength=n)
    return bool((counts != counts[0]).any())


def _padded(terms: Whole, owners: Whole, n: int) -> Whole:
    """Return the terms of each member in a row, shape (n, most); the last one again where there are fewer."""
    counts = np.bincount(owners, minlength=n)
    starts = np.cumsum(counts) - counts
    most = np.minimum(np.arange(counts.max()), counts[:, np.newaxis] - 1)
    padded: Whole = terms[starts[:, np.newaxis] + most]
    return padded
