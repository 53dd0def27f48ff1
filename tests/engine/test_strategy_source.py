"""The code of a strategy as a text: all of it, nothing else, and the same strategy again in a process that has the text alone."""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import json
import linecache
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import numpy as np
import pandas as pd
import pytest

import sessionlab as sl
from sessionlab.engine.source_code import StrategySource, source_of, strategy_from
from sessionlab.engine.source_code.values import document_of, expression_of, from_document, value_of
from sessionlab.engine.strategy import FunctionStrategy
from sessionlab.errors import ConfigError

Module = Callable[..., Any]

CROSS = """
from __future__ import annotations

import datetime as dt
from math import sqrt

import numpy as np

import sessionlab as sl
from sessionlab import Strategy

UNUSED = object()
LEVELS = [1.0, 2.5]
START = dt.time(9, 45)
TYPICAL = sl.EMA(9, "5m")


def unused():
    return UNUSED


def halved(value: float) -> float:
    return value / sqrt(LEVELS[0] * 4)


class Base(Strategy):
    slow: int = 30

    def mean(self, values):
        return halved(float(np.mean(values)))


class Cross(Base):
    \"\"\"Crosses.\"\"\"

    fast: int = 10
    every = "5m"

    def on_bar(self, ctx: sl.Strategy, symbol: str) -> None:
        if ctx.now.time() >= START:
            ctx.state.last = self.mean(ctx[symbol].bars("1m").close), ctx[symbol][TYPICAL].last
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Module]:
    """``module("my_cross", text, my_helpers=text)``: the module, imported from a folder of its own."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def write(name: str, text: str, **others: str) -> Any:
        for other, its_text in {name: text, **others}.items():
            file = tmp_path.joinpath(*other.split("__")).with_suffix(".py")
            file.parent.mkdir(exist_ok=True)
            file.write_text(its_text)
        importlib.invalidate_caches()
        return importlib.import_module(name.replace("__", "."))

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def again(source: StrategySource) -> StrategySource:
    """What is kept of what was made of ``source``."""
    return source_of(strategy_from(StrategySource.of_document(json.loads(json.dumps(source.document())))))


def lacks(strategy: Any) -> dict[str, str]:
    return dict(source_of(strategy).missing)


def test_the_text_is_all_that_the_class_needs_of_its_module_and_nothing_else(module: Module) -> None:
    source = source_of(module("my_cross", CROSS).Cross(fast=5))

    assert source.missing == ()
    assert (source.name, source.path, source.said) == ("Cross", "my_cross:Cross", "Cross(slow=30, fast=5)")
    assert source.parameters == {"slow": 30, "fast": 5}
    for needed in ("class Base(Strategy):", "def halved(", "LEVELS = [1.0, 2.5]", "from math import sqrt", "import numpy as np"):
        assert needed in source.text
    assert '"""Crosses."""' in source.text
    assert "nused" not in source.text.lower()
    assert source.digest == hashlib.sha256(source.text.encode()).hexdigest()


def test_a_process_that_has_the_text_alone_makes_the_same_strategy_which_sees_the_same(module: Module, tmp_path: Path) -> None:
    given = module("my_cross", CROSS).Cross(fast=5)
    lab = sl.demo().use(given)
    lab.run_session()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "source.json").write_text(json.dumps(source_of(given).document()))
    code = """
import json, pathlib, sys
import sessionlab as sl
from sessionlab.engine.source_code import StrategySource, source_of, strategy_from
source = StrategySource.of_document(json.loads(pathlib.Path("source.json").read_text()))
lab = sl.demo().use(strategy_from(source))
lab.run_session()
assert "my_cross" not in sys.modules
print(json.dumps([repr(lab.strategies[0]), lab._engine.books[0].ctx.state.last, source_of(strategy_from(source)) == source]))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "kept", capture_output=True, text=True, check=True)

    assert json.loads(run.stdout) == [repr(given), list(lab._engine.books[0].ctx.state.last), True]


def test_what_is_made_again_is_kept_as_the_same_text(module: Module) -> None:
    source = source_of(module("my_cross", CROSS).Cross(fast=5))

    assert again(source) == source


def test_order_and_neighbours_in_the_module_make_no_difference(module: Module) -> None:
    head, values, rest = CROSS.partition("UNUSED = object()")
    moved = rest.replace("LEVELS = [1.0, 2.5]\n", "").replace("class Cross", "LEVELS = [1.0, 2.5]\n\n\nclass Cross")
    one, other = module("my_cross", CROSS), module("my_moved", head + "OTHER = 5\n" + values + moved)

    assert source_of(one.Cross()).text == source_of(other.Cross()).text


def test_a_changed_helper_or_value_is_another_digest(module: Module) -> None:
    digests = {
        source_of(module(name, CROSS.replace(old, new)).Cross()).digest
        for name, old, new in [("a_", "", ""), ("b_", "* 4", "* 5"), ("c_", "2.5]", "2.6]"), ("d_", "sqrt", "cbrt")]
        if new != "cbrt" or sys.version_info >= (3, 11)
    }

    assert len(digests) == 4


def test_a_file_that_was_changed_since_is_not_taken_for_what_runs(module: Module, tmp_path: Path) -> None:
    given = module("my_cross", CROSS).Cross()
    (tmp_path / "my_cross.py").write_text(CROSS.replace(">= START", "> START"))

    assert "changed since it was imported" in lacks(given)["Cross"]
    with pytest.raises(ConfigError, match="Cross: its text is not what runs"):
        strategy_from(source_of(given))


def test_what_is_put_into_a_class_later_is_told(module: Module) -> None:
    cross = module("my_cross", CROSS).Cross
    cross.on_step = lambda self, ctx, symbols: None
    other = module("my_other", CROSS).Cross
    other.every = "1m"

    assert "on_step was put into the class" in lacks(cross())["Cross"]
    assert "every was changed after it was made" in lacks(other())["Cross"]


LACKING = """
import functools
import pandas as pd
import sessionlab as sl

DATA = pd.DataFrame({"close": [1.0, 2.0]})
larger = lambda one, other: one > other
MODEL = object()


def made(lab):
    class Closing(sl.Strategy):
        def on_bar(self, ctx, symbol):
            lab.step()

    return Closing()


class Looking(sl.Strategy):
    def on_bar(self, ctx, symbol):
        ctx.state.x = DATA, larger(1, 2), MODEL, nowhere


def looked_up(ctx):
    return MODEL
"""


def test_what_cannot_be_kept_is_said_with_the_reason(module: Module) -> None:
    here = module("my_lacking", LACKING)
    found = lacks(here.Looking())

    assert sorted(found) == ["DATA", "MODEL", "larger", "nowhere"]
    assert "a DataFrame of 2 rows" in found["DATA"]
    assert "lambda" in found["larger"]
    assert "not defined" in found["nowhere"]
    assert "a Lab" in lacks(here.made(sl.demo()))["lab"]
    assert lacks(FunctionStrategy(here.looked_up, "5m")).keys() == {"MODEL"}
    assert "lambda" in lacks(FunctionStrategy(lambda ctx: None, "5m"))["<lambda>"]
    assert "a partial" in lacks(FunctionStrategy(functools.partial(here.looked_up), "5m"))["partial"]
    with pytest.raises(ConfigError, match=r"(?s)Looking cannot be made again.*DATA: a DataFrame.*MODEL: .*larger: a lambda"):
        strategy_from(source_of(here.Looking()))


def test_values_of_a_strategy_that_are_no_simple_ones_are_said() -> None:
    index = pd.DatetimeIndex(["2025-07-02 09:31"])
    signals = sl.Signals(pd.Series([True], index), pd.Series([False], index)) if hasattr(sl, "Signals") else None
    if signals is None:
        from sessionlab.engine.signals import Signals

        signals = Signals(pd.Series([True], index), pd.Series([False], index))

    assert "self._given" in lacks(signals)


def test_code_that_came_from_a_prompt_is_said() -> None:
    names: dict[str, Any] = {"__name__": "__main__", "sl": sl}
    exec("class Typed(sl.Strategy):\n    def on_bar(self, ctx, symbol): pass", names)

    assert "nowhere to be read" in lacks(names["Typed"]())["Typed"]


def test_a_function_of_a_lab_is_kept_without_its_lab() -> None:
    lab = sl.demo()
    level = 7

    @lab.every("5m")
    def watch(ctx: Any, symbol: str) -> None:
        ctx.state.sum = getattr(ctx.state, "sum", 0) + level

    source = source_of(lab.strategies[0])

    assert source.missing == ()
    assert (source.every, source.defines) == ("5m", "watch")
    assert "lab" not in source.text
    assert "level = 7" in source.text
    assert again(source) == source
    assert repr(strategy_from(source)) == "watch(every='5m')"


def test_two_things_of_one_name_are_told_apart_rather_than_mixed() -> None:
    def helper_of(level: int) -> Any:
        def helper() -> int:
            return level

        return helper

    one, other = helper_of(1), helper_of(2)

    class Both(sl.Strategy):
        def on_bar(self, ctx: Any, symbol: str) -> None:
            ctx.state.x = one() + other()

    assert "two different things bear this name" in lacks(Both())["other"]


DECORATED = """
import functools
import sessionlab as sl


def doubling(function):
    @functools.wraps(function)
    def twice(*args):
        return 2 * function(*args)
    return twice


@functools.cache
@doubling
def level(n):
    return n


undecorated = functools.cache(doubling)


@sl.indicator
def typical(bars):
    return (bars.high + bars.low) / 2

def last(bars):
    return bars.close


closes = sl.indicator(last, "5m", name="closes")


class Late(sl.Strategy):
    limit = level(3)
    names = tuple(f"{n}x" for n in range(limit))

    @property
    def top(self):
        return self.limit

    @staticmethod
    def other():
        return level(4)

    def on_bar(self, ctx, symbol):
        ctx.state.found = self.top, self.other(), ctx[symbol][typical].last, ctx[symbol][closes].ready
"""


def test_decorated_functions_and_indicators_of_ones_own_come_along(module: Module) -> None:
    given = module("my_late", DECORATED).Late()
    source = source_of(given)
    made = strategy_from(source)

    assert source.missing == ()
    assert (made.top, made.other(), made.names) == (6, 8, ("0x", "1x", "2x", "3x", "4x", "5x"))
    assert again(source) == source


KINDS = """
from __future__ import annotations
import abc
import enum
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypedDict, TypeVar

import sessionlab as sl

T = TypeVar("T")


class Side(enum.Enum):
    LONG = 1
    FLAT = "0"


class Row(NamedTuple):
    side: Side
    level: float = 0.5


class Said(TypedDict):
    name: str


@dataclass(frozen=True)
class Rule:
    row: Row
    levels: list[float] = field(default_factory=list)

    def holds(self, value):
        return value > self.row.level


@dataclass
class Plain:
    n: int = 3


class Asked(Protocol):
    def ask(self) -> int: ...


class Box(Generic[T]):
    inside: T | None = None


class Root(abc.ABC):
    @abc.abstractmethod
    def level(self): ...


class Leaf(Root):
    def level(self):
        return Plain().n


class Kinds(sl.Strategy):
    side: str = "LONG"

    def on_bar(self, ctx, symbol):
        rule, said = Rule(Row(Side.LONG)), Said(name="a")
        asked: Asked | None = None
        ctx.state.found = [rule.holds(1), Side[self.side].value, said["name"], Box().inside, Leaf().level(), Row(Side.FLAT).level]
"""


def test_enums_named_tuples_dataclasses_and_their_like_come_along(module: Module) -> None:
    source = source_of(module("my_kinds", KINDS).Kinds())
    lab = sl.demo().use(strategy_from(source))
    lab.step()

    assert (source.missing, source.modules) == ((), {})
    assert lab._engine.books[0].ctx.state.found == [True, 1, "a", None, 3, 0.5]
    assert again(source) == source


def test_a_changed_value_of_a_class_that_it_stands_on_is_told(module: Module) -> None:
    here = module("my_kinds2", KINDS)
    here.Plain.n = 4

    assert "not what runs" in lacks(here.Kinds())["Plain"]


HELPED = """
import sessionlab as sl
from my_package.levels import level
import my_package.more as more
import my_lazy_user


class Helped(sl.Strategy):
    def on_bar(self, ctx, symbol):
        from my_lazy import late
        ctx.state.found = level() + more.extra() + late() + my_lazy_user.N
"""
OWN = {
    "my_package____init__": "",
    "my_package__levels": "from .more import extra\n\ndef level():\n    return 10 + extra()\n",
    "my_package__more": "SEEN = []\n\ndef extra():\n    return 1\n",
    "my_lazy": "def late():\n    return 100\n",
    "my_lazy_user": "N = 1000\n",
}


def test_modules_of_ones_own_come_along_whole_and_the_ones_on_disk_are_not_asked(module: Module, tmp_path: Path) -> None:
    own = {name.replace("____init__", "____init__"): text for name, text in OWN.items()}
    given = module("my_helped", HELPED, **own).Helped()
    source = source_of(given)
    for file in tmp_path.rglob("*.py"):
        file.write_text("raise RuntimeError('this is another text')")
    for name in ("my_package", "my_package.levels", "my_package.more", "my_lazy", "my_lazy_user"):
        sys.modules.pop(name, None)
    lab = sl.demo().use(strategy_from(source))
    lab.step()

    assert source.missing == ()
    assert sorted(source.modules) == ["my_lazy", "my_lazy_user", "my_package", "my_package.levels", "my_package.more"]
    assert lab._engine.books[0].ctx.state.found == 10 + 1 + 1 + 100 + 1000
    assert again(source) == source


def test_an_empty_module_of_ones_own_is_no_missing_one(module: Module) -> None:
    given = module("my_user", "import my_empty\nimport sessionlab as sl\n\n\nclass A(sl.Strategy):\n    x = my_empty.__name__\n",
                   my_empty="").A()  # fmt: skip

    assert source_of(given).missing == ()


def test_a_class_of_values_alone_is_found(module: Module) -> None:
    text = CROSS + "\n\nclass Quick(Cross):\n    fast: int = 2\n"
    source = source_of(module("my_quick", text).Quick())

    assert source.missing == ()
    assert "class Quick(Cross):\n    fast: int = 2\n" in source.text
    assert again(source) == source


def test_a_strategy_inside_of_a_function_is_set_out_with_its_texts_untouched() -> None:
    class Inside(sl.Strategy):
        words = """
one
    two"""

        def on_bar(self, ctx: Any, symbol: str) -> None:
            """Looks."""

    source = source_of(Inside())

    assert source.path is None
    assert strategy_from(source).words == "\none\n    two"
    assert again(source) == source


class Counting(sl.Strategy):
    """Has an ``__init__`` of its own."""

    every = "5m"

    def __init__(self, most: int, label: str = "") -> None:
        super().__init__()
        self.most = most
        self.seen: dict[str, tuple[int, ...]] = {"AAPL": (1, 2)}
        self.label = label


def test_a_strategy_with_an_init_of_its_own_is_kept_by_its_values() -> None:
    source = source_of(Counting(3, label="x"))
    made = strategy_from(source)

    assert source.state == {"most": 3, "seen": {"python": "{'AAPL': (1, 2)}"}, "label": "x"}
    assert (made.most, made.seen, made.label) == (3, {"AAPL": (1, 2)}, "x")


def test_a_strategy_under_another_name_keeps_it() -> None:
    lab = sl.demo()
    lab.use(Counting(3), name="three")

    assert strategy_from(source_of(lab.strategies[0])).name == "three"


VALUES = [
    None, True, 3, -2.5, float("inf"), "a'b\n", b"\x00", (1,), [], {"a": [1, (2,)]}, {1, 2}, frozenset("ba"), set(), 1 + 2j,
    np.float32(1.5), np.int64(7), np.bool_(True), pd.Timestamp("2025-07-02 09:30", tz="America/New_York"),
    pd.Timestamp("2025-07-02"), pd.Timedelta("5min"), pd.Timestamp("2025-11-02 01:30", tz="UTC").tz_convert("America/New_York"),
    sl.Interval.parse("5m"), sl.EMA(9, "5m"), sl.OpeningRange(15), Path("a") / "b",
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_simple_value_comes_back_as_it_was(value: Any) -> None:
    text = expression_of(value)
    assert text is not None
    made, loaded = value_of(text), from_document(json.loads(json.dumps(document_of(value), allow_nan=False)))

    for found in (made, loaded):
        assert type(found) is type(value)
        assert found == value


def test_an_array_comes_back_with_its_type() -> None:
    array = np.array([[1, 2], [3, 4]], dtype=np.int32)
    text = expression_of(array)
    assert text is not None

    np.testing.assert_array_equal(value_of(text), array, strict=True)


@pytest.mark.parametrize("value", [object(), pd.DataFrame({"a": [1]}), functools.partial(print), [object()], lambda: 1, open])
def test_what_is_no_simple_value_has_no_text(value: Any) -> None:
    assert expression_of(value) is None
    with pytest.raises(ValueError, match=r"which is|simple values|too many"):
        document_of(value)


def test_a_list_that_is_too_long_to_be_written_down_is_said(module: Module) -> None:
    here = module(
        "my_long", "import sessionlab as sl\n\nLONG = list(range(10_001))\n\n\nclass A(sl.Strategy):\n    x = len(LONG)\n"
    )

    assert "a list of 10,001 entries, too many to be written down" in lacks(here.A())["LONG"]


def test_a_strategy_of_cells_is_kept_and_made_again_in_another_process(tmp_path: Path) -> None:
    cells = [
        "import numpy as np\nimport sessionlab as sl\nLEVEL = 2\nseen = []",
        "def half(x):\n    return x / LEVEL",
        "class Cell(sl.Strategy):\n    fast: int = 3\n    def on_bar(self, ctx, symbol):\n        seen.append(symbol)\n"
        "        ctx.state.last = half(float(np.mean(ctx[symbol].bars('1m').close)))",
        "%time x = 1\nclass Quick(Cell):\n    fast: int = 2",
        "lab = sl.demo().use(Quick())\n@lab.every('5m')\ndef watch(ctx):\n    ctx.state.n = half(len(seen))",
        "lab.step(20)\nfrom sessionlab.engine.source_code import source_of\nimport json, pathlib\n"
        "pathlib.Path('kept.json').write_text(json.dumps([s.source.document() for s in lab._engine.deeds.done]))\n"
        "print(json.dumps([vars(book.ctx.state) for book in lab._engine.books]))",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    code = """
import json, pathlib
import sessionlab as sl
from sessionlab.engine.source_code import StrategySource, source_of, strategy_from
lab = sl.demo()
for said in json.loads(pathlib.Path("kept.json").read_text()):
    source = StrategySource.of_document(said)
    assert source_of(strategy_from(source)) == source
    lab.use(strategy_from(source))
lab.step(20)
print(json.dumps([vars(book.ctx.state) for book in lab._engine.books]))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)

    kept = json.loads((tmp_path / "kept.json").read_text())
    assert [(one["name"], one["missing"]) for one in kept] == [("Quick", []), ("watch", [])]
    assert "seen = []" in kept[0]["source"]
    assert run.returncode == 0, run.stderr
    # Two strategies that share a list of their notebook have one each when they are made again.
    told, found = json.loads(notebook.cells[-1].outputs[0]["text"]), json.loads(run.stdout)
    assert found[0] == told[0]
    assert found[1] == {"n": 0.0}


def test_a_class_that_calls_what_its_own_cell_imports_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell is compiled a statement at a time, so the class does not know that the name is an imported module's."""
    text = "import sessionlab as sl\nclass Cell(sl.Strategy):\n    def on_bar(self, ctx, symbol):\n        sl.OpeningRange(15)\n"
    monkeypatch.setitem(linecache.cache, "<cell 7>", (len(text), None, text.splitlines(keepends=True), "<cell 7>"))
    names: dict[str, Any] = {"__name__": "__main__"}
    for statement in ast.parse(text).body:
        exec(compile(ast.Module([statement], []), "<cell 7>", "exec", dont_inherit=True), names)
    source = source_of(names["Cell"]())

    assert source.missing == ()
    assert source_of(strategy_from(source)) == source
