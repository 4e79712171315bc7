// All visible nodes in a table: data (of leaves, to edit), gradient, numerical gradient.

import { el, focusBeside, setAttribute, setText } from "./dom.js";
import { exactNumber, formatNumber, readNumber } from "./numbers.js";
import { inWords, NOT_YET } from "./boxes.js";
import { shortName } from "./names.js";
import { summary } from "./summary.js";
import { agrees } from "./numerical.js";
import { isLeaf } from "./graph.js";

const SHORT = 10;
const LONGEST = 24; // names beyond it would leave no room for the numbers
const CERTAIN = 9; // digits that differences can give
const VERDICTS = new Map([
  [true, { sign: " ✓" }],
  [false, { sign: " ≠", title: "Not the gradient beside it: a mistake, a kink, or a detach on the way." }],
  [null, { sign: " ≈", title: "Rounding leaves too little of the difference to tell whether this is the gradient beside it.", digits: 1 }],
]);
const AT_ONCE = 200000; // operations, so few that nobody waits for them

export class Table {
  constructor(act) {
    this.act = act;
    this.problem = el("p", { class: "mg-problem", role: "alert" });
    this.undo = el("button", { type: "button", class: "mg-button", click: () => act.undoEdits() }, "Undo edits");
    this.body = el("tbody");
    const head = ["Node", "Data", "Gradient", "Numerical"].map((name) => el("th", { scope: "col" }, name));
    const caption = el("caption", {}, el("span", {}, "Nodes"), this.undo);
    this.table = el("table", {}, caption, el("thead", {}, el("tr", {}, ...head)), this.body);
    this.element = el("section", { class: "mg-panel mg-nodes", tabindex: "-1", "aria-label": "Nodes" }, this.problem, el("div", { class: "mg-scroll" }, this.table));
  }

  // Makes the rows anew: only when what is folded has changed.
  draw(model) {
    const leaves = model.boxes.filter((box) => box.kind === "node" && isLeaf(model.graph, box.index));
    const others = model.boxes.filter((box) => !leaves.includes(box));
    this.rows = [...leaves, ...others].map((box) => ({ id: box.id, ...(box.kind === "group" ? this.groupRow(box, model) : this.nodeRow(box.index, model)) }));
    this.body.replaceChildren(...this.rows.map((row) => row.element));
    this.update(model);
  }

  update(model) {
    this.model = model;
    for (const row of this.rows) row.update(model);
    this.allowUndo(model.edits.size > 0);
    this.scheduleNumerical(model);
  }

  // The focus stays nearby when the button goes.
  allowUndo(isAllowed) {
    if (!isAllowed && focusBeside(this.undo) === this.undo) this.element.focus({ preventScroll: true });
    this.undo.hidden = !isAllowed;
  }

  focus(id) {
    this.rows.find((row) => row.id === id)?.element.querySelector("button").focus();
  }

  groupRow(box, model) {
    const group = model.payload.groups[box.index];
    const open = el("button", { type: "button", class: "mg-link", "aria-expanded": "false", click: () => this.act.toggle(box.index) }, `⊞ ${group.name}`);
    const cell = el("span", {});
    const element = el("tr", { class: "mg-group-row" }, el("th", { scope: "row", colspan: "4" }, open, cell));
    const update = ({ state, numbers }) => {
      const words = [inWords("data", summary(box.members, state.computed, numbers.data)), inWords("gradient", summary(box.members, state.reached, state.grads))];
      setText(cell, `${box.members.length} nodes; ${words.join("; ")}`);
    };
    return { element, update };
  }

  nodeRow(i, model) {
    const name = model.naming.names[i];
    const pick = el("button", { type: "button", class: "mg-link", "aria-label": name, title: name, click: () => this.act.select(i) }, ...nameParts(name));
    const data = el("td", { class: "mg-data" });
    const grad = el("td", { class: "mg-grad", "data-head": "Gradient" });
    const numerical = el("td", { "data-head": "Numerical" });
    const input = isLeaf(model.graph, i) ? this.input(i, name, model) : null;
    if (input) data.append(input);
    const element = el("tr", {}, el("th", { scope: "row" }, pick), data, grad, numerical);
    return { i, element, numerical, update: (now) => this.updateNode(now, i, { element, data, grad, numerical, input }) };
  }

  input(i, name, model) {
    const why = model.whyFixed(i);
    const field = el("input", { type: "text", inputmode: "text", autocomplete: "off", class: "mg-field", "aria-label": `Data of ${name}`, title: why || undefined });
    field.disabled = why !== "";
    field.addEventListener("change", () => this.read(i, name, field));
    field.addEventListener("input", () => this.forgive(field));
    field.addEventListener("change", () => delete field.dataset.typing);
    field.addEventListener("focus", () => this.sharpen(i, field));
    field.addEventListener("blur", () => this.leave(i, field));
    return field;
  }

  read(i, name, field) {
    const { value, error } = readNumber(field.value);
    setAttribute(field, "aria-invalid", String(error !== undefined));
    setText(this.problem, error ? `${name}: ${error} It keeps its number until then.` : "");
    if (error === undefined) this.act.edit(i, value);
  }

  // What was typed and taken back is no change.
  leave(i, field) {
    delete field.dataset.typing;
    showIn(field, this.model.numbers.data[i]);
  }

  // All digits are there for who wants to edit, chosen as a whole, as the tab key does it.
  sharpen(i, field) {
    const number = this.model.numbers.data[i];
    const isRounded = formatNumber(number) === field.value && readNumber(field.value).value !== number;
    if (!isRounded || Number.isNaN(number)) return;
    field.value = exactNumber(number);
    field.select();
  }

  forgive(field) {
    field.dataset.typing = "";
    setAttribute(field, "aria-invalid", "false");
    setText(this.problem, "");
  }

  updateNode(model, i, { element, data, grad, numerical, input }) {
    const { state, numbers } = model;
    if (input) showIn(input, numbers.data[i]);
    else showKnown(data, state.computed[i], numbers.data[i]);
    showGradient(model, i, grad);
    element.classList.toggle("mg-is-wrong", state.wrong.has(i));
    element.classList.toggle("mg-is-active", model.action?.node === i);
    element.classList.toggle("mg-is-edited", model.edits.has(i));
    showNumerical(model, i, numerical);
  }

  // Few are computed at once, many one after the other while nothing else waits.
  scheduleNumerical(model) {
    clearTimeout(this.timer);
    const missing = this.rows.filter((row) => row.i !== undefined && !model.numerical.has(row.i));
    const some = missing.slice(0, Math.max(1, Math.floor(AT_ONCE / model.graph.size)));
    for (const { i, numerical } of some) {
      model.numericalOf(i);
      showNumerical(model, i, numerical);
    }
    if (missing.length > some.length) this.timer = setTimeout(() => this.scheduleNumerical(model), 0);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

// Of a long name, what tells it from its neighbours stands out, and the rest may break after any of its points.
function nameParts(name) {
  const parts = name.split(/(?<=\.)/);
  if (name.length <= SHORT || parts.length === 1) return [shortName(name, LONGEST)];
  const owner = parts.slice(0, -1).flatMap((part) => [part, document.createElement("wbr")]);
  return [el("span", { class: "mg-owner" }, ...owner), shortName(parts.at(-1), LONGEST)];
}

// What is being typed stays.
function showIn(input, value) {
  const isBusy = "typing" in input.dataset || input.getAttribute("aria-invalid") === "true";
  const isSharp = focusBeside(input) === input && readNumber(input.value).value === value;
  const text = formatNumber(value);
  if (!isBusy && !isSharp && input.value !== text) input.value = text;
}

function showKnown(cell, known, number) {
  cell.classList.toggle("mg-unknown", !known || number === null);
  setText(cell, known ? formatNumber(number) : NOT_YET);
}

function showGradient(model, i, cell) {
  const { state, truth } = model;
  if (!state.wrong.has(i)) return showKnown(cell, state.reached[i], state.grads[i]);
  const texts = [formatNumber(state.grads[i]), formatNumber(truth[i])];
  cell.classList.remove("mg-unknown");
  if (cell.textContent === texts.join(" ")) return undefined;
  return cell.replaceChildren(el("s", {}, texts[0]), " ", el("strong", {}, texts[1]));
}

function showNumerical(model, i, cell) {
  const { state, numerical } = model;
  const hidden = model.mode === "quiz" && model.run.timeline.doneAt[i] > model.step;
  if (hidden || !numerical.has(i)) return setText(cell, hidden ? "?" : "…");
  const found = numerical.get(i);
  setAttribute(cell, "title", found === null ? "It cannot be had by differences here." : "");
  if (found === null) return setText(cell, "none");
  const done = model.run.timeline.doneAt[i] <= model.step && state.reached[i] === 1;
  const verdict = done ? VERDICTS.get(agrees(state.grads[i], found)) : { sign: "" };
  if (verdict.title) setAttribute(cell, "title", verdict.title);
  return setText(cell, formatNumber(Number(found.slope.toPrecision(verdict.digits ?? CERTAIN))) + verdict.sign);
}
