"""Flatten: find the sums and products that a scalar graph spreads over many nodes.

A sum is what additions, subtractions, constant multiples, products and the rows `sum`, `mean` and `dot` make when
their inner results are used only once: Σ coefficient · x · y plus a constant. Whatever else a graph holds are rows.

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

from micrograd.compiler.lower import TOP
from micrograd.ops import CODES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.lower import Graph

# What became of a node.
LEAF, ROW, SUM, ABSORBED, CONSTANT = range(5)
NEGATED, SCALED = 1, 2  # what a term's coefficient comes from: subtractions, constants of the program

_LEAF = cython.declare(cython.int, LEAF)
_ROW = cython.declare(cython.int, ROW)
_SUM = cython.declare(cython.int, SUM)
_ABSORBED = cython.declare(cython.int, ABSORBED)
_CONSTANT = cython.declare(cython.int, CONSTANT)
_NEGATED = cython.declare(cython.int, NEGATED)
_SCALED = cython.declare(cython.int, SCALED)

# How much a sum holds: c·x; c·x·y; more; more, in which numbers may cancel out before they are scaled.
_SINGLE = cython.declare(cython.int, 1)
_PRODUCT = cython.declare(cython.int, 2)
_SEVERAL = cython.declare(cython.int, 3)
_MIXED = cython.declare(cython.int, 4)

_COPY = cython.declare(cython.int, CODES["copy"])
_ADD = cython.declare(cython.int, CODES["add"])
_SUB = cython.declare(cython.int, CODES["sub"])
_MUL = cython.declare(cython.int, CODES["mul"])
_DIV = cython.declare(cython.int, CODES["div"])
_NEG = cython.declare(cython.int, CODES["neg"])
_POWC = cython.declare(cython.int, CODES["powc"])
_TOTAL = cython.declare(cython.int, CODES["sum"])
_MEAN = cython.declare(cython.int, CODES["mean"])
_DOT = cython.declare(cython.int, CODES["dot"])
_TOP = cython.declare(cython.int, TOP)

_LEAST = cython.declare(cython.double, 1e-30)  # a constant factor is a coefficient if it lies in between:
_MOST = cython.declare(cython.double, 1e30)  # products of such do not leave the range of a float so soon


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


@cython.cfunc
def _longs(array: Any) -> cython.pointer[cython.longlong]:
    """Return what reads and writes an array of whole numbers fastest."""
    if cython.compiled:
        return cython.cast(cython.pointer[cython.longlong], cython.cast(cython.size_t, array.ctypes.data))
    else:  # noqa: RET505  # one of the two is compiled
        return memoryview(array)


@cython.cfunc
def _doubles(array: Any) -> cython.p_double:
    """Return what reads and writes an array of floats fastest."""
    if cython.compiled:
        return cython.cast(cython.p_double, cython.cast(cython.size_t, array.ctypes.data))
    else:  # noqa: RET505  # one of the two is compiled
        return memoryview(array)


@cython.final
@cython.cclass
class Flattening:
    """The work of `flatten`: decide what each node becomes, then collect the terms of each sum."""

    graph: object
    arrays: dict[str, Any]
    nodes: cython.Py_ssize_t
    terms: cython.Py_ssize_t
    waiting: cython.Py_ssize_t

    codes: cython.pointer[cython.longlong]
    starts: cython.pointer[cython.longlong]
    operands: cython.pointer[cython.longlong]
    uses: cython.pointer[cython.longlong]
    state: cython.pointer[cython.longlong]
    width: cython.pointer[cython.longlong]
    term_starts: cython.pointer[cython.longlong]
    first: cython.pointer[cython.longlong]
    second: cython.pointer[cython.longlong]
    origin: cython.pointer[cython.longlong]
    sizes: cython.pointer[cython.longlong]
    stack: cython.pointer[cython.longlong]
    stack_origin: cython.pointer[cython.longlong]
    data: cython.p_double
    constants: cython.p_double
    coefficient: cython.p_double
    added: cython.p_double
    stack_coefficient: cython.p_double

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = len(graph.codes)
        self.terms = self.waiting = 0
        self.codes, self.starts, self.operands = _longs(graph.codes), _longs(graph.starts), _longs(graph.operands)
        self.data, self.constants = _doubles(graph.data), _doubles(graph.constants)
        self._allocate(graph)

    def _allocate(self, graph: Graph) -> None:
        """Make the arrays of the result; each operand contributes at most one term, each node may wait once more."""
        n, room = len(graph.codes), len(graph.operands) + 1
        uses = np.bincount(graph.operands, minlength=n) + np.bincount(graph.outputs, minlength=n)
        whole = {"uses": uses.astype(np.int64), "state": np.zeros(n, np.int64), "width": np.zeros(n, np.int64)}
        whole |= {"starts": np.zeros(n + 1, np.int64), "sizes": np.zeros(n, np.int64)}
        whole |= {name: np.empty(room, np.int64) for name in ("first", "second", "origin", "stack", "stack_origin")}
        self.arrays = whole | {name: np.empty(room) for name in ("coefficient", "stack_coefficient")}
        self.arrays["added"] = np.zeros(n)
        self.uses, self.state, self.width = _longs(whole["uses"]), _longs(whole["state"]), _longs(whole["width"])
        self.term_starts, self.first = _longs(whole["starts"]), _longs(whole["first"])
        self.second, self.origin = _longs(whole["second"]), _longs(whole["origin"])
        self.sizes = _longs(whole["sizes"])
        self.stack, self.stack_origin = _longs(whole["stack"]), _longs(whole["stack_origin"])
        self.coefficient, self.added = _doubles(self.arrays["coefficient"]), _doubles(self.arrays["added"])
        self.stack_coefficient = _doubles(self.arrays["stack_coefficient"])

    def run(self) -> Flat:
        """Return the result."""
        leaves = self.graph.group
        self.arrays["state"][:] = np.where(leaves == -1, CONSTANT, np.where(leaves >= 0, LEAF, ROW))
        k: cython.Py_ssize_t
        for k in range(self.nodes):
            if self.state[k] == _ROW:
                self._decide(k)
        for k in range(self.nodes):
            self.term_starts[k] = self.terms
            self.sizes[k] = self.state[k] == _ROW
            if self.state[k] == _SUM:
                self._collect(k)
        self.term_starts[self.nodes] = self.terms
        kept = {name: self.arrays[name] for name in ("state", "starts", "added", "sizes")}
        cut = {name: self.arrays[name][: self.terms] for name in ("first", "second", "coefficient", "origin")}
        return Flat(graph=self.graph, **kept, **cut)

    @cython.cfunc
    @cython.exceptval(-1)
    def _decide(self, k: cython.Py_ssize_t) -> cython.int:
        """Tell whether a node is a sum, and which of its operands that sum absorbs."""
        code: cython.int = self.codes[k]
        width: cython.int = 0
        if code == _ADD or code == _SUB:
            width = self._decide_addition(k, code == _SUB)
        elif code == _NEG or code == _COPY:
            width = self._absorb(self._operand(k, 0), _MIXED) or _SINGLE
        elif self._is_scaling(k):
            width = self._absorb(self._scaled(k), _SEVERAL) or _SINGLE
        elif code == _MUL:
            self._absorb(self._operand(k, 0), _SINGLE)
            self._absorb(self._operand(k, 1), _SINGLE)
            width = _PRODUCT
        elif code == _POWC and self.constants[k] == 2.0:
            width = _PRODUCT
        elif code == _TOTAL or code == _MEAN or code == _DOT:
            width = self._decide_reduction(k, code == _DOT)
        elif code == _TOP:
            width = _MIXED
        if width:
            self.state[k] = _SUM
            self.width[k] = width
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _operand(self, k: cython.Py_ssize_t, i: cython.Py_ssize_t) -> cython.Py_ssize_t:
        return self.operands[self.starts[k] + i]

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _absorb(self, x: cython.Py_ssize_t, most: cython.int) -> cython.int:
        """Let a sum that is used only once, and is not wider than allowed, be absorbed; return its width, else 0."""
        if self.state[x] != _SUM or self.uses[x] != 1 or self.width[x] > most or self.codes[x] == _TOP:
            return 0
        self.state[x] = _ABSORBED
        return self.width[x]

    @cython.cfunc
    @cython.exceptval(check=False)
    def _decide_addition(self, k: cython.Py_ssize_t, mixed: cython.bint) -> cython.int:
        """Absorb terms, and one longer sum: what the source adds up first stays added up first."""
        x: cython.Py_ssize_t = self._operand(k, 0)
        y: cython.Py_ssize_t = self._operand(k, 1)
        left: cython.int = self._absorb(x, _MIXED)
        right: cython.int = self._absorb(y, _PRODUCT if left > _PRODUCT else _MIXED)
        constant: cython.bint = self.state[x] == _CONSTANT or self.state[y] == _CONSTANT
        return _MIXED if mixed or constant or left == _MIXED or right == _MIXED else _SEVERAL

    @cython.cfunc
    @cython.exceptval(check=False)
    def _decide_reduction(self, k: cython.Py_ssize_t, products: cython.bint) -> cython.int:
        """Absorb the terms of a sum, or multiples into a product; a longer sum where it is the start."""
        i: cython.Py_ssize_t
        count: cython.Py_ssize_t = self.starts[k + 1] - self.starts[k]
        width: cython.int = _SEVERAL
        for i in range(count):
            x: cython.Py_ssize_t = self._operand(k, i)
            if products and i == count - 1 and count % 2:
                width = _MIXED if self._absorb(x, _MIXED) == _MIXED else width
            else:
                self._absorb(x, _SINGLE if products else _PRODUCT)
            width = _MIXED if self.state[x] == _CONSTANT else width
        return width

    @cython.cfunc
    @cython.exceptval(check=False)
    def _is_scaling(self, k: cython.Py_ssize_t) -> cython.bint:
        """Tell whether a node multiplies its other operand with a constant, by not too much."""
        code: cython.int = self.codes[k]
        if code != _MUL and code != _DIV:
            return False
        x: cython.Py_ssize_t = self._operand(k, 0)
        y: cython.Py_ssize_t = self._operand(k, 1)
        if self.state[y] == _CONSTANT:
            return _LEAST < abs(self.data[y]) < _MOST or (code == _MUL and self.data[y] == 0.0)
        return code == _MUL and self.state[x] == _CONSTANT and (abs(self.data[x]) < _MOST)

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _scaled(self, k: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Return the operand that a node multiplies with a constant."""
        return self._operand(k, 1 if self.state[self._operand(k, 0)] == _CONSTANT else 0)

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _scale(self, k: cython.Py_ssize_t) -> cython.double:
        """Return the constant that a node multiplies its other operand with."""
        if self.state[self._operand(k, 0)] == _CONSTANT:
            return self.data[self._operand(k, 0)]
        scale: cython.double = self.data[self._operand(k, 1)]
        return 1.0 / scale if self.codes[k] == _DIV else scale

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
        elif self._is_scaling(k):
            self._wait(self._scaled(k), c * self._scale(k), origin | _SCALED)
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
        for i in range(2):
            while self.state[x] == _ABSORBED:  # a multiple: nothing wider is absorbed into a product
                self.sizes[root] += 1
                if self._is_scaling(x):
                    c *= self._scale(x)
                    origin |= _SCALED
                    x = self._scaled(x)
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
            x = y
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
