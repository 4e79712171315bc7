"""Tests of the curves of training."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pictured import PNG_MAGIC, drawn, legend

from micrograd import plot

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
