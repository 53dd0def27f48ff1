"""What ``-o`` of a report means."""

from __future__ import annotations

import pytest

from sessionlab.cli.report_output import filled
from sessionlab.errors import ConfigError


@pytest.mark.parametrize(
    ("output", "folder", "file"),
    [
        ("out.html", ".", "out.html"),
        ("a/out.html", "a", "out.html"),
        ("/out.html", "/", "out.html"),
        ("a/", "a", "spy.html"),
        ("{name}", ".", "spy.html"),
        ("reports/{date}/{name}", "reports/2025-07-02", "spy.html"),
        ("reports/{date}/{name}.ipynb", "reports/2025-07-02", "spy.ipynb"),
        ("reports/{name}-{date}", "reports", "spy-2025-07-02.html"),
        ("reports/{name}/of/{date}.html", "reports", "spy/of/2025-07-02.html"),
        ("memory://desk/{date}/{name}", "memory://desk/2025-07-02", "spy.html"),
        ("s3://bucket/{name}", "s3://bucket", "spy.html"),
        ("file:///srv/{name}", "file:///srv", "spy.html"),
    ],
)
def test_fields_are_filled_in_and_the_folder_is_that_of_all(output: str, folder: str, file: str) -> None:
    assert filled(output, name="spy", date="2025-07-02") == (folder, file)


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("{nme}", "did you mean {name}"),
        ("{day}/{name}", "there is no {day}"),
        ("{date}/{name}", "--date last"),
        ("out.pdf", r"\.html"),
        ("{name}.csv", r"\.html"),
    ],
)
def test_what_cannot_be_meant_is_refused(output: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        filled(output, name="spy", date=None)


def test_a_dot_in_a_name_is_no_ending() -> None:
    assert filled("{name}", name="spy.v2", date=None).file == "spy.v2.html"
