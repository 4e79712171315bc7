// Which key does what.

const ACTIONS = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last", " ": "play" };
const PRESSED = "button, summary, [role=button]"; // by the space bar
const TYPING = new Set(["INPUT", "TEXTAREA", "SELECT"]);

// Returns "back", "next", "first", "last" or "play" for a key press that means one of them, else null.
export function keyAction(event) {
  const target = event.composedPath?.()[0] ?? event.target;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (TYPING.has(target.tagName) || target.isContentEditable) return null;
  if (event.key === " " && target.closest?.(PRESSED)) return null;
  return ACTIONS[event.key] ?? null;
}
