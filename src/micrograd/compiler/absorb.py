"""Absorb: decide which nodes of a scalar graph are sums, and which inner results a sum takes into itself.

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

if cython.compiled:
    from cython.cimports.micrograd.compiler.pointers import doubles, longs
else:
    doubles = longs = memoryview

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.lower import Graph

# What became of a node.
LEAF, ROW, SUM, ABSORBED, CONSTANT = range(5)

_ROW = cython.declare(cython.int, ROW)
_SUM = cython.declare(cython.int, SUM)
_ABSORBED = cython.declare(cython.int, ABSORBED)
_CONSTANT = cython.declare(cython.int, CONSTANT)

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

_SQUARE = cython.declare(cython.double, 2.0)  # the power that is a product
_LEAST = cython.declare(cython.double, 1e-30)  # a constant factor is a coefficient if it lies in between:
_MOST = cython.declare(cython.double, 1e30)  # products of such do not leave the range of a float so soon


@dataclass(frozen=True, eq=False)
class Absorbed:
    """What each node of a graph is.

    Attributes:
        state: LEAF, CONSTANT, ROW, SUM, or ABSORBED by the sum that uses it.
        scaled: the operand of a node that multiplies it with a constant; -1 of other nodes.
        scale: that constant.
    """

    state: NDArray[np.int64]
    scaled: NDArray[np.int64]
    scale: NDArray[np.float64]


def absorb(graph: Graph) -> Absorbed:
    """Return what each node of a graph is."""
    return Absorbing(graph).run()


@cython.final
@cython.cclass
class Absorbing:
    """The work of `absorb`, node by node in the order of the graph."""

    kept: Any
    result: Any

    codes: cython.pointer[cython.longlong]
    starts: cython.pointer[cython.longlong]
    operands: cython.pointer[cython.longlong]
    uses: cython.pointer[cython.longlong]
    state: cython.pointer[cython.longlong]
    width: cython.pointer[cython.longlong]
    scaled: cython.pointer[cython.longlong]
    data: cython.p_double
    constants: cython.p_double
    scale: cython.p_double

    def __init__(self, graph: Graph) -> None:
        n = len(graph.codes)
        uses = (np.bincount(graph.operands, minlength=n) + np.bincount(graph.outputs, minlength=n)).astype(np.int64)
        width = np.zeros(n, np.int64)
        state = np.select([graph.group == -1, graph.group >= 0], [CONSTANT, LEAF], ROW).astype(np.int64)
        self.result = Absorbed(state, np.full(n, -1, np.int64), np.zeros(n))
        self.kept = (graph, uses, width)  # what follows points into these arrays
        self.codes, self.starts, self.operands = longs(graph.codes), longs(graph.starts), longs(graph.operands)
        self.data, self.constants = doubles(graph.data), doubles(graph.constants)
        self.uses, self.width, self.state = longs(uses), longs(width), longs(state)
        self.scaled, self.scale = longs(self.result.scaled), doubles(self.result.scale)

    def run(self) -> Absorbed:
        """Return the result."""
        k: cython.Py_ssize_t
        for k in range(len(self.result.state)):
            if self.state[k] == _ROW:
                self._decide(k)
        result: Absorbed = self.result
        return result

    @cython.cfunc
    @cython.exceptval(-1)
    def _decide(self, k: cython.Py_ssize_t) -> cython.int:
        """Tell whether a node is a sum, and which of its operands that sum absorbs."""
        code: cython.int = self.codes[k]
        width: cython.int = 0
        if code in (_ADD, _SUB):
            width = self._decide_addition(k, code == _SUB)
        elif code in (_NEG, _COPY):
            width = self._absorb(self._operand(k, 0), _MIXED) or _SINGLE
        elif self._find_scale(k):
            width = self._absorb(self.scaled[k], _SEVERAL) or _SINGLE
        elif code == _MUL:
            self._absorb(self._operand(k, 0), _SINGLE)
            self._absorb(self._operand(k, 1), _SINGLE)
            width = _PRODUCT
        elif code == _POWC and self.constants[k] == _SQUARE:
            width = _PRODUCT
        elif code in (_TOTAL, _MEAN, _DOT):
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
        starts: cython.bint = self.state[x] == _CONSTANT and self.data[x] == 0.0  # Python's sum: what follows is alike
        right: cython.int = self._absorb(y, _PRODUCT if left > _PRODUCT or starts else _MIXED)
        constant: cython.bint = self.state[x] == _CONSTANT or self.state[y] == _CONSTANT
        return _MIXED if mixed or constant or _MIXED in (left, right) else _SEVERAL

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
    def _find_scale(self, k: cython.Py_ssize_t) -> cython.bint:
        """Note the operand that a node multiplies with a constant, if it does, by not too much; tell whether."""
        code: cython.int = self.codes[k]
        if code not in (_MUL, _DIV):
            return False
        x: cython.Py_ssize_t = self._operand(k, 0)
        y: cython.Py_ssize_t = self._operand(k, 1)
        if code == _MUL and self.state[x] == _CONSTANT:
            x, y = y, x
        scale: cython.double = self.data[y]
        if self.state[y] != _CONSTANT or not (_LEAST < abs(scale) < _MOST or (code == _MUL and scale == 0.0)):
            return False
        self.scaled[k] = x
        self.scale[k] = 1.0 / scale if code == _DIV else scale
        return True
