"""Machine code: the array program as LLVM IR text."""

from micrograd.compiler.native.generate import NativeExecutable as compile_llvm

__all__ = ["compile_llvm"]
