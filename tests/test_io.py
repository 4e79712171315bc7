"""Model files: brought back exactly, damage told in one line."""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from micrograd import io
from micrograd.data import Standardizer
from micrograd.encoder import Encoder, Feature
from micrograd.errors import InputError
from micrograd.nn import MLP
from micrograd.predictor import Predictor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENDINGS = ("model.json", "model.npz")
AWKWARD = [0.1, 5e-324, 1.7976931348623157e308, -0.0, 1 / 3, 2.0**-1022, -1e-17]


def model(*classes: str) -> Predictor:
    """Return a predictor with numbers that are easily spoilt."""
    names = classes or ("no", "ja, größer 東")
    encoder = Encoder((Feature("a", None), Feature("town", ("Ulm", 'say "x"'))), "c", names)
    network = MLP(3, [4, 1], activation="gelu", rng=random.Random(1))
    for p, number in zip(network.parameters(), AWKWARD, strict=False):
        p.data = number
    return Predictor(network, encoder, Standardizer((0.1, 1 / 3, 1e300), (1e-300, 3.3, 5e-324)), None)


def names_in(folder: Path) -> list[str]:
    """Return the names of all files in a folder, hidden ones too."""
    return sorted(os.listdir(folder))  # noqa: PTH208  # the names are what is wanted


def refusal(path: Path) -> str:
    """Return the one line that says why a file is no model."""
    with pytest.raises(InputError) as caught:
        io.load(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", ENDINGS)
def test_a_model_comes_back_exactly(name: str, tmp_path: Path) -> None:
    """Every number keeps every bit, and every name every character."""
    io.save(model(), tmp_path / name)
    twin = io.load(tmp_path / name)
    assert repr(twin.to_dict()) == repr(model().to_dict())
    assert twin.encoder == model().encoder
    assert names_in(tmp_path) == [name]


def test_the_ending_says_the_format(tmp_path: Path) -> None:
    """JSON is a text with the versions in it, NPZ opens with NumPy alone; the content decides when reading."""
    for name in ENDINGS:
        io.save(model(), tmp_path / name)
    document = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    assert (document["format"], document["format_version"]) == ("micrograd model", 1)
    assert document["micrograd"]
    with np.load(tmp_path / "model.npz", allow_pickle=False) as archive:
        assert archive["weights0"].shape == (4, 3)
        assert json.loads(archive["metadata"].item())["format"] == "micrograd model"
    (tmp_path / "model.npz").rename(tmp_path / "renamed.json")
    assert io.load(tmp_path / "renamed.json").to_dict() == model().to_dict()


def test_other_endings_are_refused(tmp_path: Path) -> None:
    """A model file ends in .json or .npz."""
    for name in ("model", "model.pkl", "json"):
        with pytest.raises(InputError, match=r"a model file, which ends in \.json or \.npz; give it that ending"):
            io.save(model(), tmp_path / name)
    assert names_in(tmp_path) == []


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """So is a folder, which cannot be read."""
    assert "found none of this name" in refusal(tmp_path / "model.json")
    assert "expected a model file to read" in refusal(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b'{"format": "other"}', b"a,b\n1,2\n", b"PK\x03\x04", b"\xff\xfe", b"[" * 100_000],
    ids=range(9),
)
def test_what_is_no_model_is_told(content: bytes, tmp_path: Path) -> None:
    """Whatever else a file holds, one line says so."""
    path = tmp_path / "model.json"
    path.write_bytes(content)
    assert "expected a model file of micrograd" in refusal(path)


def test_an_archive_of_others_is_told(tmp_path: Path) -> None:
    """An NPZ without our metadata is no model, and one with a pickle is not even opened."""
    np.savez(tmp_path / "other.npz", weights0=np.zeros(3))
    assert "expected a model file" in refusal(tmp_path / "other.npz")
    np.savez(tmp_path / "pickled.npz", metadata=np.array([{"format": "micrograd model"}], dtype=object))
    assert "expected a model file" in refusal(tmp_path / "pickled.npz")


def spoil(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Return a function that sets an entry of a document."""
    return lambda document: document.__setitem__(key, value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda document: document.pop("layers"),
        lambda document: document.pop("target"),
        lambda document: document["layers"].pop(),
        lambda document: document["layers"][0]["weights"][0].pop(),
        lambda document: document["layers"][0]["biases"].pop(),
        lambda document: document["layers"][0]["biases"].__setitem__(0, None),
        lambda document: document["layers"][0]["weights"][0].__setitem__(0, "two"),
        lambda document: document["layers"][0]["weights"][0].__setitem__(0, float("nan")),
        lambda document: document["layers"][0]["weights"][0].__setitem__(0, 10**400),
        lambda document: document["layers"][0].__setitem__("activation", "magic"),
        lambda document: document["layers"][0].__setitem__("activation", ["tanh"]),
        lambda document: document["inputs"]["mean"].pop(),
        lambda document: document["inputs"]["scale"].__setitem__(0, 0.0),
        lambda document: document["encoder"].pop("features"),
        lambda document: document["encoder"].__setitem__("classes", ["one"]),
        spoil("layers", []),
        spoil("layers", 7),
        spoil("inputs", None),
        spoil("target", {"mean": [0.0], "scale": [1.0]}),
        spoil("encoder", "a"),
    ],
)
def test_a_damaged_model_is_told(damage: Callable[[dict[str, Any]], None], tmp_path: Path) -> None:
    """An entry that is missing, of another kind or out of range is a damaged file, never a wrong model."""
    path = tmp_path / "model.json"
    io.save(model(), path)
    document = json.loads(path.read_text(encoding="utf-8"))
    damage(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    assert "this model file is damaged" in refusal(path)


def test_a_newer_format_is_told(tmp_path: Path) -> None:
    """A model of a newer micrograd asks for that, rather than to be read wrongly."""
    path = tmp_path / "model.json"
    io.save(model(), path)
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, "format_version": 2, "micrograd": "9.9"}), encoding="utf-8")
    assert "micrograd 9.9 wrote this model, in format 2" in refusal(path)


@pytest.mark.parametrize("name", ENDINGS)
def test_a_file_cut_short_is_told(name: str, tmp_path: Path) -> None:
    """However much of the end is missing, nothing but an input error comes of it."""
    path = tmp_path / name
    io.save(model(), path)
    data = path.read_bytes()
    for length in range(0, len(data) - 2, max(1, len(data) // 60)):
        path.write_bytes(data[:length])
        refusal(path)


@pytest.mark.parametrize("name", ENDINGS)
def test_spoilt_bytes_do_no_harm(name: str, tmp_path: Path) -> None:
    """With a byte changed, a file is refused or is still a model that predicts."""
    path = tmp_path / name
    io.save(model(), path)
    data = path.read_bytes()
    rng = random.Random(2)
    for _ in range(150):
        spoilt = bytearray(data)
        spoilt[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(spoilt)
        try:
            twin = io.load(path)
        except InputError:
            continue
        assert len(twin.outputs([[0.0, 1.0, 0.0]])) == 1
