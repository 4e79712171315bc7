"""Random programs of loops over lists: what the lifted program computes is what the eager run did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from lifting import compare, run, traced

from micrograd import Value, functions
from micrograd.compiler.lift import lift
from micrograd.compiler.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    Vector = list[Any]

SINGLE: tuple[Any, ...] = (
    functions.sin,
    functions.tanh,
    functions.relu,
    functions.sigmoid,
    lambda x: -x,
    lambda x: x**2,
    lambda x: +x,
)
DOUBLE: tuple[Any, ...] = (
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x * y,
    functions.maximum,
    lambda x, y: functions.where(functions.less(x, y), x, y),
    lambda x, y: x / (2.0 + y * y),
)
WHOLE: tuple[Any, ...] = (
    sum,
    functions.sum,
    functions.mean,
    functions.logsumexp,
    lambda xs: functions.dot(xs, xs[::-1], xs[0]),
)


class Source:
    """A function that is drawn step by step: each step makes a list from the lists that are there."""

    def __init__(self, draw: Callable[[st.SearchStrategy[int]], int]) -> None:
        self._draw = draw
        self.parameters = [Value(0.3 * i - 1.0) for i in range(7)]

    def number(self, low: int, high: int) -> int:
        """Return a whole number from low to high."""
        return self._draw(st.integers(low, high))

    def __call__(self, xs: list[Vector]) -> list[Any]:
        """Return some of the results."""
        lists: list[Vector] = [*xs, [x for row in xs for x in row], self.parameters]
        for _ in range(self.number(1, 7)):
            lists.append(self._step(lists))
        return [lists[self.number(0, len(lists) - 1)], lists[-1]]

    def _step(self, lists: list[Vector]) -> Vector:
        """Return a new list, made of two that are there."""
        x, y = (lists[self.number(0, len(lists) - 1)] for _ in range(2))
        n, whole = self.number(0, 5), WHOLE[self.number(0, len(WHOLE) - 1)]
        steps: list[Callable[[], Vector]] = [
            lambda: [SINGLE[n](v) for v in x],
            lambda: [DOUBLE[n](v, w) for v, w in zip(x, y, strict=False)],
            lambda: [whole(x), x[0]],
            lambda: [sum(v * w for w in y[: 1 + n]) for v in x],
            lambda: [whole(x[: i + 1]) for i in range(len(x))],
            lambda: [(v * (n + 0.25 * i) - i) * 0.5 for i, v in enumerate(x)],
            lambda: [functions.take(x, functions.step(v) * (len(x) - 1)) + functions.detach(v) for v in y],
            lambda: [x[(n * i) % len(x)] * v for i, v in enumerate(y)],
        ]
        return steps[self.number(0, len(steps) - 1)]()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_lifted_programs_compute_what_the_trace_did(data: st.DataObject) -> None:
    """Whether sums are told apart by length or not, and for as many groups as it takes."""
    trace = traced(Source(data.draw), xs=np.random.default_rng(5).normal(size=(3, 4)))
    for limit in (10, 10**9):
        lifted = lift(trace, limit=limit)
        assert lifted is not None or limit == 10
        if lifted is not None:
            verify(lifted.program)
            compare(run(lifted, trace), trace)
