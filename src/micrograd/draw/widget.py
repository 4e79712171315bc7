"""The page's view of a graph as a notebook widget, live: Python and the cell share the step and the edited numbers.

Only those who have anywidget can import this module.
"""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

from micrograd.draw.bundle import bundle, styles
from micrograd.draw.payload import payload
from micrograd.errors import require
from micrograd.graph import Graph, walk

if TYPE_CHECKING:
    import traitlets
    from anywidget import AnyWidget

    from micrograd.engine import Value
    from micrograd.module import Module
else:
    AnyWidget = require("anywidget", "notebook").AnyWidget
    traitlets = require("traitlets", "notebook")

__all__ = ["Explanation", "steps_of"]

SHOWN = 8  # positions that a message names
EXPORT = "export default { render: renderWidget };\n"  # a bundle has no exports, and notebooks look for this one


def steps_of(data: dict[str, Any]) -> int:
    """Return the number of steps in which the view goes through a payload.

    There is one for each node that is computed, one for the gradient of the root, and one for each edge on the way
    back.

    Example:
        >>> leaf = {"parents": []}
        >>> steps_of({"nodes": [leaf, leaf, {"parents": [0, 1]}]})
        4
    """
    inner = [node["parents"] for node in data["nodes"] if node["parents"]]
    return len(inner) + 1 + sum(map(len, inner))


def _to_json(edits: dict[int, float], _: object = None) -> dict[str, float | str]:
    """Return edits as they travel: JSON has text for keys, and lacks three numbers."""
    return {str(index): number if abs(number) < float("inf") else str(number) for index, number in edits.items()}


def _from_json(edits: dict[str, float | str], _: object = None) -> dict[int, float]:
    """Return edits from what has travelled."""
    return {int(index): float(number) for index, number in edits.items()}


class Explanation(AnyWidget):
    """A view of all that a value was computed from, for the last line of a notebook's cell.

    It steps through the forward pass and backpropagation, by mouse and keys in the cell and from Python alike.
    Other code follows it with `observe`, as with every widget: `widget.observe(print, "step")`.

    A widget lives, and its graph with it, until `close()` is called: the library keeps all widgets, so that a notebook
    can show them again. In a training loop make one before the loop and give it each loss with `update(loss)`, or close
    the last one before the next is made.

    Args:
        root: the value to explain, usually a loss.
        model: the network whose layers and neurons are to be told apart.

    Attributes:
        step: where the view is, from 0 (nothing computed) to `steps` (every gradient computed).
        edits: the numbers that stand in for those of leaves, by the position of the leaf in `payload`: those that were
            typed in any view, and those set from Python, which every view then shows. Leaves that feed an operation of
            your own keep their numbers in the view. A new dict takes the place of the old one, as in
            `widget.edits = {**widget.edits, 0: 9.0}`; changing the dict in place shows nothing.
        theme: "light", "dark", or "auto" for that of the notebook.
        payload: what is shown, in numbers; `update` renews it.

    Raises:
        MissingExtraError: on import: anywidget is not installed.
        traitlets.TraitError: a step is none of 0 to `steps`, or an edit is of no leaf or is no number.

    Example:
        >>> from micrograd import Value
        >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
        >>> widget = Explanation(a * b + 1.0)
        >>> widget.steps
        7
        >>> widget.next()
        >>> widget.step
        1
        >>> widget.edits = {0: 9}
        >>> widget.close()
    """

    payload = traitlets.Dict().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    edits: Any = traitlets.Dict().tag(sync=True, to_json=_to_json, from_json=_from_json)
    theme = traitlets.Enum(["auto", "light", "dark"], default_value="auto").tag(sync=True)

    def __init__(self, root: Value, *, model: Module | None = None) -> None:
        self._graph, self._model = walk(root), model
        self._esm = bundle("widget.js") + EXPORT
        self._css = styles()
        super().__init__(payload=payload(root, model=model))

    @property
    def graph(self) -> Graph:
        """The nodes that are shown, at the positions that `payload` and `edits` give them."""
        return self._graph

    @property
    def steps(self) -> int:
        """The number of steps: one for each node computed, one for the root's gradient, one for each edge back."""
        return steps_of(self.payload)

    @traitlets.validate("step")
    def _check_step(self, proposal: dict[str, Any]) -> int:
        """Return the step that is proposed, if there is such a step."""
        step: int = proposal["value"]
        if not 0 <= step <= self.steps:
            message = f"step {step} is not there: this graph has the steps 0 to {self.steps}"
            raise traitlets.TraitError(message)
        return step

    @traitlets.validate("edits")
    def _check_edits(self, proposal: dict[str, Any]) -> dict[int, float]:
        """Return the edits that are proposed, if all of them are numbers for leaves."""
        leaves = [i for i, node in enumerate(self.payload["nodes"]) if not node["parents"]]
        edits: dict[int, Any] = proposal["value"]
        for index, number in edits.items():
            if index not in leaves:
                some = ", ".join(map(str, leaves[:SHOWN])) + (", …" if len(leaves) > SHOWN else "")
                message = f"no leaf is at position {index!r} of the payload; leaves of this graph are at {some}"
                raise traitlets.TraitError(message)
            if not isinstance(number, Real):
                message = f"the number for the leaf at {index} must be a float; got {type(number).__name__}: {number!r}"
                raise traitlets.TraitError(message)
        return {index: float(number) for index, number in edits.items()}

    def first(self) -> None:
        """Go to the start, where nothing is computed yet."""
        self.step = 0

    def back(self) -> None:
        """Go one step back, or stay at the start."""
        self.step = max(self.step - 1, 0)

    def next(self) -> None:
        """Go one step on, or stay at the end."""
        self.step = min(self.step + 1, self.steps)

    def last(self) -> None:
        """Go to the end, where every gradient is computed."""
        self.step = self.steps

    def update(self, root: Value | None = None) -> None:
        """Show the numbers as they are now, or another value; the step is kept as far as there are that many.

        Args:
            root: the loss of the next training step, for instance; without it the same value is read again.
        """
        if root is not None:
            self._graph = walk(root)
        data = payload(self._graph.root, model=self._model)
        with self.hold_sync():
            self.step = min(self.step, steps_of(data))
            self.edits = {}
            self.payload = data

    def apply(self) -> None:
        """Write the numbers typed in the view to their Values; what was computed from them is not computed anew.

        Compute the loss again and give it to `update` to see it with the new numbers.
        """
        for index, number in self.edits.items():
            self._graph.nodes[index].data = number
