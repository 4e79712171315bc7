// What the page knows, apart from how it looks: the payload, the edits, the step, the mode, what is folded.

import { compute, isLeaf, readGraph } from "./graph.js";
import { damage, FAULTS, gradients, makeRun, stateAt } from "./state.js";
import { fold, initialOpen } from "./fold.js";
import { nameNodes } from "./names.js";
import { numericalGradient } from "./numerical.js";
import { NO_SCORE, grade, nextQuestion, scored } from "./quiz.js";
import { describe } from "./words.js";

const MOST_BOXES = 60; // more of them at once are no picture any more

export class Model {
  constructor(payload, step = 0) {
    this.payload = payload;
    this.graph = readGraph(payload);
    this.naming = { payload, names: nameNodes(payload) };
    this.edits = new Map();
    this.mode = "follow";
    this.score = NO_SCORE;
    this.graded = null;
    this.open = initialOpen(payload, MOST_BOXES);
    this.refold();
    this.recompute();
    this.step = this.clamped(step);
  }

  // The mistake that is made on purpose; null for none.
  get fault() {
    return FAULTS.includes(this.mode) ? this.mode : null;
  }

  get steps() {
    return this.run.timeline.steps.length;
  }

  recompute() {
    this.numbers = compute(this.graph, this.edits);
    this.truth = gradients(makeRun(this.graph, this.numbers));
    this.numerical = new Map();
    this.rerun();
  }

  rerun() {
    this.run = makeRun(this.graph, this.numbers, this.fault);
    this.spoilt = new Set(damage(this.run, this.stateAt(this.steps), this.truth, this.steps));
  }

  refold() {
    const { boxes, edges } = fold(this.payload, this.open);
    this.boxes = boxes;
    this.edges = edges;
    this.boxOf = new Map(boxes.flatMap((box) => box.members.map((i) => [i, box])));
  }

  clamped(t) {
    const whole = Math.round(Number(t));
    return Math.min(Math.max(Number.isNaN(whole) ? 0 : whole, 0), this.steps);
  }

  stateAt(t) {
    return stateAt(this.run, t);
  }

  // Returns what is known at the step that is shown.
  get state() {
    if (this.known?.run !== this.run || this.known.t !== this.step) {
      const state = this.stateAt(this.step);
      const wrong = this.fault ? new Set(damage(this.run, state, this.truth, this.step)) : new Set();
      this.known = { run: this.run, t: this.step, state: { ...state, wrong } };
    }
    return this.known.state;
  }

  // Returns the action of the step that is shown; undefined at the start.
  get action() {
    return this.run.timeline.steps[this.step - 1];
  }

  get words() {
    return describe(this.run, this.state, this.step, this.naming);
  }

  // Returns the nearest step in a direction that the picture shows: not inside of a folded group.
  neighbour(direction) {
    let t = this.step + direction;
    while (t > 0 && t < this.steps && !this.isVisible(this.run.timeline.steps[t - 1])) t += direction;
    return this.clamped(t);
  }

  isVisible(step) {
    if (step.kind === "edge") return this.boxOf.get(step.child) !== this.boxOf.get(step.node);
    return step.kind === "seed" || this.boxOf.get(step.node).kind === "node";
  }

  // Returns why a leaf cannot be edited; empty where it can.
  whyFixed(i) {
    if (!isLeaf(this.graph, i)) return "It is computed from others.";
    return this.graph.fixed[i] ? "It feeds an operation of your own, which this page cannot compute anew." : "";
  }

  edit(i, value) {
    this.setEdits(new Map(this.edits).set(i, value));
  }

  // Sets all edits at once; what is no edit, or cannot be edited, is left out. Returns whether anything has changed.
  setEdits(edits) {
    const fitting = new Map([...edits].filter(([i, value]) => this.isEdit(i, value)));
    const same = fitting.size === this.edits.size && [...fitting].every(([i, value]) => Object.is(this.edits.get(i), value));
    if (same) return false;
    this.edits = fitting;
    this.graded = null;
    this.recompute();
    return true;
  }

  isEdit(i, value) {
    const isLeafOfMine = Number.isInteger(i) && i >= 0 && i < this.graph.size && this.whyFixed(i) === "";
    return isLeafOfMine && typeof value === "number" && !Object.is(value, this.graph.data[i]);
  }

  setMode(mode) {
    this.mode = mode;
    this.graded = null;
    this.rerun();
    if (mode === "quiz") this.score = NO_SCORE;
    if (mode === "quiz") this.step = this.run.timeline.seedAt - 1; // data are given, gradients asked for
  }

  toggle(group) {
    if (!this.open.delete(group)) this.open.add(group);
    this.refold();
  }

  // Returns {slope, error}, the numerical gradient of a node, computed once for the present numbers; null where there is
  // none.
  numericalOf(i) {
    if (!this.numerical.has(i)) this.numerical.set(i, numericalGradient(this.graph, this.numbers.data, i, this.truth));
    return this.numerical.get(i);
  }

  get question() {
    return nextQuestion(this.run.timeline, this.step, this.truth);
  }

  // Returns {error}, or {right, value, truth, node} after going to the step that knows the answer.
  answer(text) {
    const { node, step } = this.question;
    const graded = grade(text, this.truth[node]);
    if (graded.error) return graded;
    this.score = scored(this.score, graded.right);
    return this.revealed(node, step, graded);
  }

  // Goes to the step that knows the answer, which does not count.
  reveal() {
    const { node, step } = this.question;
    return this.revealed(node, step, {});
  }

  revealed(node, step, graded) {
    this.step = step;
    this.graded = { ...graded, node, truth: this.truth[node] };
    return this.graded;
  }
}
