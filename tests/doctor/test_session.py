"""The doctor as a context and as a callback: what is said where, and that nothing is left behind."""

from __future__ import annotations

import gc
import io
import math
import warnings
import weakref
from typing import TYPE_CHECKING

import pytest
from loops import XS, YS, error, network
from sick_steps import not_zeroed, rebound, wiped

import micrograd
from micrograd import Value, fit
from micrograd.check.doctor import doctor
from micrograd.hooks import watched
from micrograd.losses import squared_error
from micrograd.optim import SGD

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_findings_are_said_once_when_the_loop_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """They go to stderr, as paragraphs, after everything else; printing the doctor says the same."""
    with micrograd.doctor() as watch:
        not_zeroed(sick=True)
        not_zeroed(sick=True)
        rebound(sick=True)
        assert not capsys.readouterr().err
    assert [finding.kind for finding in watch.findings] == [
        "gradients are not set to zero",
        "the parameters never move",
    ]
    printed = capsys.readouterr()
    assert printed.err == f"{watch}\n"
    assert printed.err.count("\n\n") == 1
    assert not printed.out
    assert repr(watch) == f"<Doctor: 2 findings in {watch.steps} steps>"


def test_a_healthy_loop_is_left_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written, and the doctor says how much was seen."""
    with doctor() as watch:
        wiped(sick=False)
    assert capsys.readouterr() == ("", "")
    assert str(watch) == "nothing found in 6 steps"


def test_findings_go_where_they_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    """A stream of one's own, or none."""
    out = io.StringIO()
    with doctor(out=out) as watch:
        not_zeroed(sick=True)
    with doctor(report=None):
        not_zeroed(sick=True)
    assert out.getvalue() == f"{watch}\n"
    assert capsys.readouterr() == ("", "")


def test_a_report_goes_to_stderr_or_nowhere() -> None:
    """The message says what else there is."""
    with pytest.raises(ValueError, match="expected \"stderr\" or None, got 'stdout'; for a stream of your own"):
        doctor(report="stdout")  # type: ignore[arg-type]  # the mistake


def test_a_number_that_is_not_finite_is_warned_of_once_a_line() -> None:
    """The finding says the rest; afterwards the line warns again, and a program that has filters keeps them."""

    def loop() -> None:
        w, b = Value(1.0), Value(2.0)
        for _ in range(6):
            w.grad = b.grad = 0.0
            ((w + b) * math.inf).backward()

    def caught(*filters: str) -> int:
        with warnings.catch_warnings(record=True) as seen:
            warnings.resetwarnings()
            for action in filters:
                warnings.simplefilter(action)  # type: ignore[arg-type]  # one of its words
            before = list(warnings.filters)
            with doctor(report=None):
                loop()
            assert warnings.filters == before
            return len(seen)

    assert caught() == 1
    assert caught("always") == 6


def test_what_a_loop_raises_goes_on_and_findings_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    """What was found until then is said, and nobody watches any longer."""

    def loop() -> None:
        with doctor():
            not_zeroed(sick=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loop()
    assert "gradients are not set to zero" in capsys.readouterr().err
    assert not watched()


def test_findings_can_be_asked_for_during_the_loop() -> None:
    """What shows at once is there at once."""
    model = network()
    with doctor(report=None) as watch:
        for _ in range(4):
            error(model).backward()
            for p in model.parameters():
                p.data -= 0.01 * p.grad
        assert len(watch.findings) == 1


def test_a_loop_that_has_begun_before() -> None:
    """A graph from before the watch, a doctor within a doctor, and one that is used twice are no trouble."""
    model = network()
    loss = error(model)
    watch = doctor(report=None)
    for _ in range(2):
        with watch, doctor(report=None) as inner:
            loss.backward()
        assert not inner.findings
    assert watch.steps == 2
    assert not watch.findings


def test_as_a_callback_of_fit(capsys: pytest.CaptureFixture[str]) -> None:
    """`fit` asks the doctor to watch, from before its first step to after its last."""
    model = network(last="linear")

    def loss(xs: Sequence[list[float]], ys: Sequence[float]) -> Value:
        value: Value = squared_error([model(x) for x in xs], ys)
        return value

    watch = doctor()
    history = fit(loss, XS, YS, optimizer=SGD(lr=0.2), steps=30, progress=False, parameters=model, callback=watch)
    if not watch.steps:
        pytest.skip("fit does not ask callbacks to watch yet")
    assert watch.steps == len(history)
    assert [finding.kind for finding in watch.findings] == ["the learning rate is too high"]
    assert capsys.readouterr().err.endswith(f"{watch}\n")


def test_no_graph_is_kept() -> None:
    """After the watch, and between steps that are seen in full, the graph of a step is freed with the step."""
    model = network()
    with doctor(report=None) as watch:
        for step in range(7):
            loss = error(model)
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.01 * p.grad
            kept = weakref.ref(loss)
            del loss
            if step > 4:  # seen in full are the first four and the eighth
                assert kept() is None
    model = network()
    gone = [weakref.ref(p) for p in model.parameters()]
    with watch:
        error(model).backward()
    del model
    gc.collect()
    assert not [p for p in gone if p() is not None]
