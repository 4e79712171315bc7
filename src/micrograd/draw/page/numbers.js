// Numbers as JSON, people and pictures write them.

const UNUSUAL = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const LARGE = 1e6; // from here on numbers are written with an exponent,
const SMALL = 1e-4; // and below this,
const ROUNDED_SMALL = 1e-3; // which comes earlier for those with many digits
const ROUNDING = 1e-13; // what a sum may be off by without being another number: 0.1 + 0.2 is 0.3
const FEW = 2; // digits, so few that they would be taken for all
const NARROW = 10;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

// Returns a number of a payload: JSON lacks three, which are texts there.
export function toNumber(x) {
  return typeof x === "string" ? UNUSUAL[x] : x;
}

// Returns a number as a person reads it: exactly, as Python writes it, where `digits` significant digits are enough; else
// rounded, zeros at the end included, and with up to `more` digits where it would look like another number: 1.00001 is
// no 1.0, nor is 1234.96 the 1235.0 that stands for 1235.
export function formatNumber(x, digits = 5, more = 2) {
  if (x === null) return "unknown";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  if (Number.isInteger(x) && Math.abs(x) < LARGE) return x.toFixed(1);
  for (let count = digits; count <= digits + more; count += 1) {
    const rounded = Number(x.toPrecision(count));
    if (Math.abs(rounded - x) <= ROUNDING * Math.abs(x)) return writeExact(rounded);
    const text = writeRounded(x, count);
    if (digitsIn(rounded) > Math.min(FEW, digits - 1) && !text.endsWith(".0")) return text;
  }
  return writeRounded(x, digits);
}

function digitsIn(x) {
  return x.toExponential().replace(/e.*|\D/g, "").length;
}

function writeExact(x) {
  const size = Math.abs(x);
  if (size >= LARGE || size < SMALL) return shortExponent(x.toExponential());
  return Number.isInteger(x) ? x.toFixed(1) : String(x);
}

// Without a point at the end where it would say that what follows is 0, and without zeros before it that are no digits.
function writeRounded(x, digits) {
  return shortExponent(Math.abs(x) < ROUNDED_SMALL ? x.toExponential(digits - 1) : x.toPrecision(digits));
}

// Returns a number in at most ten characters, for narrow columns.
export function shortNumber(x) {
  const text = formatNumber(x, 4, 0);
  return text.length <= NARROW ? text : formatNumber(x, 3, 0);
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
  const parts = typed.split("/").map((part) => part.trim());
  const numbers = parts.map(readDecimal);
  if (parts.length > 2 || numbers.includes(undefined)) return { error: complaint(text.trim()) };
  const value = parts.length === 2 ? numbers[0] / numbers[1] : numbers[0];
  return isOutOfRange(parts, numbers, value) ? { error: outOfRange(text.trim()) } : { value };
}

function readDecimal(text) {
  if (DECIMAL.test(text)) return Number(text);
  const name = text.replace(/^\+/, "");
  return Object.hasOwn(UNUSUAL, name) ? UNUSUAL[name] : undefined;
}

// Returns whether a number became infinite, or 0, only because it has no place among the computer's numbers.
function isOutOfRange(parts, numbers, value) {
  if (parts.some((part, k) => DECIMAL.test(part) && !keeps(numbers[k], /[1-9]/.test(part.split("e")[0])))) return true;
  const [above, below] = numbers;
  return numbers.length === 2 && Number.isFinite(above) && Number.isFinite(below) && below !== 0 && !keeps(value, above !== 0);
}

function keeps(x, isSome) {
  return Number.isFinite(x) && (x !== 0) === isSome;
}

function outOfRange(text) {
  return `“${text}” is beyond the numbers that fit in 64 bits, from about 5e-324 to 1.8e308. Write inf, or 0, if that is meant.`;
}

function complaint(text) {
  const hint = text.includes(",") ? "Write the decimal point as a point." : "Write it like -0.5, 1e-3 or 1/2.";
  return `“${text}” is not a number. ${hint}`;
}
