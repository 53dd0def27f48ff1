"""A file of jobs: every header and every row is read as it is documented, and what is wrong is said with its row."""

from __future__ import annotations

from pathlib import Path

import pytest

from sessionlab.cli.jobs_file import read_jobs
from sessionlab.errors import ConfigError


def written(tmp_path: Path, text: str, name: str = "jobs.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_columns_are_own_ones_values_of_the_config_and_parameters(tmp_path: Path) -> None:
    header = "name, config, strategy, seed, backtest_config.start_date, fast, -p seed, --set metadata.desk, source, title"
    path = written(tmp_path, f'{header}\n a ,x.json,"m:A m:B",7,-5d,3,9,"[1, 2]",synthetic,"One, two"\n\nb,,,,,,,,,\n')
    rows, wrong = read_jobs(path)

    assert wrong == []
    assert [row.line for row in rows] == [2, 4]
    assert rows[0].own == {"name": "a", "config": "x.json", "strategy": "m:A m:B", "source": "synthetic", "title": "One, two"}
    assert rows[0].changes == {"seed": "7", "backtest_config.start_date": "-5d", "metadata.desk": "[1, 2]"}
    assert rows[0].parameters == {"fast": "3", "seed": "9"}
    assert (rows[1].own, rows[1].changes, rows[1].parameters) == ({"name": "b"}, {}, {})


def test_wrong_rows_are_told_all_at_once(tmp_path: Path) -> None:
    _, wrong = read_jobs(written(tmp_path, "name,fast\na,1\n,2\nA,3\nb/c,4\nindex,5\nd,6,7\n"))

    told = {int(one.split()[1].rstrip(":")): one for one in wrong}
    assert sorted(told) == [3, 4, 5, 6, 7]
    assert "it has no name" in told[3]
    assert "that of row 2 too" in told[4]
    assert "makes no file name" in told[5]
    assert "not index or summary" in told[6]
    assert "it has 3 cells, and the header 2" in told[7]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("name\n", "a header and no row"),
        ("nme,fast\na,1\n", "did you mean that by 'nme'"),
        ("name,fast,fast\n", "'fast' stands twice"),
        ("name,,fast\n", "column 2 has no name"),
        ('name,fast\na,"1\n', "broken CSV at line 2"),
    ],
)
def test_what_is_no_file_of_jobs_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_jobs(written(tmp_path, text))


def test_a_file_that_is_not_there_or_no_csv_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read, no such file"):
        read_jobs(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match=r"ends in \.csv"):
        read_jobs(written(tmp_path, "{}", "jobs.json"))
    (tmp_path / "odd.csv").write_bytes(b"name\n\xff\n")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        read_jobs(tmp_path / "odd.csv")


def test_a_byte_order_mark_and_other_line_ends_are_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_bytes("\ufeffname,fast\r\na,1\r\n".encode())

    assert read_jobs(tmp_path / "jobs.csv")[0][0].parameters == {"fast": "1"}
