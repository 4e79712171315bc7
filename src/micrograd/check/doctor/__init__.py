"""The doctor: what is wrong with a training loop, in one plain paragraph each, with the line and the remedy."""

from __future__ import annotations

from micrograd.check.doctor.findings import Finding
from micrograd.check.doctor.session import Doctor, doctor

__all__ = ["Doctor", "Finding", "doctor"]
