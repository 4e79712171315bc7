"""Flatten: write out the terms of the sums of a scalar graph, with all that each has absorbed.

This file has two lives, as the engine has: Cython compiles it where it can, and else it runs as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

try:
    import cython
except ImportError:
    from micrograd import _cython as cython  # type: ignore[no-redef]

from micrograd.compiler.absorb import ABSORBED, CONSTANT, ROW, SUM, absorb
from micrograd.compiler.lower import TOP
from micrograd.ops import CODES

if cython.compiled:
    from cython.cimports.micrograd.compiler.pointers import doubles, longs
else:
    doubles = longs = memoryview

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.lower import Graph

NEGATED, SCALED = 1, 2  # what a term's coefficient comes from: subtractions, constants of the program

_ROW = cython.declare(cython.int, ROW)
_SUM = cython.declare(cython.int, SUM)
_ABSORBED = cython.declare(cython.int, ABSORBED)
_CONSTANT = cython.declare(cython.int, CONSTANT)
_NEGATED = cython.declare(cython.int, NEGATED)
_SCALED = cython.declare(cython.int, SCALED)

_COPY = cython.declare(cython.int, CODES["copy"])
_ADD = cython.declare(cython.int, CODES["add"])
_SUB = cython.declare(cython.int, CODES["sub"])
_MUL = cython.declare(cython.int, CODES["mul"])
_NEG = cython.declare(cython.int, CODES["neg"])
_POWC = cython.declare(cython.int, CODES["powc"])
_MEAN = cython.declare(cython.int, CODES["mean"])
_DOT = cython.declare(cython.int, CODES["dot"])
_TOP = cython.declare(cython.int, TOP)


@dataclass(frozen=True, eq=False)
class Flat:
    """A graph of rows and sums.

    Attributes:
        graph: where it comes from; nodes keep their numbers.
        state: what became of each node: LEAF, CONSTANT, ROW, SUM or ABSORBED by a sum.
        starts: terms of node k are starts[k] ... starts[k + 1] - 1, in the order in which the program adds them.
        first: a node, the first factor of each term.
        second: the other factor; -1 where there is none.
        coefficient: the number that multiplies each term.
        origin: whether it is NEGATED, SCALED or both.
        added: for each sum, the constant that it adds besides.
        sizes: for each row or sum, how many nodes of the graph it stands for.
    """

    graph: Graph
    state: NDArray[np.int64]
    starts: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    coefficient: NDArray[np.float64]
    origin: NDArray[np.int64]
    added: NDArray[np.float64]
    sizes: NDArray[np.int64]


def flatten(graph: Graph) -> Flat:
    """Return the sums and rows of a graph."""
    return Flattening(graph).run()


@cython.final
@cython.cclass
class Flattening:
    """The work of `flatten`: the terms of each sum, found with a stack of what waits to be added."""

    kept: Any
    result: Any
    terms: cython.Py_ssize_t
    waiting: cython.Py_ssize_t

    codes: cython.pointer[cython.longlong]
    starts: cython.pointer[cython.longlong]
    operands: cython.pointer[cython.longlong]
    state: cython.pointer[cython.longlong]
    scaled: cython.pointer[cython.longlong]
    term_starts: cython.pointer[cython.longlong]
    first: cython.pointer[cython.longlong]
    second: cython.pointer[cython.longlong]
    origin: cython.pointer[cython.longlong]
    sizes: cython.pointer[cython.longlong]
    stack: cython.pointer[cython.longlong]
    stack_origin: cython.pointer[cython.longlong]
    data: cython.p_double
    scale: cython.p_double
    coefficient: cython.p_double
    added: cython.p_double
    stack_coefficient: cython.p_double

    def __init__(self, graph: Graph) -> None:
        n, room = len(graph.codes), len(graph.operands) + 1  # no operand makes more than one term, or waits twice
        absorbed = absorb(graph)
        first, second, origin, stack, stack_origin = (np.empty(room, np.int64) for _ in range(5))
        stack_coefficient = np.empty(room)
        added, sizes, starts = np.zeros(n), np.zeros(n, np.int64), np.zeros(n + 1, np.int64)
        self.result = Flat(graph, absorbed.state, starts, first, second, np.empty(room), origin, added, sizes)
        self.kept = (absorbed, stack, stack_origin, stack_coefficient)  # what follows points into these arrays
        self.terms = self.waiting = 0
        self.codes, self.starts, self.operands = longs(graph.codes), longs(graph.starts), longs(graph.operands)
        self.data, self.added, self.sizes = doubles(graph.data), doubles(added), longs(sizes)
        self.state, self.scaled, self.scale = longs(absorbed.state), longs(absorbed.scaled), doubles(absorbed.scale)
        self.term_starts, self.first, self.second = longs(starts), longs(first), longs(second)
        self.coefficient, self.origin = doubles(self.result.coefficient), longs(origin)
        self.stack, self.stack_origin = longs(stack), longs(stack_origin)
        self.stack_coefficient = doubles(stack_coefficient)

    def run(self) -> Flat:
        """Return the result."""
        flat: Any = self.result
        n: cython.Py_ssize_t = len(flat.state)
        k: cython.Py_ssize_t
        for k in range(n):
            self.term_starts[k] = self.terms
            self.sizes[k] = self.state[k] == _ROW
            if self.state[k] == _SUM:
                self._collect(k)
        self.term_starts[n] = self.terms
        used = {name: getattr(flat, name)[: self.terms] for name in ("first", "second", "coefficient", "origin")}
        result: Flat = replace(flat, **used)
        return result

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _operand(self, k: cython.Py_ssize_t, i: cython.Py_ssize_t) -> cython.Py_ssize_t:
        return self.operands[self.starts[k] + i]

    @cython.cfunc
    @cython.exceptval(-1)
    def _collect(self, root: cython.Py_ssize_t) -> cython.int:
        """Add the terms of a sum and of all that it absorbed, the first one first."""
        if self.codes[root] == _TOP:
            i: cython.Py_ssize_t
            self.sizes[root] = 1
            for i in range(self.starts[root], self.starts[root + 1]):
                self._term(self.operands[i], -1, 1.0, 0)
            return 0
        self._open(root, root, 1.0, 0)
        while self.waiting:
            self.waiting -= 1
            k: cython.Py_ssize_t = self.stack[self.waiting]
            c: cython.double = self.stack_coefficient[self.waiting]
            origin: cython.int = self.stack_origin[self.waiting]
            if self.state[k] == _CONSTANT:
                self.added[root] += c * self.data[k]
            elif self.state[k] == _ABSORBED:
                self._open(root, k, c, origin)
            else:
                self._term(k, -1, c, origin)
        return 0

    @cython.cfunc
    @cython.exceptval(-1)
    def _open(self, root: cython.Py_ssize_t, k: cython.Py_ssize_t, c: cython.double, origin: cython.int) -> cython.int:
        """Let the operands of a sum wait, the first one last, or add its products."""
        code: cython.int = self.codes[k]
        self.sizes[root] += 1
        if code == _ADD:
            self._wait(self._operand(k, 1), c, origin)
            self._wait(self._operand(k, 0), c, origin)
        elif code == _SUB:
            self._wait(self._operand(k, 1), -c, origin ^ _NEGATED)
            self._wait(self._operand(k, 0), c, origin)
        elif code == _NEG:
            self._wait(self._operand(k, 0), -c, origin ^ _NEGATED)
        elif code == _COPY:
            self._wait(self._operand(k, 0), c, origin)
        elif self.scaled[k] >= 0:
            self._wait(self.scaled[k], c * self.scale[k], origin | _SCALED)
        elif code == _MUL:
            self._product(root, self._operand(k, 0), self._operand(k, 1), c, origin)
        elif code == _POWC:
            self._product(root, self._operand(k, 0), self._operand(k, 0), c, origin)
        else:
            self._open_reduction(root, k, c, origin)
        return 0

    @cython.cfunc
    @cython.exceptval(-1)
    def _open_reduction(
        self, root: cython.Py_ssize_t, k: cython.Py_ssize_t, c: cython.double, origin: cython.int
    ) -> cython.int:
        """Do what `_open` does for a row with any number of operands."""
        i: cython.Py_ssize_t
        count: cython.Py_ssize_t = self.starts[k + 1] - self.starts[k]
        half: cython.Py_ssize_t = count // 2
        if self.codes[k] == _DOT:
            for i in range(half):
                self._product(root, self._operand(k, i), self._operand(k, half + i), c, origin)
            if count % 2:
                self._wait(self._operand(k, count - 1), c, origin)
            return 0
        if self.codes[k] == _MEAN:
            c /= count
            origin |= _SCALED
        for i in range(count - 1, -1, -1):
            self._wait(self._operand(k, i), c, origin)
        return 0

    @cython.cfunc
    @cython.exceptval(-1)
    def _product(
        self,
        root: cython.Py_ssize_t,
        x: cython.Py_ssize_t,
        y: cython.Py_ssize_t,
        c: cython.double,
        origin: cython.int,
    ) -> cython.int:
        """Add the term c·x·y, with what is constant in x and y moved into c."""
        factors: cython.int = 0
        kept: cython.Py_ssize_t = -1
        i: cython.int
        for i in range(2):  # x, then y
            while self.state[x] == _ABSORBED:  # a multiple: nothing wider is absorbed into a product
                self.sizes[root] += 1
                if self.scaled[x] >= 0:
                    c *= self.scale[x]
                    origin |= _SCALED
                    x = self.scaled[x]
                else:
                    if self.codes[x] == _NEG:
                        c = -c
                        origin ^= _NEGATED
                    x = self._operand(x, 0)
            if self.state[x] == _CONSTANT:
                c *= self.data[x]
                origin |= _SCALED
            elif factors == 0:
                factors = 1
                kept = x
            else:
                return self._term(kept, x, c, origin)
            x = y if i == 0 else x
        if factors:
            return self._term(kept, -1, c, origin)
        self.added[root] += c
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _wait(self, k: cython.Py_ssize_t, c: cython.double, origin: cython.int) -> cython.int:
        """Put a node on the stack."""
        self.stack[self.waiting] = k
        self.stack_coefficient[self.waiting] = c
        self.stack_origin[self.waiting] = origin
        self.waiting += 1
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _term(
        self, first: cython.Py_ssize_t, second: cython.Py_ssize_t, c: cython.double, origin: cython.int
    ) -> cython.int:
        """Put a term in the next place."""
        self.first[self.terms] = first
        self.second[self.terms] = second
        self.coefficient[self.terms] = c
        self.origin[self.terms] = origin
        self.terms += 1
        return 0
