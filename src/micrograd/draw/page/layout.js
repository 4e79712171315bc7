// Where the boxes of a picture stand and how its edges run: in columns, from left to right.

import { orderColumns } from "./ordering.js";
import { rankBoxes } from "./ranks.js";

export const BOX_GAP = 18; // between boxes, one above the other
const BEND_GAP = 12; // and where an edge passes between them
const COLUMN_GAP = 52; // between columns, and more where edges are steep
const STEEP = 0.12;
const WIDEST_GAP = 220;
const ALIGNMENTS = 12;
const BEND_WEIGHT = 3; // edges through several columns run straight rather than boxes stand in the middle
const ROUND = 16; // how far an edge that runs back leads round its box

// Returns {places, routes, width, height}: the left upper corner of each box by its id; for each edge the points that
// it leads through; the size of the whole. `gap` is the least distance between boxes, one above the other.
export function layout(boxes, edges, gap = BOX_GAP) {
  if (boxes.length === 0) return { places: new Map(), routes: [], width: 0, height: 0 };
  const at = new Map(boxes.map(({ id }, i) => [id, i]));
  const { ranks, arcs } = rankBoxes(boxes.length, edges.map(({ from, to }) => ({ from: at.get(from), to: at.get(to) })));
  const order = orderColumns(ranks, arcs);
  const middles = align(order, boxes, gap);
  const columns = widths(order, boxes, middles);
  const places = boxes.map(({ width, height }, i) => {
    const column = columns[ranks[i]];
    return { x: column.x + (column.width - width) / 2, y: middles[i] - height / 2 };
  });
  const routes = arcs.map((arc, k) => route(arc, order.chains[k], { boxes, places, middles, columns, ranks }));
  const corners = boxes.map(({ width, height }, i) => ({ x: places[i].x + width, y: places[i].y + height }));
  const points = [...corners, ...routes.flat()];
  return {
    places: new Map(boxes.map(({ id }, i) => [id, places[i]])),
    routes,
    width: points.reduce((most, { x }) => Math.max(most, x), 0),
    height: points.reduce((most, { y }) => Math.max(most, y), 0),
  };
}

// Returns the height at which the middle of each vertex lies: as near to the mean of its neighbours as the others in
// its column allow.
function align({ columns, before, after }, boxes, gap) {
  const heights = before.map((_, vertex) => boxes[vertex]?.height ?? 0);
  const middles = new Array(before.length).fill(0);
  const gaps = columns.map((column) => column.slice(1).map((vertex, i) => distance(column[i], vertex, heights, boxes.length, gap)));
  columns.forEach((column, k) => place(column, column.map(() => 0), gaps[k], middles, boxes.length));
  for (let round = 0; round < ALIGNMENTS; round += 1) {
    const sides = round >= ALIGNMENTS - 2 ? [before, after] : [round % 2 === 0 ? before : after];
    const order = round % 2 === 0 ? [...columns.keys()] : [...columns.keys()].reverse();
    for (const k of order) {
      const wishes = columns[k].map((vertex) => wish(vertex, sides, middles));
      place(columns[k], wishes, gaps[k], middles, boxes.length);
    }
  }
  const top = Math.min(...columns.flat().map((vertex) => middles[vertex] - heights[vertex] / 2));
  return middles.map((y) => y - top);
}

function distance(upper, lower, heights, size, gap) {
  const least = upper < size && lower < size ? gap : BEND_GAP;
  return (heights[upper] + heights[lower]) / 2 + least;
}

function wish(vertex, sides, middles) {
  const joined = sides.flatMap((side) => side[vertex]);
  if (joined.length === 0) return middles[vertex];
  return joined.reduce((total, other) => total + middles[other], 0) / joined.length;
}

// Sets the middles of a column: those nearest to the wishes, in the sense of least squares, that keep the distances.
// Vertices that wish to be closer than that are moved as one block, which lies at the mean of what its members wish.
function place(column, wishes, gaps, middles, size) {
  const blocks = [];
  let offset = 0;
  column.forEach((vertex, i) => {
    offset += i === 0 ? 0 : gaps[i - 1];
    const weight = vertex < size ? 1 : BEND_WEIGHT;
    let block = { first: i, offset, weight, total: weight * (wishes[i] - offset) };
    while (blocks.length > 0 && blocks.at(-1).total / blocks.at(-1).weight >= block.total / block.weight) {
      const { first, weight: more, total } = blocks.pop();
      block = { ...block, first, weight: block.weight + more, total: block.total + total };
    }
    blocks.push(block);
  });
  offset = 0;
  let current = -1;
  column.forEach((vertex, i) => {
    offset += i === 0 ? 0 : gaps[i - 1];
    if (current + 1 < blocks.length && blocks[current + 1].first === i) current += 1;
    middles[vertex] = offset + blocks[current].total / blocks[current].weight;
  });
}

// Returns where each column begins and how wide it is; more room is left where edges are steep.
function widths({ columns, before }, boxes, middles) {
  let x = 0;
  return columns.map((column, k) => {
    const width = Math.max(0, ...column.map((vertex) => boxes[vertex]?.width ?? 0));
    const rises = column.flatMap((vertex) => before[vertex].map((other) => Math.abs(middles[other] - middles[vertex])));
    const steepest = Math.max(0, ...rises);
    x += k === 0 ? 0 : Math.min(COLUMN_GAP + STEEP * steepest, WIDEST_GAP);
    const begin = x;
    x += width;
    return { x: begin, width };
  });
}

// Returns the points of an edge: from the right side of a box through gaps in the columns to the left side of another.
function route({ from, to, turned }, chain, { boxes, places, middles, columns, ranks }) {
  const right = { x: places[from].x + boxes[from].width, y: middles[from] };
  const left = { x: places[to].x, y: middles[to] };
  const through = chain.flatMap((bend, i) => {
    const { x, width } = columns[ranks[from] + 1 + i];
    return [{ x, y: middles[bend] }, { x: x + width, y: middles[bend] }];
  });
  return turned ? routeBack(to, from, through.reverse(), boxes, places) : [right, ...through, left];
}

// Returns the points of an edge that runs back: out on the right, under its box, and in on the left.
function routeBack(from, to, through, boxes, places) {
  const [start, end] = [from, to].map((i) => ({ ...places[i], ...boxes[i] }));
  const [below, under] = [start, end].map(({ y, height }) => y + height + ROUND / 2);
  return [
    { x: start.x + start.width, y: start.y + start.height / 2 },
    { x: start.x + start.width + ROUND, y: below },
    { x: start.x, y: below },
    ...through,
    { x: end.x + end.width, y: under },
    { x: end.x - ROUND, y: under },
    { x: end.x, y: end.y + end.height / 2 },
  ];
}
