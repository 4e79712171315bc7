// The lines of an edge: one, or one for each operand where a node is several operands of another, as in a + a.

import { pillInset } from "./boxes.js";

const MOST_STRANDS = 6; // more lines than these would be one
const BOW = 34; // between the middles of neighbouring lines,
const END = 11; // and between their ends;
const WIDEST = 80; // between the middles of the outer ones,
const WIDEST_END = 22; // and between their ends
const BETWEEN = 9; // where they pass between boxes
// How far labels keep from their lines: that of the line at work, half as wide as `half`, by `across`; those of others
// by `beside` where lines are bowed, else by `quiet`, and by `shift` where their line falls or climbs.
const LABEL = { across: 18, half: 34, beside: 13, quiet: 7, shift: 14 };
const TURNED_LABEL = { across: 38, half: 14, beside: 20, quiet: 18, shift: 6 };
const BESIDE = 0.65; // a label stands above a line that is flat, and the more beside it the steeper it is
const QUIET_AT = 0.4; // before the middle, where lines that cross would have their labels on one spot
const STEEP_RISE = 40;

// Returns how many lines an edge is drawn as.
export function strandCount({ from, to, links }) {
  const isOneNode = [from, to].every((id) => id.startsWith("n"));
  return isOneNode && links.length <= MOST_STRANDS ? links.length : 1;
}

// Returns the lines of an edge, each {links, path, tip, middle, quiet, isBundle}; `middle` is where the label
// of the line at work stands, `quiet` that of any other, `tip` the place and the angle of the arrow.
export function strandsOf(edge, route, isDown = false) {
  return linesOf(edge, route, isDown ? TURNED_LABEL : LABEL).map((line) => (isDown ? turnedStrand(line) : line));
}

// The lines of a picture that runs down are those of one that runs to the right, turned over.
function linesOf(edge, route, label) {
  const { links } = edge;
  if (strandCount(edge) < links.length || links.length === 1) return [strand(links, route, 0, 0, label)];
  const gaps = links.length - 1;
  const [bow, end] = [Math.min(BOW, WIDEST / gaps), Math.min(END, WIDEST_END / gaps)];
  return links.map((link, k) => {
    const rank = k - (links.length - 1) / 2;
    return strand([link], bent(route, rank * end, rank * Math.min(BETWEEN, bow)), rank * bow, rank * end, label);
  });
}

// Returns a route whose ends and bends are moved up or down, and which ends at the rim of a round pill.
function bent(route, atEnds, between) {
  return route.map(({ x, y }, k) => {
    if (k === 0) return { x, y: y + atEnds };
    return k === route.length - 1 ? { x: x + pillInset(atEnds), y: y + atEnds } : { x, y: y + between };
  });
}

function strand(links, points, bow, atEnds, label) {
  const lift = points.length === 2 ? (4 * (bow - atEnds)) / 3 : 0;
  const [last, end] = points.slice(-2);
  const k = 2 * Math.floor((points.length - 1) / 4); // a gap between columns, near the middle
  const middle = pointAt(points[k], points[k + 1], 0.5, lift);
  const away = awayFrom(points[k], points[k + 1], bow > 0 ? 1 : -1, label);
  return {
    links,
    isBundle: links.length > 1,
    curves: curvesThrough(points, lift),
    tip: { ...end, angle: (Math.atan2(-lift, (end.x - last.x) / 2) * 180) / Math.PI },
    middle: { x: middle.x + away.x, y: middle.y + away.y },
    quiet: bow === 0 ? quietPoint(points, label) : { x: middle.x, y: middle.y + Math.sign(bow) * label.beside },
  };
}

function turnedStrand({ curves, tip, middle, quiet, ...rest }) {
  return {
    ...rest,
    curves: curves.map((points) => points.map(turnedPoint)),
    tip: { ...turnedPoint(tip), angle: 90 - tip.angle },
    middle: turnedPoint(middle),
    quiet: turnedPoint(quiet),
  };
}

function turnedPoint({ x, y }) {
  return { x: y, y: x };
}

// Returns where a label goes from the middle of a curve: across it, up or down.
function awayFrom(from, to, side, { half, across }) {
  const [along, down] = [0.75 * (to.x - from.x), 1.5 * (to.y - from.y)];
  const length = Math.hypot(along, down) || 1;
  const [x, y] = [-down / length, along / length];
  const far = across * Math.abs(y) + BESIDE * half * Math.abs(x);
  return { x: side * x * far, y: side * y * far };
}

// Returns smooth curves through points that run from left to right, lifted between them: each as its two ends, with the
// two points that bend it in between.
function curvesThrough(points, lift) {
  return points.slice(1).map((to, k) => {
    const from = points[k];
    const bend = (to.x - from.x) / 2;
    return [from, { x: from.x + bend, y: from.y + lift }, { x: to.x - bend, y: to.y + lift }, to];
  });
}

// Returns the text of a path along curves.
export function pathAlong(curves) {
  const [start] = curves[0];
  const write = ({ x, y }) => `${x} ${y}`;
  return `M${write(start)}${curves.map(([, ...rest]) => `C${rest.map(write).join(" ")}`).join("")}`;
}

// Returns a point of a curve of such a path, t of the way.
function pointAt(from, to, t, lift = 0) {
  const rise = t * t * (3 - 2 * t);
  const along = 1.5 * t - 1.5 * t * t + t ** 3;
  return { x: from.x + (to.x - from.x) * along, y: from.y + (to.y - from.y) * rise + 3 * t * (1 - t) * lift };
}

function quietPoint(points, { quiet, shift }) {
  const k = 2 * Math.floor((points.length - 1) / 4);
  const { x, y } = pointAt(points[k], points[k + 1], QUIET_AT);
  const steepness = Math.max(-1, Math.min(1, (points.at(-1).y - points[0].y) / STEEP_RISE));
  return { x: x + steepness * shift, y: y - quiet };
}
