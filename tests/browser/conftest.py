"""Gives the tests of this folder the fixtures of `browsers` and `graphs`: browser, page, allowed and shown."""

from browsers import allowed, browser, page
from graphs import shown

__all__ = ["allowed", "browser", "page", "shown"]
