// Numbers: what is shown and what is understood.

import assert from "node:assert/strict";
import { test } from "node:test";

import { exactNumber, formatNumber, readNumber, shortNumber, toNumber } from "../../src/micrograd/draw/page/numbers.js";

test("the three numbers that JSON lacks come as texts", () => {
  assert.deepEqual(["nan", "inf", "-inf", 2.5].map(toNumber), [NaN, Infinity, -Infinity, 2.5]);
});

test("numbers are shown as Python writes them, with five digits", () => {
  const shown = [2, -3, 0, -0, 0.1 + 0.2, 1 / 3, 1234.5678, 1e6, 1.5e-7, 0.00012, 0.00009, NaN, Infinity, -Infinity, null].map((x) => formatNumber(x));
  const expected = ["2.0", "-3.0", "0.0", "-0.0", "0.3", "0.33333", "1234.6", "1e6", "1.5e-7", "0.00012", "9e-5", "nan", "inf", "-inf", "unknown"];
  assert.deepEqual(shown, expected);
});

test("what is rounded does not look exact", () => {
  const shown = [1.00001, 0.9999999979, 1234.96, 12345.6, 99999.97, 123456, 123456.7, 0.33330001, -0.032329999, 1e6 / 7].map((x) => formatNumber(x));
  assert.deepEqual(shown, ["1.00001", "1.0000", "1234.96", "12346", "99999.97", "123456.0", "1.2346e5", "0.33330", "-0.032330", "1.4286e5"]);
});

test("fewer digits can be asked for", () => {
  assert.deepEqual([formatNumber(-1.23456, 3), formatNumber(0.012345, 2)], ["-1.23", "0.012"]);
});

test("narrow columns get four digits in at most ten characters, and nothing that looks exact and is not", () => {
  const shown = [0, 4999, 9998, 1250.62, -0.0098612, 12345.6, 0.0123, 1.00001, -1.2345e-300, -Infinity].map(shortNumber);
  assert.deepEqual(shown, ["0.0", "4999.0", "9998.0", "1251", "-0.009861", "1.235e4", "0.0123", "1.000", "-1.23e-300", "-inf"]);
  assert.ok(shown.every((text) => text.length <= 10));
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

test("what is too large or too small for a number is refused, and infinity only on purpose", () => {
  for (const text of ["1e400", "-1e400", "1e-400", "1e400/2", "1e300/1e-300", "1e-200/1e200"]) {
    const { value, error } = readNumber(text);
    assert.equal(value, undefined, text);
    assert.match(error, /64 bits/, text);
  }
  assert.deepEqual(["0e5", "0.00", "1/inf", "0/5"].map((text) => readNumber(text).value), [0, 0, 0, 0]);
});
