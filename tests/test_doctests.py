"""The examples in docstrings and in the documents print what they say they print."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from micrograd.errors import MissingExtraError

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
MODULES = sorted(".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in SOURCE.rglob("*.py"))


# Not by pytest --doctest-modules: it takes a compiled module for a wrong import of its source.
@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_the_examples_of_a_module_run(name: str) -> None:
    """Every example in the docstrings of a module gives the output written below it."""
    try:
        module = importlib.import_module(name.removesuffix(".__init__"))
    except MissingExtraError as missing:
        pytest.skip(str(missing))
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("*.md")))
def test_the_examples_of_a_document_run(name: str) -> None:
    """Every example in a document gives the output written below it."""
    assert doctest.testfile(str(ROOT / name), module_relative=False, encoding="utf-8").failed == 0
