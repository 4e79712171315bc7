"""Pictures of functions, networks and their training, on matplotlib's Axes, which each function returns."""

from __future__ import annotations

from micrograd.plot.curves import loss_curve
from micrograd.plot.film import Film
from micrograd.plot.histograms import activation_histogram, gradient_histogram
from micrograd.plot.lines import tangent
from micrograd.plot.matrices import weights
from micrograd.plot.plane import decision_boundary, surface
from micrograd.plot.style import save_figure

__all__ = [
    "Film",
    "activation_histogram",
    "decision_boundary",
    "gradient_histogram",
    "loss_curve",
    "save_figure",
    "surface",
    "tangent",
    "weights",
]
