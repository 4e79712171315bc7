// The edges of the picture: smooth lines along the routes of the layout, with the local derivative beside them.

import { setText, svg } from "./dom.js";
import { formatNumber } from "./numbers.js";

// More labels than these would cover one another.
const MOST_LABELS = 24;
const LABEL_AT = 0.4;
const LABEL_SHIFT = 14; // out of the way of a line that falls or climbs
const STEEP_RISE = 40;

// Returns the text of a smooth path through points that run from left to right.
export function pathThrough(points) {
  const [first, ...rest] = points;
  let path = `M${first.x} ${first.y}`;
  let from = first;
  for (const to of rest) {
    const bend = (to.x - from.x) / 2;
    path += `C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
    from = to;
  }
  return path;
}

// Returns the view of an edge: {element, update(model)}.
export function makeEdge(edge, route, model) {
  const end = route.at(-1);
  const line = svg("path", { class: "mg-line", d: pathThrough(route) });
  const tip = svg("path", { class: "mg-tip", d: `M${end.x} ${end.y}l-8 -4.5v9z` });
  const { x, y } = labelPoint(route);
  const away = Math.max(-1, Math.min(1, (end.y - route[0].y) / STEEP_RISE)) * LABEL_SHIFT;
  const label = svg("text", { class: "mg-local", x: x + away, y: y - 7 });
  const element = svg("g", { class: edge.links.length > 1 ? "mg-edge mg-many" : "mg-edge", "aria-hidden": "true" }, line, tip, label);
  return { element, update: (now) => updateEdge(now, edge, element, label) };
}

// Before the middle, where lines that cross would have their labels on one spot.
function labelPoint(route) {
  const along = LABEL_AT * (route.length - 1);
  const k = Math.min(Math.floor(along), route.length - 2);
  const [from, to] = [route[k], route[k + 1]];
  const t = along - k;
  const rise = t * t * (3 - 2 * t);
  return { x: from.x + (to.x - from.x) * (1.5 * t - 1.5 * t * t + t ** 3), y: from.y + (to.y - from.y) * rise };
}

function updateEdge(model, edge, element, label) {
  const lit = linkAtWork(model, edge);
  const action = model.action;
  element.classList.toggle("mg-lit", lit !== undefined);
  element.classList.toggle("mg-backward", lit !== undefined && action.kind === "edge");
  setText(label, labelOf(model, edge, lit));
}

function linkAtWork({ action }, edge) {
  if (action === undefined || action.kind === "seed") return undefined;
  if (action.kind === "forward") return edge.links.find((link) => link.child === action.node);
  return edge.links.find((link) => link.child === action.child && link.operand === action.operand);
}

// In the quiz, local derivatives are for the reader to find.
function labelOf(model, edge, lit) {
  const isBackward = lit !== undefined && model.action.kind === "edge";
  if (!isBackward && (model.mode === "quiz" || model.edges.length > MOST_LABELS || edge.links.length > 1)) return "";
  const { child, operand } = isBackward ? lit : edge.links[0];
  if (!model.state.computed[child]) return "";
  return `${isBackward ? "× " : ""}${formatNumber(model.numbers.locals[child][operand], 3)}`;
}
