"""Quality: how well predictions meet the truth, in numbers and in lines for a person."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

__all__ = ["accuracy", "class_report", "number_report", "r_squared", "rmse"]


def accuracy(predicted: Sequence[Hashable], actual: Sequence[Hashable]) -> float:
    """Return the share of right predictions, from 0 to 1.

    Args:
        predicted: n classes, 1 or more.
        actual: the n true ones.

    Raises:
        ValueError: the lengths differ.

    Example:
        >>> accuracy("abba", "abbb")
        0.75
    """
    return math.fsum(p == a for p, a in zip(predicted, actual, strict=True)) / len(actual)


def r_squared(predicted: Sequence[float], actual: Sequence[float]) -> float:
    """Return the share of the variance that predictions explain: 1 is perfect, 0 no better than the mean.

        R² = 1 - sum((actual - predicted)²) / sum((actual - mean(actual))²)

    Args:
        predicted: n numbers, 1 or more.
        actual: the n true ones; where all are equal there is no variance, and the result is nan.

    Raises:
        ValueError: the lengths differ.

    Example:
        >>> round(r_squared([1.0, 2.0, 2.0], [1.0, 2.0, 3.0]), 6)
        0.5
    """
    mean = math.fsum(actual) / len(actual)
    spread = math.dist(actual, [mean] * len(actual))
    ratio = math.dist(predicted, actual) / spread if spread else math.nan
    return 1.0 - ratio * ratio  # a product becomes infinite where a power would raise an error


def rmse(predicted: Sequence[float], actual: Sequence[float]) -> float:
    """Return the root of the mean squared error, in the units of the numbers.

        rmse = sqrt(mean((actual - predicted)²))

    Args:
        predicted: n numbers, 1 or more.
        actual: the n true ones.

    Raises:
        ValueError: the lengths differ.

    Example:
        >>> round(rmse([1.0, 2.0], [4.0, 6.0]), 4)
        3.5355
    """
    return math.dist(predicted, actual) / math.sqrt(len(actual))


def class_report(predicted: Sequence[str], actual: Sequence[str], classes: Sequence[str]) -> str:
    """Return lines with the accuracy, that of the simplest guess, and a line for each class.

    Args:
        predicted: n classes, 1 or more.
        actual: the n true ones.
        classes: all there are, in the order to list them.

    Example:
        >>> print(class_report(["no", "no", "yes"], ["no", "yes", "yes"], ["no", "yes"]))
        accuracy 66.7 % (2 of 3 rows; always answering yes: 66.7 %)
          class  rows   recall  precision
          no        1  100.0 %     50.0 %
          yes       2   50.0 %    100.0 %
    """
    hits = Counter(p for p, a in zip(predicted, actual, strict=True) if p == a)
    given, true = Counter(predicted), Counter(actual)
    commonest, rows = true.most_common(1)[0]
    guess = f"always answering {commonest}: {_percent(rows, len(actual))}"
    first = f"accuracy {_percent(hits.total(), len(actual))} ({hits.total()} of {len(actual)} rows; {guess})"
    wide = max(map(len, ("class", *classes)))
    lines = [f"  {'class':{wide}}  rows   recall  precision"]
    for name in classes:
        recall, precision = _percent(hits[name], true[name]), _percent(hits[name], given[name])
        lines.append(f"  {name:{wide}}  {true[name]:4}  {recall:>7}    {precision:>7}")
    return "\n".join([first, *lines])


def number_report(predicted: Sequence[float], actual: Sequence[float], name: str) -> str:
    """Return a line with R² and the typical error, beside that of the simplest guess.

    Args:
        predicted: n numbers, 1 or more.
        actual: the n true ones.
        name: what they are.

    Example:
        >>> number_report([1.0, 2.0, 2.0], [1.0, 2.0, 3.0], "price")
        'R² 0.500; typical error (RMSE) 0.5774 in units of price, of 0.8165 when always answering the mean'
    """
    mean = math.fsum(actual) / len(actual)
    share = r_squared(predicted, actual)
    explained = "R² is undefined, all are equal" if math.isnan(share) else f"R² {share:.3f}"
    error, guess = rmse(predicted, actual), rmse([mean] * len(actual), actual)
    return (
        f"{explained}; typical error (RMSE) {error:.4g} in units of {name}, "
        f"of {guess:.4g} when always answering the mean"
    )


def _percent(part: int, whole: int) -> str:
    """Return a share in percent, or a dash where there is nothing to share."""
    return f"{100 * part / whole:.1f} %" if whole else "-"
