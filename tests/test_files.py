"""Files: written whole or not at all, in places and under names that are checked before the work."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from micrograd.errors import InputError
from micrograd.files import check_ending, check_writable, whole_file


def names_in(folder: Path) -> list[str]:
    """Return the names of all files in a folder, hidden ones too."""
    return sorted(os.listdir(folder))  # noqa: PTH208  # the names are what is wanted


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    """What was there is replaced, and nothing else is left."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    with whole_file(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names_in(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_or_it_is_not_written_at_all(error: type[BaseException], tmp_path: Path) -> None:
    """An error or Ctrl-C on the way leaves what was there, and nothing half-written."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), whole_file(path) as file:  # noqa: PT012  # the error is to come after a write
        file.write(b"half")
        raise error
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["a.txt"]


def test_a_refusal_of_the_system_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder, and a rename that fails, are input errors; the old file stays."""
    with (
        pytest.raises(InputError, match=r"a\.txt cannot be written: there is no folder"),
        whole_file(tmp_path / "no" / "a.txt"),
    ):
        pass
    path = tmp_path / "a.txt"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(InputError, match="Permission denied; choose another place"), whole_file(path) as file:
        file.write(b"new")
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that a link leads to is replaced, not the link."""
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    with whole_file(tmp_path / "link.txt") as file:
        file.write(b"new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions differ there")
def test_a_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    """Others may read it where they may read what this user creates."""
    (tmp_path / "plain").write_text("x")
    with whole_file(tmp_path / "whole") as file:
        file.write(b"x")
    assert (tmp_path / "whole").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_place_is_checked_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, a place without a folder, one below a file and one that is locked are refused; others pass."""
    (tmp_path / "file").write_text("x")
    check_writable(tmp_path / "new.json")
    check_writable(tmp_path / "file")
    for name, problem in (
        (".", "got a folder"),
        ("no/a.json", "there is no folder"),
        ("file/a.json", "there is no folder"),
    ):
        with pytest.raises(InputError, match=problem):
            check_writable(tmp_path / name)

    def locked(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", locked)
    with pytest.raises(InputError, match=r"new\.json cannot be written: Permission denied"):
        check_writable(tmp_path / "new.json")
    assert names_in(tmp_path) == ["file"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that even root cannot write to")
def test_a_locked_folder_is_found_out_by_root_too() -> None:
    """A folder of the system takes no files from anyone."""
    with pytest.raises(InputError, match="cannot be written"):
        check_writable("/proc/model.json")


@pytest.mark.parametrize("name", ["a", "a.pdf", ".html", "html", ""])
def test_a_name_that_does_not_say_what_it_holds_is_refused(name: str) -> None:
    """The message says what was expected, which is in any case right."""
    with pytest.raises(InputError, match=rf"^'{name}': expected the name of a page, which ends in \.html or \.htm;"):
        check_ending(name, (".html", ".htm"), "a page")
    with pytest.raises(InputError, match=r"which ends in \.gif; give it that ending"):
        check_ending(name, (".gif",), "a film")
    check_ending(Path("folder", f"x{name}.HTML"), (".html", ".htm"), "a page")
