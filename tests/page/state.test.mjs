// Steps and what is known at each: the order of the engine, the mistakes, and their damage.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { compute, readGraph } from "../../src/micrograd/draw/page/graph.js";
import { toNumber } from "../../src/micrograd/draw/page/numbers.js";
import { damage, differs, gradients, makeRun, stateAt } from "../../src/micrograd/draw/page/state.js";
import { makeTimeline, nextDone } from "../../src/micrograd/draw/page/timeline.js";
import { diamond, inner, leaf, lecture, payloadOf, twice, unknown } from "./payloads.mjs";

function runOf(payload, fault = null) {
  const graph = readGraph(payload);
  return makeRun(graph, compute(graph, new Map()), fault);
}

function damageOf(payload, fault) {
  const run = runOf(payload, fault);
  const end = run.timeline.steps.length;
  return damage(run, stateAt(run, end), gradients(runOf(payload)), end);
}

test("a step for each inner node, one for the seed, one for each edge from the root back", () => {
  const { steps, seedAt, doneAt } = makeTimeline(readGraph(lecture()));
  const told = steps.map(({ kind, node, child }) => (kind === "edge" ? `${child}>${node}` : `${kind} ${node}`));
  assert.deepEqual(told, ["forward 2", "forward 4", "forward 6", "seed 6", "6>4", "6>5", "4>2", "4>3", "2>0", "2>1"]);
  assert.equal(seedAt, 4);
  assert.deepEqual([...doneAt], [9, 10, 7, 8, 5, 6, 4]);
});

test("nothing is computed at the start, and gradients are no zeros before a step reaches them", () => {
  const run = runOf(lecture());
  const start = stateAt(run, 0);
  assert.deepEqual([...start.computed], [1, 1, 0, 1, 0, 1, 0]);
  assert.deepEqual([...start.reached], [0, 0, 0, 0, 0, 0, 0]);
  const later = stateAt(run, 5);
  assert.deepEqual([...later.reached], [0, 0, 0, 0, 1, 0, 1]);
  assert.deepEqual([later.grads[6], later.grads[4]], [1, -2]);
});

test("a step may be reached from anywhere, since its state hangs on the step alone", () => {
  const run = runOf(diamond());
  const once = stateAt(run, 7);
  stateAt(run, 10);
  stateAt(run, 2);
  assert.deepEqual(stateAt(run, 7), once);
});

test("gradients accumulate over the uses of a node, also within one operation", () => {
  assert.deepEqual([...gradients(runOf(diamond()))], [-3, -8, 1, -6, 1]);
  assert.deepEqual([...gradients(runOf(twice()))], [2, 1]);
});

test("a leaf alone has the gradient 1", () => {
  assert.deepEqual([...gradients(runOf(payloadOf([leaf("a", 3)])))], [1]);
});

test("overwriting loses every use but the last, and harms nothing that is used once", () => {
  assert.deepEqual([...gradients(runOf(diamond(), "overwrite"))], [3, -2, 1, -6, 1]);
  assert.deepEqual(damageOf(diamond(), "overwrite"), [0, 1]);
  assert.deepEqual(damageOf(twice(), "overwrite"), [0]);
  assert.deepEqual(damageOf(lecture(), "overwrite"), []);
});

test("in the wrong order nodes hand on gradients that they do not have yet", () => {
  const run = runOf(lecture(), "order");
  assert.deepEqual(run.timeline.steps.slice(4, 6).map(({ child }) => child), [2, 2]);
  assert.deepEqual([...gradients(run)], [0, 0, 0, 0, -2, 4, 1].map((x) => x + 0));
  assert.deepEqual(damageOf(lecture(), "order"), [0, 1, 2, 3]);
});

test("gradients that are not zeroed are there from the start, and count twice on the leaves", () => {
  const run = runOf(lecture(), "unzeroed");
  const start = stateAt(run, 0);
  assert.deepEqual([...start.reached], [2, 2, 0, 2, 0, 2, 0]);
  assert.equal(start.grads[0], 6);
  assert.deepEqual([...gradients(run)], [12, -8, -2, -4, -2, 8, 1]);
  assert.deepEqual(damageOf(lecture(), "unzeroed"), [0, 1, 3, 5]);
  assert.deepEqual([...gradients(runOf(payloadOf([leaf("a", 3)]), "unzeroed"))], [2]);
});

test("damage is told of a node once nothing more is added to it", () => {
  const run = runOf(diamond(), "overwrite");
  const truth = gradients(runOf(diamond()));
  const known = [7, 8, 9, 10].map((t) => damage(run, stateAt(run, t), truth, t));
  assert.deepEqual(known, [[], [], [0], [0, 1]]);
});

test("what nobody knows is neither nan nor 0, and what hangs on it is unknown, too", () => {
  const deeper = unknown().nodes;
  deeper.unshift(leaf("v", 1), inner("u", "add", [0, 0], 2, [1, 1]));
  const payload = payloadOf(deeper.map((node, i) => (i < 2 ? node : { ...node, parents: node.parents.map((parent) => parent + 2) })));
  payload.nodes[3].parents = [1]; // own(u)·w, with u = v + v
  assert.deepEqual([...gradients(runOf(payload))], [null, null, 0, 5, 4, 1]);
  assert.deepEqual([...gradients(runOf(payload, "order"))], [0, null, 0, 5, 4, 1]);
  for (const fault of ["overwrite", "order"]) assert.deepEqual(damageOf(payload, fault), []);
  assert.deepEqual(damageOf(payload, "unzeroed"), [4]);
  const run = runOf(payload);
  const states = [...run.timeline.steps.keys()].map((t) => stateAt(run, t));
  assert.ok(states.every(({ grads }) => !grads.some(Number.isNaN)));
});

test("nan differs from a number and not from nan", () => {
  assert.ok(differs(NaN, 1));
  assert.ok(!differs(NaN, NaN));
  assert.ok(!differs(Infinity, Infinity));
  assert.ok(!differs(0.1 + 0.2, 0.3));
});

test("the next complete gradient is found from any step", () => {
  const timeline = makeTimeline(readGraph(lecture()));
  assert.deepEqual(nextDone(timeline, 0), { node: 6, step: 4 });
  assert.deepEqual(nextDone(timeline, 4), { node: 4, step: 5 });
  assert.equal(nextDone(timeline, 10), undefined);
});

const path = process.env.MICROGRAD_CASES;
const skip = path ? false : "run by pytest, which exports the graphs from Python";

test("gradients are those of the engine, bit by bit", { skip }, () => {
  const { graphs } = JSON.parse(readFileSync(path, "utf8"));
  assert.ok(graphs.length > 5);
  for (const { payload, grads } of graphs) {
    assert.deepEqual([...gradients(runOf(payload))].map((x) => x + 0), grads.map((x) => toNumber(x) + 0));
  }
});

test("recomputed from its leaves, a graph is as Python has it", { skip }, () => {
  const { graphs } = JSON.parse(readFileSync(path, "utf8"));
  for (const { payload } of graphs) assert.equal(compute(readGraph(payload), new Map()).stale, false);
});
