"""Files: written whole or not at all, and model files that bring a predictor back exactly, JSON or NPZ."""

from __future__ import annotations

import io
import json
import os
import secrets
import stat
import tempfile
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from micrograd.errors import InputError
from micrograd.predictor import Predictor

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_model_name", "check_writable", "load", "save", "whole_file"]

FORMAT = "micrograd model"
FORMAT_VERSION = 1  # raised when an older micrograd could no longer read what a newer one writes
MODEL_ENDINGS = (".json", ".npz")
ZIP_MAGIC = b"PK"


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Return a context with a binary file to write, which takes the place of `path` when all went well.

    Until then it has a name of its own in the same folder; on an error it is removed, and what was at `path`
    stays there untouched.

    Args:
        path: the file to be, in a folder that exists.

    Raises:
        InputError: the system refuses to create, write or rename the file.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "note.txt")
        ...     with whole_file(path) as file:
        ...         size = file.write(b"all of it")
        ...     path.read_text()
        'all of it'
    """
    target = Path(os.path.realpath(path))  # through a link to the file itself
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():  # who may read it stays as it was
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except OSError as error:
        message = f"{os.fspath(path)} cannot be written: {error.strerror or error}; choose another place"
        raise InputError(message) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Find out whether a file can be written, before the work that it is to hold.

    Args:
        path: the file to be; one that is there may be replaced.

    Raises:
        InputError: it is a folder, its folder does not exist, or no file can be created in that.
    """
    name, target = os.fspath(path), Path(os.path.realpath(path))
    if target.exists() and not (target.is_file() or target.is_dir()):
        message = f"{name} cannot be written: it is no ordinary file; choose another"
        raise InputError(message)
    if target.is_dir():
        message = f"{name}: expected the name of a file to write, got a folder; add a name"
        raise InputError(message)
    if not target.parent.is_dir():
        message = f"{name} cannot be written: there is no folder {target.parent}; make it, or choose another"
        raise InputError(message)
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        message = f"{name} cannot be written: {error.strerror or error}; choose another folder"
        raise InputError(message) from error


def check_model_name(path: str | os.PathLike[str]) -> None:
    """Refuse a name that says no format of model files.

    Raises:
        InputError: it ends neither in .json nor in .npz.
    """
    if Path(path).suffix.lower() not in MODEL_ENDINGS:
        message = f"{os.fspath(path)}: expected the name of a model file, in .json or .npz; give it that ending"
        raise InputError(message)


def save(model: Predictor, path: str | os.PathLike[str]) -> None:
    """Write a model file, from which `load` brings back every number exactly.

    Args:
        model: the trained network with all that prediction needs.
        path: ends in .json, for a text that can be read anywhere, or in .npz, for NumPy's arrays.

    Raises:
        InputError: the name has another ending, or the file cannot be written.

    Example:
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
