"""Compiled functions: what `compile` returns, with its programs for the layouts of arguments that it has met."""

from __future__ import annotations

import functools
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.compiler.calls import Caller
from micrograd.compiler.pipeline import say_once
from micrograd.compiler.report import Report, report
from micrograd.compiler.results import outputs
from micrograd.compiler.variant import Options, Variant, trace_call
from micrograd.engine import Value
from micrograd.errors import CompileError
from micrograd.module import Module
from micrograd.structure import flatten, like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import ArrayLike, NDArray

    from micrograd.compiler.calls import Entry
    from micrograd.compiler.program import Program

_OFTEN = 10  # so many times may what a function reaches change before it is said that this costs time


@dataclass
class _Cache:
    """What a compiled function keeps.

    Attributes:
        variants: the code for each layout of arguments; the last one used comes first.
        retraced: how often something changed that the function reaches.
    """

    variants: list[Variant]
    retraced: int = 0


class Compiled(Caller):
    """A compiled function: see `compile`.

    Attributes:
        options: how it is compiled.
    """

    __name__: str
    __wrapped__: Callable[..., Any]

    def __init__(self, function: Callable[..., Any], options: Options, cache_size: int) -> None:
        super().__init__(function, getattr(function, "__name__", type(function).__name__))
        functools.update_wrapper(self, function, updated=())
        self.options = options
        self._cache_size = cache_size
        self._cache = _Cache([])

    def __get__(self, instance: object, owner: type | None = None) -> Compiled | types.MethodType:
        """Return a method that passes the instance on, as a function in a class does."""
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<compiled {self.name}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Return the name of the function, by which Python copies and pickles functions; else how to compile a copy."""
        if isinstance(self.function, types.FunctionType):
            return self.function.__qualname__
        return Compiled, (self.function, self.options, self._cache_size)

    @property
    def parameters(self) -> list[Value]:
        """The Values from outside that the last call reached, in the order of the gradient of `value_and_grad`."""
        return list(self._last.captured)

    @property
    def program(self) -> Program:
        """The array program of the last call; `print` shows it as text, in which `p` stands for `parameters`."""
        return self._last.ports.executable.program

    def report(self) -> Report:
        """Return what the compiler made of the function for the arguments of the last call; `print` shows it.

        Raises:
            CompileError: the function has not been called yet.

        Example:
            >>> import micrograd
            >>> square = micrograd.compile(lambda xs: sum(x * x for x in xs), backend="numpy")
            >>> square([1.0, 2.0, 3.0])
            Value(data=14.0)
            >>> square.report().lifted, square.report().tape
            (6, 0)
        """
        return report(self.name, self._last, len(self._cache.variants), self._cache.retraced)

    def value_and_grad(self, *args: Any, **kwargs: Any) -> tuple[float, NDArray[np.float64]]:  # noqa: ANN401
        """Return the result as a float and its gradient as an array, without making Values.

            gradient[i] = ∂ result / ∂ v[i]

        Here v are the Values of `parameters`, followed by those among the arguments, from left to right. An argument
        that is a plain number has no part in the gradient.

        Raises:
            TypeError: the result is not one Value.

        Example:
            >>> import micrograd
            >>> w = micrograd.Value(3.0)
            >>> f = micrograd.compile(lambda x, y: w * w * x + y, backend="numpy")
            >>> value, gradient = f.value_and_grad(2.0, micrograd.Value(1.0))
            >>> value, gradient.tolist()
            (19.0, [12.0, 1.0])
        """
        with self.lock:
            entry = self._of_one_value(args, kwargs)
            entry.read()
            entry.run()
            return float(entry.output[0]), entry.gradient.copy()

    def flat(
        self,
        parameters: Module | Iterable[Value],
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> Callable[[ArrayLike], tuple[float, NDArray[np.float64]]]:
        """Return a function from n numbers for the parameters to the value and its gradient.

        It is what `scipy.optimize.minimize(..., jac=True)` asks for. The parameters themselves stay as they are.

        Args:
            parameters: n Values that the function reaches from outside, or a network. The gradient by one that it
                does not reach is 0.
            args: the arguments of the function.
            kwargs: the same, by name.

        Returns:
            A function of an array of shape (n,) that gives a float and an array of shape (n,). It raises ValueError
            for another shape, and TypeError where the result is not one Value.

        Example:
            >>> import micrograd
            >>> a, b = micrograd.Value(1.0), micrograd.Value(2.0)
            >>> f = micrograd.compile(lambda x: a * x + b * b, backend="numpy").flat([a, b], 10.0)
            >>> value, gradient = f([3.0, 4.0])
            >>> value, gradient.tolist()
            (46.0, [10.0, 8.0])
        """
        chosen = list(parameters.parameters() if isinstance(parameters, Module) else parameters)
        if not all(isinstance(value, Value) for value in chosen):
            message = f"parameters must be Values that {self.name} reaches, or a network; got {chosen!r}"
            raise TypeError(message)

        known: list[Any] = []  # the entry of the last call, and where the parameters stand in it

        def value_and_gradient(numbers: ArrayLike) -> tuple[float, NDArray[np.float64]]:
            given = np.asarray(numbers, dtype=np.float64)
            if given.shape != (len(chosen),):
                message = f"there are {len(chosen)} parameters: give an array of as many; got shape {given.shape}"
                raise ValueError(message)
            with self.lock:
                entry = self._of_one_value(args, kwargs)
                if not known or known[0] is not entry:
                    known[:] = entry, *self._places(entry, chosen)
                mine, theirs = known[1:]
                entry.read()
                entry.data[theirs] = given[mine]
                entry.run()
                gradient = np.zeros(len(chosen))
                gradient[mine] = entry.gradient[theirs]
                return float(entry.output[0]), gradient

        return value_and_gradient

    def trace(self, *args: Any, **kwargs: Any) -> Variant:  # noqa: ANN401
        """Return what the function is compiled to for these arguments, without running it."""
        with self.lock:
            self.latest = self._find(args, kwargs)
            return self._last

    @property
    def _last(self) -> Variant:
        """The variant that was used last."""
        if not self._cache.variants:
            message = f"{self.name} is compiled at its first call: call it once before asking what it became"
            raise CompileError(message)
        return self._cache.variants[0]

    def _places(self, entry: Entry, chosen: list[Value]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return which of the chosen Values an entry reaches, and where it has them."""
        places = {value: i for i, value in enumerate(entry.captured)}
        pairs = np.array([(i, places[p]) for i, p in enumerate(chosen) if p in places], dtype=np.int64).reshape(-1, 2)
        if not len(pairs):
            message = f"{self.name} reaches none of the {len(chosen)} parameters: give those that it computes with"
            raise ValueError(message)
        return pairs[:, 0], pairs[:, 1]

    def _of_one_value(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Entry:
        """Return the entry for these arguments, filled, where the result is one Value."""
        entry = self._filled(args, kwargs)
        if not entry.alone:
            count = len(flatten(self._last.template))
            message = (
                f"{self.name} must return one Value to have a gradient here; it returns {count} results: "
                "call it, and backward() on each of them"
            )
            raise TypeError(message)
        return entry

    def _find(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Entry:
        """Return the entry for these arguments, filled: one that is there already, or a new one."""
        for variant in list(self._cache.variants):
            if variant.entry.takes(args, kwargs):
                self._cache.variants.remove(variant)
                if variant.entry.is_current():
                    return self._use(variant)
                self._count_retracing()
                break
        variant = trace_call(self.function, args, kwargs, self.options)
        variant.entry.takes(args, kwargs)
        return self._use(variant)

    def _use(self, variant: Variant) -> Entry:
        """Return the entry of a variant, which becomes the first of those that are kept."""
        self._cache.variants = [variant, *self._cache.variants][: self._cache_size]
        return variant.entry

    def _count_retracing(self) -> None:
        """Count that something changed which the function reaches, and warn where that happens often."""
        self._cache.retraced += 1
        if self._cache.retraced == _OFTEN:
            say_once(
                f"{self.name} has been traced anew {_OFTEN} times, because what it reaches from outside changed "
                "(a setting, a list, an attribute): pass what changes as an argument"
            )

    def _several(self, entry: Entry) -> Any:  # noqa: ANN401
        """Return the results of the present call as the function nests them."""
        variant = self._last
        if len(entry.output) == 1:
            return like(variant.template, [entry.result(self.name)])
        inputs = [numbers.copy() for numbers in variant.ports.inputs]

        def pull(seeds: NDArray[np.float64]) -> list[float]:
            with self.lock:
                return variant.pull(inputs, seeds)

        return like(variant.template, outputs(entry.output.tolist(), entry.parents(), self.name, pull))
