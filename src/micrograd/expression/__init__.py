"""Arithmetic written as text, such as "(a*b + c).tanh()", made into a graph of Values; no text is run as Python."""

from __future__ import annotations

from micrograd.expression.build import parse
from micrograd.expression.complaints import ExpressionError

__all__ = ["ExpressionError", "parse"]
