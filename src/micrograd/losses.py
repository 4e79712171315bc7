"""Losses: the numbers that training makes small, from what a network answers and what it should.

All take a batch: one entry for each sample, a Value or a number, or a row of these where a sample has
several. The result is a Value as soon as one of the numbers is. Targets that are plain numbers are checked,
because one outside of its range trains a network towards nothing; those that are Values are taken as they
are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, TypeVar

from micrograd import functions as f
from micrograd import samples
from micrograd.engine import Value

__all__ = ["binary_cross_entropy", "cross_entropy", "hinge", "l1", "l2", "squared_error"]

Number = TypeVar("Number", Value, float)
Reduction = Literal["mean", "sum"]


def squared_error(
    predictions: Iterable[Number | Collection[Number]],
    targets: Iterable[Value | float | Collection[Value | float]],
    *,
    reduction: Reduction = "sum",
) -> Number:
    """Return the sum, or the mean, of the squared differences between predictions and targets.

        loss = sum((prediction - target) ** 2)

    Args:
        predictions: n numbers, or n rows of m, any range.
        targets: as many.
        reduction: "sum", as in the lecture (the other losses here take the mean unless told otherwise), or
            "mean", over all numbers.

    Returns:
        A number, 0 or more.

    Raises:
        TypeError: predictions or targets is not a sequence.
        ValueError: the batch is empty; predictions and targets differ in number; reduction is unknown.

    Example:
        >>> squared_error([Value(0.5), Value(-1.0)], [1.0, -1.0])
        Value(data=0.25)
    """
    terms: list[Number] = []
    for i, prediction, target in samples.pairs(predictions, targets, "predictions"):
        answers, wanted = samples.row(prediction, i, "predictions"), samples.row(target, i, "targets")
        if len(answers) != len(wanted):
            message = f"sample {i} has {len(answers)} predictions and {len(wanted)} targets: give as many of each"
            raise ValueError(message)
        terms += [f.pow(p - t, 2.0) for p, t in zip(answers, wanted, strict=True)]
    return _reduced(terms, reduction)


def hinge(
    scores: Iterable[Number | Collection[Number]],
    targets: Iterable[Value | float | Collection[Value | float]],
    *,
    reduction: Reduction = "mean",
) -> Number:
    """Return the mean max-margin loss: a sample adds 0 once its score is on its target's side by 1 or more.

        loss = mean(relu(1 - target * score))

    Args:
        scores: n numbers, any range; the sign is the predicted class.
        targets: n numbers, each 1 or -1.
        reduction: "mean" or "sum".

    Returns:
        A number, 0 or more.

    Raises:
        TypeError: scores or targets is not a sequence.
        ValueError: the batch is empty; a target is not 1 or -1; scores and targets differ in number, or a
            sample has several; reduction is unknown.

    Example:
        >>> hinge([Value(0.5), Value(-2.0)], [1, -1])
        Value(data=0.25)

    Source:
        The support vector machine of Cortes and Vapnik (1995), as in the demo of the published micrograd.
    """
    terms: list[Number] = []
    for i, score, target in samples.pairs(scores, targets, "scores", swap=True):
        y = samples.sign(samples.single(target, i, "targets"), i)
        terms.append(f.relu(1.0 + -y * samples.single(score, i, "scores")))
    return _reduced(terms, reduction)


def binary_cross_entropy(
    logits: Iterable[Number | Collection[Number]],
    targets: Iterable[Value | float | Collection[Value | float]],
    *,
    reduction: Reduction = "mean",
) -> Number:
    """Return the mean cross-entropy of two classes, from logits: the network ends linear, without a sigmoid.

        loss = mean(softplus(logit) - target * logit)     = -log(sigmoid(logit)) where the target is 1

    Written with softplus, it is finite for logits of any size.

    Args:
        logits: n numbers, any range; sigmoid(logit) is the predicted probability.
        targets: n probabilities, each in [0, 1]; for labels, 0 or 1.
        reduction: "mean" or "sum".

    Returns:
        A number, 0 or more.

    Raises:
        TypeError: logits or targets is not a sequence.
        ValueError: the batch is empty; a target is outside of [0, 1]; logits and targets differ in number, or
            a sample has several; reduction is unknown.

    Example:
        >>> binary_cross_entropy([Value(0.0)], [1.0])
        Value(data=0.6931471805599453)
    """
    terms: list[Number] = []
    for i, logit, target in samples.pairs(logits, targets, "logits", swap=True):
        y = samples.probability(samples.single(target, i, "targets"), i)
        z = samples.single(logit, i, "logits")
        terms.append(f.softplus(z) - y * z)
    return _reduced(terms, reduction)


def cross_entropy(
    logits: Iterable[Collection[Number]], classes: Iterable[int | Value], *, reduction: Reduction = "mean"
) -> Number:
    """Return the mean cross-entropy of many classes, from logits: the network ends linear, without a softmax.

        loss = mean(logsumexp(row) - row[class])          = -log(softmax(row)[class])

    Args:
        logits: n rows, each with a number of any range for every class; softmax(row) predicts probabilities.
        classes: n indices, each from 0 to the number of classes less 1: where in the row the right class is. They may
            be Values.
        reduction: "mean" or "sum".

    Returns:
        A number, 0 or more.

    Raises:
        TypeError: logits or classes is not a sequence, or an index is not a whole number.
        IndexError: an index that is a Value is outside of its row.
        ValueError: the batch is empty; an index is outside of its row; logits and classes differ in number;
            reduction is unknown.

    Example:
        >>> cross_entropy([[Value(0.0), Value(0.0)]], [1])
        Value(data=0.6931471805599453)
    """
    terms: list[Number] = []
    for i, logit, label in samples.pairs(logits, classes, "logits", "classes"):
        row: list[Number] = samples.logits(logit, label, i)
        right: Number = f.take(row, label if isinstance(label, Value) else samples.index(label, i, len(row)))
        terms.append(f.logsumexp(row) - right)
    return _reduced(terms, reduction)


def l1(parameters: Iterable[Number], alpha: float = 1e-4) -> Number:
    """Return a penalty on the size of parameters that drives small ones to exactly 0.

        penalty = alpha * sum(|p|)

    Args:
        parameters: n Values, such as `model.parameters()`.
        alpha: strength, 0 or more; the default is that of `l2`.

    Raises:
        ValueError: there are no parameters.

    Example:
        >>> l1([Value(3.0), Value(-4.0)], alpha=0.5)
        Value(data=3.5)
    """
    sizes: list[Number] = [f.abs(p) for p in _penalised(parameters)]
    return _penalty(sizes, alpha)


def l2(parameters: Iterable[Number], alpha: float = 1e-4) -> Number:
    """Return a penalty on the squares of parameters, which holds all of them near 0.

        penalty = alpha * sum(p * p)

    Args:
        parameters: n Values, such as `model.parameters()`.
        alpha: strength, 0 or more; the default is that of the published micrograd's demo.

    Raises:
        ValueError: there are no parameters.

    Example:
        >>> l2([Value(3.0), Value(-4.0)], alpha=0.5)
        Value(data=12.5)
    """
    return _penalty([p * p for p in _penalised(parameters)], alpha)


def _penalised(parameters: Iterable[Number]) -> Iterable[Number]:
    """Return parameters as they are, or say that they are none."""
    if not isinstance(parameters, Iterable):
        message = f"the parameters to penalise are a sequence of Values, model.parameters(); got {parameters!r}"
        raise TypeError(message)
    return parameters


def _penalty(terms: list[Number], alpha: float) -> Number:
    """Return alpha times the sum of the terms."""
    if not terms:
        message = "there are no parameters to penalise: pass model.parameters()"
        raise ValueError(message)
    total: Number = f.sum(terms)
    return alpha * total


def _reduced(terms: list[Number], reduction: str) -> Number:
    """Return the sum or the mean of the terms, with the roundings of the published demo."""
    if reduction not in {"mean", "sum"}:
        message = f'reduction must be "mean" or "sum", got {reduction!r}'
        raise ValueError(message)
    total: Number = f.sum(terms)
    return total if reduction == "sum" else total * (1.0 / len(terms))
