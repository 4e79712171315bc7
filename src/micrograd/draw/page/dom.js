// Making and changing elements with few words.

const SVG = "http://www.w3.org/2000/svg";

// Returns an HTML element; attributes that are functions are listeners, and those that are true stand alone.
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// Sets a text where it changes, which costs less than setting it always.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

// Returns a button that has a picture and a name.
export function iconButton(name, path, click) {
  const icon = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: path }));
  return el("button", { type: "button", class: "mg-icon", "aria-label": name, title: name, click: unlessDisabled(click) }, icon);
}

// Sets whether a button does nothing. It keeps the focus, which one that is disabled loses, and the keys with it.
export function setDisabled(button, isOff) {
  setAttribute(button, "aria-disabled", String(isOff));
}

export function isDisabled(button) {
  return button.getAttribute("aria-disabled") === "true";
}

// Returns a listener that does something unless its button is disabled.
export function unlessDisabled(click) {
  return (event) => isDisabled(event.currentTarget) || click(event);
}

// Returns what has the focus, inside of the same shadow if there is one.
export function focusBeside(element) {
  return element.getRootNode().activeElement;
}

export function prefersCalm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
