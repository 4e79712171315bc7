"""Tests of what belongs together: evaluations of neurons, kinds of nodes, bundles, and names of groups."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from drawn_networks import LectureMLP, LectureNeuron, hinge_with_penalty, long_chain, squared_error, tangle

from micrograd.draw.bundles import FANOUT
from micrograd.draw.evaluations import find_evaluations
from micrograd.draw.groups import Grouping, group_nodes
from micrograd.engine import Value, dot
from micrograd.graph import Graph, walk
from micrograd.module import Module
from micrograd.naming import name_nodes
from micrograd.nn import MLP, Neuron

if TYPE_CHECKING:
    from collections.abc import Callable


def grouped(root: Value) -> tuple[Graph, Grouping]:
    """Return a graph and its groups."""
    graph = walk(root)
    return graph, group_nodes(graph, name_nodes(graph))


def evaluated(root: Value) -> list[list[str]]:
    """Return the operations of each evaluation, in the order of the graph; a leaf is "0"."""
    graph = walk(root)
    found = find_evaluations(graph, name_nodes(graph))
    return [[graph.nodes[i].op or "0" for i in sorted(evaluation.nodes)] for evaluation in found]


def group_of(graph: Graph, grouping: Grouping, node: Value) -> str:
    """Return the name of the group that a node is in."""
    place = grouping.of[graph.nodes.index(node)]
    return grouping.groups[place].name if place >= 0 else ""


# Evaluations.


def test_a_neuron_of_our_own_is_its_sum_and_its_activation() -> None:
    """One node for the sum, one for the activation."""
    neuron = Neuron(2)
    assert evaluated(neuron([1.0, 2.0])) == [["dot", "tanh"]]


def test_the_lectures_neuron_is_all_that_it_adds_up() -> None:
    """Products, sums and the activation are one evaluation; the inputs are outside."""
    neuron = LectureNeuron(3)
    assert [Counter(ops) for ops in evaluated(neuron([1.0, 2.0, 3.0]))] == [Counter({"*": 3, "+": 3, "tanh": 1})]


def test_the_zero_that_sum_starts_with_is_inside() -> None:
    """Where the bias is added last, sum() starts at 0, which is no input."""
    neuron = LectureNeuron(2)
    out = (sum(w * x for w, x in zip(neuron.w, [1.0, 2.0], strict=True)) + neuron.b).relu()
    assert [Counter(ops) for ops in evaluated(out)] == [Counter({"0": 1, "*": 2, "+": 3, "ReLU": 1})]


def test_each_sample_is_an_evaluation_of_its_own_and_the_loss_is_none() -> None:
    """Neither the sum over samples nor (out - y)² belongs to the neuron."""
    neuron = LectureNeuron(1)
    loss = sum((neuron([x]) - 0.5) ** 2 for x in (1.0, 2.0, 3.0))
    assert isinstance(loss, Value)
    assert [Counter(ops) for ops in evaluated(loss)] == [Counter({"*": 1, "+": 1, "tanh": 1})] * 3


def test_a_sum_of_linear_neurons_outputs_is_outside() -> None:
    """Without an activation, the parameters that come again tell the samples apart."""
    neuron = Neuron(1, activation="linear")
    assert evaluated(neuron([1.0]) + neuron([2.0])) == [["dot"], ["dot"]]


def test_a_penalty_is_no_evaluation() -> None:
    """What reads nothing but parameters is outside."""
    neuron = Neuron(2)
    penalty = sum(p * p for p in neuron.parameters())
    assert isinstance(penalty, Value)
    assert evaluated(penalty) == []


def test_a_neuron_whose_output_comes_back_is_evaluated_anew() -> None:
    """A recurrence makes one evaluation a step."""
    neuron = Neuron(2)
    state = neuron([1.0, 0.0])
    state = neuron([1.0, state])
    state = neuron([1.0, state])
    assert evaluated(state) == [["dot", "tanh"]] * 3


def test_only_one_activation_belongs_to_a_neuron() -> None:
    """The logarithm of an output is part of the loss, and so is a second activation."""
    neuron = Neuron(1, activation="sigmoid")
    assert evaluated(-neuron([1.0]).log()) == [["dot", "sigmoid"]]
    assert evaluated(neuron([1.0]).tanh()) == [["dot", "sigmoid"]]


def test_an_activation_by_closure_is_one() -> None:
    """An operation of the user's own with one operand ends an evaluation as a row of the table does."""
    neuron = Neuron(1, activation="linear")
    total = neuron([1.0])
    out = Value(total.data**3, (total,), "cube")
    assert evaluated(out) == [["dot", "cube"]]


def test_no_other_function_of_an_output_belongs_to_the_neuron() -> None:
    """A linear neuron ends with its sum: signs, powers and logarithms are the loss's."""
    neuron = Neuron(1, activation="linear")
    for function in (Value.__neg__, Value.log, Value.exp, lambda out: out**2):
        assert evaluated(function(neuron([1.0]))) == [["dot"]]


def test_a_parameter_that_comes_again_begins_anew() -> None:
    """So does a parameter behind an activation."""
    neuron = LectureNeuron(1)
    w, b = neuron.w[0], neuron.b
    assert evaluated(w * (w * 2.0)) == [["*"], ["*"]]
    assert evaluated(b * (w * 2.0)) == [["*", "*"]]
    assert evaluated(b * (w * 2.0).tanh()) == [["*", "tanh"], ["*"]]


def test_a_number_that_is_added_is_outside() -> None:
    """Only the 0 of sum() is inside, and only before the first product."""
    neuron = LectureNeuron(1)
    w, b = neuron.w[0], neuron.b
    assert evaluated(5.0 + w * 2.0) == [["*"]]
    assert evaluated(0.0 + w * 2.0) == [["0", "*", "+"]]
    assert evaluated(0.0 + b * (w * 2.0)) == [["*", "*"]]
    assert evaluated(0.0 + w * 2.0 + b) == [["0", "*", "+", "+"]]


def test_sums_of_two_neurons_are_outside() -> None:
    """An evaluation stays within its part, and so does a parameter of a part around it."""
    first, second = Neuron(1, activation="linear"), Neuron(1, activation="linear")
    assert evaluated(first([1.0]) + second([1.0])) == [["dot"], ["dot"]]
    assert evaluated(first.w[0] + second([1.0])) == [["dot"], ["+"]]


def test_parameters_of_two_parts_meet_outside() -> None:
    """A product of parameters of two neurons belongs to neither."""
    first, second = Neuron(1), Neuron(1)
    assert evaluated(first.w[0] * second.w[0] * 1.0) == []
    assert evaluated(dot([first.w[0], second.w[0]], [1.0, 2.0])) == []


# Groups.


def test_groups_follow_the_model() -> None:
    """Model, layers and neurons are nested; parameters and operations lie in their neuron."""
    model = LectureMLP(3, [2, 1])
    out = model([1.0, 2.0, 3.0])
    graph, grouping = grouped(out)
    assert [(g.name, g.kind, g.parent) for g in grouping.groups] == [
        ("LectureMLP", "model", -1),
        *(("layers[0]", "layer", 0), ("layers[0].neurons[0]", "neuron", 1), ("layers[0].neurons[1]", "neuron", 1)),
        *(("layers[1]", "layer", 0), ("layers[1].neurons[0]", "neuron", 4)),
    ]
    assert group_of(graph, grouping, model.layers[0].neurons[1].w[2]) == "layers[0].neurons[1]"
    assert group_of(graph, grouping, out) == "layers[1].neurons[0]"


def test_several_samples_make_calls() -> None:
    """Where a neuron is evaluated several times, each evaluation is a group; the parameters are in none of them."""
    neuron = LectureNeuron(1)
    first, second = neuron([1.0]), neuron([2.0])
    graph, grouping = grouped(first + second)
    assert [(g.name, g.kind) for g in grouping.groups] == [
        *(("LectureNeuron", "neuron"), ("LectureNeuron call 0", "call"), ("LectureNeuron call 1", "call")),
    ]
    assert group_of(graph, grouping, neuron.b) == "LectureNeuron"
    assert group_of(graph, grouping, first) == "LectureNeuron call 0"
    assert group_of(graph, grouping, second) == "LectureNeuron call 1"
    assert group_of(graph, grouping, graph.root) == ""


def test_calls_of_one_node_are_no_groups() -> None:
    """The node lies beside the parameters."""
    neuron = Neuron(1, activation="linear")
    _, grouping = grouped(neuron([1.0]) + neuron([2.0]))
    assert [g.name for g in grouping.groups] == ["Neuron"]
    assert Counter(grouping.of) == Counter({0: 4, -1: 3})


def test_a_part_that_the_graph_does_not_use_is_no_group() -> None:
    """Only what is drawn is grouped."""
    model = MLP(2, [2, 1])
    _, grouping = grouped(model.layers[0].neurons[0]([1.0, 2.0]))
    assert [g.name for g in grouping.groups] == ["MLP", "layers[0]", "layers[0].neurons[0]"]


def test_a_small_graph_without_a_model_has_no_groups() -> None:
    """There is nothing to fold."""
    a = Value(2.0, label="a")
    _, grouping = grouped(a * a + 1.0)
    assert grouping.groups == ()
    assert set(grouping.of) == {-1}


def test_what_is_alike_outside_of_the_model_is_bundled() -> None:
    """The loss of a hundred samples and the penalty are a few groups that say what they are."""
    model = MLP(2, [4, 1], activation="relu")
    graph, grouping = grouped(hinge_with_penalty(model, 100))
    sizes = Counter(grouping.of)
    outside = next(i for i, g in enumerate(grouping.groups) if g.name == "outside")
    bundles = {g.name: sizes[i] for i, g in enumerate(grouping.groups) if g.parent == outside}
    assert bundles == {
        "inputs": 0,
        "constants": 0,  # in runs
        "* of MLP": 100,
        "+ of * of MLP": 100,
        "ReLU of + of *": 100,
        "+ of ReLU of +": 100,
        "* of parameters": 17,
        "+ of * of parameters": 17,
    }
    assert grouping.groups[grouping.of[-1]].name == "outside"
    assert len(graph) == len(grouping.of)


def test_runs_are_named_by_what_they_hold_of_the_whole() -> None:
    """More than a hundred likes are divided, and the names are slices."""
    model = MLP(2, [4, 1], activation="relu")
    _, grouping = grouped(hinge_with_penalty(model, 100))
    names = [g.name for g in grouping.groups]
    assert [name for name in names if name.startswith("inputs")] == ["inputs", "inputs[0:100]", "inputs[100:200]"]


@pytest.mark.parametrize(
    "build",
    [
        lambda: long_chain(10_000),
        lambda: tangle(3000),
        lambda: Value.custom(0.0, [Value(float(i), label=f"x{i}") for i in range(1000)], [0.0] * 1000),
        lambda: sum(Value.custom(1.0, [Value(1.0, label="x")], [1.0], op=f"op{i}") for i in range(1000)),
    ],
    ids=["chain", "tangle", "wide", "unlike"],
)
def test_no_group_holds_more_than_can_be_looked_at(build: Callable[[], Value]) -> None:
    """Whatever a graph is like, the first step into it and every further one shows a bounded number of boxes."""
    _, grouping = grouped(build())
    held = Counter(grouping.of) + Counter(g.parent for g in grouping.groups)
    assert max(held.values()) <= 2 * FANOUT
    assert held[-1] <= FANOUT
    assert all(g.parent < i for i, g in enumerate(grouping.groups))


def test_a_wide_layer_is_divided_into_runs_of_neurons() -> None:
    """So are the calls of a neuron."""
    model = MLP(1, [250, 1])
    _, grouping = grouped(model([1.0]))
    runs = [g.name for g in grouping.groups if g.name.startswith("layers[0] ")]
    assert runs == ["layers[0] neurons[0:100]", "layers[0] neurons[100:200]", "layers[0] neurons[200:250]"]


def test_names_of_groups_are_unique() -> None:
    """A name that comes twice gets a number."""

    class Twin(Module):
        def __init__(self) -> None:
            self.w = [Value(1.0) for _ in range(50)]

    twin = Twin()
    twin.__dict__["Twin parameters"] = inner = Twin()
    out = sum(w * 1.0 for w in [*twin.w, *inner.w])
    assert isinstance(out, Value)
    _, grouping = grouped(out)
    names = [g.name for g in grouping.groups]
    assert len(set(names)) == len(names)
    assert "Twin parameters (2)" in names


# Kinds of nodes.


def test_kinds_of_nodes_in_a_network() -> None:
    """Parameters, what enters a neuron, the numbers of the loss, and what is computed."""
    model = LectureMLP(3, [1])
    graph, grouping = grouped(squared_error(model))
    kinds = dict(zip(graph.nodes, grouping.kinds, strict=True))
    assert {kinds[p] for p in model.parameters()} == {"parameter"}
    leaves = Counter(kinds[node] for node in graph.nodes if not node.parents)
    assert leaves == Counter({"input": 12, "constant": 5, "parameter": 4})
    assert kinds[graph.root] == "inner"


def test_kinds_of_nodes_without_a_model() -> None:
    """A label makes an input; without any label, every leaf is one."""
    a = Value(2.0, label="a")
    assert grouped(a * 3.0)[1].kinds == ("input", "constant", "inner")
    assert grouped(Value(2.0) * 3.0)[1].kinds == ("input", "input", "inner")


def test_a_leaf_that_operations_share_is_no_plain_number() -> None:
    """A number in an expression is a new leaf each time, so that this one was made by somebody, label or not."""
    a, b = Value(2.0, label="a"), Value(3.0)
    assert grouped(a * b + b)[1].kinds == ("input", "input", "inner", "inner")
    assert grouped(a * 3.0 + 3.0)[1].kinds == ("input", "constant", "inner", "constant", "inner")


def test_leaves_that_may_be_inputs_or_constants_are_called_leaves() -> None:
    """Without labels and models nothing tells the 2 in x * 2 from x; where something does, each has its name."""

    def names(label: str, shared: int) -> set[str]:
        xs = [Value(float(i), label=label and f"{label}{i}") for i in range(40)]
        root: Value = sum((x * 2 for x in xs + xs[:shared]), Value(0.0))
        return {group.name for group in grouped(root)[1].groups}

    assert names("", 0) == {"graph", "leaves", "* of leaves", "+ of * of leaves"}
    assert names("x", 0) == {"graph", "inputs", "constants", "* of inputs", "+ of * of inputs"}
    assert {"inputs", "leaves"} < names("", 40)
