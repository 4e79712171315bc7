// Moving through the steps: buttons, slider, the two phases, and playing by itself.

import { el, iconButton, isDisabled, setAttribute, setDisabled, setText, unlessDisabled } from "./dom.js";

const PACE = 900; // milliseconds to read a step
const ICONS = {
  first: "M6 5v14M19 5l-9 7 9 7z",
  back: "M16 5l-9 7 9 7z",
  play: "M7 4l13 8-13 8z",
  pause: "M8 5v14M16 5v14",
  next: "M8 5l9 7-9 7z",
  last: "M18 5v14M5 5l9 7-9 7z",
};

export class Transport {
  constructor(go) {
    this.go = go;
    this.timer = null;
    this.playButton = iconButton("Play", ICONS.play, () => this.toggle());
    this.back = iconButton("Back", ICONS.back, () => go.neighbour(-1));
    this.next = iconButton("Next", ICONS.next, () => go.neighbour(1));
    this.first = iconButton("First", ICONS.first, () => go.to(0));
    this.last = iconButton("Last", ICONS.last, () => go.to(Infinity));
    this.slider = el("input", { type: "range", min: "0", step: "1", "aria-label": "Step", input: () => go.to(this.slider.valueAsNumber) });
    this.count = el("span", { class: "mg-count" });
    this.phases = this.phaseButtons();
    this.element = this.arrange();
  }

  phaseButtons() {
    const forward = el("button", { type: "button", class: "mg-phase mg-phase-forward", click: unlessDisabled(() => this.go.to(0)) }, "Forward pass");
    const backward = el("button", { type: "button", class: "mg-phase mg-phase-backward", click: unlessDisabled(() => this.go.seed()) }, "Backpropagation");
    return { forward, backward };
  }

  arrange() {
    const buttons = el("div", { class: "mg-buttons" }, this.first, this.back, this.playButton, this.next, this.last);
    const phases = el("div", { class: "mg-phases" }, this.phases.forward, this.phases.backward);
    return el("div", { class: "mg-transport", role: "group", "aria-label": "Steps" }, buttons, el("div", { class: "mg-track" }, phases, this.slider), this.count);
  }

  update(model) {
    const { step, steps } = model;
    const { seedAt } = model.run.timeline;
    setAttribute(this.slider, "max", String(steps));
    if (this.slider.valueAsNumber !== step) this.slider.value = String(step);
    setAttribute(this.slider, "aria-valuetext", `Step ${step} of ${steps}`);
    setText(this.count, `Step ${step} of ${steps}`);
    setAttribute(this.count, "data-widest", `Step ${steps} of ${steps}`);
    this.phases.forward.style.flexGrow = String(Math.max(seedAt - 1, 0.3 * steps));
    this.phases.backward.style.flexGrow = String(Math.max(steps - seedAt + 1, 0.3 * steps));
    setAttribute(this.phases.forward, "aria-pressed", String(step < seedAt));
    setAttribute(this.phases.backward, "aria-pressed", String(step >= seedAt));
    this.allow(step > 0, step < steps, model.mode === "quiz");
  }

  // In the quiz the answers lie ahead.
  allow(back, on, isQuiz) {
    for (const button of [this.first, this.back]) setDisabled(button, !back);
    for (const button of [this.last, this.next, this.playButton]) setDisabled(button, !on || isQuiz);
    setDisabled(this.phases.backward, isQuiz);
    this.slider.disabled = isQuiz;
    if (!on || isQuiz) this.pause();
  }

  get playing() {
    return this.timer !== null;
  }

  toggle() {
    if (this.playing) this.pause();
    else if (!isDisabled(this.playButton)) this.play();
  }

  play() {
    this.timer = setInterval(() => this.go.neighbour(1), PACE);
    this.show("Pause", ICONS.pause);
    this.go.neighbour(1);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.show("Play", ICONS.play);
  }

  show(name, icon) {
    setAttribute(this.playButton, "aria-label", name);
    setAttribute(this.playButton, "title", name);
    setAttribute(this.playButton.querySelector("path"), "d", icon);
  }
}
