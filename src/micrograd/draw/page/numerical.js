// The numerical gradient: what central differences say, beside what backpropagation does.

import { forwardFrom } from "./graph.js";

// Balances rounding against the cubic term that central differences leave out.
const STEP = Math.cbrt(Number.EPSILON);
const AGREEMENT = 1e-6; // of a gradient, beside the error of the differences
const UNSTEADY = 0.25; // what a slope may change by with half the step
const VAGUE = 0.1; // an error of so much of a gradient says nothing about it
const NOTHING = 1e-6; // beside the 1 of the root's own gradient

// Returns {slope, error}: (L(x + h) - L(x - h)) / 2h for any node, and what it may be off by. Returns null where it
// cannot be had: an operation of the user's own lies on the way to the root, or the node or the root or the gradient has
// no finite value, or the slope hangs on the step, as it does at a jump.
export function numericalGradient(graph, data, i, grads) {
  if (graph.fixed[i] || ![data[i], data[graph.root], grads[i]].every(Number.isFinite)) return null;
  const h = stepFor(data[i]);
  const [whole, half] = [h, h / 2].map((step) => difference(graph, data, i, step, grads));
  const change = Math.abs(whole.slope - half.slope);
  const isSteady = change <= UNSTEADY * Math.max(Math.abs(whole.slope), Math.abs(half.slope)) + 2 * half.noise;
  return isSteady && Number.isFinite(whole.slope) ? { slope: whole.slope, error: 2 * (change + half.noise) } : null;
}

// As small beside a number as it may be, for functions may bend as sharply as 1/x; a power of two, which adds exactly.
function stepFor(x) {
  return 2 ** Math.round(Math.log2(STEP * (x === 0 ? 1 : Math.abs(x))));
}

// Each node that is computed anew is off by its last digit, which reaches the root as its gradient says.
function difference(graph, data, i, h, grads) {
  const [above, below] = [data[i] + h, data[i] - h];
  const [up, down] = [above, below].map((value) => forwardFrom(graph, data, new Map([[i, value]])));
  const wide = above - below;
  let error = Math.abs(data[graph.root]);
  for (let j = i + 1; j < graph.size; j += 1) {
    const share = up.changed[j] ? Math.abs(data[j] * grads[j]) : 0;
    if (Number.isFinite(share)) error += share;
  }
  return { slope: (up.data[graph.root] - down.data[graph.root]) / wide, noise: (2 * Number.EPSILON * error) / wide };
}

// Returns whether a gradient is what differences say, but for their error; null where this is too large to tell.
export function agrees(analytic, { slope, error }) {
  if (!Number.isFinite(analytic)) return false;
  const apart = Math.abs(analytic - slope);
  if (analytic === 0 && apart <= error && error <= NOTHING) return true;
  if (error > VAGUE * Math.max(Math.abs(analytic), Math.abs(slope))) return null;
  return apart <= AGREEMENT * Math.abs(analytic) + error;
}
