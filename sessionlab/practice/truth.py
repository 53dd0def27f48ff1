"""What a blind practice hid: which symbols and dates, in what scale, out of which data."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.lab import Lab

if TYPE_CHECKING:
    from sessionlab.config import SessionConfig
    from sessionlab.practice.scale import Scale


class Truth:
    """The hidden side of a practice, told once it is over.

    ``symbols`` (the true one of each that was told), ``dates`` (likewise), ``prices`` and ``volumes`` (what the true ones were
    multiplied by, by true symbol), ``config`` (of the true sessions that were played), ``source`` (its name, and its path), and
    ``seed``, by which the same practice comes again from the same data.
    """

    def __init__(
        self,
        symbols: Mapping[str, str],
        dates: Mapping[dt.date, dt.date],
        scales: Mapping[str, Scale],
        config: SessionConfig,
        options: Mapping[str, Any],
        seed: int,
    ) -> None:
        self.symbols = dict(symbols)
        self.dates = dict(dates)
        self.prices = {true: scales[told].price for told, true in symbols.items()}
        self.volumes = {true: scales[told].volume for told, true in symbols.items()}
        self.config = config
        path = config.api_config.data_path
        self.source = options["source"].name + (f":{path}" if path else "")
        self.seed = seed
        self._options = dict(options)

    def open(self) -> Lab:
        """A lab on the same sessions as they truly were, at its first open, with nothing traded."""
        return Lab(self.config, **self._options)

    def words(self) -> list[str]:
        """The truth in sentences."""
        dates = [f"{told} was {true}" for told, true in self.dates.items()]
        symbols = [
            f"{told} was {true}, its prices times {self.prices[true]:.6g}, its volumes times {self.volumes[true]:.6g}"
            for told, true in self.symbols.items()
        ]
        return [*symbols, *dates, f"out of {self.config.session_name!r}, {self.source}, seed {self.seed}"]

    def __repr__(self) -> str:
        return f"<Truth: {'; '.join(self.words())}>"

    def _repr_html_(self) -> str:
        return f"<p>{'<br>'.join(html.escape(one, quote=False) for one in self.words())}</p>"
