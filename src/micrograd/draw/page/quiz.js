// The quiz: predict the gradient that is complete next.

import { nextDone } from "./timeline.js";
import { readNumber } from "./numbers.js";

const RELATIVE = 0.01; // a prediction on paper is rounded
const ABSOLUTE = 1e-9; // what should be 0 and is not, by rounding

export const NO_SCORE = { asked: 0, right: 0 };

// Returns the next question as {node, step}, undefined when none is left: after step `step` its answer is known. Of a
// gradient that nobody knows none is asked.
export function nextQuestion(timeline, t, truth) {
  let next = nextDone(timeline, t);
  while (next && truth[next.node] === null) next = nextDone(timeline, next.step);
  return next;
}

// Returns {error} for what is no number, else {right} and the answer as a number.
export function grade(text, truth) {
  const { value, error } = readNumber(text);
  return error === undefined ? { value, right: isRight(value, truth) } : { error };
}

function isRight(answer, truth) {
  if (!Number.isFinite(truth) || !Number.isFinite(answer)) return Object.is(answer, truth);
  return Math.abs(answer - truth) <= Math.max(ABSOLUTE, RELATIVE * Math.abs(truth));
}

// Returns the score after one more answer.
export function scored(score, right) {
  return { asked: score.asked + 1, right: score.right + (right ? 1 : 0) };
}
