"""Symptoms of the loss: probabilities where logits are wanted, and targets that a margin loss has no use for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, count

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
    return [node for node in reversed(sums) if any(_row(parent) == "exp" for parent in node.parents)]


def _logits(node: Value) -> list[Value]:
    """Return what is exponentiated and added up in a node; nothing where something else is in the sum."""
    if _row(node) == "logsumexp":
        return list(node.parents)
    terms: list[Value] = []
    stack = list(node.parents)
    while stack:
        term = stack.pop()
        if _row(term) in {"add", "sum"}:
            stack += term.parents
        elif _row(term) == "exp":
            terms.append(term.parents[0])
        elif term.parents:
            return []
    return terms


def _is_probability(node: Value) -> bool:
    """Tell whether a node is a result of softmax: exp(x - logsumexp), or an exponential over a sum of some."""
    name, parents = _row(node), node.parents
    if name == "exp":
        x = parents[0]
        return _row(x) == "sub" and _row(x.parents[1]) == "logsumexp"
    if name == "div":
        return _row(parents[0]) == "exp" and parents[0].parents[0] in _logits(parents[1])
    if name == "mul":
        exps = [p for p in parents if _row(p) == "exp"]
        inverses = [p.parents[0] for p in parents if _row(p) == "powc" and p.parameter == -1.0]
        return bool(exps and inverses) and exps[0].parents[0] in _logits(inverses[0])
    return False


def _best(classes: int) -> float:
    """Return the largest probability that softmax gives to numbers between 0 and 1: e / (e + classes - 1)."""
    return 2.718281828 / (1.718281828 + classes)


def sigmoid_twice(run: Run) -> Finding | None:
    """Find the cross-entropy of two classes, softplus(z) - y z, with a z that is the result of a sigmoid."""
    look = run.look
    if look is None or not run.parameters or not run.first_time(look, "sigmoid"):
        return None
    for node in look.rows.get("sub", []):
        x, y = node.parents
        if _row(x) == "softplus" and _row(x.parents[0]) == "sigmoid" and x.parents[0] in {*y.parents, y}:
            return Finding(
                "sigmoid is applied twice",
                run.line_of(node),
                "The cross-entropy here takes a number that comes out of a sigmoid already, and applies the sigmoid "
                "again: the probability it sees lies between 50% and 73%, and can never be near 0 or 1.",
                "Give the loss the logit, as the last layer computes it: `binary_cross_entropy(logits, targets)`. Use "
                "the sigmoid only to read off a probability.",
            )
    return None


def hinge_targets(run: Run) -> Finding | None:
    """Find a margin loss, relu(1 - y s), with targets y of 0 and 1 (or 0 and -1)."""
    look = run.look
    if look is None or not run.parameters or not run.first_time(look, "hinge"):
        return None
    margins = [(node, _target(node.parents[0], look)) for node in look.rows.get("relu", [])]
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


def _target(margin: Value, look: Look) -> float | None:
    """Return y of a margin 1 - y s, up to its sign, where y is given and s computed; None for what is no margin."""
    if _row(margin) not in {"add", "sub"}:
        return None
    x, y = margin.parents
    one, product = (x, y) if not x.parents else (y, x)
    if one.parents or one.data != 1.0 or one in look.parameters or _row(product) != "mul":
        return None
    constants = [factor for factor in product.parents if _is_given(factor, look)]
    scores = [factor for factor in product.parents if factor.parents and factor not in constants]
    return constants[0].data if len(constants) == 1 and len(scores) == 1 else None


def _is_given(node: Value, look: Look) -> bool:
    """Tell whether a node is a number of the data, or the opposite of one."""
    leaf = node.parents[0] if _row(node) == "neg" else node
    return not leaf.parents and leaf not in look.parameters


def _row(node: Value) -> str:
    """Return the name of the row that made a node; nothing for a leaf."""
    row = node.row
    return "" if row is None else row.name
