"""The page that explains a graph: one HTML file that holds all it needs and that cannot reach a network."""

from __future__ import annotations

import base64
import hashlib
import html as markup
import json
from string import Template
from typing import Any

from micrograd.draw.bundle import asset, bundle, styles

__all__ = ["html"]

POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


def html(payload: dict[str, Any]) -> str:
    """Return the page of a payload as text.

    Its security policy allows the one script and the one style sheet that stand in it, and no request at all.

    Args:
        payload: what `micrograd.draw.payload.payload` returns.
    """
    style = f"{styles()}\n{asset('page.css')}"
    script = f'"use strict";\n{{\n{bundle("main.js")}}}\n'
    parts = {
        "title": markup.escape(f"Gradients of {payload['title']}" if payload["title"] else "Gradients"),
        "policy": POLICY.format(style=_fingerprint(style), script=_fingerprint(script)),
        "style": style,
        "script": script,
        "payload": _harmless(json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))),
    }
    return Template(asset("page.html")).substitute(parts)


def _fingerprint(text: str) -> str:
    """Return what a security policy names a text by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _harmless(text: str) -> str:
    """Return JSON in which no text can end the script element that holds it."""
    return text.replace("<", "\\u003c")
