"""Optimisers and schedules: step by step those of PyTorch, and arguments that make none."""

from __future__ import annotations

import copy
import math
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from micrograd.engine import Value
from micrograd.errors import NoGradientWarning
from micrograd.nn import MLP
from micrograd.optim import SGD, Adam, AdamW, Optimizer
from micrograd.schedules import constant, cosine, linear, step_decay

if TYPE_CHECKING:
    from collections.abc import Callable

START = [1.0, -2.0, 0.5, 0.0, 30.0]
STEPS = 60


def gradient(x: float, step: int) -> float:
    """Return a gradient that depends on the parameter and changes sign, size and sometimes vanishes."""
    return 0.0 if step % 7 == 3 else math.sin(5.0 * x + step) * (1.0 + step % 3) + 0.1 * x


def trajectory(optimizer: Optimizer, steps: int = STEPS) -> list[list[float]]:
    """Return where the parameters are after each step."""
    places = []
    for step in range(steps):
        for p in optimizer.params:
            p.grad = gradient(p.data, step)
        optimizer.step()
        places.append([p.data for p in optimizer.params])
    return places


def parameters() -> list[Value]:
    """Return fresh parameters at the start."""
    return [Value(x) for x in START]


def with_gradients() -> list[Value]:
    """Return fresh parameters that have gradients."""
    fresh = parameters()
    for p in fresh:
        p.grad = 1.0
    return fresh


OPTIMIZERS: list[tuple[type[Optimizer], dict[str, Any]]] = [
    (SGD, {"lr": 0.1}),
    (SGD, {"lr": 0.1, "weight_decay": 0.01}),
    (SGD, {"lr": 0.05, "momentum": 0.9}),
    (SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}),
    (SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    (SGD, {}),
    (Adam, {}),
    (Adam, {"lr": 0.1}),
    (Adam, {"lr": 0.05, "betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1}),
    (AdamW, {}),
    (AdamW, {"lr": 0.1, "weight_decay": 0.3, "betas": (0.0, 0.9)}),
]


@pytest.mark.parametrize(("kind", "settings"), OPTIMIZERS)
def test_every_step_is_that_of_pytorch(kind: type[Optimizer], settings: dict[str, Any]) -> None:
    """From the same start with the same gradients, all steps lead where PyTorch's lead."""
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    reference = getattr(torch.optim, kind.__name__)([tensor], **settings)
    for step, place in enumerate(trajectory(kind(parameters(), **settings))):
        tensor.grad = torch.tensor([gradient(x, step) for x in tensor.tolist()], dtype=torch.float64)
        reference.step()
        assert place == pytest.approx(tensor.tolist(), rel=1e-12, abs=1e-12)


SCHEDULES: list[tuple[Callable[[int], float], str, dict[str, Any]]] = [
    (constant(0.5), "ConstantLR", {"factor": 1.0}),
    (linear(0.5, 0.05, steps=40), "LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 40}),
    (step_decay(0.5, every=9), "StepLR", {"step_size": 9}),
    (step_decay(0.5, every=1, factor=0.97), "ExponentialLR", {"gamma": 0.97}),
    (cosine(0.5, 0.01, steps=STEPS), "CosineAnnealingLR", {"T_max": STEPS, "eta_min": 0.01}),
]


@pytest.mark.parametrize(("schedule", "name", "settings"), SCHEDULES)
def test_every_rate_is_that_of_pytorch_s_scheduler(
    schedule: Callable[[int], float], name: str, settings: dict[str, Any]
) -> None:
    """A schedule drives an optimiser as PyTorch's scheduler does, rate by rate and place by place."""
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    reference = torch.optim.SGD([tensor], lr=0.5, momentum=0.5)
    scheduler = getattr(torch.optim.lr_scheduler, name)(reference, **settings)
    ours = SGD(parameters(), lr=schedule, momentum=0.5)
    for step in range(STEPS):
        assert ours.rate == pytest.approx(scheduler.get_last_lr()[0], rel=1e-12)
        # The gradients do not depend on the place: at these rates that loop would amplify every rounding.
        gradients = [gradient(x, step) for x in START]
        tensor.grad = torch.tensor(gradients, dtype=torch.float64)
        for p, g in zip(ours.params, gradients, strict=True):
            p.grad = g
        reference.step()
        scheduler.step()
        ours.step()
        assert [p.data for p in ours.params] == pytest.approx(tensor.tolist(), rel=1e-12, abs=1e-12)


def test_linear_is_the_demo_s_learning_rate() -> None:
    """From 1.0 to 0.1 over 100 steps it is `1.0 - 0.9 * k / 100`, bit for bit, and ends there exactly."""
    rate = linear(1.0, 0.1, steps=100)
    assert [rate(k) for k in range(100)] == [1.0 - 0.9 * k / 100 for k in range(100)]
    assert rate(100) == rate(1000) == 0.1


def test_schedules_stay_at_their_end() -> None:
    """Past the last step linear and cosine give the end's rate, and a cosine does not rise again."""
    assert [cosine(1.0, 0.25, steps=4)(k) for k in (4, 5, 100)] == [0.25, 0.25, 0.25]
    assert linear(0.0, 0.5, steps=1)(0) == 0.0


@pytest.mark.parametrize("schedule", [linear(1.0, 0.1), cosine(1.0), constant(0.5), step_decay(1.0, 10)])
def test_an_open_length_is_filled_in_once(schedule: Any) -> None:  # noqa: ANN401  # each is of another class
    """`with_horizon` sets a length that was left open, and leaves one that was given, or is not needed."""
    known = schedule.with_horizon(20)
    assert known.with_horizon(50) == known
    assert known(5) >= known(19) >= 0.0
    assert (known is schedule) == (not hasattr(schedule, "steps"))
    assert copy.deepcopy(known) == known == pickle.loads(pickle.dumps(known))  # noqa: S301  # our own bytes


def test_a_schedule_without_length_asks_for_one() -> None:
    """A step with a schedule of open length says how to give it one, and moves nothing."""
    optimizer = SGD(with_gradients(), lr=linear(1.0, 0.1))
    with pytest.raises(ValueError, match=r"linear\(start=1.0, end=0.1, steps=None\) has no length yet"):
        optimizer.step()
    assert (optimizer.steps, [p.data for p in optimizer.params]) == (0, START)
    optimizer.set_horizon(2)
    assert optimizer.rate == 1.0
    optimizer.step()
    assert optimizer.rate == 0.55


def test_set_horizon_leaves_other_rates_alone() -> None:
    """A number and a plain function are rates of any length."""
    for lr in (0.1, lambda step: 0.1 / (step + 1)):
        optimizer = SGD(parameters(), lr=lr)
        optimizer.set_horizon(10)
        assert optimizer.lr is lr
        assert optimizer.rate == 0.1


def test_a_bad_rate_of_a_schedule_is_refused() -> None:
    """A schedule that gives no usable rate is found out before anything moves."""
    optimizer = SGD(with_gradients(), lr=lambda step: -1.0 if step else 0.1)
    optimizer.step()
    with pytest.raises(ValueError, match=r"learning rate of step 1 must be .* got -1.0"):
        optimizer.step()


def test_training_a_network_goes_down() -> None:
    """Each optimiser brings the lecture's loss on a small network down."""
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    for kind in (SGD, Adam, AdamW):
        model = MLP(3, [4, 1], activation="tanh", init="xavier")
        optimizer = kind(model.parameters(), lr=0.05)
        losses = []
        for _ in range(30):
            loss = Value(0.0)
            for x, y in zip(xs, ys, strict=True):
                loss = loss + (model(x) - y) ** 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.data)
        assert losses[-1] < losses[0]


def test_parameters_may_come_later() -> None:
    """An optimiser made without parameters moves those that are bound to it like one made with them."""
    early, late = Adam(parameters(), lr=0.1), Adam(lr=0.1)
    with pytest.raises(ValueError, match="Adam has no parameters to move"):
        late.step()
    assert late.bind(parameters()) is late
    assert trajectory(early) == trajectory(late)


def test_binding_again_keeps_the_state() -> None:
    """The same parameters may be bound again and nothing is lost; others are refused."""
    ours = parameters()
    optimizer = SGD(ours, lr=0.1, momentum=0.9)
    trajectory(optimizer, 3)
    before = optimizer.state_dict()
    optimizer.bind(ours)
    assert optimizer.state_dict() == before
    with pytest.raises(ValueError, match="moves 5 other parameters"):
        optimizer.bind(parameters())


def test_zero_grad() -> None:
    """All gradients are 0 afterwards."""
    optimizer = SGD(parameters(), lr=0.1)
    for p in optimizer.params:
        p.grad = 1.0
    optimizer.zero_grad()
    assert [p.grad for p in optimizer.params] == [0.0] * 5


@pytest.mark.parametrize(("kind", "settings"), OPTIMIZERS)
def test_a_state_carries_over(kind: type[Optimizer], settings: dict[str, Any]) -> None:
    """An optimiser that loads the state of another goes on exactly as that one does."""
    first = kind(parameters(), **settings)
    places = trajectory(first, 20)
    second = kind([Value(x) for x in places[-1]], **settings)
    second.load_state_dict(first.state_dict())
    assert second.state_dict() == first.state_dict()
    assert trajectory(second, 20) == trajectory(first, 20)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"steps": 3},
        {"velocity": [0.0] * 5},
        {"steps": 3, "velocity": [0.0] * 4},
        {"steps": 3, "velocity": 0.0},
        {"steps": 1.5, "velocity": [0.0] * 5},
        {"steps": 3, "means": [0.0] * 5, "squares": [0.0] * 5},
        {"steps": 3, "velocity": ["x"] * 5},
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(state: dict[str, Any]) -> None:
    """A state of another optimiser or of other parameters is refused and leaves all as it was."""
    optimizer = SGD(parameters(), lr=0.1, momentum=0.9)
    trajectory(optimizer, 3)
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=r"SGD needs|could not convert"):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == before


def test_gradients_that_are_values_are_taken_as_numbers() -> None:
    """After backward(create_graph=True) a step moves by the numbers and keeps no graph alive."""
    w = Value(3.0)
    (w * w).backward(create_graph=True)
    optimizer = SGD([w], lr=0.125, momentum=0.5)
    optimizer.step()
    assert (w.data, optimizer.state_dict()["velocity"]) == (2.25, [6.0])
    assert type(optimizer.velocity[0]) is float


@pytest.mark.parametrize(
    ("kind", "args", "settings", "error", "words"),
    [
        (SGD, (0.1,), {}, TypeError, "params must be a sequence of Values.* got 0.1"),
        (SGD, (MLP(2, [1]),), {}, TypeError, "such as model.parameters"),
        (SGD, (MLP(2, [1]).parameters,), {}, TypeError, "; call it, with parentheses"),
        (Adam, (), {"betas": 0.9}, TypeError, r"betas must be a pair, such as \(0.9, 0.999\); got 0.9"),
        (SGD, ([1.0],), {}, TypeError, r"params\[0\] must be a Value .* got 1.0"),
        (SGD, ([Value(1.0), Value(1.0) * 2.0],), {}, TypeError, r"params\[1\] .* not computed from others"),
        (Adam, ([],), {}, ValueError, "at least one Value"),
        (SGD, ([Value(1.0)] * 2,), {}, ValueError, "each only once; got 2"),
        (SGD, (), {"lr": -0.1}, ValueError, "lr must be a finite number, 0 or more; got -0.1"),
        (SGD, (), {"lr": math.nan}, ValueError, "lr must be .* got nan"),
        (SGD, (), {"lr": "0.1"}, ValueError, "lr must be .* got '0.1'"),
        (SGD, (), {"momentum": -1.0}, ValueError, "momentum must be .* got -1.0"),
        (SGD, (), {"nesterov": True}, ValueError, "nesterov looks ahead"),
        (AdamW, (), {"weight_decay": -1.0}, ValueError, "weight_decay must be .* got -1.0"),
        (Adam, (), {"eps": 0.0}, ValueError, "eps be more than 0; got .* 0.0"),
        (Adam, (), {"betas": (0.9, 1.0)}, ValueError, r"betas must lie in \[0, 1\)"),
        (Adam, (), {"betas": (0.9,)}, ValueError, "not enough values"),
        (constant, (-1.0,), {}, ValueError, "lr must be"),
        (linear, (1.0, -0.1), {}, ValueError, "end must be"),
        (linear, (math.inf, 0.1), {}, ValueError, "start must be"),
        (linear, (1.0, 0.1), {"steps": 0}, ValueError, "steps must be a whole number, 1 or more; got 0"),
        (cosine, (1.0,), {"steps": 2.5}, ValueError, "steps must be .* got 2.5"),
        (cosine, (-1.0,), {}, ValueError, "start must be"),
        (step_decay, (1.0,), {"every": 0}, ValueError, "every must be"),
        (step_decay, (1.0,), {"every": 2, "factor": -1.0}, ValueError, "factor must be"),
        (linear(1.0, 0.1).with_horizon, (0,), {}, ValueError, "steps must be"),
    ],
)
def test_arguments_out_of_range_are_refused(
    kind: Callable[..., object],
    args: tuple[Any, ...],
    settings: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    """The error names the argument, its range and what was given."""
    with pytest.raises(error, match=words):
        kind(*args, **settings)


@pytest.mark.parametrize("kind", [SGD, Adam, AdamW])
def test_a_first_step_without_a_gradient_warns(kind: Callable[..., Optimizer]) -> None:
    """A step before backward(), or right after zero_grad(), or of parameters that the loss does not reach."""
    for prepare in (lambda _: None, Value.backward):
        w = Value(3.0)
        prepare(w * w)
        optimizer = kind([w, Value(1.0)])
        optimizer.zero_grad()
        with pytest.warns(
            NoGradientWarning, match=r"call loss.backward\(\) after zero_grad\(\) and before step\(\)"
        ) as caught:
            optimizer.step()
        assert caught[0].filename == __file__
        optimizer.step()  # warns once


def test_a_parameter_out_of_reach_does_not_stop_training() -> None:
    """One with a gradient is enough, and a gradient that is 0 is one."""
    w, other = Value(3.0), Value(1.0)
    (0.0 * w).backward()
    SGD([other, w]).step()
    assert (w.data, other.data) == (3.0, 1.0)
