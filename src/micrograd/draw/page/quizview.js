// The quiz as the reader sees it: a question, a field for the answer, the verdict, the score.

import { el, focusBeside, setText } from "./dom.js";
import { formatNumber } from "./numbers.js";
import { derivative } from "./words.js";
import { NO_SCORE } from "./quiz.js";

export class QuizView {
  constructor(act) {
    this.question = el("label", { class: "mg-question" });
    this.input = el("input", { type: "text", inputmode: "text", autocomplete: "off", class: "mg-answer" });
    this.input.id = `mg-answer-${Math.random().toString(36).slice(2)}`;
    this.question.htmlFor = this.input.id;
    this.verdict = el("p", { class: "mg-verdict", role: "status" });
    this.score = el("p", { class: "mg-score" });
    this.hint = el("div", { class: "mg-hint-words" });
    this.hints = el("details", { class: "mg-hint" }, el("summary", {}, "Hint"), this.hint);
    this.show = el("button", { type: "button", class: "mg-button", click: () => act.reveal() }, "Show me");
    this.check = el("button", { type: "submit", class: "mg-button mg-primary" }, "Check");
    this.form = el("form", { submit: (event) => this.submit(event, act) }, this.question, el("div", { class: "mg-row" }, this.input, this.check, this.show), this.hints);
    this.again = el("button", { type: "button", class: "mg-button", click: () => act.restart() }, "Start again");
    this.element = el("section", { class: "mg-panel mg-quiz", "aria-label": "Quiz" }, this.verdict, this.form, this.again, this.score);
  }

  submit(event, act) {
    event.preventDefault();
    const { error } = act.answer(this.input.value);
    this.input.setAttribute("aria-invalid", String(error !== undefined));
    if (error) this.say(error, "mg-bad");
    else this.input.value = "";
    if (!this.form.hidden) this.input.focus();
  }

  update(model) {
    this.element.hidden = model.mode !== "quiz";
    if (this.element.hidden) return;
    const { question } = model;
    if (question) this.ask(model, question.node);
    this.swap(question === undefined);
    this.judge(model);
    const { right, asked } = model.score;
    setText(this.score, asked === 0 ? "" : `Score: ${right} of ${asked} right.`);
  }

  // Shows either the question or the button to start again; the focus of what goes is on what comes.
  swap(isOver) {
    const [goes, comes] = isOver ? [this.form, this.again] : [this.again, this.form];
    comes.hidden = false;
    if (goes.contains(focusBeside(this.element))) (isOver ? this.again : this.input).focus();
    goes.hidden = true;
  }

  ask(model, node) {
    setText(this.question, `What will ${derivative(model.naming, node)} be?`);
    if (this.asked === node) return;
    this.asked = node;
    this.hints.open = false;
    this.hint.replaceChildren(...hintsFor(model, node).map((words) => el("p", {}, words)));
  }

  judge(model) {
    const { graded, naming } = model;
    if (graded === null) return this.say(model.score === NO_SCORE ? "A fraction such as 1/2 will do; 1 % off counts as right." : "", "");
    const answer = `${derivative(naming, graded.node)} = ${formatNumber(graded.truth)}`;
    if (graded.right === undefined) return this.say(`${answer}.`, "");
    if (graded.right) return this.say(`Right: ${answer}.`, "mg-good");
    return this.say(`Not quite: ${answer}, you said ${formatNumber(graded.value)}.`, "mg-bad");
  }

  say(text, className) {
    setText(this.verdict, text);
    this.verdict.className = `mg-verdict ${className}`;
  }
}

// The sum of the chain rule, without its numbers.
function hintsFor(model, node) {
  const { graph, naming } = model;
  const { names } = naming;
  if (node === graph.root) return ["How does the root change with itself?"];
  const terms = graph.children[node].flatMap((child) => usesOf(graph, child, node).map(() => `${derivative(naming, child)} · ∂${names[child]}/∂${names[node]}`));
  const rules = new Set(graph.children[node].map((child) => graph.rules[child]?.words).filter(Boolean));
  return [`${derivative(naming, node)} = ${terms.slice(0, 4).join(" + ")}${terms.length > 4 ? " + …" : ""}`, ...rules];
}

function usesOf(graph, child, node) {
  return graph.parents[child].filter((parent) => parent === node);
}
