// What the reader should know about the numbers before trusting them.

import { toNumber } from "./numbers.js";
import { close, isLeaf } from "./graph.js";

// Returns sentences, none where all is as usual.
export function notices(model) {
  const { graph, numbers, payload } = model;
  const found = [];
  if (numbers.stale) found.push("Leaves were changed after the forward pass: this page has computed the graph anew.");
  if (graph.own.some(Boolean)) found.push("Operations of your own keep their numbers and local derivatives; leaves that feed them cannot be edited.");
  if (model.edits.size === 0 && !numbers.stale && hasLeftovers(payload, graph, model.truth)) found.push("In Python the leaves hold other gradients now: of another root, or of more than one backward().");
  return found;
}

function hasLeftovers(payload, graph, truth) {
  return payload.nodes.some((node, i) => isLeaf(graph, i) && node.grad !== null && !close(toNumber(node.grad), truth[i]));
}
