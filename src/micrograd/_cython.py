"""Stand-in for `import cython` where Cython is not installed: types are Python's, decorators do nothing.

A compiled module says `try: import cython`, `except ImportError: from micrograd import _cython as cython`,
so that the same file runs compiled, with Cython, and without it. Cython's manual says what the names mean.
mypy, too, reads this module for `cython`.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

compiled: builtins.bool = False

bint = builtins.bool
char = builtins.int
int = builtins.int  # noqa: A001  # the name of the C type
long = builtins.int
longlong = builtins.int
short = builtins.int
ulong = builtins.int
Py_ssize_t = builtins.int
size_t = builtins.int
double = builtins.float
p_double = list[builtins.float]
p_longlong = list[builtins.int]
p_void = object
NULL: Any = None
void: TypeAlias = None  # noqa: PYI042  # the name of the C type


def _same(x: T) -> T:
    return x


def _decorator(*_: object, **__: object) -> Callable[[T], T]:
    return _same


cclass = cfunc = ccall = final = inline = no_gc = _same

boundscheck = cdivision = initializedcheck = nonecheck = wraparound = _decorator
exceptval = freelist = returns = _decorator
locals = _decorator  # noqa: A001  # Cython's name


def cast(_kind: type[T], value: Any, *, typecheck: builtins.bool = False) -> T:  # noqa: ANN401, ARG001
    """Return the value; compiled, it is taken for a value of that kind."""
    result: T = value
    return result


def sizeof(_kind: object) -> builtins.int:
    """Return 0: only compiled code allocates memory."""
    return 0


@overload
def declare(_kind: type[T], value: Any = None) -> T: ...  # noqa: ANN401


@overload
def declare(_kind: type[T], *, visibility: str) -> Any: ...  # noqa: ANN401


def declare(_kind: type[T], value: Any = None, *, visibility: str = "private") -> Any:  # noqa: ARG001
    """Return the value; compiled, it is also the declaration of a C variable, or of a field that Python sees."""
    return value


class pointer(Generic[T]):  # noqa: N801  # Cython's name
    """`pointer[kind]`: compiled, the type of a pointer to a value of that kind."""

    def __getitem__(self, i: builtins.int) -> T:
        """Return what lies i places further; only compiled code has pointers."""
        raise NotImplementedError

    def __setitem__(self, i: builtins.int, value: T) -> None:
        """Put a value i places further; only compiled code has pointers."""
        raise NotImplementedError
