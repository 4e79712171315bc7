"""Tests of what is seen of a graph: what opens by itself, what is named, boxes and edges; Python against JavaScript."""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from drawn_networks import LectureMLP, hinge_with_penalty, long_chain, squared_error, tangle

from micrograd.draw.fold import Folded, fold, initial_open, named_groups, spread, unchanged
from micrograd.draw.groups import Group, Grouping, group_nodes
from micrograd.draw.payload import payload
from micrograd.engine import Value
from micrograd.graph import Graph, walk
from micrograd.naming import name_nodes
from micrograd.nn import MLP

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

PAGE = Path(__file__).resolve().parents[2] / "src" / "micrograd" / "draw" / "page"

FOLD_IN_NODE = """
import { fold, initialOpen } from "%s";
import { readFileSync } from "node:fs";
const { graph, limit } = JSON.parse(readFileSync(0, "utf8"));
const open = initialOpen(graph, limit);
console.log(JSON.stringify({ open: [...open], ...fold(graph, open) }));
"""


def grouped(root: Value) -> tuple[Graph, Grouping]:
    """Return a graph and its groups."""
    graph = walk(root)
    return graph, group_nodes(graph, name_nodes(graph))


def seen(root: Value, limit: int = 300, names: Collection[str] = ()) -> list[str]:
    """Return the names of the folded groups that are seen, and the operations of the nodes that are."""
    graph, grouping = grouped(root)
    folded = fold(graph, grouping, initial_open(graph, grouping, limit, named_groups(grouping, names)))
    return [
        grouping.groups[box.group].name if box.group >= 0 else graph.nodes[box.members[0]].op for box in folded.boxes
    ]


def test_a_small_graph_is_seen_whole() -> None:
    """Up to the limit, every node is a box of its own, and every operand an edge."""
    a = Value(3.0)
    graph, grouping = grouped(a * a + a)
    folded = fold(graph, grouping, initial_open(graph, grouping))
    assert [box.members for box in folded.boxes] == [[0], [1], [2]]
    assert folded.edges == {(0, 1): [(1, 0), (1, 1)], (1, 2): [(2, 0)], (0, 2): [(2, 1)]}


def test_one_node_more_than_the_limit_folds() -> None:
    """The limit is that of the nodes that are seen one by one."""
    model = LectureMLP(1, [1])
    out = model([1.0])
    n = len(walk(out))
    assert len(seen(out, n)) == n
    assert seen(out, n - 1) == ["layers[0].neurons[0]", ""]


def test_one_sample_of_the_moons_network_is_seen_as_its_neurons() -> None:
    """About a thousand nodes become 33 neurons and their inputs."""
    model = LectureMLP(2, [16, 16, 1])
    names = seen(model([0.5, -0.5]))
    neurons = [f"layers[{i}].neurons[{j}]" for i, n in enumerate([16, 16, 1]) for j in range(n)]
    assert sorted(names) == sorted([*neurons, "inputs"])


def test_with_a_smaller_limit_less_is_opened() -> None:
    """Neurons fold into layers, and layers into the model."""
    model = LectureMLP(2, [16, 16, 1])
    out = model([0.5, -0.5])
    assert sorted(seen(out, 30)) == ["inputs", "layers[0]", "layers[1]", "layers[2]"]
    assert sorted(seen(out, 3)) == ["LectureMLP", "inputs"]
    assert sorted(seen(out, 1)) == ["LectureMLP", "outside"]


def test_wide_layers_are_seen_as_layers() -> None:
    """Between two layers of 40 neurons there would be 1600 edges; a single one of them may be opened."""
    model = MLP(2, [40, 40, 1])
    out = model([0.5, -0.5])
    assert sorted(seen(out)) == ["", "", "layers[0]", "layers[1]", "layers[2]"]
    assert len(seen(out, 300, ["layers[0].neurons[0]"])) == 2 + 39 + 5 + 2  # layers, neurons, nodes, inputs


def test_neurons_are_opened_by_name_with_all_in_them() -> None:
    """The neuron's nodes are seen, the others stay folded."""
    model = LectureMLP(2, [16, 16, 1])
    names = seen(model([0.5, -0.5]), 300, ["layers[0].neurons[3]"])
    assert "layers[0].neurons[3]" not in names
    assert "layers[0].neurons[4]" in names
    assert names.count("tanh") == 1


def test_a_layer_by_name_opens_its_neurons() -> None:
    """What is in a group that is named opens too, as far as the limit goes."""
    model = LectureMLP(2, [16, 16, 1])
    out = model([0.5, -0.5])
    assert seen(out, 300, ["layers[0]"]).count("tanh") == 16
    assert seen(out, 100, ["layers[0]"]).count("tanh") == 9  # as many as fit


@pytest.mark.parametrize(("network", "n"), [(MLP, 2), (MLP, 100), (LectureMLP, 10)])
@pytest.mark.parametrize("name", ["layers[0]", "layers[1]", "layers[0].neurons[3]", "outside"])
def test_what_is_named_shows_more_and_no_more_than_the_limit(network: Callable[..., Any], n: int, name: str) -> None:
    """Even of a layer that is open already, or a neuron with a hundred calls, a level more is seen and not all."""
    model = network(2, [16, 16, 1])
    graph, grouping = grouped(hinge_with_penalty(model, n))
    wanted = named_groups(grouping, [name])
    plain, opened = initial_open(graph, grouping), initial_open(graph, grouping, 300, wanted)
    assert any(grouping.groups[i].parent in wanted for i in opened - plain) or not wanted <= plain
    assert wanted <= opened
    folded = fold(graph, grouping, opened)
    assert len(folded.boxes) <= 300
    assert len(folded.edges) <= 1000
    assert list(unchanged(graph, grouping, 300, wanted, opened)) == []


def test_a_neuron_with_many_calls_opens_to_runs_of_them() -> None:
    """Each call is joined to all neurons of the next layer; a run is a box, and opens by name in turn."""
    model = MLP(2, [16, 16, 1])
    root = hinge_with_penalty(model, 100)
    names = seen(root, 300, ["layers[0].neurons[3]"])
    runs = [f"layers[0].neurons[3] calls[{i}:{i + 10}]" for i in range(0, 100, 10)]
    assert [name for name in names if "call" in name] == runs
    names = seen(root, 300, [runs[4]])
    assert len([name for name in names if " calls[" in name]) == 9
    few = seen(hinge_with_penalty(model, 30), 300, ["layers[0].neurons[3]"])
    assert not any(" calls[" in name for name in few)


def test_a_group_that_is_open_already_and_has_no_room_says_what_can_be_opened() -> None:
    """Where nothing changes, somebody is told why; where something does, or all is open, nothing is said."""
    model = LectureMLP(2, [16, 16, 1])
    out = model([0.5, -0.5])
    neurons = [f"layers[{i}].neurons[{j}]" for i, n in enumerate([16, 16, 1]) for j in range(n)]

    def said(limit: int, *names: str) -> list[str]:
        graph, grouping = grouped(out)
        wanted = named_groups(grouping, names)
        return list(unchanged(graph, grouping, limit, wanted, initial_open(graph, grouping, limit, wanted)))

    start = (
        "is open already, and with any more of it more than 40 boxes or 1000 edges would be seen: open some of it by"
    )
    assert said(40, "layers[0]", "layers[2]") == [
        f"layers[0] {start} name, such as {', '.join(map(repr, neurons[:3]))}, or give a larger limit",
        f"layers[2] {start} name, such as {neurons[-1]!r}, or give a larger limit",
    ]
    assert said(300, "layers[0]") == said(40, "layers[0].neurons[0]") == said(40) == said(2000, "layers[0]") == []


def test_what_is_named_opens_beyond_the_limit() -> None:
    """Names are obeyed in any case."""
    model = LectureMLP(2, [16, 16, 1])
    names = seen(model([0.5, -0.5]), 1, ["layers[0].neurons[3]"])
    assert "layers[0].neurons[2]" in names
    assert "layers[1]" in names
    assert names.count("tanh") == 1


def test_all_opens_everything() -> None:
    """Every node is seen."""
    out = squared_error(LectureMLP(3, [4, 4, 1]))
    assert len(seen(out, 300, ["all"])) == len(walk(out))


def test_a_misspelt_name_raises_with_the_nearest_ones() -> None:
    """The message tells what to write instead."""
    model = MLP(2, [2, 1])
    _, grouping = grouped(model([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"no group is called 'layer\[0\]'; near to it: 'layers\[0\]'"):
        named_groups(grouping, ["layer[0]"])


def test_a_name_in_a_graph_without_groups_raises() -> None:
    """The message says that there are none."""
    _, grouping = grouped(Value(1.0) + 1.0)
    with pytest.raises(ValueError, match="this graph has no groups to open"):
        named_groups(grouping, "layers[0]")


@pytest.mark.parametrize(
    "build",
    [
        lambda: long_chain(2500),
        lambda: tangle(2500),
        lambda: hinge_with_penalty(MLP(2, [16, 16, 1]), 60),
        lambda: squared_error(LectureMLP(3, [30, 30, 1])),
        lambda: sum((Value.custom(1.0, [Value(1.0)], [1.0], op=f"op{i}") for i in range(2500)), Value(0.0)),
    ],
    ids=["chain", "tangle", "moons", "lecture", "unlike"],
)
@pytest.mark.parametrize("limit", [50, 300])
def test_large_graphs_fold_to_the_limit(build: Callable[[], Value], limit: int) -> None:
    """Thousands of nodes are at most as many boxes as asked for, and each node is in exactly one."""
    graph, grouping = grouped(build())
    folded = fold(graph, grouping, initial_open(graph, grouping, limit))
    assert len(graph) > 3000
    assert 1 < len(folded.boxes) <= limit
    assert sorted(i for box in folded.boxes for i in box.members) == list(range(len(graph)))


def test_a_chain_of_a_hundred_thousand_operations_folds() -> None:
    """Nothing recurses."""
    root = long_chain(50_000)
    assert len(seen(root)) < 20


def test_edges_keep_all_links_between_boxes() -> None:
    """Between two boxes there is one edge, and every operand that crosses is a link of it."""
    graph, grouping = grouped(squared_error(LectureMLP(3, [4, 4, 1])))
    folded = fold(graph, grouping, initial_open(graph, grouping))
    place = {i: k for k, box in enumerate(folded.boxes) for i in box.members}
    crossing = [(child, k) for child, parents in enumerate(graph.parents) for k, p in enumerate(parents)]
    crossing = [(child, k) for child, k in crossing if place[graph.parents[child][k]] != place[child]]
    assert sorted(link for links in folded.edges.values() for link in links) == sorted(crossing)
    assert all(start != end for start, end in folded.edges)


def test_spread_keeps_what_is_not_finite_apart() -> None:
    """Infinity and nan are counted, and do not spoil the mean; huge numbers do not overflow it."""
    numbers = spread([1.0, math.nan, 3.0, -math.inf])
    assert (numbers.least, numbers.mean, numbers.most) == (1.0, 2.0, 3.0)
    assert (numbers.finite, numbers.not_finite) == (2, 2)
    assert spread([1e308, 1e308]).mean == 1e308
    assert math.isnan(spread([math.inf]).mean)


# The same in JavaScript.


def random_grouping(seed: int) -> dict[str, Any]:
    """Return a payload with nodes and groups at random."""
    rng = random.Random(seed)
    groups: list[dict[str, Any]] = []
    for i in range(rng.randint(0, 40)):
        kind = rng.choice(["model", "layer", "neuron", "call", "op"])
        groups.append({"name": f"g{i}", "kind": kind, "parent": rng.randint(-1, i - 1)})
    nodes = [
        {"parents": [rng.randrange(i) for _ in range(rng.randint(0, min(i, 3)))], "group": rng.randint(-1, i % 41 - 1)}
        for i in range(rng.randint(1, 200))
    ]
    for node in nodes:
        node["group"] = min(int(str(node["group"])), len(groups) - 1)
    return {"nodes": nodes, "groups": groups}


def in_node(graph: dict[str, Any], limit: int) -> dict[str, Any]:
    """Return what the page makes of a graph."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, which runs the page's scripts here")
    script = FOLD_IN_NODE % (PAGE / "fold.js").as_uri()
    command = [node, "--input-type=module", "-e", script]
    outcome = subprocess.run(
        command, input=json.dumps({"graph": graph, "limit": limit}), capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(outcome.stdout)
    return answer


def as_in_python(graph: dict[str, Any], limit: int) -> dict[str, Any]:
    """Return the same from the functions here."""
    parents = tuple(tuple(node["parents"]) for node in graph["nodes"])
    groups = tuple(Group(**group) for group in graph["groups"])
    grouping = Grouping(groups, tuple(node["group"] for node in graph["nodes"]), ())
    plain = Graph((), parents)
    opened = initial_open(plain, grouping, limit)
    folded = fold(plain, grouping, opened)
    return {"open": sorted(opened), "boxes": _boxes(folded), "edges": _edges(folded)}


def _boxes(folded: Folded) -> list[dict[str, Any]]:
    """Return boxes as the page has them."""
    return [
        {
            "id": _id(folded, k),
            "kind": "group" if box.group >= 0 else "node",
            "index": box.group if box.group >= 0 else box.members[0],
            "members": box.members,
        }
        for k, box in enumerate(folded.boxes)
    ]


def _edges(folded: Folded) -> list[dict[str, Any]]:
    """Return edges as the page has them."""
    return [
        {
            "from": _id(folded, start),
            "to": _id(folded, end),
            "links": [{"child": child, "operand": operand} for child, operand in links],
        }
        for (start, end), links in folded.edges.items()
    ]


def _id(folded: Folded, k: int) -> str:
    """Return the name that the page has for a box."""
    box = folded.boxes[k]
    return f"g{box.group}" if box.group >= 0 else f"n{box.members[0]}"


@pytest.mark.parametrize("limit", [20, 300])
def test_the_page_folds_as_python_does(limit: int) -> None:
    """A network and its loss open and fold to the same boxes and edges, in the same order."""
    graph = payload(squared_error(LectureMLP(3, [4, 4, 1])))
    there = in_node(graph, limit)
    assert {**there, "open": sorted(there["open"])} == as_in_python(graph, limit)


@pytest.mark.parametrize("seed", range(8))
def test_the_page_folds_anything_as_python_does(seed: int) -> None:
    """So do groups at random, whose boxes may even form circles."""
    graph = random_grouping(seed)
    limit = random.Random(seed).randint(1, 60)
    there = in_node(graph, limit)
    assert {**there, "open": sorted(there["open"])} == as_in_python(graph, limit)
