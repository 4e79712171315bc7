"""Model files, which bring a predictor back exactly: JSON or NPZ."""

from __future__ import annotations

import io
import json
import os
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from micrograd.errors import InputError
from micrograd.files import check_ending, whole_file
from micrograd.predictor import Predictor

__all__ = ["check_model_name", "load", "save"]

FORMAT = "micrograd model"
FORMAT_VERSION = 1  # raised when an older micrograd could no longer read what a newer one writes
MODEL_ENDINGS = (".json", ".npz")
ZIP_MAGIC = b"PK"


def check_model_name(path: str | os.PathLike[str]) -> None:
    """Refuse a name that says no format of model files.

    Raises:
        InputError: it ends neither in .json nor in .npz.
    """
    check_ending(path, MODEL_ENDINGS, "a model file")


def save(model: Predictor, path: str | os.PathLike[str]) -> None:
    """Write a model file, from which `load` brings back every number exactly.

    Args:
        model: the trained network with all that prediction needs.
        path: ends in .json, for a text that can be read anywhere, or in .npz, for NumPy's arrays.

    Raises:
        InputError: the name has another ending, or the file cannot be written.

    Example:
        >>> import tempfile
        >>> from micrograd.data import Standardizer
        >>> from micrograd.encoder import Encoder, Feature
        >>> from micrograd.nn import MLP
        >>> encoder = Encoder((Feature("a", None),), "b", ("no", "yes"))
        >>> model = Predictor(MLP(1, [1]), encoder, Standardizer((0.1,), (0.3,)), None)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(model, Path(folder, "model.npz"))
        ...     load(Path(folder, "model.npz")).to_dict() == model.to_dict()
        True
    """
    check_model_name(path)
    document = {"format": FORMAT, "format_version": FORMAT_VERSION, "micrograd": _version(), **model.to_dict()}
    write = _write_npz if Path(path).suffix.lower() == ".npz" else _write_json
    with whole_file(path) as file:
        write(document, file)


def load(path: str | os.PathLike[str]) -> Predictor:
    """Return the predictor in a model file, whichever of the two formats it has.

    Nothing in the file is run: it holds numbers and texts only.

    Raises:
        InputError: there is no such file, it cannot be read, is no model file, is damaged, or was written by
            a newer micrograd.
    """
    name = os.fspath(path)
    data = _bytes(name)
    document = _from_npz(data) if data.startswith(ZIP_MAGIC) else _from_json(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        message = f"{name}: expected a model file of micrograd, got another or a damaged one; train a model first"
        raise InputError(message)
    version = document.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        message = f"{name}: micrograd {document.get('micrograd')} wrote this model, in format {version}"
        raise InputError(message + f"; this one reads formats up to {FORMAT_VERSION}: install a newer micrograd")
    try:
        return Predictor.from_dict(document)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        message = f"{name}: this model file is damaged ({error!r}); train the model again"
        raise InputError(message) from error


def _version() -> str:
    """Return the version of micrograd that is installed, to tell who wrote a file."""
    try:
        return metadata.version("micrograd")
    except metadata.PackageNotFoundError:  # it runs from its source
        return "unknown"


def _bytes(name: str) -> bytes:
    """Return what a file holds."""
    try:
        return Path(name).read_bytes()
    except FileNotFoundError as error:
        message = f"{name}: expected a model file, found none of this name; check it and the folder"
        raise InputError(message) from error
    except OSError as error:
        message = f"{name}: expected a model file to read, got: {error.strerror or error}; check it"
        raise InputError(message) from error


def _write_json(document: dict[str, Any], file: BinaryIO) -> None:
    """Write a model as JSON, where every float has as many digits as bring it back."""
    file.write(json.dumps(document, allow_nan=False, ensure_ascii=False, indent=1).encode() + b"\n")


def _from_json(data: bytes) -> Any:  # noqa: ANN401  # whatever the file holds
    """Return what a text holds, or nothing if it is not JSON."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _write_npz(document: dict[str, Any], file: BinaryIO) -> None:
    """Write a model as arrays, and everything but the parameters as a JSON text in one of them."""
    arrays: dict[str, Any] = {}
    layers = []
    for i, layer in enumerate(document["layers"]):
        numbers = {key: layer[key] for key in ("weights", "biases") if layer[key] is not None}
        arrays.update({f"{key}{i}": np.array(array, dtype=float) for key, array in numbers.items()})
        layers.append({"activation": layer["activation"]})
    arrays["metadata"] = np.array(json.dumps({**document, "layers": layers}, allow_nan=False))
    np.savez(file, **arrays)


def _from_npz(data: bytes) -> Any:  # noqa: ANN401  # whatever the file holds
    """Return the document in an archive of arrays, or nothing if there is none."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            document = json.loads(str(archive["metadata"].item()))
            for i, layer in enumerate(document["layers"]):
                layer["weights"] = archive[f"weights{i}"].tolist()
                layer["biases"] = archive[f"biases{i}"].tolist() if f"biases{i}" in archive else None
            return document
    except Exception:  # noqa: BLE001  # a damaged archive makes zipfile, zlib and NumPy raise whatever they like
        return None
