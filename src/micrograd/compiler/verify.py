"""The verifier: whether a program is well-formed. Tests run it after every pass; it knows nothing of any pass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.nest import Writes, bounds, elements, is_injective, timeline
from micrograd.compiler.program import Loop, Map, Sum, accesses, straight
from micrograd.ops import TABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micrograd.compiler.nest import Simple
    from micrograd.compiler.program import Access, Array, Program

MAX_FACTORS = 3  # of a term of a sum


class ProgramError(AssertionError):
    """An array program is not well-formed: a mistake in the compiler, not in what it was given."""


def verify(program: Program) -> None:
    """Check a program, statement by statement and element by element.

    Every access has to stay inside its array, at every point and with every index; every element is written before
    it is read, and no more changed thereafter; only a sum that accumulates writes an element again.

    Raises:
        ProgramError: one of these does not hold, or names, rows, shapes or roles do not fit together.
    """
    _verify_arrays(program)
    for statement in program.statements:
        if isinstance(statement, Loop):
            _verify_loop(statement)
    for simple in straight(program.statements):
        _verify_statement(simple)
    _verify_order(program)


def _demand(condition: object, text: str) -> None:
    """Raise the error unless the condition holds."""
    if not condition:
        raise ProgramError(text)


def _arrays(program: Program) -> list[Array]:
    """Return every array of a program once, in order of appearance."""
    found = [*program.arguments, program.output, *program.gradients.values()]
    found += [program.seed] if program.seed is not None else []
    for statement in straight(program.statements):
        found += [statement.out.array, *(access.array for _, access in accesses(statement))]
    return list(dict.fromkeys(found))


def _verify_arrays(program: Program) -> None:
    """Check names, roles, shapes and the numbers of constants."""
    arrays = _arrays(program)
    names = [array.name for array in arrays]
    _demand(len(set(names)) == len(names), f"two arrays share a name: {sorted(names)}")
    for array in arrays:
        _demand(all(n >= 1 for n in array.shape), f"{array.name}: an extent below 1 in {array.shape}")
        _verify_numbers(array)
        filled = array in program.arguments or array is program.seed
        _demand(filled == (array.role in {"input", "parameter", "seed"}), f"{array.name}: {array.role} out of place")
    _demand(program.output.role == "output", f"{program.output.name}: the output has the role {program.output.role}")
    for argument, gradient in program.gradients.items():
        fits = gradient.role == "gradient" and gradient.shape == argument.shape and argument in program.arguments
        _demand(fits, f"{gradient.name}: no gradient of {argument.name}")
    _verify_seed(program)


def _verify_seed(program: Program) -> None:
    """Check that the seed has the output's shape; without one, gradients need a single output."""
    if program.seed is not None:
        fits = program.seed.role == "seed" and program.seed.shape == program.output.shape
        _demand(fits, f"{program.seed.name}: a seed of shape {program.seed.shape} for {program.output.shape}")
    elif program.gradients:
        _demand(program.output.size == 1, "gradients of several outputs without a seed")


def _verify_numbers(array: Array) -> None:
    """Check that a constant carries as many numbers as it has elements, and that nothing else carries any."""
    if array.role != "constant":
        _demand(array.data is None, f"{array.name}: numbers in an array that is no constant")
        return
    data = array.data
    good = isinstance(data, np.ndarray) and data.dtype == np.float64 and data.size == array.size
    _demand(good, f"{array.name}: a constant needs {array.size} float64 numbers")


def _verify_loop(loop: Loop) -> None:
    """Check that every statement of a loop has the rounds as its first axis."""
    _demand(loop.body, "a loop without statements")
    for statement in loop.body:
        _demand(statement.axes[:1] == (loop.extent,), f"axes {statement.axes} in a loop of {loop.extent} rounds")


def _verify_statement(statement: Simple) -> None:
    """Check one statement's form: extents, accesses, rows, terms, and what it writes."""
    out = statement.out
    _demand(all(n >= 1 for n in statement.axes), f"{out.array.name}: an extent below 1 in {statement.axes}")
    for axes, access in [(statement.axes, out), *accesses(statement)]:
        _demand(all(n >= 1 for n in axes), f"{access.array.name}: an extent below 1 in {axes}")
        _verify_access(axes, access)
    kept = out.array.role in {"local", "output", "gradient"}
    _demand(kept, f"{out.array.name}: a statement writes what the caller fills")
    once = (isinstance(statement, Sum) and statement.accumulate) or is_injective(statement.axes, out)
    _demand(once, f"{out.array.name}: a statement writes an element twice")
    if isinstance(statement, Map):
        _verify_map(statement)
    elif isinstance(statement, Sum):
        _verify_sum(statement)
    else:
        _demand(statement.operands, f"{out.array.name}: the largest of nothing")


def _verify_map(statement: Map) -> None:
    """Check that the row exists and gets what it takes."""
    op = TABLE.get(statement.op)
    _demand(op is not None and not op.variadic, f"no row {statement.op!r} with a fixed number of operands")
    if op is not None:
        given = len(statement.operands)
        _demand(given == op.arity, f"{op.name}: {given} operands for {op.arity}")
        _demand((statement.parameter is None) == (op.parameter is None), f"{op.name}: parameter {op.parameter}")


def _verify_sum(statement: Sum) -> None:
    """Check the terms; a sum that accumulates needs one."""
    name = statement.out.array.name
    _demand(statement.terms or not statement.accumulate, f"{name}: nothing to accumulate")
    for term in statement.terms:
        _demand(1 <= len(term.factors) <= MAX_FACTORS, f"{name}: a term of {len(term.factors)} factors")
        _demand(math.isfinite(term.coefficient), f"{name}: the coefficient {term.coefficient}")


def _verify_access(axes: tuple[int, ...], access: Access) -> None:
    """Check that an access fits its nest and stays inside of its array and of its table."""
    name = access.array.name
    _demand(len(access.strides) == len(axes), f"{name}: {len(access.strides)} strides for the axes {axes}")
    if access.index is not None:
        _demand(access.index.index is None, f"{name}: an index chosen by an index")
        _demand(access.count >= 1 and access.step != 0, f"{name}: {access.count} choices, {access.step} apart")
    else:
        _demand(access.count == access.step == 0, f"{name}: choices without an index")
    low, high = bounds(axes, access)
    room = access.array.size if access.table is None else access.table.size
    _demand(low >= 0 and high < room, f"{name}: places {low} to {high} of {room}")
    if access.table is not None:
        _verify_table(access.table, access.array)


def _verify_table(table: NDArray[np.int64], array: Array) -> None:
    """Check that a table lists elements of its array."""
    _demand(table.ndim == 1 and table.dtype == np.int64, f"{array.name}: a table is a row of int64")
    _demand(table.min() >= 0 and table.max() < array.size, f"{array.name}: a table beyond its {array.size} elements")


def _verify_order(program: Program) -> None:
    """Check element by element that writing comes first, then accumulating, then reading."""
    steps = list(timeline(program.statements))
    writes = Writes(steps)
    plain = Writes([(s, time) for s, time in steps if not (isinstance(s, Sum) and s.accumulate)])
    count = _count([s for s, _ in steps if not (isinstance(s, Sum) and s.accumulate)])
    for array, times in count.items():
        _demand(times.max() <= 1, f"{array.name}: two statements write the same element")
    for statement, time in steps:
        if isinstance(statement, Sum) and statement.accumulate:
            _demand_before(plain.first, statement.axes, statement.out, time, "accumulated before it is written")
        for axes, access in accesses(statement):
            when = time.reshape(time.shape[0], *(1,) * len(axes)) if time.size > 1 else time
            if access.array.role in {"local", "output", "gradient"}:
                _demand_before(plain.first, axes, access, when, "read before it is written")
                _demand_before(writes.last, axes, access, when, "changed after it is read")
    for array in [program.output, *program.gradients.values()]:
        _demand(array in count and count[array].all(), f"{array.name}: an element that is never written")


def _demand_before(
    times: dict[Array, NDArray[np.int64]], axes: tuple[int, ...], access: Access, now: NDArray[np.int64], text: str
) -> None:
    """Check that the noted times of all elements that an access touches are past."""
    name = access.array.name
    _demand(access.array in times and (times[access.array][elements(axes, access)] < now).all(), f"{name}: {text}")


def _count(statements: list[Simple]) -> dict[Array, NDArray[np.int64]]:
    """Return by array how often each element is written."""
    counts: dict[Array, NDArray[np.int64]] = {}
    for statement in statements:
        array = statement.out.array
        if array not in counts:
            counts[array] = np.zeros(array.size, dtype=np.int64)
        np.add.at(counts[array], elements(statement.axes, statement.out), 1)
    return counts
