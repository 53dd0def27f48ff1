"""``sl.lesson`` and ``sl.lessons``: the lessons by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.config.problems import listed, nearest
from sessionlab.errors import ConfigError
from sessionlab.teaching.blind_replay import BlindReplay
from sessionlab.teaching.cost_count import CostCount
from sessionlab.teaching.fill_realism import FillRealism
from sessionlab.teaching.gap_hunt import GapHunt
from sessionlab.teaching.look_ahead_hunt import LookAheadHunt

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.teaching.lesson_kind import Lesson

KINDS: dict[str, type[Lesson]] = {kind.name: kind for kind in (GapHunt, LookAheadHunt, FillRealism, CostCount, BlindReplay)}


def lesson(name: str, *, student: str | int) -> Lesson:
    """Open the lesson ``name`` for ``student``, whose data follows from these two names alone: no file, no key, no network.

    Raises :class:`ConfigError` for an unknown name and for what is no name of a student.

    >>> import sessionlab as sl
    >>> lesson = sl.lesson("gap-hunt", student="s123")
    >>> mark = lesson.check({"gaps": [], "late": []})
    >>> mark.points, mark.out_of, bool(mark)
    (0.0, 10.0, False)
    """
    if not isinstance(name, str) or name not in KINDS:
        near = nearest(name, list(KINDS))
        meant = f"; did you mean {near!r}?" if near else ""
        raise ConfigError(
            f"there is no lesson {name!r}, there are {listed(list(KINDS), 'and')}{meant}", name=name, allowed=list(KINDS)
        )
    return KINDS[name](student)


def lessons() -> pd.DataFrame:
    """The lessons there are, as a table by name: ``title``, ``points`` and what it ``teaches``.

    >>> import sessionlab as sl
    >>> sl.lessons().index.tolist()
    ['gap-hunt', 'look-ahead-hunt', 'fill-realism', 'costs', 'blind-replay']
    """
    import pandas as pd

    rows: list[dict[str, Any]] = [
        {"title": kind.title, "points": int(kind.out_of), "teaches": kind.teaches} for kind in KINDS.values()
    ]
    return pd.DataFrame(rows, index=pd.Index(list(KINDS), name="lesson"))
