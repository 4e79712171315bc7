// What a folded group says of its members: the same as `spread` of fold.py.

// Returns {count, min, mean, max, finite, others, unknown} of the numbers that are there: what the finite ones are, and
// how many are finite, how many are not, and how many nobody knows.
export function summary(members, isThere, numbers) {
  const all = members.filter((i) => isThere[i]).map((i) => numbers[i]);
  const known = all.filter((x) => x !== null);
  const finite = known.filter(Number.isFinite);
  const mean = finite.length === 0 ? NaN : sumOf(finite.map((x) => x / finite.length)); // no sum overflows
  const pick = (better) => finite.reduce((best, x) => (better(x, best) ? x : best), finite[0] ?? NaN);
  return {
    count: all.length,
    min: pick((x, y) => x < y),
    mean,
    max: pick((x, y) => x > y),
    finite: finite.length,
    others: known.length - finite.length,
    unknown: all.length - known.length,
  };
}

// Returns a sum with what each addition has rounded away added at the end, so that terms may cancel.
// Source: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54 (1974).
function sumOf(xs) {
  let total = 0;
  let lost = 0;
  for (const x of xs) {
    const next = total + x;
    lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total;
    total = next;
  }
  return total + lost;
}
