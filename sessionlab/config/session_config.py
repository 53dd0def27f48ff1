"""A session's config: what a run means, checked once as a whole; a document in, typed values out, nothing changed.

Every way in reports all problems at once as one :class:`~sessionlab.errors.ConfigError` with ``.problems``. The models
behind it are loaded with the first config that is made.
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.errors import ConfigError
from sessionlab.timing import Interval

if TYPE_CHECKING:
    from sessionlab.config.sections import Document as _Fields
else:
    _Fields = object

_GENEROUS = 1e9


class SessionConfig(_Fields):
    """What a run means. Sections and fields are attributes, named as in the document; dates are dates, lists tuples.

    >>> config = SessionConfig.simple("AAPL", "2025-07-02", "2025-07-07", streams=("1m", "1h", "quotes"))
    >>> config.session_data_config.symbols, config.intervals, config.wants_quotes
    (('AAPL',), (Interval('1m'), Interval('60m')), True)
    >>> config.replace({"backtest_config.end_date": "2025-07-03"}).backtest_config.end_date
    datetime.date(2025, 7, 3)

    Two configs are equal when they mean the same; comments and left-out defaults make no difference.
    """

    _document: _Fields
    _given: dict[str, Any]

    def __init__(self, **document: Any) -> None:
        self._read(document)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any] | SessionConfig) -> SessionConfig:
        """The config that ``document`` means; dates, tuples and paths may stand in it as they are."""
        if isinstance(document, SessionConfig):
            return document
        made = cls.__new__(cls)
        made._read(document)
        return made

    @classmethod
    def model_validate(cls, document: Any) -> SessionConfig:  # type: ignore[override]
        """The same as :meth:`from_dict`, by the name that pydantic has for it."""
        return cls.from_dict(document)

    @classmethod
    def from_file(cls, path: str | PathLike[str]) -> SessionConfig:
        """The config in a ``.json`` or ``.toml`` file; errors name the file."""
        from sessionlab.config import files
        from sessionlab.config.problems import config_error

        document = files.read_file(path)
        try:
            return cls.from_dict(document)
        except ConfigError as why:
            raise config_error(why.problems, file=path) from None

    @classmethod
    def simple(
        cls,
        symbols: str | Sequence[str],
        start: str | dt.date,
        end: str | dt.date,
        streams: str | Sequence[str] = ("1m",),
        **paths: Any,
    ) -> SessionConfig:
        """A backtest made in code: limits so wide that they do not bind, 100,000 of cash.

        ``symbols`` and ``streams`` may be one text with spaces. ``paths`` are further fields by dotted path, as in
        ``exchange_group="CRYPTO"`` or ``**{"api_config.data_api": "synthetic"}``.
        """
        listed = symbols.split() if isinstance(symbols, str) else list(symbols)
        document: dict[str, Any] = {
            "session_name": _some([str(symbol) for symbol in listed]) or "session",
            "backtest_config": {"start_date": start, "end_date": end},
            "session_data_config": {
                "symbols": listed,
                "streams": streams.split() if isinstance(streams, str) else list(streams),
            },
            "trading_config": {
                "max_buying_power": _GENEROUS,
                "max_per_trade": _GENEROUS,
                "max_per_symbol": _GENEROUS,
                "max_open_positions": 1000,
                "starting_cash": 100_000.0,
            },
        }
        return cls._with(document, paths)

    def to_dict(self, full: bool = False) -> dict[str, Any]:
        """The document as it was given, comments included; ``full`` without comments, with every default.

        What came from code stands as the JSON value it means. Either one makes an equal config again.
        """
        return self._document.model_dump(mode="json") if full else copy.deepcopy(self._given)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the document to a ``.json`` file: readers see the old file or the new one."""
        from sessionlab.config import files

        return files.write_file(path, self.to_dict())

    def replace(self, changes: Mapping[str, Any]) -> SessionConfig:
        """Another config with the values of ``changes``, by dotted path, checked again as a whole.

        A path leads to a field, a section, or a list's entry (``session_data_config.symbols[0]``).
        """
        return self._with(self.to_dict(), changes)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema (draft 2020-12) that editors and validators use."""
        from sessionlab.config import schema

        return schema.json_schema()

    def digest(self) -> str:
        """SHA-256 of the full meaning, 64 hex digits: equal configs have equal digests."""
        from sessionlab.config.document import canonical

        return hashlib.sha256(canonical(self.to_dict(full=True)).encode()).hexdigest()

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """The bar intervals of ``streams``, in their order."""
        return tuple(Interval.parse(stream) for stream in self.session_data_config.streams if stream != "quotes")

    @property
    def wants_quotes(self) -> bool:
        """Whether ``quotes`` is among the streams, or costs are half of their spread."""
        return "quotes" in self.session_data_config.streams or self.trading_config.costs.slippage.half_spread

    @property
    def trading_refusal(self) -> str | None:
        """Why orders are refused, in words; None where they are not. Bars and quality need no leave."""
        if self.asset_class in ("EQUITY", "CRYPTO"):
            return None
        return f"trading {self.asset_class} is refused until contract multipliers exist; bars and quality are there"

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> SessionConfig:
        """The same config, or :meth:`replace` with ``update``: there is no copy that was not checked."""
        return self if update is None else self.replace(update)

    def __eq__(self, other: object) -> bool:
        return self.digest() == other.digest() if isinstance(other, SessionConfig) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        data, dates = self.session_data_config, self.backtest_config
        when = "live" if self.mode == "live" or dates is None else f"{dates.start_date} to {dates.end_date}"
        what = f"{_some(data.symbols)}; {' '.join(data.streams)}; {when}"
        return f"<SessionConfig {self.session_name[:40]!r}: {what}; {self.digest()[:8]}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from sessionlab.config.page import config_page

        return config_page(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # also while it is being made
            raise AttributeError(name)
        return getattr(self._document, name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise ConfigError(
            f"a config never changes, so {name} cannot be set; make another with config.replace({{path: value}})", field=name
        )

    def __delattr__(self, name: str) -> None:
        raise ConfigError(f"a config never changes, so {name} cannot be deleted", field=name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *type(self._document).model_fields})

    def __copy__(self) -> SessionConfig:
        return self

    def __deepcopy__(self, memo: Any) -> SessionConfig:  # type: ignore[override]
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_dict, (self._given,)

    def _read(self, document: Any) -> None:
        from sessionlab.config.checked import check

        checked, given = check(document)
        object.__setattr__(self, "_document", checked)
        object.__setattr__(self, "_given", given)

    @classmethod
    def _with(cls, document: dict[str, Any], changes: Mapping[str, Any]) -> SessionConfig:
        from sessionlab.config.document import plain
        from sessionlab.config.layout import keys_of, put
        from sessionlab.config.problems import Problem, config_error

        problems: list[Problem] = []
        for path, value in changes.items():
            problem = put(document, path, plain(value, problems, keys_of(path)))
            problems += [] if problem is None else [problem]
        if problems:
            raise config_error(problems)
        return cls.from_dict(document)


def _some(names: Sequence[str]) -> str:
    return " ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
