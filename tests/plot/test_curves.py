"""Tests of the curves of training."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from pictured import PNG_MAGIC, drawn, legend

from micrograd import History, Value, plot

pytest.importorskip("matplotlib")


def test_a_curve_has_a_point_for_each_number() -> None:
    """Training and held-out rows have a line each, told apart by colour and stroke."""
    ax = plot.loss_curve([3.0, 2.0, 1.0], held_out=[3.5, 2.5, 2.0], unit="epoch", name="cross-entropy", title="T")
    first, second = ax.lines
    assert [*np.asarray(first.get_xdata())] == [1, 2, 3]
    assert [*np.asarray(second.get_ydata())] == [3.5, 2.5, 2.0]
    assert first.get_color() != second.get_color()
    assert first.get_linestyle() != second.get_linestyle()
    assert legend(ax) == ["training rows", "held-out rows"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("epoch", "cross-entropy", "T")


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([1.0, 0.5], "linear"),
        ([1.0, 0.05], "log"),
        ([1.0, 1e-9], "log"),
        ([1.0, 0.0], "linear"),
        ([math.inf, 1.0, math.nan], "linear"),
        ([math.nan], "linear"),
        ([1.0], "linear"),
        ([], "linear"),
    ],
)
def test_the_scale_suits_the_numbers(losses: list[float], scale: str) -> None:
    """It is logarithmic where the loss spans a factor of 10 and is never 0; any numbers can be drawn."""
    ax = plot.loss_curve(losses)
    assert ax.get_yscale() == scale
    assert drawn(ax).startswith(PNG_MAGIC)


def test_a_history_stands_for_its_losses() -> None:
    """It can be given as it is, as can Values."""
    line = plot.loss_curve(History(losses=[3.0, 2.0])).lines[0]
    assert np.asarray(line.get_ydata()).tolist() == [3.0, 2.0]
    wanted: Any = [Value(3.0), Value(2.0)]
    assert np.asarray(plot.loss_curve(wanted).lines[0].get_ydata()).tolist() == [3.0, 2.0]
    assert legend(plot.loss_curve([1.0], held_out=History(losses=[2.0]))) == ["training rows", "held-out rows"]


@pytest.mark.parametrize(
    ("losses", "lone"),
    [
        ([1.0, 0.5, math.nan, 0.1], [3]),
        ([math.inf, 1.0, math.nan, 0.5, 0.4], [1]),
        ([1.0, math.nan, 0.5], [0, 2]),
        ([1.0], [0]),
        ([1.0, 0.5], []),
        ([math.nan], []),
    ],
)
def test_a_lone_point_is_a_dot(losses: list[float], lone: list[int]) -> None:
    """No line leads to it, so it would not be seen; points that a line joins have no dots."""
    line = plot.loss_curve(losses).lines[0]
    dotted = line.get_markevery() if line.get_marker() == "o" else []
    assert [i for i in np.asarray(dotted, dtype=int).tolist() if math.isfinite(losses[i])] == lone


@pytest.mark.parametrize(
    ("losses", "words"),
    [([], "no epochs yet"), ([math.nan, math.inf], "no epoch has a finite error"), ([math.nan, 1.0], None)],
)
def test_a_picture_of_nothing_says_so(losses: list[float], words: str | None) -> None:
    """No empty picture is left unexplained, and no scale stands beside what is not there."""
    ax = plot.loss_curve(losses, unit="epoch", name="error")
    assert [text.get_text() for text in ax.texts] == ([] if words is None else [words])
    assert (len(ax.get_xticks()) == 0) == (words is not None)


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        (3.0, "losses must be numbers, one a step, such as history.losses; got 3.0: give a list"),
        ("0.5", "losses must be numbers, one a step, such as history.losses; got '0.5': give a list"),
        ([1.0, "0.5"], "losses must be numbers, one a step, such as history.losses; losses[1] is '0.5'"),
        ([1.0, None], "losses must be numbers, one a step, such as history.losses; losses[1] is None"),
    ],
)
def test_what_is_no_curve_is_refused(losses: Any, message: str) -> None:  # noqa: ANN401  # what is none
    """The error says what was expected, and which number is none."""
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        plot.loss_curve(losses)
    with pytest.raises(TypeError, match=re.escape(message.replace("losses must", "held_out must")[:30])):
        plot.loss_curve([1.0], held_out=losses)
