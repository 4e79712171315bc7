"""Pictures of graphs: drawings, the page that explains one, and the notebook widget."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from micrograd.draw.dot import draw_dot as draw_dot
    from micrograd.draw.dot import trace as trace
    from micrograd.draw.explanation import explain as explain

__all__ = ["draw_dot", "explain", "trace"]

_LATER = {
    "draw_dot": "micrograd.draw.dot",
    "explain": "micrograd.draw.explanation",
    "trace": "micrograd.draw.dot",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever stands there
    """Import what is asked for, and no more: the page needs no Graphviz, and a drawing no page."""
    if name not in _LATER:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(_LATER[name]), name)
