// Where boxes and edges of a model go, given the room that there is for them.

import { sizeOf } from "./boxes.js";
import { BOX_GAP, layout } from "./layout.js";
import { MOST_LABELS } from "./edges.js";
import { strandCount } from "./strands.js";

const MARGIN = 20;
const LABEL_ROOM = 18;
const PORT = 11; // between lines that leave a box
const WIDEST_PORTS = 60;
const AIRY_GAP = 64;
const SMALL_FIT = 0.8; // below this, the other direction is tried,
const LEAST_DOWN = 0.5; // and taken if it can be read
const GAIN = 1.1; // and is better by so much,
const MOST_DOWN = 40; // for graphs of few boxes
const LARGEST_FIT = 1.2; // beyond this, a picture that would fill its room is coarse

// Returns {places, routes, size, isDown}. The picture runs to the right, or down where it is much better to read then.
export function arrange(model, room) {
  const right = airy(model, room, false);
  const zoom = wholeZoom(right.size, room);
  if (!(zoom < SMALL_FIT) || model.boxes.length > MOST_DOWN) return right;
  const down = airy(model, room, true);
  const other = wholeZoom(down.size, room);
  return other >= LEAST_DOWN && other > GAIN * zoom ? down : right;
}

// Boxes are further from one another where the room is larger than the picture.
function airy(model, room, isDown) {
  const tight = arranged(model, BOX_GAP, isDown);
  const zoom = wholeZoom(tight.size, room);
  const spare = isDown ? room.width / zoom - tight.size.width : room.height / zoom - tight.size.height;
  const most = fullest(tight.places, model.boxes, isDown ? "y" : "x");
  if (!(spare > 0) || most < 2) return tight;
  const loose = arranged(model, Math.min(AIRY_GAP, BOX_GAP + spare / most), isDown);
  return wholeZoom(loose.size, room) < 0.98 * zoom ? tight : loose;
}

// Returns the zoom at which all of a picture is seen.
export function wholeZoom({ width, height }, room) {
  return Math.min(room.width / width, room.height / height, LARGEST_FIT);
}

// Boxes are laid out wider than they look, which leaves room on the edges for labels. A picture that runs down is laid
// out as if its height were its width.
function arranged({ boxes, edges, payload }, gap, isDown) {
  const spare = edges.length > MOST_LABELS ? 0 : LABEL_ROOM;
  const sized = boxes.map((box) => ({ ...box, ...turned(sizeOf(box, payload, isDown), isDown) }));
  const roomy = sized.map((box) => ({ ...box, width: box.width + spare }));
  const { places, routes, width, height } = layout(roomy, edges, gap);
  const ports = portsOf(edges, routes);
  const shortened = routes.map(([first, ...rest], k) => [{ x: first.x - spare, y: first.y + ports[k] }, ...rest]);
  const size = turned({ width: width - spare + 2 * MARGIN, height: height + 2 * MARGIN }, isDown);
  const corners = new Map([...places].map(([id, { x, y }]) => [id, isDown ? { x: y, y: x } : { x, y }]));
  return { places: corners, routes: shortened, size: { left: -MARGIN, top: -MARGIN, ...size }, isDown };
}

function turned({ width, height }, isDown) {
  return isDown ? { width: height, height: width } : { width, height };
}

// Returns for each edge how far from the middle of its box it begins: where several lines go to one box, others leave
// beside them, so that none crosses another at once.
function portsOf(edges, routes) {
  const ports = edges.map(() => 0);
  const leaving = new Map(edges.map(({ from }) => [from, []]));
  edges.forEach(({ from }, k) => leaving.get(from).push(k));
  for (const some of leaving.values()) {
    const counts = some.map((k) => strandCount(edges[k]));
    if (some.length === 1 || Math.max(...counts) === 1) continue;
    some.sort((a, b) => routes[a][1].y - routes[b][1].y);
    const lines = counts.reduce((sum, count) => sum + count, 0);
    const step = Math.min(PORT, WIDEST_PORTS / lines);
    let before = 0;
    for (const k of some) {
      const own = strandCount(edges[k]);
      ports[k] = step * (before + own / 2 - lines / 2);
      before += own;
    }
  }
  return ports;
}

// Returns how many boxes the fullest column or row has.
function fullest(places, boxes, axis) {
  const counts = new Map();
  for (const { id } of boxes) counts.set(places.get(id)[axis], (counts.get(places.get(id)[axis]) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
