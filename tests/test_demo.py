"""Tests of the demo: the same numbers as published, everything written, and what it needs."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from micrograd import demo, engine, io
from micrograd.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("matplotlib")
datasets = pytest.importorskip("sklearn.datasets")

WRITTEN = [
    "breast-cancer-loss.png",
    "breast-cancer.csv",
    "breast-cancer.json",
    "four-points-loss.png",
    "moons-boundary.png",
    "moons-loss.png",
]


def test_the_demo_trains_three_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part says its losses, its quality, and what was measured and what extrapolated."""
    for name in ("MOON_STEPS", "TABLE_EPOCHS", "MEASURED"):
        monkeypatch.setattr(demo, name, {"MOON_STEPS": 5}.get(name, 1))
    said: list[str] = []
    demo.run(tmp_path / "new" / "folder", said.append, progress=False)
    text = "\n".join(said)
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == WRITTEN
    assert "step   0  loss 0.895844" in text  # the published demo's first loss
    assert re.search(r"target +-1.0  prediction -0\.9", text)
    assert "accuracy" in text
    assert "quality on the 114 held-out rows" in text
    assert text.count("measured: ") == text.count("extrapolated: ") == 3
    assert len(io.load(tmp_path / "new" / "folder" / "breast-cancer.json").encoder.features) == 30


@pytest.mark.skipif(not engine.compiled, reason="takes long without a compiler")
def test_the_moons_are_those_of_the_published_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under its seed, the first loss is the published one to the last digit, and in the end all points are right."""
    monkeypatch.setattr(demo, "MEASURED", 1)
    histories = []
    monkeypatch.setattr(demo, "_compare", lambda history, *_: histories.append(history))
    said: list[str] = []
    demo.two_moons(tmp_path, datasets, said.append, progress=False)
    assert histories[0].losses[0] == 0.8958441028683222
    assert len(histories[0]) == 100
    assert "accuracy 100%" in "\n".join(said)


def test_the_yardstick_has_the_losses_of_the_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is timed in the classic engine is the loss that was trained: the first one agrees."""
    from micrograd.classic import Network  # noqa: PLC0415

    monkeypatch.setattr(demo, "MOON_STEPS", 5)
    seen: list[tuple[float, float]] = []

    def compare(history: object, network: object, loss: object, _: object) -> None:
        assert callable(loss)
        seen.append((history.losses[-1], loss(Network(network)).data))  # type: ignore[arg-type,attr-defined]

    monkeypatch.setattr(demo, "_compare", compare)
    monkeypatch.setattr("micrograd.optim.SGD._update", lambda *_: None)  # nothing moves, so the losses stay
    demo.four_points(tmp_path, lambda _: None, progress=False)
    demo.two_moons(tmp_path, datasets, lambda _: None, progress=False)
    for ours, classic in seen:
        assert classic == pytest.approx(ours, rel=1e-12)
    assert len(seen) == 2


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    """Before anything is trained."""
    (tmp_path / "file").write_text("x")
    for name in ("file", "file/below"):
        with pytest.raises(InputError, match="expected a folder to write to"):
            demo.run(tmp_path / name, pytest.fail)


@pytest.mark.parametrize(("module", "extra"), [("matplotlib", "plot"), ("sklearn.datasets", "sklearn")])
def test_a_missing_library_is_named(module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which extra brings it, and nothing is written."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"micrograd\[{extra}\]"):
        demo.run(tmp_path / "new", pytest.fail)
    assert not (tmp_path / "new").exists()


def test_ctrl_c_ends_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes no further."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("micrograd.optim.SGD._update", interrupted)
    with pytest.raises(KeyboardInterrupt):
        demo.run(tmp_path, lambda _: None, progress=False)
