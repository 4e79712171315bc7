// What is known at a step: a pure function of the run and the step, so that any step can be reached from anywhere.

import { makeTimeline } from "./timeline.js";
import { isLeaf } from "./graph.js";

// Mistakes to make on purpose.
export const FAULTS = ["overwrite", "order", "unzeroed"];

// Returns a run: a graph with its numbers, the steps, and what an earlier backward() has left on the leaves.
export function makeRun(graph, numbers, fault = null) {
  const timeline = makeTimeline(graph, { reversed: fault !== "order" });
  const run = { graph, numbers, timeline, fault, left: new Array(graph.size).fill(0) };
  if (fault !== "unzeroed") return run;
  const earlier = stateAt(run, timeline.steps.length).grads;
  return { ...run, left: earlier.map((g, i) => (isLeaf(graph, i) ? g : 0)) };
}

// Returns {computed, grads, reached, before} after step t: which nodes have data, gradients so far, whether anything
// has come to a node yet (2: only what an earlier backward() left), and the gradient that step t itself found. A gradient
// is null, unknown, from where something came to it that nobody knows.
export function stateAt(run, t) {
  const { graph, timeline } = run;
  const state = {
    computed: Uint8Array.from(graph.parents, (parents) => (parents.length === 0 ? 1 : 0)),
    grads: [...run.left],
    reached: Uint8Array.from(graph.parents, (parents) => (run.fault === "unzeroed" && parents.length === 0 ? 2 : 0)),
    before: 0,
  };
  for (let k = 0; k < t; k += 1) apply(run, state, timeline.steps[k]);
  return state;
}

function apply(run, state, step) {
  if (step.kind === "forward") {
    state.computed[step.node] = 1;
    return;
  }
  state.before = state.grads[step.node];
  const share = step.kind === "seed" ? 1 : shareOf(run, state, step);
  const adds = run.fault !== "overwrite" && (step.kind === "edge" || isLeaf(run.graph, step.node));
  state.grads[step.node] = adds ? plus(state.before, share) : share;
  state.reached[step.node] = 1;
}

// Returns what goes along an edge: local derivative times the gradient of the node it comes from; null if unknown.
export function shareOf(run, state, { child, operand }) {
  const [local, grad] = [run.numbers.locals[child][operand], state.grads[child]];
  return local === null || grad === null ? null : local * grad;
}

function plus(x, y) {
  return x === null || y === null ? null : x + y;
}

// Returns all gradients at the end of a run.
export function gradients(run) {
  return stateAt(run, run.timeline.steps.length).grads;
}

// Returns whether a faulty gradient is another number than the true one, as far as both are known.
export function differs(wrong, right) {
  if (wrong === null || right === null) return false;
  return !Object.is(wrong, right) && !(Math.abs(wrong - right) <= 1e-12 * Math.max(Math.abs(wrong), Math.abs(right)));
}

// Returns the nodes whose gradient a fault has spoilt by step t, among those to which nothing more is added.
export function damage(run, state, truth, t) {
  const { doneAt } = run.timeline;
  const nodes = [...run.graph.parents.keys()];
  return nodes.filter((i) => doneAt[i] <= t && state.reached[i] && differs(state.grads[i], truth[i]));
}
