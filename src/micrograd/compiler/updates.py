"""The optimisers as statements of an array program, so that a backend can run whole steps of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.program import Access, Array, Map, Statement, Sum, Term
from micrograd.optim import SGD, Adam, AdamW

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrograd.optim import Optimizer


@dataclass(frozen=True)
class Update:
    """How an optimiser moves the parameters, once their gradients are there.

    Attributes:
        statements: what to run; they read and write the parameters, the gradient, the states and the settings.
        settings: the array of the numbers that change from step to step.
        of_steps: gives these numbers, of shape (n, 3), for n steps, counted from 0, and their learning rates.
        states: the optimiser's own numbers, an array for each list that it names in `buffers`.
    """

    statements: tuple[Statement, ...]
    settings: Array
    of_steps: Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.float64]]
    states: tuple[Array, ...]


def update_of(optimizer: Optimizer, parameters: Array, gradient: Array) -> Update | None:
    """Return what an optimiser does to an array of parameters; None for one of the user's own."""
    writer = _Writer(optimizer, parameters, gradient)
    if type(optimizer) is SGD:
        return writer.sgd(optimizer)
    if type(optimizer) in {Adam, AdamW}:
        assert isinstance(optimizer, Adam)
        return writer.adam(optimizer)
    return None


class _Writer:
    """Statements over all parameters, one after the other."""

    def __init__(self, optimizer: Optimizer, parameters: Array, gradient: Array) -> None:
        self.size = parameters.size
        self.p, self.gradient = self._each(parameters), self._each(gradient)
        self.states = tuple(Array(f"optimizer.{name}", "input", (self.size,)) for name in optimizer.buffers)
        self.settings = Array("optimizer.settings", "input", (3,))
        self.statements: list[Statement] = []

    def sgd(self, optimizer: SGD) -> Update:
        """Return the steps of stochastic gradient descent."""
        (velocity,) = map(self._each, self.states)
        g = self._decayed(optimizer.weight_decay)
        move = g
        if optimizer.momentum:
            self._set(velocity, Term((), (velocity,), optimizer.momentum), Term((), (g,)))
            move = velocity
        if optimizer.nesterov:
            move = self._local("move")
            self._set(move, Term((), (g,)), Term((), (velocity,), optimizer.momentum))
        self._add(self.p, Term((), (move, self._setting(0)), -1.0))
        if not optimizer.momentum:
            self._set(velocity, Term((), (g,)))
        return self._done(lambda _, rates: np.column_stack([rates, 0.0 * rates, 0.0 * rates]))

    def adam(self, optimizer: Adam) -> Update:
        """Return the steps of Adam; with the weight decay beside the gradient for AdamW."""
        beside = isinstance(optimizer, AdamW)
        means, squares = map(self._each, self.states)
        beta1, beta2 = optimizer.betas
        if beside:
            self._set(self.p, Term((), (self.p, self._setting(2))))
        g = self._decayed(0.0 if beside else optimizer.weight_decay)
        self._set(means, Term((), (means,), beta1), Term((), (g,), 1.0 - beta1))
        self._set(squares, Term((), (squares,), beta2), Term((), (g, g), 1.0 - beta2))
        root = self._map("sqrt", squares)
        scale = self._map("add", self._map("div", root, self._setting(1)), optimizer.eps)
        self._add(self.p, Term((), (self._map("div", means, scale), self._setting(0)), -1.0))
        decay = optimizer.weight_decay if beside else 0.0

        def of_steps(steps: NDArray[np.int64], rates: NDArray[np.float64]) -> NDArray[np.float64]:
            sizes, roots = rates / (1.0 - beta1 ** (steps + 1.0)), np.sqrt(1.0 - beta2 ** (steps + 1.0))
            return np.column_stack([sizes, roots, 1.0 - rates * decay])

        return self._done(of_steps)

    def _decayed(self, weight_decay: float) -> Access:
        """Return the gradient, with that of the weight decay."""
        if weight_decay == 0.0:
            return self.gradient
        g = self._local("g")
        self._set(g, Term((), (self.gradient,)), Term((), (self.p,), weight_decay))
        return g

    def _done(self, of_steps: Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.float64]]) -> Update:
        return Update(tuple(self.statements), self.settings, of_steps, self.states)

    @staticmethod
    def _each(array: Array) -> Access:
        """Return the access to one element after the other."""
        return Access(array, 0, (1,))

    def _setting(self, k: int) -> Access:
        """Return the access to a number that all elements share."""
        return Access(self.settings, k, (0,))

    def _local(self, name: str) -> Access:
        """Return the access to a new array."""
        return self._each(Array(f"optimizer.{name}{len(self.statements)}", "local", (self.size,)))

    def _set(self, out: Access, *terms: Term) -> None:
        self.statements.append(Sum((self.size,), out, terms))

    def _add(self, out: Access, *terms: Term) -> None:
        self.statements.append(Sum((self.size,), out, terms, accumulate=True))

    def _map(self, op: str, *operands: Access | float) -> Access:
        """Return the access to the results of a row of the table."""
        out = self._local(op)
        self.statements.append(Map((self.size,), out, op, operands))
        return out
