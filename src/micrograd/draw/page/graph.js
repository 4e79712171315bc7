// The graph of a payload as flat arrays, and its numbers: data by the forward pass, derivatives by the rules.

import { forwardOf } from "./ops.js";
import { toNumber } from "./numbers.js";
import { evaluate } from "./trees.js";

const CLOSE = 1e-9;
const CANCELLED = 1e-12; // of what was added up, where terms may cancel
const LAST = 16 * Number.MIN_VALUE; // where numbers end, their last digits are large beside them
const ADDING = new Set(["sum", "mean", "logsumexp", "gelu"]);

// Returns the graph of a payload; `own` marks operations of the user's own, `fixed` nodes that feed one of them. A local
// derivative that nobody knows is null.
export function readGraph(payload) {
  const nodes = payload.nodes;
  const graph = {
    size: nodes.length,
    root: payload.root,
    parents: nodes.map((node) => node.parents),
    rows: nodes.map((node) => node.row),
    parameters: nodes.map((node) => (node.parameter === null ? undefined : toNumber(node.parameter))),
    rules: nodes.map((node) => (node.rule === null ? null : payload.rules[node.rule])),
    data: Float64Array.from(nodes, (node) => toNumber(node.data)),
    locals: nodes.map((node) => node.parents.map((_, i) => readLocal(node, i))),
    own: nodes.map((node) => node.parents.length > 0 && node.rule === null),
    children: childrenOf(nodes),
  };
  graph.fixed = feedsOwn(graph);
  return graph;
}

function readLocal(node, i) {
  const local = node.local?.[i];
  return local === null || local === undefined ? null : toNumber(local);
}

function childrenOf(nodes) {
  const children = nodes.map(() => []);
  nodes.forEach((node, child) => new Set(node.parents).forEach((parent) => children[parent].push(child)));
  return children;
}

// A change of what such a node holds cannot be followed to the root.
function feedsOwn(graph) {
  const feeds = new Array(graph.size).fill(false);
  for (let i = graph.size - 1; i >= 0; i -= 1) {
    feeds[i] = graph.children[i].some((child) => graph.own[child] || feeds[child]);
  }
  return feeds;
}

export function isLeaf(graph, i) {
  return graph.parents[i].length === 0;
}

// Returns the value of a node, given those of its parents; that of an operation of the user's own stays as it was.
function valueOf(graph, i, data) {
  if (isLeaf(graph, i) || graph.own[i]) return data[i];
  const operands = graph.parents[i].map((parent) => data[parent]);
  return forwardOf(graph.rows[i], operands, graph.parameters[i]);
}

// Returns what all nodes hold after some of them were set: {data, changed}; only what hangs on them is computed anew.
export function forwardFrom(graph, start, settings) {
  const data = Float64Array.from(start);
  const changed = new Uint8Array(graph.size);
  for (const [i, value] of settings) {
    data[i] = value;
    changed[i] = 1;
  }
  const first = Math.min(...settings.keys(), graph.size);
  for (let i = first + 1; i < graph.size; i += 1) {
    if (!settings.has(i) && graph.parents[i].some((parent) => changed[parent])) {
      data[i] = valueOf(graph, i, data);
      changed[i] = 1;
    }
  }
  return { data, changed };
}

// Returns the local derivatives of a node towards its parents.
function localsOf(graph, i, data) {
  if (graph.own[i] || isLeaf(graph, i)) return graph.locals[i];
  const operands = graph.parents[i].map((parent) => data[parent]);
  return graph.rules[i].derivatives.map((tree) => evaluate(tree, operands, data[i]));
}

// Returns all numbers of a graph whose leaves were edited: {data, locals, stale}. What no edit reaches stays exactly as
// Python computed it, unless leaves were changed there after the forward pass (`stale`): then all is computed anew.
export function compute(graph, edits) {
  const stale = graph.parents.some((_, i) => isStale(graph, i));
  const start = stale ? computeAll(graph) : graph.data;
  const { data, changed } = forwardFrom(graph, start, edits);
  const locals = graph.locals.map((before, i) => {
    const touched = stale || graph.parents[i].some((parent) => changed[parent]);
    return touched ? localsOf(graph, i, data) : before;
  });
  return { data, locals, stale };
}

// Returns whether a node is not what its operands, as they are now, give. One step lies in between, so that all that may
// differ is the last digits.
function isStale(graph, i) {
  const [was, now] = [graph.data[i], valueOf(graph, i, graph.data)];
  if (close(was, now)) return false;
  const operands = graph.parents[i].map((parent) => graph.data[parent]);
  const isNear = Math.abs(was - now) <= LAST + CANCELLED * largestTerm(graph.rows[i], operands);
  return !isNear;
}

function largestTerm(row, operands) {
  const half = Math.floor(operands.length / 2);
  const terms = row === "dot" ? operands.map((x, k) => (k < 2 * half ? x * operands[(k + half) % (2 * half)] : x)) : operands;
  return row === "dot" || ADDING.has(row) ? terms.filter(Number.isFinite).reduce((largest, x) => Math.max(largest, Math.abs(x)), 0) : 0;
}

function computeAll(graph) {
  const data = Float64Array.from(graph.data);
  for (let i = 0; i < graph.size; i += 1) data[i] = valueOf(graph, i, data);
  return data;
}

export function close(x, y) {
  if (Object.is(x, y) || x === y) return true;
  const largest = Math.max(Math.abs(x), Math.abs(y));
  return Number.isFinite(largest) && Math.abs(x - y) <= CLOSE * largest;
}
