"""``sl.audit``: a strategy is run time and again, each time with another future, and must decide the same until that begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from sessionlab.config import SessionConfig
from sessionlab.errors import ConfigError
from sessionlab.lab.backtest import open_lab
from sessionlab.lab.lab import Lab
from sessionlab.proof.auditor import Auditor, Stage
from sessionlab.proof.report import Audit
from sessionlab.proof.runner import Runner
from sessionlab.proof.subject import Subject
from sessionlab.sources.protocol import Source

CUTS = 12


def audit(
    data: Any,
    strategy: Any = None,
    *,
    source: str | Source | None = None,
    cuts: int = CUTS,
    seconds: float | None = None,
    trust: Sequence[str] = (),
    progress: bool | Callable[[Stage], object] | None = None,
    **options: Any,
) -> Audit:
    """Run ``strategy`` on futures that never were, and report the first decision that changed before they began.

    ``data`` is a :class:`Lab`, a config (path, dict or :class:`SessionConfig`; ``source`` in place of its own), or what
    :func:`sessionlab.backtest` takes, with ``options`` as there. ``strategy`` is one, several, left out those of the lab or the
    config, or **a function of the data that makes one**, called again for each future: with the frame or the frames that were
    given, else with ``{symbol: frame}`` of the base bars in the run's hours. Only so it can be seen how :class:`Signals`, fitted
    models or precomputed columns were made.

    What is done:

    * Rows that became known after a cut are raised, lowered, replaced or removed, for ``cuts`` moments spread over the run, and
      for moments of decisions, some early and some later of each strategy. Frames, arrays and dicts that the strategy's code
      reaches (attributes, closures, globals, modules of the user's) get another future too, by their stamps.
    * It is run with rows that arrive moment by moment (the first 4,000 moments): where that parts, the future is cut.
    * It is run in other step sizes, with other ``prefetch_days``, twice as it is, and at another time of day on the wall.
    * Files, hosts and processes that hooks open are noted. ``trust`` has patterns of paths that may be read, and of names of held
      data that is no market data (``"holidays"``).

    A decision is an order sent, canceled or replaced, a target, a scan, or an error that a hook raises; numbers count as equal to
    nine digits. A finding tells the moment, the hook, what changed, what the hook had read, and lines that often are the cause.

    What it cannot see: a look-ahead that changed no decision at any of the cuts (raise ``cuts``); numbers worked out from the
    whole data before and handed over as plain parameters, and arrays whose rows cannot be dated (named in ``notes``); a bar still
    in progress in a held table whose label cannot be told; what native readers other than those of pandas, polars, pyarrow and
    numpy open; what a hook does in another process or thread, or reaches by computed names; choices that a person made after
    having seen the data. A file that hooks read is named, not judged.

    A run goes to its cut alone: an audit costs about two whole runs per cut, of which there are up to ``cuts`` + 1 and eight for
    each strategy, and eight runs more. ``seconds``: how long until no further cut is begun; left out, all are made. The report
    tells how many were. Strategies print in the first run alone; what they write to files they write each time.
    Raises :class:`ConfigError` for signals that were made before, and whatever the strategy raises by itself.

    >>> import sessionlab as sl
    >>> class Peeks(sl.Strategy):
    ...     def on_bar(self, ctx, symbol):
    ...         close = ctx[symbol].bars("1m").close
    ...         later = close.base[3] if close.base.ndim == 2 else close.base
    ...         if len(close) < len(later) and later[len(close)] > close[-1]:
    ...             ctx.target(symbol, 100)
    >>> report = sl.audit(sl.demo(), Peeks(), cuts=2)
    >>> report.passed, report.findings[0].kind, report.findings[0].hook
    (False, 'look_ahead', 'on_bar')
    >>> sl.audit(sl.demo(), sl.strategies.SmaCross(), cuts=2).passed
    True
    """
    if cuts < 1:
        raise ConfigError(f"cuts={cuts}: at how many moments the future is changed, at least 1", cuts=cuts)
    lab, frames = _opened(data, source, options)
    trusted = (trust,) if isinstance(trust, str) else tuple(trust)
    return Auditor(Runner(Subject(lab, strategy, frames), trusted)).audit(lab.name, cuts, seconds, progress)


def _opened(data: Any, source: str | Source | None, options: Mapping[str, Any]) -> tuple[Lab, Any]:
    """A lab over ``data``, and the frames that a maker is given, if they are the user's own."""
    if isinstance(data, Lab):
        if source is not None or options:
            odd = ", ".join(["source"] * (source is not None) + list(options))
            raise ConfigError(f"{odd}: the lab has that already; give a config or data in its place")
        return data, None
    if isinstance(data, Mapping) and "session_data_config" in data:
        data = SessionConfig.from_dict(data)
    is_config = isinstance(data, SessionConfig) or (isinstance(data, str | PathLike) and Path(data).suffix in (".json", ".toml"))
    if source is not None:
        if not is_config:
            raise ConfigError("source= goes with a config; a source by itself is the data: sl.audit(source, strategy)")
        config = data if isinstance(data, SessionConfig) else SessionConfig.from_file(Path(data))
        return Lab(config, source=source, **options), None
    lab = open_lab(data, **options)
    frames = None if is_config or isinstance(data, str | PathLike | Source) else data
    return lab, frames
