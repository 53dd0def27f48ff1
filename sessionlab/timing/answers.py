"""Answers to questions asked before: the last one at hand, some thousands behind it, the least used forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class Answers:
    """Up to ``size`` answers by question. ``hits`` and ``misses`` count what was asked."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.hits = 0
        self.misses = 0
        self._last: tuple[Any, Any] = (None, None)
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, question: Hashable) -> bool:
        return question in self._kept

    def ask(self, question: Hashable, work: Callable[[], Any]) -> Any:
        """The answer to ``question``, worked out where it is not here."""
        last, answer = self._last
        if question == last:
            self.hits += 1
            return answer
        if question in self._kept:
            self.hits += 1
            self._kept.move_to_end(question)
            answer = self._kept[question]
        else:
            self.misses += 1
            answer = work()
            self.keep(question, answer)
        self._last = question, answer
        return answer

    def keep(self, question: Hashable, answer: Any) -> None:
        """Remember an answer that came up with another one."""
        self._kept[question] = answer
        if len(self._kept) > self.size:
            self._kept.popitem(last=False)
