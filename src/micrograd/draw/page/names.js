// What nodes are called: by their labels, else by letters of our own that no label uses.

// Returns the name of every node, as formulas use it.
export function nameNodes(payload) {
  const taken = new Set(payload.nodes.map((node) => node.name));
  return payload.nodes.map((node, i) => node.name || (i === payload.root ? free("L", taken) : free(`v${i}`, taken)));
}

function free(wish, taken) {
  return taken.has(wish) ? free(`${wish}′`, taken) : wish;
}

// Returns a name in at most `length` characters: of a long one the end, where names of parameters differ.
export function shortName(name, length = 15) {
  return name.length <= length ? name : `…${name.slice(1 - length)}`;
}
