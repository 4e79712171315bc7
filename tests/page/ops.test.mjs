// Every row of the ops table: values and derivatives are Python's own.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { forwardOf, ROWS } from "../../src/micrograd/draw/page/ops.js";
import { toNumber } from "../../src/micrograd/draw/page/numbers.js";
import { erf } from "../../src/micrograd/draw/page/special.js";
import { evaluate } from "../../src/micrograd/draw/page/trees.js";

const path = process.env.MICROGRAD_CASES;
const skip = path ? false : "run by pytest, which exports the cases from Python";
const { rows, cases } = path ? JSON.parse(readFileSync(path, "utf8")) : {};

// The floor is the rounding of the 1 that gelu adds to the error function.
function assertSame(actual, expected, what) {
  const near = Math.abs(actual - expected) <= 1e-12 * Math.abs(expected) + 1e-15;
  assert.ok(Object.is(actual, expected) || actual === expected || near, `${what}: expected ${expected}, got ${actual}`);
}

test("the page knows the rows of the table, and no other", { skip }, () => {
  assert.deepEqual(ROWS.toSorted(), rows.toSorted());
});

test("values are those of Python", { skip }, () => {
  for (const { row, operands, parameter, value } of cases) {
    const xs = operands.map(toNumber);
    assertSame(forwardOf(row, xs, toNumber(parameter)), toNumber(value), `${row}(${xs}; ${parameter})`);
  }
});

test("local derivatives are those of Python", { skip }, () => {
  for (const { row, operands, parameter, value, trees, derivatives } of cases) {
    const xs = operands.map(toNumber);
    const actual = trees.map((tree) => evaluate(tree, xs, toNumber(value)));
    actual.forEach((x, i) => assertSame(x, toNumber(derivatives[i]), `∂${row}(${xs}; ${parameter}) towards ${i}`));
    assert.equal(actual.length, derivatives.length);
  }
});

test("the error function is good to twelve digits wherever it is not 1", { skip }, () => {
  for (const { row, operands, value } of cases.filter((each) => each.row === "erf")) {
    const expected = toNumber(value);
    assert.ok(!(Math.abs(erf(toNumber(operands[0])) - expected) > 1e-12 * Math.abs(expected)), `${row}(${operands})`);
  }
});

test("an index that is no place gives no number", () => {
  assert.deepEqual([forwardOf("take", [1, 5, 6]), forwardOf("take", [2, 5, 6]), forwardOf("take", [0.5, 5, 6])], [6, NaN, NaN]);
});
