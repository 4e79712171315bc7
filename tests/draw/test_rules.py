"""The derivative rules as trees: they give what the rules of the table give, and hold nothing that JSON lacks."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest

from micrograd import Value, ieee, mean
from micrograd.draw.rules import Rows, derivatives, rules_of, tree
from micrograd.functions import sum as total
from micrograd.graph import walk
from micrograd.ops import OPS, TABLE, Op

NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def evaluate(node: Any, operands: list[float], out: float) -> float:  # noqa: ANN401  # a number, a text or a list
    """Return the value of a tree."""
    if isinstance(node, str):
        return NUMBERS[node]
    if isinstance(node, float):
        return node
    head, *rest = node
    if head == "out":
        return out
    if head == "x":
        return operands[int(rest[0])]
    value: float = TABLE[head].forward(*(evaluate(each, operands, out) for each in rest))
    return value


def counts(op: Op) -> list[int]:
    """Return numbers of operands to try."""
    if op.arity is not None:
        return [op.arity]
    return [2, 3, 5] if op.name == "take" else [1, 2, 3, 4, 7]


def draws(op: Op, count: int) -> list[list[float]]:
    """Return operands to try: random ones of the domain, and the kinks."""
    rng = random.Random(f"{op.name} {count}")
    domain = op.domain * count if op.variadic else op.domain
    drawn = [[rng.uniform(*interval) for interval in domain] for _ in range(20)]
    if op.name == "take":
        drawn = [[float(rng.randrange(count - 1)), *each[1:]] for each in drawn]
    ties = [[kink + (0.5 if count > 1 else 0.0), *[0.5] * (count - 1)] for kink in op.kinks]
    return drawn + ties


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_trees_are_the_rules_of_the_table(op: Op) -> None:
    """For every row, trees have the values of the table's own derivative on floats."""
    constants = () if op.parameter is None else (1.7,)
    for count in counts(op):
        trees = derivatives(op.name, count, *constants)
        for operands in draws(op, count):
            out = op.forward(*operands, *constants)
            expected = op.derivative(ieee, out, *operands, *constants)
            assert [evaluate(each, operands, out) for each in trees] == list(expected)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_trees_are_json(op: Op) -> None:
    """Trees survive a journey through JSON, for any parameter."""
    for constant in (0.0, 3.0, math.inf, math.nan):
        constants = () if op.parameter is None else (constant,)
        trees = derivatives(op.name, counts(op)[0], *constants)
        assert json.loads(json.dumps(trees, allow_nan=False)) == trees


def test_rows_of_numbers_alone_are_numbers() -> None:
    """A row without a symbol among its operands is computed, and one that does not exist is no attribute."""
    assert tree(Rows().exp(0.0)) == 1.0
    assert not hasattr(Rows(), "no_such_row")


def test_one_rule_for_each_row_count_and_parameter() -> None:
    """Nodes of one row, number of operands and parameter share a rule; leaves have none."""
    x, y = Value(2.0), Value(3.0)
    graph = walk(total([x**2, y**2, x**3, total([x, y])]) * mean([x, y]))
    rules, chosen = rules_of(graph)
    assert len(rules) == len({(rule["row"], json.dumps(rule["derivatives"])) for rule in rules})
    used = [None if i is None else rules[i]["row"] for i in chosen]
    assert used == [None if node.row is None else node.row.name for node in graph.nodes]
    assert sorted(rule["row"] for rule in rules) == ["mean", "mul", "powc", "powc", "sum", "sum"]
    assert all(rule["words"] == TABLE[rule["row"]].words for rule in rules)


def test_parameters_that_are_equal_but_not_the_same_have_rules_of_their_own() -> None:
    """A parameter of -0.0 is not taken for 0.0, and nan is the same as nan."""
    x = Value(2.0)
    rules, _ = rules_of(walk(x.step(0.0) + x.step(-0.0) + x**math.nan * x**math.nan))
    assert sorted(rule["row"] for rule in rules) == ["add", "mul", "powc", "step", "step"]


def test_operations_of_the_users_own_have_no_rule() -> None:
    """Neither a custom node nor one whose `_backward` was assigned is differentiated by the table."""
    x = Value(3.0)
    cube = Value.custom(27.0, [x], [27.0], op="cube")
    double = x * 2.0
    double._backward = lambda: None  # noqa: SLF001  # as in the lecture
    _, chosen = rules_of(walk(cube + double))
    assert [c for c in chosen if c is not None] == [0]
