// Numbers as JSON, people and pictures write them.

const UNUSUAL = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

// Returns a number of a payload: JSON lacks three, which are texts there.
export function toNumber(x) {
  return typeof x === "string" ? UNUSUAL[x] : x;
}

// Returns a number as a person reads it: as Python writes it, with `digits` significant digits.
export function formatNumber(x, digits = 5) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  const rounded = Number(x.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size >= 1e6 || size < 1e-4) return shortExponent(rounded.toExponential());
  return Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded);
}

// Returns a number in at most seven characters, for narrow columns.
export function shortNumber(x) {
  const size = Math.abs(x);
  const isUsual = x === 0 || !Number.isFinite(x) || (size >= 1e-2 && size < 1e4);
  return isUsual ? formatNumber(x, 3) : shortExponent(Number(x).toExponential(0));
}

// Returns a number with all its digits, as an input field holds it.
export function exactNumber(x) {
  return Number.isFinite(x) ? String(x) : formatNumber(x);
}

function shortExponent(text) {
  return text.replace("e+", "e");
}

// Returns {value} of what a person typed, such as -0.5, 1e-3, 1/2 or inf; else {error} says what is wrong.
export function readNumber(text) {
  const typed = text.trim().replaceAll("−", "-").toLowerCase();
  if (typed === "") return { error: "Type a number, such as -0.5, 1e-3 or 1/2." };
  const parts = typed.split("/").map((part) => readDecimal(part.trim()));
  if (parts.length > 2 || parts.includes(undefined)) return { error: complaint(text.trim()) };
  return { value: parts.length === 2 ? parts[0] / parts[1] : parts[0] };
}

function readDecimal(text) {
  if (DECIMAL.test(text)) return Number(text);
  const name = text.replace(/^\+/, "");
  return Object.hasOwn(UNUSUAL, name) ? UNUSUAL[name] : undefined;
}

function complaint(text) {
  const hint = text.includes(",") ? "Write the decimal point as a point." : "Write it like -0.5, 1e-3 or 1/2.";
  return `“${text}” is not a number. ${hint}`;
}
