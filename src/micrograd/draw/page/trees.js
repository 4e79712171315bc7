// Local derivatives from the trees of a payload.

import { forwardOf } from "./ops.js";
import { toNumber } from "./numbers.js";

const WITH_PARAMETER = new Set(["powc", "leaky_relu", "step"]);

// Returns the value of a tree: a number, ["out"], ["x", i], or [row, tree, ...] with the row's parameter at the end.
export function evaluate(tree, operands, out) {
  if (!Array.isArray(tree)) return toNumber(tree);
  const [head, ...rest] = tree;
  if (head === "out") return out;
  if (head === "x") return operands[rest[0]];
  const values = rest.map((each) => evaluate(each, operands, out));
  return WITH_PARAMETER.has(head) ? forwardOf(head, values.slice(0, -1), values.at(-1)) : forwardOf(head, values);
}
