"""A scanner: typed parameters, and a method that proposes symbols from a universe.

It runs before a session's first moment, and within it at times of the session's grid: after the rows of a moment have come,
before strategies. Market time stands still meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.engine.callables import refuse_async, signature, takes
from sessionlab.engine.context import Looking
from sessionlab.engine.parameters import Parameters
from sessionlab.errors import ConfigError, NoDataError

if TYPE_CHECKING:
    from sessionlab.engine.scan_desk import Desk
    from sessionlab.session.data import SymbolData


class Scanner(Parameters):
    """The base of all scanners. Subclass it, annotate parameters, write :meth:`scan`.

    ``universe`` are the symbols that it may look at: a list, the path of a file, or, left out, all that the source lists.
    ``most`` is how many symbols that it proposed may take part at once; further ones are refused.

    >>> class Cheap(Scanner):
    ...     below: float = 20.0
    ...     def scan(self, ctx):
    ...         return [one.symbol for one in ctx.candidates() if one.day.last < self.below]
    >>> Cheap(universe=["RIVN", "SNAP"], below=15)
    Cheap(universe=['RIVN', 'SNAP'], most=None, below=15.0)
    """

    universe: str | list[str] | None = None
    most: int | None = None

    def scan(self, ctx: ScanContext) -> Iterable[str] | None:
        """The symbols that should take part from now on. Those that it does not name are left alone; see ``ctx.remove``."""
        raise NotImplementedError


class ScanContext(Looking):
    """What a scan may see and do: all that a strategy's ``ctx`` has, the ``universe``, and symbols that take no part yet."""

    def __init__(self, desk: Desk, seed: int, name: str) -> None:
        super().__init__(desk.data, seed, name)
        self._desk = desk

    @property
    def universe(self) -> tuple[str, ...]:
        """The symbols that the scanner may look at. Raises :class:`ConfigError` where neither it nor the source names any."""
        return self._desk.universe()

    def candidate(self, symbol: str) -> SymbolData:
        """``symbol`` as it is known now, whether it takes part or not: its window, its day so far, indicators, coverage.

        Looking lets nothing join; what does not join is forgotten after the scan, and the view stands still.
        Raises :class:`NoDataError` for a symbol without its base, :class:`ConfigError` for what is no symbol.
        """
        return self._desk.candidate(symbol)

    def candidates(self) -> Iterator[SymbolData]:
        """Each symbol of the universe as it is known now, loaded one by one. Those that have no data are left out."""
        for symbol in self.universe:
            try:
                found = self.candidate(symbol)
            except (NoDataError, ConfigError) as why:
                self._desk.lacks(symbol, why)
                continue
            yield found

    def remove(self, symbol: str) -> None:
        """Let ``symbol`` take no part any more once the scan has ended."""
        self._desk.remove(symbol)


def check_scanner(scanner: Any) -> None:
    """Raise :class:`ConfigError` for what cannot scan."""
    kind = type(scanner).__name__
    if not isinstance(scanner, Scanner):
        raise ConfigError(f"a {kind} is no scanner; subclass sl.Scanner, as in lab.use_scanner(Cheap(), pre_session=True)")
    if type(scanner).scan is Scanner.scan:
        raise ConfigError(f"{kind} has no method scan; write def scan(self, ctx), which returns symbols", scanner=kind)
    if not takes(scanner.scan, 1):
        raise ConfigError(f"{kind}.scan{signature(scanner.scan)} cannot be called; write it as def scan(self, ctx)", scanner=kind)
    if scanner.most is not None and scanner.most < 1:
        raise ConfigError(f"{kind}(most={scanner.most}): how many of its symbols may take part at once, at least 1", scanner=kind)
    _refuse_lazy(scanner)


def _refuse_lazy(scanner: Scanner) -> None:
    import inspect

    if not inspect.isgeneratorfunction(scanner.scan):  # its yields are the symbols that it proposes
        refuse_async(scanner.scan, f"{type(scanner).__name__}.scan")


def proposed(names: Any, scanner: str) -> Sequence[Any]:
    """What a scan gave as names, each once, in order. Raises :class:`ConfigError` for what is no bunch of names."""
    if names is None:
        return []
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise ConfigError(f"{scanner}.scan returned {names!r}; return a list of symbols, or None", scanner=scanner)
    found: list[Any] = []
    for name in names:
        if name not in found:
            found.append(name)
    return found
