"""Windows told in the shares of the session that they stand before, and the splits in them that nothing was adjusted for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sessionlab.session.session_rows import SessionRows
from sessionlab.sources.protocol import Source, TellsActions
from sessionlab.tape import DayBlock
from sessionlab.tape.actions import NO_ACTIONS, Actions, Adjust, Split, adjust_blocks
from sessionlab.timing import TimeManager


class Adjuster:
    """Adjusts windows of ``source`` for ``splits``, for ``all`` actions, or for ``none``. Each symbol is asked about once."""

    def __init__(self, source: Source, times: TimeManager, adjust: Adjust) -> None:
        self.adjust = adjust
        self._source = source
        self._times = times
        self._actions: dict[str, Actions | None] = {}
        self._said: set[object] = set()

    def tell(self, symbol: str, blocks: Sequence[DayBlock], today: dt.date) -> Sequence[DayBlock]:
        """Window ``blocks`` of ``symbol`` as they are seen from the session of ``today``."""
        if self.adjust == "none":
            return blocks
        return adjust_blocks(blocks, self.known(symbol) or NO_ACTIONS, today, self.adjust)

    def splits(self, symbol: str, after: dt.date, today: dt.date) -> tuple[Split, ...]:
        """The splits since the session of ``after``, up to the open of ``today``."""
        return (self.known(symbol) or NO_ACTIONS).between(after, today).splits

    def notes(self, rows: SessionRows) -> Iterator[str]:
        """What the windows of a session are not adjusted for, though it is known or was asked for; each thing once."""
        for symbol, splits in rows.splits.items():
            if self.adjust != "none" and self.known(symbol) is None and self._is_new(symbol):
                yield (
                    f"{symbol}: no corporate actions are known to the source, so its windows stay as they are stored, "
                    f'though session_data_config.adjust is "{self.adjust}"'
                )
            for split in () if rows.adjusted else splits:
                if self._is_new((symbol, split)):
                    yield (
                        f"{symbol} split {split}, inside its windows before the session of {rows.session.date}: "
                        'prices before it are in other shares; set session_data_config.adjust to "splits"'
                    )

    def known(self, symbol: str) -> Actions | None:
        """All that the source knows of ``symbol``, also what is still to come; None where it knows nothing."""
        if symbol not in self._actions:
            source = self._source
            self._actions[symbol] = source.actions(symbol, self._times) if isinstance(source, TellsActions) else None
        return self._actions[symbol]

    def _is_new(self, thing: object) -> bool:
        new = thing not in self._said
        self._said.add(thing)
        return new
