"""A run: the steps of one training loop, told apart by the line that calls `backward()`."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING

from micrograd.check.doctor.neurons import add_to_columns

if TYPE_CHECKING:
    from micrograd.check.doctor.look import Events, Look, Update
    from micrograd.check.places import Place
    from micrograd.engine import Value
    from micrograd.ops import Op

__all__ = ["MODEL", "Run", "Step"]

# A single number that moves is an experiment of calculus, such as one that shows what forgetting to zero does; a
# model has two parameters or more.
MODEL = 2

_ALONG = 0.5  # cosine with the gradient, of a move that follows it; of 20 numbers moved by chance 1 in 40 is above
_WITH_LINES = 2  # steps in which the lines of nodes are kept
_EARLY, _SEVERAL = 4, 2  # looks that columns of the data are gathered from, until they have several numbers
_ROUNDING = 1e-12  # what a number may change by when something is added and taken away again


@dataclass(frozen=True, slots=True)
class Step:
    """One backward() and the move of the parameters after it.

    Args:
        loss: what backward() was called on.
        slope: what the gradient predicts that the move adds to the loss: the sum of gradient times change.
        along: slope over the lengths of gradient and move: -1 straight downhill, 1 straight uphill.
        moved: length of the move.
        turn: the cosine between this gradient and the one before; 1 means the same direction, -1 back again.
    """

    loss: float
    slope: float
    along: float
    moved: float
    turn: float


class Run:
    """What the doctor keeps of one loop.

    Args:
        place: the line that calls backward().
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.count = 0  # how many backward() there were
        self.loss = math.nan  # of the last one
        self.same_loss = False  # whether the one before had the same loss
        self.first_loss = math.nan
        self.steps: list[Step] = []
        self.parameters: dict[Value, Place] = {}  # the leaves that the program moves, and the lines that do it
        self.data: list[float] = []  # of each parameter after the last backward()
        self.grads: list[float] = []
        self.grads_before: list[float] = []  # before the last backward()
        self.former: list[float] = []  # the gradients of the step before
        self.first: list[float] = []  # and of the first one
        self.start: list[float] = []  # the data of each parameter when it was first seen
        self.look: Look | None = None
        self.before: Look | None = None  # the look before that one
        self.leftover: list[int] = []  # parameters that moved, kept their gradient, got more, and moved again
        self._used: set[int] = set()  # parameters that have moved since their gradient was 0
        self.events: Events | None = None  # between the last two backward()
        self.unreached: set[Value] = set()  # parameters that no backward() has reached
        self.waiting: set[Value] = set()  # those of them that are rows of a table of which others were named
        self.leak: Place | None = None  # where a number was read on the way to such parameters
        self.varies = False  # whether the loss reaches other parameters from step to step
        self.same_data = True  # whether every look saw the same numbers go in
        self.resumed = False  # whether an earlier loop moved some of these parameters
        self.alone = True  # whether no other line called backward() meanwhile
        self.sizes: list[int] = []  # of the graphs looked at
        self.replaced: tuple[dict[Value, Value], Place] | None = None  # parameters that became new nodes, and where
        self.judged: Look | None = None  # the last look that was asked whether it reaches back
        self.shape: tuple[list[Op | None], list[Place | None]] = [], []  # rows and lines of an early graph, in order
        self.lines: dict[str, Place] = {}  # the first that was known for a fact
        self.facts: Counter[str] = Counter()  # how often in a row something was so
        self.silent: set[Value] = set()  # ReLU neurons that have given nothing but 0, by their first parameters
        self.silent_layer: set[Value] = set()  # those of a whole layer
        self.columns: dict[Value, list[float]] = {}  # numbers of the data that each weight was multiplied with
        self.found: set[str] = set()
        self._seen: list[float] | None = None  # the numbers that the look before saw go in
        self._reached: list[bool] = []  # whether the last backward() has left each parameter a gradient

    @property
    def updates(self) -> dict[Value, Update]:
        """The leaves that were moved between the last two backward()."""
        return {} if self.events is None else self.events.updates

    @property
    def length(self) -> float:
        """The length of the parameters, as one vector."""
        return math.hypot(*[p.data for p in self.parameters])

    def thrown_out(self, times: float) -> bool:
        """Tell whether the parameters are so many times as long as at first."""
        return self.length > times * (1.0 + math.hypot(*self.start))

    def in_a_row(self, fact: str, *, holds: bool) -> int:
        """Return how many times in a row something has been so, this time included."""
        self.facts[fact] = self.facts[fact] + 1 if holds else 0
        return self.facts[fact]

    def first_time(self, look: Look, question: str) -> bool:
        """Tell whether a question about how the graph is built is new: one graph answers it."""
        self.facts[question] += 1
        return self.facts[question] == 1 and look is self.look

    def line_of(self, node: Value) -> Place:
        """Return the line that made a node of the last graph.

        It is known where the node was watched, or where an early graph of the same shape has it; else that of
        backward() stands for it.
        """
        look = self.look
        if look is None:
            return self.place
        place = look.events.made.get(node)
        rows, places = self.shape
        if place is None and len(rows) == look.size and node in look.nodes:
            index = next(i for i, other in enumerate(look.order) if other is node)
            place = places[index] if rows[index] is node.row else None
        return place or self.place

    def first_line(self, fact: str, place: Place | None) -> Place:
        """Return the first line that was known for a fact, else that of backward(): lines are kept only at first."""
        if place is not None:
            self.lines.setdefault(fact, place)
        return self.lines.get(fact, self.place)

    def knows_lines(self) -> bool:
        """Tell whether an early graph is known with the line of each node that was computed."""
        rows, places = self.shape
        computed = [place for row, place in zip(rows, places, strict=True) if row is not None]
        return bool(rows) and all(computed)  # a Place is always true

    def full_look_next(self) -> bool:
        """Tell whether the next step is to be seen in full: the first four are, then fewer and fewer."""
        following = self.count + 1
        return following <= 4 or following & self.count == 0  # noqa: PLR2004  # powers of two

    def move(self, events: Events) -> None:
        """Take note of how the parameters have moved since the last backward()."""
        self.events = events
        for leaf, update in events.updates.items():
            if leaf not in self.parameters:
                self.parameters[leaf] = update.place
                if self.look is None or leaf not in self.look.nodes:
                    self.unreached.add(leaf)
                self.data.append(update.data)
                self.start.append(update.data)
                self.grads.append(update.grad)
                self.former.append(0.0)
        if self.parameters:
            now = [p.data for p in self.parameters]
            self.leftover = self._followed(now)
            self._add_step(now)

    def _followed(self, now: list[float]) -> list[int]:
        """Return the leftovers that go on along their gradient, old and new in one; with others it does no harm.

        Others are the parameters of another optimiser, which sets them to zero in its turn, and data that are shaken.
        """
        moved = [i for i in self.leftover if now[i] != self.data[i]]
        change = [now[i] - self.data[i] for i in moved]
        return moved if abs(cosine([self.grads[i] for i in moved], change)) > _ALONG else []

    def _add_step(self, now: list[float]) -> None:
        """Add a step, if something has moved."""
        change = [new - old for new, old in zip(now, self.data, strict=True)]
        moved = math.hypot(*change)
        if moved <= _ROUNDING * (1.0 + math.hypot(*now)):
            return
        gradient = math.hypot(*self.grads)
        slope = sum(map(mul, self.grads, change))
        along = slope / (gradient * moved) if gradient * moved > 0.0 else 0.0
        self.first = self.first or list(self.grads)
        self.steps.append(Step(self.loss, slope, along, moved, cosine(self.grads, self.former)))

    def see(self, look: Look) -> None:
        """Take note of a graph that is looked at in full."""
        self.before, self.look = self.look, look
        self.sizes.append(len(look.order))
        self.unreached -= look.nodes
        if look.step <= _WITH_LINES and not self.knows_lines():  # the first was perhaps built before the watch began
            self.shape = [node.row for node in look.order], [look.events.made.get(node) for node in look.order]
        if not self.parameters:  # nothing tells the numbers of the data yet
            return
        data = [leaf.data for leaf in look.inputs]
        if self._seen is not None:
            self.same_data = self.same_data and (data == self._seen or sorted(data) == sorted(self._seen))
        self._seen = data
        if len(self.sizes) <= _EARLY and min(map(len, self.columns.values()), default=0) < _SEVERAL:
            add_to_columns(self.columns, look.neurons.values(), self.parameters)

    def begin(self, loss: float) -> None:
        """Begin a backward(): find the parameters that have moved and still hold the gradient of then."""
        self.count += 1
        self.first_loss = loss if self.count == 1 else self.first_loss
        self.same_loss, self.loss = loss == self.loss, loss
        self.grads_before = grads = [float(p.grad) for p in self.parameters]
        if not any(grads):
            self._used.clear()
        else:
            now = [p.data for p in self.parameters]
            self._used = {
                i
                for i, (grad, kept, x, old) in enumerate(zip(grads, self.grads, now, self.data, strict=True))
                if grad == kept != 0.0 and (i in self._used or abs(x - old) > _ROUNDING * (1.0 + abs(x)))
            }
        self.leftover = sorted(self._used)

    def end(self) -> None:
        """End a backward(): keep data and gradients, and the leftovers whose gradient really grew."""
        grads = [float(p.grad) for p in self.parameters]
        self.leftover = [i for i in self.leftover if grads[i] != self.grads[i]]
        self.former, self.grads = self.grads, grads
        self.data = [p.data for p in self.parameters]
        reached = [p.has_grad for p in self.parameters]
        self.varies = self.varies or (len(reached) == len(self._reached) and reached != self._reached)
        self._reached = reached
        self.unreached = {p for p in self.unreached if not p.has_grad}


def cosine(xs: list[float], ys: list[float]) -> float:
    """Return the cosine of the angle between two vectors; 0 where one of them has no length."""
    lengths = math.hypot(*xs) * math.hypot(*ys)
    return sum(map(mul, xs, ys)) / lengths if 0.0 < lengths < math.inf else 0.0
