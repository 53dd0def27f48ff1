"""A folder that names what is in it, ``symbol=AAPL/date=2025-07-02/part-0.parquet``, as a template."""

from __future__ import annotations

import re

from sessionlab.errors import ConfigError, NoDataError
from sessionlab.sources.places import Place

_FIELDS = {
    **dict.fromkeys(("symbol", "ticker", "sym", "instrument"), "{symbol}"),
    **dict.fromkeys(("date", "trading_date", "trade_date", "session", "dt"), "{date}"),
    **dict.fromkeys(("interval", "timeframe", "bar", "bars", "freq", "frequency", "resolution"), "{interval}"),
    "year": "{year}",
}
_DEEPEST = 8


def template_of_folder(place: Place, folder: str) -> str:
    """The template of the files under ``folder``. Raises :class:`ConfigError` where folders are not named ``key=value``."""
    folder = folder.rstrip("/") or "/"
    at, segments = folder, list[str]()
    while len(segments) < _DEEPEST:
        entries = [entry for entry in place.entries(at) if not entry.name.startswith((".", "_"))]
        names = [entry.name for entry in entries if entry.is_folder]
        if not entries:
            raise NoDataError(f"{at} holds no files; give a template such as {folder}/{{symbol}}.csv", path=at)
        if not names:
            break
        segments.append(_segment(names, at))
        at = f"{at}/{names[0]}"
    if not segments:
        some = entries[0].name
        raise ConfigError(
            f"{folder} is a folder; say how its files are named, such as {some!r}: a template like {folder}/{{symbol}}.csv, with "
            "{date}, {month} or {interval} where names have them",
            path=folder,
        )
    suffixes = {"".join(re.findall(r"\.[A-Za-z]\w*", entry.name)[-2:]) for entry in entries}
    return "/".join([folder, *segments, "*" + (suffixes.pop() if len(suffixes) == 1 else "")])


def _segment(names: list[str], at: str) -> str:
    keys = {name.partition("=")[0] for name in names}
    if len(keys) > 1 or any("=" not in name for name in names):
        raise ConfigError(
            f"{at} holds folders such as {names[0]!r}, which are not named key=value; say in a template how they are named",
            path=at,
        )
    key, _, value = names[0].partition("=")
    if key.lower() == "month":
        field = "{month}" if len(value) > 2 else "{month:%m}"
    elif key.lower() == "day":
        field = "{day}" if len(value) <= 2 else "{date}"
    else:
        field = _FIELDS.get(key.lower(), "*")
    return f"{key}={field}"
