// What the reader does with the page: follow, answer, or break it on purpose; and what came of it.

import { el, setText } from "./dom.js";

const MODES = {
  follow: ["Follow", "Every step as the engine does it."],
  quiz: ["Quiz", "Predict each gradient, then see."],
  overwrite: ["Overwrite", "A gradient is overwritten where it should accumulate: every use of a node but the last is lost.", "parent.grad = local * node.grad  # not +="],
  order: ["Wrong order", "Nodes hand their gradients on before these are complete: reversed() was forgotten.", "for node in order:  # not reversed(order)"],
  unzeroed: ["Not zeroed", "backward() runs a second time, and nobody has set the gradients of the leaves to zero.", "loss.backward(); loss.backward()"],
};

let instances = 0;

export class Modes {
  constructor(choose) {
    instances += 1;
    this.radios = Object.entries(MODES).map(([mode, [name]]) => this.radio(mode, name, choose));
    this.about = el("p", { class: "mg-about" });
    this.code = el("code", { class: "mg-code" });
    this.damage = el("p", { class: "mg-damage", role: "status" });
    const legend = el("legend", {}, "Mode");
    this.element = el("section", { class: "mg-panel mg-modes" }, el("fieldset", {}, legend, el("div", { class: "mg-choices" }, ...this.radios)), this.about, this.code, this.damage);
  }

  radio(mode, name, choose) {
    const input = el("input", { type: "radio", name: `mg-mode-${instances}`, value: mode, change: () => choose(mode) });
    input.checked = mode === "follow";
    return el("label", { class: `mg-choice mg-choice-${mode}` }, input, el("span", {}, name));
  }

  update(model) {
    const [, about, code] = MODES[model.mode];
    for (const label of this.radios) label.firstChild.checked = label.firstChild.value === model.mode;
    setText(this.about, about);
    setText(this.code, code ?? "");
    this.code.hidden = code === undefined;
    this.damage.hidden = model.fault === null;
    if (model.fault) this.showDamage(model);
  }

  showDamage(model) {
    const total = model.spoilt.size;
    const nodes = model.graph.size;
    this.damage.classList.toggle("mg-none", total === 0);
    if (total === 0) setText(this.damage, `No damage in this graph: all ${nodes} gradients come out right. ${whyNot(model.fault)}`);
    else setText(this.damage, `${total} of ${nodes} gradients are wrong at the end, ${model.state.wrong.size} so far.`);
  }
}

function whyNot(fault) {
  if (fault === "overwrite") return "No node is used twice, so there is nothing to overwrite.";
  return fault === "order" ? "No gradient has to wait for another." : "All its gradients are 0.";
}
