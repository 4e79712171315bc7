// What a chosen node is, and the groups, to fold and unfold.

import { el, setText } from "./dom.js";
import { formatNumber } from "./numbers.js";
import { nodeLabel } from "./boxes.js";

export class Details {
  constructor(act) {
    this.act = act;
    this.words = el("p", { class: "mg-chosen" });
    this.rule = el("p", { class: "mg-small" });
    this.tree = el("ul", { class: "mg-groups" });
    this.node = el("section", { class: "mg-panel mg-details", "aria-label": "Chosen node" }, this.words, this.rule);
    this.groups = el("section", { class: "mg-panel", "aria-label": "Groups" }, el("h3", {}, "Groups"), this.tree);
  }

  // Lists the groups anew: only when what is folded has changed.
  draw(model) {
    const { groups } = model.payload;
    this.groups.hidden = groups.length === 0;
    const outer = [];
    const inside = groups.map(() => []);
    groups.forEach(({ parent }, g) => (parent < 0 ? outer : inside[parent]).push(g));
    this.tree.replaceChildren(...outer.map((g) => this.item(model, inside, g)));
  }

  item(model, inside, g) {
    const isOpen = model.open.has(g);
    const click = () => this.act.toggle(g);
    const button = el("button", { type: "button", class: "mg-link", "aria-expanded": String(isOpen), "data-group": g, click }, `${isOpen ? "⊟" : "⊞"} ${model.payload.groups[g].name}`);
    const inner = isOpen ? inside[g].map((each) => this.item(model, inside, each)) : [];
    return el("li", {}, button, ...(inner.length ? [el("ul", {}, ...inner)] : []));
  }

  // Gives the focus to the button of a group.
  focus(g) {
    this.tree.querySelector(`[data-group="${g}"]`)?.focus();
  }

  update(model, chosen) {
    this.node.hidden = chosen === null;
    if (chosen === null) return;
    const node = model.payload.nodes[chosen];
    const rule = model.graph.rules[chosen]?.words;
    const kind = node.kind === "inner" ? "" : ` (${node.kind})`;
    setText(this.words, `${nodeLabel(model, chosen)}${kind}.`);
    const locals = model.numbers.locals[chosen].slice(0, 6).map((x) => formatNumber(x)).join(", ");
    const own = model.graph.own[chosen] ? "An operation of your own: its number and its local derivatives stay as they were." : "";
    setText(this.rule, [rule && `Rule: ${rule}.`, own, model.mode !== "quiz" && locals && `Local derivatives: ${locals}.`].filter(Boolean).join(" "));
  }
}
