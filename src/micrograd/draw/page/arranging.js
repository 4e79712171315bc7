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
const LARGEST_FIT = 1.2; // beyond this, a picture that would fill its room is coarse

// Returns {places, routes, size}. Boxes are laid out wider than they look, which leaves room on the edges for labels, and
// further from one another where the room is higher than the picture.
export function arrange(model, room) {
  const flat = arranged(model, BOX_GAP);
  const zoom = wholeZoom(flat.size, room);
  const spare = room.height / zoom - flat.size.height;
  const most = tallest(flat.places, model.boxes);
  if (!(spare > 0) || most < 2) return flat;
  const airy = arranged(model, Math.min(AIRY_GAP, BOX_GAP + spare / most));
  return wholeZoom(airy.size, room) < 0.98 * zoom ? flat : airy;
}

// Returns the zoom at which all of a picture is seen.
export function wholeZoom({ width, height }, room) {
  return Math.min(room.width / width, room.height / height, LARGEST_FIT);
}

function arranged({ boxes, edges, payload }, gap) {
  const spare = edges.length > MOST_LABELS ? 0 : LABEL_ROOM;
  const sizes = boxes.map((box) => sizeOf(box, payload));
  const roomy = boxes.map((box, k) => ({ ...box, width: sizes[k].width + spare, height: sizes[k].height }));
  const { places, routes, width, height } = layout(roomy, edges, gap);
  const ports = portsOf(edges, routes);
  const shortened = routes.map(([first, ...rest], k) => [{ x: first.x - spare, y: first.y + ports[k] }, ...rest]);
  return { places, routes: shortened, size: { left: -MARGIN, top: -MARGIN, width: width - spare + 2 * MARGIN, height: height + 2 * MARGIN } };
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

// Returns how many boxes the fullest column has.
function tallest(places, boxes) {
  const counts = new Map();
  for (const { id } of boxes) counts.set(places.get(id).x, (counts.get(places.get(id).x) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
