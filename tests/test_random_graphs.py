"""Random graphs with shared nodes: PyTorch, central differences, and the other life of the engine must agree.

A program is data: leaves, and instructions that each name a row of the ops table and the places of its operands. Run
as a script, this file is the other side: it reads programs, one a line, and answers with the numbers of its engine.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from spellings import OPERATORS

from micrograd import engine, functions
from micrograd.autodiff import grad, hvp
from micrograd.engine import Value, topological_order
from micrograd.ops import OPS, TABLE, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PARAMETERS = {"powc": (2.0, 3.0, 0.5, -1.0), "leaky_relu": (0.1,), "step": (0.5,)}
STEPS = {"where", "step", "less", "equal"}  # rows that jump
SMOOTH = [op for op in OPS if not op.kinks and op.name not in STEPS | {"detach"}]  # whose derivative is no slope
STEP = 1e-4  # of the central differences


class Instruction(NamedTuple):
    """One row applied to values computed before; the index of a `take` is its parameter."""

    name: str
    places: list[int]
    parameter: float | None = None


class Program(NamedTuple):
    """Numbers to start from, and what is computed from them; the last instruction gives the result."""

    leaves: list[float]
    instructions: list[Instruction]


@st.composite
def programs(draw: st.DrawFn, ops: list[Op], leaf: st.SearchStrategy[float], *, size: int) -> Program:
    """Draw a program of up to so many instructions, any of which may use any value before it, several times."""
    leaves = draw(st.lists(leaf, min_size=1, max_size=4))
    instructions: list[Instruction] = []
    for _ in range(draw(st.integers(1, size))):
        op = draw(st.sampled_from(ops))
        arity = op.arity or draw(st.integers(1, 5))
        place = st.integers(0, len(leaves) + len(instructions) - 1)
        places = draw(st.lists(place, min_size=arity, max_size=arity))
        choices = range(arity) if op.name == "take" else PARAMETERS.get(op.name, (None,))
        parameter = draw(st.sampled_from(choices))
        instructions.append(Instruction(op.name, places, parameter))
    return Program(leaves, instructions)


def ours(name: str, operands: list[Any], parameter: float | None) -> Any:  # noqa: ANN401  # Values
    """Return what a row makes of Values, in the way a person would write it."""
    constants = () if parameter is None else (parameter,)
    if name == "dot":
        n = len(operands) // 2
        return functions.dot(operands[:n], operands[n : 2 * n], *operands[2 * n :])
    if name == "take":
        return functions.take(operands, Value(parameter))
    if TABLE[name].variadic:
        return getattr(functions, name)(operands)
    row = OPERATORS[name] if name in OPERATORS else getattr(functions, name)
    return row(*operands, *constants)


def into(interval: tuple[float, float], x: Any, row: Callable[..., Any]) -> Any:  # noqa: ANN401  # as ours
    """Return x moved smoothly into an interval, or into what of it is neither steep nor far out."""
    low, high = max(interval[0], -2.0), min(interval[1], 2.0)
    low = 0.3 if 0.0 < low < 0.3 else low
    return row("tanh", [x], None) * ((high - low) / 2) + (high + low) / 2


def interpret(program: Program, leaves: list[Any], row: Callable[..., Any], *, tame: bool) -> list[Any]:
    """Return all values of a program; if it is to be tame, every operand is moved into the domain of its row."""
    values = list(leaves)
    for name, places, parameter in program.instructions:
        operands = [values[place] for place in places]
        if tame:
            domain = TABLE[name].domain * (len(places) if TABLE[name].variadic else 1)
            operands = [into(interval, x, row) for interval, x in zip(domain, operands, strict=True)]
        values.append(row(name, operands, parameter))
    return values


def result_of(program: Program) -> Callable[[list[Any]], Any]:
    """Return the function of its leaves that a tame program computes."""
    return lambda leaves: interpret(program, leaves, ours, tame=True)[-1]


def scale(numbers: list[float]) -> float:
    """Return the size that errors of these numbers are measured by."""
    return max(1.0, *map(abs, numbers))


LEAF = st.floats(-2.0, 2.0).map(lambda x: round(x, 3))
same_every_time = settings(derandomize=True, max_examples=60)


def torch_row(torch: Any) -> Callable[..., Any]:  # noqa: ANN401  # the module
    """Return what `ours` is, for PyTorch."""
    from test_ops import torch_rows  # noqa: PLC0415  # not needed by the other life

    rows = torch_rows(torch)
    rows["take"] = lambda *operands: operands[int(operands[-1])]
    return lambda name, operands, parameter: rows[name](*operands, *([] if parameter is None else [parameter]))


@same_every_time
@given(programs([op for op in OPS if op.name != "step"], LEAF, size=12))
def test_gradients_are_those_of_pytorch(program: Program) -> None:
    """Of random graphs over all rows, with kinks and ties: the value and the gradient by every leaf."""
    torch = pytest.importorskip("torch")
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in program.leaves]
    out = interpret(program, leaves, torch_row(torch), tame=True)[-1]
    expected = [0.0] * len(leaves)
    if out.requires_grad:
        expected = [g.item() for g in torch.autograd.grad(out, leaves, materialize_grads=True)]
    values = [Value(x) for x in program.leaves]
    root = result_of(program)(values)
    root.backward()
    assert root.data == pytest.approx(out.item(), rel=1e-10, abs=1e-10)
    assert [v.grad for v in values] == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale(expected))


def has_a_zero_exponent(program: Program) -> bool:
    """Tell whether there is x ** y with y = 0, where PyTorch's matrix of second derivatives is not symmetric."""
    nodes = topological_order(result_of(program)([Value(x) for x in program.leaves]))
    return any(node.row is TABLE["pow"] and node.parents[1].data == 0.0 for node in nodes)


@same_every_time
@given(programs(SMOOTH, LEAF, size=5))
def test_second_derivatives_are_those_of_pytorch(program: Program) -> None:
    """Of random smooth graphs: the product of the Hessian with a vector of ones."""
    torch = pytest.importorskip("torch")
    assume(not has_a_zero_exponent(program))
    leaves = torch.tensor(program.leaves, dtype=torch.float64)
    row = torch_row(torch)

    def f(x: Any) -> Any:  # noqa: ANN401  # tensors
        return interpret(program, list(x), row, tame=True)[-1]

    expected = torch.autograd.functional.hvp(f, leaves, torch.ones_like(leaves))[1].tolist()
    found = hvp(result_of(program))(program.leaves, [1.0] * len(program.leaves))
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-8 * scale(expected))


@same_every_time
@given(programs(SMOOTH, LEAF, size=6))
def test_gradients_are_the_slopes(program: Program) -> None:
    """Of random smooth graphs: central differences of the value, leaf by leaf."""
    f = result_of(program)

    def at(i: int, h: float) -> float:
        return float(f([Value(x + h * (i == j)) for j, x in enumerate(program.leaves)]).data)

    slopes = [
        (8 * (at(i, STEP) - at(i, -STEP)) - (at(i, 2 * STEP) - at(i, -2 * STEP))) / (12 * STEP)
        for i in range(len(program.leaves))
    ]
    assert grad(f)(program.leaves) == pytest.approx(slopes, rel=1e-5, abs=1e-6 * scale(slopes))


# Both lives.


def numbers_of(program: Program, *, tame: bool) -> list[str]:
    """Return, in hexadecimal, the data and gradient of every node, and of the gradients' gradients by every leaf."""
    leaves = [Value(x) for x in program.leaves]
    root = interpret(program, leaves, ours, tame=tame)[-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root.backward()
    nodes = topological_order(root)
    found = [x for node in nodes for x in (node.data, node.grad, *node.local_grads)]
    slopes = grad(lambda x: interpret(program, x, ours, tame=tame)[-1])(leaves)
    second = grad(lambda x: functions.sum(grad(lambda y: interpret(program, y, ours, tame=tame)[-1])(x)))
    return [x.hex() for x in (*found, *(s.data for s in slopes), *second(program.leaves))]


def answer(line: str) -> str:
    """Return the numbers of the program in a line of text."""
    leaves, instructions, tame = json.loads(line)
    program = Program(list(map(float.fromhex, leaves)), [Instruction(*i) for i in instructions])
    return json.dumps(numbers_of(program, tame=tame))


@pytest.fixture(scope="module")
def other_life() -> Iterator[subprocess.Popen[str]]:
    """Start a process with the engine that is not under test here, where there is one."""
    environment = {key: value for key, value in os.environ.items() if key != "MICROGRAD_PURE"}
    if engine.compiled:
        environment["MICROGRAD_PURE"] = "1"
    command = [sys.executable, __file__]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        if json.loads(process.stdout.readline()) != engine.compiled:
            yield process
        else:
            pytest.skip("there is no compiled engine to compare with")
        process.communicate()


def ask(process: subprocess.Popen[str], program: Program, *, tame: bool) -> list[str]:
    """Return the numbers of a program in the other life."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([[x.hex() for x in program.leaves], program.instructions, tame]) + "\n")
    process.stdin.flush()
    numbers: list[str] = json.loads(process.stdout.readline())
    return numbers


@given(programs(list(OPS), LEAF, size=12))
def test_both_lives_agree(other_life: subprocess.Popen[str], program: Program) -> None:
    """Compiled and pure, every number of a graph is the same, bit for bit: data, gradients, second derivatives."""
    assert numbers_of(program, tame=True) == ask(other_life, program, tame=True)


@given(programs(list(OPS), st.floats(), size=8))
def test_both_lives_agree_on_any_floats(other_life: subprocess.Popen[str], program: Program) -> None:
    """So it is with infinities, nan, huge and tiny numbers, and operands outside of every domain."""
    assert numbers_of(program, tame=False) == ask(other_life, program, tame=False)


@given(programs(list(OPS), LEAF, size=12))
def test_a_program_survives_its_text(program: Program) -> None:
    """What the other life is sent is what was drawn, and the same life answers the same twice."""
    text = json.dumps([[x.hex() for x in program.leaves], program.instructions, True])
    assert json.loads(answer(text)) == numbers_of(program, tame=True)
    assert all(math.isfinite(float.fromhex(x)) for x in numbers_of(program, tame=True)[:1])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(engine.compiled) + "\n")
    sys.stdout.flush()
    for request in sys.stdin:
        sys.stdout.write(answer(request) + "\n")
        sys.stdout.flush()
