// The page's view as the widget of a notebook: payload and theme come from Python, step and edits go both ways.

import { mount } from "./mount.js";
import { formatNumber, toNumber } from "./numbers.js";
import { themeAround, watchTheme } from "./surroundings.js";

// Shows what the model holds, which Python and all views of the widget share; returns a function that ends it.
function renderWidget({ model, el }) {
  const view = mount(el, model.get("payload"), { step: model.get("step"), theme: themeOf(model) });
  view.setEdits(editsOf(model));
  const once = notTwice();
  const showTheme = () => Object.assign(el.firstElementChild.dataset, { theme: themeOf(model) });
  const showStep = () => once(() => view.setStep(model.get("step")));
  const showEdits = () => once(() => view.setEdits(editsOf(model)));
  const showPayload = () => once(() => reload(view, model));
  const ends = [
    listen(model, "change:payload", showPayload),
    listen(model, "change:step", showStep),
    listen(model, "change:edits", showEdits),
    listen(model, "change:theme", showTheme),
    view.onStep((step) => once(() => tell(model, "step", step))),
    view.onEdit((edit) => once(() => tell(model, "edits", edited(model, edit)))),
    watchTheme(showTheme),
    ownKeys(el),
    () => view.destroy(),
  ];
  return () => ends.forEach((end) => end());
}

// Returns a function that does something unless it is at it already: what one side has said is not told back to it.
function notTwice() {
  let busy = false;
  return (act) => {
    if (busy) return;
    busy = true;
    try {
      act();
    } finally {
      busy = false;
    }
  };
}

function listen(model, event, callback) {
  model.on(event, callback);
  return () => model.off(event, callback);
}

function tell(model, name, value) {
  model.set(name, value);
  model.save_changes();
}

function reload(view, model) {
  view.setPayload(model.get("payload"));
  view.setEdits(editsOf(model));
  view.setStep(model.get("step"));
}

function themeOf(model) {
  const theme = model.get("theme");
  return theme === "auto" ? themeAround(document.body) : theme;
}

// Returns the edits that Python and all views share.
function editsOf(model) {
  return new Map(Object.entries(model.get("edits")).map(([index, data]) => [Number(index), toNumber(data)]));
}

// Returns the edits with one more, or with one less where a leaf has become again what it was.
function edited(model, { index, data }) {
  const { [index]: _, ...others } = model.get("edits");
  const original = toNumber(model.get("payload").nodes[index].data);
  return Object.is(data, original) ? others : { ...others, [index]: asJson(data) };
}

// The numbers that JSON lacks travel as texts.
function asJson(x) {
  return Number.isFinite(x) ? x : formatNumber(x);
}

// Keeps the keys that are pressed in the view from the notebook, where letters and arrows add, delete and move cells.
function ownKeys(el) {
  const stop = (event) => isForNotebook(event) || event.stopPropagation();
  el.addEventListener("keydown", stop);
  return () => el.removeEventListener("keydown", stop);
}

// Returns whether a key saves, runs a cell, leaves the view, or the like.
function isForNotebook(event) {
  const runs = event.key === "Enter" && event.shiftKey;
  return event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape" || runs;
}

export default { render: renderWidget };
