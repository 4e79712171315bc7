"""`Value`: a number that remembers how it was made, and reverse-mode differentiation over such numbers.

A node holds its data, its gradient, its parents, and the local derivative towards each parent, which the forward
pass computes. `backward()` is then one loop over the graph: `parent.grad += local * node.grad`.

This file has two lives. Cython compiles it (pure Python mode) when the package is built where a C compiler is; where
there is none, the very same file runs as Python. `compiled` says which. Nothing here recurses and nothing makes a
reference cycle, so a graph may be as deep as memory allows and is freed when its last reference goes.
"""

from __future__ import annotations

import importlib
import math
import threading
import warnings
from typing import Any

try:
    import cython
except ImportError:
    from micrograd import _cython as cython  # type: ignore[no-redef]

from micrograd import ieee
from micrograd.closures import weak_towards
from micrograd.errors import MisspeltWarning, NoGradientWarning, NonFiniteWarning, NoRuleWarning
from micrograd.faults import (
    INSTEAD,
    MISSPELT,
    Missing,
    Misspelt,
    first_non_finite,
    from_leaf,
    frozen,
    misspelt,
    no_rule,
    unknown_setting,
)
from micrograd.ieee import to_float
from micrograd.ops import CODES, OPS, TABLE, Op

compiled: bool = cython.compiled

if cython.compiled:
    from cython.cimports.cpython.bytearray import PyByteArray_AS_STRING
    from cython.cimports.cpython.mem import PyMem_Free, PyMem_Malloc
    from cython.cimports.cpython.object import PyObject, PyObject_GenericSetAttr
    from cython.cimports.cpython.pythread import PyThread_get_thread_ident as _this_thread
    from cython.cimports.cpython.ref import Py_DECREF, Py_INCREF, _Py_REFCNT
    from cython.cimports.libc.math import cos as _cos
    from cython.cimports.libc.math import exp as _exp
    from cython.cimports.libc.math import log as _log
    from cython.cimports.libc.math import pow as _pow
    from cython.cimports.libc.math import sin as _sin
    from cython.cimports.libc.math import sqrt as _sqrt
    from cython.cimports.libc.math import tanh as _tanh
else:
    _this_thread = threading.get_ident
    _cos, _exp, _log, _pow = ieee.cos, ieee.exp, ieee.log, ieee.pow
    _sin, _sqrt, _tanh = ieee.sin, ieee.sqrt, ieee.tanh

# The rows of the ops table that have a path of their own here, because most programs are made of them.
_COPY = cython.declare(cython.int, CODES["copy"])
_ADD = cython.declare(cython.int, CODES["add"])
_SUB = cython.declare(cython.int, CODES["sub"])
_MUL = cython.declare(cython.int, CODES["mul"])
_DIV = cython.declare(cython.int, CODES["div"])
_NEG = cython.declare(cython.int, CODES["neg"])
_POWC = cython.declare(cython.int, CODES["powc"])
_EXP = cython.declare(cython.int, CODES["exp"])
_LOG = cython.declare(cython.int, CODES["log"])
_SQRT = cython.declare(cython.int, CODES["sqrt"])
_SIN = cython.declare(cython.int, CODES["sin"])
_COS = cython.declare(cython.int, CODES["cos"])
_TANH = cython.declare(cython.int, CODES["tanh"])
_RELU = cython.declare(cython.int, CODES["relu"])
_DOT = cython.declare(cython.int, CODES["dot"])

# No numbers, and none of them knows what to do with a Value: the error can say at once what is wrong.
_NEVER_NUMBERS = cython.declare(tuple, (str, bytes, list, tuple, dict, set))
_MAX_DEPTH = cython.declare(cython.int, 128)
_walks = cython.declare(cython.longlong, 0)  # how many walks over graphs there have been, twice
_waiting = cython.declare(list, [])  # what freed nodes held, to be freed by `_free_waiting`
_freeing = cython.declare(cython.bint, False)  # noqa: FBT003
_lock = threading.RLock()  # one walk at a time, so that threads may share parameters
_recorder = cython.declare(cython.ulong, 0)  # the thread that records, 0 while none does
_recorded = cython.declare(list, [])  # the nodes that it made since `record()`
_hooks = cython.declare(dict, {})  # what is called with a node at an event: see `set_hook`
_watched_thread = cython.declare(cython.ulong, 0)  # the only one whose events count, 0 if others sort them out
_telling = cython.declare(cython.bint, False)  # noqa: FBT003  # whether a hook is being called in that thread
_noting = cython.declare(cython.bint, False)  # noqa: FBT003  # whether anyone records, or watches for new nodes
_minding = cython.declare(cython.bint, False)  # noqa: FBT003  # whether anyone records, or watches numbers
_CONSTANT = cython.declare(cython.int, 1)  # what a node made while recording is: computed from plain numbers alone
_TRACED = cython.declare(cython.int, 2)  # or not


@cython.final
@cython.no_gc
@cython.freelist(4096)
@cython.cclass
class Extra:
    """What only few nodes have: more than two parents, an op or attributes of the user's own, a label."""

    __slots__ = (
        *("exact", "grad", "label", "op", "rule", "wide_grads", "wide_parents"),
        *("attributes", "count", "guard", "local_grads", "parents"),
    )

    if cython.compiled:
        # Arrays of C, which the garbage collector neither counts nor visits: graphs have many of them.
        count: cython.Py_ssize_t
        parents: cython.pointer[cython.pointer[PyObject]]  # each a reference of its own
        local_grads: cython.p_double  # NULL where there are none; in one piece of memory with the parents
        guard: tuple[Any, ...] | None  # the two parents of the node once more: see `_guard`
        attributes: dict[str, Any] | None  # Python's own objects have a dictionary
    else:
        wide_parents: tuple[Value, ...]
        wide_grads: tuple[float, ...]
    exact: tuple[Any, ...] | None  # the local derivatives as Values, so that custom ops can be differentiated twice
    op: str | None
    rule: Any  # a function without arguments, assigned to `_backward`
    grad: Any  # the gradient as a Value, after backward(create_graph=True)
    label: str | None

    if cython.compiled:

        def __dealloc__(self) -> None:
            """Leave what is held to `_free_waiting`, which lets go of one thing after the other."""
            i: cython.Py_ssize_t
            for i in range(self.count):
                if _Py_REFCNT(self.parents[i]) == 1:
                    _waiting.append(cython.cast(object, self.parents[i]))
                Py_DECREF(cython.cast(object, self.parents[i]))
            PyMem_Free(self.parents)
            if self.guard is not None:
                _waiting.append(self.guard)
                self.guard = None
            if self.rule is not None or self.grad is not None or self.attributes is not None or self.exact is not None:
                _waiting.append((self.rule, self.grad, self.attributes, self.exact))
                self.rule = self.grad = self.attributes = self.exact = None
            if _waiting and not _freeing:
                _free_waiting()


def _method(name: str) -> Any:
    """Return the method of `Value` that is a row of the ops table: the value first, then the other operands."""

    def method(self: Value, *operands: Any) -> Value:
        return apply(name, self, *operands)

    method.__name__, method.__qualname__ = name, f"Value.{name}"
    method.__doc__ = f"Return {name} of the value (and of the other operands): {TABLE[name].words}."
    return method


@cython.no_gc
@cython.freelist(16384)
@cython.cclass
class Value:
    """A real number in a graph of operations, able to tell its derivative by every number it was made from.

    Args:
        data: the number; a Value gives a differentiable copy of it.
        _children: parents of a node whose derivative is supplied by assigning `_backward`, as in the lecture.
        _op: symbol of the operation that made it, shown in pictures.
        label: name shown in pictures and messages.

    Raises:
        TypeError: data is not a real number.

    Example:
        >>> a, b = Value(2.0), Value(-3.0)
        >>> loss = a * b + 10
        >>> loss.backward()
        >>> loss, a.grad, b.grad
        (Value(data=4.0), -3.0, 2.0)
    """

    __slots__ = (
        *("_code", "_data", "_dx", "_dy", "_grad", "_kind", "_mark", "_more", "_reached", "_x", "_y"),
        *("__dict__", "__weakref__"),
    )

    __array_priority__ = -1.0  # above NumPy's scalars, which leave operators to a Value; below arrays, which do not

    _grad: cython.double
    _code: cython.short  # row of the ops table, 0 for none
    _kind: cython.char  # _CONSTANT or _TRACED where the node was made by the function that is recorded
    _reached: cython.char  # whether _grad holds a gradient; beside it in memory, because both are written at once
    _depth: cython.int  # nodes between this one and the next guarded one below
    _x: Value | None
    _y: Value | None
    _dx: cython.double  # local derivative towards _x
    _dy: cython.double  # local derivative towards _y; without a _y, the constant parameter of the op
    _mark: cython.longlong  # number of the last walk over the graph that came by
    _data: cython.double
    _more: Extra | None  # after _x and _y, because fields are freed in this order: see `_guard`
    if cython.compiled:
        __weakref__: object

    def __init__(self, data: Any, _children: Any = (), _op: Any = "", label: Any = "", **wrong: Any) -> None:
        if wrong:
            raise TypeError(unknown_setting(next(iter(wrong))))
        parents = tuple([as_value(p) for p in _children]) if _children else ()
        self._more = None
        if parents:
            _forbid("custom")
            _hold(_extra(self), parents, ())
        if _op != "":  # what is no text is refused
            self._op = _op
        if label != "":
            self.label = label
        if not isinstance(data, Value):
            _fill(self, 0, data if type(data) is float else to_float(data), None, 0.0, None, 0.0)
        elif not parents:
            source: Value = data
            _fill(self, _COPY, source._data, source, 1.0, None, 0.0)
        else:
            message = "a differentiable copy of a Value has that Value as its only parent: give a number"
            raise TypeError(message)

    @staticmethod
    def custom(data: Any, parents: Any, local_grads: Any, op: str = "custom") -> Value:
        """Return a node for an operation of your own.

        Args:
            data: the value of the operation.
            parents: the n Values (or numbers) it was computed from.
            local_grads: the n derivatives of data by each parent. Numbers serve a single differentiation; give
                Values, computed from the parents, where gradients of gradients are wanted.
            op: symbol for pictures.

        Raises:
            ValueError: as many local derivatives as parents were expected.

        Example:
            >>> x = Value(3.0)
            >>> cube = Value.custom(x.data**3, [x], [3 * x**2], op="cube")
            >>> cube.backward()
            >>> x.grad
            27.0
        """
        _forbid("custom")
        nodes, derivatives = tuple([as_value(p) for p in parents]), tuple(local_grads)
        if len(nodes) != len(derivatives):
            message = f"{op!r} has {len(nodes)} parents and {len(derivatives)} local derivatives: give one for each"
            raise ValueError(message)
        number, numbers = to_float(data), tuple([to_float(d) for d in derivatives])
        out: Value = _blank()
        extra: Extra = _extra(out)
        _hold(extra, nodes, numbers)
        extra.op = op
        if all(isinstance(d, Value) for d in derivatives):
            extra.exact = derivatives
        _fill(out, 0, number, None, 0.0, None, 0.0)
        return out

    @property
    def data(self) -> float:
        """The number itself."""
        return _read(self, "data")

    @data.setter
    def data(self, data: Any) -> None:
        if _minding:
            _forbid("write")
            _tell("write", self)
        self._data = data if type(data) is float else to_float(data)

    @property
    def grad(self) -> Any:
        """Derivative of the root of the last `backward()` by this value: a float, a Value after `create_graph=True`."""
        _forbid("grad")
        if self._more is not None and self._more.grad is not None and self._more.grad.data == self._grad:
            return self._more.grad
        return self._grad

    @grad.setter
    def grad(self, gradient: Any) -> None:
        _forbid("grad")
        self._grad = gradient if type(gradient) is float else to_float(gradient)
        self._reached = self._grad != 0.0 or isinstance(gradient, Value)
        if isinstance(gradient, Value):
            _extra(self).grad = gradient
        elif self._more is not None:
            self._more.grad = None

    @property
    def has_grad(self) -> bool:
        """Whether a gradient has been computed: not before `backward()`, and no longer once it is set to 0.

        Example:
            >>> x = Value(3.0)
            >>> x.has_grad
            False
            >>> (0 * x).backward()
            >>> x.has_grad, x.grad
            (True, 0.0)
        """
        return self._reached != 0

    @property
    def label(self) -> str:
        """Name of the value in pictures and messages."""
        return "" if self._more is None else self._more.label or ""

    @label.setter
    def label(self, label: Any) -> None:
        _extra(self).label = _text(label)

    @property
    def parents(self) -> tuple[Value, ...]:
        """The values this one was computed from, in the order of the operands: `(a, a)` for a * a."""
        return tuple([_parent(self, i) for i in range(_count(self))])

    @property
    def _prev(self) -> set[Value]:
        """The parents as the lecture keeps them: a set."""
        return set(self.parents)

    @property
    def local_grads(self) -> tuple[float, ...]:
        """The derivative of this value by each of its parents, as computed in the forward pass."""
        _forbid("local_grads")
        if self._x is None:
            return () if self._more is None else _local_grads(self._more)
        if self._y is None:
            return (self._dx,)
        return (self._dx, self._dy)

    @property
    def exact_local_grads(self) -> tuple[Value, ...] | None:
        """The local derivatives that `Value.custom` was given, where all of them are Values."""
        return None if self._more is None else self._more.exact

    @property
    def row(self) -> Op | None:
        """The row of the ops table that made this value; None for a leaf and for an op of the user's own."""
        return OPS[self._code - 1] if self._code else None

    @property
    def parameter(self) -> float | None:
        """The constant of the op, such as the exponent of x ** 3, where its row has one."""
        op = self.row
        return None if op is None or op.parameter is None else self._dy

    @property
    def op(self) -> str:
        """Symbol of the operation that made this value; empty for a leaf."""
        if self._more is not None and self._more.op is not None:
            return self._more.op
        if self._code == _POWC:
            return f"**{self._dy:g}"
        return OPS[self._code - 1].symbol if self._code else ""

    @property
    def _op(self) -> str:
        """Symbol of the operation, as the lecture spells it."""
        return self.op

    @_op.setter
    def _op(self, symbol: Any) -> None:
        _extra(self).op = _text(symbol)

    @property
    def attributes(self) -> dict[str, Any]:
        """What users have set on this value beyond its own fields, by name."""
        if not cython.compiled:
            return self.__dict__
        own: dict[str, Any] = {} if self._more is None else self._more.attributes or {}
        # A subclass has a dictionary of Python's, unless it says `__slots__ = ()`.
        return own if type(self) is Value else own | getattr(self, "__dict__", {})

    def __dir__(self) -> list[str]:
        return [name for name in object.__dir__(self) if name not in MISSPELT and name not in INSTEAD]

    if cython.compiled:

        def __getattr__(self, name: str) -> Any:
            if self._more is not None and self._more.attributes is not None and name in self._more.attributes:
                return self._more.attributes[name]
            message = f"{type(self).__name__!r} object has no attribute {name!r}{INSTEAD.get(name, '')}"
            raise AttributeError(message)

        def __setattr__(self, name: str, value: Any) -> None:
            try:
                PyObject_GenericSetAttr(self, name, value)
            except AttributeError:
                if hasattr(type(self), name):  # a property that cannot be set
                    raise
                extra: Extra = _extra(self)
                if extra.attributes is None:
                    extra.attributes = {}
                extra.attributes[name] = value
                if name in MISSPELT:
                    warnings.warn(misspelt(name), MisspeltWarning, stacklevel=1)

        def __delattr__(self, name: str) -> None:
            if self._more is not None and self._more.attributes is not None and name in self._more.attributes:
                del self._more.attributes[name]
            elif type(self) is not Value and name in self.__dict__:
                del self.__dict__[name]
            else:
                message = f"{type(self).__name__!r} object has no attribute {name!r} to delete"
                raise AttributeError(message)

    @property
    def rule(self) -> Any:
        """The function that was assigned to `_backward`, if any."""
        return None if self._more is None else self._more.rule

    @property
    def _backward(self) -> Any:
        """A function that adds this node's share to the gradients of its parents; assign one for a custom op."""
        return self.rule or self._contribute

    @_backward.setter
    def _backward(self, rule: Any) -> None:
        _forbid("custom")
        _extra(self).rule = weak_towards(self, rule)

    def _contribute(self) -> None:
        """Add local derivative times gradient to the gradient of every parent."""
        self._reached = 1
        _propagate(self)

    def backward(self, create_graph: bool = False) -> None:  # noqa: FBT001, FBT002  # as in PyTorch
        """Set the gradient of every inner node, and add to that of every leaf, of the graph that made this value.

        Leaves accumulate over calls until they are set to zero; inner nodes are computed afresh by each call.

        Args:
            create_graph: leave gradients on the leaves that are Values of the graph, to be differentiated again. They
                hold the graph until the gradients are set to zero.

        Warns:
            NoGradientWarning: this value was computed from nothing.
            NonFiniteWarning: this value is infinite or nan; names the first node that went wrong.
            NoRuleWarning: a node has parents but no derivative towards them.
        """
        _forbid("backward")
        _tell("before", self)
        if _count(self) == 0:
            warnings.warn(from_leaf(self), NoGradientWarning, stacklevel=1 if compiled else 2)
        elif not math.isfinite(self._data):
            message = first_non_finite(topological_order(self))
            warnings.warn(message, NonFiniteWarning, stacklevel=1 if compiled else 2)
        with _lock:
            if create_graph:  # built on top of this module
                importlib.import_module("micrograd.autodiff").backward_graph(self)
            else:
                _sweep(self)
        _tell("after", self)

    def __add__(self, other: Any) -> Value:  # self + other
        y: Value | None = _operand(other)
        return NotImplemented if y is None else _add(self, y)

    def __radd__(self, other: Any) -> Value:  # other + self
        y: Value | None = _operand(other)
        return NotImplemented if y is None else _add(y, self)

    def __sub__(self, other: Any) -> Value:  # self - other
        y: Value | None = _operand(other)
        return NotImplemented if y is None else _sub(self, y)

    def __rsub__(self, other: Any) -> Value:  # other - self
        y: Value | None = _operand(other)
        return NotImplemented if y is None else _sub(y, self)

    def __mul__(self, other: Any) -> Value:  # self * other
        y: Value | None = _operand(other)
        return NotImplemented if y is None else _mul(self, y)

    def __rmul__(self, other: Any) -> Value:  # other * self
        y: Value | None = _operand(other)
        return NotImplemented if y is None else _mul(y, self)

    def __truediv__(self, other: Any) -> Value:  # self / other
        y: Value | None = _operand(other)
        return NotImplemented if y is None else _div(self, y)

    def __rtruediv__(self, other: Any) -> Value:  # other / self
        y: Value | None = _operand(other)
        return NotImplemented if y is None else _div(y, self)

    def __pow__(self, other: Any) -> Value:  # self ** other
        y: Value | None = _operand(other)
        if y is None:
            return NotImplemented
        return apply("pow", self, y) if isinstance(other, Value) else _powc(self, y._data)

    def __rpow__(self, other: Any) -> Value:  # other ** self
        y: Value | None = _operand(other)
        return NotImplemented if y is None else apply("pow", y, self)

    def __neg__(self) -> Value:  # -self
        return _node(_NEG, -self._data, self, -1.0, None, 0.0)

    def __pos__(self) -> Value:  # +self
        return self

    def __abs__(self) -> Value:  # abs(self)
        return apply("abs", self)

    def __lt__(self, other: Any) -> Any:
        return _read(self, "compare") < _plain(other)

    def __le__(self, other: Any) -> Any:
        return _read(self, "compare") <= _plain(other)

    def __gt__(self, other: Any) -> Any:
        return _read(self, "compare") > _plain(other)

    def __ge__(self, other: Any) -> Any:
        return _read(self, "compare") >= _plain(other)

    # Between Values equality is identity, so that sets, dicts and `in` find nodes and not numbers.
    def __eq__(self, other: object) -> Any:
        return self is other if isinstance(other, Value) else _read(self, "equal") == other

    def __ne__(self, other: object) -> Any:
        return self is not other if isinstance(other, Value) else _read(self, "equal") != other

    def __hash__(self) -> int:
        if cython.compiled:
            return cython.cast(cython.size_t, cython.cast(cython.p_void, self)) >> 4
        else:  # noqa: RET505  # one of the two is compiled
            return id(self) >> 4  # objects lie 16 bytes apart

    def __bool__(self) -> bool:
        return _read(self, "bool") != 0.0

    def __float__(self) -> float:
        return _read(self, "float")

    def __int__(self) -> int:
        return int(_read(self, "float"))

    def __index__(self) -> int:
        _forbid("index")
        message = "a Value is not a whole number: micrograd.take(rows, value) chooses by the number of a Value"
        raise TypeError(message)

    def __round__(self, ndigits: int | None = None) -> float:
        return round(_read(self, "float"), ndigits)

    def __format__(self, spec: str) -> str:
        return format(_read(self, "format"), spec) if spec else repr(self)

    def __repr__(self) -> str:
        return f"Value(data={self._data!r})"

    def exp(self) -> Value:
        """Return e to the power x."""
        e: cython.double = _exp(self._data)
        return _node(_EXP, e, self, e, None, 0.0)

    def log(self) -> Value:
        """Return the natural logarithm: -inf at 0, nan below."""
        return _node(_LOG, _log(self._data), self, _quotient(1.0, self._data), None, 0.0)

    def sqrt(self) -> Value:
        """Return the square root; nan below 0."""
        root: cython.double = _sqrt(self._data)
        return _node(_SQRT, root, self, _quotient(0.5, root), None, 0.0)

    def sin(self) -> Value:
        """Return the sine of x in radians."""
        return _node(_SIN, _sin(self._data), self, _cos(self._data), None, 0.0)

    def cos(self) -> Value:
        """Return the cosine of x in radians."""
        return _node(_COS, _cos(self._data), self, -_sin(self._data), None, 0.0)

    def tanh(self) -> Value:
        """Return the hyperbolic tangent, in (-1, 1)."""
        t: cython.double = _tanh(self._data)
        return _node(_TANH, t, self, 1.0 - t * t, None, 0.0)

    def relu(self) -> Value:
        """Return max(x, 0); derivative 0 at 0."""
        x: cython.double = self._data
        return _node(_RELU, 0.0 if x < 0.0 else x, self, 0.0 if x <= 0.0 else 1.0, None, 0.0)  # noqa: FURB136  # nan stays nan

    def leaky_relu(self, slope: float = 0.01) -> Value:
        """Return x above 0 and slope * x below."""
        return apply("leaky_relu", self, parameter=slope)

    def step(self, at_zero: float = 0.0) -> Value:
        """Return 0 below zero, 1 above, `at_zero` at zero; derivative 0."""
        return apply("step", self, parameter=at_zero)

    def pow(self, exponent: Any) -> Any:
        """Return x to a power, which may be a number or a Value."""
        return self**exponent

    abs, log1p, expm1, erf = _method("abs"), _method("log1p"), _method("expm1"), _method("erf")
    sigmoid, softplus, gelu = _method("sigmoid"), _method("softplus"), _method("gelu")
    tan, asin, acos, atan = _method("tan"), _method("asin"), _method("acos"), _method("atan")
    sinh, cosh, atan2 = _method("sinh"), _method("cosh"), _method("atan2")
    maximum, minimum = _method("maximum"), _method("minimum")
    less, equal, where, detach = _method("less"), _method("equal"), _method("where"), _method("detach")
    arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2  # the names NumPy looks for: np.arctan(value)

    def pack(self, rename: Any) -> tuple[Any, ...]:
        """Return all fields as plain data, each Value among them replaced by what `rename` gives for it."""
        _forbid("copy")
        numbers = (self._code, self._data, self._grad, self._reached, self._dx, self._dy)
        xy = (None if self._x is None else rename(self._x), None if self._y is None else rename(self._y))
        extra: Extra | None = self._more
        if extra is None:
            return (*numbers, *xy, None)
        exact = None if extra.exact is None else tuple([rename(d) for d in extra.exact])
        parents = tuple([rename(_parent(self, i)) for i in range(_count(self) if self._x is None else 0)])
        return (*numbers, *xy, (parents, _local_grads(extra), exact, extra.op, extra.label))

    def unpack(self, packed: tuple[Any, ...]) -> None:
        """Set all fields to what `pack` returned."""
        code, data, grad, reached, dx, dy, x, y, more = packed
        self._more = None
        _fill(self, code, data, x, dx, y, dy)
        self._grad, self._reached = grad, reached
        if more is not None:
            extra: Extra = _extra(self)
            parents, local_grads, extra.exact, extra.op, extra.label = more
            if local_grads and len(local_grads) != len(parents):
                message = f"a node needs a local derivative for each of {len(parents)} parents; got {len(local_grads)}"
                raise ValueError(message)
            _hold(extra, parents, tuple([float(d) for d in local_grads]))

    def __copy__(self) -> Any:
        return _copying().shallow_copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return _copying().deep_copy(self, memo)

    def __reduce_ex__(self, _protocol: Any) -> Any:
        return _copying().reduce(self)


if not compiled:  # compiled, `__getattr__` and `__setattr__` do this; here they would slow down every attribute
    for _name in INSTEAD:
        setattr(Value, _name, Missing(_name))
    for _name in MISSPELT:
        setattr(Value, _name, Misspelt(_name))


def _text(x: Any) -> str:
    """Return a name as it is, or say that it is none."""
    if isinstance(x, str):
        return x
    message = f"a label or a symbol is text; got {x!r} of type {type(x).__name__}"
    raise TypeError(message)


def as_value(x: Any) -> Value:
    """Return x itself if it is a Value, else a new leaf that holds the number x."""
    return x if isinstance(x, Value) else Value(x)


def apply(name: str, *operands: Any, parameter: Any = None) -> Value:
    """Return the node of any row of the ops table, by the row's name.

    Raises:
        TypeError: an operand is not a Value or a real number, or there are too many or too few.

    Example:
        >>> apply("maximum", Value(2.0), 3.0)
        Value(data=3.0)
    """
    op = TABLE[name]
    if op.arity is not None and op.arity != len(operands):
        message = f"{name} takes {op.arity} operand(s), numbers or Values; got {len(operands)}"
        raise TypeError(message)
    parents = tuple([as_value(x) for x in operands])
    constants = () if parameter is None else (to_float(parameter),)
    numbers = (*[cython.cast(Value, p)._data for p in parents], *constants)
    data = op.forward(*numbers)
    grads = op.derivative(ieee, data, *numbers)
    if op.arity == 1:
        return _node(CODES[name], data, parents[0], grads[0], None, constants[0] if constants else 0.0)
    if op.arity == 2:  # noqa: PLR2004
        return _node(CODES[name], data, parents[0], grads[0], parents[1], grads[1])
    return _wide(CODES[name], data, parents, grads)


def dot(xs: Any, ys: Any, start: Any = None) -> Value:
    """Return start + x₁y₁ + x₂y₂ + …, added from left to right, as one node.

    A neuron is `dot(weights, inputs, bias)`: the numbers and the gradients are those of
    `sum((w * x for w, x in zip(weights, inputs)), bias)`, which takes two nodes for each weight.

    Args:
        xs: n Values or numbers.
        ys: n Values or numbers.
        start: what the sum starts with.

    Raises:
        ValueError: the lengths differ.

    Example:
        >>> dot([Value(2.0), Value(3.0)], [1.0, -1.0], Value(0.5))
        Value(data=-0.5)
    """
    left: list[Any] = xs if type(xs) is list else list(xs)
    right: list[Any] = ys if type(ys) is list else list(ys)
    if len(left) != len(right):
        message = f"a dot product takes two sequences of one length; got {len(left)} and {len(right)} numbers"
        raise ValueError(message)
    if cython.compiled:
        return _dot(left, right, None if start is None else as_value(start))
    else:  # noqa: RET505  # one of the two is compiled
        return apply("dot", *left, *right, *(() if start is None else (start,)))


def topological_order(root: Value) -> list[Value]:
    """Return every node that `root` was made from, itself last, each one after its parents."""
    with _lock:
        return _order(root, leaves=True, zero_grads=False)


@cython.cfunc
@cython.inline
@cython.exceptval(-1)
def _fill(
    node: Value,
    code: cython.int,
    data: cython.double,
    x: Value | None,
    dx: cython.double,
    y: Value | None,
    dy: cython.double,
) -> cython.int:
    """Set the fields of a fresh node; x and y are its parents, None where there are fewer."""
    node._code = code
    node._data = data
    node._x = x
    node._dx = dx
    node._y = y
    node._dy = dy
    if cython.compiled:
        if x is not None:
            node._depth = 1 + (x._depth if y is None or x._depth > y._depth else y._depth)
            if node._depth >= _MAX_DEPTH:
                _guard(node)
    else:  # what the compiled constructor has done
        node._grad = 0.0
        node._mark = node._kind = node._reached = 0
    if _noting:
        _note(node)
    return 0


@cython.cfunc
@cython.exceptval(-1)
def _guard(node: Value) -> cython.int:
    """Let the node's Extra hold the parents too, and be the last to let go of them.

    Freeing a chain of nodes frees each from inside the freeing of the next. Python bounds that recursion for its own
    objects; in the compiled life one node of every few on a chain has an Extra, which leaves its parents to a loop.
    """
    _extra(node).guard = (node._x, node._y)
    node._depth = 0
    return 0


@cython.cfunc
@cython.inline
def _node(
    code: cython.int, data: cython.double, x: Value | None, dx: cython.double, y: Value | None, dy: cython.double
) -> Value:
    """Return a node of a row of the table, with up to two parents and the derivative towards each."""
    node: Value = _blank()
    _fill(node, code, data, x, dx, y, dy)
    return node


@cython.cfunc
@cython.inline
def _blank() -> Value:
    """Return a node that `_fill` is to be called on."""
    node: Value = Value.__new__(Value)
    if not cython.compiled:  # the compiled constructor has done this
        node._more = None
    return node


@cython.cfunc
def _wide(code: cython.int, data: cython.double, parents: tuple[Value, ...], local_grads: tuple[float, ...]) -> Value:
    """Return a node with any number of parents and the derivative towards each."""
    node: Value = _blank()
    _hold(_extra(node), parents, local_grads)
    _fill(node, code, data, None, 0.0, None, 0.0)
    return node


@cython.cfunc
@cython.exceptval(-1)
def _hold(extra: Extra, parents: tuple[Value, ...], local_grads: tuple[float, ...]) -> cython.int:
    """Let an Extra hold parents, and as many local derivatives or none."""
    if cython.compiled:
        _make_room(extra, len(parents), len(local_grads))
        i: cython.Py_ssize_t
        for i in range(len(parents)):
            _add_parent(extra, parents[i])
        for i in range(len(local_grads)):
            extra.local_grads[i] = local_grads[i]
    else:
        extra.wide_parents, extra.wide_grads = parents, local_grads
    return 0


@cython.cfunc
def _local_grads(extra: Extra) -> tuple[float, ...]:
    """Return the local derivatives that an Extra holds."""
    if cython.compiled:
        count: cython.Py_ssize_t = 0 if extra.local_grads is cython.NULL else extra.count
        return tuple([extra.local_grads[i] for i in range(count)])
    else:  # noqa: RET505  # one of the two is compiled
        return extra.wide_grads


if cython.compiled:

    @cython.cfunc
    @cython.exceptval(-1)
    def _make_room(extra: Extra, parents: cython.Py_ssize_t, local_grads: cython.Py_ssize_t) -> cython.int:
        """Give an Extra arrays, both in one piece of memory; `count` says how many parents are there already."""
        room: cython.p_double = cython.cast(cython.p_double, PyMem_Malloc((parents + local_grads) * 8))
        if room is cython.NULL:
            raise MemoryError
        extra.parents = cython.cast(cython.pointer[cython.pointer[PyObject]], room)
        extra.local_grads = room + parents if local_grads else cython.NULL  # type: ignore[operator]  # a pointer
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _add_parent(extra: Extra, parent: Value) -> cython.void:
        """Put a parent in the next place."""
        Py_INCREF(parent)
        extra.parents[extra.count] = cython.cast(cython.pointer[PyObject], parent)
        extra.count += 1

    @cython.cfunc
    def _dot(xs: list[Any], ys: list[Any], start: Value | None) -> Value:
        """Return the node of a dot product of two lists of one length."""
        n: cython.Py_ssize_t = len(xs)
        node: Value = _blank()
        extra: Extra = _extra(node)
        _make_room(extra, 2 * n + 1, 2 * n + 1)
        total: cython.double = 0.0
        i: cython.Py_ssize_t
        for i in range(n):
            _add_parent(extra, _leaf(xs[i], xs, ys, n))
        for i in range(n):
            _add_parent(extra, _leaf(ys[i], xs, ys, n))
        if start is not None:
            _add_parent(extra, start)
            extra.local_grads[2 * n] = 1.0
            total = start._data
        for i in range(n):
            x: cython.double = cython.cast(Value, extra.parents[i])._data
            y: cython.double = cython.cast(Value, extra.parents[n + i])._data
            total += x * y
            extra.local_grads[i] = y
            extra.local_grads[n + i] = x
        _fill(node, _DOT, total, None, 0.0, None, 0.0)  # after the leaves that were made of numbers
        return node

    @cython.cfunc
    @cython.inline
    def _leaf(x: Any, xs: list[Any], ys: list[Any], n: cython.Py_ssize_t) -> Value:
        """Return an element of a dot product as a Value; making one may run code that changes the lists."""
        if type(x) is Value:
            return x
        node: Value = as_value(x)
        if len(xs) != n or len(ys) != n:
            message = "a sequence changed its length while the dot product read it"
            raise ValueError(message)
        return node


@cython.cfunc
def _free_waiting() -> cython.void:
    """Free what the Extras of freed nodes held: each may add more, so any graph is freed at a small depth of calls."""
    global _freeing  # noqa: PLW0603  # one list for the process, under the interpreter's lock
    _freeing = True
    while _waiting:
        _waiting.pop()
    _freeing = False


@cython.cfunc
def _extra(node: Value) -> Extra:
    """Return the node's Extra, made now if it had none."""
    if node._more is None:
        extra: Extra = Extra.__new__(Extra)
        if not cython.compiled:  # the compiled constructor has done this already
            extra.wide_parents = extra.wide_grads = ()
            extra.exact = extra.op = extra.rule = extra.grad = extra.label = None
        node._more = extra
    return node._more


@cython.cfunc
@cython.inline
def _add(x: Value, y: Value) -> Value:
    return _node(_ADD, x._data + y._data, x, 1.0, y, 1.0)


@cython.cfunc
@cython.inline
def _sub(x: Value, y: Value) -> Value:
    return _node(_SUB, x._data - y._data, x, 1.0, y, -1.0)


@cython.cfunc
@cython.inline
def _mul(x: Value, y: Value) -> Value:
    return _node(_MUL, x._data * y._data, x, y._data, y, x._data)


@cython.cfunc
def _div(x: Value, y: Value) -> Value:
    ratio: cython.double = _quotient(x._data, y._data)
    return _node(_DIV, ratio, x, _quotient(1.0, y._data), y, _quotient(-ratio, y._data))


@cython.cfunc
def _powc(x: Value, n: cython.double) -> Value:
    if n == 2.0:  # noqa: PLR2004  # the most frequent power
        slope: cython.double = 2.0 * x._data
    else:
        slope = 0.0 if n == 0.0 else n * _pow(x._data, n - 1.0)
    return _node(_POWC, _pow(x._data, n), x, slope, None, n)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _quotient(x: cython.double, y: cython.double) -> cython.double:
    """Return x / y as IEEE 754 has it; compiled, the division of the processor does."""
    if cython.compiled:
        return x / y
    else:  # noqa: RET505  # one of the two is compiled
        return ieee.div(x, y)


@cython.cfunc
@cython.inline
def _operand(x: Any) -> Value | None:
    """Return an operand as a Value; None for what is no number, so that Python asks the other operand."""
    return x if isinstance(x, Value) else _constant(x)


@cython.cfunc
def _constant(x: Any) -> Value | None:
    """Return a number as a leaf; None for what is no number."""
    if type(x) is float or type(x) is int:
        return _node(0, float(x), None, 0.0, None, 0.0)
    try:
        return Value(x)
    except TypeError:
        # A function that is recorded is told instead that a sequence times a Value would need an index.
        if _recorder == 0 and (x is None or type(x) in _NEVER_NUMBERS):
            raise
        return None


@cython.cfunc
def _plain(x: Any) -> Any:
    """Return the data of a Value, and anything else as it is."""
    return _read(x, "compare") if isinstance(x, Value) else x


@cython.cfunc
def _order(root: Value, leaves: cython.bint, zero_grads: cython.bint) -> list[Value]:
    """Return the nodes below `root` in topological order, by a depth-first walk with a stack of its own."""
    global _walks  # noqa: PLW0603  # every walk marks with numbers of its own, so that no mark needs clearing
    _walks += 2
    opened: cython.longlong = _walks
    order: list[Value] = []
    stack: list[Value] = [root]
    while stack:
        node: Value = stack.pop()
        if node._mark < opened:  # first seen: its parents go first, the first operand before the second
            node._mark = opened
            stack.append(node)
            _push_parents(node, stack, leaves, opened)
            if zero_grads:
                node._grad = 0.0
                node._reached = 1
        elif node._mark == opened:  # every parent is in the order by now
            node._mark = opened + 1
            order.append(node)
    return order


@cython.cfunc
@cython.inline
@cython.exceptval(-1)
def _push_parents(node: Value, stack: list[Value], leaves: cython.bint, opened: cython.longlong) -> cython.int:
    """Put the unseen parents of a node on the stack of `_order`; leaves only if asked for."""
    x: Value | None = node._x
    y: Value | None = node._y
    if x is not None:
        if y is not None and y._mark < opened and (leaves or _count(y) > 0):
            stack.append(y)
        if x._mark < opened and (leaves or _count(x) > 0):
            stack.append(x)
    else:
        i: cython.Py_ssize_t
        for i in range(_count(node) - 1, -1, -1):
            x = _parent(node, i)
            if x._mark < opened and (leaves or _count(x) > 0):
                stack.append(x)
    return 0


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _count(node: Value) -> cython.Py_ssize_t:
    """Return how many parents a node has."""
    if node._x is not None:
        return 1 if node._y is None else 2
    if node._more is None:
        return 0
    if cython.compiled:
        return node._more.count
    else:  # noqa: RET505  # one of the two is compiled
        return len(node._more.wide_parents)


@cython.cfunc
@cython.inline
def _parent(node: Value, i: cython.Py_ssize_t) -> Value:
    """Return a parent of a node by its place, which must be one of `_count`."""
    if node._x is not None:
        return node._x if i == 0 else cython.cast(Value, node._y)
    if cython.compiled:
        return cython.cast(Value, node._more.parents[i])  # type: ignore[union-attr]
    else:  # noqa: RET505  # one of the two is compiled
        return node._more.wide_parents[i]  # type: ignore[union-attr]


@cython.cfunc
@cython.exceptval(-1)
def _sweep(root: Value) -> cython.int:
    """Run the chain rule from the root to the leaves."""
    if _count(root) == 0:
        root._grad += 1.0
        root._reached = 1
        return 0
    order: list[Value] = _order(root, leaves=False, zero_grads=True)
    root._grad = 1.0
    i: cython.Py_ssize_t
    for i in range(len(order) - 1, -1, -1):
        node: Value = order[i]
        if node._more is not None and node._more.rule is not None:
            node._more.rule()
        else:
            _propagate(node)
    return 0


@cython.cfunc
@cython.inline
@cython.exceptval(-1)
def _propagate(node: Value) -> cython.int:
    """Add to the gradient of each parent: local derivative times the gradient of the node."""
    g: cython.double = node._grad
    x: Value | None = node._x
    y: Value | None = node._y
    if x is not None:
        x._grad += node._dx * g
        x._reached = 1
        if y is not None:
            y._grad += node._dy * g
            y._reached = 1
    elif node._more is not None:
        _propagate_wide(node, node._more, g)
    return 0


@cython.cfunc
@cython.exceptval(-1)
def _propagate_wide(node: Value, extra: Extra, g: cython.double) -> cython.int:
    """Do what `_propagate` does for a node with a tuple of parents."""
    if cython.compiled:
        i: cython.Py_ssize_t
        if extra.local_grads is not cython.NULL:
            for i in range(extra.count):
                parent: Value = cython.cast(Value, extra.parents[i])
                parent._grad += extra.local_grads[i] * g
                parent._reached = 1
            return 0
    elif extra.wide_grads:
        for parent, local_grad in zip(extra.wide_parents, extra.wide_grads, strict=True):
            parent._grad += local_grad * g
            parent._reached = 1
        return 0
    if _count(node) > 0:
        warnings.warn(no_rule(node), NoRuleWarning, stacklevel=2)
    return 0


# Watching: what others see of a running program; `hooks` lets several look on.


def set_hook(event: str, call: Any, thread: cython.ulong) -> None:
    """Let a function be called with a node at each event of a kind, or none if it is None: see `hooks.watch`.

    Args:
        event: the kind.
        call: the function. What it does itself is no event.
        thread: the only thread whose events count, for hooks of all kinds; 0 where the functions tell threads and
            their own events apart.
    """
    global _watched_thread  # noqa: PLW0603
    _hooks.pop(event, None)
    if call is not None:
        _hooks[event] = call
    _watched_thread = thread
    _set_flags()


@cython.cfunc
def _set_flags() -> cython.void:
    """Set what tells hot functions that somebody looks on."""
    global _noting, _minding  # noqa: PLW0603  # variables of C, because every new node looks at them
    _noting = _recorder != 0 or "node" in _hooks
    _minding = _recorder != 0 or "read" in _hooks or "write" in _hooks


@cython.cfunc
@cython.exceptval(-1)
def _tell(event: str, node: Value) -> cython.int:
    """Tell of an event, if anybody wants to know."""
    global _telling  # noqa: PLW0603  # only the watched thread changes it
    call = _hooks.get(event)
    if call is not None and _watched_thread == 0:
        call(node)
    elif call is not None and _watched_thread == _this_thread() and not _telling:
        _telling = True
        try:
            call(node)
        finally:
            _telling = False
    return 0


# Recording: what the compiler sees of a function.


def recording() -> bool:
    """Tell whether this thread is recording: see `record`."""
    is_recorder: bool = _recorder == _this_thread()
    return is_recorder


def record() -> None:
    """Remember every node that this thread makes, and refuse what would freeze the number of one, until `stop()`.

    Values computed from plain numbers alone may still be read. Only one thread at a time may record.
    """
    global _recorder  # noqa: PLW0603  # a variable of C, because every new node looks at it
    _recorder = _this_thread()
    _set_flags()


def stop() -> None:
    """Record no longer, and forget what was recorded."""
    global _recorder  # noqa: PLW0603
    _recorder = 0
    _set_flags()
    node: Value
    for node in _recorded:
        node._kind = 0
    _recorded.clear()


def export(outputs: list[Value]) -> tuple[list[Value], list[int], list[bytearray]]:
    """Return the part of what was recorded that the outputs were computed from.

    Returns:
        The n nodes in the order of their creation, those from before the recording where they are first used; the
        positions of the outputs; and five arrays, three of 64-bit integers, then two of floats:
            codes: n rows of the ops table; 0 for a node computed from plain numbers alone, -1 for one from before the
                recording. Both count as leaves.
            starts: n + 1 integers: the operands of node k are operands[starts[k]:starts[k + 1]].
            operands: positions of nodes.
            parameters: n floats: the constants of the rows that have one, else 0.
            data: n floats: the numbers.
    """
    global _walks  # noqa: PLW0603  # marks nodes as a walk does: as wanted, then with their positions
    with _lock:
        wanted: cython.longlong = _walks + 2
        order: list[Value] = []
        edges: cython.Py_ssize_t = _number(_recorded, outputs, order, wanted)
        _walks = wanted + len(order)
        places = [cython.cast(Value, x)._mark - wanted - 1 for x in outputs]
        return order, places, _columns(order, edges, wanted)


@cython.cfunc
@cython.exceptval(-1)
def _number(nodes: list[Value], outputs: list[Value], order: list[Value], wanted: cython.longlong) -> cython.Py_ssize_t:
    """Put the nodes to export in order, and mark them with their positions; return how many operands they have."""
    node: Value
    edges: cython.Py_ssize_t = 0
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    for node in outputs:
        node._mark = wanted
    for i in range(len(nodes) - 1, -1, -1):
        node = nodes[i]
        if node._mark == wanted and node._kind == _TRACED:
            edges += _count(node)
            for j in range(_count(node)):
                _parent(node, j)._mark = wanted
    for node in nodes:
        if node._mark == wanted:
            for j in range(_count(node) if node._kind == _TRACED else 0):
                _append(_parent(node, j), order, wanted)
            _append(node, order, wanted)
    for node in outputs:
        _append(node, order, wanted)
    return edges


@cython.cfunc
@cython.inline
@cython.exceptval(-1)
def _append(node: Value, order: list[Value], wanted: cython.longlong) -> cython.int:
    """Give a node the next position, if it has none yet."""
    if node._mark == wanted:
        order.append(node)
        node._mark = wanted + len(order)
    return 0


@cython.cfunc
def _columns(order: list[Value], edges: cython.Py_ssize_t, wanted: cython.longlong) -> list[bytearray]:
    """Return the arrays of `export`, from the nodes marked with their positions."""
    n: cython.Py_ssize_t = len(order)
    columns = [bytearray(8 * size) for size in (n, n + 1, edges, n, n)]
    if cython.compiled:
        codes: cython.p_longlong = cython.cast(cython.p_longlong, PyByteArray_AS_STRING(columns[0]))
        starts: cython.p_longlong = cython.cast(cython.p_longlong, PyByteArray_AS_STRING(columns[1]))
        operands: cython.p_longlong = cython.cast(cython.p_longlong, PyByteArray_AS_STRING(columns[2]))
        parameters: cython.p_double = cython.cast(cython.p_double, PyByteArray_AS_STRING(columns[3]))
        data: cython.p_double = cython.cast(cython.p_double, PyByteArray_AS_STRING(columns[4]))
    else:
        codes, starts, operands, parameters, data = map(_view, columns, "qqqdd")
    node: Value
    edge: cython.Py_ssize_t = 0
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    for i in range(n):
        node = order[i]
        codes[i] = node._code if node._kind == _TRACED else node._kind - 1
        data[i] = node._data
        if node._kind == _TRACED:
            parameters[i] = node._dy if node._y is None else 0.0
            for j in range(_count(node)):
                operands[edge] = _parent(node, j)._mark - wanted - 1
                edge += 1
        starts[i + 1] = edge
    return columns


def _view(buffer: bytearray, kind: str) -> Any:
    """Return a buffer as an array of numbers of 8 bytes."""
    return memoryview(buffer).cast(kind)  # type: ignore[call-overload]


@cython.cfunc
@cython.exceptval(-1)
def _note(node: Value) -> cython.int:
    """Remember a fresh node, if it was made by the thread that records, and tell those who watch."""
    i: cython.Py_ssize_t
    if _recorder == _this_thread():
        _recorded.append(node)
        node._kind = _CONSTANT
        for i in range(_count(node)):
            if _parent(node, i)._kind != _CONSTANT:
                node._kind = _TRACED
    return _tell("node", node)


@cython.cfunc
@cython.exceptval(-1)
def _forbid(how: str) -> cython.int:
    """Raise TraceError if this thread is recording."""
    if _recorder != 0 and recording():
        raise frozen(how)
    return 0


@cython.cfunc
@cython.inline
def _read(node: Value, how: str) -> cython.double:
    """Return the data of a node, or raise TraceError where that would freeze it."""
    if _minding:
        if node._kind != _CONSTANT:
            _forbid(how)
        _tell("read", node)
    return node._data


def _copying() -> Any:
    """Return the module that copies and pickles graphs, which is built on top of this one."""
    return importlib.import_module("micrograd.copying")


# What the compiler's functions move between Values and an array of doubles. `array` is the array as Python sees it, and
# `address` where it lies in memory, which is the way of the compiled life.


def unique(values: Any) -> list[Value]:
    """Return each of some Values once, in the order in which they first appear."""
    global _walks  # noqa: PLW0603  # marks nodes as a walk does
    found: list[Value] = []
    node: Value
    with _lock:
        _walks += 2
        for node in values:
            if node._mark < _walks:
                node._mark = _walks
                found.append(node)
    return found


def zero_grads(values: list[Value]) -> None:
    """Set the gradient of each Value to 0."""
    node: Value
    for node in values:
        node._grad = 0.0
        node._reached = 0
        if node._more is not None:
            node._more.grad = None


def read_data(values: list[Value], array: Any, address: cython.size_t) -> None:
    """Write the data of n Values to an array of n doubles or more."""
    i: cython.Py_ssize_t
    if cython.compiled:
        out: cython.p_double = cython.cast(cython.p_double, address)
        for i in range(len(values)):
            value: Value = values[i]
            out[i] = value._data
    else:
        for i, value in enumerate(values):
            array[i] = value._data


def node_from(data: cython.double, parents: list[Value], array: Any, address: cython.size_t, op: str) -> Value:
    """Return a node with n parents and the derivative towards each, which an array of doubles holds."""
    node: Value = _node(0, data, None, 0.0, None, 0.0)
    extra: Extra = _extra(node)
    extra.op = op
    if cython.compiled:
        local_grads: cython.p_double = cython.cast(cython.p_double, address)
        i: cython.Py_ssize_t
        if parents:
            _make_room(extra, len(parents), len(parents))
        for i in range(len(parents)):
            parent: Value = parents[i]
            _add_parent(extra, parent)
            extra.local_grads[i] = local_grads[i]
    else:
        _hold(extra, tuple(parents), tuple(map(float, array[: len(parents)])))
    return node
