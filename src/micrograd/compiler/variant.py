"""Variants: what a function became for arguments of one layout, from the trace to the check of the first call."""

from __future__ import annotations

import inspect
import threading
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd.compiler.calls import Entry, plain_threads
from micrograd.compiler.checks import Plain
from micrograd.compiler.layout import Argument, take_apart
from micrograd.compiler.pipeline import Backend, Built, Dtype, Gradient, build
from micrograd.compiler.ports import Ports
from micrograd.compiler.reach import Snapshot, unchanged
from micrograd.compiler.slots import Memory, Slot
from micrograd.compiler.trace import Group, Recording, Trace, record_call
from micrograd.engine import Value
from micrograd.errors import CompileError
from micrograd.structure import flatten, like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Options:
    """How functions are compiled.

    Attributes:
        dtype: type of the numbers that the program works with.
        backend: what generates the code.
        check: whether the first call is compared with the plain function.
    """

    dtype: Dtype
    backend: Backend
    check: bool


@dataclass
class Call:
    """A call taken apart.

    Attributes:
        function: the plain function.
        arguments: its arguments, those given by name last.
        keywords: the names of those given by name.
    """

    function: Callable[..., Any]
    arguments: list[Argument]
    keywords: tuple[str, ...]

    def __call__(self) -> Any:  # noqa: ANN401  # whatever the function returns
        """Return the result of the plain function for the Values that stand in for the arguments."""
        args, kwargs = self.stand_ins
        return self.function(*args, **kwargs)

    @property
    def stand_ins(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with Values for numbers, as the function takes them."""
        stand_ins = [argument.stand_in for argument in self.arguments]
        n = len(stand_ins) - len(self.keywords)
        return tuple(stand_ins[:n]), dict(zip(self.keywords, stand_ins[n:], strict=True))

    @property
    def leaves(self) -> list[tuple[Group, list[Value]]]:
        """The groups of leaves: for each argument, that of its numbers and that of its Values, where there are any."""
        names, groups = {"p"}, []
        for argument in self.arguments:
            for shape, values, differentiable in _parts(argument):
                if values:
                    groups.append((Group(_unused(argument.name, names), shape, differentiable), values))
        return groups

    @property
    def values(self) -> list[Value]:
        """The Values that stand for Values."""
        return [value for argument in self.arguments for value in argument.values]


@dataclass(eq=False)
class Variant:
    """What a function became for arguments of one layout.

    Attributes:
        call: the call that was traced.
        trace: what the function did.
        captured: the Values that it reached from outside.
        template: the result, with None in the place of every Value.
        options: how it is compiled.
        built: the program that calls run.
        ports: its ports.
        entry: what calls go through.
        seconds: time taken by tracing and by the check.
    """

    call: Call
    trace: Trace
    captured: list[Value]
    template: Any
    options: Options
    built: Built
    ports: Ports
    entry: Entry
    seconds: dict[str, float] = field(default_factory=dict)
    _seeded: Ports | None = None
    _parts: dict[bytes, Ports] = field(default_factory=dict)

    @cached_property
    def reaches_leaves(self) -> bool:
        """Whether no Value that is reached from outside is computed from others."""
        return not any(value.parents for value in self.captured)

    def pull(self, inputs: list[NDArray[np.float64]], seeds: NDArray[np.float64]) -> list[float]:
        """Return the gradients of Σ seed · output by the Values that take part, where the inputs were these."""
        if self._seeded is None:
            options = self.options
            built = build(self.trace, backend=options.backend, dtype=options.dtype, gradient="seeds")
            self._seeded = Ports(built.executable, self.trace.groups)
            if self.options.check:
                self.check(self._seeded, with_gradient=True)
        _fill(self._seeded, inputs, seeds)
        gradient: list[float] = self._seeded.gradient.tolist()
        asked = seeds != 0.0
        if asked.all() or not asked.any() or np.isfinite(self._seeded.gradient).all():
            return gradient
        return self._pull_some(inputs, seeds[asked], asked)  # a seed of 0 made nan of an infinite derivative

    def _pull_some(
        self, inputs: list[NDArray[np.float64]], seeds: NDArray[np.float64], asked: NDArray[np.bool_]
    ) -> list[float]:
        """Do what `pull` does by a program that has only the outputs that are asked for, as the engine would."""
        key = asked.tobytes()
        if key not in self._parts:
            trace = replace(self.trace, outputs=self.trace.outputs[asked])
            built = build(trace, backend=self.options.backend, dtype=self.options.dtype, gradient="seeds")
            self._parts[key] = Ports(built.executable, trace.groups)
        _fill(self._parts[key], inputs, seeds)
        gradient: list[float] = self._parts[key].gradient.tolist()
        return gradient

    def check(self, ports: Ports, *, with_gradient: bool) -> None:
        """Compare a program of the function, its seeds 1 where it has some, with a second, plain run.

        Raises:
            CompileError: they differ, or the second run differs from the first.
        """
        plain = Plain(flatten(plainly(self.call)), self.captured, self.call.values)
        if not unchanged(self.entry.watched):
            raise CompileError(_CHANGES)
        plain.check_repetition(self.trace.data[self.trace.outputs])

        def program(inputs: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
            _fill(ports, inputs, np.ones(ports.seed.size))
            return np.append(ports.output, ports.gradient if with_gradient else [])

        leaves = [self.captured, *(values for _, values in self.call.leaves)]
        inputs = [np.array([value.data for value in values]) for values in leaves]
        plain.compare(program, inputs, [group.differentiable for group in self.trace.groups], self.options.dtype)


def trace_call(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], options: Options
) -> Variant:
    """Return the variant for a call, compiled and checked.

    Raises:
        TraceError: the function does what would freeze a number.
        CompileError: the function is random, changes what it reaches, reaches Values in a way that cannot be watched,
            or its program computes something else than the function.
        TypeError, ValueError: an argument, or the result, is not of a kind that can be compiled.
    """
    names = _names(function, len(args))
    arguments = [take_apart(x, name) for x, name in zip((*args, *kwargs.values()), (*names, *kwargs), strict=True)]
    call = Call(function, arguments, tuple(kwargs))
    reached = Snapshot([function, *chain.from_iterable(argument.statics for argument in arguments)])
    clock = time.perf_counter()
    recording = record_call(function, *call.stand_ins, call.leaves)
    seconds = {"trace": time.perf_counter() - clock}
    _check_reach(reached, recording)
    return _variant(call, recording, reached, options, seconds)


def plainly(call: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Return what a call returns; compiled functions inside of it run as they were written."""
    thread = threading.get_ident()
    plain_threads.add(thread)
    try:
        return call()
    finally:
        plain_threads.discard(thread)


def _variant(
    call: Call, recording: Recording, reached: Snapshot, options: Options, seconds: dict[str, float]
) -> Variant:
    """Return the variant of a recording."""
    trace, captured = recording.trace, recording.captured
    alone = isinstance(recording.result, Value)
    template = like(recording.result, [None] * len(trace.outputs))
    del recording  # the graph of the first run goes before the second makes one
    gradient: Gradient = "one" if len(trace.outputs) == 1 and (captured or call.values) else "none"
    built = build(trace, backend=options.backend, dtype=options.dtype, gradient=gradient)
    ports = Ports(built.executable, trace.groups)
    entry = Entry(_slots(call, ports), call.keywords, reached.records, captured, ports, alone)
    variant = Variant(call, trace, captured, template, options, built, ports, entry, seconds)
    if options.check:
        clock = time.perf_counter()
        variant.check(ports, with_gradient=gradient == "one")
        seconds["check"] = time.perf_counter() - clock
    return variant


_CHANGES = (
    "the function changes what it reaches from outside (a list, a dict, an attribute, a global variable), which "
    "compiled it would do only once: return what is wanted instead, or call the plain function"
)


def _check_reach(reached: Snapshot, recording: Recording) -> None:
    """Raise CompileError where changes of what was reached could not be seen."""
    if not unchanged(reached.records):
        raise CompileError(_CHANGES)
    missing = [value for value in recording.captured if value not in reached.values]
    if missing:
        message = (
            f"the function reaches {missing[0]!r} ({len(missing)} such) by a way that cannot be watched, so that its "
            "replacement would go unseen: keep it in a variable, list, dict, Module or other object with attributes, "
            "or pass it as an argument"
        )
        raise CompileError(message)


def _fill(ports: Ports, inputs: Sequence[NDArray[np.float64]], seeds: NDArray[np.float64]) -> None:
    """Run a program on inputs and seeds."""
    for own, numbers in zip(ports.inputs, inputs, strict=True):
        own[:] = numbers
    ports.seed[:] = seeds
    ports.run()


def _slots(call: Call, ports: Ports) -> list[Slot]:
    """Return a slot for each argument, with the memory of its groups."""
    memory: Iterator[NDArray[np.float64]] = iter(ports.inputs[1:])
    nothing = Memory(np.zeros(0))
    return [
        Slot(argument.layout, *[Memory(next(memory)) if values else nothing for _, values, _ in _parts(argument)])
        for argument in call.arguments
    ]


def _parts(argument: Argument) -> tuple[tuple[tuple[int, ...], list[Value], bool], ...]:
    """Return shape, stand-ins and differentiability: of the numbers of an argument, then of its Values."""
    return (argument.shape, argument.numbers, False), ((len(argument.values),), argument.values, True)


def _unused(name: str, names: set[str]) -> str:
    """Return a name that is not among the names, and add it to them."""
    while name in names:
        name += "_"
    names.add(name)
    return name


def _names(function: Callable[..., Any], n: int) -> list[str]:
    """Return names for n arguments given by position, as the function's signature has them."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a builtin
        parameters = []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [each.name for each in parameters if each.kind in kinds][:n]
    return names + [f"argument{i}" for i in range(len(names), n)]
