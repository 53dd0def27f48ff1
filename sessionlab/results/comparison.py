"""Runs side by side: their statistics, their equity, and in what their configs and their data differ."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from sessionlab.errors import ConfigError
from sessionlab.markup.tables import table, text_table
from sessionlab.markup.text import counted
from sessionlab.results.page import frame_page
from sessionlab.results.run_result import RunResult
from sessionlab.results.words import figure_text

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_TOLD = ("total_return", "sharpe", "max_drawdown", "trades", "win_rate", "coverage", "ambiguous_fills", "rejected")
_TOLD_DIFFERENCES = 8
_LONGEST_VALUE = 60
_OF_THE_RUN = ("strategies", "scanners", "seed", "source", "data_digest", "sessionlab")


def compare(results: Mapping[str, RunResult]) -> Comparison:
    """Runs side by side, by names of your own: ``sl.compare({"15m": a, "30m": b})``.

    Raises :class:`ConfigError` for what is no mapping of names to results.
    """
    if not isinstance(results, Mapping) or not results:
        raise ConfigError(f'compare takes results by name, as in sl.compare({{"15m": a, "30m": b}}), not {_kind(results)}')
    for name, result in results.items():
        if not isinstance(result, RunResult):
            raise ConfigError(
                f"compare: {str(name)!r} is {_kind(result)}, not a RunResult; take what lab.run() returns", name=name
            )
    named = {str(name): result for name, result in results.items()}
    if len(named) < len(results):
        raise ConfigError("compare: two results have one name; give each its own", names=[str(name) for name in results])
    return Comparison(named)


class Comparison:
    """Some runs, a column each: ``stats``, ``equity``, ``returns``, ``differences``; ``results`` are the runs by name."""

    def __init__(self, results: Mapping[str, RunResult]) -> None:
        self.results = dict(results)

    @cached_property
    def stats(self) -> pd.DataFrame:
        """The statistics of :attr:`RunResult.stats`, a row each."""
        return pd.DataFrame({name: result.stats for name, result in self.results.items()})

    @cached_property
    def equity(self) -> pd.DataFrame:
        """Equity in dollars by time; between its moments a run has its last value, outside of it NaN."""
        # where one session's close is the next one's open, the open
        each = {name: result.equity[~result.equity.index.duplicated(keep="last")] for name, result in self.results.items()}
        together = pd.concat(each, axis=1, sort=True)
        return together.ffill().where(together.bfill().notna())

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Returns per session by date; NaN for sessions that a run did not have."""
        return pd.concat({name: result.returns for name, result in self.results.items()}, axis=1, sort=True)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """In what the runs differ: a row per setting, by its path in the config; ``run.…`` is of the manifest.

        Settings that all share are left out; what a run does not have is None there.
        """
        flat = {name: _flat(result) for name, result in self.results.items()}
        paths = dict.fromkeys(path for settings in flat.values() for path in settings)
        rows = {path: [settings.get(path) for settings in flat.values()] for path in paths}
        different = {path: values for path, values in rows.items() if any(value != values[0] for value in values)}
        frame = pd.DataFrame.from_dict(different, orient="index", columns=list(flat), dtype="object")
        return frame.rename_axis("setting")

    def plot(self) -> Figure:
        """Growth of each run, in percent of its starting cash, and how far it is below its peak. Needs plotly."""
        from sessionlab.results.comparison_figure import comparison_figure

        return comparison_figure(self)

    def __repr__(self) -> str:
        head = f"<Comparison of {counted(len(self.results), 'run')}, {self._what_differs()}>"
        rows = {label: [figure_text(label, value) for value in self.stats.loc[label]] for label in _TOLD}
        told = [f"  {path}: {' | '.join(cells)}" for path, cells in self._some_differences()]
        return "\n".join([head, *text_table(list(self.results), rows), *told])

    def _repr_html_(self) -> str:
        head = f"<p><b>Comparison of {counted(len(self.results), 'run')}</b>, {self._what_differs()}</p>"
        different = table(list(self.results), self._some_differences()) if len(self.differences) else ""
        return head + frame_page(self.stats) + different

    def _what_differs(self) -> str:
        count = len(self.differences)
        if count == 0:
            return "of one config, strategy and data"
        more = f", {_TOLD_DIFFERENCES} of them below, all in .differences" if count > _TOLD_DIFFERENCES else ""
        return f"{counted(count, 'setting')} differ{'s' * (count == 1)}{more}"

    def _some_differences(self) -> list[tuple[str, list[str]]]:
        some = self.differences.head(_TOLD_DIFFERENCES)
        return [
            (str(path), [_shown(value) for value in values]) for path, values in zip(some.index, some.to_numpy(), strict=True)
        ]


def _flat(result: RunResult) -> dict[str, Any]:
    """The settings of a run by their dotted paths, and what its manifest says of the run."""
    flat: dict[str, Any] = {}
    _lay_out(result.config.to_dict(), "", flat)
    return flat | {f"run.{name}": _said(result.manifest[name]) for name in _OF_THE_RUN if name in result.manifest}


def _said(value: Any) -> Any:
    """A value of the manifest; of strategies and scanners as one writes them, without their source."""
    if isinstance(value, list):
        return [_name_of(one) if isinstance(one, dict) and "repr" in one else one for one in value]
    return value


def _name_of(used: dict[str, Any]) -> str:
    since = used.get("since")
    return str(used["repr"]) if since is None else f"{used['repr']} since {since[:16].replace('T', ' ')}"


def _lay_out(value: Any, path: str, flat: dict[str, Any]) -> None:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            _lay_out(inner, f"{path}.{key}" if path else str(key), flat)
    else:
        flat[path] = value


def _shown(value: Any) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _kind(value: Any) -> str:
    return "nothing" if isinstance(value, Mapping) else f"a {type(value).__name__}"
