"""Test of the gallery, which draws one of each picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gallery
import pytest
from pictured import PNG_MAGIC

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("matplotlib")
pytest.importorskip("llvmlite", reason="the gallery trains in compiled loops")


def test_the_gallery_has_every_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All files are where they are said to be, each of its kind, and nothing else."""
    monkeypatch.setattr(gallery, "STEPS", 4)
    files = gallery.draw_all(tmp_path)
    assert sorted(files) == sorted(tmp_path.iterdir())
    magic = {".png": PNG_MAGIC, ".gif": b"GIF89a"}
    assert all(path.read_bytes().startswith(magic[path.suffix]) for path in files)
    drawn = {path.stem for path in files}
    assert drawn >= {"loss-curve", "decision-boundary", "surface", "gradient-histogram", "weights", "tangent", "moons"}
