"""Machine code: the array program as LLVM IR text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrograd.compiler.native.generate import NativeExecutable

if TYPE_CHECKING:
    from micrograd.compiler.native.vectors import DType
    from micrograd.compiler.program import Program

__all__ = ["compile_llvm"]


def compile_llvm(program: Program, dtype: DType = "float64") -> NativeExecutable:
    """Return a program in machine code.

    Args:
        program: a program that `verify` accepts.
        dtype: what to compute in, "float64" or "float32".
    """
    return NativeExecutable(program, dtype)
