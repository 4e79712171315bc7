"""Compile the modules named below to machine code where that is possible; pyproject.toml says all the rest.

The variable MICROGRAD_PURE chooses: 1 skips compiling, 0 makes a failure to compile an error. Without it,
what cannot be compiled here (no Cython, no C compiler) stays plain Python: the same results, more slowly.
"""

from __future__ import annotations

import os
import sys

from setuptools import Extension, setup

COMPILED = [
    "micrograd.compiler.absorb",
    "micrograd.compiler.calls",
    "micrograd.compiler.flatten",
    "micrograd.compiler.reach",
    "micrograd.compiler.signatures",
    "micrograd.compiler.slots",
    "micrograd.engine",
]

DIRECTIVES = {
    "language_level": 3,
    "binding": True,
    "boundscheck": False,
    "cdivision": True,
    "embedsignature": True,
    "initializedcheck": False,
    "nonecheck": False,
    "wraparound": False,
}

# Every platform and both lives of a module must round alike: no -ffast-math, no fused multiply-add (which ARM
# compilers choose by themselves). No -march=native: a wheel travels. A node is cleared when it is made, and the
# library's memset does that faster than the instruction that GCC puts in its place.
FLAGS = [] if os.name == "nt" else ["-O3", "-ffp-contract=off", "-fno-builtin-memset", "-g0"]
# Nodes have no __del__ to look for when they are freed; and classes are open to new methods, as those of Python are.
MACROS = [("CYTHON_USE_TP_FINALIZE", "0"), ("CYTHON_USE_TYPE_SPECS", "1")]


def source(module: str) -> str:
    """Return the path of a module's file."""
    return f"src/{module.replace('.', '/')}.py"


def extensions() -> list[Extension]:
    """Return the modules to compile, translated to C under build/; none where unwanted or impossible."""
    wish = os.environ.get("MICROGRAD_PURE")
    if wish == "1":
        return []
    try:
        from Cython.Build import cythonize  # noqa: PLC0415  # may be missing
    except ImportError:
        if wish == "0":
            raise
        sys.stderr.write("micrograd: Cython is not installed, so the engine stays plain Python\n")
        return []
    sources = [Extension(name, [source(name)], extra_compile_args=FLAGS, define_macros=MACROS) for name in COMPILED]
    modules: list[Extension] = cythonize(
        sources, build_dir="build/cython", include_path=["src"], compiler_directives=DIRECTIVES
    )
    for module in modules:
        module.optional = wish != "0"  # only here: cythonize() returns new objects that have lost it
    return modules


setup(ext_modules=extensions())
