"""What a loss takes: the answers and the targets of a batch, sample by sample, and why they may not match."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from numbers import Real
from typing import Any

from micrograd.engine import Value
from micrograd.ieee import shorten

__all__ = ["index", "logits", "pairs", "probability", "row", "sign", "single"]


def pairs(
    answers: Iterable[Any], targets: Iterable[Any], name: str, wanted: str = "targets", *, swap: bool = False
) -> list[tuple[int, Any, Any]]:
    """Return the number, the answer and the target of each sample, or say why they do not match.

    Args:
        answers: what a network gave.
        targets: what it should have given.
        name: what the answers are called.
        wanted: what the targets are called.
        swap: whether to refuse answers that are plain numbers where targets are Values, as only a mistake has it.
    """
    given, right = _listed(answers, name), _listed(targets, wanted)
    if len(given) != len(right):
        message = f"{len(given)} {name} and {len(right)} {wanted}: give one of each for each sample"
        raise ValueError(message)
    if not given:
        message = "the batch is empty: a loss needs at least one sample"
        raise ValueError(message)
    if swap and isinstance(right[0], Value) and isinstance(given[0], Real):
        message = f"the {name} are plain numbers and the {wanted} Values: give the {name} first, then the {wanted}"
        raise TypeError(message)
    return [(i, answer, target) for i, (answer, target) in enumerate(zip(given, right, strict=True))]


def _listed(items: Iterable[Any], name: str) -> list[Any]:
    """Return a list of what a sequence holds."""
    if not isinstance(items, Iterable):
        message = f"{name} must be a sequence with an entry for each sample; got {items!r}"
        raise TypeError(message)
    return list(items)


def row(item: Any, i: int, name: str) -> list[Any]:  # noqa: ANN401  # a number or a sequence of numbers
    """Return a sample's numbers as a list; a lone number is a row of one."""
    numbers = [item] if isinstance(item, str) or not isinstance(item, Iterable) else list(item)
    for x in numbers:
        if not (type(x) is float or isinstance(x, Value) or hasattr(x, "__float__")):
            message = f"{name}[{i}] must be a number or a Value, got {shorten(x)}; give each class a number of its own"
            raise TypeError(message)
    return numbers


def single(item: Any, i: int, name: str) -> Any:  # noqa: ANN401  # a number or a sequence of one number
    """Return the only number of a sample."""
    if isinstance(item, Value) or type(item) is float:  # the most frequent
        return item
    numbers = row(item, i, name)
    if len(numbers) != 1:
        message = f"{name}[{i}] holds {len(numbers)} numbers, expected one: the network must end with one neuron"
        raise ValueError(message)
    return numbers[0]


def logits(item: Any, label: Any, i: int) -> list[Any]:  # noqa: ANN401  # whatever was given for a row, and for a class
    """Return a sample's logits as a list, one for each class."""
    if isinstance(item, Iterable):
        return row(item, i, "logits")
    if isinstance(label, Iterable):
        message = "the classes came before the logits: give the rows of logits first, then the classes"
        raise TypeError(message)
    message = (
        f"logits[{i}] must be a row with a logit for each class, got {item!r} alone: end the network with a neuron for "
        "each class, or use binary_cross_entropy"
    )
    raise TypeError(message)


def sign(y: Any, i: int) -> Any:  # noqa: ANN401  # a Value or a number
    """Return a target of 1 or -1."""
    if isinstance(y, Value):
        return y
    if y not in {1, -1}:
        message = f"targets[{i}] must be 1 or -1, got {y}; turn labels 0 and 1 into these with 2 * y - 1"
        raise ValueError(message)
    return float(y)


def probability(y: Any, i: int) -> Any:  # noqa: ANN401  # a Value or a number
    """Return a target in [0, 1]."""
    if isinstance(y, Value):
        return y
    if not 0.0 <= y <= 1.0:
        message = f"targets[{i}] must be in [0, 1], got {y}; turn labels -1 and 1 into 0 and 1 with (y + 1) / 2"
        raise ValueError(message)
    return float(y)


def index(label: Any, i: int, n: int) -> int:  # noqa: ANN401  # whatever was given for an index
    """Return the index of a class in a row of n."""
    message = f"classes[{i}] must be a whole number from 0 to {n - 1}, got {shorten(label)}"
    try:
        place = operator.index(label)
    except TypeError:
        raise TypeError(message + _class_remedy(label)) from None
    if not 0 <= place < n:
        raise ValueError(message)
    return place


def _class_remedy(label: Any) -> str:  # noqa: ANN401  # whatever was given for an index
    """Return what to do with what is no index of a class."""
    if isinstance(label, Iterable) and not isinstance(label, str):
        return "; give the place of the 1 in a row of zeros and a one"
    return "; int(…) makes it whole" if isinstance(label, Real) else "; give each class a number of its own"
