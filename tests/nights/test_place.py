"""Reports are put in place whole, on a local disk and on a file system of fsspec alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from sessionlab.errors import ConfigError, SourceError
from sessionlab.nights.place import place_at


@pytest.fixture
def remote() -> Iterator[str]:
    yield "memory://a-night-of-tests/deep"
    fsspec.filesystem("memory").rm("/a-night-of-tests", recursive=True)


@pytest.mark.parametrize("kind", ["path", "file", "memory"])
def test_what_is_written_is_read_and_its_folders_are_made(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    names = {"path": str(tmp_path / "x"), "file": f"file://{tmp_path}/x", "memory": "memory://a-night-of-tests"}
    if kind == "memory":
        request.getfixturevalue("remote")
    place = place_at(names[kind])
    place.write("2025/a.html", b"one")
    place.write("2025/a.html", b"two")

    assert place.read("2025/a.html") == b"two"
    assert place.read("2025/none.html") is None
    assert place.local == (None if kind == "memory" else tmp_path / "x")
    assert place.create("lock", b"mine")
    assert not place.create("lock", b"other")
    assert place.read("lock") == b"mine"
    place.remove("lock")
    place.remove("lock")
    assert place.read("lock") is None


def test_a_remote_file_is_not_there_before_all_of_it_is(remote: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = place_at(remote)
    place.write("a.html", b"whole")
    memory = fsspec.filesystem("memory")
    opened = memory.open

    def breaks(path: str, mode: str = "rb", **how: object) -> object:
        file = opened(path, mode, **how)
        if mode == "wb":
            file.write(b"ha")
            raise OSError("the line is gone")
        return file

    monkeypatch.setattr(type(memory), "open", lambda self, *given, **how: breaks(*given, **how))
    with pytest.raises(SourceError, match="the line is gone"):
        place.write("a.html", b"half")
    monkeypatch.undo()

    assert place.read("a.html") == b"whole"


def test_no_temporary_file_stays_on_the_disk(tmp_path: Path) -> None:
    place_at(str(tmp_path)).write("a.html", b"one")

    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_what_cannot_be_a_place_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="is a file, not a folder"):
        place_at(str(tmp_path / "file" / "x"))
    with pytest.raises(ConfigError, match="cannot be opened"):
        place_at("nosuchscheme://bucket/x")
    with pytest.raises(ConfigError, match="there can be no such folder"):
        place_at(str(tmp_path / ("long" * 100)))


def test_what_cannot_be_removed_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.html").mkdir()
    with pytest.raises(SourceError, match=r"a\.html could not be removed: "):
        place_at(str(tmp_path)).remove("a.html")


def test_secrets_of_an_address_are_not_told() -> None:
    place = place_at("memory://user:pw@a-night-of-tests/x")

    assert "pw" not in place.where
