// The edges of the picture: smooth lines along the routes of the layout, with the local derivative beside them.

import { setAttribute, setText, svg } from "./dom.js";
import { formatNumber } from "./numbers.js";
import { pathAlong, strandsOf } from "./strands.js";

// More labels than these would cover one another.
export const MOST_LABELS = 24;
const LETTER = 8.5; // width of a letter of the label at work
const LABEL_HEIGHT = 24;

// Returns the views of the lines of an edge: {element, label, update(model)}; labels are to be drawn above all boxes.
export function makeEdges(edge, route, isDown) {
  return strandsOf(edge, route, isDown).map(makeStrand);
}

function makeStrand(strand) {
  const { x, y, angle } = strand.tip;
  const line = svg("path", { class: "mg-line", d: pathAlong(strand.curves) });
  const tip = svg("path", { class: "mg-tip", d: "M0 0l-8 -4.5v9z", transform: `translate(${x} ${y}) rotate(${angle})` });
  const element = svg("g", { class: strand.isBundle ? "mg-edge mg-many" : "mg-edge", "aria-hidden": "true" }, line, tip);
  const plate = svg("rect", { class: "mg-plate", y: -LABEL_HEIGHT / 2, height: LABEL_HEIGHT, rx: LABEL_HEIGHT / 2 });
  const text = svg("text", { class: "mg-local", y: 4.5 });
  const label = svg("g", { class: "mg-label", "aria-hidden": "true" }, plate, text);
  return { element, label, update: (model) => updateStrand(model, strand, { element, label, plate, text }) };
}

function updateStrand(model, strand, { element, label, plate, text }) {
  const lit = linkAtWork(model, strand);
  const isBackward = lit !== undefined && model.action.kind === "edge";
  for (const each of [element, label]) each.classList.toggle("mg-lit", lit !== undefined);
  for (const each of [element, label]) each.classList.toggle("mg-backward", isBackward);
  const words = isBackward ? `× ${derivativeOf(model, lit)}` : quietLabel(model, strand);
  const width = LETTER * words.length + 18;
  const { x, y } = isBackward ? strand.middle : strand.quiet;
  setText(text, words);
  setAttribute(plate, "x", String(-width / 2));
  setAttribute(plate, "width", String(width));
  setAttribute(label, "transform", `translate(${x} ${y})`);
}

function linkAtWork({ action }, { links }) {
  if (action === undefined || action.kind === "seed") return undefined;
  if (action.kind === "forward") return links.find((link) => link.child === action.node);
  return links.find((link) => link.child === action.child && link.operand === action.operand);
}

function derivativeOf(model, { child, operand }) {
  return formatNumber(model.numbers.locals[child][operand], 3, 0);
}

// In the quiz, local derivatives are for the reader to find.
function quietLabel(model, { links, isBundle }) {
  if (isBundle || model.mode === "quiz" || model.edges.length > MOST_LABELS) return "";
  return model.state.computed[links[0].child] ? derivativeOf(model, links[0]) : "";
}
