"""The symptoms that the doctor knows, in one list: each is a function that looks at a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from micrograd.check.doctor import activations, gradients, inputs, numbers, objectives, rates, reach, replaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from micrograd.check.doctor.findings import Finding
    from micrograd.check.doctor.run import Run

__all__ = ["SYMPTOMS", "Symptom"]


@dataclass(frozen=True, slots=True)
class Symptom:
    """Something that the doctor recognises.

    Args:
        when: it is looked for
            "move": after the parameters have moved, or should have;
            "step": at each backward();
            "look": at those whose graph is seen in full;
            "broken": at the first one with a number that is not finite;
            "end": when the loop has ended.
        find: returns the finding, if there is one.
        unless: names of symptoms that would explain this one, and after which it is not looked for.
    """

    when: Literal["move", "step", "look", "broken", "end"]
    find: Callable[[Run], Finding | None]
    unless: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the function that looks for it."""
        return self.find.__name__


_WRONG_GRADIENTS = ("not_zeroed", "wiped", "stale_graph", "replaced_parameters", "grows", "not_the_loss")
_NO_STEPS = (*_WRONG_GRADIENTS, "not_finite")

SYMPTOMS: tuple[Symptom, ...] = (
    Symptom("broken", numbers.not_finite),
    Symptom("move", gradients.wiped),
    Symptom("move", gradients.not_zeroed),
    Symptom("look", gradients.stale_graph),
    Symptom("look", replaced.rebound_names),
    Symptom("look", replaced.replaced_parameters),
    Symptom("look", replaced.grows, ("replaced_parameters",)),
    Symptom("look", replaced.computed_once, ("replaced_parameters", "grows")),
    Symptom("look", reach.not_the_loss, ("grows",)),
    Symptom("end", reach.unreached, ("replaced_parameters",)),
    Symptom("end", inputs.not_standardised),
    Symptom("look", inputs.symmetric),
    Symptom("look", activations.no_nonlinearity),
    Symptom("look", activations.saturated),
    Symptom("step", activations.dead, ("not_finite",)),
    Symptom("look", objectives.softmax_twice),
    Symptom("look", objectives.sigmoid_twice),
    Symptom("look", objectives.hinge_targets),
    Symptom("step", rates.uphill, _NO_STEPS),
    Symptom("step", rates.too_high, (*_NO_STEPS, "uphill")),
    Symptom("end", rates.too_low),
    Symptom("step", gradients.nothing_moves, ("rebound_names", "replaced_parameters")),
)
