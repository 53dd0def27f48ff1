"""The quality inspector: how complete the data is, from the whole run down to single bars, and what is known of why.

Inspecting moves no clock and asks nothing of a source: it counts what is here already, as known now. The map is told with every
frame, by the cells that changed; lists a few times a second at most, and what is held back for a moment is still owed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sessionlab.errors import ConfigError
from sessionlab.timing import Interval
from sessionlab.widgets.coverage_map import Cells, Stretch, around, closer, day_cells, whole
from sessionlab.widgets.facts import MS
from sessionlab.widgets.gap_causes import Causes
from sessionlab.widgets.gap_list import SORTS, Gaps
from sessionlab.widgets.known_bars import Day, Key, KnownBars
from sessionlab.widgets.left_out import left_out
from sessionlab.widgets.quality_still import quality_still
from sessionlab.widgets.short_bars import short_bars
from sessionlab.widgets.standing import Standing
from sessionlab.widgets.surface import Surface
from sessionlab.widgets.telling import Told
from sessionlab.widgets.unhurried import Unhurried

if TYPE_CHECKING:
    from sessionlab.lab import Lab

LISTS = ("gaps", "short", "left_out")


class QualityPart(Unhurried):
    """Tells of a map: ``shown`` says of what, ``present`` and ``expected`` (int32) are its cells, row by row.

    Later ``cells`` are the numbers of those that changed. ``edges`` (ms UTC) are where the cells of a session begin, and the
    last one ends. Beside it one of the :data:`LISTS` as ``list``, with ``rows`` and of how many (``of``).
    """

    every_s = 0.5

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._before: Standing | None = None
        self._again = True
        self._interval: Interval | None = None
        self._stretch: Stretch | None = None
        self._all_days = False
        self._list, self._sort = "gaps", "-length"
        self._told: tuple[Any, Any] = (None, None)
        self._told_list: dict[str, Any] = {}
        self._relist = False

    def ask(self, what: Mapping[str, Any]) -> None:
        """Look at something else; any of these.

        ``interval`` (None: the shortest stored one of each symbol); ``run``: symbols by days; ``day``, as ``{"part", "date"}``,
        None the one at hand; ``closer`` at an instant in ms; ``gap`` as ``{"part", "from", "until"}``; ``step``: back to a
        wider look; ``list`` and ``sort``. Raises :class:`ConfigError` for what there is not.
        """
        known = self._known_now()
        if "list" in what or "sort" in what:
            self._list = _one_of("list", str(what.get("list", self._list)), LISTS)
            self._sort = _one_of("sort", str(what.get("sort", self._sort)), SORTS)
            self._relist = True
            return
        if "interval" in what:
            named = what["interval"]
            interval = None if named is None else Interval.parse(named)
            if interval is not None and interval not in known.intervals:
                raise ConfigError(f"there are no {interval} bars; there are {', '.join(map(str, known.intervals))}", value=named)
            self._interval, self._stretch = interval, None
        unit = self._unit(known)
        stretch = self._stretch or whole(known.today, unit)
        if what.get("run"):
            self._all_days = True
        elif "day" in what:
            self._all_days, self._stretch = False, None if what["day"] is None else whole(self._day(known, **what["day"]), unit)
        elif "closer" in what:
            self._stretch = closer(stretch, int(what["closer"] * MS), unit) or stretch
        elif "gap" in what:
            from_ns, until_ns = int(what["gap"]["from"] * MS), int(what["gap"]["until"] * MS)
            days = [day for day in known.days(self._keys(known)) if day.session.open_ns <= from_ns < day.session.close_ns]
            if days:
                self._all_days, self._stretch = False, around(days[-1], from_ns, until_ns, unit)
        elif "step" in what:
            self._stretch = _wider(stretch, int(what["step"]), unit)
        self._again = True

    def tell(self, standing: Standing) -> Told | None:
        """The map anew where something else is shown, else the cells that changed; and the list, where it has changed."""
        fresh = self._again or not standing.goes_on_from(self._before)
        if not standing.goes_on_from(self._before):
            self._known = KnownBars(self._lab)
            self._causes = Causes(self._known, self._lab.source)
            self._still_there()
        known = self._known
        facts: dict[str, Any] = {}
        arrays: dict[str, Any] = {}
        if fresh or standing != self._before:
            present, expected = self._counted(known, fresh)
            if fresh:
                facts["shown"] = self._shown(known)
                arrays = {"present": present, "expected": expected, "edges": self._edges}
            else:
                changed = np.flatnonzero((present != self._told[0]) | (expected != self._told[1]))
                if len(changed):
                    arrays = {"cells": changed.astype(np.int32), "present": present[changed], "expected": expected[changed]}
            self._told = present, expected
        if self._is_due(changed=standing != self._before, at_once=fresh or self._relist):
            self._relist = False
            told = self._listed(known)
            anew = fresh or told["list"] != self._told_list.get("list")
            facts |= {name: value for name, value in told.items() if anew or self._told_list.get(name) != value}
            self._told_list = told
        self._before, self._again = standing, False
        return Told(facts, arrays, fresh) if facts or arrays else None

    def still(self) -> str:
        """A table of the session so far, with a strip by time of day."""
        return quality_still(KnownBars(self._lab), self._lab.source, f"{self._lab.now:%H:%M:%S}")

    def _known_now(self) -> KnownBars:
        """What is known, also before anything was told."""
        if self._before is None or not Standing.of(self._lab).goes_on_from(self._before):
            return KnownBars(self._lab)
        return self._known

    def _still_there(self) -> None:
        """Go on with what was looked at, where it is a day that is known; else with the session at hand."""
        unit = self._unit(self._known)
        if self._interval is not None and self._interval not in self._known.intervals:
            self._interval = self._stretch = None
        if self._stretch is None:
            return
        days = {(day.part, day.session.date): day for day in self._known.days(self._keys(self._known))}
        day = days.get((self._stretch.day.part, self._stretch.day.session.date))
        self._stretch = None if day is None or day.session != self._stretch.day.session else self._stretch._replace(day=day)
        if self._stretch is not None and self._stretch.step == 0:
            self._stretch = whole(self._stretch.day, unit)

    def _keys(self, known: KnownBars) -> list[Key]:
        return known.keys(self._interval)

    def _unit(self, known: KnownBars) -> Interval:
        return min((interval for _, interval in known.keys(self._interval)), default=Interval.parse("1m"))

    def _at(self, known: KnownBars) -> Stretch:
        return self._stretch or whole(known.today, self._unit(known))

    def _day(self, known: KnownBars, part: str, date: str) -> Day:
        days = known.days(self._keys(known))
        for day in days:
            if (day.part, day.session.date) == (part, dt.date.fromisoformat(date)):
                return day
        raise ConfigError(
            f"{date} is no day that is known of the {part}; known are {days[0].session.date} to {days[-1].session.date}"
        )

    def _counted(self, known: KnownBars, fresh: bool) -> tuple[Any, Any]:
        keys = self._keys(known)
        if self._all_days:
            present, expected = day_cells(known, known.days(keys), keys)
            self._edges = np.empty(0)
        else:
            if fresh:
                self._cells = Cells(known, self._at(known), keys)
                self._edges = self._cells.edges / MS
            present, expected = self._cells.count()
        return present.ravel().astype(np.int32), expected.ravel().astype(np.int32)

    def _shown(self, known: KnownBars) -> dict[str, Any]:
        """What the map is of: its rows and columns, and how to come back from it."""
        keys, stretch = self._keys(known), self._at(known)
        days = known.days(keys)
        shown: dict[str, Any] = {
            "interval": None if self._interval is None else str(self._interval),
            "intervals": [str(one) for one in known.intervals],
            "rows": [[symbol, str(interval)] for symbol, interval in keys],
            "measured": known.of_sessions,
            "sort": self._sort,
            "several": len(days) > 1,
        }
        if self._all_days:
            return shown | {"run": True, "days": [[day.part, f"{day.session.date}", _named(day)] for day in days]}
        unit = self._unit(known)
        return shown | {
            "run": False,
            "day": [stretch.day.part, f"{stretch.day.session.date}", _named(stretch.day)],
            "today": stretch.day == known.today,
            "step": stretch.step,
            "steps": [[one.step, float(one.edges[0]) / MS, float(one.edges[-1]) / MS] for one in _ways_back(stretch, unit)],
            "closer": closer(stretch, stretch.day.session.open_ns, unit) is not None,
        }

    def _listed(self, known: KnownBars) -> dict[str, Any]:
        """The chosen list about what the map shows."""
        keys = self._keys(known)
        days, within = known.days(keys), None
        if not self._all_days:
            stretch = self._at(known)
            days = [stretch.day]
            within = None if stretch.step == 0 else (int(stretch.edges[0]), int(stretch.edges[-1]))
        told: dict[str, Any] = {"list": self._list, "sort": self._sort}
        if self._list == "left_out":
            rows = left_out(self._lab, known)
            return told | {"rows": rows, "of": len(rows)}
        if self._list == "short":
            longer = [key for one in known.intervals for key in known.keys(one)] if self._interval is None else keys
            found = short_bars(known, days, longer, within, self._lab._engine.present.rows.incomplete)
            return told | {"rows": found.rows, "of": found.of}
        gaps = Gaps(known, self._causes, days, keys, within)
        found = gaps.first(self._sort)
        return told | {"rows": found.rows, "of": found.of, "gaps": gaps.by_key()}


class Quality(Surface):
    """How complete the data of ``lab`` is: a map of symbols by time of day and by days, and gaps with what is known of why.

    Lists beside it have longer bars that lack some, and rows that were left out. It moves no clock; buttons that do say so.
    """

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, {"quality": QualityPart})


def _named(day: Day) -> str:
    date = day.session.date
    return f"{date:%a} {date.day} {date:%b %Y}"


def _wider(stretch: Stretch, step: int, unit: Interval) -> Stretch:
    return next((one for one in _ways_back(stretch, unit) if one.step == step), stretch)


def _ways_back(stretch: Stretch, unit: Interval) -> list[Stretch]:
    """The looks that lead to ``stretch``, from the whole day on, itself the last."""
    ways = [whole(stretch.day, unit)]
    at_ns = int(stretch.edges[0])
    while ways[-1].step < stretch.step:
        nearer = closer(ways[-1], at_ns, unit)
        if nearer is None:
            break
        ways.append(nearer)
    return [*ways[:-1], stretch]


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ConfigError(f"the inspector has no {what} {value!r}; there are {', '.join(allowed)}", value=value)
    return value
