// What the reader should know about the numbers before trusting them.

import { toNumber } from "./numbers.js";
import { close, isLeaf } from "./graph.js";
import { gradients, makeRun } from "./state.js";

const ROUNDED_OFF = 1e-12;

// Returns sentences, none where all is as usual.
export function notices(model) {
  const { graph, numbers, payload } = model;
  const found = [];
  if (numbers.stale) found.push("Leaves were changed after the forward pass: this page has computed the graph anew.");
  if (model.truth.includes(null)) found.push("Some derivatives are unknown here, and so are the gradients that hang on them: there Python's backward() passes on by itself what it passes.");
  if (graph.own.some(Boolean)) found.push("Operations of your own keep their numbers and local derivatives; leaves that feed them cannot be edited.");
  if (model.edits.size === 0 && !numbers.stale && hasLeftovers(model)) found.push("In Python the leaves hold other gradients now: of another root, or of more than one backward().");
  return found;
}

function hasLeftovers({ payload, graph, numbers, truth }) {
  const differing = payload.nodes.flatMap((node, i) => {
    const isKnown = isLeaf(graph, i) && node.grad !== null && truth[i] !== null;
    return isKnown && !close(toNumber(node.grad), truth[i]) ? [i] : [];
  });
  if (differing.length === 0) return false;
  const sizes = sizesOf(graph, numbers);
  return differing.some((i) => {
    const room = Number.isFinite(sizes[i]) ? ROUNDED_OFF * sizes[i] : 0;
    return !(Math.abs(toNumber(payload.nodes[i].grad) - truth[i]) <= room);
  });
}

// Returns what the shares of each gradient add up to without their signs, by which its rounding goes.
function sizesOf(graph, numbers) {
  const locals = numbers.locals.map((each) => each.map((local) => local && Math.abs(local)));
  return gradients(makeRun(graph, { ...numbers, locals }));
}
