"""Machine code: the text of a module goes to LLVM, and functions come back by address."""

from __future__ import annotations

import ctypes
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micrograd.errors import require

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


@dataclass(frozen=True)
class Machine:
    """The processor at hand, as the generator needs to know it.

    Attributes:
        name: its name.
        features: what it can do beyond that, as LLVM spells it.
        vector: bytes of a vector register.
        registers: number of vector registers.
        halves: whether it works on a register of that size in two halves, so that half of one takes half the time.
    """

    name: str
    features: str
    vector: int
    registers: int
    halves: bool = False


@functools.cache
def llvm() -> ModuleType:
    """Return llvmlite's binding, ready to generate code for this machine.

    Raises:
        MissingExtraError: llvmlite is not installed.
    """
    binding = require("llvmlite.binding", "compile")
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding


@functools.cache
def host() -> Machine:
    """Return what this machine is."""
    binding = llvm()
    found = binding.get_host_cpu_features()
    features = ",".join(("+" if on else "-") + name for name, on in sorted(found.items()))
    size, registers = (64, 32) if found.get("avx512f") else (32, 16) if found.get("avx") else (16, 16)
    if binding.get_default_triple().startswith(("aarch64", "arm64")):
        registers = 32
    name: str = binding.get_host_cpu_name()
    return Machine(name, features, size, registers, halves=name == "znver4")


class Code:
    """A module in machine code. It lives as long as this object.

    Args:
        text: the module.
        entries: the names of its functions that are called from outside.
    """

    def __init__(self, text: str, entries: tuple[str, ...]) -> None:
        binding, machine = llvm(), host()
        module = binding.parse_assembly(text)
        target = binding.Target.from_default_triple().create_target_machine(
            cpu=machine.name, features=machine.features, opt=3, jit=True
        )
        module.triple, module.data_layout = target.triple, str(target.target_data)
        _inline(binding, module, target)
        self._engine = binding.create_mcjit_compiler(module, target)
        self._engine.finalize_object()
        self.addresses: dict[str, int] = {name: self._engine.get_function_address(name) for name in entries}

    def function(self, name: str) -> Callable[[int], int]:
        """Return a function `int name(void *)` of the module, to be called from Python."""
        return ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(self.addresses[name])


@functools.lru_cache(maxsize=64)
def code(text: str, entries: tuple[str, ...]) -> Code:
    """Return a module in machine code, the same object for the same text."""
    return Code(text, entries)


def _inline(binding: ModuleType, module: Any, target: Any) -> None:  # noqa: ANN401  # llvmlite has no types
    """Inline what asks for it; LLVM's other passes find nothing to do in the text, and take as long as all the rest."""
    passes = binding.create_pass_builder(target, binding.create_pipeline_tuning_options(speed_level=0))
    passes.getModulePassManager().run(module, passes)
