"""Optimisers: the rules that move parameters against their gradients, with the semantics of PyTorch.

Each is made with its parameters, `SGD(model.parameters(), lr=0.1)`, or is told them later, with `bind`.
"""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from micrograd.engine import Value, zero_grads
from micrograd.errors import NoGradientWarning
from micrograd.schedules import Schedule, check_rate, constant, cosine, linear, step_decay
from micrograd.settings import parameters

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "Schedule", "constant", "cosine", "linear", "step_decay"]

_NO_GRADIENT = (
    "no parameter has a gradient for the step to follow: call loss.backward() after zero_grad() and before "
    "step(), on a loss computed from these parameters"
)


class Optimizer(ABC):
    """What all optimisers share: parameters, learning rate, count of steps, state.

    A subclass names in `buffers` the lists of its state, which hold one number for each parameter and start
    at 0, and says in `_update` how one step moves the parameters.

    Attributes:
        params: the parameters, in the order given; empty until they are bound.
        lr: the learning rate, a number or a schedule.
        steps: number of steps taken.
    """

    buffers: ClassVar[tuple[str, ...]] = ()

    def __init__(self, params: Iterable[Value] | None, lr: float | Schedule) -> None:
        if not callable(lr):
            check_rate(lr, "lr")
        self.lr, self.steps = lr, 0
        self.params: list[Value] = []
        if params is not None:
            self.bind(params)

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        rate = self.lr(self.steps) if callable(self.lr) else self.lr
        check_rate(rate, f"the learning rate of step {self.steps}")
        return rate

    def bind(self, params: Iterable[Value]) -> Self:
        """Return this optimiser, told its parameters.

        Args:
            params: n leaf Values, each once; binding the same ones again changes nothing.

        Raises:
            TypeError: params is not a sequence of leaf Values.
            ValueError: params is empty or repeats a Value, or others are bound already.

        Example:
            >>> SGD(lr=0.5).bind([Value(1.0)]).params
            [Value(data=1.0)]
        """
        new = parameters(params)
        if not self.params:
            self.params = new
            vars(self).update({name: [0.0] * len(new) for name in self.buffers})
        elif new != self.params:  # Values are equal when they are the same
            message = f"this optimiser moves {len(self.params)} other parameters: make a new one for these"
            raise ValueError(message)
        return self

    def set_horizon(self, steps: int) -> None:
        """Tell a schedule of open length how many steps there will be; other rates stay as they are."""
        if hasattr(self.lr, "with_horizon"):
            self.lr = self.lr.with_horizon(steps)

    def step(self) -> None:
        """Move every parameter once, against its gradient.

        Raises:
            ValueError: no parameters are bound, or the schedule gives no usable rate.

        Warns:
            NoGradientWarning: it is the first step, and no parameter has a gradient.
        """
        if not self.params:
            message = f"{type(self).__name__} has no parameters to move: call bind(model.parameters()) first"
            raise ValueError(message)
        rate = self.rate
        if self.steps == 0 and not any(p.has_grad for p in self.params):
            warnings.warn(_NO_GRADIENT, NoGradientWarning, stacklevel=2)
        self._update(rate)
        self.steps += 1

    @abstractmethod
    def _update(self, rate: float) -> None:
        """Move every parameter once, at this learning rate."""

    def _gradients(self, weight_decay: float) -> list[float]:
        """Return the gradients, as floats even after create_graph=True, with that of the weight decay."""
        return [float(p.grad) + weight_decay * p.data for p in self.params]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        zero_grads(self.params)

    def state_dict(self) -> dict[str, Any]:
        """Return the count of steps and the buffers: what an optimiser made alike needs to go on from here.

        Example:
            >>> SGD([Value(1.0)], lr=0.5).state_dict()
            {'steps': 0, 'velocity': [0.0]}
        """
        return {"steps": self.steps, **{name: list(getattr(self, name)) for name in self.buffers}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the count of steps and the buffers to those of a `state_dict()`.

        Raises:
            ValueError: it is not that of such an optimiser with as many parameters; nothing is changed then.
        """
        wanted = {name: len(self.params) for name in self.buffers}
        given = {name: len(item) for name, item in state.items() if isinstance(item, list)}
        steps = state.get("steps")
        if given != wanted or not isinstance(steps, int):
            message = f"{type(self).__name__} needs steps and lists as long as {wanted}; got {steps} and {given}"
            raise ValueError(message)
        vars(self).update({name: list(map(float, state[name])) for name in self.buffers}, steps=steps)


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and weight decay where they are asked for.

        g = p.grad + weight_decay * p
        v = momentum * v + g                          (v starts at 0)
        p = p - lr * v                                (nesterov: p - lr * (g + momentum * v))

    Args:
        params: the parameters, such as `model.parameters()`; None to bind them later.
        lr: learning rate, 0 or more, or a schedule. The default is PyTorch's; small networks often bear 0.1.
        momentum: share of the velocity that each step keeps, 0 or more; 0 is plain gradient descent.
        nesterov: whether to look ahead along the momentum; needs momentum.
        weight_decay: strength of the pull towards 0, 0 or more: the gradient of weight_decay / 2 * p².

    Raises:
        ValueError: a number is out of its range, or nesterov is given without momentum; see also `bind`.

    Example:
        >>> w = Value(3.0)
        >>> (w * w).backward()
        >>> SGD([w], lr=0.125).step()
        >>> w
        Value(data=2.25)

    Source:
        torch.optim.SGD: the momentum of Polyak (1964), with the learning rate outside of the velocity.
    """

    buffers = ("velocity",)
    velocity: list[float]

    def __init__(
        self,
        params: Iterable[Value] | None = None,
        *,
        lr: float | Schedule = 1e-3,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        check_rate(momentum, "momentum")
        check_rate(weight_decay, "weight_decay")
        if nesterov and momentum == 0.0:
            message = "nesterov looks ahead along the momentum, which is 0: give momentum=, 0.9 for instance"
            raise ValueError(message)
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay
        super().__init__(params, lr)

    def _update(self, rate: float) -> None:
        mu, gradients = self.momentum, self._gradients(self.weight_decay)
        self.velocity = [mu * v + g for v, g in zip(self.velocity, gradients, strict=True)]
        moves = self.velocity
        if self.nesterov:
            moves = [g + mu * v for v, g in zip(self.velocity, gradients, strict=True)]
        for p, move in zip(self.params, moves, strict=True):
            p.data -= rate * move


class Adam(Optimizer):
    """Adam: steps scaled, for each parameter, by running means of its gradient and of its gradient's square.

        g = p.grad + weight_decay * p
        m = β₁ m + (1 - β₁) g                                         (m and v start at 0)
        v = β₂ v + (1 - β₂) g²
        p = p - lr * m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + eps)         (t counts the steps from 1)

    Args:
        params: the parameters, such as `model.parameters()`; None to bind them later.
        lr: about the size of a step, 0 or more, or a schedule. The first three defaults are the paper's.
        betas: decay of the two running means, each in [0, 1): these remember some 10 and 1000 steps.
        eps: what is added to the denominator, more than 0, so that a gradient of 0 moves nothing.
        weight_decay: strength of the pull towards 0, 0 or more, added to the gradient (AdamW: beside it).

    Raises:
        ValueError: a number is out of its range; see also `bind`.

    Example:
        >>> w = Value(3.0)
        >>> (w * w).backward()
        >>> Adam([w], lr=0.125).step()
        >>> round(w.data, 6)
        2.875

    Source:
        Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1; torch.optim.Adam.
    """

    buffers = ("means", "squares")
    means: list[float]
    squares: list[float]

    def __init__(
        self,
        params: Iterable[Value] | None = None,
        *,
        lr: float | Schedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        check_rate(weight_decay, "weight_decay")
        if not isinstance(betas, Iterable):
            message = f"betas must be a pair, such as (0.9, 0.999); got {betas!r}"
            raise TypeError(message)
        beta1, beta2 = betas
        if not (0.0 <= beta1 < 1.0 and 0.0 <= beta2 < 1.0 and 0.0 < eps < math.inf):
            message = f"betas must lie in [0, 1), and eps be more than 0; got {betas!r} and {eps!r}"
            raise ValueError(message)
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        super().__init__(params, lr)

    def _update(self, rate: float) -> None:
        self._move(rate, self._gradients(self.weight_decay))

    def _move(self, rate: float, gradients: list[float]) -> None:
        """Update both moments and move every parameter by their quotient."""
        beta1, beta2 = self.betas
        self.means = [beta1 * m + (1.0 - beta1) * g for m, g in zip(self.means, gradients, strict=True)]
        self.squares = [beta2 * v + (1.0 - beta2) * g * g for v, g in zip(self.squares, gradients, strict=True)]
        size = rate / (1.0 - beta1 ** (self.steps + 1))
        root = math.sqrt(1.0 - beta2 ** (self.steps + 1))
        for p, m, v in zip(self.params, self.means, self.squares, strict=True):
            p.data -= size * (m / (math.sqrt(v) / root + self.eps))


class AdamW(Adam):
    """Adam with decoupled weight decay: the parameter shrinks by itself, and the gradient is left alone.

        p = (1 - lr * weight_decay) * p, then the step of Adam without decay

    It takes the arguments of Adam. The default of weight_decay is PyTorch's.

    Example:
        >>> w = Value(3.0)
        >>> (w * w).backward()
        >>> AdamW([w], lr=0.125, weight_decay=1.0).step()
        >>> round(w.data, 6)
        2.5

    Source:
        Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2; torch.optim.AdamW.
    """

    def __init__(
        self,
        params: Iterable[Value] | None = None,
        *,
        lr: float | Schedule = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def _update(self, rate: float) -> None:
        kept = 1.0 - rate * self.weight_decay
        for p in self.params:
            p.data *= kept
        self._move(rate, self._gradients(0.0))
