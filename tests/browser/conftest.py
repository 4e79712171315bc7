"""Gives the tests of this folder the fixtures of `harness`: browser, page and allowed."""

from harness import allowed, browser, page

__all__ = ["allowed", "browser", "page"]
