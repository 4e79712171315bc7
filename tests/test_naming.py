"""Tests of names: labels first, then the places in the model, which is found by itself or given."""

from __future__ import annotations

import copy
import gc
import pickle
from itertools import pairwise, permutations
from typing import Any

import pytest

from micrograd import naming as naming_module
from micrograd.engine import Value
from micrograd.graph import walk
from micrograd.module import Module
from micrograd.naming import Naming, name_nodes
from micrograd.nn import MLP, Layer, Neuron


class PlainNeuron:
    """A neuron that is no Module, as the lecture writes it."""

    def __init__(self, nin: int) -> None:
        self.w = [Value(0.5) for _ in range(nin)]
        self.b = Value(0.1)

    def __call__(self, x: Any) -> Value:  # noqa: ANN401  # numbers or Values
        """Return tanh(w · x + b)."""
        total: Value = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return total.tanh()


class PlainNetwork:
    """A network that is no Module."""

    def __init__(self) -> None:
        self.layers = [[PlainNeuron(2), PlainNeuron(2)], [PlainNeuron(2)]]
        self.helper = len

    def __call__(self, x: Any) -> Value:  # noqa: ANN401  # numbers or Values
        """Return the output for two numbers."""
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        out: Value = x[0]
        return out


class Pair(Module):
    """Two MLPs, one after the other, and a number of its own."""

    def __init__(self) -> None:
        self.first, self.second = MLP(2, [2]), MLP(2, [1])
        self.gain = Value(2.0)

    def __call__(self, x: list[float]) -> Value:
        """Return the output for two numbers."""
        out: Value = self.second(self.first(x)) * self.gain
        return out


def named(naming: Naming) -> set[str]:
    """Return all names that are not empty."""
    return {name for name in naming.names if name}


def test_labels_are_names() -> None:
    """Without a model, only what has a label has a name."""
    a, b = Value(2.0, label="a"), Value(-3.0)
    naming = name_nodes(walk(a * b))
    assert naming == Naming(("a", "", ""), (), (-1, -1, -1))


def test_the_model_is_found_and_names_its_parameters() -> None:
    """The names are those of named_parameters(), and each parameter knows the neuron that holds it."""
    model = MLP(3, [2, 1])
    graph = walk(model([1.0, 2.0, 3.0]))
    naming = name_nodes(graph)
    expected = {value: name for name, value in model.named_parameters()}
    assert {node: name for node, name in zip(graph.nodes, naming.names, strict=True) if name} == expected
    assert [(part.name, part.parent) for part in naming.parts] == [
        ("MLP", -1),
        *(("layers[0]", 0), ("layers[0].neurons[0]", 1), ("layers[0].neurons[1]", 1)),
        *(("layers[1]", 0), ("layers[1].neurons[0]", 4)),
    ]
    owner = naming.owners[graph.nodes.index(model.layers[1].neurons[0].w[1])]
    assert naming.parts[owner].name == "layers[1].neurons[0]"
    assert {naming.owners[i] for i, parents in enumerate(graph.parents) if parents} == {-1}


def test_a_label_goes_before_the_place_in_the_model() -> None:
    """Who names a parameter reads that name; it stays a parameter."""
    neuron = Neuron(1)
    neuron.w[0].label = "slope"
    naming = name_nodes(walk(neuron([1.0])))
    assert named(naming) == {"slope", "b"}
    assert max(naming.owners) == 0


def test_the_outermost_model_is_the_one_that_names() -> None:
    """A network in a network is a part, not a model of its own."""
    pair = Pair()
    naming = name_nodes(walk(pair([1.0, 2.0])))
    assert "first.layers[0].neurons[1].w[0]" in naming.names
    assert "gain" in naming.names
    assert [part.name for part in naming.parts if part.parent < 0] == ["Pair"]


def test_a_part_that_was_there_before_its_owner_is_still_a_part() -> None:
    """Which of the two is older decides nothing."""

    class Wrapper(Module):
        def __init__(self, inner: Neuron) -> None:
            self.inner = inner

    neuron = Neuron(1)
    wrapper = Wrapper(neuron)
    naming = name_nodes(walk(neuron([1.0])))
    assert named(naming) == {"inner.w[0]", "inner.b"}
    assert [part.name for part in naming.parts] == ["Wrapper", "inner"]
    assert wrapper.inner is neuron


def test_models_that_the_graph_does_not_use_have_no_say() -> None:
    """Of several models alive, those without leaves here are passed over."""
    used, other = MLP(2, [1]), MLP(2, [1])
    naming = name_nodes(walk(used([1.0, 2.0])))
    assert "layers[0].neurons[0].b" in naming.names
    assert len(other.parameters()) == 3


def test_several_models_are_told_apart_by_class_or_number() -> None:
    """Names begin with the class, and with a number where the classes are the same, in the order of their use."""
    first, second, layer = Neuron(1), Neuron(1), Layer(1, 1)
    naming = name_nodes(walk(second([layer([first([1.0])])])))
    assert named(naming) == {
        *("Neuron1.w[0]", "Neuron1.b", "Neuron2.w[0]", "Neuron2.b"),
        *("Layer.neurons[0].w[0]", "Layer.neurons[0].b"),
    }
    penalty = sum(p**2 for p in first.parameters())
    graph = walk(second([layer([first([1.0])])]) + penalty)
    assert name_nodes(graph).names[graph.nodes.index(first.w[0])] == "Neuron1.w[0]"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])  # noqa: S301
def test_copies_are_found_as_models_are(copied: Any) -> None:  # noqa: ANN401  # a function
    """It does not matter how a Module came to be."""
    model = copied(MLP(2, [1]))
    assert "layers[0].neurons[0].w[1]" in name_nodes(walk(model([1.0, 2.0]))).names


def test_a_module_that_holds_its_owner_is_walked_once() -> None:
    """Modules that hold each other are one model."""
    outer, inner = Module(), Module()
    outer.inner, inner.outer = inner, outer  # type: ignore[attr-defined]
    inner.w = w = Value(2.0)  # type: ignore[attr-defined]
    outer.parameters = inner.parameters = lambda: [w]  # type: ignore[method-assign]
    naming = name_nodes(walk(w * 3.0))
    assert [part.parent for part in naming.parts].count(-1) == 1
    assert named(naming) <= {"w", "inner.w"}
    assert len(named(naming)) == 1


def test_what_only_parameters_lists_is_called_so() -> None:
    """A parameter that no attribute holds has the name that named_parameters() gives it."""
    hidden = Value(2.0)

    class Odd(Module):
        def parameters(self) -> list[Value]:
            return [hidden]

    odd = Odd()
    assert name_nodes(walk(hidden * 3.0)).names[0] == "parameters()[0]" == next(odd.named_parameters())[0]


def test_a_plain_object_is_walked_where_it_is_given() -> None:
    """Classes that are no Modules are not looked for, but `model=` takes them."""
    network = PlainNetwork()
    graph = walk(network([1.0, 2.0]))
    assert named(name_nodes(graph)) == set()
    naming = name_nodes(graph, network)
    assert len(named(naming)) == 9
    assert "layers[0][1].w[0]" in naming.names
    assert [part.name for part in naming.parts] == ["PlainNetwork", "layers[0][0]", "layers[0][1]", "layers[1][0]"]


def test_containers_are_models_where_they_are_given() -> None:
    """Lists and dicts of Values name them by place."""
    a, b = Value(2.0), Value(3.0)
    assert name_nodes(walk(a * b), [a, b]).names == ("[0]", "[1]", "")
    assert name_nodes(walk(a * b), {"a": [a]}).names == ("['a'][0]", "", "")


def test_the_model_that_is_given_is_the_only_one() -> None:
    """`model=` keeps the search from finding others."""
    inner, outer = Neuron(1), Neuron(1)
    naming = name_nodes(walk(outer([inner([1.0])])), inner)
    assert named(naming) == {"w[0]", "b"}


def test_a_model_of_another_graph_is_refused() -> None:
    """The message says what is wrong and what to do."""
    graph = walk(Value(1.0) + 2.0)
    message = "the model MLP holds none of the 2 leaves of this graph: give the model that it was computed with"
    with pytest.raises(ValueError, match=message):
        name_nodes(graph, MLP(1, [1]))


@pytest.mark.parametrize("model", [3, Value(1.0)])
def test_what_cannot_hold_parameters_is_no_model(model: object) -> None:
    """A number or a Value is refused, with what was given."""
    with pytest.raises(TypeError, match="a model is an object that keeps parameters in attributes"):
        name_nodes(walk(Value(1.0) + 2.0), model)


def test_a_model_is_not_kept_alive() -> None:
    """Once its last reference goes, a model no longer names anything."""
    neuron = Neuron(1)
    out = neuron([1.0])
    del neuron
    gc.collect()
    assert named(name_nodes(walk(out))) == set()


# Modules of any shape.


class Sharing(Module):
    """A Module that holds what it is given."""

    def __init__(self, **held: object) -> None:
        vars(self).update(held)


def in_all_orders(monkeypatch: pytest.MonkeyPatch, modules: list[Module], root: Value) -> list[tuple[Naming, set[str]]]:
    """Return the names in a graph for each order in which the garbage collector may list the Modules."""
    found = []
    for order in permutations(modules):
        monkeypatch.setattr("micrograd.naming.live_modules", lambda order=order: list(order))
        naming = name_nodes(walk(root))
        found.append((naming, named(naming)))
    return found


def test_containers_that_hold_themselves_are_walked_once() -> None:
    """Lists, dicts and tuples may lead back to themselves, in the model and in Modules apart from it."""
    other, neuron = Sharing(endless=[]), Neuron(1)
    other.endless.append(other.endless)  # type: ignore[attr-defined]
    neuron.tree = {"children": [{"leaf": 1.0}]}  # type: ignore[attr-defined]
    neuron.tree["children"][0]["parent"] = neuron.tree  # type: ignore[attr-defined]
    neuron.pair = ([],)  # type: ignore[attr-defined]
    neuron.pair[0].append(neuron.pair)  # type: ignore[attr-defined]
    graph = walk(neuron.w[0] * 1.0 + neuron.b)
    assert named(name_nodes(graph)) == {"w[0]", "b"}
    assert named(name_nodes(graph, neuron)) == {"w[0]", "b"}
    plain = [neuron.w[0]]
    plain.append(plain)  # type: ignore[arg-type]
    assert named(name_nodes(graph, plain)) == {"[0]"}


def test_a_module_whose_parameters_cannot_be_listed_disturbs_nobody() -> None:
    """Another Module that is half made, for example, is passed over."""

    class Broken(Module):
        def parameters(self) -> list[Value]:
            raise RuntimeError

    broken, neuron = Broken(), Neuron(1)
    assert named(name_nodes(walk(neuron([1.0])))) == {"w[0]", "b"}
    assert vars(broken) == {}


def test_numbers_in_a_module_are_passed_over_before_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Module may hold a data set of millions; of each item that leads no further, not even the path is written."""
    data = Sharing(
        xs=[0.5] * 1000, mixed=[Value(2.0), *[0.5, "a", None, b"b"] * 250], table=dict.fromkeys(range(1000), 1.0)
    )
    walked: list[object] = []
    leads_on = naming_module._leads_on  # noqa: SLF001  # what is asked of everything that is no number

    def counted(item: object, *, plain: bool) -> bool:
        walked.append(item)
        return leads_on(item, plain=plain)

    monkeypatch.setattr(naming_module, "_leads_on", counted)
    graph = walk(data.mixed[0] * 1.0)  # type: ignore[attr-defined]
    monkeypatch.setattr("micrograd.naming.live_modules", lambda: [data])
    assert named(name_nodes(graph)) == {"mixed[0]"}
    assert len(walked) == 4


def test_models_that_share_parameters_are_named_alike_whatever_the_collector_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The order in which the collector lists Modules changes as it runs; names and parts go by the graph."""
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    few, many, same, other = Sharing(a=a), Sharing(a=a, b=b), Sharing(a=a, c=c), Sharing(first=a, second=b)
    found = in_all_orders(monkeypatch, [few, many, same, other], a * b + c)
    assert [each == found[0] for each in found] == [True] * 24
    assert found[0][1] == {"Sharing1.a", "Sharing1.b", "Sharing2.c"}


def test_modules_that_hold_each_other_are_named_alike_whatever_the_collector_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With pointers to the parent none is outermost; the one that holds most is the model."""
    parts = [Sharing(w=Value(float(i))) for i in range(3)]
    whole = Sharing(parts=parts)
    for part in parts:
        part.whole = whole  # type: ignore[attr-defined]
    total = sum(part.w * 2.0 for part in parts)  # type: ignore[attr-defined]
    assert isinstance(total, Value)
    found = in_all_orders(monkeypatch, [*parts, whole], total)
    assert [each == found[0] for each in found] == [True] * 24
    assert found[0][1] == {"parts[0].w", "parts[1].w", "parts[2].w"}
    chain = [Sharing(w=Value(float(i))) for i in range(3)]
    for one, next_one in pairwise(chain):
        one.next, next_one.last = next_one, one
    chain[0].last, chain[2].next = chain[2], chain[0]
    found = in_all_orders(monkeypatch, list(chain), chain[0].w * chain[1].w * chain[2].w)
    assert [each == found[0] for each in found] == [True] * 6
    assert "w" in found[0][1]
