// The graph: what edits change, what stays, what cannot be followed; numerical gradients.

import assert from "node:assert/strict";
import { test } from "node:test";

import { compute, forwardFrom, readGraph } from "../../src/micrograd/draw/page/graph.js";
import { agrees, numericalGradient } from "../../src/micrograd/draw/page/numerical.js";
import { gradients, makeRun } from "../../src/micrograd/draw/page/state.js";
import { assertClose, custom, diamond, inner, leaf, lecture, payloadOf } from "./payloads.mjs";

const NONE = new Map();

test("without edits the numbers are Python's own, to the last bit", () => {
  const almost = payloadOf([leaf("a", 0.5), inner("t", "tanh", [0], 0.46211715726000981, [0.78644773296592741])]);
  const { data, locals, stale } = compute(readGraph(almost), NONE);
  assert.equal(data[1], 0.46211715726000981);
  assert.equal(locals[1][0], 0.78644773296592741);
  assert.equal(stale, false);
});

test("an edit changes what hangs on it, and the derivatives there", () => {
  const { data, locals } = compute(readGraph(lecture()), new Map([[0, 5]]));
  assert.deepEqual([...data], [5, -3, -15, 10, -5, -2, 10]);
  assert.deepEqual(locals[2], [-3, 5]);
  assert.deepEqual(locals[6], [-2, -5]);
});

test("leaves that changed after the forward pass are noticed, and all is computed anew", () => {
  const payload = lecture();
  payload.nodes[0].data = 3;
  const { data, locals, stale } = compute(readGraph(payload), NONE);
  assert.equal(stale, true);
  assert.equal(data[6], -2);
  assert.deepEqual(locals[2], [-3, 3]);
});

test("setting an inner node holds it, whatever its operands are", () => {
  const graph = readGraph(lecture());
  const { data } = forwardFrom(graph, graph.data, new Map([[2, 1], [0, 7]]));
  assert.deepEqual([data[2], data[6]], [1, -22]);
});

test("an operation of the user's own keeps its number, and fixes what feeds it", () => {
  const graph = readGraph(custom());
  assert.deepEqual(graph.own, [false, true, false, false]);
  assert.deepEqual(graph.fixed, [true, false, false, false]);
  const deeper = custom().nodes;
  deeper.splice(1, 1, inner("s", "add", [0, 0], 6, [1, 1]), { ...deeper[1], parents: [1] });
  deeper.at(-1).parents = [2, 3];
  assert.deepEqual(readGraph(payloadOf(deeper)).fixed, [true, true, false, false, false]);
  const { data, locals } = compute(graph, new Map([[2, 10]]));
  assert.equal(data[3], 270);
  assert.deepEqual(locals[1], [27]);
});

test("texts stand for numbers that JSON lacks, and null for derivatives that nobody knows", () => {
  const nodes = custom().nodes;
  nodes[0].data = "inf";
  nodes[1].local = [null];
  const graph = readGraph(payloadOf(nodes));
  assert.equal(graph.data[0], Infinity);
  assert.equal(graph.locals[1][0], null);
  nodes[1].local = ["nan"];
  assert.ok(Number.isNaN(readGraph(payloadOf(nodes)).locals[1][0]));
});

// Returns whether a graph of one operation is taken for one whose leaves were changed.
function isStale(row, operands, value, more = {}) {
  const leaves = operands.map((x, i) => leaf(`x${i}`, x));
  const local = operands.map(() => 1);
  const node = { ...inner("y", row, [...operands.keys()], value, local, more), rule: 0 };
  return compute(readGraph(payloadOf([...leaves, node])), NONE).stale;
}

test("a change of small numbers is noticed, as is one of large numbers", () => {
  assert.equal(isStale("mul", [1e-8, 2e-8], 2e-16), false);
  assert.equal(isStale("mul", [3e-8, 2e-8], 2e-16), true);
  assert.equal(isStale("mul", [3e8, 2e8], 6e16), false);
  assert.equal(isStale("mul", [3e8, 2e8], 6.00001e16), true);
  assert.equal(isStale("mul", [2e-300, 3e-10], 1e-310), true);
  assert.equal(isStale("neg", [3], -Infinity), true);
  assert.equal(isStale("neg", [Infinity], -3), true);
});

test("rounding is no change: of terms that cancel, of tails, of the least numbers", () => {
  assert.equal(isStale("sum", [1e16, 1, -1e16], 1), false);
  assert.equal(isStale("sum", [1, 2, -3], 1e-16), false);
  assert.equal(isStale("sum", [1, 2, -3], 1e-6), true);
  assert.equal(isStale("dot", [1e3, 1e3, 1e3, -1e3], 1e-10), false);
  assert.equal(isStale("dot", [1e3, 1e3, 1e3, -1e3], 1e-3), true);
  assert.equal(isStale("gelu", [-6], -6 * 0.5 * 1.9731752900753905e-9), false);
  assert.equal(isStale("logsumexp", [-Math.LN2, -Math.LN2], 1e-16), false);
  assert.equal(isStale("exp", [-745], 1e-323), false);
});

function slopeOf(payload, i) {
  const graph = readGraph(payload);
  return numericalGradient(graph, graph.data, i, gradients(makeRun(graph, compute(graph, NONE))));
}

// L = a / b.
function quotient(a, b) {
  const rules = [{ row: "div", words: "", derivatives: [["div", 1, ["x", 1]], ["neg", ["div", ["x", 0], ["mul", ["x", 1], ["x", 1]]]]] }];
  const node = { ...inner("L", "div", [0, 1], a / b, [1 / b, -a / b / b]), rule: 0 };
  const text = (x) => (Number.isFinite(x) ? x : String(x));
  return { ...payloadOf([leaf("a", a), leaf("b", b), { ...node, data: text(node.data), local: node.local.map(text) }]), rules };
}

test("numerical gradients are those of central differences, for leaves, inner nodes and the root", () => {
  [-3, -8, 1, -6, 1].forEach((expected, i) => assertClose(slopeOf(diamond(), i).slope, expected, 1e-8, i));
});

test("there is no numerical gradient through an operation of the user's own", () => {
  assert.equal(slopeOf(custom(), 0), null);
  assertClose(slopeOf(custom(), 2).slope, 27, 1e-8);
});

test("there is no numerical gradient where a value or a gradient is not finite", () => {
  for (const i of [0, 1, 2]) assert.equal(slopeOf(quotient(1, 0), i), null);
  const graph = readGraph(lecture());
  for (const grad of [Infinity, NaN, null]) assert.equal(numericalGradient(graph, graph.data, 0, [grad, 1, 1, 1, 1, 1, 1]), null);
  assert.equal(numericalGradient(graph, Float64Array.of(2, -3, -6, 10, 4, Infinity, Infinity), 1, new Array(7).fill(1)), null);
});

test("beside a pole the step is small enough, or there is no numerical gradient", () => {
  assertClose(slopeOf(quotient(1, 1e-7), 1).slope, -1e14, 1e-4);
  const jump = { ...inner("y", "step", [0], 1, [0]), parameter: 0, rule: 0 };
  const payload = { ...payloadOf([leaf("x", 1e-300), jump]), rules: [{ row: "step", words: "", derivatives: [0] }] };
  assert.equal(slopeOf(payload, 0).slope, 0);
  payload.nodes[0].data = 0;
  payload.nodes[1].data = 0;
  assert.equal(slopeOf(payload, 0), null);
});

test("gradients agree but for the error of differences, and never with the other sign", () => {
  const near = (analytic, slope, error = 1e-11) => agrees(analytic, { slope, error });
  assert.ok(near(1, 1 + 1e-9));
  assert.ok(near(0, 3e-12));
  assert.ok(!near(1, 1.001));
  assert.ok(!near(1e-8, -1e-8));
  assert.ok(!near(1e-8, 2e-8));
  assert.ok(!near(NaN, 1));
  assert.ok(!near(-Infinity, 2.7e10));
  assert.ok(!near(Infinity, Infinity));
  assert.equal(near(1, 1.01, 0.2), null);
  assert.equal(near(0, 0, 1e-3), null);
});

// Returns what differences say of the gradient of x in c₂·x² + c₁·x + c₀, and of another one.
function polynomial(x, [zero, one, two]) {
  const parts = [leaf("x", x), leaf("c2", two), leaf("c1", one), leaf("c0", zero)];
  const s = x * x;
  const sums = [inner("s", "mul", [0, 0], s, [x, x]), inner("p", "mul", [4, 1], s * two, [two, s]), inner("q", "mul", [0, 2], x * one, [one, x])];
  const end = [inner("r", "add", [5, 6], s * two + x * one, [1, 1]), inner("y", "add", [7, 3], s * two + x * one + zero, [1, 1])];
  const found = slopeOf(payloadOf([...parts, ...sums, ...end]), 0);
  const right = 2 * two * x + one;
  return { right: agrees(right, found), wrong: [right * 1.01, -right, right / 3].map((each) => agrees(each, found)) };
}

test("gradients are told right from wrong whatever their size", () => {
  const no = [false, false, false];
  for (const size of [1e-200, 1e-7, 1, 1e7, 1e200]) {
    assert.deepEqual(polynomial(1, [0, 3 * size, 0]), { right: true, wrong: no }, `slope ${size}`);
    assert.deepEqual(polynomial(size < 1 ? 1e-5 : 1e5, [0, 0, size]), { right: true, wrong: no }, `curve ${size}`);
  }
  for (const x of [1e-8, 1e-3, 1e3, 1e8]) {
    const found = slopeOf(quotient(1, x), 1);
    assert.deepEqual([1, 1.01, -1].map((factor) => agrees((-factor / x / x), found)), [true, false, false], `pole at ${x}`);
  }
});

test("where rounding swallows the difference, nothing is called right or wrong", () => {
  assert.deepEqual(polynomial(0.5, [1e9, 0, 1]), { right: null, wrong: [null, null, null] });
  assert.equal(polynomial(0.5, [1e5, 0, 1]).right, true);
  assert.equal(polynomial(0.3, [1e13, 1, 1]).right, null);
});
