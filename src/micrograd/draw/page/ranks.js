// Columns for the boxes of a picture: each one left of what is computed from it, and as near to that as can be.

// Returns the arcs with those turned round that would close a circle; `turned` says which.
function withoutCircles(size, arcs) {
  const leaving = Array.from({ length: size }, () => []);
  arcs.forEach(({ from }, k) => leaving[from].push(k));
  const turned = arcs.map(() => false);
  const entered = new Uint8Array(size);
  const left = new Uint8Array(size);
  for (let start = 0; start < size; start += 1) {
    const path = entered[start] ? [] : [[start, 0]];
    entered[start] = 1;
    while (path.length > 0) {
      const top = path.at(-1);
      const k = leaving[top[0]][top[1]];
      top[1] += 1;
      if (k === undefined) {
        left[top[0]] = 1;
        path.pop();
      } else if (!entered[arcs[k].to]) {
        entered[arcs[k].to] = 1;
        path.push([arcs[k].to, 0]);
      } else if (!left[arcs[k].to]) {
        turned[k] = true;
      }
    }
  }
  return arcs.map(({ from, to }, k) => (turned[k] ? { from: to, to: from, turned: true } : { from, to, turned: false }));
}

// Returns for each box how many steps the longest way from it to the end takes.
function stepsToEnd(size, arcs) {
  const entering = Array.from({ length: size }, () => []);
  const waiting = new Array(size).fill(0);
  for (const { from, to } of arcs) {
    entering[to].push(from);
    waiting[from] += 1;
  }
  const steps = new Array(size).fill(0);
  const ready = waiting.flatMap((count, box) => (count === 0 ? [box] : []));
  while (ready.length > 0) {
    const box = ready.pop();
    for (const before of entering[box]) {
      steps[before] = Math.max(steps[before], steps[box] + 1);
      waiting[before] -= 1;
      if (waiting[before] === 0) ready.push(before);
    }
  }
  return steps;
}

// Returns {ranks, arcs}: the column of each box, from the left, and the arcs, which all run to the right now. An arc is
// {from, to} by the positions of boxes, and `turned` where it was turned round because of a circle.
export function rankBoxes(size, arcs) {
  const forwards = withoutCircles(size, arcs);
  const steps = stepsToEnd(size, forwards);
  const most = Math.max(0, ...steps);
  return { ranks: steps.map((count) => most - count), arcs: forwards };
}
