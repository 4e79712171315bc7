// Steps in words, names, and the quiz.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { compute, readGraph } from "../../src/micrograd/draw/page/graph.js";
import { keyAction } from "../../src/micrograd/draw/page/keys.js";
import { nameNodes, shortName } from "../../src/micrograd/draw/page/names.js";
import { toNumber } from "../../src/micrograd/draw/page/numbers.js";
import { grade, nextQuestion, NO_SCORE, scored } from "../../src/micrograd/draw/page/quiz.js";
import { makeRun, stateAt } from "../../src/micrograd/draw/page/state.js";
import { summary } from "../../src/micrograd/draw/page/summary.js";
import { describe } from "../../src/micrograd/draw/page/words.js";
import { assertClose, custom, diamond, inner, leaf, lecture, payloadOf, twice, unknown } from "./payloads.mjs";

const path = process.env.MICROGRAD_CASES;
const skip = path ? false : "run by pytest, which exports what Python says";

const textOf = (parts) => parts.map((part) => part.text).join("");

function wordsAt(payload, t, fault = null) {
  const graph = readGraph(payload);
  const run = makeRun(graph, compute(graph, new Map()), fault);
  const words = describe(run, stateAt(run, t), t, { payload, names: nameNodes(payload) });
  return { ...words, formula: textOf(words.formula) };
}

test("the forward pass says what is computed of what", () => {
  const { title, formula } = wordsAt(lecture(), 1);
  assert.equal(title, "Forward");
  assert.equal(formula, "e = a · b = 2.0 × -3.0 = -6.0");
});

test("functions, powers and many operands have their own way of writing", () => {
  const nodes = [leaf("x", 0.5), inner("t", "tanh", [0], 0.46211715726000975, [0.7864])];
  assert.equal(wordsAt(payloadOf(nodes), 1).formula, "t = tanh(x) = tanh(0.5) = 0.46212");
  const square = { ...inner("y", "powc", [0], 0.25, [1]), op: "**2", parameter: 2, rule: 0 };
  assert.equal(wordsAt(payloadOf([nodes[0], square]), 1).formula, "y = x ** 2.0 = 0.5 ** 2.0 = 0.25");
  const many = [..."abcdefgh"].map((name) => leaf(name, 1));
  const sum = { ...inner("s", "sum", [0, 1, 2, 3, 4, 5, 6, 7], 8, Array(8).fill(1)), rule: 0 };
  assert.match(wordsAt(payloadOf([...many, sum]), 1).formula, /^s = sum\(a, b, c, d, e, …\) = /);
});

test("the seed is 1", () => {
  assert.equal(wordsAt(lecture(), 4).formula, "∂L/∂L = 1.0");
});

test("a step back says whose gradient grows by what, by which rule", () => {
  const { formula, rule, note } = wordsAt(lecture(), 10);
  assert.equal(formula, "∂L/∂b += ∂L/∂e · ∂e/∂b = -2.0 × 2.0 = -4.0");
  assert.equal(rule, "∂(x·y)/∂x = y, ∂/∂y = x");
  assert.match(note, /complete/);
});

test("a second use is added to the first, and it is said how many are to come", () => {
  assert.match(wordsAt(diamond(), 7).note, /One more contribution/);
  assert.match(wordsAt(diamond(), 9).note, /-6\.0 \+ 3\.0 = -3\.0/);
});

test("mistakes are told where they happen", () => {
  const { formula, note } = wordsAt(diamond(), 9, "overwrite");
  assert.match(formula, /^∂f\/∂a = ∂f\/∂d/);
  assert.match(note, /-6\.0 that was there is lost/);
  assert.match(wordsAt(lecture(), 5, "order").note, /not been computed yet, so it is read as 0/);
  assert.match(wordsAt(lecture(), 0, "unzeroed").note, /was not set to zero/);
});

test("operations of the user's own are pointed out", () => {
  assert.match(wordsAt(custom(), 1).note, /of your own/);
  assert.match(wordsAt(custom(), 6).note, /of your own/);
});

test("of operands that are one node it is told which one is meant", () => {
  const first = wordsAt(twice(), 3);
  assert.equal(first.formula, "∂b/∂a += ∂b/∂b · ∂b/∂(first a) = 1.0 × 1.0 = 1.0");
  assert.match(first.note, /^Here a is the first operand of b\. One more contribution is to come\.$/);
  const second = wordsAt(twice(), 4);
  assert.match(second.formula, /∂b\/∂\(second a\)/);
  assert.match(second.note, /second operand of b\. Together with what was there: 1\.0 \+ 1\.0 = 2\.0/);
  const many = payloadOf([leaf("a", 1), { ...inner("s", "sum", Array(23).fill(0), 23, Array(23).fill(1)), rule: 0 }]);
  assert.match(wordsAt(many, 3 + 21).note, /22nd operand/);
});

test("an unknown derivative is called so, not nan, and the gradient is not said to be complete", () => {
  const { formula, note } = wordsAt(unknown(), 6);
  assert.match(formula, /^∂y\/∂x \+= .* = 5\.0 × unknown = unknown$/);
  assert.match(note, /No derivative is known here/);
  assert.doesNotMatch(note, /complete/);
});

test("nodes without a name get one that no label uses", () => {
  const nodes = [leaf("L", 1), leaf("", 2), leaf("v1", 3), inner("", "add", [0, 1], 3, [1, 1]), inner("", "mul", [3, 2], 9, [3, 3])];
  assert.deepEqual(nameNodes(payloadOf(nodes)), ["L", "v1′", "v1", "v3", "L′"]);
});

test("a name that runs from right to left is fenced off", () => {
  const nodes = [leaf("שלום", 1), leaf("b", 2), inner("evil\u202e\u2069", "add", [0, 1], 3, [1, 1])];
  assert.deepEqual(nameNodes(payloadOf(nodes)), ["\u2068שלום\u2069", "b", "\u2068evil\u202e\u2069"]);
});

test("of a long name the end is kept, and its letters whole", () => {
  assert.equal(shortName("🦊🦊🦊🦊🦊", 3), "…🦊🦊");

  assert.equal(shortName("layers[0].neurons[3].w[1]", 12), "…ons[3].w[1]");
  assert.equal(shortName("short"), "short");
});

test("the quiz asks for one gradient after the other, from the root on", () => {
  const graph = readGraph(lecture());
  const { timeline } = makeRun(graph, compute(graph, new Map()));
  assert.deepEqual([0, 4, 9, 10].map((t) => nextQuestion(timeline, t, new Array(7).fill(1))?.node), [6, 4, 1, undefined]);
});

test("answers are right within one percent; a fraction is an answer", () => {
  assert.equal(grade("1/2", 0.5).right, true);
  assert.equal(grade("0.334", 1 / 3).right, true);
  assert.equal(grade("0.3", 1 / 3).right, false);
  assert.equal(grade("-4", 4).right, false);
  assert.equal(grade("0", 1e-17).right, true);
  assert.equal(grade("0", 0.0003).right, false);
  assert.equal(grade("nan", NaN).right, true);
  assert.equal(grade("inf", -Infinity).right, false);
  assert.match(grade("four", 4).error, /not a number/);
});

test("the score counts answers", () => {
  assert.deepEqual(scored(scored(NO_SCORE, true), false), { asked: 2, right: 1 });
});

test("a folded group tells the least, the mean and the greatest of what is known", () => {
  const rest = { others: 0, unknown: 0 };
  assert.deepEqual(summary([0, 1, 3], [1, 1, 1, 0], [4, -2, 7, 9]), { count: 2, min: -2, mean: 1, max: 4, finite: 2, ...rest });
  assert.equal(summary([0], [0], [1]).count, 0);
});

test("numbers that are not finite, or not known, are told apart from the rest", () => {
  const { min, mean, max, ...counts } = summary([0, 1, 2, 3, 4], [1, 1, 1, 1, 1], [1, NaN, 2, Infinity, null]);
  assert.deepEqual({ min, mean, max }, { min: 1, mean: 1.5, max: 2 });
  assert.deepEqual(counts, { count: 5, finite: 2, others: 2, unknown: 1 });
  assert.ok(Number.isNaN(summary([0], [1], [NaN]).mean));
  assert.equal(summary([0, 1], [1, 1], [1.5e308, 1.5e308]).mean, 1.5e308);
});

test("a folded group says the same as in a drawing of Python", { skip }, () => {
  const { spreads } = JSON.parse(readFileSync(path, "utf8"));
  assert.ok(spreads.length > 5);
  for (const { numbers, spread } of spreads) {
    const xs = numbers.map(toNumber);
    const { min, mean, max, finite, others } = summary([...xs.keys()], xs.map(() => 1), xs);
    [min, mean, max].forEach((x, k) => assertClose(x, toNumber(spread[k]), 1e-15, numbers));
    assert.deepEqual([finite, others], spread.slice(3));
  }
});

test("keys step, unless somebody types or presses a button with them", () => {
  const press = (key, tagName = "BODY", more = {}) => keyAction({ key, target: { tagName, closest: () => (tagName === "BODY" ? null : {}) }, ...more });
  assert.deepEqual(["ArrowLeft", "ArrowRight", "Home", "End", " ", "x"].map((key) => press(key)), ["back", "next", "first", "last", "play", null]);
  assert.equal(press("ArrowLeft", "INPUT"), null);
  assert.equal(press(" ", "BUTTON"), null);
  assert.equal(press("ArrowRight", "BUTTON"), "next");
  assert.equal(press("ArrowLeft", "BODY", { altKey: true }), null);
});
