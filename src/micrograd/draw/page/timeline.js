// The steps of a run: each inner node forward, the seed, and each edge backward, in the order of the engine.

// Returns {steps, seedAt, doneAt}. Step t (from 1 on) is steps[t - 1], and t = 0 comes before all of them; `seedAt` is
// the step of the seed; doneAt[i] is the step after which nothing more is added to the gradient of node i.
export function makeTimeline(graph, { reversed = true } = {}) {
  const inner = [...graph.parents.keys()].filter((i) => graph.parents[i].length > 0);
  const forward = inner.map((node) => ({ kind: "forward", node }));
  const order = forward.map(({ node }) => node);
  const backward = (reversed ? order.reverse() : order).flatMap((child) => edgesOf(graph, child));
  const steps = [...forward, { kind: "seed", node: graph.root }, ...backward];
  return { steps, seedAt: forward.length + 1, doneAt: doneAt(graph, steps) };
}

function edgesOf(graph, child) {
  return graph.parents[child].map((parent, operand) => ({ kind: "edge", child, operand, node: parent }));
}

// The last step that touches a node's gradient.
function doneAt(graph, steps) {
  const last = new Int32Array(graph.size);
  steps.forEach((step, index) => {
    if (step.kind !== "forward") last[step.node] = index + 1;
  });
  return last;
}

// Returns the first step after t at which some node's gradient is complete, as {node, step}; undefined if none is left.
export function nextDone(timeline, t) {
  for (let step = Math.max(t + 1, timeline.seedAt); step <= timeline.steps.length; step += 1) {
    const { node } = timeline.steps[step - 1];
    if (timeline.doneAt[node] === step) return { node, step };
  }
  return undefined;
}
