"""Signatures: which nodes of a graph do the same, and so are one array.

The signature of a node is its row with the signatures of its operands; those of leaves are their group, or that they
are constants, never their numbers. The signature of a sum is the set of the kinds of term that it adds, with or
without the count of each. Signatures are numbered in an order in which operands come before what is made from them.

This file has two lives, as the engine has: Cython compiles it where it can, and else it runs as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

try:
    import cython
except ImportError:
    from micrograd import _cython as cython  # type: ignore[no-redef]

from micrograd.compiler.absorb import CONSTANT, LEAF, ROW, SUM
from micrograd.compiler.lower import TOP
from micrograd.ops import OPS

if cython.compiled:
    from cython.cimports.micrograd.compiler.pointers import longs
else:
    longs = memoryview

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.flatten import Flat

_LEAF = cython.declare(cython.int, LEAF)
_CONSTANT = cython.declare(cython.int, CONSTANT)
_ROW = cython.declare(cython.int, ROW)
_SUM = cython.declare(cython.int, SUM)
_TOP = cython.declare(cython.int, TOP)

GIVEN = 1 << 28  # signatures from here on are those that are given

_WITH_PARAMETER = frozenset(code for code, op in enumerate(OPS, start=1) if op.parameter is not None)


class ManyError(Exception):
    """A graph has too many signatures."""


@dataclass(frozen=True, eq=False)
class Signatures:
    """Which nodes and which terms are alike.

    Attributes:
        nodes: the signature of each leaf, row or sum; -1 for other nodes.
        terms: the kind of each term.
        first: a factor of each term, the one with the lower signature.
        second: the other factor; -1 where there is none.
        natural: the same as `nodes`, but of nodes whose signature was given, the one that follows from their operands.
    """

    nodes: NDArray[np.int64]
    terms: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    natural: NDArray[np.int64]


def signatures(
    flat: Flat, groups: int, *, counted: bool, given: NDArray[np.int64] | None = None, most: int = GIVEN
) -> Signatures:
    """Return the signatures of a graph.

    Args:
        flat: the graph.
        groups: how many groups of leaves there are; their numbers are the leaves' signatures.
        counted: whether sums differ that add terms of one kind in different numbers.
        given: signatures that some nodes are to have, `GIVEN` or more; -1 for all others.
        most: how many numbers may be taken for signatures and what they are made of.

    Raises:
        ManyError: it takes more.
    """
    return Signing(flat, groups, given, counted=counted, most=most).run()


@cython.final
@cython.cclass
class Signing:
    """The work of `signatures`: number pairs of numbers as they come up, and rows, terms and sums by such pairs."""

    flat: Any
    numbers: dict[Any, Any]
    counts: dict[Any, Any]
    result: Any
    kept: Any
    rows: cython.longlong
    counted: cython.bint
    most: cython.longlong
    last: cython.longlong
    last_x: cython.longlong
    last_y: cython.longlong
    last_kind: cython.longlong

    codes: cython.pointer[cython.longlong]
    starts: cython.pointer[cython.longlong]
    operands: cython.pointer[cython.longlong]
    state: cython.pointer[cython.longlong]
    term_starts: cython.pointer[cython.longlong]
    first: cython.pointer[cython.longlong]
    second: cython.pointer[cython.longlong]
    origin: cython.pointer[cython.longlong]
    given: cython.pointer[cython.longlong]
    natural: cython.pointer[cython.longlong]
    signature: cython.pointer[cython.longlong]
    kind: cython.pointer[cython.longlong]

    def __init__(self, flat: Flat, groups: int, given: NDArray[np.int64] | None, *, counted: bool, most: int) -> None:
        self.flat = flat
        self.numbers = {}
        self.counts = {}
        self.counted = counted
        self.most = most
        # The first numbers stand for groups, then for constants, then for rows and sums.
        self.last = groups + 1 + len(OPS) + 2
        self.last_x = self.last_y = self.last_kind = -1
        graph = flat.graph
        nodes = np.full(len(flat.state), -1, np.int64)
        nodes[flat.state == LEAF] = graph.group[flat.state == LEAF]
        nodes[flat.state == CONSTANT] = groups
        given = np.full(len(nodes), -1, np.int64) if given is None else given
        kinds, first, second = np.empty(len(flat.first), np.int64), flat.first.copy(), flat.second.copy()
        self.result = Signatures(nodes, kinds, first, second, nodes.copy())
        self.codes, self.starts, self.operands = longs(graph.codes), longs(graph.starts), longs(graph.operands)
        self.state, self.term_starts, self.given = longs(flat.state), longs(flat.starts), longs(given)
        self.first, self.second, self.origin = longs(first), longs(second), longs(flat.origin)
        self.signature, self.kind = longs(nodes), longs(kinds)
        self.natural = longs(self.result.natural)
        self.kept = given  # only its memory is used
        self.rows = groups + 1

    def run(self) -> Signatures:
        """Return the result."""
        k: cython.Py_ssize_t
        constants: Any = self.flat.graph.constants
        for k in range(len(self.result.nodes)):
            if self.last > self.most:
                raise ManyError
            if self.state[k] == _ROW:
                start: cython.longlong = self.rows + self.codes[k]
                if self.codes[k] in _WITH_PARAMETER:
                    start = self._number((start, constants[k].hex()))
                self.natural[k] = self._row(k, start)
            elif self.state[k] == _SUM:
                self.natural[k] = self._sum(k, self.rows + (self.codes[k] if self.codes[k] == _TOP else 0))
            else:
                continue
            self.signature[k] = self.natural[k] if self.given[k] < 0 else self.given[k]
        result: Signatures = self.result
        return result

    @cython.cfunc
    @cython.exceptval(-1)
    def _number(self, key: Any) -> cython.longlong:  # noqa: ANN401  # what can be a key
        """Return the number of something, the next one if it is new."""
        known: Any = self.numbers.get(key)
        if known is None:
            self.last += 1
            self.numbers[key] = known = self.last
        number: cython.longlong = known
        return number

    @cython.cfunc
    @cython.exceptval(-1)
    def _pair(self, x: cython.longlong, y: cython.longlong) -> cython.longlong:
        """Return the number of a pair of numbers."""
        return self._number(x << 31 | y)

    @cython.cfunc
    @cython.exceptval(-1)
    def _row(self, k: cython.Py_ssize_t, start: cython.longlong) -> cython.longlong:
        """Return the signature of a row."""
        i: cython.Py_ssize_t
        for i in range(self.starts[k], self.starts[k + 1]):
            start = self._pair(start, self.signature[self.operands[i]])
        return start

    @cython.cfunc
    @cython.exceptval(-1)
    def _sum(self, k: cython.Py_ssize_t, start: cython.longlong) -> cython.longlong:
        """Return the signature of a sum, whatever the order of its terms."""
        i: cython.Py_ssize_t
        run: cython.longlong = 0
        kind: cython.longlong = -1
        self.counts.clear()
        for i in range(self.term_starts[k], self.term_starts[k + 1]):
            self.kind[i] = self._term(i)
            if self.kind[i] != kind:
                self._count(kind, run)
                kind, run = self.kind[i], 0
            run += 1
        self._count(kind, run)
        for kind in sorted(self.counts):
            start = self._pair(start, kind)
            if self.counted:
                start = self._pair(start, self.counts[kind])
        return start

    @cython.cfunc
    @cython.exceptval(-1)
    def _count(self, kind: cython.longlong, run: cython.longlong) -> cython.int:
        """Note that so many terms of a kind have come."""
        if run:
            self.counts[kind] = self.counts.get(kind, 0) + run
        return 0

    @cython.cfunc
    @cython.exceptval(-1)
    def _term(self, i: cython.Py_ssize_t) -> cython.longlong:
        """Return the kind of a term, and put the factor first whose signature is lower."""
        x: cython.longlong = self.signature[self.first[i]]
        y: cython.longlong = -1 if self.second[i] < 0 else self.signature[self.second[i]]
        if 0 <= y < x:
            self.first[i], self.second[i] = self.second[i], self.first[i]
            x, y = y, x
        y = (y + 1) * 4 + self.origin[i]
        if x != self.last_x or y != self.last_y:
            self.last_x, self.last_y = x, y
            self.last_kind = self._number(-(x << 31 | y))  # numbers of their own, not those of pairs
        return self.last_kind
