// The boxes of the picture: one for a node, one for a folded group. Made once, then only their texts change.

import { setAttribute, setText, svg } from "./dom.js";
import { formatNumber, shortNumber } from "./numbers.js";
import { shortName } from "./names.js";
import { summary } from "./summary.js";

const NODE_HEIGHT = 82;
const CONTENT = 132;
const PAD = 11;
const PILL_RADIUS = 14;
const DROP = 17; // of the texts below a pill on the upper side
const OVERLAP = 4; // of a pill at the side and the texts
const TITLE = 25;
const BASELINES = [50, 70];
const GROUP_HEIGHT = 128;
const GROUP_WIDTH = 216;
const COLUMNS = [124, GROUP_WIDTH - PAD]; // where the numbers of a group end,
const HEADS = 64; // and the lines on which they stand
const LINES = [83, 101, 119];
const LONGEST_OP = 14;
const LONG_NAME = 13; // letters that fit, and a few more if they are smaller
const LONGEST_NAME = 16;
export const NOT_YET = "not computed";

function pillWidth(op) {
  return op === "" ? 0 : Math.max(30, 8 * [...shortOp(op)].length + 16);
}

// Of a long operation the beginning says most.
function shortOp(op) {
  const letters = [...op];
  return letters.length <= LONGEST_OP ? op : `${letters.slice(0, LONGEST_OP - 1).join("")}…`;
}

// Returns {width, height} of a box; in a picture that runs down, the pill is on its upper side.
export function sizeOf(box, payload, isDown) {
  if (box.kind === "group") return { width: GROUP_WIDTH, height: GROUP_HEIGHT };
  const pill = pillWidth(payload.nodes[box.index].op);
  const width = CONTENT + 2 * PAD;
  if (pill === 0) return { width, height: NODE_HEIGHT };
  return isDown ? { width, height: NODE_HEIGHT + DROP } : { width: width + pill - OVERLAP, height: NODE_HEIGHT };
}

// Returns the view of a box: {element, update(model)}.
export function makeBox(box, place, model, act, isDown) {
  const { width, height } = sizeOf(box, model.payload, isDown);
  const element = svg("g", {
    class: `mg-box mg-${box.kind}`,
    transform: `translate(${place.x} ${place.y})`,
    tabindex: "0",
    role: "button",
    "data-box": box.id,
    click: () => act(box),
    keydown: (event) => onKey(event, box, act),
  });
  const fill = box.kind === "group" ? fillGroup : fillNode;
  return { element, update: fill(element, box, model, { width, height, isDown }) };
}

function onKey(event, box, act) {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  act(box);
}

function text(x, y, className, content = "") {
  const element = svg("text", { x, y, class: className });
  element.textContent = content;
  return element;
}

function card(width, height, x = 0, y = 0) {
  return svg("rect", { class: "mg-card", x, y, width: width - x, height: height - y, rx: 10 });
}

function fillNode(element, box, model, { width, height, isDown }) {
  const node = model.payload.nodes[box.index];
  const name = model.naming.names[box.index];
  const pill = pillWidth(node.op);
  const left = pill && !isDown ? pill - OVERLAP + PAD : PAD;
  const right = width - PAD;
  const [title, first, second] = [TITLE, ...BASELINES].map((y) => (pill && isDown ? y + DROP : y));
  const data = text(right, first, "mg-number mg-data");
  const grad = text(right, second, "mg-number mg-grad");
  const wrong = text(left, second, "mg-wrong");
  const label = text(left, second, "mg-word", "grad");
  element.classList.add(`mg-is-${node.kind}`);
  element.append(pill && isDown ? card(width, height, 0, PILL_RADIUS) : card(width, height, pill / 2));
  element.append(text(left, title, name.length > LONG_NAME ? "mg-name mg-long" : "mg-name", shortName(name, LONGEST_NAME)));
  element.append(text(left, first, "mg-word", "data"), label, data, grad, wrong);
  if (pill) element.append(isDown ? badge(node.op, (width - pill) / 2, PILL_RADIUS) : badge(node.op, 0, height / 2));
  const whole = svg("title");
  whole.textContent = name;
  element.append(whole);
  return (now) => updateNode(now, box.index, { element, data, grad, wrong, label });
}

// Returns how far inside of its box a line meets the round end of the box's pill, `away` from its middle.
export function pillInset(away) {
  return PILL_RADIUS - Math.sqrt(PILL_RADIUS ** 2 - away ** 2);
}

function badge(op, x, middle) {
  const width = pillWidth(op);
  const rect = svg("rect", { class: "mg-pill", x, y: middle - PILL_RADIUS, width, height: 2 * PILL_RADIUS, rx: PILL_RADIUS });
  return svg("g", { class: "mg-op" }, rect, text(x + width / 2, middle + 5, "mg-symbol", shortOp(op)));
}

function updateNode(model, i, { element, data, grad, wrong, label }) {
  const { state, numbers, truth } = model;
  const isWrong = state.wrong.has(i);
  setText(data, state.computed[i] ? formatNumber(numbers.data[i]) : NOT_YET);
  setText(grad, isWrong ? formatNumber(truth[i], 3, 0) : state.reached[i] ? formatNumber(state.grads[i]) : NOT_YET);
  setText(wrong, isWrong ? formatNumber(state.grads[i], 3, 0) : "");
  setText(label, isWrong ? "" : "grad");
  element.classList.toggle("mg-has-data", state.computed[i] === 1);
  element.classList.toggle("mg-has-grad", state.reached[i] > 0 && state.grads[i] !== null);
  element.classList.toggle("mg-is-left", state.reached[i] === 2);
  element.classList.toggle("mg-is-wrong", isWrong);
  element.classList.toggle("mg-is-edited", model.edits.has(i));
  setAttribute(element, "aria-label", nodeLabel(model, i));
}

// Returns what a screen reader says of a node.
export function nodeLabel(model, i) {
  const { state, numbers, truth } = model;
  const node = model.payload.nodes[i];
  const data = state.computed[i] ? formatNumber(numbers.data[i]) : NOT_YET;
  const grad = state.reached[i] ? formatNumber(state.grads[i]) : NOT_YET;
  const damage = state.wrong.has(i) ? `, which is wrong: right is ${formatNumber(truth[i])}` : "";
  const made = node.op ? ` made by ${node.op}` : "";
  return `${model.naming.names[i]}${made}: data ${data}, gradient ${grad}${damage}`;
}

function fillGroup(element, box, model, { width, height }) {
  const group = model.payload.groups[box.index];
  const columns = ["data", "grad"].map((kind, k) => LINES.map((y) => text(COLUMNS[k], y, `mg-number mg-${kind}`)));
  const spoilt = text(width - PAD, 43, "mg-wrong-count");
  element.append(svg("rect", { class: "mg-card mg-behind", x: 5, y: 5, width, height, rx: 10 }), card(width, height));
  element.append(text(PAD, TITLE - 2, "mg-name", shortName(group.name, 22)), spoilt);
  const count = text(PAD, 43, "mg-word");
  element.append(count);
  ["data", "grad"].forEach((word, k) => element.append(text(COLUMNS[k], HEADS, "mg-head", word), ...columns[k]));
  LINES.forEach((y, k) => element.append(text(PAD, y, "mg-word", ["min", "mean", "max"][k])));
  element.append(svg("title"));
  element.lastChild.textContent = `${group.name}: click to unfold`;
  element.setAttribute("aria-expanded", "false");
  return (now) => updateGroup(now, box, group, { element, columns, spoilt, count });
}

function updateGroup(model, box, group, { element, columns, spoilt, count }) {
  const { state, numbers } = model;
  const data = summary(box.members, state.computed, numbers.data);
  const grad = summary(box.members, state.reached, state.grads);
  const wrong = box.members.filter((i) => state.wrong.has(i)).length;
  [data, grad].forEach((each, k) => fillColumn(columns[k], each));
  setText(spoilt, remark(wrong, data, grad));
  setText(count, `⊞ ${box.members.length} nodes${spoilt.textContent ? "" : " folded"}`);
  element.classList.toggle("mg-has-data", data.count > 0);
  element.classList.toggle("mg-has-grad", grad.count > 0);
  element.classList.toggle("mg-is-wrong", wrong > 0);
  setAttribute(element, "aria-label", `${group.name}: ${box.members.length} nodes folded; ${inWords("data", data)}; ${inWords("gradient", grad)}${wrong ? `, ${wrong} of them wrong` : ""}`);
}

// What most needs to be said of a group, in few letters.
function remark(wrong, data, grad) {
  if (wrong) return `${wrong} wrong`;
  const others = Math.max(data.others, grad.others);
  if (others) return `${others} inf/nan`;
  return grad.unknown ? `${grad.unknown} unknown` : "";
}

function fillColumn(texts, { count, min, mean, max, finite, unknown }) {
  const none = count === 0 ? NOT_YET : unknown ? "unknown" : "not finite";
  const shown = finite ? [min, mean, max].map((x) => shortNumber(x)) : ["", none, ""];
  texts.forEach((element, k) => setText(element, shown[k]));
}

export function inWords(name, { count, min, mean, max, finite, others, unknown }) {
  if (count === 0) return `${name} ${NOT_YET}`;
  const range = finite ? `from ${shortNumber(min)} to ${shortNumber(max)}, mean ${shortNumber(mean)}` : "";
  return `${name} ${[range, others && `${others} not finite`, unknown && `${unknown} unknown`].filter(Boolean).join(", ")}`;
}
