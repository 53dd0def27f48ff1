"""What an audit found: a report that says whether it passed, and of each finding where, in which hook, and what changed."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sessionlab.markup.text import counted

COLUMNS = ("kind", "moment", "strategy", "hook", "symbol", "what", "cut", "seen", "reads", "suspects")
_TOLD = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    ``kind``: ``look_ahead`` (a decision depends on what was not known), ``file``, ``network`` or ``process`` (something was
    opened in a hook), ``not_repeatable`` (the same run twice differs), ``wall_clock`` (it differs at another time of day),
    ``delivery`` (it differs by step size or by how far ahead rows are loaded). ``moment`` is that of the decision, ``cut`` the
    future under which it changed, ``seen`` at how many cuts it did, ``reads`` what the hook looked at, ``suspects`` lines that
    often are the cause.
    """

    kind: str
    moment: pd.Timestamp | None
    strategy: str
    hook: str
    symbol: str
    what: str
    cut: str = ""
    seen: int = 1
    reads: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()

    def __str__(self) -> str:
        when = "" if self.moment is None else f"{self.moment:%Y-%m-%d %H:%M:%S} "
        about = f"({self.symbol})" if self.symbol else ""
        return f"{self.kind.replace('_', ' ')}: {when}{self.strategy}.{self.hook}{about}: {self.what}"

    def row(self) -> dict[str, Any]:
        """It as a row."""
        return {name: getattr(self, name) for name in COLUMNS}


@dataclass(frozen=True, slots=True)
class Audit:
    """The report of :func:`sessionlab.audit`.

    ``findings``, of which none are left where it :attr:`passed`. ``notes`` say what could not be looked at. ``decisions`` is how
    many were compared, ``cuts`` the moments at which the future was changed, ``runs`` how often it was run in ``seconds``.
    """

    name: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    decisions: int
    cuts: tuple[pd.Timestamp, ...]
    runs: int
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether nothing was found. See the docstring of :func:`sessionlab.audit` for what it cannot see."""
        return not self.findings

    @property
    def table(self) -> pd.DataFrame:
        """A row per finding: ``kind moment strategy hook symbol what cut seen reads suspects``."""
        return pd.DataFrame([finding.row() for finding in self.findings], columns=list(COLUMNS))

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, for JSON."""
        findings = [
            {
                **finding.row(),
                "moment": None if finding.moment is None else finding.moment.isoformat(),
                "reads": list(finding.reads),
                "suspects": list(finding.suspects),
            }
            for finding in self.findings
        ]
        return {
            "name": self.name,
            "passed": self.passed,
            "findings": findings,
            "notes": list(self.notes),
            "decisions": self.decisions,
            "cuts": [cut.isoformat() for cut in self.cuts],
            "runs": self.runs,
        }

    def __repr__(self) -> str:
        lines = [f"<Audit of {self._head()}>"]
        for finding in self.findings[:_TOLD]:
            lines.append(f"  {finding}")
            if finding.reads:
                lines.append(f"    it read {'; '.join(finding.reads[:4])}")
            if finding.suspects:
                lines.append(f"    look at {'; '.join(finding.suspects[:3])}")
        further = len(self.findings) - _TOLD
        lines += [f"  and {further:,} more in .findings"] if further > 0 else []
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        told = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        rows = self.table.drop(columns=["seen"]).to_html(border=0, index=False) if self.findings else ""
        return f"<p><b>Audit of {html.escape(self._head())}</b></p>{rows}{f'<ul>{told}</ul>' if told else ''}"

    def _head(self) -> str:
        count = len(self.findings)
        what = "passed" if not count else counted(count, "finding")
        return (
            f"{self.name}: {what}; {counted(self.decisions, 'decision')} compared, another future from "
            f"{len(self.cuts)} moments, {self.runs} runs"
        )
