"""Magics of IPython: after ``%load_ext sessionlab``, ``%step 5m`` moves the lab as ``lab.advance("5m")`` does.

    %step 5m   %step   %step 20   %step -1     %until 10:30     %rewind 09:45
    %play 360   %pause                         %quality         %lab NAME

They act on the only lab there is; of several on the one chosen with ``%lab NAME``, else on the one displayed last. What a magic
was asked for and cannot do is said in a line. What a strategy's hook raises has its traceback, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class

from sessionlab.config.problems import nearest
from sessionlab.engine.user_code import hook_of
from sessionlab.errors import SessionlabError
from sessionlab.lab.lab import Lab
from sessionlab.session.data import SessionData, SymbolData
from sessionlab.session.quality_tables import quality_table

if TYPE_CHECKING:
    import pandas as pd

    from sessionlab.engine.playing import Playing
    from sessionlab.engine.step import Step

_T = TypeVar("_T")
_STEPS = re.compile(r"[+-]?[0-9]+")
_PLAY = re.compile(r"(?:(?P<speed>[^\sx]+)x?)?(?:\s*\buntil\s+(?P<until>\S.*))?")


def load(shell: Any) -> None:
    """Give ``shell`` the magics, and let its completion look behind the attributes of a lab."""
    magics = LabMagics(shell)
    shell.register_magics(magics)
    shell.set_hook("complete_command", lambda _, event: magics.names(), str_key="%lab")
    shell.set_hook("complete_command", lambda _, event: magics.symbols(), str_key="%quality")
    _let_completion_look(shell.Completer)


@magics_class
class LabMagics(Magics):
    """``%step %until %rewind %play %pause %quality %lab``."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._ipython = shell
        self._chosen: str | Lab | None = None

    @line_magic
    def step(self, line: str) -> Step:
        """Go on by a step, by several, or by trading time: ``%step``, ``%step 20``, ``%step -1``, ``%step 5m``.

        Its twins: ``lab.step(20)``, ``lab.step(-1)``, ``lab.advance("5m")``.
        """
        lab, said = self._lab(), _bare(line) or "1"
        if _STEPS.fullmatch(said):
            return _told(lambda: lab.step(int(said)))
        if said.startswith("-"):
            raise UsageError(f"%step {said}: back it goes by steps, as in %step -3, and to a time with %rewind 09:45")
        return _told(lambda: lab.advance(said))

    @line_magic
    def until(self, line: str) -> Step:
        """Go on to a moment of this session: ``%until 10:30``, ``%until close-10m``.

        Its twin: ``lab.advance("10:30")``.
        """
        lab, moment = self._lab(), _needed(line, "%until", "until when? As in %until 10:30 or %until close-10m")
        return _told(lambda: lab.advance(moment))

    @line_magic
    def rewind(self, line: str) -> None:
        """Go back to an earlier moment, and say where it stands then: ``%rewind 09:45``, ``%rewind 2025-07-02 15:00``.

        Its twin: ``lab.rewind("09:45")``.
        """
        lab, moment = self._lab(), _needed(line, "%rewind", "back to when? As in %rewind 09:45 or %rewind open")
        before = lab.now
        _told(lambda: lab.rewind(moment))
        print(f"back at {lab.now:%Y-%m-%d %H:%M:%S}, from {before:%Y-%m-%d %H:%M:%S}")

    @line_magic
    def play(self, line: str) -> Playing:
        """Let market time go by: ``%play 360``, ``%play 360 until 10:30``, ``%play`` at the last speed; 0 is as fast as it can.

        In a notebook it plays in the background, and ``%pause`` holds it. Its twin: ``lab.play(360, until="10:30")``.
        """
        found = _PLAY.fullmatch(_bare(line))
        try:
            speed = None if found is None or found["speed"] is None else float(found["speed"])
        except ValueError:
            found = None
        if found is None:
            raise UsageError(
                f"%play {line}: how many times as fast as the wall's clock? As in %play 360 or %play 360 until 10:30"
            )
        lab, until = self._lab(), found["until"]
        return _told(lambda: lab.play(speed, until=until))

    @line_magic
    def pause(self, line: str) -> None:
        """Hold the lab that plays, and say where it stands. ``%play`` goes on.

        Its twin: ``lab.pause()``.
        """
        lab = self._lab()
        _told(lab.pause)
        pacing = lab.pacing
        print(f"{pacing.state} at {lab.now:%Y-%m-%d %H:%M:%S}" + (f": {pacing.why}" if pacing.why else ""))

    @line_magic
    def quality(self, line: str) -> pd.DataFrame:
        """How complete the data is so far: ``%quality``, of some symbols ``%quality AAPL``, with windows ``%quality --window``.

        Its twin: ``lab.data.quality(window=True)``.
        """
        lab, words = self._lab(), _bare(line).split()
        symbols = [word for word in words if word != "--window"]
        for symbol in symbols:
            if symbol not in lab.symbols:
                near = nearest(symbol, lab.symbols)
                hint = f"; did you mean {near}?" if near else f"; there are {', '.join(lab.symbols)}"
                raise UsageError(f"%quality {line}: {symbol} takes no part in this session{hint}")
        table = lab.data.quality(window="--window" in words)
        return quality_table(table[table["symbol"].isin(symbols)]) if symbols else table

    @line_magic
    def lab(self, line: str) -> Lab:
        """Choose the lab that magics act on, and show it: ``%lab other``, by its variable or its own name; ``%lab`` shows it.

        It has no twin: methods have their lab before the dot.
        """
        named = _bare(line)
        if named:
            self._chosen = self._found(named)
        return self._lab()

    def names(self) -> list[str]:
        """The variables that hold labs."""
        return list(self._labs())

    def symbols(self) -> list[str]:
        """The symbols of the lab that magics act on; none where that is not clear."""
        try:
            return list(self._lab().symbols)
        except UsageError:
            return []

    def _found(self, named: str) -> str | Lab:
        """The lab called ``named``: by its variable, which may hold another one later, or itself."""
        labs = self._labs()
        if named in labs:
            return named
        family = [fork for lab in labs.values() for fork in lab.forks if fork.name == named]
        if family:
            return family[0]
        try:
            found = self._ipython.ev(named)
        except Exception:  # whatever a line may raise that is no expression
            found = None
        if isinstance(found, Lab):
            return found
        raise UsageError(f"%lab {named}: that is no lab; {_which(labs)}")

    def _lab(self) -> Lab:
        """The lab to act on."""
        labs = self._labs()
        if isinstance(self._chosen, Lab):
            return self._chosen
        if self._chosen in labs:
            return labs[self._chosen]
        several = list({id(lab): lab for lab in labs.values()}.values())
        if len(several) == 1:
            return several[0]
        shown = self._ipython.user_ns.get("_oh", {})
        for number in sorted(shown, reverse=True):
            if any(shown[number] is lab for lab in several):
                return shown[number]  # type: ignore[no-any-return]
        raise UsageError(f"which lab? {_which(labs)}" if labs else _which(labs))

    def _labs(self) -> dict[str, Lab]:
        """The labs that a user's variables hold, by variable."""
        return {
            name: value for name, value in self._ipython.user_ns.items() if isinstance(value, Lab) and not name.startswith("_")
        }


def _which(labs: dict[str, Lab]) -> str:
    if not labs:
        return "there is no lab here yet; make one, as in lab = sl.demo()"
    told = ", ".join(f"{variable} ({lab.name})" for variable, lab in labs.items())
    return f"there are {told}; choose one with %lab NAME, as in %lab {next(iter(labs))}"


def _told(act: Callable[[], _T]) -> _T:
    """What ``act`` gives. What was asked for and cannot be is said in a line; what a hook raised keeps its traceback."""
    try:
        return act()
    except SessionlabError as why:
        if hook_of(why) is not None:
            raise
        raise UsageError(str(why)) from None


def _bare(line: str) -> str:
    """What follows a magic, without quotes around it."""
    said = line.strip()
    return said[1:-1] if len(said) > 1 and said[0] == said[-1] and said[0] in "\"'" else said


def _needed(line: str, magic: str, question: str) -> str:
    said = _bare(line)
    if not said:
        raise UsageError(f"{magic}: {question}")
    return said


def _let_completion_look(completer: Any) -> None:
    """Let ``lab.data["AAPL"].historical["<tab>`` be completed: reading these attributes and symbols changes nothing."""
    from IPython.core.guarded_eval import EVALUATION_POLICIES, SelectivePolicy

    policy = EVALUATION_POLICIES.get(getattr(completer, "evaluation", ""))
    if not isinstance(policy, SelectivePolicy) or not hasattr(completer, "policy_overrides"):
        return
    before = completer.policy_overrides
    attributes = before.get("allowed_getattr", policy.allowed_getattr) | {Lab, SessionData, SymbolData}
    items = before.get("allowed_getitem", policy.allowed_getitem) | {SessionData}
    completer.policy_overrides = {**before, "allowed_getattr": attributes, "allowed_getitem": items}
