"""Tests of the check of the first call: it finds errors of the compiler, and takes roundings for what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from micrograd import Value, softmax
from micrograd.errors import CompileError

np = pytest.importorskip("numpy")

from micrograd.compiler.frontend import compile  # noqa: A004, E402  # it needs NumPy
from micrograd.compiler.ports import Ports  # noqa: E402  # as above

if TYPE_CHECKING:
    from collections.abc import Callable


def fit_that_is_perfect(w: Value) -> Any:  # noqa: ANN401
    """Return squares of differences that are nothing but roundings."""
    return sum((w * (x * 0.1) - w * x * 0.1) ** 2 for x in (3.0, 700.0, 1e5))


def difference_of_moments(w: Value) -> Any:  # noqa: ANN401
    """Return a variance in the way that loses digits."""
    xs = [w * 1e8 + i for i in range(50)]
    return sum(x * x for x in xs) * (1.0 / 50.0) - (sum(xs) * (1.0 / 50.0)) ** 2


@pytest.mark.parametrize(
    "function",
    [
        fit_that_is_perfect,
        difference_of_moments,
        lambda w: (w * 0.1 + 1e16) - 1e16,
        lambda w: w * 0.1 * 10.0 - w,
        lambda w: sum(softmax([w, w * 2.0, w - 1.0])),
        lambda w: w * 1e-300 * 1e-15,
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("several", [False, True])
def test_roundings_are_no_errors(function: Callable[[Value], Any], dtype: Any, several: bool) -> None:  # noqa: ANN401, FBT001
    """What cancels keeps an error of the size of what was added up, and this is nobody's fault."""
    w = Value(1.1)
    out = compile(lambda w: [function(w), w * 1.0] if several else function(w), dtype=dtype)(w)
    (out[0] if several else out).backward()


def test_float32_overflows_as_it_does() -> None:
    """A result that is too large is infinite; one that only passes through such a number is an error that says so."""
    assert compile(lambda x: x * x, dtype="float32")(1e30).data == np.inf
    with pytest.raises(CompileError, match="float32 holds 7 digits"):
        compile(lambda x: x * x * 1e-30, dtype="float32")(1e25)


@pytest.mark.parametrize("factor", [1.0 + 1e-7, -1.0, np.nan])
@pytest.mark.parametrize("part", ["output", "gradient"])
def test_wrong_numbers_are_found(monkeypatch: pytest.MonkeyPatch, part: str, factor: float) -> None:
    """In outputs and gradients, by all that is not rounding."""
    run = Ports.run

    def wrong(ports: Ports) -> None:
        run(ports)
        getattr(ports, part)[0] *= factor

    monkeypatch.setattr(Ports, "run", wrong)
    w, v = Value(0.5), Value(3.0, label="v")
    name = "output 0" if part == "output" else r"parameter 0"
    with pytest.raises(CompileError, match=f"{name}.* is .* compiled and .* in the plain function"):
        compile(lambda x: (w * x).exp() + v)(2.0)


def test_plain_numbers_among_the_results() -> None:
    """They are constants of the program, and checked as the others are."""
    assert [x.data for x in compile(lambda x: [x * 2.0, 7.0, 3])(1.0)] == [2.0, 7.0, 3.0]
