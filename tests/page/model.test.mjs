// What the page knows: steps, edits, modes, what is folded, the quiz.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Model } from "../../src/micrograd/draw/page/model.js";
import { whyNot } from "../../src/micrograd/draw/page/modes.js";
import { notices } from "../../src/micrograd/draw/page/notices.js";
import { assertClose, custom, diamond, inner, leaf, lecture, payloadOf, unknown } from "./payloads.mjs";

// y = (a·b)·b, whose product a·b is a group.
function grouped() {
  const nodes = [leaf("a", 2, { group: 0 }), leaf("b", 3), inner("p", "mul", [0, 1], 6, [3, 2], { group: 0 }), inner("y", "mul", [2, 1], 18, [3, 6])];
  return payloadOf(nodes, [{ name: "pair", kind: "call", parent: -1 }]);
}

test("steps stay within the run, whatever is asked for", () => {
  const model = new Model(lecture());
  assert.deepEqual([-5, 3, 2.4, Infinity, NaN].map((t) => model.clamped(t)), [0, 3, 2, 10, 0]);
  assert.equal(new Model(lecture(), 99).step, 10);
});

test("an edit recomputes data, gradients and numerical gradients; undoing brings all back", () => {
  const model = new Model(lecture(), 10);
  model.numericalOf(1);
  model.edit(0, 5);
  assert.equal(model.state.grads[1], -10);
  assertClose(model.numericalOf(1).slope, -10, 1e-8);
  model.setEdits(new Map());
  assert.equal(model.state.grads[1], -4);
});

test("edits are set all at once, and what is none is left out", () => {
  const model = new Model(custom(), 10);
  assert.equal(model.setEdits(new Map([[2, 10]])), true);
  assert.equal(model.numbers.data[3], 270);
  assert.equal(model.setEdits(new Map([[2, 10]])), false);
  assert.equal(model.setEdits(new Map([[0, 1], [1, 1], [3, 1], [4, 1], [-1, 1], [NaN, 1], [2, undefined]])), true);
  assert.equal(model.edits.size, 0);
  assert.equal(model.setEdits(new Map([[2, 2]])), false);
});

test("a derivative that nobody knows makes no gradient nan, and no other notice", () => {
  const payload = unknown();
  payload.nodes[0].grad = 12;
  const model = new Model(payload, 99);
  assert.deepEqual(model.truth, [null, 5, 4, 1]);
  assert.deepEqual(notices(model).map((each) => /unknown|of your own|more than one/.exec(each)[0]), ["unknown", "of your own"]);
  model.setMode("overwrite");
  assert.equal(model.spoilt.size, 0);
  model.setMode("quiz");
  const asked = [];
  while (model.question) asked.push(model.reveal().node);
  assert.deepEqual(asked.toSorted(), [1, 2, 3]);
});

test("of damage that does not show the reason is true", () => {
  const reasonOf = (payload, mode) => {
    const model = new Model(payload);
    model.setMode(mode);
    assert.equal(model.spoilt.size, 0, mode);
    return whyNot(model);
  };
  assert.match(reasonOf(lecture(), "overwrite"), /No node is used twice/);
  assert.match(reasonOf(payloadOf([leaf("a", 3), inner("b", "add", [0, 0], 6, [1, 1])]), "order"), /has to wait/);
  const sums = [inner("n", "add", [0, 2], 8, [1, 1]), inner("m", "mul", [0, 1], 0, [0, 3]), inner("y", "add", [3, 4], 8, [1, 1])];
  assert.match(reasonOf(payloadOf([leaf("a", 3), leaf("z", 0), leaf("c", 5), ...sums]), "overwrite"), /adds up to 0 here/);
  const flat = payloadOf([leaf("a", 0), inner("p", "mul", [0, 0], 0, [0, 0]), inner("y", "mul", [1, 1], 0, [0, 0])]);
  assert.match(reasonOf(flat, "order"), /What comes too late adds up to 0 here/);
  assert.match(reasonOf(flat, "unzeroed"), /are 0: twice/);
  const infinite = payloadOf([leaf("a", 0), leaf("b", "inf"), inner("y", "mul", [0, 1], "nan", ["inf", 0])]);
  assert.match(reasonOf(infinite, "unzeroed"), /are 0, inf or nan: twice/);
  assert.match(reasonOf(payloadOf(unknown().nodes.slice(0, 2)), "unzeroed"), /No gradient of a leaf is known/);
  assert.match(reasonOf(unknown(), "order"), /goes where no gradient is known/);
});

test("numerical gradients are computed once", () => {
  const model = new Model(lecture());
  const first = model.numericalOf(0);
  model.graph = null;
  assert.equal(model.numericalOf(0), first);
});

test("a mistake is made and its damage known; in the quiz none is made", () => {
  const model = new Model(diamond(), 10);
  model.setMode("overwrite");
  assert.deepEqual([...model.spoilt], [0, 1]);
  assert.deepEqual([...model.state.wrong], [0, 1]);
  model.setMode("quiz");
  assert.equal(model.fault, null);
  assert.deepEqual([...model.state.wrong], []);
});

test("the quiz starts before the seed, goes to the step that knows, and counts", () => {
  const model = new Model(diamond(), 10);
  model.setMode("quiz");
  assert.equal(model.step, 3);
  assert.equal(model.question.node, 4);
  assert.ok(model.answer("one").error);
  assert.equal(model.step, 3);
  assert.equal(model.answer("1").right, true);
  assert.equal(model.step, 4);
  assert.equal(model.answer("7").right, false);
  assert.deepEqual(model.score, { asked: 2, right: 1 });
  assert.equal(model.reveal().right, undefined);
  assert.deepEqual(model.score, { asked: 2, right: 1 });
});

test("the quiz gives all data, from wherever it is begun", () => {
  const model = new Model(diamond(), 0);
  model.setMode("quiz");
  assert.equal(model.step, 3);
  assert.deepEqual([...model.state.computed], [1, 1, 1, 1, 1]);
  assert.deepEqual([...model.state.reached], [0, 0, 0, 0, 0]);
});

test("the whole quiz asks for every gradient once", () => {
  const model = new Model(diamond());
  model.setMode("quiz");
  const asked = [];
  while (model.question) asked.push(model.reveal().node);
  assert.deepEqual(asked.toSorted(), [0, 1, 2, 3, 4]);
});

test("the next step is one that the picture shows", () => {
  const model = new Model(grouped());
  const shown = () => {
    const found = [];
    for (model.step = 0; model.step < model.steps; ) {
      model.step = model.neighbour(1);
      found.push(model.step);
    }
    return found;
  };
  assert.deepEqual(shown(), [1, 2, 3, 4, 5, 6, 7]);
  model.toggle(0);
  assert.deepEqual(model.boxes.map((box) => box.id), ["g0", "n1", "n3"]);
  assert.deepEqual(shown(), [2, 3, 4, 5, 7]);
  model.toggle(0);
  assert.equal(model.boxes.length, 4);
});

test("inner nodes and what feeds an operation of the user's own cannot be edited, and it is said why", () => {
  const model = new Model(custom());
  assert.match(model.whyFixed(0), /of your own/);
  assert.match(model.whyFixed(3), /computed/);
  assert.equal(model.whyFixed(2), "");
});

test("what is unusual about the numbers is said", () => {
  assert.deepEqual(notices(new Model(lecture())), []);
  assert.match(notices(new Model(custom()))[0], /of your own/);
  const changed = lecture();
  changed.nodes[0].data = 3;
  assert.match(notices(new Model(changed))[0], /computed the graph anew/);
  const twice = lecture();
  twice.nodes[0].grad = 12;
  assert.match(notices(new Model(twice))[0], /more than one backward/);
  twice.nodes[0].grad = 6;
  assert.deepEqual(notices(new Model(twice)), []);
});
