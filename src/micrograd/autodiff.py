"""Derivatives of Python functions, of any order: grad, value_and_grad, derivative, jacobian, hessian, hvp.

Each function here runs the user's function on fresh leaves and walks the graph that results. No gradient stored on a
Value is touched, except by `backward_graph`, which is what `backward(create_graph=True)` does.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

from micrograd import functions
from micrograd.engine import Value, recording, topological_order
from micrograd.ieee import to_float
from micrograd.structure import flatten, like

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["derivative", "grad", "hessian", "hvp", "jacobian", "value_and_grad"]


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Return the function that gives the gradient of f.

    Args:
        f: a function of numbers, sequences, dicts or arrays of numbers that returns one number.
        argnums: position of the argument to differentiate by, or several positions.

    Returns:
        A function of the same arguments. Its result has the shape of the argument (a tuple of shapes for several):
        floats, or Values where the arguments are Values, so that `grad(grad(f))` works.

    Raises:
        TypeError: f returned something else than one number.

    Example:
        >>> grad(lambda x: x**3)(2.0)
        12.0
        >>> grad(lambda p: p[0] * p[1])([3.0, 4.0])
        [4.0, 3.0]
    """
    both = value_and_grad(f, argnums)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., tuple[Any, Any]]:
    """Return the function that gives both f and its gradient, from one evaluation: see `grad`.

    Example:
        >>> value_and_grad(lambda x: x**3)(2.0)
        (8.0, 12.0)
    """
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        places = [range(len(args))[i] for i in positions]
        if len(set(places)) != len(places):
            message = f"argnums names an argument twice: {argnums}"
            raise ValueError(message)
        chosen = [args[i] for i in places]
        exact = _must_be_exact(chosen)
        inputs = [_as_leaves(x) for x in chosen]
        replaced = list(args)
        for position, value in zip(places, inputs, strict=True):
            replaced[position] = value
        out = _one_number(_evaluate(f, *replaced, **kwargs))
        gradients = gradients_by(out, flatten(inputs), exact=exact)
        shaped = like(chosen, gradients)
        return (out if exact else out.data), (shaped[0] if isinstance(argnums, int) else tuple(shaped))

    return both


def derivative(f: Callable[[Any], Any], n: int = 1) -> Callable[[Any], Any]:
    """Return the n-th derivative of a function of one number.

    Raises:
        ValueError: n is negative.

    Example:
        >>> derivative(lambda x: x**4, 3)(2.0)
        48.0
    """
    if n < 0:
        message = f"the order of a derivative is 0, 1, 2, ...; got {n}"
        raise ValueError(message)

    @functools.wraps(f)
    def nth(x: Any) -> Any:
        leaf = Value(x)
        out = _one_number(_evaluate(f, leaf))
        for _ in range(n):
            (out,) = gradients_by(out, [leaf], exact=True)
        return out if _must_be_exact(x) else out.data

    return nth


def jacobian(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function that gives all derivatives of all outputs of f.

    Returns:
        A function of one argument x. Its result has the shape of f(x), with the shape of x in the place of each number:
        for n outputs and m inputs in lists, n lists of m numbers, Jᵢⱼ = ∂fᵢ/∂xⱼ.

    Example:
        >>> jacobian(lambda p: [p[0] * p[1], p[0] + 2 * p[1]])([3.0, 4.0])
        [[4.0, 3.0], [1.0, 2.0]]
    """

    @functools.wraps(f)
    def rows(x: Any) -> Any:
        exact = _must_be_exact(x)
        inputs = _as_leaves(x)
        leaves, outputs = flatten(inputs), _evaluate(f, inputs)
        return like(outputs, [like(x, gradients_by(_one_number(y), leaves, exact=exact)) for y in flatten(outputs)])

    return rows


def hessian(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the function that gives the second derivatives of f: Hᵢⱼ = ∂²f/∂xᵢ∂xⱼ.

    Example:
        >>> hessian(lambda p: p[0] ** 2 * p[1])([3.0, 4.0])
        [[8.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f))


def hvp(f: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """Return the function (x, v) -> H(x) v, the product of f's Hessian with a vector, without the matrix.

    H v is the gradient of the number ∇f · v (Pearlmutter, Fast Exact Multiplication by the Hessian, 1994), so it costs
    a small multiple of one gradient however many inputs there are.

    Raises:
        ValueError: x and v are not of the same shape.

    Example:
        >>> hvp(lambda p: p[0] ** 2 * p[1])([3.0, 4.0], [1.0, 0.0])
        [8.0, 6.0]
    """

    @functools.wraps(f)
    def product(x: Any, v: Any) -> Any:
        directions = flatten(v)
        if len(directions) != len(flatten(x)):
            message = f"the vector must have the shape of x: {len(flatten(x))} numbers; got {len(directions)}"
            raise ValueError(message)
        return grad(lambda p: functions.dot(flatten(grad(f)(p)), directions))(x)

    return product


def local_derivatives(node: Value) -> tuple[Any, ...]:
    """Return the derivative of a node by each parent, as Values (or constants) that can be differentiated again.

    Raises:
        ValueError: the node is an op of the user's own whose derivative is not made of Values.
    """
    if node.row is not None:
        constants = () if node.parameter is None else (node.parameter,)
        return node.row.derivative(functions, node, *node.parents, *constants)
    exact = node.exact_local_grads
    if exact is None:
        message = (
            f"the op {node.op!r} cannot be differentiated twice, because its derivative is not made of Values: "
            "make it with Value.custom, and compute its local_grads from the parents; "
            "where it is a compiled function, compile its derivative: micrograd.compile(micrograd.grad(f))"
        )
        raise ValueError(message)
    return exact


def backward_graph(root: Value) -> None:
    """Do what `root.backward()` does, leaving gradients on the leaves that are Values of the graph."""
    order = topological_order(root)
    for node, gradient in _pull(root, order, set(order), set(), exact=True).items():
        if node.parents:
            node.grad = float(gradient)  # as a Value it would hold the node that holds it
        else:
            node.grad = gradient if node.grad == 0.0 else node.grad + gradient


def gradients_by(root: Value, leaves: Sequence[Value], *, exact: bool) -> list[Any]:
    """Return d root / d leaf for each leaf: Values of the graph if `exact`, else floats."""
    order = topological_order(root)
    ends = set(leaves)
    wanted = set(leaves)
    for node in order:  # what does not depend on a leaf needs no walk
        if not wanted.isdisjoint(node.parents):
            wanted.add(node)
    gradients = _pull(root, order, wanted, ends, exact=exact)
    zero = Value(0.0) if exact else 0.0
    return [gradients.get(leaf, zero) for leaf in leaves]


def _pull(root: Value, order: list[Value], wanted: set[Value], ends: set[Value], *, exact: bool) -> dict[Value, Any]:
    """Return the gradient of the root by every wanted node; the walk goes no further than `ends`."""
    gradients: dict[Value, Any] = {root: Value(1.0) if exact else 1.0}
    for node in reversed(order):
        if not node.parents or node in ends or node not in gradients:
            continue
        g = gradients[node]
        for parent, share in zip(node.parents, _shares(node, g, exact=exact), strict=True):
            if parent in wanted:
                gradients[parent] = gradients[parent] + share if parent in gradients else share
    return gradients


def _shares(node: Value, g: Any, *, exact: bool) -> Sequence[Any]:
    """Return what the gradient g of a node adds to that of each parent."""
    if hasattr(node.rule, "shares") and not exact:
        shares: Sequence[Any] = node.rule.shares(g)
        return shares
    return [g if type(local) is float and local == 1.0 else local * g for local in _locals(node, exact=exact)]


def _locals(node: Value, *, exact: bool) -> tuple[Any, ...]:
    """Return the local derivatives of a node, as Values if `exact`."""
    if exact and (node.rule is None or hasattr(node.rule, "shares")):
        return local_derivatives(node)
    if node.rule is not None or not node.local_grads:
        message = (
            f"the op {node.op!r} has an assigned `_backward`, which only backward() can run: "
            "make it with Value.custom to use it here"
        )
        raise ValueError(message)
    return node.local_grads


def _as_leaves(x: Any) -> Any:
    """Return x with a fresh node in the place of every number and Value."""
    return like(x, [Value(number) for number in flatten(x)])


_nesting = threading.local()  # how many functions of this module are at work around the present one


def _evaluate(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return f(*args, **kwargs); derivatives taken inside are part of the graph."""
    _nesting.depth = _depth() + 1
    try:
        return f(*args, **kwargs)
    finally:
        _nesting.depth -= 1


def _depth() -> int:
    depth: int = getattr(_nesting, "depth", 0)
    return depth


def _must_be_exact(x: Any) -> bool:
    """Tell whether a derivative at x may be used in a graph: x holds Values, or one is being taken, or recorded."""
    return _depth() > 0 or recording() or any(isinstance(number, Value) for number in flatten(x))


def _one_number(out: Any) -> Value:
    """Return the result of a user's function as a Value."""
    if isinstance(out, Value):
        return out
    try:
        return Value(to_float(out))
    except TypeError:
        message = f"the function must return one number to have a gradient; it returned {out!r}: use jacobian"
        raise TypeError(message) from None
