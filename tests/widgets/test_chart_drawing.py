"""A browser lays out a chart as Python does: the same words, panels, scales and labels in the same places, to the pixel."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import RowsSource, config, make_bars

import sessionlab as sl
from sessionlab.charts.grouping import absent_columns, candle_columns, slots_per_column, thinned, volume_columns
from sessionlab.charts.layout import lay_out
from sessionlab.charts.scene import Candles, Times, Volumes
from sessionlab.charts.text import cut_to, text_width, ticks, value_text
from sessionlab.widgets.chart import ChartPart
from sessionlab.widgets.standing import Standing

TIMES = sl.TimeManager()
DAYS = list(TIMES.get_sessions("2025-06-30", "2025-07-03"))
Node = Callable[[str, Any], Any]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Run the body of a function of ``given`` among the modules of the front end, and give what it returns."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not on the PATH, so the front end's modules are not run by themselves")
    folder = tmp_path_factory.mktemp("modules")
    for module in files("sessionlab.widgets").joinpath("static").iterdir():
        if module.name.endswith(".js"):
            (folder / module.name).write_text(module.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}')

    def run(body: str, given: Any) -> Any:
        imports, _, body = body.partition("\n\n")
        script = f"{imports}\nimport {{ readFileSync }} from 'node:fs';\nconst given = JSON.parse(readFileSync(0, 'utf8'));\n"
        path = Path(folder / "script.js")
        path.write_text(f"{script}const told = (() => {{ {body} }})();\nconsole.log(JSON.stringify(told));")
        done = subprocess.run(
            [program, str(path)], input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def test_words_are_as_wide_and_numbers_are_written_alike(node: Node) -> None:
    luck = np.random.default_rng(7)
    letters = list("AaIlm.,:%@ –…&日本🙂0123456789()ÄÖ")
    words = ["".join(luck.choice(letters, size)) for size in luck.integers(0, 30, 200)]
    values = [float(value) for value in luck.normal(size=200) * 10.0 ** luck.integers(-3, 11, 200)]
    spans = [(value, value + abs(other) + 1e-6) for value, other in zip(values[:100], values[100:], strict=True)]
    told = node(
        """import * as text from "./chart_text.js";

        const { words, values, spans } = given;
        return {
          widths: words.map((word) => [text.textWidth(word, 11), text.textWidth(word, 13, true), text.cutTo(word, 60, 11)]),
          values: values.map((value) => ["price", "number", "volume"].map((numbers) => text.valueText(value, numbers, 3))),
          ticks: spans.map(([low, high]) => text.ticks(low, high, 6)),
        };""",
        {"words": words, "values": values, "spans": spans},
    )

    for word, (plain, bold, cut) in zip(words, told["widths"], strict=True):
        assert [plain, bold] == pytest.approx([text_width(word, 11.0), text_width(word, 13.0, bold=True)])
        assert cut == cut_to(word, 60.0, 11.0)
    assert told["values"] == [[value_text(value, numbers, 3) for numbers in ("price", "number", "volume")] for value in values]
    for (low, high), found in zip(spans, told["ticks"], strict=True):
        steps, digits = ticks(low, high, 6)
        assert found["values"] == pytest.approx(steps)
        assert found["digits"] == digits


CELL = """import { CellStore, Reader } from "./chart_store.js";
import { columnsOf, absentColumns, slotsPerColumn } from "./chart_grouping.js";

const { slots, first, ended, slot, bars, flags, per } = given;
const about = { symbol: "A", interval: "1s", measured: true, lines: [], seconds: 1, clock: [[0, 1, slots]], past: slots, first,
  pasts: [], labels: [], breaks: [] };
const cell = new CellStore(about);
const arrays = { slot: Int32Array.from(slot), bars: Float64Array.from(bars.flat()), flags: Uint8Array.from(flags),
  counts: new Int32Array(slot.length) };
cell.hear({ at: ended, ended, bars: slot.length, points: [] }, new Reader(arrays));
return per.map((one) => {
  const found = columnsOf(cell, 0, slots, one);
  const column = (name) => [...found[name].subarray(0, found.count)];
  const names = ["left", "right", "open", "high", "low", "close", "volume", "whole"];
  return [...names.map(column), absentColumns(cell, 0, slots, one)];
});"""


def test_many_bars_in_a_column_keep_their_range_and_their_volume(node: Node) -> None:
    luck = np.random.default_rng(3)
    slots, ended, first = 900, 850, [0, 333, 700]
    slot = np.flatnonzero((luck.random(ended) < 0.6) & ~((np.arange(ended) > 400) & (np.arange(ended) < 520)))
    bars = luck.integers(100, 200, (len(slot), 5)).astype(float)
    bars[:, 1], bars[:, 2] = bars[:, :4].max(axis=1), bars[:, :4].min(axis=1)
    complete = luck.random(len(slot)) < 0.9
    per = [1, 2, 7, 30]
    told = node(
        CELL,
        {"slots": slots, "first": first, "ended": ended, "slot": slot.tolist(), "bars": bars.tolist(), "per": per,
         "flags": complete.astype(int).tolist()},
    )  # fmt: skip
    there = np.zeros(ended, dtype=bool)
    there[slot] = True
    edges = np.flatnonzero(np.diff(np.concatenate([[1], there.astype(int), [1]])))
    gaps = edges.reshape(-1, 2)
    times = Times(
        slots, ended, 1, (), (), (), (), tuple(first), (), (), (), tuple(gaps[:, 0].tolist()), tuple(np.diff(gaps)[:, 0].tolist())
    )
    candles = Candles(tuple(slot.tolist()), *(tuple(column.tolist()) for column in bars[:, :4].T), tuple(complete.tolist()))
    volumes = Volumes(tuple(slot.tolist()), tuple(bars[:, 4].tolist()), ())

    for one, (left, right, *prices, volume, whole, absent) in zip(per, told, strict=True):
        expected = candle_columns(candles, times, one)
        assert (left, right) == (expected.left.tolist(), expected.right.tolist())
        assert prices == expected.values.tolist()
        assert volume == volume_columns(volumes, times, one).values[0].tolist()
        assert [bool(flag) for flag in whole] == expected.complete.tolist()
        assert absent == [list(run) for run in absent_columns(times, one)]


def test_so_many_bars_share_a_column(node: Node) -> None:
    given = [(slots, pixels) for slots in (1, 24, 390, 391, 23_400, 86_400) for pixels in (10.5, 400.0, 585.0, 1199.0)]
    body = 'import { slotsPerColumn } from "./chart_grouping.js";\n\nreturn given.map((one) => slotsPerColumn(...one));'

    assert node(body, given) == [slots_per_column(slots, pixels) for slots, pixels in given]


LAID_OUT = """import { CellStore, Reader } from "./chart_store.js";
import { layOut, naturalHeight } from "./chart_layout.js";
import { Stretch } from "./chart_stretch.js";

const KINDS = { float64: Float64Array, int32: Int32Array, uint8: Uint8Array };
const arrays = {};
for (const [name, [kind, values]] of Object.entries(given.arrays)) arrays[name] = KINDS[kind].from(values, (one) => one ?? NaN);
const reader = new Reader(arrays);
const stores = given.facts.cells.map((facts) => {
  const store = new CellStore(facts.new);
  store.hear(facts, reader);
  return store;
});
const show = { ...given.facts.show, fills: true, orders: true };
const cells = layOut(stores, given.facts.across, given.width, given.height, new Stretch(), show, given.clock);
return { height: naturalHeight(stores, given.facts.across), cells: cells.map((cell) => ({
  edges: [cell.left, cell.right, cell.slot, cell.axis], per: cell.per,
  header: cell.header.map(({ x, baseline, text, kind, of }) => [x, baseline, text, kind, of]),
  ticks: cell.ticks,
  panels: cell.panels.map(({ name, top, bottom, y, ticks, digits }) => [name, top, bottom, y(1) - y(0), ticks, digits]),
})) };"""


def laid_out(node: Node, lab: sl.Lab, symbols: Any, interval: Any, indicators: Any, size: tuple[int, int]) -> Any:
    told = ChartPart(lab, symbols, interval, indicators).tell(Standing.of(lab))
    assert told is not None
    arrays = {
        name: [str(column.dtype), [None if value != value else value for value in column.tolist()]]
        for name, column in told.arrays.items()
    }
    width, height = size
    given = {"facts": told.facts, "arrays": arrays, "width": width, "height": height, "clock": f"{lab.now:%H:%M:%S}"}
    return node(LAID_OUT, given)


@pytest.mark.parametrize("moment", ["09:31", "10:07", "15:10", "close"])
@pytest.mark.parametrize(
    ("symbols", "interval", "size"),
    [
        ("A", "1m", (1080, 440)), ("A", ["1m", "5m", "15m"], (1080, 700)), (["A", "B"], "5m", (700, 440)),
        ("B", "1d", (500, 440)), ("B", "1m", (300, 500)),
    ],
)  # fmt: skip
def test_every_word_panel_and_label_stands_where_python_puts_it(
    node: Node, symbols: Any, interval: Any, size: tuple[int, int], moment: str
) -> None:
    rows = {(symbol, "1m"): make_bars(DAYS, "1m", seed=ord(symbol), missing={7, 8, 61, 200, 201}) for symbol in "AB"}
    made = config(["A", "B"], "1m 5m 1d", "2025-07-02", "2025-07-02", window=2, window_intervals="1m 1d")
    lab = sl.Lab(made, source=RowsSource(rows), times=TIMES)
    lab.advance("09:40" if moment != "09:31" else moment)
    lab.buy("A", 5, trail=20.0)
    lab.advance(moment)
    indicators = [sl.EMA(9, "5m"), sl.RSI(14, "1m"), sl.MACD("5m", fastperiod=3, slowperiod=6, signalperiod=3)]
    assert_same_places(node, lab, symbols, interval, indicators, size)


@pytest.mark.parametrize("moment", ["open+10m", "open+3h", "close-90m", "close"])
@pytest.mark.parametrize(
    ("group", "asset_class", "intervals"), [("XTKS", "EQUITY", ["1m", "10m"]), ("CRYPTO", "CRYPTO", ["1m", "1h"])]
)
def test_a_break_and_a_whole_day_too(node: Node, group: str, asset_class: str, intervals: list[str], moment: str) -> None:
    times = sl.TimeManager(group, asset_class)
    days = list(times.get_sessions("2025-07-01", "2025-07-02"))
    rows = {("A", "1m"): make_bars(days, "1m", missing={7, 8, 61, 200, 201})}
    made = config("A", " ".join(["1m", *intervals[1:]]), "2025-07-02", group=group, asset_class=asset_class, window=1)
    lab = sl.Lab(made, source=RowsSource(rows), times=times)
    lab.advance(moment)

    assert_same_places(node, lab, "A", intervals, [sl.EMA(9, intervals[1])], (1080, 440))


def assert_same_places(node: Node, lab: sl.Lab, symbols: Any, interval: Any, indicators: Any, size: tuple[int, int]) -> None:
    told = laid_out(node, lab, symbols, interval, indicators, size)
    resting = lab.orders[lab.orders["id"].isin([order.id for order in lab.open_orders])]
    chart: Any = lab.chart(symbols, interval, indicators=indicators, trades=None, orders=resting)
    expected = lay_out(chart.scene, *size)

    assert told["height"] == chart.height
    assert expected.scale == 1.0
    for cell, placed in zip(told["cells"], expected.cells, strict=True):
        assert cell["header"] == [[*word] for word in placed.header]
        assert cell["edges"] == pytest.approx([placed.left, placed.right, placed.slot, placed.axis])
        assert cell["per"] == placed.per
        assert [label for *_, label in cell["ticks"]] == [label for *_, label in placed.ticks]
        assert np.array([one[:2] for one in cell["ticks"]]) == pytest.approx(np.array([one[:2] for one in placed.ticks]))
        for (name, top, bottom, slope, marks, digits), panel in zip(cell["panels"], placed.panels, strict=True):
            assert (name, top, bottom, digits) == (panel.panel.name, panel.top, panel.bottom, panel.digits)
            assert slope == pytest.approx(panel.slope)
            assert [label for _, label in marks] == [label for _, label in panel.ticks]
            assert [y for y, _ in marks] == pytest.approx([y for y, _ in panel.ticks])


THIN = """import { drawLine } from "./chart_lines.js";
import { CellStore, Reader } from "./chart_store.js";

const size = given.values.length;
const line = { name: "L", names: ["L"], kind: "bars", style: "line", over: true, bounds: null, guides: [], why: "" };
const cell = new CellStore({ lines: [line], seconds: 1, clock: [[0, 1, size]], past: size, first: [0], pasts: [], labels: [],
  breaks: [] });
const arrays = { slot: Int32Array.from(given.values, (_, i) => i), bars: new Float64Array(5 * size), flags: new Uint8Array(size),
  counts: new Int32Array(size), points: Float64Array.from(given.values, (one) => one ?? NaN) };
cell.hear({ at: size, ended: size, bars: size, points: [size] }, new Reader(arrays));
const path = [];
const context = { moveTo: (x, y) => path.push([x, y, true]), lineTo: (x, y) => path.push([x, y, false]) };
const pen = { context: {}, lineOf: () => ["red", []], stroke: (color, thick, dash, trace) => trace(context) };
const slot = given.pixels / size;
const placed = { store: cell, from: 0, past: size, left: 0, right: given.pixels, slot, across: (at) => at * slot };
drawLine(pen, placed, { y: (value) => 100 - value }, { line: cell.lines[0], y: cell.lines[0].y[0], color: 0 });
return path;"""


def test_a_line_of_many_points_keeps_the_lowest_and_highest_of_each_pixel(node: Node) -> None:
    luck = np.random.default_rng(11)
    values = luck.normal(size=4000).cumsum()
    values[1500:1700] = np.nan
    path = node(THIN, {"values": [None if value != value else value for value in values.tolist()], "pixels": 200})
    x, y = thinned((np.arange(4000) + 0.5) * 200 / 4000, 100 - values, 200.0)
    kept = [(round(a, 6), round(b, 6)) for a, b in zip(x.tolist(), y.tolist(), strict=True) if b == b]

    drawn = [(round(a, 6), round(b, 6)) for a, b, _ in path]
    assert sorted(set(drawn)) == sorted(set(kept))
    assert [point for i, point in enumerate(drawn) if not i or drawn[i - 1] != point] == kept
    assert sum(starts for *_, starts in path) == 2


STRETCH = """import { Stretch } from "./chart_stretch.js";

const cell = { axis: { slots: 390 }, isToday: true, at: 60, ended: 60 };
const seen = [], look = (stretch) => seen.push([stretch.follows, ...stretch.of(cell)]);
const one = new Stretch();
look(one);
one.zoom(cell, 0.5, 1);
look(one);
Object.assign(cell, { at: 100, ended: 100 });
look(one);
one.pan(cell, -0.5);
look(one);
Object.assign(cell, { at: 120, ended: 120 });
look(one);
one.follow();
look(one);
one.whole();
look(one);
one.choose(cell, 0.25, 0.5);
look(one);
one.zoom(cell, 100, 0.5);
look(one);
one.soFar();
look(one);
return seen;"""


def test_a_stretch_follows_now_until_it_is_moved(node: Node) -> None:
    seen = node(STRETCH, None)

    follows, edges = [one[0] for one in seen], [one[1:] for one in seen]
    assert follows == [True, True, True, False, False, True, False, False, False, True]
    assert edges[0] == [0, 63]  # 60 have ended, and a twentieth of that beyond them
    beyond, shown = 0.05 * 31.5, 31.5
    assert edges[1] == pytest.approx([60 + beyond - shown, 60 + beyond])
    assert edges[2] == pytest.approx([100 + beyond - shown, 100 + beyond])
    assert edges[3] == edges[4] == pytest.approx([100 + beyond - 1.5 * shown, 100 + beyond - 0.5 * shown])
    assert edges[5] == pytest.approx([120 + beyond - shown, 120 + beyond])
    assert edges[6] == edges[8] == [0, 390]
    assert edges[7] == pytest.approx([97.5, 195])
    assert edges[9] == [0, 126]


@pytest.mark.parametrize(
    ("zone", "opened", "hours", "width", "expected"),
    [
        # Half an hour off UTC: round on the wall all the same.
        ("Asia/Kolkata", "2025-07-02 09:15", 6.25, 420, ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]),
        ("America/New_York", "2025-01-02 09:30", 6.5, 130, ["12:00", "16:00"]),
        (
            "America/New_York",
            "2025-07-02 09:30",
            6.5,
            2600,
            [f"{at:%H:%M}" for at in pd.date_range("09:30", periods=40, freq="10min")],
        ),
    ],
)
def test_times_of_an_axis_are_round_on_the_wall_of_the_exchange(
    node: Node, zone: str, opened: str, hours: float, width: int, expected: list[str]
) -> None:
    begin = pd.Timestamp(opened, tz=zone).value / 1e6
    body = (
        "import { clock, Hours } from './clock.js';\n\n"
        "return new Hours([given.span]).round(given.zone, given.width, 62).map((at) => clock(at, given.zone, false));"
    )

    assert node(body, {"span": [begin, begin + hours * 3.6e6], "zone": zone, "width": width}) == expected


def test_a_day_is_named_alike_in_the_browser_and_here(node: Node) -> None:
    days = pd.date_range("2025-01-03 16:00", "2025-12-03 16:00", freq="MS", tz="America/New_York") + pd.Timedelta("2D")
    body = "import { day } from './clock.js';\n\nreturn given.map((at) => day(at, 'America/New_York'));"

    assert node(body, [at.value / 1e6 for at in days]) == [f"{at.day} {at:%b}" for at in days]
