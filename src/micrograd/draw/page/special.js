// Functions that the language lacks.

const ROOT_PI = Math.sqrt(Math.PI);

// Returns the error function: its series near 0, beyond that 1 less the continued fraction of erfc.
// Source: NIST Digital Library of Mathematical Functions, 7.6.2 and 7.9.1.
export function erf(x) {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size < 2.5) return erfSeries(x);
  const tail = size > 6 ? 0 : erfcFraction(size);
  return Math.sign(x) * (1 - tail);
}

// 2/√π · exp(-x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·5 … (2n+1)); all terms have one sign, so nothing cancels.
function erfSeries(x) {
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / ROOT_PI) * Math.exp(-x * x) * total;
}

// exp(-x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), from the inside out.
function erfcFraction(x) {
  let below = x;
  for (let k = 60; k >= 1; k -= 1) below = x + k / 2 / below;
  return Math.exp(-x * x) / ROOT_PI / below;
}

// Returns x to the power y as C has it: 1 to any power is 1, and so is -1 to an infinite one.
export function power(x, y) {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return x ** y;
}
