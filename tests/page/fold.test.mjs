// What is seen of a graph: what opens by itself, boxes and edges.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fold, initialOpen } from "../../src/micrograd/draw/page/fold.js";

// A model with two layers of two neurons of three nodes each, in a row, and a node behind them.
function network() {
  const groups = [{ name: "MLP", kind: "model", parent: -1 }];
  const nodes = [];
  for (let layer = 0; layer < 2; layer += 1) {
    const outer = groups.push({ name: `layers[${layer}]`, kind: "layer", parent: 0 }) - 1;
    for (let neuron = 0; neuron < 2; neuron += 1) {
      const group = groups.push({ name: `layers[${layer}].neurons[${neuron}]`, kind: "neuron", parent: outer }) - 1;
      for (let i = 0; i < 3; i += 1) nodes.push({ parents: nodes.length ? [nodes.length - 1] : [], group });
    }
  }
  nodes.push({ parents: [11, 11], group: -1 });
  return { nodes, groups };
}

const ids = (seen) => seen.boxes.map((box) => box.id);

test("a graph within the limit is seen whole", () => {
  const graph = network();
  const open = initialOpen(graph, 13);
  assert.equal(open.size, graph.groups.length);
  const { boxes, edges } = fold(graph, open);
  assert.equal(boxes.length, 13);
  assert.deepEqual(boxes[12], { id: "n12", kind: "node", index: 12, members: [12] });
  assert.equal(edges.length, 12);
  assert.deepEqual(edges[11], { from: "n11", to: "n12", links: [{ child: 12, operand: 0 }, { child: 12, operand: 1 }] });
});

test("beyond it, layers open and neurons stay folded", () => {
  const graph = network();
  const { boxes, edges } = fold(graph, initialOpen(graph, 12));
  assert.deepEqual(boxes.map((box) => box.id), ["g2", "g3", "g5", "g6", "n12"]);
  assert.deepEqual(boxes[0], { id: "g2", kind: "group", index: 2, members: [0, 1, 2] });
  assert.deepEqual(edges.map(({ from, to }) => `${from} ${to}`), ["g2 g3", "g3 g5", "g5 g6", "g6 n12"]);
});

test("all groups of one kind at one depth open, or none of them", () => {
  const graph = network();
  assert.deepEqual(ids(fold(graph, initialOpen(graph, 4))), ["g1", "g4", "n12"]);
  assert.deepEqual(ids(fold(graph, initialOpen(graph, 2))), ["g0", "n12"]);
});

test("wide layers stay folded, for the many edges between them", () => {
  const groups = [0, 1].map((layer) => ({ name: `layers[${layer}]`, kind: "layer", parent: -1 }));
  const first = Array.from({ length: 40 }, () => ({ parents: [], group: 0 }));
  const second = first.map(() => ({ parents: [...first.keys()], group: 1 }));
  const nodes = [...first, ...second, { parents: [79], group: -1 }];
  assert.deepEqual(ids(fold({ nodes, groups }, initialOpen({ nodes, groups }, 80))), ["g0", "g1", "n80"]);
});

test("a group that is open inside of a folded one stays hidden", () => {
  const graph = network();
  assert.deepEqual(ids(fold(graph, new Set([1, 2]))), ["g0", "n12"]);
});

test("the order of groups beside each other decides nothing", () => {
  const graph = network();
  assert.deepEqual(ids(fold(graph, new Set([0, 4, 1]))), ids(fold(graph, new Set([0, 1, 4]))));
});

test("links inside of a folded group are no edges", () => {
  const graph = network();
  assert.deepEqual(fold(graph, new Set()).edges, [
    { from: "g0", to: "n12", links: [{ child: 12, operand: 0 }, { child: 12, operand: 1 }] },
  ]);
});

test("a graph without groups is its nodes", () => {
  const graph = { nodes: [{ parents: [], group: -1 }], groups: [] };
  assert.deepEqual(ids(fold(graph, initialOpen(graph, 300))), ["n0"]);
});
