"""Each illness is found in a program that has it, by its name and at its line; the same program without it is well."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from sick_networks import NETWORKS
from sick_steps import HEALTHY, STEPS

from micrograd.check.doctor import Doctor, Finding, doctor
from micrograd.check.doctor.symptoms import SYMPTOMS

if TYPE_CHECKING:
    from collections.abc import Callable

ILLNESSES = STEPS | NETWORKS

# What the line of a finding must be, where there is one line only that it can be.
LINES = {
    "not_zeroed": "((model(x) - y) ** 2).backward()",
    "wiped": "optimizer.step()",
    "step_before_backward": "optimizer.step()",
    "no_step": "loss.backward()",
    "rebound": "p -= 0.05 * p.grad  # noqa: PLW2901  # the mistake",
    "replaced": "n.w = [w - 0.05 * w.grad if sick else Value(w.data - 0.05 * w.grad) for w in n.w]",
    "total_grows": "total = total + (loss if sick else loss.data)",
    "state_grows": "state = tanh(w * state + u * x)",
    "leak": "numbers = [n.data for n in hidden]",
    "of_a_prediction": "(prediction if sick else loss).backward()",
    "uphill": "p.data -= rate * p.grad",
    "too_high": "p.data -= rate * p.grad",
    "too_low": "p.data -= rate * p.grad",
    "linear_layers": "return outer(hidden if sick else [n.tanh() for n in hidden])",
    "logarithm_of_zero": "(-p.log()).backward()",
}


def examined(program: Callable[..., None], *, sick: bool) -> Doctor:
    """Return the doctor after a program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the engine and the optimisers warn of some of it as well
        with doctor(report=None) as watch:
            program(sick=sick)
    return watch


def finding_in(program: Callable[..., None]) -> Finding:
    """Return the only finding of a sick program."""
    findings = examined(program, sick=True).findings
    assert len(findings) == 1, [finding.kind for finding in findings]
    return findings[0]


@pytest.mark.parametrize("program", ILLNESSES, ids=lambda program: program.__name__)
def test_an_illness_is_found(program: Callable[..., None]) -> None:
    """It alone is found, once, in a file of the program's and not of this package's."""
    finding = finding_in(program)
    assert finding.kind == ILLNESSES[program]
    assert "/tests/doctor/" in finding.place.file.replace("\\", "/")


@pytest.mark.parametrize("program", [*ILLNESSES, *HEALTHY], ids=lambda program: program.__name__)
def test_its_healthy_twin_is_well(program: Callable[..., None]) -> None:
    """Nothing is found in the same program without the illness."""
    watch = examined(program, sick=False)
    assert str(watch) == f"nothing found in {watch.steps} steps"


@pytest.mark.parametrize("name", LINES)
def test_the_line_is_where_to_mend_it(name: str) -> None:
    """The line of a finding is the one that does it."""
    program = next(program for program in ILLNESSES if program.__name__ == name)
    assert finding_in(program).place.text() == LINES[name]


@pytest.mark.parametrize("program", ILLNESSES, ids=lambda program: program.__name__)
def test_a_finding_is_a_paragraph_in_plain_words(program: Callable[..., None]) -> None:
    """It begins with the line, has whole sentences with a number of what was seen, and says what to do."""
    finding = finding_in(program)
    assert str(finding).startswith(f"{finding.place}: {finding.kind}.")
    assert all(len(line) <= 100 for line in str(finding).splitlines())
    assert finding.text.endswith(".")
    assert finding.advice.endswith(".")
    assert "  " not in finding.text + finding.advice
    assert "None" not in finding.text


def test_every_symptom_has_a_program() -> None:
    """The table of symptoms holds no illness that is not tested here, and each name once."""
    names = [symptom.name for symptom in SYMPTOMS]
    assert len(set(names)) == len(names)
    found = {finding_in(program).kind for program in ILLNESSES}
    assert len(found) == len(names) + 1  # numbers and gradients that are not finite are one symptom
    assert set().union(*(symptom.unless for symptom in SYMPTOMS)) <= set(names)
