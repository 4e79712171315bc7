"""`compile`: a decorator that runs plain scalar code as machine code, with its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from micrograd.compiler.compiled import Compiled
from micrograd.compiler.pipeline import choose
from micrograd.compiler.variant import Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.compiler.pipeline import Backend, Dtype

__all__ = ["Compiled", "compile"]


@overload
def compile(  # noqa: A001  # `micrograd.compile` says it best
    function: Callable[..., Any],
    /,
    *,
    dtype: Dtype = ...,
    backend: Backend | None = ...,
    check: bool = ...,
    cache_size: int = ...,
) -> Compiled: ...


@overload
def compile(  # noqa: A001
    *, dtype: Dtype = ..., backend: Backend | None = ..., check: bool = ..., cache_size: int = ...
) -> Callable[[Callable[..., Any]], Compiled]: ...


def compile(  # noqa: A001
    function: Callable[..., Any] | None = None,
    /,
    *,
    dtype: Dtype = "float64",
    backend: Backend | None = None,
    check: bool = True,
    cache_size: int = 64,
) -> Compiled | Callable[[Callable[..., Any]], Compiled]:
    """Return a function that does what the given one does, in machine code.

    The first call runs the plain function once, writes down what it does with its numbers, and compiles that. Later
    calls with arguments that look alike (the same nesting, lengths, shapes and static objects) run the machine code.

    Arguments: numbers, and lists, tuples, dicts and NumPy arrays of them, nested as you like, are inputs. Inside the
    function they are Values (in an array: an array of Values). A Value stays a Value and receives a gradient. Text,
    None, True and False and other hashable objects are static: the code is made for them, and serves equal ones.

    Values that the function reaches from outside, such as the parameters of a network, are read at every call and
    receive gradients. Plain numbers from outside are frozen; when a variable, list, dict or attribute that the
    function reaches changes, it is traced anew. Not seen are changes inside of other libraries, and of what the
    function looks up by name as text.

    The result is a Value, or lists, tuples and dicts of Values. It can be differentiated once; compile
    `micrograd.grad(f)` for gradients of gradients. Compiled functions may call each other.

    Args:
        function: plain code over Values. Whatever would freeze a number (`float`, `if`, `.data`) raises TraceError.
        dtype: "float64" or "float32": what the machine works with. Values stay Python's floats.
        backend: "llvm" for machine code, "numpy" for NumPy; None takes the best that is installed.
        check: whether results and gradient of the first call are compared with those of the plain function, to 1e-9
            (float32: 1e-4). It costs one plain run, and finds randomness and changes of outside state.
        cache_size: for how many different layouts of arguments code is kept.

    Raises:
        ValueError: there is no such dtype or backend.
        MissingExtraError: the backend is asked for and not installed.

    Calls raise TraceError for what would freeze a number; CompileError for a function that is random, changes what it
    reaches, or reaches Values that cannot be watched; TypeError or ValueError for arguments and results that cannot be
    compiled; IndexError for an index of `take` that is out of range.

    Example:
        >>> import micrograd
        >>> w = micrograd.Value(3.0)
        >>> @micrograd.compile(backend="numpy")
        ... def loss(xs):
        ...     return sum((w * x - 1.0) ** 2 for x in xs)
        >>> total = loss([1.0, 2.0])
        >>> total.backward()
        >>> total.data, w.grad
        (29.0, 24.0)
    """
    if dtype not in {"float64", "float32"}:
        message = f'dtype must be "float64" or "float32"; got {dtype!r}'
        raise ValueError(message)
    options = Options(dtype, choose(backend), check)
    if function is None:
        return lambda function: _compiled(function, options, cache_size)
    return _compiled(function, options, cache_size)


def _compiled(function: Callable[..., Any], options: Options, cache_size: int) -> Compiled:
    """Return a compiled function; of one that is compiled already, the plain function is compiled."""
    if not callable(function):
        message = f"compile takes a function; got {function!r}"
        raise TypeError(message)
    return Compiled(function.function if isinstance(function, Compiled) else function, options, cache_size)
