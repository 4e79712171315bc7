"""What several losses, optimisers and loops do to each other's graphs and gradients: no alarm, unless one is ill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loops import error, network
from sick_graphs import ELSEWHERE, FIGURES, GRAPHS, figures, penalty_forgotten
from test_illnesses import examined

from micrograd import Value
from micrograd.check.doctor import doctor

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("program", GRAPHS, ids=lambda program: program.__name__)
def test_an_illness_among_several_is_found(program: Callable[..., None]) -> None:
    """It alone is found."""
    assert {finding.kind for finding in examined(program, sick=True).findings} == {GRAPHS[program]}


@pytest.mark.parametrize("program", GRAPHS, ids=lambda program: program.__name__)
def test_without_it_all_is_well(program: Callable[..., None]) -> None:
    """Nothing is found in the same program without the illness."""
    watch = examined(program, sick=False)
    assert str(watch) == f"nothing found in {watch.steps} steps"


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_of_the_loss_is_no_loss(name: str) -> None:
    """What is computed from the loss to be shown before its backward() says nothing against it."""
    with doctor(report=None) as watch:
        figures(FIGURES[name])
    assert str(watch) == "nothing found in 6 steps"


def test_another_part_of_the_loss_is_no_figure() -> None:
    """A penalty that is added to the loss, however that is scaled, belongs to it."""
    with doctor(report=None) as watch:
        penalty_forgotten()
    assert [finding.kind for finding in watch.findings] == [ELSEWHERE]


def test_second_derivatives_by_differences_are_well() -> None:
    """A helper that calls backward() on leaves of its own, between a loss and its step, is another loop."""

    def slope(x: float, y: float) -> tuple[float, float]:
        u, v = Value(x), Value(y)
        ((u - 1.0) ** 4 + (v + 1.0) ** 2 + 0.1 * u * v).backward()
        return u.grad, v.grad

    p, q = Value(3.0), Value(-2.0)
    with doctor(report=None) as watch:
        for _ in range(8):
            p.grad = q.grad = 0.0
            ((p - 1.0) ** 4 + (q + 1.0) ** 2 + 0.1 * p * q).backward()
            bend = [slope(p.data + h, q.data)[0] for h in (1e-5, -1e-5)]
            p.data -= p.grad * 2e-5 / (bend[0] - bend[1])
            q.data -= q.grad / 2.0
    assert str(watch) == f"nothing found in {watch.steps} steps"


def test_a_leftover_counts_where_it_was_left_in_two_steps() -> None:
    """One step with old gradients, as after a look at them, is no illness."""
    model = network()
    with doctor(report=None) as watch:
        for step in range(6):
            loss = error(model)
            if step != 3:
                model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.01 * p.grad
    assert not watch.findings


def test_what_is_reached_in_some_step_has_its_turn() -> None:
    """Of three parts one is drawn in each step: the same one in all that are seen in full, and one never at all."""
    parts = [[Value(0.5), Value(0.1)] for _ in range(3)]
    seen_in_full = {1, 2, 3, 4, 8, 16}
    with doctor(report=None) as watch:
        for step in range(1, 17):
            w, b = parts[0 if step in seen_in_full else 1]
            loss = (w * 2.0 + b - 3.0) ** 2
            for p in [p for part in parts for p in part]:
                p.grad = 0.0
            loss.backward()
            for p in [p for part in parts for p in part]:
                p.data -= 0.01 * p.grad
    assert str(watch) == "nothing found in 16 steps"
