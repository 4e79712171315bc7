// Payloads for the tests, as micrograd.draw.payload writes them, and tests' own way to say that numbers are equal.

import assert from "node:assert/strict";

const RULES = {
  add: { row: "add", words: "∂(x+y)/∂x = 1, ∂/∂y = 1", derivatives: [1, 1] },
  mul: { row: "mul", words: "∂(x·y)/∂x = y, ∂/∂y = x", derivatives: [["x", 1], ["x", 0]] },
  tanh: { row: "tanh", words: "∂tanh x/∂x = 1 - tanh²x", derivatives: [["sub", 1, ["mul", ["out"], ["out"]]]] },
};
const SYMBOLS = { add: "+", mul: "*" };

export function leaf(name, data, more = {}) {
  return { parents: [], op: "", row: null, parameter: null, data, grad: null, local: [], name, kind: "parameter", group: -1, rule: null, ...more };
}

export function inner(name, row, parents, data, local, more = {}) {
  const op = SYMBOLS[row] ?? row;
  return { ...leaf(name, data), parents, op, row, local, kind: "inner", rule: Object.keys(RULES).indexOf(row), ...more };
}

export function payloadOf(nodes, groups = []) {
  return { title: nodes.at(-1).name, root: nodes.length - 1, nodes, groups, rules: Object.values(RULES) };
}

// L = (a·b + c)·f, whose gradients are a: 6, b: -4, c: -2, f: 4.
export function lecture() {
  return payloadOf([
    leaf("a", 2),
    leaf("b", -3),
    inner("e", "mul", [0, 1], -6, [-3, 2]),
    leaf("c", 10),
    inner("d", "add", [2, 3], 4, [1, 1]),
    leaf("f", -2),
    inner("L", "mul", [4, 5], -8, [-2, 4]),
  ]);
}

// f = (a·b)·(a + b), whose gradients are a: -3, b: -8; both leaves are used twice.
export function diamond() {
  return payloadOf([
    leaf("a", -2),
    leaf("b", 3),
    inner("d", "mul", [0, 1], -6, [3, -2]),
    inner("e", "add", [0, 1], 1, [1, 1]),
    inner("f", "mul", [2, 3], -6, [1, -6]),
  ]);
}

// b = a + a, with both edges between the same two nodes.
export function twice() {
  return payloadOf([leaf("a", 3), inner("b", "add", [0, 0], 6, [1, 1])]);
}

// y = cube(x)·w, where cube is an operation of the user's own.
export function custom() {
  const own = { ...leaf("cube", 27), parents: [0], op: "cube", local: [27], kind: "inner" };
  return payloadOf([leaf("x", 3), own, leaf("w", 2), inner("y", "mul", [1, 2], 54, [2, 27])]);
}

// y = own(x)·w, where nobody knows the derivative of the operation.
export function unknown() {
  const { nodes } = custom();
  nodes[0].data = 3;
  nodes[1] = { ...nodes[1], data: 4, local: [null] };
  nodes[2] = { ...nodes[2], data: 5 };
  nodes[3] = { ...nodes[3], data: 20, local: [5, 4] };
  return payloadOf(nodes);
}

export function assertClose(actual, expected, relative, what = "") {
  const same = Object.is(actual, expected) || actual === expected;
  const near = Math.abs(actual - expected) <= relative * Math.abs(expected);
  assert.ok(same || near, `${what}: expected ${expected}, got ${actual}`);
}
