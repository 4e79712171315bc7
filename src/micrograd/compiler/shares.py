"""Shares: what the statements that read an array give to its adjoint, brought into the form of sums.

A statement over `axes` that reads A[target] adds, at every point, coefficient · Π factors to the adjoint of that
element. Loops that `target` moves with become the axes of a sum; the others are summed over. So the adjoint of a
broadcast is a sum, that of a gather a scatter, and that of a contraction two contractions.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from micrograd.compiler.nest import dimensions, moving
from micrograd.compiler.program import Access, Term
from micrograd.compiler.symbols import key, restride

if TYPE_CHECKING:
    from collections.abc import Hashable

    from micrograd.compiler.program import Array


@dataclass(frozen=True, eq=False, slots=True)
class Share:
    """What one read of an array gives to its adjoint.

    Attributes:
        axes: the loops of the statement that reads, those of a summation too.
        target: what it reads.
        coefficient: a constant.
        factors: what stands at each point, over the same loops; none for a plain constant.
    """

    axes: tuple[int, ...]
    target: Access
    coefficient: float
    factors: tuple[Access, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """All shares that go to the same elements in the same way: a sum to be.

    Attributes:
        axes: the loops.
        target: the elements of the array, over the axes.
        terms: what is added; a term without factors is a constant.
    """

    axes: tuple[int, ...]
    target: Access
    terms: tuple[Term, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it goes over all of the array, dimension by dimension."""
        return dimensions(self.axes, self.target) is not None


def groups(shares: list[Share], rounds: int) -> list[Group]:
    """Return shares as sums, those over whole arrays first.

    Args:
        shares: shares of one array.
        rounds: how many of the first axes are rounds of a loop, which stay first: none or one.
    """
    merged: dict[Hashable, Group] = {}
    for share in shares:
        found = _group(share, rounds)
        place = (found.axes, key(found.axes, found.target))
        known = merged.get(place)
        merged[place] = found if known is None else replace(known, terms=known.terms + found.terms)
    tidied = [replace(group, terms=_collected(group)) for group in merged.values()]
    return sorted(tidied, key=lambda group: not group.is_whole)


def _group(share: Share, rounds: int) -> Group:
    """Return a share as a sum: the loops of its target outside, the longest strides first, and the others inside."""
    kept = _outer_loops(share, rounds)
    others = [k for k, n in enumerate(share.axes) if n > 1 and k not in kept]
    inner = [k for k in others if any(k in moving(share.axes, x) for x in share.factors)]
    idle = math.prod(share.axes[k] for k in others if k not in inner)
    factors = tuple(restride(x, [*kept, *inner]) for x in share.factors)
    term = Term(tuple(share.axes[k] for k in inner), factors, share.coefficient * idle)
    return Group(tuple(1 if k is None else share.axes[k] for k in kept), restride(share.target, kept), (term,))


def _outer_loops(share: Share, rounds: int) -> list[int | None]:
    """Return the loops that become axes; where they go over the whole array, one for each dimension, in order."""
    walk = dimensions(share.axes, share.target)
    if walk is not None and walk[:rounds] == (0,) * rounds:
        return [k if k >= 0 else None for k in walk]
    free = [k for k in moving(share.axes, share.target) if k >= rounds]
    if share.target.table is None and share.target.index is None:
        free.sort(key=lambda k: -abs(share.target.strides[k]))
    return [*range(rounds), *free]


def _collected(group: Group) -> tuple[Term, ...]:
    """Return the terms of a group with those of equal factors made one."""
    terms: dict[Hashable, Term] = {}
    for term in group.terms:
        factors = Counter(key(group.axes + term.extents, x) for x in term.factors)
        same = (term.extents, frozenset(factors.items()))
        known = terms.get(same)
        terms[same] = term if known is None else replace(known, coefficient=known.coefficient + term.coefficient)
    return tuple(terms.values())


@dataclass(frozen=True, eq=False, slots=True)
class Adjoint:
    """The adjoint of a whole array, element by element: a constant, or a constant times what an access reads.

    Attributes:
        coefficient: the constant.
        factor: what is read, with strides over the array's dimensions; None where it is 1.
    """

    coefficient: float
    factor: Access | None


def as_adjoint(group: Group) -> Adjoint | None:
    """Return a sum over a whole array as an expression that needs no array of its own, where it is that simple."""
    walk = dimensions(group.axes, group.target)
    term = group.terms[0]
    if walk is None or len(group.terms) > 1 or term.extents or len(term.factors) > 1:
        return None
    factor = restride(term.factors[0], (k if k >= 0 else None for k in walk)) if term.factors else None
    return Adjoint(term.coefficient, factor)


def seen_through(factor: Access, axes: tuple[int, ...], out: Access) -> Access | None:
    """Return what `factor` reads for the elements that `out` writes, over the axes; None where that is no access.

    Args:
        factor: numbers for all elements of an array, with strides over its dimensions.
        axes: the loops of a statement that writes to the array.
        out: what it writes.
    """
    if _is_identity(factor, out.array):
        return replace(out, array=factor.array)
    walk = dimensions(axes, out)
    if walk is None:
        return None
    return restride(factor, (walk.index(k) if k in walk else None for k in range(len(axes))))


def _is_identity(factor: Access, array: Array) -> bool:
    """Tell whether a factor for an array's elements is, element by element, an array of the same shape."""
    walk = dimensions(array.shape, factor) if factor.array.shape == array.shape else None
    return walk is not None and all(k in {-1, dimension} for dimension, k in enumerate(walk))
