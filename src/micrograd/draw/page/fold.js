// Which groups are open, and so what is seen: boxes for nodes and for folded groups, and the edges between them.
// It does the same as fold.py: a test holds the two against each other.

const KINDS_OF_GROUPS = ["model", "layer", "neuron", "call", "op"];

const MOST_EDGES = 1000;

// Returns the groups to open so that at most `limit` boxes and MOST_EDGES edges are seen. Breadth first, all of one kind
// at one depth or none of them: models and layers, and whatever is in no other group. Neurons, calls and likes stay
// folded, for many of them are unreadable. A graph of at most `limit` nodes is opened altogether.
export function initialOpen(graph, limit) {
  const { nodes, groups } = graph;
  if (nodes.length <= limit) return new Set(groups.keys());
  const { sizes, outside } = countInside(graph);
  const open = new Set();
  let seen = outside;
  for (const level of levelsOf(groups)) {
    const more = level.filter((i) => groups[i].parent < 0 || open.has(groups[i].parent));
    const growth = more.reduce((total, i) => total + sizes[i] - 1, 0);
    if (seen + growth > limit || fold(graph, new Set([...open, ...more])).edges.length > MOST_EDGES) continue;
    more.forEach((i) => open.add(i));
    seen += growth;
  }
  return open;
}

// Returns how many nodes and groups each group holds itself, and how many are in no group.
function countInside({ nodes, groups }) {
  const sizes = groups.map(() => 0);
  let outside = 0;
  for (const place of [...nodes.map((node) => node.group), ...groups.map((group) => group.parent)]) {
    if (place < 0) outside += 1;
    else sizes[place] += 1;
  }
  return { sizes, outside };
}

// Returns the groups of each depth and kind that may open by themselves, outer ones first.
function levelsOf(groups) {
  const depths = [];
  const levels = new Map();
  groups.forEach(({ parent, kind }, i) => {
    depths.push(parent < 0 ? 0 : depths[parent] + 1);
    if (parent >= 0 && kind !== "model" && kind !== "layer") return;
    const level = depths[i] * KINDS_OF_GROUPS.length + KINDS_OF_GROUPS.indexOf(kind);
    levels.set(level, [...(levels.get(level) ?? []), i]);
  });
  return [...levels.keys()].sort((a, b) => a - b).map((level) => levels.get(level));
}

// Returns for each group the outermost folded group around it, itself included; -1 where all are open.
function coversOf(groups, open) {
  const covers = [];
  groups.forEach(({ parent }, i) => {
    const outer = parent < 0 ? -1 : covers[parent];
    covers.push(outer >= 0 || open.has(i) ? outer : i);
  });
  return covers;
}

// Returns what is seen of a graph: {boxes, edges}. A box is {id, kind: "node" | "group", index, members}; an edge is
// {from, to, links: [{child, operand}]}, one for each pair of boxes.
export function fold(graph, open) {
  const { nodes, groups } = graph;
  const covers = coversOf(groups, open);
  const boxes = new Map();
  const idOf = nodes.map(({ group }, i) => {
    const cover = group < 0 ? -1 : covers[group];
    const [id, kind, index] = cover < 0 ? [`n${i}`, "node", i] : [`g${cover}`, "group", cover];
    if (!boxes.has(id)) boxes.set(id, { id, kind, index, members: [] });
    boxes.get(id).members.push(i);
    return id;
  });
  return { boxes: [...boxes.values()], edges: seenEdges(nodes, idOf) };
}

function seenEdges(nodes, idOf) {
  const edges = new Map();
  nodes.forEach(({ parents }, child) => {
    parents.forEach((parent, operand) => {
      const [from, to] = [idOf[parent], idOf[child]];
      if (from === to) return;
      const key = `${from} ${to}`;
      if (!edges.has(key)) edges.set(key, { from, to, links: [] });
      edges.get(key).links.push({ child, operand });
    });
  });
  return [...edges.values()];
}
