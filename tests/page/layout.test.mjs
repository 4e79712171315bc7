// The layout: columns, few crossings, no overlaps, circles, and the same picture every time.

import assert from "node:assert/strict";
import { test } from "node:test";

import { layout } from "../../src/micrograd/draw/page/layout.js";
import { countCrossings, orderColumns } from "../../src/micrograd/draw/page/ordering.js";
import { rankBoxes } from "../../src/micrograd/draw/page/ranks.js";

const box = (id, width = 100, height = 40) => ({ id, width, height });

// Edges from a text such as "a>c b>c".
function edgesOf(text) {
  return text.split(" ").map((edge) => {
    const [from, to] = edge.split(">");
    return { from, to, links: [] };
  });
}

function drawn(text) {
  const edges = edgesOf(text);
  const boxes = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].map((id) => box(id));
  return { boxes, edges, ...layout(boxes, edges) };
}

function crossingsOf(text) {
  const edges = edgesOf(text);
  const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
  const { ranks, arcs } = rankBoxes(names.length, edges.map((edge) => ({ from: names.indexOf(edge.from), to: names.indexOf(edge.to) })));
  const { columns, before } = orderColumns(ranks, arcs);
  return countCrossings(columns, before);
}

function assertApart({ boxes, places }) {
  for (const one of boxes) {
    for (const two of boxes) {
      if (one.id >= two.id) continue;
      const [p, q] = [places.get(one.id), places.get(two.id)];
      const beside = p.x + one.width <= q.x || q.x + two.width <= p.x;
      const above = p.y + one.height <= q.y + 1e-6 || q.y + two.height <= p.y + 1e-6;
      assert.ok(beside || above, `${one.id} and ${two.id} overlap`);
    }
  }
}

// A graph of `size` boxes, each computed from up to two before it; the last one from all that are left.
function tangled(size) {
  let state = 7;
  const below = (n) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state % n;
  };
  const used = new Set();
  const edges = [];
  for (let i = 20; i < size - 1; i += 1) {
    for (const parent of new Set([below(i), Math.max(0, i - 1 - below(20))])) {
      edges.push(`${parent}>${i}`);
      used.add(parent);
    }
  }
  for (let i = 0; i < size - 1; i += 1) if (!used.has(i)) edges.push(`${i}>${size - 1}`);
  return edges.join(" ");
}

test("what is computed stands right of what it is computed from", () => {
  const { places, edges } = drawn("a>c b>c c>e d>e");
  for (const { from, to } of edges) assert.ok(places.get(from).x + 100 < places.get(to).x);
});

test("a leaf stands in the column before its consumer, not at the far left", () => {
  const { places } = drawn("a>b b>c c>e d>e");
  assert.equal(places.get("d").x, places.get("c").x);
});

test("routes lead from the right side of one box to the left side of the other", () => {
  const { places, edges, routes } = drawn("a>c b>c");
  routes.forEach((route, k) => {
    const [from, to] = [places.get(edges[k].from), places.get(edges[k].to)];
    assert.deepEqual(route[0], { x: from.x + 100, y: from.y + 20 });
    assert.deepEqual(route.at(-1), { x: to.x, y: to.y + 20 });
  });
});

test("an edge over several columns leads past the boxes in between", () => {
  const { boxes, edges, places, routes } = drawn("a>b b>c c>d a>d x>b y>c");
  const route = routes[edges.findIndex(({ from, to }) => from === "a" && to === "d")];
  assert.ok(route.length > 2);
  for (const { id } of boxes.filter((each) => each.id !== "a" && each.id !== "d")) {
    const { x, y } = places.get(id);
    const through = route.filter((point) => point.x >= x && point.x <= x + 100 && point.y > y && point.y < y + 40);
    assert.deepEqual(through, [], `through ${id}`);
  }
});

test("boxes do not overlap, whatever their sizes", () => {
  const edges = edgesOf(tangled(120));
  const boxes = Array.from({ length: 120 }, (_, i) => box(`${i}`, 60 + 10 * (i % 7), 30 + 5 * (i % 5)));
  assertApart({ boxes, ...layout(boxes, edges) });
});

test("all of the picture lies inside of its size", () => {
  const { boxes, places, routes, width, height } = drawn(tangled(80));
  const points = [...boxes.map(({ id }) => ({ x: places.get(id).x + 100, y: places.get(id).y + 40 })), ...routes.flat()];
  for (const { x, y } of points) assert.ok(x <= width && y <= height);
  for (const { id } of boxes) assert.ok(places.get(id).x >= 0 && places.get(id).y >= -1e-9);
});

test("crossings are counted", () => {
  assert.equal(countCrossings([[0, 1], [2, 3]], [[], [], [1], [0]]), 1);
  assert.equal(countCrossings([[0, 1], [2, 3]], [[], [], [0], [1]]), 0);
  assert.equal(countCrossings([[0, 1, 2], [3, 4, 5]], [[], [], [], [2], [1], [0]]), 3);
  assert.equal(countCrossings([[0, 1], [2, 3]], [[], [], [0, 1], [0, 1]]), 1);
});

test("trees and twisted pairs are drawn without crossings", () => {
  assert.equal(crossingsOf("a>e b>e c>f d>f e>g f>g"), 0);
  assert.equal(crossingsOf("a>y b>x y>z x>z"), 0);
  assert.equal(crossingsOf("a>1 b>2 c>3 d>4 4>r 2>r 3>r 1>r"), 0);
  assert.equal(crossingsOf("a>c b>c a>d b>d c>e d>e"), 1); // two by two cannot do with less
});

test("a diamond is straight", () => {
  const { places } = drawn("a>b a>c b>d c>d");
  assert.equal(places.get("a").y, places.get("d").y);
  assert.notEqual(places.get("b").y, places.get("c").y);
});

test("circles are drawn, the edge that closes one running back", () => {
  const { boxes, edges, places, routes } = drawn("a>b b>c c>b c>d");
  assertApart({ boxes, places });
  const back = routes[edges.findIndex(({ from, to }) => from === "c" && to === "b")];
  assert.deepEqual(back[0], { x: places.get("c").x + 100, y: places.get("c").y + 20 });
  assert.deepEqual(back.at(-1), { x: places.get("b").x, y: places.get("b").y + 20 });
  assert.ok(back.length > 4);
});

test("two boxes that feed each other, and nothing else, are drawn", () => {
  const { places, routes } = drawn("a>b b>a");
  assert.equal(places.size, 2);
  assert.equal(routes.length, 2);
});

test("one box, or none, is a picture too", () => {
  assert.deepEqual(layout([], []), { places: new Map(), routes: [], width: 0, height: 0 });
  const { places, width, height } = layout([box("a")], []);
  assert.deepEqual([places.get("a"), width, height], [{ x: 0, y: 0 }, 100, 40]);
});

test("boxes that nothing joins stand one above the other", () => {
  const boxes = ["a", "b", "c"].map((id) => box(id));
  assertApart({ boxes, ...layout(boxes, []) });
});

test("the same graph is laid out the same way every time", () => {
  const [one, two] = [drawn(tangled(150)), drawn(tangled(150))];
  assert.deepEqual([...one.places], [...two.places]);
  assert.deepEqual(one.routes, two.routes);
});

test("three hundred boxes, and layers of a hundred joined all to all, are laid out", () => {
  assert.equal(drawn(tangled(300)).places.size, 300);
  const dense = [];
  for (let i = 0; i < 100; i += 1) for (let j = 0; j < 100; j += 1) dense.push(`a${i}>b${j}`);
  assertApart(drawn(dense.join(" ")));
});

test("a chain of ten thousand boxes does not overflow the stack", () => {
  const boxes = Array.from({ length: 10_000 }, (_, i) => box(`${i}`));
  const edges = boxes.slice(1).map((_, i) => ({ from: `${i}`, to: `${i + 1}`, links: [] }));
  assert.equal(layout(boxes, edges).places.get("9999").y, 0);
});
