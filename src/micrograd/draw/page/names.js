// What nodes are called: by their labels, else by letters of our own that no label uses.

const FENCE = "\u2068";
const FENCE_END = "\u2069";
const ISOLATES = /[\u2066-\u2069]/g;
const TURNING = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

// Returns the name of every node, as formulas use it.
export function nameNodes(payload) {
  const taken = new Set(payload.nodes.map((node) => node.name));
  return payload.nodes.map((node, i) => isolated(node.name) || (i === payload.root ? free("L", taken) : free(`v${i}`, taken)));
}

// A name that runs from right to left is fenced off, or it would turn the signs and numbers beside it about.
function isolated(name) {
  return TURNING.test(name) ? `${FENCE}${name.replace(ISOLATES, "")}${FENCE_END}` : name;
}

function free(wish, taken) {
  return taken.has(wish) ? free(`${wish}′`, taken) : wish;
}

// Returns a name in at most `length` characters: of a long one the end, where names of parameters differ.
export function shortName(name, length = 15) {
  const letters = [...name];
  return letters.length <= length ? name : `…${letters.slice(1 - length).join("")}`;
}
