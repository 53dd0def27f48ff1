"""The report of a run: one page that opens without a network, with its pictures, tables, and all that it was made of.

Equal runs have equal pages but for the timing, which stands between marks (see ``embedded``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.errors import ConfigError
from sessionlab.markup.text import Markup
from sessionlab.reports.account_pictures import clock_section, equity_section
from sessionlab.reports.data_section import data_section
from sessionlab.reports.days import days_section, price_section
from sessionlab.reports.elements import Section, block, details, joined, paragraph, tag
from sessionlab.reports.embedded import VARIES, VARIES_END, elements, run_document
from sessionlab.reports.look import policy, script, style
from sessionlab.reports.origin import manifest_section, timing_section
from sessionlab.reports.summary import ended_early, failure_box, masthead, not_honest, summary_section
from sessionlab.reports.trading_sections import (
    benchmark_section,
    costs_section,
    doubt_section,
    groups_section,
    limits_section,
    sessions_section,
)
from sessionlab.whole_file import replace_whole

if TYPE_CHECKING:
    from sessionlab.reports.failure import Failure
    from sessionlab.results import RunResult


def report_html(result: RunResult, *, failure: Failure | None = None, title: str | None = None) -> str:
    """The report of ``result`` as HTML; of a run that failed, with ``failure`` on top and everything up to there.

    ``title`` is by default the session's name.
    """
    name = result.config.session_name if title is None else title
    document = run_document(result, failure)
    sections = list(_sections(result, document))
    return _page(
        name, joined([masthead(result, name), ended_early(result, failure), not_honest(result)]), sections, elements(document)
    )


def failure_html(
    failure: Failure,
    *,
    title: str,
    config: Mapping[str, Any] | None = None,
    more: str = "There is nothing more to tell: the run had not begun.",
) -> str:
    """The page of what failed before there was a run to tell of, with the ``config`` that was asked for, as JSON values.

    ``config`` is shown as it is: leave out what nobody may see. ``more`` is why there is nothing of the run.
    """
    import json

    head = tag("header", tag("p", "Session report", class_="kicker"), tag("h1", title), class_="masthead")
    told = joined([head, failure_box(failure, more)])
    shown = "" if config is None else block(json.dumps(config, indent=1, ensure_ascii=False, default=str), "Config as JSON")
    sections = [] if config is None else [Section("config", "Config", details("What was asked for", shown))]
    return _page(title, told, sections, "")


def write_report(
    result: RunResult, path: str | os.PathLike[str], *, failure: Failure | None = None, title: str | None = None
) -> Path:
    """Write the report into the file ``path``, which ends in ``.html``, whole or not at all; where it was written.

    Raises :class:`ConfigError` for another ending, :class:`~sessionlab.errors.SourceError` where the disk refuses.
    """
    file = Path(path).expanduser()
    if file.suffix.lower() != ".html":
        raise ConfigError(f"{file.name}: a report is one page of HTML; give a name that ends in .html", path=str(file))
    content = report_html(result, failure=failure, title=title).encode()
    replace_whole(file, lambda out: out.write(content))
    return file


def _sections(result: RunResult, document: Mapping[str, Any]) -> Iterator[Section]:
    yield summary_section(result)
    if result.did_trade and len(result.traded.account):
        yield equity_section(result)
        yield sessions_section(result)
        yield clock_section(result)
        yield days_section(result)
        yield groups_section(result)
        yield doubt_section(result)
        yield limits_section(result)
        yield costs_section(result)
        yield benchmark_section(result)
    else:
        price = price_section(result)
        if price is not None:
            yield price
    yield data_section(result)
    yield timing_section(result)
    yield manifest_section(document)


def _page(title: str, top: Markup, sections: Sequence[Section], carried: str) -> str:
    contents = joined(tag("li", tag("a", one.title, href=f"#{one.name}")) for one in sections)
    body = joined(_section(one) for one in sections)
    footer = tag("footer", paragraph("Made by sessionlab. This page asks no other place for anything."))
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy()}">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"{tag('title', title)}<style>{style()}</style></head>\n"
        f'<body><a class="skip" href="#main">To the report</a><div class="page">'
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav>\n<main id="main">{top}\n{body}{footer}</main></div>\n'
        f"{carried}\n<script>{script()}</script></body></html>\n"
    )


def _section(one: Section) -> Markup:
    heading = tag("h2", one.title, id=f"{one.name}-title")
    made = tag("section", heading, one.body, Markup("\n"), id=one.name, aria_labelledby=f"{one.name}-title")
    return Markup(f"{VARIES}{made}{VARIES_END}") if one.varies else made
