// Each step in words and numbers, as parts that a view may colour: {text, kind}, kind one of "", "data" and "grad".

import { formatNumber, toNumber } from "./numbers.js";
import { isLeaf } from "./graph.js";
import { shareOf } from "./state.js";

const INFIX = { add: "+", sub: "-", mul: "·", div: "/", pow: "**", less: "<", equal: "==" };
const SIGNS = { mul: "×" };
const MOST_OPERANDS = 6;
const UNKNOWN = "No derivative is known here: what Python's backward() passes on, if anything, it passes by itself.";
const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"];
const SUFFIXES = { one: "st", two: "nd", few: "rd", other: "th" };
const PLURALS = new Intl.PluralRules("en", { type: "ordinal" });

const plain = (text) => ({ text, kind: "" });
const data = (x) => ({ text: formatNumber(x), kind: "data" });
const grad = (x) => ({ text: formatNumber(x), kind: "grad" });

// Returns {title, formula, rule, note} of step t, given the state after it and the names of the nodes.
export function describe(run, state, t, naming) {
  if (t === 0) return start(run, naming);
  const step = run.timeline.steps[t - 1];
  if (step.kind === "forward") return forward(run, step, naming);
  return step.kind === "seed" ? seed(run, naming) : edge(run, state, step, t, naming);
}

function start(run, { names }) {
  const left = run.fault === "unzeroed" ? " What an earlier backward() has left on them was not set to zero." : "";
  return {
    title: "Start",
    formula: [plain(`${names[run.graph.root]} = ?`)],
    rule: "",
    note: `The leaves hold their numbers.${left} Step forward (→) to compute the rest.`,
  };
}

function forward({ graph, numbers }, { node }, naming) {
  const operands = graph.parents[node];
  const symbols = application(naming, node, operands.map((i) => plain(naming.names[i])), INFIX);
  const values = application(naming, node, operands.map((i) => data(numbers.data[i])), { ...INFIX, ...SIGNS });
  return {
    title: "Forward",
    formula: [plain(`${naming.names[node]} = `), ...symbols, plain(" = "), ...values, plain(" = "), data(numbers.data[node])],
    rule: "",
    note: graph.own[node] ? "An operation of your own: this page takes its number as it was." : "",
  };
}

// a · b for rows with a sign between operands, x ** 2 for a power, op(a, b, …) for all others.
function application({ payload }, node, operands, infix) {
  const { row, op, parameter } = payload.nodes[node];
  const shown = operands.length > MOST_OPERANDS ? [...operands.slice(0, MOST_OPERANDS - 1), plain("…")] : operands;
  if (row === "powc") return [...operands, plain(` ** ${formatNumber(toNumber(parameter))}`)];
  if (row === "neg") return [plain("-("), ...operands, plain(")")];
  if (Object.hasOwn(infix, row ?? "")) return joined(shown, ` ${infix[row]} `);
  return [plain(`${op || row}(`), ...joined(shown, ", "), plain(")")];
}

function joined(parts, between) {
  return parts.flatMap((part, i) => (i === 0 ? [part] : [plain(between), part]));
}

// Returns ∂L/∂x as text.
export function derivative({ names, payload }, i) {
  return `∂${names[payload.root]}/∂${names[i]}`;
}

function seed({ graph }, naming) {
  return {
    title: "Seed",
    formula: [plain(`${derivative(naming, graph.root)} = `), grad(1)],
    rule: "",
    note: "Backpropagation starts at the root: its derivative by itself is 1.",
  };
}

function edge(run, state, step, t, naming) {
  const { child, operand, node } = step;
  const local = run.numbers.locals[child][operand];
  const share = shareOf(run, state, step);
  const sign = run.fault === "overwrite" ? "=" : "+=";
  const place = placeAmongTwins(run.graph, step);
  const between = `∂${naming.names[child]}/∂${place ? `(${place} ${naming.names[node]})` : naming.names[node]}`;
  const symbols = `${derivative(naming, node)} ${sign} ${derivative(naming, child)} · ${between} = `;
  const values = [grad(state.grads[child]), plain(" × "), data(local), plain(" = "), grad(share)];
  return {
    title: "Backward",
    formula: [plain(symbols), ...values],
    rule: run.graph.rules[child]?.words ?? "",
    note: [place && asOperand(naming, step, place), upstream(run, state, child), own(run, step), sum(run, state, node, share), rest(run, state, node, t)].filter(Boolean).join(" "),
  };
}

// Returns which operand a step goes to, such as "first", where others are the same node; else nothing.
function placeAmongTwins(graph, { child, operand, node }) {
  const uses = graph.parents[child].filter((parent) => parent === node).length;
  return uses === 1 ? "" : (ORDINALS[operand] ?? `${operand + 1}${SUFFIXES[PLURALS.select(operand + 1)]}`);
}

function asOperand({ names }, { child, node }, place) {
  return `Here ${names[node]} is the ${place} operand of ${names[child]}.`;
}

function upstream(run, state, child) {
  return state.reached[child] ? "" : "The gradient on the right has not been computed yet, so it is read as 0.";
}

function own(run, { child, operand }) {
  if (run.numbers.locals[child][operand] === null) return UNKNOWN;
  return run.graph.own[child] ? "An operation of your own: its local derivative is as it was." : "";
}

// What there was before, and what the share has made of it.
function sum(run, state, node, share) {
  if (state.grads[node] === null) return "So this gradient is unknown.";
  const numbers = [state.before, share, state.grads[node]].map((x) => formatNumber(x));
  if (run.fault === "overwrite") return state.before === 0 ? "" : `The ${numbers[0]} that was there is lost.`;
  return state.before === 0 ? "" : `Together with what was there: ${numbers[0]} + ${numbers[1]} = ${numbers[2]}.`;
}

function rest(run, state, node, t) {
  const { steps, doneAt } = run.timeline;
  if (doneAt[node] === t && state.grads[node] === null) return "";
  if (doneAt[node] === t) return isLeaf(run.graph, node) ? "This gradient is complete." : "This gradient is complete and can flow on.";
  let more = 0;
  for (let k = t; k < doneAt[node]; k += 1) more += steps[k].kind === "edge" && steps[k].node === node ? 1 : 0;
  return more === 1 ? "One more contribution is to come." : `${more} more contributions are to come.`;
}
