"""Files that lie elsewhere: on any file system of ``fsspec``, on the web. What is said of them is asked once a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.errors import BadDataError, ConfigError, SourceError
from sessionlab.sources.places import Entry, Version, changed

_TIMEOUT_SECONDS = 60
_VERSIONED_BY = (
    "ETag",
    "etag",
    "version_id",
    "md5Hash",
    "content_md5",
    "sha256",
    "mtime",
    "LastModified",
    "last_modified",
    "created",
)


class RemotePlace:
    """A file system of fsspec. What it says of folders and files is remembered until :meth:`forget`."""

    can_list = True

    def __init__(self, url: str, storage_options: Mapping[str, Any] | None = None) -> None:
        import fsspec

        try:
            self._fs, _ = fsspec.core.url_to_fs(url, **dict(storage_options or {}))
        except (ValueError, ImportError) as why:
            raise ConfigError(f"{url} cannot be opened ({why}); install what it needs, or copy the files here", path=url) from why
        self._asked = 0
        self._entries: dict[str, list[Entry]] = {}
        self._versions: dict[str, Version | None] = {}

    def folder_version(self, path: str) -> object:
        """The same until it is to ask again."""
        return self._asked

    def entries(self, path: str) -> list[Entry]:
        """The names in a folder, sorted; none where it is not there."""
        if path not in self._entries:
            try:
                found = self._fs.ls(path, detail=True)
            except (FileNotFoundError, NotADirectoryError):
                found = []
            except OSError as why:
                raise _unreachable(path, why) from why
            named = [(str(one["name"]).rstrip("/").rpartition("/")[2], one) for one in found]
            self._entries[path] = sorted(Entry(name, one.get("type") == "directory") for name, one in named if name)
        return self._entries[path]

    def version(self, path: str) -> Version | None:
        """What the server says of a file's state, and its size; None where it is not there."""
        if path not in self._versions:
            self._versions[path] = self._ask(path)
        return self._versions[path]

    def read(self, path: str, version: Version) -> bytes:
        """The whole file as it was at ``version``."""
        try:
            data: bytes = self._fs.cat_file(path)
        except FileNotFoundError as why:
            raise BadDataError(f"{path} is gone; it was there a moment ago: ask again", path=path) from why
        except OSError as why:
            raise _unreachable(path, why) from why
        if version[1] not in (-1, len(data)) or self._ask(path) != version:
            raise changed(path)
        return data

    def identity(self, path: str) -> str:
        """The address."""
        return path

    def forget(self) -> None:
        """Ask again from now on."""
        self._entries, self._versions = {}, {}
        self._asked += 1
        self._fs.invalidate_cache()

    def _ask(self, path: str) -> Version | None:
        try:
            said = self._fs.info(path)
        except FileNotFoundError:
            return None
        except OSError as why:
            raise _unreachable(path, why) from why
        if said.get("type") == "directory":
            return None
        size = said.get("size")
        state = next((str(said[key]) for key in _VERSIONED_BY if said.get(key) is not None), "")
        return state, -1 if size is None else int(size)


class WebPlace:
    """The web, asked by ``HEAD`` and ``GET``. It has no folders, so files are asked for by their whole names."""

    can_list = False

    def __init__(self) -> None:
        self._versions: dict[str, Version | None] = {}

    def folder_version(self, path: str) -> object:
        """Nothing: there are no folders."""

    def entries(self, path: str) -> list[Entry]:
        """None: there are no folders."""
        return []

    def version(self, path: str) -> Version | None:
        """What the server says of a file's state, and its size; None where it is not there."""
        if path not in self._versions:
            self._versions[path] = self._ask(path)
        return self._versions[path]

    def read(self, path: str, version: Version) -> bytes:
        """The whole file as it was at ``version``."""
        found = _fetch(path, "GET")
        if found is None:
            raise BadDataError(f"{path} is gone; it was there a moment ago: ask again", path=path)
        headers, data = found
        size = headers.get("Content-Length")
        if size is not None and int(size) != len(data):
            raise SourceError(f"{path}: {len(data):,} of {size} bytes came; try again", path=path)
        if _version(headers) != version:
            raise changed(path)
        return data

    def identity(self, path: str) -> str:
        """The address."""
        return path

    def forget(self) -> None:
        """Ask again from now on."""
        self._versions = {}

    def _ask(self, path: str) -> Version | None:
        found = _fetch(path, "HEAD")
        return None if found is None else _version(found[0])


def _fetch(url: str, method: str) -> tuple[Mapping[str, str], bytes] | None:
    """Headers and body, None for 404."""
    import http.client
    import urllib.error
    import urllib.parse
    import urllib.request

    safe = urllib.parse.quote(url, safe="%/:=&?~#+!$,;'@()*[]")
    try:
        with urllib.request.urlopen(urllib.request.Request(safe, method=method), timeout=_TIMEOUT_SECONDS) as answer:
            return answer.headers, answer.read()
    except urllib.error.HTTPError as why:
        if why.code in (404, 410):
            return None
        raise SourceError(f"{url} answered {why.code} {why.reason}; check the address and who may read it", path=url) from why
    except (urllib.error.URLError, http.client.HTTPException, OSError) as why:
        raise _unreachable(url, why) from why


def _version(headers: Mapping[str, str]) -> Version:
    state = headers.get("ETag") or headers.get("Last-Modified") or ""
    return state, int(headers.get("Content-Length") or -1)


def _unreachable(path: str, why: BaseException) -> SourceError:
    reason = str(why).splitlines()[0][:160] if str(why) else type(why).__name__
    return SourceError(f"{path} cannot be reached ({reason}); check the address and the network", path=path)
