"""Losses: their values and gradients against the published demo and PyTorch, and batches that are none."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest

from micrograd.engine import Value
from micrograd.losses import binary_cross_entropy, cross_entropy, hinge, l1, l2, squared_error
from micrograd.nn import MLP

if TYPE_CHECKING:
    from collections.abc import Callable

SCORES = [0.5, -2.0, 3.0, -0.25, 1.0]
SIGNS = [1, -1, -1, 1, 1]
LABELS = [1.0, 0.0, 0.3, 0.0, 1.0]
ROWS = [[1.0, 2.0, -3.0], [0.0, 0.0, 0.0], [40.0, -2.0, 1.5]]
CLASSES = [1, 0, 2]


def values(numbers: list[float]) -> list[Value]:
    """Return a Value for each number."""
    return [Value(number) for number in numbers]


def test_the_moons_demo_starts_where_the_published_one_does() -> None:
    """Seeded alike, data, network, hinge loss and penalty give the published demo's first loss exactly."""
    np = pytest.importorskip("numpy")
    datasets = pytest.importorskip("sklearn.datasets")
    random.seed(1337)
    np.random.seed(1337)
    points, labels = datasets.make_moons(n_samples=100, noise=0.1)
    model = MLP(2, [16, 16, 1], activation="relu")
    scores = [model(list(map(Value, point))) for point in points]
    loss = hinge(scores, labels * 2 - 1) + l2(model.parameters())
    assert loss.data == 0.8958441028683222


def test_squared_error_is_the_lecture_s_sum() -> None:
    """The default adds the squared differences in the order of the samples, bit for bit."""
    targets = [0.1 * k for k in range(5)]
    expected = 0.0
    for score, target in zip(SCORES, targets, strict=True):
        expected = expected + (score - target) ** 2
    assert squared_error(values(SCORES), targets).data == expected


def test_losses_are_those_of_pytorch() -> None:
    """Value and gradient of each loss agree with PyTorch's, as a mean and as a sum."""
    torch = pytest.importorskip("torch")
    nn = torch.nn.functional
    for reduction in ("mean", "sum"):
        for ours, theirs, targets in (
            (squared_error, nn.mse_loss, LABELS),
            (binary_cross_entropy, nn.binary_cross_entropy_with_logits, LABELS),
        ):
            scores = values(SCORES)
            loss = ours(scores, targets, reduction=reduction)
            loss.backward()
            x = torch.tensor(SCORES, dtype=torch.float64, requires_grad=True)
            expected = theirs(x, torch.tensor(targets, dtype=torch.float64), reduction=reduction)
            expected.backward()
            assert loss.data == pytest.approx(expected.item(), rel=1e-13)
            assert [v.grad for v in scores] == pytest.approx(x.grad.tolist(), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_cross_entropy_is_that_of_pytorch(reduction: Any) -> None:  # noqa: ANN401  # one of two words
    """Value and gradient agree with PyTorch's cross_entropy from logits."""
    torch = pytest.importorskip("torch")
    rows = [values(row) for row in ROWS]
    loss = cross_entropy(rows, CLASSES, reduction=reduction)
    loss.backward()
    x = torch.tensor(ROWS, dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(x, torch.tensor(CLASSES), reduction=reduction)
    expected.backward()
    assert loss.data == pytest.approx(expected.item(), rel=1e-13)
    for row, gradients in zip(rows, x.grad.tolist(), strict=True):
        assert [v.grad for v in row] == pytest.approx(gradients, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_hinge_is_relu_of_one_less_the_margin(reduction: Any) -> None:  # noqa: ANN401  # one of two words
    """Samples with a margin of 1 or more add nothing, all others what they lack; so do the gradients."""
    scores = values(SCORES)
    loss = hinge(scores, SIGNS, reduction=reduction)
    loss.backward()
    share = 0.2 if reduction == "mean" else 1.0
    assert loss.data == pytest.approx((0.5 + 0.0 + 4.0 + 1.25 + 0.0) * share)
    assert [v.grad for v in scores] == pytest.approx([-share, 0.0, share, -share, 0.0])


def test_the_mean_is_rounded_as_in_the_published_demo() -> None:
    """The sum is multiplied by 1 / n, which is not always the quotient."""
    assert hinge(values([-4.0, 1.0, 1.0]), [1, 1, 1]).data == 5.0 * (1.0 / 3.0) != 5.0 / 3.0


def test_penalties() -> None:
    """l1 is alpha times the sum of sizes, l2 of squares; the default strength is the demo's."""
    parameters = values([3.0, -4.0, 0.0])
    assert l1(parameters, alpha=0.5).data == 3.5
    assert l1(parameters).data == 1e-4 * 7.0
    assert l2(parameters).data == 1e-4 * 25.0
    penalty = l1(parameters, alpha=0.5) + l2(parameters, alpha=0.5)
    penalty.backward()
    assert [p.grad for p in parameters] == [3.5, -4.5, 0.0]


@pytest.mark.parametrize(("logit", "target"), [(1e4, 1.0), (-1e4, 0.0), (1e4, 0.0), (-1e4, 1.0)])
def test_cross_entropies_bear_large_logits(logit: float, target: float) -> None:
    """Where an exponential would overflow, loss and gradient stay exact."""
    wrong = (logit > 0.0) != (target == 1.0)
    z = Value(logit)
    loss = binary_cross_entropy([z], [target])
    loss.backward()
    assert loss.data == (1e4 if wrong else 0.0)
    assert z.grad == (math.copysign(1.0, logit) if wrong else 0.0)
    assert cross_entropy([values([0.0, logit])], [int(target)]).data == (1e4 if wrong else 0.0)


@pytest.mark.parametrize(
    ("loss", "answers", "targets"),
    [
        (squared_error, SCORES, LABELS),
        (hinge, SCORES, SIGNS),
        (binary_cross_entropy, SCORES, LABELS),
        (cross_entropy, ROWS, CLASSES),
    ],
)
def test_numbers_values_and_rows_of_one_are_alike(
    loss: Callable[..., Any], answers: list[Any], targets: list[float]
) -> None:
    """Plain numbers give a float; Values, generators and rows of one give the same number as a Value."""
    plain = loss(answers, targets)
    assert type(plain) is float
    wrapped = [values(a) if isinstance(a, list) else Value(a) for a in answers]
    rows = [a if isinstance(a, list) else [a] for a in wrapped]
    for batch in (wrapped, rows, (row for row in rows), tuple(rows)):
        result = loss(batch, targets)
        assert isinstance(result, Value)
        assert result.data == plain


def test_numpy_batches() -> None:
    """Arrays of scores and targets are batches too."""
    np = pytest.importorskip("numpy")
    assert squared_error(np.array(SCORES), np.array(LABELS)) == squared_error(SCORES, LABELS)
    assert hinge(np.array(SCORES), np.array(SIGNS)) == hinge(SCORES, SIGNS)
    assert binary_cross_entropy(np.array(SCORES), np.array(LABELS)) == binary_cross_entropy(SCORES, LABELS)
    assert cross_entropy(np.array(ROWS), np.array(CLASSES)) == cross_entropy(ROWS, CLASSES)


def test_squared_error_of_several_outputs() -> None:
    """Rows of outputs are compared number by number, and the mean is over all numbers."""
    assert squared_error([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [2.0, 4.0]]) == 5.0
    assert squared_error([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [2.0, 4.0]], reduction="mean") == 1.25


def test_targets_that_are_values_get_gradients() -> None:
    """A target may be a Value: it is taken as it is, in range or not, and differentiated like any other."""
    target = Value(2.0)
    squared_error([1.0], [target]).backward()  # type: ignore[attr-defined]
    assert target.grad == 2.0
    hinge([Value(0.25)], [target]).backward()
    assert target.grad == 1.75
    binary_cross_entropy([Value(0.5)], [target]).backward()
    assert target.grad == 1.25


@pytest.mark.parametrize(
    ("loss", "args", "settings", "error", "words"),
    [
        (squared_error, ([], []), {}, ValueError, "batch is empty"),
        (hinge, ([], []), {}, ValueError, "batch is empty"),
        (binary_cross_entropy, ([], []), {}, ValueError, "batch is empty"),
        (cross_entropy, ([], []), {}, ValueError, "batch is empty"),
        (squared_error, ([1.0], []), {}, ValueError, "1 predictions and 0 targets"),
        (hinge, ([1.0], [1, 1]), {}, ValueError, "1 scores and 2 targets"),
        (binary_cross_entropy, ([1.0, 2.0], [1]), {}, ValueError, "2 logits and 1 targets"),
        (cross_entropy, ([[1.0]], [0, 0]), {}, ValueError, "1 logits and 2 classes"),
        (squared_error, (Value(1.0), [1.0]), {}, TypeError, "predictions must be a sequence .*Value"),
        (hinge, ([1.0], 1.0), {}, TypeError, "targets must be a sequence .* got 1.0"),
        (
            squared_error,
            ([1.0, [1.0, 2.0]], [1.0, 2.0]),
            {},
            ValueError,
            "sample 1 has 2 predictions and 1",
        ),
        (hinge, ([1.0, [1.0, 2.0]], [1, 1]), {}, ValueError, r"scores\[1\] holds 2 numbers"),
        (
            hinge,
            ([1.0, 1.0], [1, 0]),
            {},
            ValueError,
            r"targets\[1\] must be 1 or -1, got 0; .* 2 \* y - 1",
        ),
        (hinge, ([1.0], [math.nan]), {}, ValueError, r"targets\[0\] must be 1 or -1, got nan"),
        (binary_cross_entropy, ([1.0], [-1]), {}, ValueError, r"targets\[0\] must be in \[0, 1\], got -1"),
        (binary_cross_entropy, ([1.0], [math.nan]), {}, ValueError, "got nan"),
        (cross_entropy, ([[1.0, 2.0]], [2]), {}, ValueError, r"classes\[0\] must be .* 0 to 1, got 2"),
        (cross_entropy, ([[1.0, 2.0]], [-1]), {}, ValueError, "got -1"),
        (cross_entropy, ([[1.0, 2.0]], [1.0]), {}, TypeError, "whole number from 0 to 1, got 1.0"),
        (squared_error, ([1.0], [1.0]), {"reduction": "max"}, ValueError, "reduction must be .* got 'max'"),
        (squared_error, ([1.0], ["x"]), {}, TypeError, r"targets\[0\] must be a number or a Value, got 'x'"),
        (squared_error, ([None], [1.0]), {}, TypeError, r"predictions\[0\] must be .* got None"),
        (hinge, ([1.0], ["cat"]), {}, TypeError, r"targets\[0\] .* got 'cat'; give each class a number"),
        (binary_cross_entropy, ([[1.0]], [[None]]), {}, TypeError, r"targets\[0\] must be .* got None"),
        (hinge, ([1, -1], values([1.0, 1.0])), {}, TypeError, "give the scores first, then the targets"),
        (binary_cross_entropy, ([1.0], [Value(1.0)]), {}, TypeError, "give the logits first, then the targets"),
        (cross_entropy, ([1, 0], [[1.0, 2.0], [3.0, 4.0]]), {}, TypeError, "the rows of logits first"),
        (cross_entropy, ([1.0, 2.0], [0, 0]), {}, TypeError, r"logits\[0\] .* 1.0 alone: .* binary_cross_entropy"),
        (cross_entropy, ([[1.0, 2.0]], [[0, 1]]), {}, TypeError, "give the place of the 1"),
        (cross_entropy, ([[1.0, 2.0]], [1.0]), {}, TypeError, r"got 1\.0; int\(…\) makes it whole"),
        (cross_entropy, ([[1.0, 2.0]], ["cat"]), {}, TypeError, "got 'cat'; give each class a number"),
        (cross_entropy, ([["a", 2.0]], [0]), {}, TypeError, r"logits\[0\] must be a number or a Value, got 'a'"),
        (cross_entropy, ([[1.0, 2.0]], 1), {}, TypeError, "classes must be a sequence"),
        (l1, (MLP(2, [1]),), {}, TypeError, r"model.parameters\(\); got MLP"),
        (l2, (MLP(2, [1]).parameters,), {}, TypeError, r"model.parameters\(\); got <bound"),
        (l1, ([],), {}, ValueError, "no parameters"),
        (l2, ([],), {}, ValueError, "no parameters"),
    ],
)
def test_batches_that_are_none_are_refused(
    loss: Callable[..., Any],
    args: tuple[Any, ...],
    settings: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    """The error says what is wrong with the batch, where, and what to do."""
    with pytest.raises(error, match=words):
        loss(*args, **settings)


def test_classes_may_be_values() -> None:
    """So that they can be inputs of a compiled function: the same loss and gradients, and checks of their own."""
    rows, again = [values(row) for row in ROWS], [values(row) for row in ROWS]
    loss, expected = cross_entropy(rows, [Value(c) for c in CLASSES]), cross_entropy(again, CLASSES)
    loss.backward()
    expected.backward()
    assert loss.data == expected.data
    assert [[x.grad for x in row] for row in rows] == [[x.grad for x in row] for row in again]
    with pytest.raises(IndexError, match="an index into 2"):
        cross_entropy([[1.0, 2.0]], [Value(2.0)])
