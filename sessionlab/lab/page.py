"""A lab as a notebook shows it: where it stands, the session as a strip, the account if it traded, and what is known.

The strip has a mark at now and at each fill, and says in orange where bars are absent; nothing of what lies ahead is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sessionlab.figure_look import GAIN, LOSS
from sessionlab.markup.presence import absence, band
from sessionlab.markup.sparkline import sparkline
from sessionlab.markup.tables import MOST_ROWS, below, line, signed
from sessionlab.markup.text import Markup, counted, escaped
from sessionlab.session.pages import session_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sessionlab.engine.accounting import Piece
    from sessionlab.lab.lab import Lab
    from sessionlab.session.present import Present
    from sessionlab.tape.block import Float64s
    from sessionlab.timing import TradingSession
    from sessionlab.trading.ledger import Fill

_WIDTH, _HEIGHT = 640, 40
_TOP, _THICK = 10, 12
_ROOM = 7
"""Of fills, above the strip."""
_PARTS = 160
_SHOWN_STRATEGIES = 3


def lab_page(lab: Lab) -> str:
    """The page of a lab."""
    engine = lab._engine
    is_fork = lab.name != lab.config.session_name
    head = line(lab.name, lab.config.session_name if is_fork else "", _state(lab), str(lab.progress))
    strip = below(session_strip(engine.present, engine.desk.fills, is_measured=engine.around.measured[0]))
    curve, told = _account(lab)
    return head + strip + below(curve, Markup(" · ".join(map(escaped, told)))) + session_page(lab.data)


def session_strip(present: Present, fills: Sequence[Fill] = (), *, is_measured: bool = True) -> Markup:
    """The session from open to close: what has passed, where bars are absent, the ``fills`` known by now, and where now is.

    Where coverage is not measured nothing is said to be absent.
    """
    session, now_ns = present.rows.session, present.now_ns
    marks = "".join(_marks(fills, side, session, now_ns) for side in ("buy", "sell"))
    above = 0 if marks else _ROOM
    x_now = _x(session, now_ns)
    until = (now_ns - session.open_ns) / (session.close_ns - session.open_ns)
    absent = _absent(present) if is_measured else np.zeros(1)
    parts = [band(absent, until, 0.0, _TOP, _WIDTH, _THICK), _breaks(session)]
    parts.append(marks)
    parts.append(f'<path d="M{x_now:.1f} {_TOP - 3}V{_TOP + _THICK + 3}" stroke="currentColor" stroke-width="2"/>')
    open_, close, now = (_clock(session, instant) for instant in (session.open_ns, session.close_ns, now_ns))
    y = _HEIGHT - 4
    if until > 0.09:
        parts.append(_words(0, y, "start", open_))
    if until < 0.91:
        parts.append(_words(_WIDTH, y, "end", close))
    anchor = "start" if until < 0.05 else "end" if until > 0.95 else "middle"
    parts.append(_words(x_now, y, anchor, now, bold=True))
    label = f"session {session.date} from {open_} to {close}, now {now}"
    high = _HEIGHT - above
    return Markup(
        f'<svg role="img" aria-label="{escaped(label)}" width="{_WIDTH}" height="{high}" viewBox="0 {above} {_WIDTH} {high}" '
        f'style="max-width:100%;height:auto" font-family="inherit" font-size="11">{"".join(parts)}</svg>'
    )


def equity_curve(pieces: Sequence[Piece], cash: float, *, width: int, height: int) -> Markup:
    """The equity of ``pieces`` of an account as a curve, dashed at the starting ``cash``; nothing where it never changed."""
    worth = [np.broadcast_to(np.asarray(piece.cash + piece.value), len(piece.instants)) for piece in pieces]
    equity = np.concatenate([[cash], *worth])
    if (equity == equity[0]).all():
        return Markup()
    return sparkline(equity, f"equity from {cash:,.2f} to {equity[-1]:,.2f}", cash, width=width, height=height)


def strategies_of(lab: Lab) -> str:
    """The names of the strategies at work; of many the first ones."""
    names = lab._engine.hooks.names
    more = f", {len(names) - _SHOWN_STRATEGIES} more" if len(names) > _SHOWN_STRATEGIES else ""
    return ", ".join(names[:_SHOWN_STRATEGIES]) + more


def _state(lab: Lab) -> str:
    return "playing" if lab._player is not None and lab._player.is_playing else lab.state


def _account(lab: Lab) -> tuple[str, list[str]]:
    """The account's equity so far, and what it did in words; nothing of one that no order came from."""
    engine = lab._engine
    count = len(engine.hooks.names)
    strategies = [f"{'strategy' if count == 1 else 'strategies'} {strategies_of(lab)}"] if count else []
    cash, ledger = engine.desk.account.starting_cash, engine.desk.account.ledger
    at_rest, held = len(engine.desk.broker.open), len(engine.desk.account.held)
    if not ledger and not at_rest:
        return "", strategies
    equity = lab.equity
    gained = signed(f"{equity - cash:+,.2f} ({100.0 * (equity / cash - 1.0):+.2f} %)", round(equity - cash, 2))
    curve = equity_curve(engine.accounting.pieces_so_far(), cash, width=120, height=24)
    counts = [f"{counted(held, 'symbol')} held", counted(at_rest, "open order")]
    return curve, [f"equity {equity:,.2f}", gained, *counts, *strategies]


def _absent(present: Present) -> Float64s:
    """Of each part of the session the share of bars that are absent, the mean over symbols; shape (parts,)."""
    rows, now_ns = present.rows, present.now_ns
    session = rows.session
    shares = np.zeros(_PARTS)
    symbols = rows.symbols[:MOST_ROWS]
    for symbol in symbols:
        interval = rows.finest(symbol)
        there = rows.present(symbol, interval, present.k, now_ns)
        starts = session.starts(interval)[: len(there)]
        part = (starts - session.open_ns) * _PARTS // (session.close_ns - session.open_ns)
        shares += absence(there, part, _PARTS)
    return shares / max(len(symbols), 1)


def _breaks(session: TradingSession) -> str:
    if session.break_start_ns is None or session.break_end_ns is None:
        return ""
    a, b = _x(session, session.break_start_ns), _x(session, session.break_end_ns)
    return f'<path d="M{a:.1f} {_TOP + _THICK / 2:.1f}H{b:.1f}" stroke="currentColor" stroke-dasharray="2 3"/>'


def _marks(fills: Sequence[Fill], side: str, session: TradingSession, now_ns: int) -> str:
    """A triangle for each fill of ``side``: up for a buy, down for a sell; of those within a pixel the last."""
    last = {
        round(_x(session, fill.time_ns)): fill
        for fill in fills
        if fill.side == side and session.open_ns <= fill.time_ns and fill.known_ns <= now_ns
    }
    color, shape = (GAIN, "l4 7h-8z") if side == "buy" else (LOSS, "l4 -7h-8z")
    y = 1 if side == "buy" else 8
    return "".join(
        f'<path d="M{x} {y}{shape}" fill="{color}"><title>{escaped(_told(fill, session))}</title></path>'
        for x, fill in last.items()
    )


def _told(fill: Fill, session: TradingSession) -> str:
    return f"{fill.side} {fill.quantity:,.10g} {fill.symbol} at {fill.price:,.2f}, {_clock(session, fill.time_ns)}"


def _x(session: TradingSession, instant_ns: int) -> float:
    return _WIDTH * (instant_ns - session.open_ns) / (session.close_ns - session.open_ns)


def _words(x: float, y: float, anchor: str, text: str, *, bold: bool = False) -> str:
    look = ' font-weight="600"' if bold else ' fill-opacity="0.7"'
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" fill="currentColor"{look}>{escaped(text)}</text>'


def _clock(session: TradingSession, instant_ns: int) -> str:
    import pandas as pd

    told = f"{pd.Timestamp(instant_ns, tz='UTC').tz_convert(session.tz):%H:%M:%S}"
    return told.removesuffix(":00")
