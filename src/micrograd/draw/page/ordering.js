// The order of boxes in their columns, such that few edges cross.

const SWEEPS = 24;
const PATIENCE = 6;
const WORK = 400_000; // arcs looked at in all sweeps together, so that dense graphs take no longer than others

// Returns {columns, chains, before, after}: the vertices of each column from the top; for each arc the vertices on its
// way; the neighbours of each vertex to its left and to its right. Vertices are the boxes, then the bends of arcs that
// pass through columns; arcs from one box share them.
export function orderColumns(ranks, arcs) {
  const graph = withBends(ranks, arcs);
  let columns = firstOrder(graph);
  let best = columns;
  let fewest = countCrossings(columns, graph.before);
  let stale = 0;
  const sweeps = Math.min(SWEEPS, Math.ceil(WORK / (graph.links + 1)));
  for (let k = 0; k < sweeps && fewest > 0 && stale < PATIENCE; k += 1) {
    columns = sweep(columns, k % 2 === 0 ? graph.before : graph.after, k % 2 === 0);
    const crossings = countCrossings(columns, graph.before);
    stale = crossings < fewest ? 0 : stale + 1;
    if (crossings < fewest) [best, fewest] = [columns, crossings];
  }
  return { columns: best, chains: graph.chains, before: graph.before, after: graph.after };
}

function withBends(ranks, arcs) {
  const graph = { ranks: [...ranks], before: ranks.map(() => []), after: ranks.map(() => []), chains: [], links: 0 };
  const bends = new Map();
  const joined = new Set();
  for (const { from, to } of arcs) {
    const chain = [];
    let last = from;
    for (let rank = ranks[from] + 1; rank <= ranks[to]; rank += 1) {
      const next = rank === ranks[to] ? to : bendAt(graph, bends, from, rank);
      if (next !== to) chain.push(next);
      const link = `${last} ${next}`;
      if (!joined.has(link)) {
        joined.add(link);
        graph.after[last].push(next);
        graph.before[next].push(last);
        graph.links += 1;
      }
      last = next;
    }
    graph.chains.push(chain);
  }
  return graph;
}

function bendAt(graph, bends, from, rank) {
  const key = `${from} ${rank}`;
  if (!bends.has(key)) {
    bends.set(key, graph.ranks.length);
    graph.ranks.push(rank);
    graph.before.push([]);
    graph.after.push([]);
  }
  return bends.get(key);
}

// Returns columns in the order of a walk from the last boxes to the left, which keeps operands in their order.
function firstOrder({ ranks, before }) {
  const columns = Array.from({ length: Math.max(-1, ...ranks) + 1 }, () => []);
  const seen = new Uint8Array(ranks.length);
  const byRank = [...ranks.keys()].sort((a, b) => ranks[b] - ranks[a] || a - b);
  for (const start of byRank) {
    const stack = [start];
    while (stack.length > 0) {
      const vertex = stack.pop();
      if (seen[vertex]) continue;
      seen[vertex] = 1;
      columns[ranks[vertex]].push(vertex);
      stack.push(...before[vertex].toReversed());
    }
  }
  return columns;
}

// Returns columns sorted, one after the other, by the mean place of what each vertex is joined to on one side.
function sweep(columns, neighbours, rightwards) {
  const sorted = columns.map((column) => [...column]);
  const place = [];
  const order = rightwards ? sorted : sorted.toReversed();
  for (const column of order) {
    const mean = new Map(column.map((vertex, i) => [vertex, meanPlace(neighbours[vertex], place, i)]));
    column.sort((a, b) => mean.get(a) - mean.get(b));
    column.forEach((vertex, i) => {
      place[vertex] = i;
    });
  }
  return sorted;
}

function meanPlace(vertices, place, otherwise) {
  if (vertices.length === 0) return otherwise;
  return vertices.reduce((total, vertex) => total + place[vertex], 0) / vertices.length;
}

// Returns how many pairs of arcs between neighbouring columns cross.
export function countCrossings(columns, before) {
  const place = [];
  columns.forEach((column) => column.forEach((vertex, i) => (place[vertex] = i)));
  return columns.slice(1).reduce((total, column, k) => total + crossingsBetween(columns[k].length, column, before, place), 0);
}

// Counts, for arcs sorted by their right ends, those before each that end further down on the left: with a tree of
// partial sums.
function crossingsBetween(size, column, before, place) {
  const sums = new Int32Array(size + 1);
  let count = 0;
  let done = 0;
  for (const vertex of column) {
    const lefts = before[vertex].map((other) => place[other]).sort((a, b) => a - b);
    for (const left of lefts) {
      count += done;
      for (let i = left + 1; i > 0; i -= i & -i) count -= sums[i];
    }
    for (const left of lefts) {
      for (let i = left + 1; i <= size; i += i & -i) sums[i] += 1;
      done += 1;
    }
  }
  return count;
}
