// What a folded group says of its members.

// Returns {count, min, mean, max} of the numbers that are known.
export function summary(members, known, numbers) {
  const xs = members.filter((i) => known[i]).map((i) => numbers[i]);
  if (xs.length === 0) return { count: 0, min: NaN, mean: NaN, max: NaN };
  const mean = xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const pick = (better) => xs.reduce((best, x) => (better(x, best) || Number.isNaN(x) ? x : best));
  return { count: xs.length, min: pick((x, y) => x < y), mean, max: pick((x, y) => x > y) };
}
