"""Tests of the measures of quality and of the lines that tell them."""

from __future__ import annotations

import math
import random

import pytest

from micrograd.quality import accuracy, class_report, number_report, r_squared, rmse


def test_numbers_are_those_of_scikit_learn() -> None:
    """Accuracy, R² and RMSE agree with the reference on random data."""
    metrics = pytest.importorskip("sklearn.metrics")
    rng = random.Random(0)
    actual = [rng.gauss(50.0, 9.0) for _ in range(40)]
    predicted = [y + rng.gauss(0.0, 3.0) for y in actual]
    assert r_squared(predicted, actual) == pytest.approx(metrics.r2_score(actual, predicted))
    assert rmse(predicted, actual) == pytest.approx(metrics.root_mean_squared_error(actual, predicted))
    classes, guesses = ([rng.choice("abc") for _ in range(40)] for _ in range(2))
    assert accuracy(guesses, classes) == pytest.approx(metrics.accuracy_score(classes, guesses))


def test_recall_and_precision_are_those_of_scikit_learn() -> None:
    """The line of each class holds the numbers of the reference."""
    metrics = pytest.importorskip("sklearn.metrics")
    rng = random.Random(1)
    classes, guesses = ([rng.choice("abc") for _ in range(60)] for _ in range(2))
    report = class_report(guesses, classes, "abc").splitlines()[2:]
    recall = metrics.recall_score(classes, guesses, average=None)
    precision = metrics.precision_score(classes, guesses, average=None)
    for line, *shares in zip(report, recall, precision, strict=True):
        assert [float(part) for part in line.replace("%", "").split()[2:]] == pytest.approx(
            [100.0 * share for share in shares], abs=0.05
        )


def test_there_is_no_share_of_nothing() -> None:
    """A class that is never there, or never predicted, has a dash; numbers that are all equal have no R²."""
    lines = class_report(["a", "a"], ["a", "b"], ["a", "b", "c"]).splitlines()
    assert lines[3].split() == ["b", "1", "0.0", "%", "-"]
    assert lines[4].split() == ["c", "0", "-", "-"]
    assert math.isnan(r_squared([1.0, 2.0], [3.0, 3.0]))
    assert number_report([1.0], [3.0], "y").startswith("R² is undefined, all are equal; typical error (RMSE) 2 ")


def test_huge_errors_are_no_errors_of_arithmetic() -> None:
    """A model that diverged is measured too."""
    assert r_squared([1e300, 0.0], [0.0, 1.0]) == -math.inf
    assert rmse([1e300, 0.0], [0.0, 1.0]) > 1e299


@pytest.mark.parametrize("measure", [accuracy, r_squared, rmse])
def test_lengths_have_to_match(measure: object) -> None:
    """A prediction without a truth is refused."""
    assert callable(measure)
    with pytest.raises(ValueError, match=r"longer|shorter|same number|dimension"):
        measure([1.0, 2.0, 3.0], [1.0, 2.0])
