// Numbers: what is shown and what is understood.

import assert from "node:assert/strict";
import { test } from "node:test";

import { exactNumber, formatNumber, readNumber, shortNumber, toNumber } from "../../src/micrograd/draw/page/numbers.js";

test("the three numbers that JSON lacks come as texts", () => {
  assert.deepEqual(["nan", "inf", "-inf", 2.5].map(toNumber), [NaN, Infinity, -Infinity, 2.5]);
});

test("numbers are shown as Python writes them, with five digits", () => {
  const shown = [2, -3, 0, -0, 0.1 + 0.2, 1 / 3, 1234.5678, 99999.97, 1e6, 1.5e-7, 0.00012, 0.00009, NaN, Infinity, -Infinity].map((x) => formatNumber(x));
  const expected = ["2.0", "-3.0", "0.0", "-0.0", "0.3", "0.33333", "1234.6", "100000.0", "1e6", "1.5e-7", "0.00012", "9e-5", "nan", "inf", "-inf"];
  assert.deepEqual(shown, expected);
});

test("fewer digits can be asked for", () => {
  assert.deepEqual([formatNumber(-1.23456, 3), formatNumber(0.012345, 2)], ["-1.23", "0.012"]);
});

test("narrow columns get at most seven characters", () => {
  const shown = [0, -0.00032, 0.0123, -1234.5, 12345, -1.5e-300, -Infinity].map(shortNumber);
  assert.deepEqual(shown, ["0.0", "-3e-4", "0.0123", "-1230.0", "1e4", "-2e-300", "-inf"]);
  assert.ok(shown.every((text) => text.length <= 7));
});

test("a field holds every digit", () => {
  assert.deepEqual([0.1 + 0.2, 7, -Infinity].map(exactNumber), ["0.30000000000000004", "7", "-inf"]);
});

test("decimals, exponents, fractions and infinities are understood", () => {
  const texts = ["2", " -0.5 ", "+.25", "1e-3", "5.", "1/2", "-3 / 4", "−2", "inf", "-Inf", "1/0"];
  assert.deepEqual(texts.map((text) => readNumber(text).value), [2, -0.5, 0.25, 0.001, 5, 0.5, -0.75, -2, Infinity, -Infinity, Infinity]);
  assert.ok(Number.isNaN(readNumber("nan").value));
});

test("what is no number is refused with the reason", () => {
  for (const text of ["", "two", "1/2/3", "1e", "0x10", "--1", "1 2", "constructor"]) {
    const { value, error } = readNumber(text);
    assert.equal(value, undefined);
    assert.match(error, /number/, text);
  }
  assert.match(readNumber("2,5").error, /point/);
});
