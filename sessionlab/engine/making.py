"""Planned calls are made, block by block, and what they cost is taken: over the block, or of every call.

Counts are exact either way, also where a call raises.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from operator import length_hint
from typing import Any

from sessionlab.brokers.simulated import NEVER
from sessionlab.engine.calls import Calls, Hook
from sessionlab.engine.context import Looking
from sessionlab.engine.metrics import PerformanceMetrics
from sessionlab.engine.profile import Profile
from sessionlab.engine.subscribers import Subscribers
from sessionlab.engine.user_code import MARKET_TIME
from sessionlab.session.data import SessionData
from sessionlab.session.present import Present


class Making:
    """Makes calls, and moves ``present`` from one to the next.

    ``timed`` says that every call is timed, and not blocks of them; ``asleep`` that only subscribers are called, and what
    strategies miss is counted. From moment ``wake`` on orders come first: ``trade_to`` lets them meet what became known up to
    the moment of a call, and says when they come again. To look out for that at each call costs a tenth of calling nobody, so it
    is done where orders rest, or came in the block before.
    """

    def __init__(self, present: Present, data: SessionData, subscribers: Subscribers, metrics: PerformanceMetrics) -> None:
        self.metrics = metrics
        self.profile: Profile | None = None
        self.timed = self.asleep = False
        self._present = present
        self._data = data
        self._subscribers = subscribers
        self._moving: list[int] = []
        self.wake = NEVER
        self.trade_to: Callable[[int], int] = lambda k: NEVER
        self.ends = False
        self._trading = False
        self._traded_ns = 0
        self._looks_out = self._woken = False

    def make(self, calls: Calls, past: int) -> None:
        """Make calls up to number ``past``. :meth:`stop` shortens ``moments`` and so ends the loop after its moment."""
        present, others = self._present, self._subscribers
        moments, work = calls.between(calls.next, past)
        self._moving = moments
        left = iter(moments)
        each = self.timed or self.asleep or self.profile is not None
        self._looks_out = each or self._woken or (bool(moments) and self.wake <= moments[-1])
        self._woken = False
        others.calls = others.spent_ns = self._traded_ns = 0
        self._trading = False
        begun = self.metrics.ns()
        try:
            if each:
                self._make_each(left, *work)
            elif self._looks_out:
                for k, hook, ctx, argument in zip(left, *work, strict=False):
                    if k >= self.wake and not self._trade(k):
                        break
                    present.k = k
                    hook(ctx, argument)
            else:
                for k, hook, ctx, argument in zip(left, *work, strict=False):
                    present.k = k
                    hook(ctx, argument)
        except BaseException as error:
            number = calls.next + _made(moments, left) - 1
            if not self._trading and calls.context(number) is not others.ctx:
                error.add_note(self.where(calls.words(number)))
            raise
        finally:
            made = _made(moments, left) - self._trading  # a call that orders came before was not made
            if made and not each:
                spent = self.metrics.ns() - begun - others.spent_ns - self._traded_ns
                self.metrics.record("strategy cycles").add_block(made - others.calls, spent)
            self._moving, self._trading = [], False
            calls.next += made

    def _trade(self, k: int) -> bool:
        """Let orders come before the call at moment ``k``; whether that call is still to be made.

        Where one of them ended the block, only a call of the moment at which it did is.
        """
        begun = self.metrics.ns()
        self._trading, self.ends, self._woken = True, False, True
        self.wake = self.trade_to(k)
        self._traded_ns += self.metrics.ns() - begun
        if self.ends and self._present.k < k:
            return False
        self._trading = False
        if self.ends:
            self.stop()
        return True

    def come_first(self, k: int) -> None:
        """From moment ``k`` on orders come first: a block in which nobody looks out for them ends before it."""
        if k < self.wake:
            self.wake = k
        self._woken = True
        moments = self._moving
        if not self._looks_out and moments and moments[-1] >= k:
            del moments[bisect_left(moments, max(k, self._present.k + 1)) :]

    def stop(self) -> None:
        """Let the calls of the moment at hand be the last ones of their block."""
        if self._trading:
            self.ends = True
            return
        moments = self._moving
        if moments:
            past = bisect_left(moments, self._present.k + 1)
            del moments[past:]

    def count(self, strategy: str, hook: str, ns: int) -> None:
        """One call of a hook that took ``ns``."""
        self.metrics.record("strategy cycles").add(ns)
        if self.profile is not None:
            self.profile.add(strategy, hook, ns)

    def where(self, call: str) -> str:
        """What to add to an error that ``call`` raised."""
        return f"in {call} at {self._data.now:%Y-%m-%d %H:%M:%S}{MARKET_TIME}"

    def _make_each(
        self, left: Iterator[int], hooks: Iterable[Hook], contexts: Iterable[Looking], arguments: Iterable[Any]
    ) -> None:
        present, ns, asleep, others = self._present, self.metrics.ns, self.asleep, self._subscribers.ctx
        for k, hook, ctx, argument in zip(left, hooks, contexts, arguments, strict=False):
            if k >= self.wake and not self._trade(k):
                break
            present.k = k
            if ctx is others:
                hook(ctx, argument)
            elif asleep:
                self.metrics.record("skipped cycles").count += 1
            else:
                begun = ns()
                try:
                    hook(ctx, argument)
                finally:
                    self.count(ctx.name, getattr(hook, "__name__", repr(hook)), ns() - begun)


def _made(moments: list[int], left: Iterator[int]) -> int:
    """How many calls of a block were begun: all but those that an error, or a stop, left over."""
    return len(moments) - length_hint(left)
