"""Names of files as one pattern: ``data/{symbol}/{date}.csv``. A name says whose rows a file holds, and of which dates.

{symbol}    as it is, or percent-encoded (BTC%2FUSD)
{date}      a trading date: 2025-07-02, 20250702, 2025_07_02, or as {date:%d%m%y} says
{month}     2025-07, 202507, or as {month:%m} says; {year} and {day} complete it
{interval}  1s, 1m, 5min, 1h, 1d, minute, daily
* and ?     anything that means nothing
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from sessionlab.errors import ConfigError
from sessionlab.sources.faults import unknown_keys
from sessionlab.timing import Interval

FIELDS = ("symbol", "date", "month", "year", "day", "interval")
_FIELD = re.compile(r"\{([A-Za-z_]*)(?::([^{}]*))?\}")
_TEXTS = {
    "symbol": r"[^/]+?",
    "date": r"\d{4}-\d{2}-\d{2}|\d{8}|\d{4}_\d{2}_\d{2}",
    "month": r"\d{4}[-_]?\d{2}",
    "year": r"\d{4}",
    "day": r"\d{1,2}",
    "interval": r"[1-9]\d*(?:s|sec|m|[Mm]in|h|[Hh]our|d|w|D|H)|(?i:second|minute|hour|hourly|day|daily)",
}
_DIRECTIVES = {"Y": r"\d{4}", "y": r"\d{2}", "m": r"\d{1,2}", "d": r"\d{1,2}", "b": "[A-Za-z]{3}", "j": r"\d{3}", "%": "%"}
_WORDS = {"second": "1s", "minute": "1m", "hour": "60m", "hourly": "60m", "day": "1d", "daily": "1d"}


class Named(NamedTuple):
    """What a name says: ``symbol``, the trading dates of its ``period`` (2025-07-02, 2025-07 or 2025), the bars' width.

    What it does not say is None; no period is the empty text.
    """

    symbol: str | None = None
    period: str = ""
    interval: Interval | None = None

    @property
    def is_dated(self) -> bool:
        """Whether it names one trading date."""
        return len(self.period) == 10


class FileTemplate:
    """The pattern ``text``. ``root`` is the part without fields, ``segments`` the rest, parted at slashes.

    >>> template = FileTemplate("data/{symbol}/{date}.csv")
    >>> template.root, template.named({"symbol": "SPY", "date": "20250702"}).period
    ('data', '2025-07-02')
    """

    def __init__(self, text: str) -> None:
        for name, _ in _FIELD.findall(text):
            if name not in FIELDS:
                raise ConfigError("; ".join(unknown_keys({name: 0}, list(FIELDS), f"the template {text!r}")), value=text)
        if re.search(r"[{}]", _FIELD.sub("", text)):
            raise ConfigError(f"the template {text!r} has a brace without its pair; fields are {{symbol}}, {{date}}", value=text)
        self.text = text
        self.fields = tuple(dict.fromkeys(name for name, _ in _FIELD.findall(text)))
        self._formats = {name: form for name, form in _FIELD.findall(text) if form}
        whole = "date" in self.fields or ({"year", "month"} <= set(self.fields))
        if ("day" in self.fields and not whole) or (not whole and not re.search("%[Yy]", self._formats.get("month", "%Y"))):
            raise ConfigError(f"the template {text!r} has no whole date; add {{year}} and {{month}}, or use {{date}}", value=text)
        head, sep, tail = text.partition("://")
        prefix, path = (head + sep, tail) if sep else ("", text)
        parts = path.split("/")
        at = next((i for i, part in enumerate(parts) if _is_pattern(part)), len(parts))
        self.root = prefix + ("/".join(parts[:at]) or "/" * (at > 0))
        self.segments = tuple(parts[at:])
        for segment in self.segments:
            _regex(segment)

    @property
    def period_form(self) -> str:
        """How the period of a file is written, for strftime; empty where names have none."""
        if "date" in self.fields or "day" in self.fields:
            return "%Y-%m-%d"
        return "%Y-%m" if "month" in self.fields else "%Y" if "year" in self.fields else ""

    def match(self, segment: str, name: str) -> dict[str, str] | None:
        """The texts of the fields where ``name`` fits ``segment``, else None."""
        found = _regex(segment).fullmatch(name)
        return None if found is None else found.groupdict()

    def named(self, texts: Mapping[str, str]) -> Named | None:
        """What the texts of all fields say; None where they are no date."""
        symbol = texts.get("symbol")
        try:
            interval = read_interval(texts["interval"]) if "interval" in texts else None
            period = self._date(texts).strftime(self.period_form) if self.period_form else ""
        except (ValueError, ConfigError):
            return None
        return Named(None if symbol is None else unquote(symbol), period, interval)

    def fill(self, symbol: str, date: dt.date, interval: str) -> str:
        """The one name that is meant where folders cannot be listed. A date or month is written in the ISO way."""
        values = {"symbol": symbol.replace("/", "%2F"), "interval": interval}
        forms = {"date": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "day": "%d", **self._formats}
        return _FIELD.sub(lambda field: values.get(field[1]) or date.strftime(forms[field[1]]), self.text)

    def _date(self, texts: Mapping[str, str]) -> dt.datetime:
        if "date" in texts:
            return _parsed(texts["date"], self._formats.get("date"), "%Y%m%d")
        form = self._formats.get("month")
        if "month" not in texts:
            return _parsed(texts["year"], self._formats.get("year"), "%Y")
        if form is None or "year" not in texts:
            month = _parsed(texts["month"], form, "%Y%m")
        else:
            month = _parsed(f"{texts['year']} {texts['month']}", f"%Y {form}", "")
        return month.replace(day=int(texts["day"])) if "day" in texts else month

    def __repr__(self) -> str:
        return f"FileTemplate({self.text!r})"


def read_interval(text: str) -> Interval:
    """The interval that a name means: ``1m``, ``5min``, ``1H``, ``minute``, ``daily``.

    >>> [str(read_interval(text)) for text in ("5min", "daily", "1H", "30sec")]
    ['5m', '1d', '60m', '30s']
    """
    word = _WORDS.get(text.lower())
    if word is not None:
        return Interval.parse(word)
    return Interval.parse(
        re.sub(r"(?i)(?<=\d)(sec|min|hour)$", lambda unit: unit[0][0].lower(), text).replace("D", "d").replace("H", "h")
    )


@lru_cache(maxsize=65536)
def _parsed(text: str, form: str | None, digits_form: str) -> dt.datetime:
    return dt.datetime.strptime(text, form) if form else dt.datetime.strptime(re.sub("[-_]", "", text), digits_form)


def _is_pattern(segment: str) -> bool:
    return bool(_FIELD.search(segment)) or "*" in segment or "?" in segment


@lru_cache(maxsize=1024)
def _regex(segment: str) -> re.Pattern[str]:
    parts, at, seen = [], 0, set()
    for field in _FIELD.finditer(segment):
        parts.append(_plain(segment[at : field.start()], first=at == 0))
        name, form = field.groups()
        text = _form_regex(form) if form else _TEXTS[name]
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{text})")
        seen.add(name)
        at = field.end()
    parts.append(_plain(segment[at:], first=at == 0))
    return re.compile("".join(parts))


def _plain(text: str, *, first: bool) -> str:
    pattern = re.escape(text).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return "(?![.])" + pattern if first and text[:1] in ("*", "?") else pattern  # as a shell, pass over hidden files


def _form_regex(form: str) -> str:
    parts = re.split("(%.)", form)
    try:
        return "".join(_DIRECTIVES[part[1]] if part.startswith("%") else re.escape(part) for part in parts)
    except KeyError as why:
        raise ConfigError(
            f"{form!r} has %{why.args[0]}, which no date in a name needs; use %Y %y %m %d %b %j", value=form
        ) from why
