"""`draw_dot`: the picture of a graph as Graphviz draws it, folded where it is large; `trace`: its nodes and edges."""

from __future__ import annotations

import os
import warnings
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micrograd.draw.dot_text import View, dot_text
from micrograd.draw.fold import LIMIT, fold, initial_open, named_groups, unchanged
from micrograd.draw.groups import group_nodes
from micrograd.draw.rendering import FORMATS, check_format, rendered
from micrograd.files import check_ending, check_writable, whole_file
from micrograd.graph import walk
from micrograd.naming import name_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from micrograd.engine import Value

__all__ = ["Drawing", "draw_dot", "trace"]

RANKDIRS = ("LR", "RL", "TB", "BT")


class Drawing:
    """A picture that is described and not yet drawn; notebooks show it.

    Args:
        source: its description in DOT, the language of Graphviz.
        format: one of "svg", "png", "pdf", "ps", "jpg", "gif", "dot".
    """

    def __init__(self, source: str, format: str = "svg") -> None:  # noqa: A002  # as graphviz calls it
        check_format(format)
        self.source, self.format = source, format

    def pipe(self, format: str | None = None) -> bytes:  # noqa: A002  # as graphviz calls it
        """Return the picture as the content of a file.

        Args:
            format: one of those of the class; None is the drawing's own.

        Raises:
            MissingExtraError: pygraphviz is not installed.
            ValueError: there is no such format.
        """
        return rendered(self.source, format or self.format)

    def render(self, path: str | os.PathLike[str] = "graph", format: str | None = None, *, view: bool = False) -> str:  # noqa: A002  # as graphviz calls it
        """Write the picture to a file, and return the file's name.

        Args:
            path: the file; its ending says the format. Where it has none, or one with a digit as in "loss.v2", the
                ending of the format is added.
            format: one of those of the class; None goes by the ending, or else is the drawing's own.
            view: whether to show the file in the program that the system has for it.

        Raises:
            InputError: the file cannot be written, or has another ending.
            MissingExtraError: pygraphviz is not installed.
            ValueError: there is no such format.
        """
        ending = Path(path).suffix[1:].lower()
        ending = ending if ending.isalpha() else ""
        form = format or ending or self.format
        name = os.fspath(path) if ending else f"{os.fspath(path)}.{form}"
        check_ending(name, [f".{each}" for each in ([format] if format else FORMATS)], "a picture")
        check_writable(name)
        picture = self.pipe(form)
        with whole_file(name) as file:
            file.write(picture)
        if view:
            webbrowser.open(Path(name).absolute().as_uri())
        return name

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the DOT source to a file, and return the file's name.

        Raises:
            InputError: the file cannot be written.
        """
        with whole_file(path) as file:
            file.write(self.source.encode())
        return os.fspath(path)

    def _repr_svg_(self) -> str:
        """Return the picture as notebooks show it."""
        return self.pipe("svg").decode()

    def _repr_mimebundle_(self, **_wishes: Any) -> dict[str, Any]:  # noqa: ANN401  # what a notebook says it can show
        """Return the picture as notebooks show it, with the words for those that show no pictures."""
        return {"image/svg+xml": self._repr_svg_(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"Drawing(format={self.format!r}): write it with .render(path), or show it in a notebook"


def draw_dot(  # noqa: PLR0913  # each is a choice of its own
    root: Value,
    format: str = "svg",  # noqa: A002  # as in the lecture
    rankdir: str = "LR",
    *,
    local_grads: bool = False,
    model: object = None,
    open: Iterable[str] | str = (),  # noqa: A002  # the word for it
    limit: int = LIMIT,
) -> Drawing:
    """Return the picture of all that a value was computed from: boxes for values, ovals for operations.

    A box says the label, or else the model's name for a parameter, the data, and the gradient, or a dash where none
    was computed. Larger graphs are folded: a model into its layers, a layer into its neurons, operations that are
    alike into one box, which says how many nodes it holds and how their numbers spread.

    Args:
        root: the value, such as a loss.
        format: that in which `render` writes, unless the name of the file says another.
        rankdir: "LR", from left to right, "RL", "TB", from top to bottom, or "BT".
        local_grads: whether to write beside each edge the derivative of the operation by that operand.
        model: the model to name parameters by; None finds it by itself.
        open: names of groups to unfold, and what is in them as far as the limit goes, such as `["layers[0]"]` for its
            neurons; "all" unfolds everything.
        limit: largest number of boxes that are unfolded by themselves.

    Raises:
        TypeError: root is not a Value.
        ValueError: format or rankdir is unknown, limit is less than 1, no group has one of the names to open, or the
            model holds no leaf of the graph.

    Warns:
        UserWarning: a group that is named is open anyway, and what is in it is too much for the limit.

    Example:
        >>> from micrograd.engine import Value
        >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
        >>> print(next(line for line in draw_dot(a * b).source.splitlines() if "n0 [" in line).split(",")[0])
          n0 [label="{ a | data 2.0000 | grad — }"
    """
    _check(rankdir, limit)
    check_format(format)
    graph = walk(root)
    naming = name_nodes(graph, model)
    grouping = group_nodes(graph, naming)
    wanted = named_groups(grouping, open)
    opened = initial_open(graph, grouping, limit, wanted)
    for message in unchanged(graph, grouping, limit, wanted, opened):
        warnings.warn(message, stacklevel=2)
    view = View(graph, naming.names, grouping, fold(graph, grouping, opened), rankdir, local_grads)
    return Drawing(dot_text(view), format)


def _check(rankdir: str, limit: int) -> None:
    """Refuse a direction that Graphviz does not know, or no boxes at all."""
    if rankdir not in RANKDIRS:
        message = f"rankdir says where a picture runs, one of {', '.join(RANKDIRS)}; got {rankdir!r}"
        raise ValueError(message)
    if limit < 1:
        message = f"limit is the largest number of boxes, 1 or more; got {limit}"
        raise ValueError(message)


def trace(root: Value) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """Return all nodes that a value was computed from, and all edges: pairs of a node and one computed from it.

    Example:
        >>> from micrograd.engine import Value
        >>> a = Value(2.0)
        >>> nodes, edges = trace(a * 3.0 + a)
        >>> len(nodes), len(edges)
        (4, 4)
    """
    graph = walk(root)
    edges = {(graph.nodes[p], graph.nodes[i]) for i, parents in enumerate(graph.parents) for p in parents}
    return set(graph.nodes), edges
