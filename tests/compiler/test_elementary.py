"""The functions in machine code against results of many digits: within 2 units in the last place everywhere."""

from __future__ import annotations

import ctypes
import functools
import math
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
import pytest

from micrograd import ieee
from micrograd.compiler.native.elementary import power, row, symbol
from micrograd.ops import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from micrograd.compiler.native.vectors import DType

    Numbers = NDArray[Any]

llvm = pytest.importorskip("llvmlite.binding", reason="machine code is made by llvmlite, which is not installed")

WIDTHS = (1, 4, 8)
DTYPES: tuple[DType, ...] = ("float64", "float32")
EXPONENTS = (-3.0, -2.0, -1.0, -0.5, 0.0, 1 / 3, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 1e20)
SLOPE, AT_ZERO, EXPONENT = 0.01, 0.5, 2.5

MANY_DIGITS: dict[str, Callable[..., Any]] = {
    **{name: getattr(mpmath, name) for name in ("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "erf")},
    **{name: getattr(mpmath, name) for name in ("asin", "acos", "atan", "sinh", "cosh", "tanh", "atan2")},
    "sigmoid": lambda x: mpmath.exp(min(x, 0)) / (1 + mpmath.exp(-abs(x))),
    "softplus": lambda x: max(x, 0) + mpmath.log1p(mpmath.exp(-abs(x))),
    "pow": mpmath.power,
    "powc": mpmath.power,
}
ROWS = [name for name, op in TABLE.items() if not op.variadic]
EXACT = [name for name in ROWS if name not in {*MANY_DIGITS, "gelu"}]

_LOOP = """
define void @run{symbol}({pointers}, ptr %out, i64 %n) {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
{loads}
  %result = call {kind} @{symbol}({operands})
  %to = getelementptr {lane}, ptr %out, i64 %i
  store {kind} %result, ptr %to, align {align}
  %next = add i64 %i, {width}
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""
_LOAD = """  %p{k} = getelementptr {lane}, ptr %a{k}, i64 %i
  %x{k} = load {kind}, ptr %p{k}, align {align}"""


def operand_count(name: str) -> int:
    """Return how many vectors the function of a row takes."""
    return len(TABLE[name].domain) + (TABLE[name].parameter is not None)


def loop(target: str, count: int, width: int, dtype: DType) -> str:
    """Return a function that applies another one to arrays."""
    lane, align = {"float64": ("double", 8), "float32": ("float", 4)}[dtype]
    kind = lane if width == 1 else f"<{width} x {lane}>"
    return _LOOP.format(
        symbol=target[1:],
        pointers=", ".join(f"ptr %a{k}" for k in range(count)),
        loads="\n".join(_LOAD.format(k=k, lane=lane, kind=kind, align=align) for k in range(count)),
        operands=", ".join(f"{kind} %x{k}" for k in range(count)),
        kind=kind,
        lane=lane,
        align=align,
        width=width,
    )


class Compiled:
    """The functions of a module, applied to arrays."""

    def __init__(self, text: str, *, plain: bool = False) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        module = llvm.parse_assembly(text)
        module.verify()
        cpu, features = ("", "") if plain else (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
        machine = llvm.Target.from_default_triple().create_target_machine(cpu=cpu, features=features, opt=2, jit=True)
        passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=1))
        passes.getModulePassManager().run(module, passes)
        self.engine = llvm.create_mcjit_compiler(module, machine)
        self.engine.finalize_object()

    def __call__(self, target: str, operands: list[Numbers]) -> Numbers:
        """Return what a function makes of arrays, whose length is a multiple of all widths."""
        arrays = [np.ascontiguousarray(x) for x in operands]
        out = np.empty_like(arrays[0])
        pointers = [ctypes.c_void_p(x.ctypes.data) for x in (*arrays, out)]
        address = self.engine.get_function_address(f"run{target[1:]}")
        run = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(pointers), ctypes.c_int64)(address)
        run(*pointers, len(out))
        return out


@functools.cache
def compiled(width: int, dtype: DType, *, plain: bool = False) -> Compiled:
    """Return all rows, and powers with constant exponents, for one width and type."""
    texts: dict[str, str] = {}
    loops = []
    for name in ROWS:
        target, found = row(name, width, dtype)
        texts |= found
        loops.append(loop(target, operand_count(name), width, dtype))
    for exponent in EXPONENTS:
        target, found = power(exponent, width, dtype)
        texts |= found
        loops.append(loop(target, 1, width, dtype))
    return Compiled("\n".join([*texts.values(), *loops]), plain=plain)


@functools.cache
def points(dtype: DType) -> Numbers:
    """Return numbers of every size, and those where something changes; their count is a multiple of 8."""
    rng = np.random.default_rng(0)
    bits = 64 if dtype == "float64" else 32
    info = np.finfo(dtype)
    anything = rng.integers(0, 1 << bits, 300, np.uint64).astype(f"uint{bits}").view(dtype)
    edges = [0.0, 1.0, math.inf, math.nan, info.max, info.tiny, info.smallest_subnormal, 2.0**-54, 2.0**-25, 0.5, 2.0]
    edges += [709.78271289338397, 709.782712893384, 708.3964, 744.44007192138122, 745.13321910194122, 745.14, 750.0]
    edges += [
        88.72283,
        88.72284,
        87.336544,
        103.27892,
        103.97207,
        103.98,
        19.0615,
        36.7368,
        6.0,
        5.9999,
        1e5,
        1e9,
        1e22,
    ]
    edges += [
        math.sqrt(0.5),
        math.sqrt(2.0),
        math.log(2.0) / 2,
        math.pi / 4,
        11.0,
        355.0,
        22.0,
        1e300,
        6381956970095103.0,
    ]
    turns = np.pi / 2 * np.concatenate([np.arange(1, 60), rng.integers(60, 600_000_000, 60)])
    with np.errstate(all="ignore"):
        near = np.concatenate([np.array(edges), turns]).astype(dtype)
        near = np.concatenate([near, np.nextafter(near, near.dtype.type(0)), np.nextafter(near, near.dtype.type(9))])
    small = np.concatenate([rng.uniform(0, size, 150) for size in (1.0, 2.0, 8.0, 100.0, 750.0)])
    sizes = np.exp2(rng.uniform(-30, 30, 200))
    about_one = 1.0 + np.exp2(rng.uniform(-23, 0, 100)) * rng.choice([-1.0, 0.5], 100)
    half = np.concatenate([near, small.astype(dtype), sizes.astype(dtype), about_one.astype(dtype)])
    every = np.concatenate([anything, half, -half])
    return np.resize(every, -(-len(every) // 8) * 8)


def operands(name: str, dtype: DType) -> list[Numbers]:
    """Return the operands of a row; second ones are the points in another order, and often near the first."""
    first = points(dtype)
    rng = np.random.default_rng(1)
    xs = [first] + [
        np.where(rng.random(len(first)) < 0.8, rng.permutation(first), first) for _ in TABLE[name].domain[1:]
    ]
    parameter = {"leaky_relu": SLOPE, "step": AT_ZERO, "powc": EXPONENT}.get(name)
    return xs if parameter is None else [*xs, np.full_like(first, parameter)]


def eager(function: Callable[..., float], xs: list[Numbers]) -> Numbers:
    """Return what the engine's own function makes of arrays, rounded to their type."""
    with np.errstate(all="ignore"):
        return np.array([function(*map(float, numbers)) for numbers in zip(*xs, strict=True)]).astype(xs[0].dtype)


def errors(truth: Callable[..., Any], xs: list[Numbers], results: Numbers, rounded: Numbers) -> Numbers:
    """Return the errors in units in the last place; where results are not finite or 0, whether they are the same."""
    form, found = np.finfo(results.dtype), np.zeros(len(results))
    for i, (result, expected) in enumerate(zip(results.tolist(), rounded.tolist(), strict=True)):
        special = not math.isfinite(expected) or (expected == 0.0 == result)
        if special or not math.isfinite(result):
            same = result == expected and math.copysign(1.0, result) == math.copysign(1.0, expected)
            found[i] = 0.0 if same or (result != result and expected != expected) else math.inf  # noqa: PLR0124
            continue
        numbers = [float(x[i]) for x in xs]
        ordinary = all(map(math.isfinite, numbers)) and 0.0 not in numbers  # mpmath knows no -0
        exact = truth(*map(mpmath.mpf, numbers)) if ordinary else mpmath.mpf(expected)
        exponent = max(mpmath.frexp(exact)[1], form.minexp + 1) - form.nmant - 1
        found[i] = float(abs(mpmath.mpf(result) - exact) * mpmath.mpf(2) ** -exponent)
    return found


def assert_close(name: str, truth: Callable[..., Any], xs: list[Numbers], results: Numbers, rounded: Numbers) -> None:
    """Assert at most 2 units in the last place, and say where it is worst."""
    with mpmath.workprec(160):
        found = errors(truth, xs, results, rounded)
    i = int(np.argmax(found))
    assert found[i] <= 2.0, f"{name}({[float(x[i]) for x in xs]!r}) = {results[i]!r}, off by {found[i]}"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(MANY_DIGITS))
def test_a_function_is_within_two_units_in_the_last_place(name: str, dtype: DType) -> None:
    """Over all numbers, with the engine's infinities, nan and signs of zero."""
    xs = operands(name, dtype)
    results = compiled(4, dtype)(symbol(name, 4, dtype), xs)
    assert_close(name, MANY_DIGITS[name], xs, results, eager(TABLE[name].forward, xs))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", EXACT)
def test_a_simple_row_is_the_engines(name: str, dtype: DType) -> None:
    """Arithmetic, comparisons and choices are rounded as the engine's, and equal it in every bit but those of a nan."""
    xs = operands(name, dtype)
    results, expected = compiled(4, dtype)(symbol(name, 4, dtype), xs), eager(TABLE[name].forward, xs)
    np.testing.assert_array_equal(results, expected)
    numbers = expected == expected  # noqa: PLR0124  # not nan
    np.testing.assert_array_equal(np.signbit(results[numbers]), np.signbit(expected[numbers]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_gelu_is_the_rows_formula(dtype: DType) -> None:
    """Its error is that of the formula: a few roundings of x."""
    x = points(dtype)
    results, expected = compiled(4, dtype)(symbol("gelu", 4, dtype), [x]), eager(ieee.gelu, [x])
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(results[~finite], expected[~finite])
    assert np.all(np.abs(results[finite] - expected[finite]) <= 2 * np.finfo(dtype).eps * np.abs(x[finite]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("exponent", EXPONENTS)
def test_a_constant_power_is_within_two_units_in_the_last_place(exponent: float, dtype: DType) -> None:
    """Products and roots stand for pow only where they are as exact, and as pow at 0 and at infinity."""
    x = points(dtype)
    held = float(np.array(exponent, dtype))
    results = compiled(4, dtype)(power(exponent, 4, dtype)[0], [x])
    expected = eager(lambda number: ieee.powc(number, held), [x])
    assert_close(f"** {exponent}", lambda number: number**held, [x], results, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ROWS)
def test_every_width_gives_the_same(name: str, width: int, dtype: DType) -> None:
    """Each lane holds what four lanes hold; far operands of sin and cos may put their neighbours onto another path."""
    xs = operands(name, dtype)
    one, other = (compiled(w, dtype)(symbol(name, w, dtype), xs) for w in (width, 4))
    if name in {"sin", "cos"}:
        assert np.allclose(one, other, rtol=4 * np.finfo(dtype).eps, atol=0.0, equal_nan=True)
    else:
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["exp", "log1p", "sin", "erf"])
def test_a_processor_without_fused_multiplication_gives_the_same(name: str) -> None:
    """There the C library multiplies and adds, slowly and as exactly."""
    x = points("float64")
    target = symbol(name, 4, "float64")
    np.testing.assert_array_equal(compiled(4, "float64", plain=True)(target, [x]), compiled(4, "float64")(target, [x]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["exp", "sigmoid"])
def test_underflow_is_monotone(name: str, dtype: DType) -> None:
    """The exponential fades to 0 through the subnormal numbers and never turns."""
    x = np.linspace(-760.0, -700.0, 8000) if dtype == "float64" else np.linspace(-110.0, -80.0, 8000, dtype="float32")
    results = compiled(8, dtype)(symbol(name, 8, dtype), [x])
    assert results[0] == 0.0
    assert results[-1] > 0.0
    assert np.all(np.diff(results) >= 0.0)
