"""Tests of graphs as plain data: every field, and that JSON can hold all of it."""

# ruff: noqa: SLF001  # learners assign to _backward

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from drawn_networks import LectureMLP, squared_error

from micrograd.draw.payload import payload
from micrograd.engine import Value
from micrograd.errors import NonFiniteWarning
from micrograd.nn import MLP, Neuron


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    """Labels and operations come whole, so that a file can hold them."""
    a, b = Value(1.0, label="a\ud800"), Value(2.0, label="\ud83d\ude00")
    out = Value.custom(3.0, [a, b], [1.0, 1.0], op="o\udfff")
    out.label = "\udc00L"
    graph = payload(out)
    assert [graph["title"], *(node["name"] for node in graph["nodes"])] == [
        "\ufffdL",
        "a\ufffd",
        "\U0001f600",
        "\ufffdL",
    ]
    assert graph["nodes"][2]["op"] == "o\ufffd"


def test_an_expression_as_data() -> None:
    """Nodes come parents first, and each says all that is known of it."""
    a = Value(3.0, label="a")
    out = a * a + 1.0
    out.label = "L"
    out.backward()
    graph = payload(out)
    square = graph["nodes"][1]
    assert (graph["title"], graph["root"], len(graph["nodes"])) == ("L", 3, 4)
    assert square == {
        "parents": [0, 0],
        "op": "*",
        "row": "mul",
        "parameter": None,
        "data": 9.0,
        "grad": 1.0,
        "local": [3.0, 3.0],
        "name": "",
        "kind": "inner",
        "group": -1,
        "rule": 0,
    }
    assert graph["nodes"][0]["name"] == "a"
    assert [node["kind"] for node in graph["nodes"]] == ["input", "inner", "constant", "inner"]
    assert [rule["row"] for rule in graph["rules"]] == ["mul", "add"]


def test_a_leaf_has_no_operation() -> None:
    """A graph of one node is a graph."""
    node = payload(Value(2.0))["nodes"][0]
    assert (node["parents"], node["op"], node["row"], node["local"], node["rule"]) == ([], "", None, [], None)


def test_a_gradient_that_was_not_computed_is_none() -> None:
    """0 is a gradient, none is none."""
    a = Value(2.0)
    out = 0.0 * a
    assert [node["grad"] for node in payload(out)["nodes"]] == [None] * 3
    out.backward()
    assert [node["grad"] for node in payload(out)["nodes"]] == [2.0, 0.0, 1.0]


def test_a_gradient_that_is_a_value_is_a_number() -> None:
    """After create_graph=True, too, data is plain."""
    a = Value(2.0)
    out = a**3
    out.backward(create_graph=True)
    assert json.loads(json.dumps(payload(out)))["nodes"][0]["grad"] == 12.0


def test_the_parameter_of_a_row_is_told() -> None:
    """Rules are one for each row and parameter."""
    a = Value(2.0)
    graph = payload(a**3 + a**2 + a**3)
    assert [node["parameter"] for node in graph["nodes"] if node["row"] == "powc"] == [3.0, 2.0, 3.0]
    assert [rule["row"] for rule in graph["rules"]] == ["powc", "powc", "add"]


def test_operations_of_the_users_own_have_no_row_and_no_rule() -> None:
    """Their local derivatives are known all the same, those of closures by trying them out."""
    a = Value(2.0)
    cube = Value.custom(8.0, [a], [12.0], op="cube")
    out = Value(16.0, (cube,), "double")

    def _backward() -> None:
        cube.grad += 2.0 * out.grad

    out._backward = _backward
    nodes = payload(out)["nodes"][1:]
    assert [(node["op"], node["row"], node["rule"], node["local"]) for node in nodes] == [
        ("cube", None, None, [12.0]),
        ("double", None, None, [2.0]),
    ]
    assert not cube.has_grad


def test_a_row_with_a_function_of_the_users_own_counts_as_theirs() -> None:
    """The function has the say in backward(), so the row's rule does not hold."""
    a = Value(2.0)
    out = a * 3.0
    out._backward = lambda: None
    node = payload(out)["nodes"][-1]
    assert (node["row"], node["rule"], node["local"]) == (None, None, [0.0, 0.0])


def test_unknowable_derivatives_are_none() -> None:
    """One for each parent."""
    assert payload(Value(1.0, (Value(2.0), Value(3.0)), "?"))["nodes"][-1]["local"] == [None, None]


def test_numbers_that_json_lacks_are_texts() -> None:
    """Infinity and nan pass through JSON as the page reads them."""
    out = Value(math.inf) * Value(math.nan)
    with pytest.warns(NonFiniteWarning):
        out.backward()
    graph = json.loads(json.dumps(payload(out), allow_nan=False))
    assert [node["data"] for node in graph["nodes"]] == ["inf", "nan", "nan"]
    assert graph["nodes"][0]["grad"] == "nan"
    assert graph["nodes"][2]["local"] == ["nan", "inf"]


def test_groups_and_names_of_a_network() -> None:
    """Every node of the network knows its group, every parameter its name."""
    model = LectureMLP(3, [4, 4, 1])
    graph = payload(squared_error(model))
    named: dict[str, Any] = {node["name"]: node for node in graph["nodes"] if node["kind"] == "parameter"}
    assert sorted(named) == sorted(name for name, _ in model.named_parameters())
    group = graph["groups"][named["layers[0].neurons[3].w[1]"]["group"]]
    assert (group["name"], group["kind"]) == ("layers[0].neurons[3]", "neuron")
    assert graph["groups"][group["parent"]]["name"] == "layers[0]"
    json.dumps(graph, allow_nan=False)


def test_the_model_may_be_given() -> None:
    """As for drawings."""
    inner, outer = Neuron(1), MLP(1, [1])
    graph = payload(outer([inner([1.0])]), model=inner)
    assert {node["name"] for node in graph["nodes"]} == {"", "w[0]", "b"}
