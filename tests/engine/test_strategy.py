"""A strategy that would never run, or fail at its first call, is refused when it is used; one that fails says where."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.engine.strategy import HOOKS, FunctionStrategy, check_hooks
from sessionlab.errors import ConfigError

TIMES = sl.TimeManager()
DAY = TIMES.get_trading_session("2025-07-02")


def lab_of(missing: tuple[int, ...] = ()) -> sl.Lab:
    source = RowsSource({("A", "1m"): make_bars(DAY, missing=missing)})
    return sl.Lab(config(["A"], "1m 5m", "2025-07-02"), source=source, times=TIMES)


def kind_of(**members: Any) -> type[sl.Strategy]:
    return type("Cross", (sl.Strategy,), members)


class TestHooks:
    @pytest.mark.parametrize(
        ("name", "meant"), [("on_bars", "on_bar"), ("on_sesion_start", "on_session_start"), ("on_Bar", "on_bar")]
    )
    def test_a_misspelt_hook_is_refused_when_used(self, name: str, meant: str) -> None:
        with pytest.raises(ConfigError, match=rf"Cross\.{name} is not a hook .* did you mean {meant}\?") as found:
            lab_of().use(kind_of(**{name: lambda self, ctx, symbol: None})())

        assert found.value.hook == name

    def test_a_hook_like_nothing_is_told_all_hooks(self) -> None:
        with pytest.raises(ConfigError, match="hooks are on_start, on_session_start, on_bar"):
            lab_of().use(kind_of(on_xyzzy=lambda self, ctx: None))

    def test_an_async_hook_is_refused(self) -> None:
        class Waits(sl.Strategy):
            async def on_bar(self, ctx: Any, symbol: str) -> None:  # type: ignore[override]
                pass

        with pytest.raises(ConfigError, match=r"Waits\.on_bar is async.*hooks are plain functions"):
            lab_of().use(Waits())

    def test_a_hook_with_a_yield_is_refused(self) -> None:
        class Yields(sl.Strategy):
            def on_bar(self, ctx: Any, symbol: str) -> Any:
                yield symbol

        with pytest.raises(ConfigError, match=r"Yields\.on_bar is async or has a yield"):
            lab_of().use(Yields())

    @pytest.mark.parametrize(
        ("hook", "function"),
        [("on_bar", lambda self, ctx: None), ("on_start", lambda self: None), ("on_step", lambda self, ctx, a, b: None)],
    )
    def test_wrong_arguments_are_refused_when_used(self, hook: str, function: Callable[..., Any]) -> None:
        with pytest.raises(ConfigError, match=rf"Cross\.{hook}\(.*write it as def {hook}\(self, ctx"):
            lab_of().use(kind_of(**{hook: function}))

    @pytest.mark.parametrize("hook", HOOKS)
    def test_what_the_base_class_shows_is_accepted(self, hook: str) -> None:
        check_hooks(kind_of(**{hook: getattr(sl.Strategy, hook)})())
        check_hooks(kind_of(**{hook: lambda self, *about: None})())

    def test_parameters_and_defaults_may_do_as_they_like(self) -> None:
        class Own(sl.Strategy):
            on_gap: str = "wait"
            on_call: Any = print

            def on_bar(self, ctx: Any, symbol: str, size: int = 1) -> None:
                pass

            @property
            def on_hold(self) -> bool:
                raise AssertionError("looked at")

        check_hooks(Own())

    def test_a_refused_strategy_leaves_the_lab_as_it_was(self) -> None:
        lab = lab_of()
        with pytest.raises(ConfigError):
            lab.use(kind_of(on_bars=lambda self, ctx, symbol: None))

        assert lab.strategies == ()


class TestFunctions:
    @pytest.mark.parametrize("what", [5, "close", None])
    def test_what_is_no_function_is_refused(self, what: Any) -> None:
        with pytest.raises(ConfigError, match="is not a function"):
            lab_of().every("5m")(what)

    def test_an_async_function_is_refused(self) -> None:
        async def watch(ctx: Any, symbol: str) -> None: ...

        with pytest.raises(ConfigError, match=r"watch is async.*hooks are plain functions"):
            lab_of().every("5m")(watch)

    @pytest.mark.parametrize("function", [lambda: None, lambda a, b, c: None, lambda a, b, *, c: None])
    def test_one_of_other_arguments_is_refused(self, function: Callable[..., Any]) -> None:
        with pytest.raises(ConfigError, match=r"write it as .*\(ctx, symbol\) or .*\(ctx\)"):
            FunctionStrategy(function, "5m")

    def test_optional_arguments_are_no_hindrance(self) -> None:
        assert FunctionStrategy(lambda ctx, symbol, size=1: None, "5m").per_symbol
        assert not FunctionStrategy(lambda ctx, *, size=1: None, "5m").per_symbol


class TestParameters:
    def test_values_by_position_are_refused_with_the_form_by_name(self) -> None:
        class A(sl.Strategy):
            fast: int = 10
            slow: int = 30

        with pytest.raises(ConfigError, match=r"A takes its parameters by name, not by position: A\(fast=3\)"):
            A(3)
        with pytest.raises(ConfigError, match="it has fast, slow"):
            A(1, 2, 3)

    def test_a_clock_time_that_no_session_of_the_run_has_is_refused(self) -> None:
        lab = lab_of()
        for every in ("17:00", "09:29:59", "open+7h", "close-400m"):
            with pytest.raises(
                ConfigError, match=rf"every='{re.escape(every)}' is a time that no session of this run has.*09:30-16:00"
            ):
                lab.every(every)(lambda ctx, symbol: None)

        assert lab.strategies == ()

    def test_a_clock_time_that_one_session_has_is_called_on_that_one(self) -> None:
        """The third of July closes at 13:00."""
        called = []
        lab = sl.Lab(config("A", "1m", "2025-07-02", "2025-07-03"))
        lab.every("15:00")(lambda ctx, symbol: called.append(f"{ctx.now:%d %H:%M}"))
        lab.run()

        assert called == ["02 15:00"]

    def test_another_spelling_of_an_interval_is_understood_in_the_error(self) -> None:
        with pytest.raises(ConfigError, match=r"did you mean 5m\?"):
            lab_of().every("5min")(lambda ctx, symbol: None)


class TestWhereItFailed:
    def note(self, lab: sl.Lab) -> str:
        with pytest.raises(ZeroDivisionError) as found:
            lab.run()
        (note,) = found.value.__notes__
        return str(note)

    @pytest.mark.parametrize(
        ("hook", "about"),
        [
            ("on_start", " at 2025-07-02 09:30:00"),
            ("on_bar", "('A') at 2025-07-02 09:31:00"),
            ("on_step", "(('A',)) at 2025-07-02 09:31:00"),
            ("on_quality", "('A', '1m', 'no 1m bar at 09:32:00') at 2025-07-02 09:33:00"),
        ],
    )
    def test_a_hook_is_named_with_its_strategy(self, hook: str, about: str) -> None:
        def fails(self: Any, ctx: Any, *about: Any) -> None:
            raise ZeroDivisionError

        fails.__name__ = hook
        lab = lab_of(missing=(2,))
        lab.use(kind_of(**{hook: fails}))

        assert self.note(lab) == f"in Cross.{hook}{about} market time"

    def test_a_function_is_named_as_it_is(self) -> None:
        def note_the_range(ctx: Any, symbol: str) -> None:
            raise ZeroDivisionError

        lab = lab_of()
        lab.every("5m")(note_the_range)

        assert self.note(lab) == "in note_the_range('A') at 2025-07-02 09:35:00 market time"

    def test_so_is_one_per_boundary(self) -> None:
        def note_the_range(ctx: Any) -> None:
            raise ZeroDivisionError

        lab = lab_of()
        lab.every("5m")(note_the_range)

        assert self.note(lab) == "in note_the_range() at 2025-07-02 09:35:00 market time"
