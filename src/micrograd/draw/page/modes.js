// What the reader does with the page: follow, answer, or break it on purpose; and what came of it.

import { el, setText } from "./dom.js";
import { isLeaf } from "./graph.js";

const MODES = {
  follow: ["Follow", "Every step as the engine does it."],
  quiz: ["Quiz", "Predict each gradient, then see."],
  overwrite: ["Overwrite", "A gradient is overwritten where it should accumulate: every use of a node but the last is lost.", "parent.grad = local * node.grad  # not +="],
  order: ["Wrong order", "Nodes hand their gradients on before these are complete: reversed() was forgotten.", "for node in order:  # not reversed(order)"],
  unzeroed: ["Not zeroed", "backward() runs a second time, and nobody has set the gradients of the leaves to zero.", "loss.backward(); loss.backward()"],
};

export class Modes {
  constructor(choose) {
    this.radios = Object.entries(MODES).map(([mode, [name]]) => this.radio(mode, name, choose));
    this.about = el("p", { class: "mg-about" });
    this.code = el("code", { class: "mg-code" });
    this.total = el("span", { role: "status" });
    this.soFar = el("span");
    this.damage = el("p", {}, this.total, this.soFar);
    const legend = el("legend", {}, "Mode");
    // Radio buttons of a form are a group by themselves, whatever those of other views in the document are called.
    const form = el("form", { submit: (event) => event.preventDefault() }, el("fieldset", {}, legend, el("div", { class: "mg-choices" }, ...this.radios)));
    this.element = el("section", { class: "mg-panel mg-modes" }, form, this.about, this.code, this.damage);
  }

  radio(mode, name, choose) {
    const input = el("input", { type: "radio", name: "mg-mode", value: mode, change: () => choose(mode) });
    input.checked = mode === "follow";
    return el("label", { class: `mg-choice mg-choice-${mode}` }, input, el("span", {}, name));
  }

  update(model) {
    const [, about, code] = MODES[model.mode];
    for (const label of this.radios) label.firstChild.checked = label.firstChild.value === model.mode;
    setText(this.about, about);
    setText(this.code, code ?? "");
    this.code.hidden = code === undefined;
    this.damage.classList.toggle("mg-damage", model.fault !== null);
    if (model.fault) this.showDamage(model);
    else for (const part of [this.total, this.soFar]) setText(part, "");
  }

  // Only what does not change at every step is read out.
  showDamage(model) {
    const wrong = model.spoilt.size;
    const known = model.truth.filter((x) => x !== null).length;
    this.damage.classList.toggle("mg-none", wrong === 0);
    setText(this.total, wrong === 0 ? harmless(model, known) : `${wrong} of ${known} gradients ${wrong === 1 ? "is" : "are"} wrong at the end`);
    setText(this.soFar, wrong === 0 ? "" : `, ${model.state.wrong.size} so far.`);
  }
}

function harmless(model, known) {
  const all = known === model.graph.size ? `all ${known} gradients` : `all ${known} gradients that are known`;
  return `No damage in this graph: ${all} come out right. ${whyNot(model)}`;
}

// Returns why a mistake does no harm to a graph: because it cannot happen there, or because its numbers hide it.
export function whyNot({ fault, graph, truth }) {
  if (fault === "overwrite" && !isUsedTwice(graph)) return "No node is used twice, so there is nothing to overwrite.";
  if (fault === "order" && !passesOn(graph)) return "No gradient has to wait for another.";
  if (fault === "unzeroed") return whyTwice(truth.filter((_, i) => isLeaf(graph, i)));
  const lost = fault === "overwrite" ? "What is overwritten" : "What comes too late";
  const hidden = [areFinite(truth) || ", or changes no inf and no nan", truth.includes(null) && ", or goes where no gradient is known"];
  return `${lost} adds up to 0 here, or is too small to show${hidden.filter((each) => each.length).join("")}.`;
}

function whyTwice(grads) {
  const known = grads.filter((x) => x !== null);
  if (known.length === 0) return "No gradient of a leaf is known here.";
  const those = known.length < grads.length ? "The known gradients" : "The gradients";
  return `${those} of its leaves are ${areFinite(known) ? "0" : "0, inf or nan"}: twice as much is the same.`;
}

function areFinite(grads) {
  return grads.every((x) => x === null || Number.isFinite(x));
}

function isUsedTwice({ parents }) {
  const uses = parents.flat();
  return new Set(uses).size < uses.length;
}

// Returns whether a node before the root has parents, to which its gradient goes on.
function passesOn({ parents }) {
  return parents.filter((each) => each.length > 0).length > 1;
}
