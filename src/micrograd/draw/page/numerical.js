// The numerical gradient: what central differences say, beside what backpropagation does.

import { forwardFrom } from "./graph.js";

// Balances rounding against the cubic term that central differences leave out.
const STEP = Math.cbrt(Number.EPSILON);
const AGREEMENT = 1e-5;

// Returns (L(x + h) - L(x - h)) / 2h for any node; null where it cannot be had: an operation of the user's own lies on
// the way to the root, or the root has no finite value to either side.
export function numericalGradient(graph, data, i) {
  if (graph.fixed[i]) return null;
  const h = STEP * Math.max(1, Math.abs(data[i]));
  const [above, below] = [data[i] + h, data[i] - h];
  const rise = rootAt(graph, data, i, above) - rootAt(graph, data, i, below);
  const slope = rise / (above - below);
  return Number.isFinite(slope) ? slope : null;
}

function rootAt(graph, data, i, value) {
  return forwardFrom(graph, data, new Map([[i, value]])).data[graph.root];
}

// Returns whether two gradients are the same but for the error of differences.
export function agrees(analytic, numerical) {
  return Math.abs(analytic - numerical) <= AGREEMENT * Math.max(1, Math.abs(analytic), Math.abs(numerical));
}
