// The lines of edges: one for each operand where these are one node, apart from one another; and where edges begin.

import assert from "node:assert/strict";
import { test } from "node:test";

import { arrange, wholeZoom } from "../../src/micrograd/draw/page/arranging.js";
import { Model } from "../../src/micrograd/draw/page/model.js";
import { pathAlong, strandCount, strandsOf } from "../../src/micrograd/draw/page/strands.js";
import { inner, leaf, lecture, payloadOf, twice } from "./payloads.mjs";

const ROUTE = [{ x: 0, y: 0 }, { x: 80, y: 0 }];
const links = (count) => Array.from({ length: count }, (_, operand) => ({ child: 1, operand }));
const edge = (count, from = "n0") => ({ from, to: "n1", links: links(count) });

test("an edge with one operand is one line", () => {
  const [only, ...none] = strandsOf(edge(1), ROUTE);
  assert.deepEqual(none, []);
  assert.deepEqual([only.tip.x, only.tip.y, Math.abs(only.tip.angle)], [80, 0, 0]);
  assert.ok(only.middle.y < 0);
});

test("both operands have a line of their own, bowed apart, with labels outside", () => {
  const [first, second] = strandsOf(edge(2), ROUTE);
  assert.deepEqual([first.links, second.links], [[{ child: 1, operand: 0 }], [{ child: 1, operand: 1 }]]);
  assert.notEqual(pathAlong(first.curves), pathAlong(second.curves));
  assert.ok(first.tip.y < 0 && second.tip.y > 0 && first.tip.angle > 0 && second.tip.angle < 0);
  assert.ok(first.middle.y < first.tip.y - 20 && second.middle.y > second.tip.y + 20);
  assert.ok(second.quiet.y - first.quiet.y > 40);
});

test("lines of three operands and more stay within a box's height", () => {
  for (const count of [3, 4, 6]) {
    const tips = strandsOf(edge(count), ROUTE).map(({ tip }) => tip.y);
    assert.equal(tips.length, count);
    assert.ok(tips.every((y, k) => Math.abs(y) < 14 && (k === 0 || y > tips[k - 1])));
  }
});

test("of many operands, and of folded groups, there is one line", () => {
  for (const each of [edge(7), edge(2, "g0")]) {
    assert.equal(strandCount(each), 1);
    const lines = strandsOf(each, ROUTE);
    assert.equal(lines.length, 1);
    assert.equal(lines[0].isBundle, true);
    assert.equal(lines[0].links.length, each.links.length);
  }
});

test("lines that pass other boxes keep close to one another there", () => {
  const route = [{ x: 0, y: 0 }, { x: 80, y: 50 }, { x: 200, y: 50 }, { x: 280, y: 0 }];
  const [first, second] = strandsOf(edge(2), route);
  assert.match(pathAlong(first.curves), / 80 45\.5C.* 200 45\.5C/);
  assert.match(pathAlong(second.curves), / 80 54\.5C.* 200 54\.5C/);
});

test("what runs down is what runs to the right, turned over", () => {
  const [first, second] = strandsOf(edge(2), ROUTE, true);
  assert.match(pathAlong(first.curves), /^M-5\.5 0C/);
  assert.ok(first.tip.y > 80 && first.tip.x === -second.tip.x);
  assert.ok(first.tip.angle < 90 && second.tip.angle > 90 && first.tip.angle + second.tip.angle === 180);
  assert.ok(first.middle.x < -40 && second.middle.x > 40);
});

test("a picture runs down where it is to be read better so, with the same boxes and edges", () => {
  const model = new Model(lecture());
  const [wide, narrow] = [{ width: 850, height: 580 }, { width: 364, height: 400 }].map((room) => arrange(model, room));
  assert.deepEqual([wide.isDown, narrow.isDown], [false, true]);
  assert.ok(wide.size.width > wide.size.height && narrow.size.height > narrow.size.width);
  for (const { from, to } of model.edges) {
    assert.ok(wide.places.get(from).x < wide.places.get(to).x);
    assert.ok(narrow.places.get(from).y < narrow.places.get(to).y);
  }
});

test("edges that leave a box beside a pair of lines do not cross them", () => {
  const nodes = [leaf("a", 3), inner("b", "add", [0, 0], 6, [1, 1]), inner("L", "mul", [1, 0], 18, [3, 6])];
  const model = new Model(payloadOf(nodes));
  const { routes } = arrange(model, { width: 800, height: 500 });
  const starts = model.edges.map(({ from, to }, k) => [`${from} ${to}`, routes[k][0].y, routes[k][1].y]).filter(([name]) => name.startsWith("n0"));
  assert.equal(starts.length, 2);
  const [pair, other] = starts;
  assert.ok((pair[2] < other[2]) === (pair[1] < other[1]));
  assert.ok(Math.abs(pair[1] - other[1]) > 11);
});

test("a picture spreads over the height that there is, and no further", () => {
  const model = new Model(lecture());
  const [low, high] = [250, 600].map((height) => arrange(model, { width: 850, height }));
  assert.ok(high.size.height > 1.2 * low.size.height);
  assert.ok(high.size.height * wholeZoom(high.size, { width: 850, height: 600 }) <= 600);
  const blind = arrange(new Model(twice()), { width: 0, height: 0 });
  assert.ok(blind.size.height > 0);
});

test("small pictures are shown larger than they are, but not coarse", () => {
  assert.equal(wholeZoom({ width: 300, height: 100 }, { width: 850, height: 580 }), 1.2);
  assert.equal(wholeZoom({ width: 1700, height: 100 }, { width: 850, height: 580 }), 0.5);
});
