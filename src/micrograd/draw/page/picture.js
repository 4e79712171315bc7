// The picture of the graph: boxes and edges where the layout puts them, to zoom and to scroll.

import { el, iconButton, prefersCalm, setText, svg } from "./dom.js";
import { makeBox, sizeOf } from "./boxes.js";
import { makeEdge } from "./edges.js";
import { layout } from "./layout.js";

const MARGIN = 24;
const LABEL_ROOM = 26;
const DENSE = 80; // edges, so many that they are drawn more faintly
const SMALLEST = 0.08;
const LARGEST = 2.5;
const READABLE = 0.55;
const READABLE_ON_PHONES = 0.65;
const PHONE_WIDTH = 600;
const PLUS = "M12 5v14M5 12h14";
const MINUS = "M5 12h14";
const FIT = "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5";

export class Picture {
  constructor(model, act) {
    this.model = model;
    this.act = act;
    this.zoom = 1;
    this.drawing = svg("svg", { class: "mg-drawing", role: "group", "aria-label": "Graph" });
    this.stage = el("div", { class: "mg-stage", wheel: (event) => this.onWheel(event) }, this.drawing);
    this.percent = el("span", { class: "mg-percent", "aria-hidden": "true" });
    this.element = el("div", { class: "mg-picture" }, this.stage, this.tools());
  }

  tools() {
    return el(
      "div",
      { class: "mg-tools", role: "group", "aria-label": "Zoom" },
      iconButton("Zoom out", MINUS, () => this.zoomBy(1 / 1.25)),
      this.percent,
      iconButton("Zoom in", PLUS, () => this.zoomBy(1.25)),
      iconButton("Fit to view", FIT, () => this.fit(SMALLEST)),
    );
  }

  // Draws all boxes and edges anew: only when what is folded has changed.
  draw(model) {
    this.model = model;
    const { places, routes, width, height } = arrange(model);
    this.size = { width: width + 2 * MARGIN, height: height + 2 * MARGIN };
    this.edges = model.edges.map((edge, k) => makeEdge(edge, routes[k], model));
    this.boxes = new Map(model.boxes.map((box) => [box.id, makeBox(box, places.get(box.id), model, this.act)]));
    const shapes = [...this.edges, ...this.boxes.values()].map((each) => each.element);
    this.drawing.replaceChildren(...shapes);
    this.drawing.classList.toggle("mg-dense", model.edges.length > DENSE);
    this.drawing.setAttribute("viewBox", `${-MARGIN} ${-MARGIN} ${this.size.width} ${this.size.height}`);
    this.update(model);
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
    const active = new Set(action ? [boxOf.get(action.node).id] : []);
    const source = action?.kind === "edge" ? boxOf.get(action.child).id : undefined;
    for (const [id, { element }] of this.boxes) {
      element.classList.toggle("mg-active", active.has(id));
      element.classList.toggle("mg-source", id === source);
      element.classList.toggle("mg-forward", active.has(id) && action.kind === "forward");
    }
    for (const { element } of this.edges) if (element.classList.contains("mg-lit")) raise(element, this.edges.at(-1).element);
  }

  select(i) {
    const id = i === null ? undefined : this.model.boxOf.get(i)?.id;
    for (const [each, { element }] of this.boxes) element.classList.toggle("mg-selected", each === id);
  }

  focus(id) {
    this.boxes.get(id)?.element.focus();
  }

  // Scrolls as little as is needed to see what the step works on.
  follow() {
    const { action, boxOf } = this.model;
    if (action === undefined) return;
    const ids = [action.node, action.child].filter((i) => i !== undefined).map((i) => boxOf.get(i).id);
    const boxes = ids.map((id) => this.boxes.get(id).element.getBoundingClientRect());
    const view = this.stage.getBoundingClientRect();
    const left = shift(Math.min(...boxes.map((b) => b.left)), Math.max(...boxes.map((b) => b.right)), view.left, view.right);
    const top = shift(Math.min(...boxes.map((b) => b.top)), Math.max(...boxes.map((b) => b.bottom)), view.top, view.bottom);
    if (left || top) this.stage.scrollBy({ left, top, behavior: prefersCalm() ? "auto" : "smooth" });
  }

  // Shows the whole, but not so small that nobody can read it.
  fit(smallest = this.stage.clientWidth < PHONE_WIDTH ? READABLE_ON_PHONES : READABLE) {
    const { clientWidth, clientHeight } = this.stage;
    if (clientWidth === 0) return;
    const whole = Math.min(clientWidth / this.size.width, clientHeight / this.size.height, 1.2);
    this.setZoom(Math.max(whole, smallest));
    this.stage.scrollTo({ left: 0, top: (this.stage.scrollHeight - clientHeight) / 2, behavior: "instant" });
    this.element.style.setProperty("--mg-drawn", `${Math.max(220, Math.ceil(this.size.height * this.zoom) + 56)}px`);
  }

  setZoom(zoom) {
    this.zoom = Math.min(Math.max(zoom, SMALLEST), LARGEST);
    this.drawing.setAttribute("width", Math.floor(this.size.width * this.zoom));
    this.drawing.setAttribute("height", Math.floor(this.size.height * this.zoom));
    setText(this.percent, `${Math.round(100 * this.zoom)} %`);
  }

  // Zooms about a point of the stage, its middle unless told otherwise.
  zoomBy(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const before = this.zoom;
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

// Lays out boxes that are wider than they look, which leaves room on the edges for their labels.
function arrange({ boxes, edges, payload }) {
  const sizes = boxes.map((box) => sizeOf(box, payload));
  const roomy = boxes.map((box, k) => ({ ...box, width: sizes[k].width + LABEL_ROOM, height: sizes[k].height }));
  const { places, routes, width, height } = layout(roomy, edges);
  const shortened = routes.map(([first, ...rest]) => [{ x: first.x - LABEL_ROOM, y: first.y }, ...rest]);
  return { places, routes: shortened, width: width - LABEL_ROOM, height };
}

function raise(element, last) {
  if (element !== last) last.after(element);
}

function shift(low, high, from, to) {
  const room = 16;
  if (low >= from + room && high <= to - room) return 0;
  return high - low > to - from - 2 * room || low < from + room ? low - from - room : high - to + room;
}
