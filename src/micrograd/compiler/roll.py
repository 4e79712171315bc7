"""Roll: find the loop in a program whose groups come again and again, as those of a recurrence do.

The groups of nodes that do the same, in the order of their signatures, are compared with those a period before: the
same row or sum, of equally many nodes, whose operands are in the same groups, or in groups that have moved on by the
period. A long run of such groups is a loop. Each group of its body, from all rounds, becomes one array.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.absorb import SUM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from micrograd.compiler.affine import Whole
    from micrograd.compiler.flatten import Flat
    from micrograd.compiler.signatures import Signatures

LONGEST = 2000  # groups in the body of a loop
ROUNDS = 4  # at least
MIXER = 0x2545F4914F6CDD1D  # an odd number with about as many ones as zeros
TRIED = 24  # periods, for each of a few places in the program


def roll(flat: Flat, signed: Signatures, groups: list[Whole]) -> list[Whole] | None:
    """Return the loop that takes in most of the groups: for each one in its body, the nodes, shape (rounds, n).

    Args:
        flat: the graph.
        signed: the signatures.
        groups: the nodes of each signature, in the order of the signatures.

    Returns:
        None where there is no loop.
    """
    sequence = _Sequence(flat, signed, groups)
    length, start, period = 0, 0, 1
    for tried in sequence.periods():
        if length < len(groups) // 2:
            length, start, period = max((length, start, period), sequence.run(tried), key=lambda run: run[0])
    rounds = length // period
    if rounds < ROUNDS:
        return None
    body = [groups[start + i : start + rounds * period : period] for i in range(period)]
    return [np.stack(members) for members in body]


def peeled(natural: Whole, body: list[Whole]) -> int:
    """Return how many of the first rounds have to come before the loop, because they read from elsewhere."""
    different = 0
    for members in body:
        signature = natural[members]
        odd = np.flatnonzero((signature != signature[-1, 0]).any(axis=1))
        different = max(different, int(odd[-1]) + 1 if len(odd) else 0)
    return different


def in_order(flat: Flat, signed: Signatures, units: Sequence[Whole | list[Whole]]) -> list[int]:
    """Return the numbers of groups and loops, each after those that it reads from."""
    unit = np.full(len(flat.state), -1, dtype=np.int64)
    for i, members in enumerate(units):
        for nodes in members if isinstance(members, list) else [members]:
            unit[nodes] = i
    nodes = np.flatnonzero(unit >= 0)
    starts, read, _ = _reads(flat, signed, nodes)
    pairs = np.stack([np.repeat(unit[nodes], np.diff(starts)), unit[read]])
    pairs = np.unique(pairs[:, (pairs[1] >= 0) & (pairs[0] != pairs[1])], axis=1)
    order: TopologicalSorter[int] = TopologicalSorter({i: [] for i in range(len(units))})
    for reader, source in pairs.T.tolist():
        order.add(reader, source)
    return list(order.static_order())


class _Sequence:
    """The groups in order, each with its first node's row and operands.

    Args:
        flat, signed, groups: as for `roll`.
    """

    def __init__(self, flat: Flat, signed: Signatures, groups: list[Whole]) -> None:
        first = np.array([members[0] for members in groups])
        self.starts, nodes, self.marks = _reads(flat, signed, first)
        known, read = signed.nodes[first], signed.nodes[nodes]
        rank = np.minimum(np.searchsorted(known, read), len(known) - 1)
        self.moves = known[rank] == read
        self.reads = np.where(self.moves, rank, -1 - read)
        sums = flat.state[first] == SUM
        looks = [np.where(sums, 0, flat.graph.codes[first]), flat.graph.constants[first].view(np.int64)]
        looks += [np.array([len(members) for members in groups]), np.diff(self.starts)]
        self.looks = np.zeros(len(groups), dtype=np.int64)
        for look in looks:  # a hash: what looks alike by chance is told apart when the signatures are made anew
            self.looks = (self.looks ^ look) * MIXER
            self.looks ^= self.looks >> 29

    def periods(self) -> list[int]:
        """Return periods worth trying: distances between groups that look alike, and so do all in between."""
        n = len(self.looks)
        found: set[int] = set()
        for place in (n // 4, n // 2, 3 * n // 4):
            begin = max(0, place - LONGEST)
            before = place - begin - np.flatnonzero(self.looks[begin:place] == self.looks[place])[::-1]
            alike = [d for d in before.tolist() if self._repeats(place, d)]
            found.update(alike[:TRIED])
        return sorted(found)

    def _repeats(self, place: int, period: int) -> bool:
        """Tell whether the groups of one period look like those of the period before."""
        now = self.looks[max(place - period, period) : place]
        return np.array_equal(now, self.looks[place - period - len(now) : place - period])

    def run(self, period: int) -> tuple[int, int, int]:
        """Return the length of the longest run of groups that repeat with a period, its start, and the period."""
        same = np.concatenate([np.zeros(period, bool), self._matches(period), [False]])
        ends = np.flatnonzero(~same)
        lengths = np.diff(ends) - 1
        if len(lengths) == 0 or lengths.max() < period:
            return 0, 0, period
        best = int(lengths.argmax())
        return int(lengths[best]) + period, int(ends[best]) + 1 - period, period

    def _matches(self, period: int) -> Whole:
        """Tell for each group but the first ones whether it does what the one a period before does."""
        later = np.flatnonzero(self.looks[period:] == self.looks[:-period]) + period
        counts = self.starts[later + 1] - self.starts[later]
        ends = np.cumsum(counts)
        step = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
        now, then = (np.repeat(self.starts[group], counts) + step for group in (later, later - period))
        moved = self.moves[now] & self.moves[then] & (self.reads[now] - self.reads[then] == period)
        good = (moved | (self.reads[now] == self.reads[then])) & (self.marks[now] == self.marks[then])
        bad = np.repeat(later, counts)[~good]
        result = np.zeros(len(self.looks), dtype=bool)
        result[later] = True
        result[bad] = False
        return result[period:]


def _reads(flat: Flat, signed: Signatures, nodes: Whole) -> tuple[Whole, Whole, Whole]:
    """Return where the reads of each node start, what is read, and a mark that tells the reads of a node apart."""
    sums = flat.state[nodes] == SUM
    begin = np.where(sums, flat.starts[nodes], flat.graph.starts[nodes])
    counts = np.where(sums, flat.starts[nodes + 1], flat.graph.starts[nodes + 1]) - begin
    starts = np.concatenate([[0], np.cumsum(counts)])
    place = np.arange(starts[-1]) + np.repeat(begin - starts[:-1], counts)
    summed = np.repeat(sums, counts)
    first, second = np.empty(len(place), np.int64), np.full(len(place), -1, dtype=np.int64)
    marks = np.zeros(len(place), dtype=np.int64)
    first[summed], second[summed] = signed.first[place[summed]], signed.second[place[summed]]
    marks[summed] = flat.origin[place[summed]] + 1
    first[~summed] = flat.graph.operands[place[~summed]]
    nodes = np.stack([first, second], axis=1).ravel()
    return 2 * starts, np.where(nodes < 0, first.repeat(2), nodes), np.repeat(marks, 2) + (nodes < 0) * 10
