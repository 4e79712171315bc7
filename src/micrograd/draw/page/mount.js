// The view of a payload inside a container: what the page and the notebook widget both show.

import { Caption } from "./caption.js";
import { Details } from "./details.js";
import { el, focusBeside, iconButton } from "./dom.js";
import { keyAction } from "./keys.js";
import { Model } from "./model.js";
import { Modes } from "./modes.js";
import { Picture } from "./picture.js";
import { QuizView } from "./quizview.js";
import { Table } from "./table.js";
import { Transport } from "./transport.js";
import { notices } from "./notices.js";

const SUN = "M12 4V2M12 22v-2M4 12H2M22 12h-2M6 6L4.6 4.6M19.4 19.4L18 18M6 18l-1.4 1.4M19.4 4.6L18 6M12 8a4 4 0 100 8 4 4 0 000-8z";

class View {
  constructor(container, payload, { theme, step, keyTarget, heading = "h2" }) {
    this.listeners = { step: new Set(), edit: new Set() };
    this.chosen = null;
    this.root = el("div", { class: "mg-explain" });
    this.setTheme(theme);
    this.model = new Model(payload, step);
    this.makeParts(heading);
    container.append(this.root);
    this.keyTarget = keyTarget ?? this.root;
    this.onKey = (event) => this.key(event);
    this.keyTarget.addEventListener("keydown", this.onKey);
    this.observer = new ResizeObserver(() => this.picture.resize());
    this.draw();
    this.observer.observe(this.picture.stage);
  }

  makeParts(heading) {
    const act = this.actions();
    this.title = el(heading, { class: "mg-title" });
    this.about = el("p", { class: "mg-subtitle" });
    this.notice = el("p", { class: "mg-notice" });
    this.picture = new Picture(this.model, (box) => (box.kind === "group" ? act.toggle(box.index) : act.select(box.index)));
    this.caption = new Caption();
    this.transport = new Transport({ to: act.to, neighbour: act.neighbour, seed: act.seed });
    this.modes = new Modes(act.mode);
    this.quiz = new QuizView(act);
    this.details = new Details(act);
    this.table = new Table(act);
    this.arrange();
  }

  arrange() {
    const skip = el("button", { type: "button", class: "mg-skip", click: () => this.transport.next.focus() }, "Skip the picture");
    const theme = iconButton("Light or dark", SUN, () => this.switchTheme());
    const legend = el("p", { class: "mg-legend" }, el("span", { class: "mg-data" }, "data"), el("span", { class: "mg-grad" }, "gradient"));
    const header = el("div", { class: "mg-header" }, el("div", {}, this.title, this.about), legend, theme);
    const main = el("div", { class: "mg-main" }, skip, this.picture.element, this.transport.element, this.caption.element);
    const side = el("div", { class: "mg-side" }, this.modes.element, this.quiz.element, this.details.node, this.table.element, this.details.groups);
    this.root.append(el("div", { class: "mg-frame" }, header, this.notice, main, side));
  }

  actions() {
    return {
      to: (t) => this.go(t),
      neighbour: (direction) => this.go(this.model.neighbour(direction)),
      seed: () => this.go(this.model.run.timeline.seedAt),
      mode: (mode) => this.change(() => this.model.setMode(mode)),
      restart: () => this.change(() => this.model.setMode("quiz")),
      answer: (text) => this.change(() => this.model.answer(text)),
      reveal: () => this.change(() => this.model.reveal()),
      edit: (i, value) => this.edit(i, value),
      undoEdits: () => this.undoEdits(),
      select: (i) => this.select(i),
      toggle: (group) => this.toggle(group),
    };
  }

  draw() {
    const { payload, graph } = this.model;
    const leaves = graph.parents.filter((parents) => parents.length === 0).length;
    this.title.textContent = payload.title ? `Gradients of ${payload.title}` : "Every gradient, step by step";
    this.about.textContent = `${graph.size} ${graph.size === 1 ? "node" : "nodes"}, ${leaves} of them ${leaves === 1 ? "a leaf" : "leaves"}`;
    this.redraw();
    this.picture.resize();
  }

  redraw() {
    this.picture.draw(this.model);
    this.table.draw(this.model);
    this.details.draw(this.model);
    this.update();
  }

  update() {
    const { model } = this;
    for (const part of [this.picture, this.caption, this.transport, this.modes, this.quiz, this.table]) part.update(model);
    this.details.update(model, this.chosen);
    this.picture.select(this.chosen);
    this.notice.textContent = notices(model).join(" ");
    this.notice.hidden = this.notice.textContent === "";
  }

  // Does something to the model, shows what has become of it, and tells who listens if the step is another.
  change(act) {
    const before = this.model.step;
    const result = act();
    this.update();
    this.picture.follow();
    if (this.model.step !== before) for (const listener of this.listeners.step) listener(this.model.step);
    return result;
  }

  go(t) {
    this.change(() => {
      this.model.step = this.model.clamped(t);
      this.model.graded = null;
    });
  }

  edit(index, data) {
    this.change(() => this.model.edit(index, data));
    for (const listener of this.listeners.edit) listener({ index, data });
  }

  undoEdits() {
    const edited = [...this.model.edits.keys()];
    this.change(() => this.model.setEdits(new Map()));
    for (const index of edited) for (const listener of this.listeners.edit) listener({ index, data: this.model.numbers.data[index] });
  }

  // Takes over the edits of another view, or of Python, who need not be told.
  setEdits(edits) {
    if (this.model.setEdits(edits)) this.update();
  }

  select(i) {
    this.chosen = this.chosen === i ? null : i;
    this.update();
  }

  toggle(group) {
    const before = new Set(this.model.boxes.map((box) => box.id));
    const had = focusBeside(this.root);
    const place = [this.details.groups, this.table.element].find((element) => element.contains(had));
    this.model.toggle(group);
    this.redraw();
    this.picture.resize();
    if (had && !had.isConnected) this.focusNew(place, group, before);
  }

  // What had the focus is gone: it goes to what has come instead, in the same place.
  focusNew(place, group, before) {
    if (place === this.details.groups) return this.details.focus(group);
    const fresh = this.model.boxes.find((box) => !before.has(box.id));
    return fresh && (place ? this.table : this.picture).focus(fresh.id);
  }

  key(event) {
    const action = keyAction(event);
    if (action === null) return;
    event.preventDefault();
    if (action === "play") this.transport.toggle();
    else if (this.model.mode !== "quiz" || action === "back" || action === "first") this.move(action);
  }

  move(action) {
    const { model } = this;
    this.go({ back: model.neighbour(-1), next: model.neighbour(1), first: 0, last: Infinity }[action]);
  }

  setTheme(theme) {
    if (theme === "light" || theme === "dark") this.root.dataset.theme = theme;
    else delete this.root.dataset.theme;
  }

  switchTheme() {
    const isDark = this.root.dataset.theme ? this.root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    this.setTheme(isDark ? "light" : "dark");
  }

  setPayload(payload) {
    const { mode, step, open } = this.model;
    const same = shape(payload) === shape(this.model.payload);
    this.model = new Model(payload, step);
    if (same) return this.keep(mode, open);
    this.chosen = null;
    return this.draw();
  }

  // New numbers of the same graph: what the reader has in hand stays.
  keep(mode, open) {
    this.model.open = open;
    this.model.refold();
    if (mode !== "follow") this.model.setMode(mode);
    this.update();
  }

  destroy() {
    this.transport.pause();
    this.table.stop();
    this.observer.disconnect();
    this.keyTarget.removeEventListener("keydown", this.onKey);
    this.root.remove();
  }
}

// Returns what of a payload decides how it is drawn.
function shape({ nodes, groups, root }) {
  return JSON.stringify([nodes.map(({ parents, op, name, group, kind }) => [parents, op, name, group, kind]), groups, root]);
}

function subscribe(listeners, callback) {
  listeners.add(callback);
  return () => listeners.delete(callback);
}

// Shows a payload inside a container, and touches nothing outside of it.
// Options: theme ("light" or "dark", else as the system has it), step, heading (the tag of the title), keyTarget (where
// keys are listened for, else the view itself).
// Returns {setStep(t), getStep(), steps, onStep(callback), onEdit(callback), setEdits(edits), setPayload(payload),
// setTheme(theme), destroy()}. Edits are a Map of numbers by the positions of leaves, all of them at once; a new payload
// has none. What is subscribed gets t, or {index, data}, and returns a function that ends it.
export function mount(container, payload, options = {}) {
  const view = new View(container, payload, options);
  return {
    setStep: (t) => view.go(t),
    getStep: () => view.model.step,
    get steps() {
      return view.model.steps;
    },
    onStep: (callback) => subscribe(view.listeners.step, callback),
    onEdit: (callback) => subscribe(view.listeners.edit, callback),
    setEdits: (edits) => view.setEdits(edits),
    setPayload: (next) => view.setPayload(next),
    setTheme: (theme) => view.setTheme(theme),
    destroy: () => view.destroy(),
  };
}
