// The step in words and numbers, read out by screen readers as it changes.

import { el, setText } from "./dom.js";

export class Caption {
  constructor() {
    this.title = el("span", { class: "mg-chip" });
    this.formula = el("p", { class: "mg-formula" });
    this.rule = el("span", { class: "mg-rule" });
    this.note = el("span", { class: "mg-note" });
    this.element = el(
      "div",
      { class: "mg-caption", role: "status", "aria-live": "polite", "aria-atomic": "true" },
      this.title,
      this.formula,
      el("p", { class: "mg-small" }, this.rule, " ", this.note),
    );
  }

  update(model) {
    const { title, formula, rule, note } = model.words;
    setText(this.title, title + placeOf(model));
    this.element.dataset.phase = title.toLowerCase();
    this.write(formula);
    setText(this.rule, rule && `Rule: ${rule}.`);
    setText(this.note, note);
  }

  // Only what is new is to be read out.
  write(formula) {
    const key = JSON.stringify(formula);
    if (this.written === key) return;
    this.written = key;
    this.formula.replaceChildren(...formula.map(({ text, kind }) => el("span", kind ? { class: `mg-${kind}` } : {}, text)));
  }
}

// Where the step works, if the picture does not show it.
function placeOf({ action, boxOf, payload }) {
  const box = action && boxOf.get(action.node);
  return box?.kind === "group" ? ` in ${payload.groups[box.index].name}` : "";
}
