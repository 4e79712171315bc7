"""Gives the tests of this folder the fixtures of `browsers`: browser, page and allowed."""

from browsers import allowed, browser, page

__all__ = ["allowed", "browser", "page"]
