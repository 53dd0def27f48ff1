"""Scanners at work: when each comes to its turn, and what becomes of what it proposes.

Each scan is made once, also where it raises. What was proposed and cannot join is refused, counted and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sessionlab.engine.configured import free_name, made
from sessionlab.engine.loader import Newcomer
from sessionlab.engine.parameters import copied
from sessionlab.engine.scan_desk import Desk
from sessionlab.engine.scan_windows import Window, window_of
from sessionlab.engine.scanner import ScanContext, Scanner, check_scanner, proposed
from sessionlab.errors import BadDataError, ConfigError, NoDataError
from sessionlab.timing import TradingSession

if TYPE_CHECKING:
    from sessionlab.config.session_data import ScannerEntry
    from sessionlab.engine.coordinator import SessionCoordinator

COLUMNS = ("time", "scanner", "proposed", "joined", "left", "refused", "reason")


class Scan(NamedTuple):
    """One scan that was made: what was proposed, who joined and left, and who was refused, with the reasons."""

    time: pd.Timestamp
    scanner: str
    proposed: tuple[str, ...]
    joined: tuple[str, ...]
    left: tuple[str, ...]
    refused: Mapping[str, str]

    def row(self) -> tuple[Any, ...]:
        """A row of :data:`COLUMNS`."""
        reason = "; ".join(f"{name}: {why}" for name, why in self.refused.items())
        return self.time, self.scanner, self.proposed, self.joined, self.left, tuple(self.refused), reason


@dataclass(slots=True)
class Post:
    """A scanner at its post: its own copy, what it was given as, and when it is due in the session at hand."""

    scanner: Scanner
    given: Scanner
    name: str
    pre_session: bool
    windows: Sequence[Window]
    desk: Desk
    ctx: ScanContext
    before_open: bool = False
    due: list[int] = field(default_factory=list)

    def plan(self, session: TradingSession, after_ns: int) -> None:
        """It is due at the boundaries of ``session`` later than ``after_ns``, and not before its open."""
        instants = {instant for window in self.windows for instant in window.instants(session)}
        self.due = sorted(instant for instant in instants if instant > after_ns)


class KeptPost(NamedTuple):
    """A scanner at its post, but for what it remembers."""

    given: Scanner
    name: str
    pre_session: bool
    windows: Sequence[Window]
    before_open: bool
    due: Sequence[int]

    @classmethod
    def of(cls, post: Post) -> KeptPost:
        """``post`` as it stands."""
        return cls(post.given, post.name, post.pre_session, post.windows, post.before_open, tuple(post.due))


class Scanning:
    """The scanners of the run of ``engine``, in the order in which they come to their turn. ``scans`` tells of each scan."""

    def __init__(self, engine: SessionCoordinator) -> None:
        self.posts: list[Post] = []
        self.scans: list[Scan] = []
        self._engine = engine
        self._told: set[str] = set()

    def use_configured(self, entries: Sequence[ScannerEntry]) -> None:
        """The scanners of the config that are enabled. Raises :class:`ConfigError` for one that cannot be made."""
        for i, entry in enumerate(entries):
            if entry.enabled:
                scanner = made(entry, Scanner, f"session_data_config.scanners[{i}]", "scanners", check_scanner)
                windows = [window_of(one.start, one.end, one.interval) for one in entry.regular_session]
                self._post(scanner, free_name(scanner.name, {post.name for post in self.posts}), entry.pre_session, windows)

    def use(self, scanner: Scanner, *, pre_session: bool, windows: Sequence[Window], name: str | None = None) -> None:
        """Set a copy of ``scanner``, or replace the one of its name, from now on."""
        check_scanner(scanner)
        post = self._post(copied(scanner), name or scanner.name, pre_session, windows)
        engine = self._engine
        post.before_open = pre_session and engine.at_open
        post.plan(engine.session, engine.present.now_ns - engine.at_open)

    def begin_again(self) -> None:
        """The scanners as they were given, and nothing scanned yet."""
        given, self.posts, self.scans = self.posts, [], []
        for post in given:
            self._post(post.given, post.name, post.pre_session, post.windows)

    def stand_as(self, posts: Sequence[KeptPost], scans: int) -> None:
        """The run went back: these were at work, with what was due, after so many scans."""
        self.posts = []
        for kept in posts:
            post = self._post(kept.given, kept.name, kept.pre_session, kept.windows)
            post.before_open, post.due = kept.before_open, list(kept.due)
        del self.scans[scans:]

    def opened(self) -> None:
        """A session has been opened: plan when each is due in it."""
        session = self._engine.session
        for post in self.posts:
            post.before_open = post.pre_session
            post.plan(session, session.open_ns - 1)

    @property
    def before_open(self) -> bool:
        """Whether one is due before the session's first moment."""
        return any(post.before_open for post in self.posts)

    def scan_before_open(self) -> None:
        """Let those scan that are due before the session's first moment."""
        for post in self.posts:
            if post.before_open:
                post.before_open = False
                self._scan(post)

    def next(self, k: int) -> int | None:
        """Number of the next moment, up to ``k``, at which one is due; None where none is.

        One that was due before the open and did not come to its turn, because another raised, is due at once.
        """
        present = self._engine.present
        if self.before_open:
            return present.k
        due = min((post.due[0] for post in self.posts if post.due), default=None)
        if due is None or due > present.rows.moments[k]:
            return None
        return max(int(present.rows.moments.after(np.array([due]))[0]), present.k)

    def scan(self) -> None:
        """Let those scan that are due now."""
        self.scan_before_open()
        now_ns = self._engine.present.now_ns
        for post in self.posts:
            if post.due and post.due[0] <= now_ns:
                post.due = [instant for instant in post.due if instant > now_ns]
                self._scan(post)

    def frame(self) -> pd.DataFrame:
        """A row per scan: :data:`COLUMNS`. All but the first two are tuples of symbols; ``reason`` says why some were refused."""
        return pd.DataFrame([scan.row() for scan in self.scans], columns=list(COLUMNS))

    def _scan(self, post: Post) -> None:
        with self._engine.metrics.measure("scans"):
            self._scan_once(post)

    def _scan_once(self, post: Post) -> None:
        engine, desk, time = self._engine, post.desk, self._engine.data.now
        try:
            try:
                names = proposed(post.scanner.scan(post.ctx), post.name)
            except BaseException as error:
                error.add_note(engine.hooks.making.where(f"scanner {post.name}.scan"))
                raise
            there = engine.rows.symbols
            joining, refused = self._sort(post, [name for name in names if name not in there])
            if joining:
                engine.join(joining, post.name)
            left = self._leave(post, refused)
            self._tell(post.name, refused, desk.lacking)
        finally:
            desk.clear()
        texts = tuple(map(str, names))
        self.scans.append(Scan(time, post.name, texts, tuple(one.symbol for one in joining), left, refused))

    def _sort(self, post: Post, names: Iterable[Any]) -> tuple[list[Newcomer], dict[str, str]]:
        """Those of ``names`` that can join, and of the others why not."""
        joining: list[Newcomer] = []
        refused: dict[str, str] = {}
        room = self._room(post)
        for name in names:
            if room is not None and len(joining) >= room:
                refused[str(name)] = f"most={post.scanner.most}: as many symbols of this scanner take part"
                continue
            try:
                joining.append(post.desk.newcomer(name))
            except (NoDataError, BadDataError, ConfigError) as why:
                refused[str(name)] = str(why)
        return joining, refused

    def _room(self, post: Post) -> int | None:
        """How many more symbols of its own may join; None: any number."""
        if post.scanner.most is None:
            return None
        by = {change.symbol: change.by for change in self._engine.members.changes if change.kind == "join"}
        there = sum(by.get(symbol) == post.name and symbol not in post.desk.removals for symbol in self._engine.rows.bases)
        return max(post.scanner.most - there, 0)

    def _leave(self, post: Post, refused: dict[str, str]) -> tuple[str, ...]:
        left = []
        for symbol in dict.fromkeys(post.desk.removals):
            try:
                self._engine.leave(symbol, post.name)
            except ConfigError as why:  # the last one stays
                refused[symbol] = str(why)
            else:
                left.append(symbol)
        return tuple(left)

    def _tell(self, scanner: str, refused: Mapping[str, str], lacking: Mapping[str, str]) -> None:
        """Each symbol that was refused once, and once in all that some of a universe have no data."""
        notes = self._engine.loader.notes
        for name, why in refused.items():
            if name not in self._told:
                self._told.add(name)
                notes.append(f"{scanner} cannot have {name!r}: {' '.join(why.split())}; see lab.scans")
        if lacking and f"universe of {scanner}" not in self._told:
            self._told.add(f"universe of {scanner}")
            name, why = next(iter(lacking.items()))
            notes.append(
                f"{scanner}: {len(lacking):,} of its universe have no data, the first is {name}: {' '.join(why.split())}"
            )

    def _post(self, scanner: Scanner, name: str, pre_session: bool, windows: Sequence[Window]) -> Post:
        """Put a copy of ``scanner`` to work, in the place of the one of that ``name``."""
        desk = Desk(self._engine, scanner)
        ctx = ScanContext(desk, self._engine.config.seed, name)
        post = Post(copied(scanner), scanner, name, pre_session, windows, desk, ctx)
        at = next((i for i, other in enumerate(self.posts) if other.name == name), len(self.posts))
        self.posts[at : at + 1] = [post]
        return post
