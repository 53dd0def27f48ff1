"""Which column of a table means what: the usual names in any case, or the ones that a user gives.

A meaning that two columns claim with the same right is refused, and what has no meaning here is left out and said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sessionlab.errors import BadDataError, ConfigError
from sessionlab.sources.notes import Notes, few
from sessionlab.tape.block import BAR_COLUMNS

STAMP, TIME, SYMBOL, KNOWN_AT = "timestamp", "time", "symbol", "known_at"
MEANINGS = (STAMP, TIME, *BAR_COLUMNS, SYMBOL, KNOWN_AT)

# From the plainest name to the most far-fetched: where a table has several, the first counts.
_USUAL = {
    STAMP: (
        *("timestamp", "datetime", "date_time", "ts", "bar_time", "bar_start", "start", "window_start", "open_time"),
        *("opentime", "ts_event", "time_stamp", "date", "time", "day", "t", "index", "__index_level_0__", ""),
    ),
    "open": ("open", "open_price", "o"),
    "high": ("high", "high_price", "h"),
    "low": ("low", "low_price", "l"),
    "close": ("close", "close_price", "last", "c"),
    "volume": ("volume", "vol", "v", "total_volume", "tickvol", "tick_volume"),
    SYMBOL: ("symbol", "ticker", "sym", "tic", "instrument"),
    KNOWN_AT: ("known_at",),
}
_DATES, _TIMES = ("date", "day", "trade_date", "trading_date"), ("time", "timestamp", "time_of_day")


def find_columns(names: Sequence[str], given: Mapping[str, str] | None, where: str, notes: Notes) -> dict[str, int]:
    """Positions of the columns that mean something, by meaning. ``given`` says it for some: ``{"open": "PX_OPEN"}``.

    ``TIME`` is among them only where date and time stand apart. Only the volume may be absent. Raises
    :class:`BadDataError` for a column that is not there, for two of one name, and for one meaning with two claims.

    >>> find_columns(["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"], None, "a.csv", notes := Notes())
    {'timestamp': 0, 'open': 1, 'high': 2, 'low': 3, 'close': 4, 'volume': 6}
    >>> notes.sentences
    ['Adj Close is ignored: prices are taken as they traded (first seen in a.csv).']
    """
    at = _given(names, given or {}, where)
    plain = [plain_name(name) for name in names]
    taken = set(at.values())
    if STAMP not in at and TIME not in at:
        at |= _date_and_time(plain, taken)
    taken = set(at.values())
    for meaning, usual in _USUAL.items():
        if meaning in at:
            continue
        found = _first(plain, usual, taken, names, meaning, where)
        if found is not None:
            at[meaning] = found
            taken.add(found)
    missing = [meaning for meaning in (STAMP, *BAR_COLUMNS) if meaning not in at and meaning != "volume"]
    used = next((name for name in missing if any(names[i] == name for i in taken)), None)
    if used is not None:
        instead = next(meaning for meaning, i in at.items() if names[i] == used)
        raise BadDataError(
            f"{where}: columns gives {used!r} for {instead}, so that {used} has none; give it its own, or the same",
            path=where,
            column=used,
        )
    if missing:
        raise BadDataError(
            f"{where} has no column {', '.join(missing)}; it has {few(names) or 'none'}; "
            f"say which one is meant, as in columns={{{missing[0]!r}: 'its name'}}",
            path=where,
            missing=missing,
        )
    _say_left_out(names, plain, taken, where, notes)
    return {meaning: at[meaning] for meaning in MEANINGS if meaning in at}


def plain_name(name: str) -> str:
    """A column's name without case, blanks and what vendors put around it.

    >>> [plain_name(name) for name in ("<OPEN>", "1. open", " Vol. ", "Adj Close", "Unnamed: 0")]
    ['open', 'open', 'vol', 'adj_close', '']
    """
    bare = name.strip().strip("<>\"'\ufeff").lower()
    bare = re.sub(r"^\d+[a-z]?\. ", "", bare).strip(" .:")
    if bare.startswith("unnamed"):
        return ""
    return re.sub(r"[\s\-]+", "_", bare)


def check_given(columns: Mapping[str, str] | Sequence[str] | None) -> Mapping[str, str] | tuple[str, ...] | None:
    """``columns`` as a user gave them: names by meaning, in either direction, or all names of a file without header.

    >>> check_given({"PX_OPEN": "open"})
    {'open': 'PX_OPEN'}
    """
    if columns is None:
        return None
    if isinstance(columns, str) or not isinstance(columns, (Mapping, Sequence)):
        raise ConfigError(f"columns is {columns!r}; write {{'open': 'its name'}}, or a list of all names", columns=columns)
    if not all(
        isinstance(name, str) for pair in (columns.items() if isinstance(columns, Mapping) else [columns]) for name in pair
    ):
        raise ConfigError(f"columns is {columns!r}; names are texts, as in {{'open': 'its name'}}", columns=columns)
    if not isinstance(columns, Mapping):
        twice = next((name for name in columns if name and columns.count(name) > 1), None)
        if twice is not None:
            raise ConfigError(f"columns names {twice!r} twice; give each column a name of its own", columns=columns)
        return tuple(columns)
    if all(key in MEANINGS for key in columns):
        return dict(columns)
    if all(value in MEANINGS for value in columns.values()):
        if len(set(columns.values())) < len(columns):
            raise ConfigError(f"columns gives one meaning to two columns: {dict(columns)!r}", columns=dict(columns))
        return {meaning: name for name, meaning in columns.items()}
    unknown = [key for key in columns if key not in MEANINGS]
    raise ConfigError(
        f"columns says what {', '.join(map(repr, unknown[:3]))} is, which has no meaning here; there are {', '.join(MEANINGS)}",
        columns=dict(columns),
    )


def _given(names: Sequence[str], given: Mapping[str, str], where: str) -> dict[str, int]:
    at = {}
    for meaning, name in given.items():
        places = [i for i, there in enumerate(names) if there == name] or [
            i for i, there in enumerate(names) if there.strip().lower() == name.strip().lower()
        ]
        if not places:
            raise BadDataError(
                f"{where} has no column {name!r}, which columns gives for {meaning}; it has {few(names)}", path=where, column=name
            )
        if len(places) > 1:
            raise BadDataError(f"{where} has {len(places)} columns {name!r}; rename all but one", path=where, column=name)
        at[meaning] = places[0]
    return at


def _date_and_time(plain: Sequence[str], taken: set[int]) -> dict[str, int]:
    """A column of dates and one of times of day beside it."""
    dates = [i for i, name in enumerate(plain) if name in _DATES and i not in taken]
    times = [i for i, name in enumerate(plain) if name in _TIMES and i not in taken]
    if len(dates) != 1 or len(times) != 1 or any(name in ("datetime", "date_time") for name in plain):
        return {}
    if plain[times[0]] == "timestamp":  # most often a whole stamp, with the date beside it for convenience
        return {}
    return {STAMP: dates[0], TIME: times[0]}


def _first(
    plain: Sequence[str], usual: Sequence[str], taken: set[int], names: Sequence[str], meaning: str, where: str
) -> int | None:
    for wanted in usual:
        places = [i for i, name in enumerate(plain) if name == wanted and i not in taken]
        if len(places) > 1:
            one, other = (names[i] for i in places[:2])
            say = "" if one == other else f"say which, as in columns={{{meaning!r}: {one!r}}}, or "
            raise BadDataError(
                f"{where} has two columns for {meaning}, {one!r} and {other!r}; {say}rename one",
                path=where,
                column=meaning,
            )
        if places:
            return places[0]
    return None


def _say_left_out(names: Sequence[str], plain: Sequence[str], taken: set[int], where: str, notes: Notes) -> None:
    left = [i for i in range(len(names)) if i not in taken and plain[i]]
    adjusted = [i for i in left if re.fullmatch(r"adj(usted)?_?(close|open|high|low|volume)?", plain[i])]
    if adjusted:
        isare = "are" if len(adjusted) > 1 else "is"
        notes.add(f"{few([names[i] for i in adjusted])} {isare} ignored: prices are taken as they traded", where)
    others = [names[i] for i in left if i not in adjusted]
    if others:
        notes.add(f"columns without a meaning here are ignored: {few(others)}", where)
