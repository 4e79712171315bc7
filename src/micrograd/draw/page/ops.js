// The rows of the ops table on numbers: values only, derivatives come with the payload.

import { erf, power } from "./special.js";

function sigmoid(x) {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const z = Math.exp(x);
  return z / (1 + z);
}

function maximum(x, y) {
  return x >= y || Number.isNaN(x) ? x : y;
}

function minimum(x, y) {
  return x <= y || Number.isNaN(x) ? x : y;
}

function stepAt(x, atZero) {
  if (x === 0) return atZero;
  return x > 0 ? 1 : x < 0 ? 0 : x;
}

function total(xs) {
  return xs.reduce((sum, x) => sum + x, 0);
}

function dot(xys) {
  const n = Math.floor(xys.length / 2);
  let sum = xys.length % 2 ? xys[2 * n] : 0;
  for (let i = 0; i < n; i += 1) sum += xys[i] * xys[n + i];
  return sum;
}

function logsumexp(xs) {
  const top = xs.reduce((largest, x) => (Number.isNaN(x) || x > largest ? x : largest), -Infinity);
  if (!Number.isFinite(top)) return xs.some(Number.isNaN) ? NaN : top;
  return top + Math.log(total(xs.map((x) => Math.exp(x - top))));
}

// An index that is no place among the candidates has no value.
function take([index, ...candidates]) {
  return candidates[index] ?? NaN;
}

// Each takes the operands as an array, and the row's parameter.
const FORWARD = {
  copy: ([x]) => x,
  add: ([x, y]) => x + y,
  sub: ([x, y]) => x - y,
  mul: ([x, y]) => x * y,
  div: ([x, y]) => x / y,
  neg: ([x]) => -x,
  pow: ([x, y]) => power(x, y),
  powc: ([x], exponent) => power(x, exponent),
  exp: ([x]) => Math.exp(x),
  log: ([x]) => Math.log(x),
  log1p: ([x]) => Math.log1p(x),
  expm1: ([x]) => Math.expm1(x),
  sqrt: ([x]) => Math.sqrt(x),
  sin: ([x]) => Math.sin(x),
  cos: ([x]) => Math.cos(x),
  tan: ([x]) => Math.tan(x),
  asin: ([x]) => Math.asin(x),
  acos: ([x]) => Math.acos(x),
  atan: ([x]) => Math.atan(x),
  sinh: ([x]) => Math.sinh(x),
  cosh: ([x]) => Math.cosh(x),
  tanh: ([x]) => Math.tanh(x),
  sigmoid: ([x]) => sigmoid(x),
  relu: ([x]) => (x < 0 ? 0 : x),
  leaky_relu: ([x], slope) => (x > 0 ? x : slope * x),
  softplus: ([x]) => maximum(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  gelu: ([x]) => x * 0.5 * (1 + erf(x * Math.SQRT1_2)),
  erf: ([x]) => erf(x),
  abs: ([x]) => Math.abs(x),
  step: ([x], atZero) => stepAt(x, atZero),
  less: ([x, y]) => (x < y ? 1 : 0),
  equal: ([x, y]) => (x === y ? 1 : 0),
  maximum: ([x, y]) => maximum(x, y),
  minimum: ([x, y]) => minimum(x, y),
  atan2: ([y, x]) => Math.atan2(y, x),
  where: ([condition, x, y]) => (condition === 0 ? y : x),
  sum: total,
  mean: (xs) => total(xs) / xs.length,
  dot,
  logsumexp,
  detach: ([x]) => x,
  take,
};

// The names of all rows.
export const ROWS = Object.keys(FORWARD);

// Returns the value of a row.
export function forwardOf(row, operands, parameter) {
  return FORWARD[row](operands, parameter);
}
