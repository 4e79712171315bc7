// The numerical gradient: what central differences say, beside what backpropagation does.

import { forwardFrom } from "./graph.js";

// Balances rounding against the cubic term that central differences leave out.
const STEP = Math.cbrt(Number.EPSILON);
const AGREEMENT = 1e-4;
const STEADY = 1e-3;

// Returns {slope, noise}: (L(x + h) - L(x - h)) / 2h for any node, and what rounding may add to it. Returns null where it
// cannot be had: an operation of the user's own lies on the way to the root, the node or the root or the gradient has no
// finite value, or the slope hangs on the step, as it does beside a pole.
export function numericalGradient(graph, data, i, grads) {
  if (graph.fixed[i] || ![data[i], data[graph.root], grads[i]].every(Number.isFinite)) return null;
  const size = Math.abs(data[i]);
  const steps = size > 0 && size < 1 ? [STEP, STEP * size] : [STEP * Math.max(1, size)];
  for (const h of steps) {
    const [whole, half] = [h, h / 2].map((step) => difference(graph, data, i, step, grads));
    if (!Number.isFinite(whole.slope) || !Number.isFinite(half.slope)) continue;
    const room = STEADY * Math.max(Math.abs(whole.slope), Math.abs(half.slope)) + half.noise;
    if (Math.abs(whole.slope - half.slope) <= room) return whole;
  }
  return null;
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

// Returns whether a gradient is what differences say, but for their error; one of the other sign is not, nor an infinite.
export function agrees(analytic, { slope, noise }) {
  if (!Number.isFinite(analytic) || !Number.isFinite(slope)) return false;
  return Math.abs(analytic - slope) <= AGREEMENT * Math.max(Math.abs(analytic), Math.abs(slope)) + noise;
}
