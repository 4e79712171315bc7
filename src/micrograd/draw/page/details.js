// What a chosen node is, and the groups, to fold and unfold.

import { el, setText } from "./dom.js";
import { formatNumber } from "./numbers.js";
import { KINDS, nodeLabel } from "./boxes.js";

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
    this.tree.replaceChildren(...this.items(model, -1));
  }

  items(model, parent) {
    const { groups } = model.payload;
    const inside = groups.keys ? [...groups.keys()].filter((g) => groups[g].parent === parent) : [];
    return inside.map((g) => this.item(model, g));
  }

  item(model, g) {
    const isOpen = model.open.has(g);
    const click = () => this.act.toggle(g);
    const button = el("button", { type: "button", class: "mg-link", "aria-expanded": String(isOpen), click }, `${isOpen ? "⊟" : "⊞"} ${model.payload.groups[g].name}`);
    const inner = isOpen ? this.items(model, g) : [];
    return el("li", {}, button, ...(inner.length ? [el("ul", {}, ...inner)] : []));
  }

  update(model, chosen) {
    this.node.hidden = chosen === null;
    if (chosen === null) return;
    const node = model.payload.nodes[chosen];
    const rule = model.graph.rules[chosen]?.words;
    const kind = KINDS[node.kind] ? ` (${KINDS[node.kind]})` : "";
    setText(this.words, `${nodeLabel(model, chosen)}${kind}.`);
    const locals = model.numbers.locals[chosen].slice(0, 6).map((x) => formatNumber(x)).join(", ");
    const own = model.graph.own[chosen] ? "An operation of your own: its number and its local derivatives stay as they were." : "";
    setText(this.rule, [rule && `Rule: ${rule}.`, own, model.mode !== "quiz" && locals && `Local derivatives: ${locals}.`].filter(Boolean).join(" "));
  }
}
