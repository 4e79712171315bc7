// The picture of the graph: boxes and edges where the layout puts them, to zoom and to scroll.

import { arrange, wholeZoom } from "./arranging.js";
import { el, iconButton, prefersCalm, setAttribute, setText, svg } from "./dom.js";
import { makeBox } from "./boxes.js";
import { makeEdges } from "./edges.js";

const DENSE = 80; // edges, so many that they are drawn more faintly
const SMALLEST = 0.08;
const LARGEST = 2.5;
const READABLE = 0.65;
const STILL_WHOLE = 0.5; // a little smaller than that, if all is seen then
const SCROLLBAR = 18;
const ROOM = 16; // around what the step works on
const PLUS = "M12 5v14M5 12h14";
const MINUS = "M5 12h14";
const FIT = "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5";

export class Picture {
  constructor(model, act) {
    this.model = model;
    this.act = act;
    this.zoom = 1;
    this.view = "readable"; // or "whole", or "own": as the reader has zoomed it
    this.layers = { edges: svg("g"), boxes: svg("g"), labels: svg("g") };
    this.drawing = svg("svg", { class: "mg-drawing", role: "group", "aria-label": "Graph" }, ...Object.values(this.layers));
    this.stage = el("div", { class: "mg-stage", wheel: (event) => this.onWheel(event) }, this.drawing);
    this.percent = el("span", { class: "mg-percent", "aria-hidden": "true" });
    this.fitButton = iconButton("Whole graph", FIT, () => this.toggleWhole());
    this.element = el("div", { class: "mg-picture" }, this.stage, this.tools());
  }

  tools() {
    return el(
      "div",
      { class: "mg-tools", role: "group", "aria-label": "Zoom" },
      iconButton("Zoom out", MINUS, () => this.zoomBy(1 / 1.25)),
      this.percent,
      iconButton("Zoom in", PLUS, () => this.zoomBy(1.25)),
      this.fitButton,
    );
  }

    // Draws all boxes and edges anew: only when what is folded has changed.
  draw(model) {
    this.model = model;
    const room = this.room;
    this.drawnBlind = room.width === 0;
    const { places, routes, size, isDown } = arrange(model, room);
    this.size = size;
    this.edges = model.edges.flatMap((edge, k) => makeEdges(edge, routes[k], isDown));
    this.boxes = new Map(model.boxes.map((box) => [box.id, makeBox(box, places.get(box.id), model, this.act, isDown)]));
    this.layers.edges.replaceChildren(...this.edges.map((edge) => edge.element));
    this.layers.boxes.replaceChildren(...[...this.boxes.values()].map((box) => box.element));
    this.layers.labels.replaceChildren(...this.edges.map((edge) => edge.label));
    this.drawing.classList.toggle("mg-dense", model.edges.length > DENSE);
    this.drawing.setAttribute("viewBox", `${size.left} ${size.top} ${size.width} ${size.height}`);
    this.update(model);
  }

  get room() {
    return { width: this.stage.clientWidth, height: this.stage.clientHeight };
  }

  // Changes texts and classes to what is known at the step.
  update(model) {
    this.model = model;
    for (const edge of this.edges) edge.update(model);
    for (const box of this.boxes.values()) box.update(model);
    this.light();
  }

  // Lights what the step works on.
  light() {
    const { action, boxOf } = this.model;
    const active = action && boxOf.get(action.node).id;
    const source = action?.kind === "edge" ? boxOf.get(action.child).id : undefined;
    for (const [id, { element }] of this.boxes) {
      element.classList.toggle("mg-active", id === active);
      element.classList.toggle("mg-source", id === source);
      element.classList.toggle("mg-forward", id === active && action.kind === "forward");
    }
    const lit = this.edges.filter(({ element }) => element.classList.contains("mg-lit"));
    for (const { element, label } of lit) [element, label].forEach(raise);
  }

  select(i) {
    const id = i === null ? undefined : this.model.boxOf.get(i)?.id;
    for (const [each, { element }] of this.boxes) element.classList.toggle("mg-selected", each === id);
  }

  focus(id) {
    this.boxes.get(id)?.element.focus();
  }

  // Scrolls as little as is needed to see what the step works on: the node, and as much of what feeds it as there is
  // room for.
  follow(behavior = prefersCalm() ? "instant" : "smooth") {
    const { action, boxOf, graph } = this.model;
    if (action === undefined || this.boxes.size === 0) return;
    const others = action.kind === "edge" ? [action.child] : action.kind === "forward" ? graph.parents[action.node] : [];
    const [main, ...rest] = [action.node, ...others].map((i) => this.boxes.get(boxOf.get(i).id).element.getBoundingClientRect());
    const view = this.stage.getBoundingClientRect();
    const left = shift(main, rest, view, "left", "right");
    const top = shift(main, rest, view, "top", "bottom");
    if (left || top) this.stage.scrollBy({ left, top, behavior });
  }

  // Shows the whole however small, or again as large as can be read.
  toggleWhole() {
    this.view = this.view === "whole" ? "readable" : "whole";
    this.fit();
    this.follow("instant");
  }

  // Fits the picture to a stage of another size.
  resize() {
    if (this.room.width === 0) return;
    if (this.drawnBlind) this.draw(this.model);
    this.fit();
    this.follow("instant");
  }

  // Shows the whole, but not so small that nobody can read it, unless that is wished.
  fit() {
    const { width, height } = this.room;
    if (width === 0) return;
    const whole = wholeZoom(this.size, this.room);
    const readable = whole < STILL_WHOLE ? READABLE : whole;
    if (this.view !== "own") {
      this.setZoom(this.view === "whole" ? whole : readable);
      this.stage.scrollTo({ left: 0, top: (this.stage.scrollHeight - height) / 2, behavior: "instant" });
    }
    this.element.style.setProperty("--mg-drawn", `${Math.max(220, Math.ceil(this.size.height * readable) + SCROLLBAR)}px`);
  }

  setZoom(zoom) {
    this.zoom = Math.min(Math.max(zoom, SMALLEST), LARGEST);
    this.drawing.setAttribute("width", Math.floor(this.size.width * this.zoom));
    this.drawing.setAttribute("height", Math.floor(this.size.height * this.zoom));
    setText(this.percent, `${Math.round(100 * this.zoom)} %`);
    setAttribute(this.fitButton, "aria-pressed", String(this.view === "whole"));
  }

  // Zooms about a point of the stage, its middle unless told otherwise.
  zoomBy(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const before = this.zoom;
    this.view = "own";
    const { scrollLeft, scrollTop } = this.stage;
    this.setZoom(before * factor);
    const grown = this.zoom / before;
    this.stage.scrollTo({ left: (scrollLeft + x) * grown - x, top: (scrollTop + y) * grown - y, behavior: "instant" });
  }

  // A pinch on a touchpad arrives as a wheel with the control key.
  onWheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const { left, top } = this.stage.getBoundingClientRect();
    this.zoomBy(Math.exp(-event.deltaY / 200), event.clientX - left, event.clientY - top);
  }
}

// What is lit lies above its like.
function raise(element) {
  if (element !== element.parentNode.lastChild) element.parentNode.append(element);
}

// Returns how far to scroll in one direction so that a view shows some boxes with room around them; of more than fit, the
// main one, and of the others what is nearest to it.
function shift(main, others, view, start, end) {
  const boxes = [main, ...others];
  const low = Math.min(...boxes.map((box) => box[start])) - ROOM;
  const high = Math.max(...boxes.map((box) => box[end])) + ROOM;
  const [from, to] = [view[start], view[end]];
  if (high - low <= to - from) return low < from ? low - from : Math.max(0, high - to);
  if (main[start] - ROOM <= low) return main[start] - ROOM - from;
  return main[end] + ROOM >= high ? main[end] + ROOM - to : (main[start] + main[end] - from - to) / 2;
}
