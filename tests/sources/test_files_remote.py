"""Files at a URL: any file system of fsspec, and the web, asked over the loopback."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from own_files import DAYS, M1, SESSIONS, assert_same, csv_of, gzip_of, meant, minutes, parquet_of, put, reads

from sessionlab.errors import BadDataError, ConfigError, NoDataError, SourceError
from sessionlab.sources.files import Files

BARS = minutes()


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    yield fs
    fs.store.clear()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        super().do_GET()


@pytest.fixture
def web(tmp_path, monkeypatch) -> Iterator[tuple[Path, str, list[str]]]:
    """A folder, its address, and what was fetched from it."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(tmp_path))) as server:
        server.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_address[1]}", server.asked  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def by_date(date: str):
    return BARS[BARS.timestamp.dt.strftime("%Y-%m-%d") == date]


def test_a_file_system_of_fsspec_is_read_like_a_folder(memory):
    for date in DAYS:
        memory.pipe_file(f"/data/SPY/{date}.csv.gz", gzip_of(csv_of(by_date(date))))
        memory.pipe_file(f"/hive/symbol=SPY/date={date}/0.parquet", parquet_of(by_date(date)))

    for template in ("memory://data/{symbol}/{date}.csv.gz", "memory://data/{symbol}/*.gz", "memory://hive"):
        files = Files(template)

        assert files.availability(["SPY", "QQQ"], SESSIONS)["SPY"].intervals == {"1m": True}
        assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))
        assert files.symbols() == ["SPY"]


def test_a_changed_object_is_noticed_by_the_next_lab(memory):
    memory.pipe_file("/data/SPY.csv", csv_of(BARS).encode())
    files = Files("memory://data/{symbol}.csv")
    before = reads()
    for _ in range(2):
        assert files.load("SPY", M1, SESSIONS)[1].rows.size == 210
    assert reads() - before == 1

    memory.pipe_file("/data/SPY.csv", csv_of(BARS[:400]).encode())
    files.availability(["SPY"], SESSIONS)

    assert files.load("SPY", M1, SESSIONS)[1].rows.size == 10


def test_an_object_that_changes_while_it_is_read_is_refused(memory, monkeypatch):
    memory.pipe_file("/data/SPY.csv", csv_of(BARS).encode())
    files = Files("memory://data/{symbol}.csv")
    kind, read = type(memory), type(memory).cat_file

    def slowly(self, path, *args, **options):
        data = read(self, path, *args, **options)
        self.pipe_file(path, csv_of(BARS[:100]).encode())
        return data

    monkeypatch.setattr(kind, "cat_file", slowly)

    with pytest.raises(BadDataError, match="changed while it was read"):
        files.load("SPY", M1, SESSIONS)


def test_the_web_is_asked_for_whole_names(web):
    folder, address, asked = web
    for date in DAYS:
        put(folder / f"SPY/{date}.csv", csv_of(by_date(date)))

    assert_same(Files(address + "/{symbol}/{date}.csv").load("SPY", M1, SESSIONS), meant(BARS))
    assert len(asked) == 2
    assert_same(Files(address + "/{symbol}/{date}.csv", label="auto").load("SPY", M1, SESSIONS), meant(BARS))
    assert len(asked) == 2  # kept, since the server says that nothing changed


def test_one_file_of_the_web_may_hold_everything(web):
    folder, address, _ = web
    put(folder / "all.csv.gz", gzip_of(csv_of(BARS.assign(symbol="SPY"))))

    files = Files(address + "/all.csv.gz")

    assert files.availability(["SPY"], SESSIONS)["SPY"].intervals == {"1m": True}
    assert_same(files.load("SPY", M1, SESSIONS), meant(BARS))


def test_what_is_not_there_and_who_does_not_answer_are_told_apart(web):
    _, address, _ = web

    with pytest.raises(NoDataError, match="has no 1m bars of SPY"):
        Files(address + "/{symbol}.csv").load("SPY", M1, SESSIONS)
    with pytest.raises(SourceError, match=r"cannot be reached .*; check the address and the network"):
        Files("http://127.0.0.1:9/{symbol}.csv").load("SPY", M1, SESSIONS)
    with pytest.raises(ConfigError, match="cannot be opened"):
        Files("nosuchscheme://bucket/{symbol}.csv")
    with pytest.raises(NoDataError, match="does not exist"):
        Files("memory://nowhere/{symbol}.csv")
