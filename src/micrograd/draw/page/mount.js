// The view of a payload inside a container: what the page and the notebook widget both show.

// Returns {setStep, getStep, steps, onStep, onEdit, setPayload, destroy}; options: {theme, step}.
export function mount(container, payload, options = {}) {
  const root = document.createElement("div");
  root.className = "mg-explain";
  root.textContent = payload.title;
  container.append(root);
  let step = options.step ?? 0;
  const listeners = new Set();
  return {
    steps: 0,
    getStep: () => step,
    setStep(t) {
      step = t;
      for (const listener of listeners) listener(t);
    },
    onStep(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    onEdit: () => () => undefined,
    setPayload(next) {
      root.textContent = next.title;
    },
    destroy: () => root.remove(),
  };
}
