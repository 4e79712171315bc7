"""Kernels: which statements share one, in which order they come, where their arrays lie, and how they run."""

from __future__ import annotations

import math

import pytest
from builders import chain, moons, recurrence, softmax

pytest.importorskip("llvmlite", reason="machine code needs llvmlite")

from micrograd.compiler.derive import derive
from micrograd.compiler.native import compile_llvm
from micrograd.compiler.native.machine import host
from micrograd.compiler.native.plan import choose
from micrograd.compiler.native.schedule import Kernel, Rounds, kernels


def test_statements_of_the_same_axes_share_a_kernel() -> None:
    """What only the kernel itself reads is not stored."""
    first, *rest = kernels(chain().statements)
    assert isinstance(first, Kernel)
    assert [s.out.array.name for s in first.statements] == ["s", "e", "se", "u", "t", "q", "v", "r"]
    assert {array.name for array in first.stored} == {"r"}
    assert len(rest) == 1


def test_a_loop_keeps_its_statements_together() -> None:
    """In a recurrence of single numbers each round is one kernel."""
    (rounds,) = [k for k in kernels(recurrence().statements) if isinstance(k, Rounds)]
    assert len(rounds.bodies) == 1


def test_a_maximum_is_complete_before_it_is_read() -> None:
    """The largest of a row, the sum of exponentials and its logarithm are kernels one after the other."""
    order = [s.out.array.name for k in kernels(softmax().statements) if isinstance(k, Kernel) for s in k.statements]
    assert order.index("top") < order.index("shifted") < order.index("total") < order.index("logs")


def test_samples_lie_innermost() -> None:
    """The long axis of a local array is stored side by side, whatever its number."""
    executable = compile_llvm(derive(moons(100, 16), seeds=False), "float64")
    places = {array.name: place for array, place in executable.layout.places.items()}
    assert places["h"].strides[0] == 1
    assert places["p"].strides == (1,)


def test_the_contraction_of_a_network_runs_over_samples_in_vectors() -> None:
    """And several sums of its second layer are in registers at once."""
    executable = compile_llvm(moons(100, 16), "float64")
    width, registers = host().vector // 8, host().registers
    first, second = (kernels((executable.program.statements[k],))[0] for k in (0, 2))
    assert isinstance(first, Kernel)
    assert isinstance(second, Kernel)
    assert choose(first, executable.layout, width, registers).vector == 0
    plan = choose(second, executable.layout, width, registers)
    assert plan.vector == 0
    assert 1 < math.prod(plan.tiles.values()) <= registers
