"""Symptoms of the loss: probabilities where logits are wanted, and targets that a margin loss has no use for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, count
from micrograd.check.doctor.terms import row_of, terms_of

if TYPE_CHECKING:
    from micrograd.check.doctor.look import Look
    from micrograd.check.doctor.run import Run
    from micrograd.engine import Value

__all__ = ["hinge_targets", "sigmoid_twice", "softmax_twice"]

_CLASSES = 2  # at least


def softmax_twice(run: Run) -> Finding | None:
    """Find a softmax of numbers that are the results of a softmax."""
    look = run.look
    if look is None or not run.parameters or not run.first_time(look, "softmax"):
        return None
    for node in look.rows.get("logsumexp", []) + _normalisers(look):
        terms = _logits(node)
        if len(terms) >= _CLASSES and all(map(_is_probability, terms)):
            return Finding(
                "softmax is applied twice",
                run.line_of(node),
                f"The cross-entropy here takes {len(terms)} numbers that come out of a softmax already, and applies "
                "softmax again. Its inputs then all lie between 0 and 1, so the best class never gets more than "
                f"{_best(len(terms)):.0%}, and the gradients are small.",
                "Give the loss the logits, as the last layer computes them: `cross_entropy(logits, classes)`. Use "
                "softmax only to read off probabilities.",
            )
    return None


def _normalisers(look: Look) -> list[Value]:
    """Return the sums of exponentials, the longer ones before what they add to."""
    sums = look.rows.get("add", []) + look.rows.get("sum", [])
    return [node for node in reversed(sums) if any(row_of(parent) == "exp" for parent in node.parents)]


def _logits(node: Value) -> list[Value]:
    """Return what is exponentiated and added up in a node; nothing where something else is in the sum."""
    if row_of(node) == "logsumexp":
        return list(node.parents)
    terms: list[Value] = []
    stack = list(node.parents)
    while stack:
        term = stack.pop()
        if row_of(term) in {"add", "sum"}:
            stack += term.parents
        elif row_of(term) == "exp":
            terms.append(term.parents[0])
        elif term.parents:
            return []
    return terms


def _is_probability(node: Value) -> bool:
    """Tell whether a node is a result of softmax: exp(x - logsumexp), or an exponential over a sum of some."""
    name, parents = row_of(node), node.parents
    if name == "exp":
        x = parents[0]
        return row_of(x) == "sub" and row_of(x.parents[1]) == "logsumexp"
    if name == "div":
        return row_of(parents[0]) == "exp" and parents[0].parents[0] in _logits(parents[1])
    if name == "mul":
        exps = [p for p in parents if row_of(p) == "exp"]
        inverses = [p.parents[0] for p in parents if row_of(p) == "powc" and p.parameter == -1.0]
        return bool(exps and inverses) and exps[0].parents[0] in _logits(inverses[0])
    return False


def _best(classes: int) -> float:
    """Return the largest probability that softmax gives to numbers between 0 and 1: e / (e + classes - 1)."""
    return 2.718281828 / (1.718281828 + classes)


def sigmoid_twice(run: Run) -> Finding | None:
    """Find a sigmoid of a sigmoid, or the cross-entropy of two classes, softplus(z) - y z, with such a z."""
    look = run.look
    if look is None or not run.parameters or not run.first_time(look, "sigmoid"):
        return None
    seen = (
        "The cross-entropy here takes a number that comes out of a sigmoid already, and applies the sigmoid again: the "
    )
    node = next(filter(_is_cross_entropy_of_sigmoid, look.rows.get("sub", [])), None)
    if node is None:
        seen = "This sigmoid takes a number that comes out of a sigmoid already, with nothing in between: the "
        node = next((node for node in look.rows.get("sigmoid", []) if _is_sigmoid(node.parents[0])), None)
    if node is None:
        return None
    return Finding(
        "sigmoid is applied twice",
        run.line_of(node),
        f"{seen}probability it sees lies between 50% and 73%, and can never be near 0 or 1.",
        "Give the loss the logit, as the last layer computes it: `binary_cross_entropy(logits, targets)`. Use "
        "the sigmoid only to read off a probability.",
    )


def _is_cross_entropy_of_sigmoid(node: Value) -> bool:
    """Tell whether a difference is softplus(z) - y z, or softplus(z) - z, of a z that is a sigmoid."""
    x, y = node.parents
    return row_of(x) == "softplus" and x.parents[0] in {*y.parents, y} and _is_sigmoid(x.parents[0])


def _is_sigmoid(node: Value) -> bool:
    """Tell whether a node is a sigmoid, or written as 1 / (1 + exp(-z))."""
    name = row_of(node)
    if name == "div":
        one, below = node.parents
        return one.data == 1.0 and not one.parents and _is_one_and_exponential(below)
    inverse = name == "powc" and node.parameter == -1.0
    return name == "sigmoid" or (inverse and _is_one_and_exponential(node.parents[0]))


def _is_one_and_exponential(node: Value) -> bool:
    """Tell whether a node is 1 + exp(z)."""
    parents = node.parents if row_of(node) == "add" else ()
    ones = [p for p in parents if not p.parents and p.data == 1.0]
    return len(ones) == 1 and any(row_of(p) == "exp" for p in parents)


def hinge_targets(run: Run) -> Finding | None:
    """Find a margin loss, the sum of relu(1 - y s), with targets y of 0 and 1 (or 0 and -1)."""
    look = run.look
    if look is None or not run.parameters or not run.first_time(look, "hinge"):
        return None
    margins = [(node, _target(_above_0(node, look), look)) for node in _margin_losses(look)]
    targets = {abs(y): node for node, y in margins if y is not None}
    zeros = sum(1 for _, y in margins if y == 0.0)
    signs = {y for _, y in margins if y}
    if set(targets) != {0.0, 1.0} or len(signs) != 1:
        return None
    return Finding(
        "the margin loss has targets of 0 and 1",
        run.line_of(targets[0.0]),
        f"max(0, 1 - target * score) wants targets of 1 and -1. {count(zeros, 'sample')} of "
        f"{sum(y is not None for _, y in margins)} have the target 0: their loss is 1 whatever the score is, and "
        "nothing is learned from them.",
        "Turn labels 0 and 1 into -1 and 1 first: `y = 2 * label - 1`.",
    )


def _margin_losses(look: Look) -> list[Value]:
    """Return the terms of the loss that are relu(x), max(0, x), or the square of one."""
    if not look.rows.keys() & {"relu", "maximum"}:
        return []
    terms = [term.parents[0] if row_of(term) in {"powc", "mul"} else term for term, _ in terms_of(look)]
    return [term for term in terms if row_of(term) in {"relu", "maximum"}]


def _above_0(node: Value, look: Look) -> Value | None:
    """Return x of relu(x), or of max(0, x); None for another maximum."""
    if row_of(node) == "relu":
        return node.parents[0]
    x, y = node.parents
    zero, other = (x, y) if _is_given(x, look) else (y, x)
    return other if zero.data == 0.0 and _is_given(zero, look) else None


def _target(margin: Value | None, look: Look) -> float | None:
    """Return y of a margin 1 - y s, up to its sign, where y is given and s computed; None for what is no margin."""
    if margin is None or row_of(margin) not in {"add", "sub"}:
        return None
    x, y = margin.parents
    one, product = (x, y) if row_of(margin) == "sub" or not x.parents else (y, x)
    product = product.parents[0] if row_of(product) == "neg" else product
    if one.parents or one.data != 1.0 or one in look.parameters or row_of(product) != "mul":
        return None
    constants = [factor for factor in product.parents if _is_given(factor, look)]
    scores = [factor for factor in product.parents if factor.parents and factor not in constants]
    return constants[0].data if len(constants) == 1 and len(scores) == 1 else None


def _is_given(node: Value, look: Look) -> bool:
    """Tell whether a node is a number of the data, or the opposite of one."""
    leaf = node.parents[0] if row_of(node) == "neg" else node
    return not leaf.parents and leaf not in look.parameters
